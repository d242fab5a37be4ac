"""POST /trajectory: many steps, in every form in which they can be had."""

import csv
import hashlib
import io
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from stepgrade_service.engine.running.trajectory_plan import plan_trajectory

EVERYTHING = ["points", "values", "gradients", "updates", "states", "measures"]
RUN = {"optimizer": {"name": "adam", "lr": 0.05}, "objective": {"name": "quadratic", "condition": 20}, "start": "A", "steps": 7}
NAMED = {
    "optimizer": {"name": "momentum", "lr": {"W": 0.01, "β, b": 0.02}},
    "objective": "sphere",
    "start": {"W": [[1.0, -2.0]], "β, b": 3},
    "steps": 5,
    "record_every": 2,
}
REPLAY = {"optimizer": "rmsprop", "start": [[1.0], [2.0]], "gradients": [[[0.1], [-4.0]], [[1 / 3], [2.0]]], "values": [3, 0.1]}
MATRIX = {"optimizer": "nadam", "objective": "rosenbrock", "start": [[-1.5, 1.25], [0.5, 1]], "steps": 3}
TENSORS = {"objective": "rosenbrock", "start": {"W": [[-1.5, 1.25], [0.5, 1]], "b": [0.25, 2]}, "steps": 3}
SUMS = {"optimizer": {"name": "sm3", "lr": 0.1}, **TENSORS}
NORMS = {"optimizer": {"name": "novograd", "lr": 0.01, "weight_decay": 0.1}, **TENSORS}
GROUPS = {"optimizer": {"name": "nadam", "beta1": {"W": 0.9, "b": 0.5}, "weight_decay": {"W": 0.1, "b": 0}}, **TENSORS}
SEARCH = {"optimizer": "gd_backtracking", **TENSORS}
RUNS = {
    "a vector": RUN,
    "named tensors": NAMED,
    "a replay": REPLAY,
    "a matrix": MATRIX,
    "a number for each row and column": SUMS,
    "a number for each row of a vector": SUMS | {"start": [-1.5, 1.25]},
    "a number for each tensor": NORMS,
    "one tensor, and a number for it": NORMS | {"start": [-1.5, 1.25]},
    "parameter groups": GROUPS,
    "a line search": SEARCH,
}

NDJSON, CSV, NPZ, PNG, SVG = "application/x-ndjson", "text/csv", "application/x-npz", "image/png", "image/svg+xml"
FORMS = ["application/json", NDJSON, CSV, NPZ, PNG, SVG]

PLURAL = {"point": "points", "value": "values", "gradient": "gradients", "update": "updates"}


def flat(value):
    """The numbers of an entry, None as nan."""
    if isinstance(value, dict):
        return [number for entry in value.values() for number in flat(entry)]
    if isinstance(value, list | np.ndarray):
        return [number for entry in value for number in flat(entry)]
    return [math.nan if value is None else float(value)]


def table(rows):
    """A row for each entry; an entry that is missing is a row of nan."""
    numbers = [flat(row) for row in rows]
    width = max(map(len, numbers))
    return np.array([row if len(row) == width else [math.nan] * width for row in numbers])


def from_json(answer):
    return {name: table(answer.json[name]) for name in (*PLURAL.values(), "recorded")} | {
        "states": table([{k: v for k, v in state.items() if k != "t"} for state in answer.json["states"]]),
        **{name: table(column) for name, column in answer.json["measures"].items()},
    }


def from_ndjson(answer):
    _, *lines, _ = map(json.loads, answer.data.splitlines())
    return {name: table([line[singular] for line in lines]) for singular, name in PLURAL.items()} | {
        "recorded": table([line["step"] for line in lines]),
        "states": table([{k: v for k, v in line["state"].items() if k != "t"} for line in lines]),
        **{name: table([line["measures"][name] for line in lines]) for name in lines[0]["measures"]},
    }


def from_csv(answer):
    names, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert len(set(names)) == len(names)
    columns = {
        name: [float(cell) if cell else math.nan for cell in column] for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    block = {
        name: np.array([column for key, column in columns.items() if key.split(".")[0] == singular]).T for singular, name in PLURAL.items()
    }
    states = [column for key, column in columns.items() if key.startswith("state.") and key != "state.t"]
    others = dict.fromkeys(name.split(".")[0] for name in names if name.split(".")[0] not in (*PLURAL, "step", "state"))
    measures = {name: np.array([column for key, column in columns.items() if key.split(".")[0] == name]).T for name in others}
    return block | {"recorded": np.array([columns["step"]]).T, "states": np.array(states).T, **measures}


def from_npz(answer):
    arrays = np.load(io.BytesIO(answer.data), allow_pickle=False)
    seen = {
        name: np.column_stack([arrays[key].reshape(len(arrays["recorded"]), -1) for key in arrays if key.split("/")[0] == name])
        for name in (*PLURAL.values(), "recorded")
    }
    states = [{k: v for k, v in state.items() if k != "t"} for state in json.loads(str(arrays["meta"]))["states"]]
    measures = {}
    for key in arrays:
        if key.startswith("measures/"):
            measures.setdefault(key.split("/")[1], []).append(arrays[key].reshape(len(arrays["recorded"]), -1))
    measures = {name: np.column_stack(parts) for name, parts in measures.items()}
    return seen | {"states": table(states), **measures}


READERS = {NDJSON: from_ndjson, CSV: from_csv, NPZ: from_npz}


@pytest.fixture
def run(post):
    """`run(**changed)`: the answer to `RUN` with these changes."""
    return lambda **changed: post("/trajectory", RUN | changed).json


# What an answer has.


def test_an_answer_has_what_the_contract_says(run):
    answer = run()
    needed = ("status", "stopped_by", "steps", "recorded", "points", "values", "state", "summary", "optimizer", "objective", "engine")
    assert set(answer) == {*needed, "target"}
    assert (answer["status"], answer["stopped_by"], answer["steps"]) == ("completed", None, 7)
    assert answer["recorded"] == list(range(8))
    assert answer["points"][0] == [-5.0, -1.0]
    assert len(answer["values"]) == 8
    assert answer["objective"] == {"name": "quadratic", "dimension": 2, "condition": 20.0, "rotation": 0.0, "center": [0.0, 0.0]}


def test_a_run_takes_100_steps_from_the_first_start_if_nothing_is_said(post):
    answer = post("/trajectory", {"optimizer": "gd", "objective": "rosenbrock"}).json
    first = next(iter(post("/trajectory", {"optimizer": "gd", "objective": "rosenbrock", "start": "default"}).json["points"]))
    assert answer["steps"] == 100
    assert answer["points"][0] == first


@pytest.mark.parametrize("quantity", EVERYTHING)
def test_what_is_included_is_told_and_nothing_else(run, quantity):
    assert {*run(include=[quantity])} & {*EVERYTHING} == {quantity}
    assert not {*run(include=[])} & {*EVERYTHING}


def test_start_and_end_are_always_recorded(run):
    assert run(record_every=3)["recorded"] == [0, 3, 6, 7]
    assert run(record_every=1000)["recorded"] == [0, 7]
    assert run(record_every=3)["summary"] == run()["summary"]


def test_null_stands_where_there_is_nothing(post, run):
    assert run(include=["updates"])["updates"][0] is None
    replay = post("/trajectory", REPLAY | {"include": EVERYTHING}).json
    assert replay["gradients"][:-1] == REPLAY["gradients"]
    assert replay["gradients"][-1] is None
    assert replay["values"] == [3, 0.1, None]
    assert replay["objective"] is None
    assert replay["summary"]["steps_to_target"] is None
    assert {column[0] for name, column in replay["measures"].items() if name != "gradient_norm"} == {None}
    saddle = post("/trajectory", {"optimizer": "gd", "objective": "saddle", "steps": 2}).json
    assert saddle["summary"]["final_distance"] is None


def test_named_tensors_come_back_under_their_names(post):
    answer = post("/trajectory", NAMED | {"include": EVERYTHING}).json
    for part in (
        *answer["points"],
        *answer["gradients"],
        *answer["updates"][1:],
        answer["summary"]["minimum"],
        answer["state"]["velocity"],
    ):
        assert {name: np.shape(entry) for name, entry in part.items()} == {"W": (1, 2), "β, b": ()}
    assert answer["updates"][0] is None


def test_64_nested_lists_can_be_run(post, faults):
    deep = 1.0
    for _ in range(64):
        deep = [deep]
    deepest = {"optimizer": "gd", "objective": "sphere", "start": deep, "steps": 2, "include": EVERYTHING}
    whole = post("/trajectory", deepest)
    assert np.shape(whole.json["points"][2]) == (1,) * 64
    for form in (NDJSON, CSV):
        assert_same(READERS[form](post("/trajectory", deepest, Accept=form)), from_json(whole))
    assert "at most 63" in faults("/trajectory", deepest, Accept=NPZ)["/start"]


# How it ends.


def test_a_stop_rule_that_is_met_ends_the_run(run):
    answer = run(steps=1000, stop={"gradient_norm": 1e-3, "distance": 0.5})
    assert (answer["status"], answer["stopped_by"]) == ("converged", "distance")
    assert answer["steps"] == answer["recorded"][-1] < 1000
    assert answer["stop"] == {"gradient_norm": 1e-3, "distance": 0.5}
    assert answer["summary"]["final_distance"] <= 0.5


@pytest.mark.parametrize("form", [NDJSON, CSV, NPZ, PNG])
def test_a_run_that_leaves_the_finite_numbers_stops_at_its_last_finite_point(post, run, form):
    wild = {"optimizer": {"name": "gd", "lr": 10}, "steps": 1000}
    answer = run(**wild)
    assert answer["status"] == "diverged"
    assert answer["diverged_at"] == answer["steps"] + 1
    assert answer["recorded"][-1] == answer["state"]["t"] == answer["steps"]
    assert all(math.isfinite(number) for number in answer["points"][-1])
    other = post("/trajectory", RUN | wild, Accept=form)
    assert other.status_code == 200
    assert other.headers.get("Stepgrade-Status") in (None, "diverged")


def test_a_run_cut_in_two_with_state_is_the_whole_run(post, run):
    parts = {"noise": {"std": 0.1, "seed": 5}, "schedule": {"name": "cosine", "decay_steps": 6, "lr_min": 0.01}}
    whole, first = run(**parts), run(steps=3, **parts)
    rest = run(steps=4, start=first["points"][-1], state=first["state"], **parts)
    assert first["points"] + rest["points"][1:] == whole["points"]
    assert rest["state"] == whole["state"]


def test_every_optimizer_runs_and_goes_on_from_its_state_to_the_last_bit(post, any_variant):
    asked = {"optimizer": any_variant, "objective": "himmelblau", "start": [0.5, -1], "noise": {"std": 0.1, "seed": 5}}
    whole, first = (post("/trajectory", asked | {"steps": steps}) for steps in (6, 2))
    assert whole.status_code == 200, whole.text
    rest = post("/trajectory", asked | {"steps": 4, "start": first.json["points"][-1], "state": first.json["state"]})
    assert first.json["points"] + rest.json["points"][1:] == whole.json["points"]
    assert rest.json["state"] == whole.json["state"]
    assert post("/trajectory", asked | {"steps": 6, "optimizer": whole.json["optimizer"]}).data == whole.data


# What is echoed.


def test_noise_and_its_seed_are_echoed_and_change_the_run(run):
    noisy = run(noise={"std": 0.1, "seed": 7})
    assert noisy["noise"] == {"std": 0.1, "seed": 7}
    assert noisy["points"] != run()["points"]
    assert noisy["points"] != run(noise={"std": 0.1, "seed": 8})["points"]
    assert run(noise={"std": 0.1})["noise"] == {"std": 0.1, "seed": 0}


@pytest.mark.parametrize("form", FORMS[:4])
@pytest.mark.parametrize("asked", RUNS.values(), ids=RUNS)
def test_the_echo_posted_back_gives_the_same_bytes(post, asked, form):
    asked = asked | {"stop": {"update_norm": 1e-9}, "schedule": {"name": "exponential", "decay_rate": 0.9}}
    echo = {
        name: value for name, value in post("/trajectory", asked).json.items() if name in ("optimizer", "objective", "stop", "schedule")
    }
    first, again = post("/trajectory", asked, Accept=form), post("/trajectory", asked | echo, Accept=form)
    assert again.status_code == 200, again.text
    assert again.data == first.data


def test_a_schedule_may_be_a_list_of_rates(run):
    assert run(schedule=[0.1] * 7)["schedule"] == [0.1] * 7
    assert run(schedule=[0.05] * 7)["points"] == run()["points"]


# The forms.


def assert_same(seen, expected):
    assert set(seen) == set(expected)
    for name, numbers in expected.items():
        np.testing.assert_array_equal(seen[name].reshape(numbers.shape), numbers, err_msg=name)


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("asked", RUNS.values(), ids=RUNS)
def test_every_form_holds_the_same_numbers(post, asked, form):
    asked = asked | {"include": EVERYTHING}
    answer = post("/trajectory", asked, Accept=form)
    assert answer.mimetype == form
    assert "Accept" in answer.vary
    assert_same(READERS[form](answer), from_json(post("/trajectory", asked)))


OF_W = ["m.W.0.0", "m.W.0.1", "m.W.1.0", "m.W.1.1"]


@pytest.mark.parametrize(
    ("asked", "slots"),
    [
        (SUMS, [*OF_W, "m.b.0", "m.b.1", "row.W.0", "row.W.1", "row.b.0", "row.b.1", "column.W.0", "column.W.1"]),
        (NORMS, [*OF_W, "m.b.0", "m.b.1", "v.W", "v.b"]),
        (NORMS | {"start": [-1.5, 1.25]}, ["m.0", "m.1", "v"]),
        (MATRIX | {"include": ["states"]}, [f"{slot}.{i}.{j}" for slot in "mv" for i in "01" for j in "01"] + ["mu_product"]),
    ],
    ids=["per row and column", "per tensor", "per the one tensor", "a number"],
)
def test_a_column_of_csv_is_called_as_its_slot_is_laid_out(post, asked, slots):
    names = post("/trajectory", asked | {"include": ["states"]}, Accept=CSV).text.partition("\r\n")[0].split(",")
    assert names == ["step", "state.t", *(f"state.{slot}" for slot in slots)]


@pytest.mark.parametrize("asked", RUNS.values(), ids=RUNS)
def test_ndjson_begins_with_the_echoes_and_ends_with_the_outcome(post, asked):
    first, *lines, last = map(json.loads, post("/trajectory", asked, Accept=NDJSON).data.splitlines())
    whole = post("/trajectory", asked).json
    assert [line["step"] for line in lines] == whole["recorded"]
    assert last == {name: whole[name] for name in ("status", "stopped_by", "steps", "state", "summary")}
    assert first == {name: value for name, value in whole.items() if name not in (*last, "recorded", "points", "values")}


def test_csv_has_status_engine_and_echoes_in_headers_in_ascii(post):
    answer = post("/trajectory", NAMED, Accept=CSV)
    whole = post("/trajectory", NAMED).json
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Stepgrade-Status"] == "completed"
    assert answer.headers["Stepgrade-Engine"] == whole["engine"]
    assert json.loads(answer.headers["Stepgrade-Optimizer"]) == whole["optimizer"]
    assert json.loads(answer.headers["Stepgrade-Objective"]) == whole["objective"]
    assert all(value.isascii() for value in answer.headers.values())
    assert answer.text.splitlines()[0] == 'step,point.W.0.0,point.W.0.1,"point.β, b",value'


def test_an_echo_too_long_for_a_header_is_left_out_of_it(post):
    many = {f"tensor {k}": 1.0 for k in range(300)}
    answer = post("/trajectory", {**NAMED, "optimizer": {"name": "gd", "lr": many}, "start": many}, Accept=CSV)
    assert answer.status_code == 200
    assert "Stepgrade-Optimizer" not in answer.headers
    assert answer.headers["Stepgrade-Status"] == "completed"


def test_npz_has_arrays_in_the_shape_of_the_params_and_the_rest_in_meta(post):
    arrays = np.load(io.BytesIO(post("/trajectory", NAMED, Accept=NPZ).data), allow_pickle=False)
    whole = post("/trajectory", NAMED).json
    assert {name: arrays[name].shape for name in arrays} == {
        "meta": (),
        "recorded": (4,),
        "points/W": (4, 1, 2),
        "points/β, b": (4,),
        "values": (4,),
    }
    meta = json.loads(str(arrays["meta"]))
    assert meta == {name: value for name, value in whole.items() if name not in ("recorded", "points", "values")}


def test_the_effective_rate_of_each_coordinate_is_laid_out_like_the_params_in_every_form(post):
    asked = {**NAMED, "include": ["measures"]}
    whole = post("/trajectory", asked).json["measures"]["effective_lr"]
    assert whole[0] is None
    assert whole[1] == {"W": [[pytest.approx(0.019, rel=0.2)] * 2], "β, b": pytest.approx(0.038, rel=0.2)}
    lines = [json.loads(line) for line in post("/trajectory", asked, Accept=NDJSON).data.splitlines()[1:-1]]
    assert [line["measures"]["effective_lr"] for line in lines] == whole
    head = next(csv.reader(io.StringIO(post("/trajectory", asked, Accept=CSV).text)))
    assert head[-3:] == ["effective_lr.W.0.0", "effective_lr.W.0.1", "effective_lr.β, b"]
    arrays = np.load(io.BytesIO(post("/trajectory", asked, Accept=NPZ).data), allow_pickle=False)
    assert {name: arrays[name].shape for name in arrays if "effective_lr" in name} == {
        "measures/effective_lr/W": (4, 1, 2),
        "measures/effective_lr/β, b": (4,),
    }
    plain = np.load(io.BytesIO(post("/trajectory", {**RUN, "include": ["measures"]}, Accept=NPZ).data), allow_pickle=False)
    assert plain["measures/effective_lr"].shape == (8, 2)


def test_an_effective_rate_where_the_gradient_is_zero_is_null(post):
    replay = {"optimizer": {"name": "gd", "lr": 0.5}, "start": [1, 2], "gradients": [[0, 4]], "include": ["measures"]}
    assert post("/trajectory", replay).json["measures"]["effective_lr"] == [None, [None, 0.5]]
    assert post("/trajectory", replay, Accept=CSV).text.splitlines()[-1].endswith(",,0.5")


@pytest.mark.parametrize("asked", RUNS.values(), ids=RUNS)
def test_an_answer_costs_at_least_what_it_holds(post, asked):
    for include in ([name] for name in EVERYTHING):
        answer = post("/trajectory", {**asked, "include": include}).json
        held = sum(len(flat(answer[part])) for part in ("recorded", *include, "state")) + len(flat(answer["summary"]["sign_flips"])) * 3
        request = {**asked, "include": include}
        assert plan_trajectory(request).answer >= held


@pytest.mark.parametrize(("form", "begins"), [(PNG, b"\x89PNG\r\n"), (SVG, b"<?xml")])
def test_a_picture_is_drawn_whatever_is_included(post, form, begins):
    light = post("/trajectory", RUN | {"include": []}, Accept=form)
    assert light.mimetype == form
    assert light.data.startswith(begins)
    assert post("/trajectory?theme=light", RUN, Accept=form).data == light.data
    assert post("/trajectory?theme=dark", RUN, Accept=form).data != light.data


def test_a_theme_or_a_query_that_is_not_known_is_told_with_the_rest(faults):
    told = faults("/trajectory?theme=drak&them=light", {**RUN, "steps": -1})
    assert set(told) == {"/query/theme", "/query/them", "/steps"}
    assert "did you mean dark?" in told["/query/theme"]
    assert "did you mean theme?" in told["/query/them"]
    assert faults("/trajectory?theme=dark&theme=light", RUN) == {"/query/theme": "expected once"}


ANOTHER_PROCESS = """
import hashlib, json, sys
from stepgrade_service.web import create_app
client = create_app().test_client()
for document, form in json.load(sys.stdin):
    headers = {"Content-Type": "application/json", "Accept": form}
    print(hashlib.sha256(client.post("/trajectory", data=json.dumps(document), headers=headers).data).hexdigest())
"""


def test_equal_requests_give_equal_bytes_in_every_process(post):
    asked = [({**run, "include": EVERYTHING}, form) for run in RUNS.values() for form in FORMS]
    here = [hashlib.sha256(post("/trajectory", document, Accept=form).data).hexdigest() for document, form in asked]
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    there = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=120)
    assert len(set(here)) == len(asked)
    assert there.stdout.split() == here
