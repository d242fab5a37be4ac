"""Schedules against the rates that torch, keras and optax compute, and a course's 25."""

from __future__ import annotations

import json
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.schedules.frameworks import FRAMEWORKS

HERE = Path(__file__).parent
CASES, LR, VALUES = (run_path(str(HERE / "schedule_cases.py"))[name] for name in ("SCHEDULE_CASES", "LR", "plateau_values"))
GOLDENS = json.loads((HERE / "goldens" / "schedules.json").read_text())
STEPS = GOLDENS["meta"]["steps"]

#: keras computes its cosines in float32, in its float64 mode too: so far its rates are from the exact ones.
IN_FLOAT32, OFF = ("keras-cosine", "keras-restarts"), 1e-7


def rates(schedule: Any, steps: int = STEPS, lr: float = LR, **more: Any) -> Any:
    """The rate of each step: what gradient descent moves by where the gradient is -1."""
    request = {"optimizer": {"name": "gd", "lr": lr}, "start": [0.0], "gradients": [[-1.0]] * steps, "schedule": schedule}
    return trajectory({**request, "include": ["updates"], **more}).updates[1:, 0]


def posted(request: dict[str, Any]) -> dict[str, Any]:
    """What a replay needs besides: the values, for a schedule that looks at them."""
    is_plateau = "plateau" in (request.get("name", "") + request.get("class_name", "")).lower()
    more = {"convention": "keras"} if "class_name" in request else {}
    return {"schedule": {**request, **more}, **({"values": VALUES()} if is_plateau else {})}


def run(request: dict[str, Any], **more: Any) -> Any:
    parts = posted(request)
    return rates(parts.pop("schedule"), **parts, **more)


@pytest.mark.parametrize("name", CASES)
def test_a_schedule_gives_the_framework_s_rates_over_100_steps(name):
    np.testing.assert_allclose(run(CASES[name]), GOLDENS[name], rtol=0, atol=OFF if name.startswith(IN_FLOAT32) else 1e-13)


@pytest.mark.parametrize("name", CASES)
def test_the_echo_posted_back_gives_the_same_rates(name):
    parts = posted(CASES[name])
    request = {"optimizer": {"name": "gd", "lr": LR}, "start": [0.0], "gradients": [[-1.0]] * STEPS, "include": ["updates"], **parts}
    first = trajectory(request)
    again = trajectory({**request, "schedule": first.plan.echoes["schedule"]})
    np.testing.assert_array_equal(first.updates, again.updates)
    assert again.plan.echoes["schedule"] == first.plan.echoes["schedule"]


@pytest.mark.parametrize("name", CASES)
def test_a_cut_run_goes_on_in_a_schedule(name):
    parts, whole = posted(CASES[name]), run(CASES[name])
    request = {"optimizer": {"name": "gd", "lr": LR}, "start": [0.0], "include": ["updates"], "schedule": parts["schedule"]}
    state: dict[str, Any] = {}
    for first, last in ((0, 13), (13, 50), (50, STEPS)):
        values = {"values": parts["values"][first:last]} if "values" in parts else {}
        part = trajectory({**request, **values, "gradients": [[-1.0]] * (last - first), "state": state})
        np.testing.assert_array_equal(part.updates[1:, 0], whole[first:last])
        state = part.state


def test_every_schedule_of_a_framework_has_a_golden():
    named = {(request.get("convention", "keras"), request.get("name") or request["class_name"]) for request in CASES.values()}
    assert named == {(framework.name, row.name) for framework in FRAMEWORKS.values() for row in framework.rows}
    assert GOLDENS.keys() - {"meta", "keras-velocity"} == CASES.keys()


# Where the frameworks differ.


def test_torch_s_cosine_rises_after_its_end_and_those_of_keras_and_optax_stay():
    by_torch, by_keras, by_optax = (
        rates(schedule, 80, lr=0.5)
        for schedule in (
            {"convention": "torch", "name": "CosineAnnealingLR", "T_max": 30},
            {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.5, "decay_steps": 30}},
            {"convention": "optax", "name": "cosine_decay_schedule", "init_value": 0.5, "decay_steps": 30},
        )
    )
    np.testing.assert_allclose(by_torch[:31], by_keras[:31], rtol=1e-15)
    assert by_torch[60] == pytest.approx(0.5)
    assert by_keras[30:].max() == by_optax[30:].max() == 0.0


def test_keras_changes_after_a_boundary_and_torch_and_optax_at_it():
    by_keras = rates({"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [5], "values": [0.5, 0.05]}}, 10)
    by_torch = rates({"convention": "torch", "name": "MultiStepLR", "milestones": [5]}, 10, lr=0.5)
    scales = {"init_value": 0.5, "boundaries_and_scales": {"5": 0.1}}
    by_optax = rates({"convention": "optax", "name": "piecewise_constant_schedule", **scales}, 10)
    assert [int(np.argmax(each < 0.4)) for each in (by_keras, by_torch, by_optax)] == [6, 5, 5]


def test_optax_multiplies_scales_and_keras_takes_values():
    scales = {"init_value": 1.0, "boundaries_and_scales": {"2": 0.5, "4": 0.5}}
    assert rates({"convention": "optax", "name": "piecewise_constant_schedule", **scales}, 6).tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25]
    config = {"boundaries": [1, 3], "values": [1.0, 0.5, 0.5]}
    assert rates({"class_name": "PiecewiseConstantDecay", "config": config}, 6).tolist() == [1, 1, 0.5, 0.5, 0.5, 0.5]


def test_a_cycle_of_ten_steps_peaks_at_step_2_in_torch_and_at_step_3_in_optax():
    by_torch = rates({"convention": "torch", "name": "OneCycleLR", "max_lr": 1.0, "total_steps": 10, "cycle_momentum": False}, 10)
    by_optax = rates({"convention": "optax", "name": "cosine_onecycle_schedule", "peak_value": 1.0, "transition_steps": 10}, 11)
    assert (int(by_torch.argmax()), int(by_optax.argmax())) == (2, 3)
    assert by_torch[9] == pytest.approx(1.0 / 25 / 1e4)
    assert by_optax[9] > 0.01
    # Its floor is the peak divided by both factors: the rate at the start divided by the second.
    assert by_optax[10] == pytest.approx(1.0 / 25 / 1e4)


def test_keras_ends_a_polynomial_at_1e_4_and_torch_at_0():
    config = {"initial_learning_rate": 0.5, "decay_steps": 5}
    assert rates({"class_name": "PolynomialDecay", "config": config}, 8)[-1] == pytest.approx(1e-4)
    assert rates({"convention": "torch", "name": "PolynomialLR"}, 8)[-1] == 0.0


def test_the_closed_form_stays_beside_torch_s_recursive_one():
    closed = run(CASES["torch-cosine-of-the-whole-run"])
    assert 0 < np.abs(closed - GOLDENS["torch-cosine-of-the-whole-run"]).max() < 1e-14


def test_inside_keras_s_velocity_a_schedule_acts_where_keras_has_it():
    schedule = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.5, "decay_steps": 9, "decay_rate": 0.7}}
    gradients = [[(-1.0) ** step * (1.0 + step % 7)] for step in range(STEPS)]
    request = {"start": [1.0], "gradients": gradients, "schedule": schedule}
    inside = trajectory({**request, "optimizer": {"convention": "keras", "name": "SGD", "momentum": 0.9}})
    np.testing.assert_allclose(inside.points[1:, 0], GOLDENS["keras-velocity"], rtol=1e-12, atol=1e-12)
    outside = trajectory({**request, "optimizer": {"convention": "torch", "name": "SGD", "momentum": 0.9, "lr": 0.5}})
    assert np.abs(outside.points - inside.points).max() > 0.1


def test_a_warm_up_and_a_cosine_give_a_course_s_25_rates():
    [vector] = [each for each in json.loads((HERE / "course_vectors.json").read_text()) if each["id"] == "cs336_cosine"]
    hyper = vector["hyper"]
    then = {"name": "cosine", "decay_steps": hyper["cycle"] - hyper["warmup"], "lr_min": hyper["lr_min"]}
    found = rates({"name": "warmup", "steps": hyper["warmup"], "then": then}, 25, lr=hyper["lr_max"])
    np.testing.assert_allclose(found, vector["expected"], rtol=1e-14, atol=1e-16)
