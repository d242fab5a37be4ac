"""Many runs of one request as a batch: each has the outcome and the summary of a run by itself, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import default_convention
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.running.many import Varied, run_many
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory

RATES = np.array([0.003, 0.1, 30.0, -1.0, 1.0])
STARTS = np.array([[1.0, 2.0], [-3.0, 0.5], [0.1, 0.1], [1.0, 1.0], [np.nan, 1.0]])
SEEDS = np.array([1, 5, 1, 2, 2])


def alone(request):
    """What the answer to one request says that many say too: undefined numbers are nan, arrays are lists."""
    ran = trajectory(request)
    told = {"status": ran.status, "stopped_by": ran.stopped_by, "steps": ran.steps, **ran.summary}
    if ran.diverged_at is not None:
        told |= {"diverged_at": ran.diverged_at, "detail": ran.detail}
    return {name: np.nan if value is None else value for name, value in told.items()}


def together(request, **varied):
    """What is said of each run, by number."""
    found = {}
    for part in run_many(plan_trajectory(request), request["optimizer"], Varied(**varied), len(RATES)):
        for place, run in enumerate(part.runs.tolist()):
            found[run] = {name: _of(member, place) for name, member in part.members.items()}
    return found


def _of(member, place):
    if isinstance(member, dict):
        return {name: each[place] for name, each in member.items()}
    value = member[place] if isinstance(member, np.ndarray) else member
    return np.nan if isinstance(value, str) and value == "" else value  # a text that is undefined is empty


def differences(one, other):
    """The members of two runs that are not the same."""
    return [name for name in one.keys() | other.keys() if name not in one or name not in other or not _same(one[name], other[name])]


def _same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    one, other = (np.where(np.isinf(each), np.nan, np.asarray(each, np.float64)) for each in (one, other))
    return one.shape == other.shape and np.array_equal(one, other, equal_nan=True)


def requests_of(request, rates=None, starts=None, seeds=None):
    """The request of each run."""
    for number in range(len(RATES)):
        own = dict(request)
        if rates is not None:
            own["optimizer"] = request["optimizer"] | {"lr": float(rates[number])}
        if starts is not None:
            own["start"] = starts[number].tolist()
        if seeds is not None:
            own["noise"] = request["noise"] | {"seed": int(seeds[number])}
        yield own


OBJECTIVES = ["quadratic", "rosenbrock", "himmelblau", "rastrigin", {"expression": "x**2 + 3*y**4 + sin(x*y)"}]

#: Of so many optimizers each test looks at every one, so that no test takes long.
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_every_optimizer_takes_the_steps_of_single_runs(share):
    wrong = {}
    for number, name in enumerate(sorted(OPTIMIZERS)[share::SHARES]):
        request = {
            "optimizer": {"name": name, "convention": default_convention(name), "lr": 0.1},
            "objective": OBJECTIVES[number % len(OBJECTIVES)],
            "start": [1.0, 2.0],
            "steps": 12,
            "include": (),
        }
        found = together(request, rates=RATES, starts=STARTS)
        single = dict(enumerate(requests_of(request, RATES, STARTS)))
        wrong |= {name: found.keys()} if found.keys() != {0, 1, 2} else {}
        wrong |= {(name, run): bad for run in found if (bad := differences(found[run], alone(single[run])))}
    assert wrong == {}


COMMON = {"optimizer": {"name": "adam", "lr": 0.1}, "objective": "quadratic", "start": [1.0, 2.0], "steps": 30, "include": ()}
KINDS = {
    "noise": {"noise": {"std": 0.3, "seed": 1}},
    "heavy tails": {"noise": {"kind": "alpha_stable", "scale": 0.1, "alpha": 1.5, "seed": 1}},
    "a schedule with a memory": {"schedule": {"name": "reduce_on_plateau", "patience": 2}},
    "a stop rule": {"stop": {"distance": 0.5}},
    "a state": {"state": {"t": 7, "m": [0.1, 0.2]}},
    "no minimum": {"objective": {"expression": "x + y**2"}},
    "no steps": {"steps": 0},
    "a rule for each rate": {"optimizer": {"name": "adamw", "convention": "paper", "lr": 0.1, "weight_decay": 0.1}},
    "division by zero": {"optimizer": {"name": "adam", "lr": 0.1, "eps": 0.0}, "objective": "sphere", "start": [0.0, 2.0]},
    "mini-batches": {"objective": {"name": "logistic_regression", "data": "moons", "batch_size": 10}, "start": None},
}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_request_has_each_run_is_a_run_by_itself(kind):
    request = {name: value for name, value in (COMMON | KINDS[kind]).items() if value is not None}
    varied = {"rates": RATES}
    if kind not in ("mini-batches", "division by zero"):
        varied["starts"] = STARTS
    if "noise" in request:
        varied["seeds"] = SEEDS
    found = together(request, **varied)
    assert found.keys() == {0, 1, 2} | ({4} if "starts" not in varied else set())
    single = dict(enumerate(requests_of(request, **varied)))
    assert {run: bad for run in found if (bad := differences(found[run], alone(single[run])))} == {}
