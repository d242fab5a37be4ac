"""The engine against numbers that are not its own: torch, keras and optax step by step, and what courses have printed."""

from __future__ import annotations

import json
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory

HERE = Path(__file__).parent
CASES, WITHOUT_EPS = (run_path(str(HERE / "cases.py"))[name] for name in ("CASES", "WITHOUT_EPS"))
ZERO_BY_ZERO = json.loads((HERE / "goldens" / "zero_by_zero.json").read_text())
GOLDENS = {framework: dict(np.load(HERE / "goldens" / f"{framework}.npz")) for framework in ("torch", "keras", "optax")}
VECTORS = {vector["id"]: vector for vector in json.loads((HERE / "course_vectors.json").read_text())}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_replay_gives_the_framework_s_points_over_200_steps(case):
    golden = GOLDENS[case.request["convention"]]
    start, gradients = golden["x0"], list(golden["gradients"])
    if case.tensors:
        start, *gradients = ({"W": flat[:4].reshape(2, 2), "b": flat[4:]} for flat in (start, *gradients))
    replayed = trajectory({"optimizer": case.request, "start": start, "gradients": gradients})
    points, expected = replayed.points[golden["steps"]], golden[case.id]
    assert replayed.steps == 200
    assert np.all(np.abs(points - expected) <= 1e-12 * (1 + np.abs(expected)))


@pytest.mark.parametrize("case", WITHOUT_EPS, ids=lambda case: case.id)
def test_without_eps_a_run_diverges_at_the_step_at_which_the_framework_s_number_is_nan(case):
    points = np.array(ZERO_BY_ZERO[case.id], dtype=float)
    run = trajectory({"optimizer": case.request, "start": [1.0, -2.0], "gradients": [[0.0, 0.5]] * len(points)})
    lost = np.flatnonzero(~np.isfinite(points).all(axis=1))
    assert run.diverged_at == (int(lost[0]) + 1 if len(lost) else None)
    np.testing.assert_allclose(run.points[1:], points[: run.steps], rtol=1e-12, atol=1e-12)


def test_every_golden_is_compared():
    kept = {name for golden in GOLDENS.values() for name in golden} - {"steps", "x0", "gradients", "meta"}
    assert kept == {case.id for case in CASES}


#: Published vectors of what is not here yet.
OTHERS = {"keras_lion": "lion"}

#: Those of schedules are compared in test_schedules.py.
OF_SCHEDULES = {"cs336_cosine"}

KERAS_VECTORS = [name for name in VECTORS if name.startswith("keras_") and name not in OTHERS]

#: The objectives of d2l's printed runs. x1^2 + 2 x2^2 is twice the bowl of condition 2: the bowl at twice the rate.
RAVINE: dict[str, Any] = {"objective": "d2l_ravine", "steps": 20}
D2L_VECTORS: dict[str, tuple[dict[str, Any], float]] = {
    "d2l_gd": ({"objective": {"name": "quadratic", "condition": 2}, "steps": 20}, 2.0),
    "d2l_gd_04": (RAVINE, 1.0),
    "d2l_gd_06_diverges": (RAVINE, 1.0),
    "d2l_momentum_05": (RAVINE, 1.0),
    "d2l_momentum_025": (RAVINE, 1.0),
    "d2l_adagrad_04": (RAVINE, 1.0),
    "d2l_adagrad_2": (RAVINE, 1.0),
    "d2l_rmsprop": (RAVINE, 1.0),
    "d2l_gd1d": ({"objective": {"name": "sphere", "dimension": 1}, "steps": 10}, 1.0),
}

#: How the vectors write what we call otherwise.
OUR_NAMES = {"eps_form": "eps_mode", "decay": "rho", "sgd_momentum_torch": "sgd"}


def as_optimizer(vector: dict[str, Any], convention: str) -> dict[str, Any]:
    settings = {OUR_NAMES.get(name, name): value for name, value in vector["hyper"].items()}
    return {"convention": convention, "name": OUR_NAMES.get(vector["optimizer"], vector["optimizer"]), **settings}


def test_every_published_vector_is_compared_or_named_as_not_here_yet():
    assert {*KERAS_VECTORS, *D2L_VECTORS, *OTHERS, *OF_SCHEDULES} == set(VECTORS)


@pytest.mark.parametrize("name", KERAS_VECTORS)
def test_a_replay_gives_the_table_in_keras_s_own_test(name):
    vector = VECTORS[name]
    assert vector["input"]["grads"] == "step 1: ten times 0.01; steps 2-5: 0.1..1.0"
    gradients = [[0.01] * 10] + [(np.arange(1, 11) / 10).tolist()] * 4
    optimizer = as_optimizer(vector, "keras")
    replayed = trajectory({"optimizer": optimizer, "start": vector["input"]["x0"], "gradients": gradients})
    np.testing.assert_allclose(replayed.points[1:], vector["expected"], rtol=5e-4, atol=5e-4)
    assert optimizer.items() <= replayed.plan.choice.echo.items()


@pytest.mark.parametrize("name", D2L_VECTORS)
def test_a_run_ends_where_dive_into_deep_learning_prints_it(name):
    vector, (request, rate) = VECTORS[name], D2L_VECTORS[name]
    optimizer = as_optimizer(vector, "torch")
    run = trajectory({"optimizer": {**optimizer, "lr": rate * optimizer["lr"]}, "start": vector["input"]["x0"], **request})
    assert run.steps == vector["input"]["steps"]
    np.testing.assert_allclose(run.end, np.ravel(vector["expected"]["x"]), rtol=0, atol=5.000001e-7)


def test_posting_one_step_after_the_other_gives_the_framework_s_points_too():
    golden, x, state = GOLDENS["torch"], GOLDENS["torch"]["x0"], {}
    for gradient in golden["gradients"][:10]:
        step = take_step({"optimizer": "nadam", "params": x, "gradient": gradient, "state": state})
        x, state = step.params, step.state
    np.testing.assert_allclose(x, golden["torch-nadam-defaults"][9], rtol=1e-12, atol=1e-12)
