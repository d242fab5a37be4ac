"""Calls that are alike run as one batch: what a sweep writes is what single calls give, to the last bit, whatever form the calls have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError, InvalidArgument, WsgiTransport, grid, zipped
from stepgrade.sweeps import flow, together
from stepgrade.sweeps.calls import CallLines, line_of
from stepgrade.sweeps.together import alike
from stepgrade_service.engine.reading.bounds import MOST_STEPS


class Alone:
    """A transport to the service in this process that runs nothing together; it counts the calls."""

    def __init__(self):
        self.inner, self.sent = WsgiTransport(), 0

    def send(self, request):
        self.sent += 1
        return self.inner.send(request)

    def close(self):
        """Nothing is open."""


@pytest.fixture(scope="module")
def local():
    return Client.local()


@pytest.fixture
def alone():
    return Client(transport=Alone())


def columns(results):
    return {name: (results[name].dtype, results[name].tobytes()) for name in results}


def shards(path):
    """What NumPy reads of each shard."""
    read = {}
    for file in sorted(path.glob("*.npz")):
        with np.load(file) as arrays:
            read[file.name] = {name: (arrays[name].dtype, arrays[name].tobytes()) for name in arrays.files}
    return read


OPTIMIZERS = [
    {"name": "sgd"},
    {"name": "adam", "amsgrad": True},
    {"name": "rmsprop", "convention": "keras"},
    {"name": "adamw", "convention": "paper", "weight_decay": 0.1},  # its decay does not know the learning rate: each rate is a rule
    {"name": "lbfgs"},
    {"name": "lion"},
]
OBJECTIVES = [
    "quadratic",
    "himmelblau",
    {"name": "rosenbrock", "dimension": 5},
    {"expression": "x**2 + y**4"},
    {"name": "logistic_regression", "data": "moons", "batch_size": 10},
]
MORE = [
    {},
    {"noise": {"std": 0.1, "seed": 3}},
    {"noise": {"kind": "student_t", "scale": 0.1, "df": 2.0, "seed": 4}},
    {"schedule": {"name": "exponential", "decay_rate": 0.97}},
    {"schedule": {"name": "reduce_on_plateau", "patience": 2}},
    {"stop": {"gradient_norm": 0.5}},
    {"target": {"value_gap": 1e-2, "arrival": "touch"}},
    {"state": {"t": 3}},
    {"record_every": 7},
]
WRONG = [
    {"start": [1.0]},
    {"start": [math.nan, 1.0]},
    {"start": "nowhere"},
    {"optimizer": {"name": "adm", "lr": 0.1}},
    {"optimizer": {"name": "adam", "lr": -1.0}},
    {"optimizer": {"name": "adam", "lr": 10**400}},
    {"noise": {"std": 0.1, "seed": -1}},
    {"nonsense": 3},
    {"objective": None},
]


def mixture(count=250):
    """Calls of many kinds, in no order: several of each kind, with learning rates at which runs diverge too, and some that are wrong."""
    numbers = np.random.default_rng(5)
    for number in range(count):
        objective = OBJECTIVES[numbers.integers(len(OBJECTIVES))]
        rate = int(numbers.integers(1, 3)) if number % 13 == 0 else 10.0 ** numbers.uniform(-3.0, 1.0)
        optimizer = OPTIMIZERS[numbers.integers(len(OPTIMIZERS))] | {"lr": rate}
        call = {"objective": objective, "optimizer": optimizer, "steps": int(numbers.choice([0, 1, 12, 40]))}
        if objective != OBJECTIVES[-1]:
            call["start"] = numbers.uniform(-3.0, 3.0, 5 if objective == OBJECTIVES[2] else 2).tolist()
        call |= MORE[numbers.integers(len(MORE))]
        if "noise" in call:
            call["noise"] = call["noise"] | {"seed": int(numbers.integers(4))}
        yield call | (WRONG[numbers.integers(len(WRONG))] if number % 9 == 0 else {})


def test_a_mixture_of_calls_gives_the_bytes_of_single_calls(local, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "MOST", 100)
    made = [*mixture()]
    together, single = (client.sweep(made, into=tmp_path / name, workers=1) for client, name in ((local, "a"), (alone, "b")))
    assert columns(together) == columns(single)
    assert together.errors == single.errors
    assert {"completed", "growing", "diverged", "converged", ""} <= {*together["status"].tolist()}
    assert len({*together.errors.values()}) >= 3


def test_a_first_call_that_is_wrong_leaves_the_others_together(local):
    made = [{"optimizer": {"name": "sgd", "lr": rate}, "objective": "quadratic", "steps": 3} for rate in (-1.0, 0.1, 0.2, math.nan, 0.3)]
    groups = alike(made)
    assert [group.numbers.tolist() for group in groups] == [[0, 1, 2, 4], [3]]
    rows = np.concatenate([part.rows for part in groups[0].run(local.transport.many(None))])
    assert sorted(rows.tolist()) == [1, 2, 4]


COMBINED = {
    "grid": grid(
        {"objective": "quadratic", "steps": 20, "noise": {"std": 0.1}},
        start=["A", "B", [1.0, 2.0], [3, 4]],
        optimizer=["sgd", {"name": "adam", "lr": 0.1}, "adm"],
        optimizer__lr=np.geomspace(1e-3, 1, 5),
        noise__seed=[1, 2],
    ),
    "rates within the optimizers": grid(
        {"objective": "quadratic", "steps": 20},
        start=[[1.0, 2.0], [3, 4]],
        optimizer=[{"name": "adam", "lr": 0.1}, {"name": "adam", "lr": 0.2}],
    ),
    "arrays": zipped(
        {"objective": "quadratic", "steps": 20},
        start=np.random.default_rng(1).uniform(-1, 1, (40, 2)),
        optimizer=["sgd", "adam"] * 20,
        optimizer__lr=np.random.default_rng(2).uniform(-0.01, 0.5, 40),
    ),
    "lists": zipped(
        {"objective": "rosenbrock", "optimizer": "adam", "noise": {"std": 0.1}},
        steps=[3, 4] * 10,
        start=[[1.0, 2.0]] * 10 + ["default"] * 10,
        optimizer__lr=[1, 0.1] * 10,
        noise__seed=np.arange(20),
    ),
    "a value that JSON has not": zipped(
        {"objective": "quadratic", "steps": 3}, start=["A", {1}], optimizer=[{"name": "sgd", "lr": 0.1}] * 2
    ),
    "an optimizer after its learning rate": grid({"objective": "quadratic", "steps": 3}, optimizer__lr=[0.1, 0.2], optimizer=["adam"]),
}


@pytest.mark.parametrize("name", COMBINED)
def test_columns_and_a_list_of_calls_are_the_same_sweep(local, tmp_path, monkeypatch, name):
    monkeypatch.setattr(flow, "MOST", 16)
    monkeypatch.setattr(flow, "FIRST", 16)
    made = COMBINED[name]
    of_columns, of_list = local.sweep(made, into=tmp_path / "a", workers=1), local.sweep(list(made), into=tmp_path / "b", workers=1)
    assert columns(of_columns) == columns(of_list)
    known = {file: arrays["digest"] for file, arrays in shards(tmp_path / "a").items()}
    same = {file: arrays["digest"] for file, arrays in shards(tmp_path / "b").items()}
    assert {file: known[file] for file in known.keys() & same.keys()} == {file: same[file] for file in known.keys() & same.keys()} != {}
    again = Client(transport=Alone())
    assert columns(again.sweep(list(made), into=tmp_path / "a")) == columns(of_columns)
    assert again.transport.sent == 0, "what is there in one form is there in the other"


def test_a_gap_in_a_sweep_of_columns_is_filled(local, tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "MOST", 16)
    made = COMBINED["arrays"]
    whole = columns(local.sweep(made, into=tmp_path, workers=1))
    first, *_, last = sorted(tmp_path.glob("*.npz"))
    first.unlink()
    last.unlink()
    assert columns(local.sweep(made, into=tmp_path, workers=1)) == whole
    fewer = zipped({"objective": "quadratic", "steps": 20}, optimizer=["sgd"], optimizer__lr=[0.1])
    with pytest.raises(ConfigurationError, match="the results of other calls"):
        local.sweep(fewer, into=tmp_path)


def test_a_client_that_wants_another_engine_is_told_so_as_by_a_single_call(tmp_path):
    with pytest.raises(ConfigurationError, match="accepts only engine 1"):
        Client.local(engine="1").sweep(COMBINED["arrays"], into=tmp_path)


def test_zipped_calls_have_the_values_that_stand_side_by_side():
    made = zipped({"objective": "sphere", "optimizer": "sgd"}, optimizer__lr=np.array([0.1, 0.2]), start=[[1, 2], [3, 4]])
    assert len(made) == 2
    assert repr(made) == "2 calls, each with its own optimizer__lr, start"
    assert [*made] == [*made]
    assert [call["optimizer"] for call in made] == [{"name": "sgd", "lr": 0.1}, {"name": "sgd", "lr": 0.2}]
    assert [call["start"] for call in made] == [[1, 2], [3, 4]]
    assert [*zipped()] == []


def test_zipped_values_of_different_lengths_and_names_that_cannot_be_meant_are_refused():
    with pytest.raises(InvalidArgument, match=r"start has 2, steps has 3\. `grid` makes all combinations"):
        zipped(start=["A", "B"], steps=[1, 2, 3])
    with pytest.raises(InvalidArgument, match="steps must be a list of alternatives, not 3"):
        zipped(steps=3)
    with pytest.raises(InvalidArgument, match="did you mean optimizer__lr"):
        zipped({"optimizer": "sgd"}, optimizer_lr=[0.1])


def test_a_column_of_a_grid_has_only_the_values_of_its_calls():
    made = grid({"objective": "sphere"}, optimizer=["sgd"], optimizer__lr=np.linspace(0, 1, 1000), start=["A", "B"])
    some = made.block()(100, 104)
    assert [some.call(number) for number in range(4)] == [*made][100:104]
    assert len(some.axes["optimizer__lr"].values) == 2
    written = CallLines(tuple(map(line_of, [*made][100:104])))
    assert [written.call(number) for number in range(4)] == [some.call(number) for number in range(4)]


def test_no_run_has_more_steps_than_are_left_out():
    assert together.MOST_STEPS == MOST_STEPS
