"""Schedules of schedules, the one with a memory, budgets by label, and what is refused; their rates are held in tests/parity too."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory
from stepgrade_service.engine.schedules import SCHEDULES
from stepgrade_service.engine.schedules.frameworks import FRAMEWORKS
from stepgrade_service.engine.schedules.resolve import resolve

BOWL: dict[str, Any] = {"optimizer": {"name": "gd", "lr": 0.09}, "objective": "quadratic", "start": "A"}
PLATEAU = {"name": "reduce_on_plateau", "patience": 2, "factor": 0.5, "rtol": 0.2}

#: One of each kind, with what it needs.
EACH: dict[str, dict[str, Any]] = {
    "inverse_time": {"decay_rate": 0.1},
    "step": {"step_size": 3},
    "exponential": {"decay_rate": 0.9},
    "constant": {"factor": 0.5},
    "multistep": {"milestones": [3, 5]},
    "piecewise": {"boundaries": [3], "factors": [1.0, 0.5]},
    "inverse_sqrt": {},
    "polynomial": {"decay_steps": 9},
    "linear": {"steps": 9},
    "clip": {"lr_max": 0.5},
    "cosine": {"decay_steps": 9},
    "cosine_restarts": {"first_steps": 4},
    "interpolated": {"points": [0, 4, 9], "factors": [0.1, 1.0, 0.0]},
    "one_cycle": {"total_steps": 12},
    "cyclic": {"lr_max": 2.0, "steps_up": 3},
    "noam": {"d_model": 4, "warmup_steps": 5},
    "warmup": {"steps": 4, "then": {"name": "step", "step_size": 3}},
    "join": {"schedules": [{"name": "constant"}, {"name": "cosine", "decay_steps": 6}], "boundaries": [4]},
    "chain": {"schedules": [{"name": "step", "step_size": 3}, {"name": "clip", "lr_min": 0.05}]},
    "hold": {"steps": 3, "then": {"name": "step", "step_size": 2}},
    "reduce_on_plateau": {"patience": 1},
}


def rates(schedule: Any, steps: int = 15, lr: Any = 0.7, **more: Any) -> Any:
    request = {"optimizer": {"name": "gd", "lr": lr}, "start": [0.0], "gradients": [[-1.0]] * steps, "schedule": schedule}
    return trajectory({**request, "include": ["updates"], **more}).updates[1:, 0]


def refused(**request: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as refusal:
        plan_trajectory({"optimizer": {"name": "gd", "lr": 0.1}, "objective": "sphere", "steps": 10, **request})
    return {fault.path: fault.detail for fault in refusal.value.faults}


def test_every_kind_is_tried_here():
    assert EACH.keys() == SCHEDULES.keys()


@pytest.mark.parametrize("name", EACH)
def test_a_schedule_resolved_again_is_the_same(name):
    first = resolve({"name": name, **EACH[name]})
    again = resolve(first.echo)
    assert again.echo == first.echo
    np.testing.assert_array_equal(again.parameters, first.parameters)
    assert {name, *EACH[name]} <= {first.echo["name"], *first.echo}


@pytest.mark.parametrize("name", [name for name, kind in SCHEDULES.items() if not kind.remembers])
def test_inside_a_join_a_schedule_has_the_bits_that_it_has_alone(name):
    schedule = {"name": name, **EACH[name]}
    joined = {"name": "join", "schedules": [{"name": "constant"}, schedule], "boundaries": [3]}
    np.testing.assert_array_equal(rates(joined, 18), [0.7, 0.7, 0.7, *rates(schedule)])


@pytest.mark.parametrize("name", [name for name, kind in SCHEDULES.items() if kind.takes_lr])
def test_with_a_rate_of_its_own_a_schedule_does_not_look_at_the_optimizer_s(name):
    schedule = {"name": name, **EACH[name]}
    np.testing.assert_array_equal(rates({**schedule, "lr": 0.7}, lr=0.1), rates(schedule))
    assert resolve({**schedule, "lr": 0.7}).sets_rates


def test_a_chain_multiplies_factors():
    both = rates({"name": "chain", "schedules": [{"name": "step", "step_size": 4}, {"name": "exponential", "decay_rate": 0.9}]})
    np.testing.assert_allclose(both, [0.7 * 0.1 ** (s // 4) * 0.9**s for s in range(15)], rtol=1e-14)


@pytest.mark.parametrize("name", [name for name, kind in SCHEDULES.items() if not kind.remembers])
def test_held_a_schedule_has_each_of_its_rates_for_so_many_steps(name):
    schedule = {"name": name, **EACH[name]}
    np.testing.assert_array_equal(rates({"name": "hold", "steps": 3, "then": schedule}, 45), np.repeat(rates(schedule), 3))
    joined = {"name": "hold", "steps": 2, "then": {"name": "join", "schedules": ["constant", schedule], "boundaries": [2]}}
    np.testing.assert_array_equal(rates(joined, 34)[4:], np.repeat(rates(schedule), 2))


def test_noam_and_the_inverse_root_are_their_formulas():
    found = rates({"name": "noam", "d_model": 16, "warmup_steps": 5}, lr=1.0)
    np.testing.assert_allclose(found, [0.25 * min(t**-0.5, t * 5**-1.5) for t in range(1, 16)], rtol=1e-14)
    np.testing.assert_allclose(rates("inverse_sqrt", lr=1.0), [1 / sqrt(t) for t in range(1, 16)], rtol=1e-15)


def test_each_tensor_keeps_its_own_rate_in_a_nested_schedule():
    optimizer = {"name": "gd", "lr": {"a": 1.0, "b": 0.25}}
    gradients = [{"a": -1.0, "b": [-1.0]}] * 3
    schedule = {"name": "warmup", "steps": 2}
    scaled = trajectory({"optimizer": optimizer, "start": {"a": 0.0, "b": [0.0]}, "gradients": gradients, "schedule": schedule})
    np.testing.assert_allclose(np.diff(scaled.points, axis=0), [[0, 0], [0.5, 0.125], [1.0, 0.25]], rtol=1e-15)


# The schedule with a memory.


def test_a_cut_run_goes_on_with_the_memory_of_its_schedule():
    whole = trajectory({**BOWL, "schedule": PLATEAU, "steps": 60})
    point, state, values = None, {}, [float(whole.values[0])]
    for steps in (1, 22, 37):
        start = {} if point is None else {"start": point}
        part = trajectory({**BOWL, **start, "schedule": PLATEAU, "steps": steps, "state": state})
        point, state = part.end.tolist(), part.state
        values += part.values[1:].tolist()
    assert values == whole.values.tolist()
    assert state == whole.state
    assert trajectory({**BOWL, "schedule": PLATEAU, "steps": 37, "state": {"t": 23}}).state != whole.state


def test_on_a_plateau_every_start_of_a_comparison_has_its_own_memory():
    optimizers = [{"name": "gd", "lr": 0.0999}, {"name": "rmsprop", "lr": 0.3, "rho": 0.9}]
    compared = compare({"objective": "quadratic", "optimizers": optimizers, "starts": ["A", "B"], "steps": 50, "schedule": PLATEAU})
    for run in compared.upright.runs:
        optimizer = next(each for each in optimizers if each["name"] == run.label)
        alone = trajectory({"optimizer": optimizer, "objective": "quadratic", "start": run.start, "steps": 50, "schedule": PLATEAU})
        assert run.summary["final_value"] == alone.summary["final_value"]


def test_what_a_memory_needs_is_told():
    replay = {"start": [0.0], "gradients": [[1.0]] * 3, "schedule": PLATEAU}
    with pytest.raises(Refusal, match="post values, one per gradient"):
        plan_trajectory({"optimizer": {"name": "gd", "lr": 0.1}, **replay})
    assert "no states" in refused(schedule=PLATEAU, include=["states"])["schedule",]
    assert "no schedule with a memory" in refused(state={"schedule": {"best": 1.0}})["state", "schedule"]
    faults = refused(schedule=PLATEAU, state={"schedule": {"bestt": 1.0, "best": "1", "bad_steps": -1, "lr": -1}})
    assert set(faults) == {("state", "schedule", name) for name in ("bestt", "best", "bad_steps", "lr")}
    assert "stands alone" in refused(schedule={"name": "warmup", "steps": 2, "then": PLATEAU})["schedule", "then", "name"]


# What is refused.


@pytest.mark.parametrize(
    ("schedule", "path", "told"),
    [
        ({"convention": "torch", "name": "LambdaLR"}, ("name",), "runs no posted code"),
        ({"convention": "torch", "name": "OneCycleLR", "max_lr": 1, "total_steps": 9}, ("cycle_momentum",), "true is its default"),
        ({"convention": "torch", "name": "OneCycleLR", "max_lr": 1, "cycle_momentum": False}, ("total_steps",), "length of the cycle"),
        ({"convention": "torch", "name": "ReduceLROnPlateau", "mode": "max"}, ("mode",), "does not have it yet"),
        ({"name": "ReduceLROnPlateau"}, ("name",), "torch and keras"),
        ({"convention": "optax", "name": "CosineAnnealingLR"}, ("name",), "torch"),
        ({"convention": "jax", "name": "x"}, ("convention",), "torch, keras, optax"),
        ({"class_name": "CosineDecay"}, ("config",), "an object of arguments"),
        ({"class_name": "CosineDecay", "config": {"decay_steps": 0}}, ("config", "decay_steps"), "at least 1"),
        ({"class_name": "CosineDecay", "config": {"alpa": 0}}, ("config", "alpa"), "did you mean alpha"),
        ({"name": "warmup", "steps": 2, "then": {"name": "step"}}, ("then", "step_size"), "expected a value"),
        ({"name": "join", "schedules": ["constant"], "boundaries": [3]}, ("boundaries",), "one number less"),
        ({"name": "hold", "steps": 2}, ("then",), "expected a value"),
        ({"name": "hold", "steps": 2, "then": None}, ("then",), "an object with a name"),
        ({"name": "piecewise", "boundaries": [3]}, ("values",), "either values or factors"),
        ({"name": "multistep", "milestones": [3, 2]}, ("milestones", 1), "at least the number before it"),
        ({"name": "warmup_cosine_decay_schedule", "init_value": 0, "peak_value": 1, "warmup_steps": 5, "decay_steps": 5},
         ("decay_steps",), "counts the warm-up"),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_was_written(schedule, path, told):
    assert told in refused(schedule=schedule)["schedule", *path]


@pytest.mark.parametrize("child", ["OneCycleLR", "CyclicLR", "ReduceLROnPlateau", "SequentialLR"])
def test_what_cannot_stand_in_torch_s_sequence_is_refused(child):
    schedule = {"convention": "torch", "name": "SequentialLR", "schedulers": [{"name": "LinearLR"}, {"name": child}], "milestones": [5]}
    assert "LinearLR" in refused(schedule=schedule)["schedule", "schedulers", 1, "name"]


def test_schedules_are_nested_a_few_times_and_not_without_end():
    nested: dict[str, Any] = {"name": "constant"}
    for _ in range(6):
        nested = {"name": "warmup", "steps": 2, "then": nested}
    assert any("in one another" in detail for detail in refused(schedule=nested).values())


def test_the_frameworks_are_the_conventions():
    assert FRAMEWORKS.keys() <= CONVENTIONS.keys()
    for framework in FRAMEWORKS.values():
        assert {row.kind for row in framework.rows} <= SCHEDULES.keys()


# Budgets by label.

TWO = {"objective": "quadratic", "optimizers": [{"name": "gd", "lr": 0.09}, {"name": "adam", "lr": 0.1}]}


def test_steps_and_schedules_by_label_are_those_of_single_runs():
    schedule = {"name": "cosine", "decay_steps": 80}
    compared = compare({**TWO, "steps": {"gd": 30, "adam": 80}, "schedule": {"adam": schedule}})
    for run, more in zip(compared.upright.runs, ({"steps": 30}, {"steps": 80, "schedule": schedule}), strict=True):
        optimizer = next(each for each in TWO["optimizers"] if each["name"] == run.label)
        alone = trajectory({"optimizer": optimizer, "objective": "quadratic", "start": run.start, **more})
        assert (run.steps, run.summary["final_value"]) == (alone.steps, alone.summary["final_value"])
    assert compared.plan.budgets.differing == ("steps", "schedule")
    assert "not fair" in str(compared.plan.budgets.note)


def test_equal_budgets_by_label_are_equal_budgets():
    plain, by_label = compare({**TWO, "steps": 30}), compare({**TWO, "steps": {"gd": 30, "adam": 30}})
    assert by_label.plan.budgets.note is None
    assert by_label.plan.echoes["steps"] == plain.plan.echoes["steps"] == 30


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"steps": {"gd": 30}}, ("steps",)),
        ({"steps": {"gd": 30, "adm": 3}}, ("steps", "adm")),
        ({"steps": {"gd": 30, "adam": 2.5}}, ("steps", "adam")),
        ({"steps": {"gd": 30, "adam": 60}, "decompose": ["gd", "adam"]}, ("decompose",)),
        ({"steps": {"gd": 30, "adam": 60}, "match": "graft"}, ("match",)),
        ({"steps": {"gd": 30, "adam": 60}, "match": "mean_step"}, ("match",)),
        ({"schedule": {"gd": {"name": "cosin"}}}, ("schedule", "gd", "name")),
        ({"schedule": {"gd": [0.1]}}, ("schedule", "gd")),
        ({"schedule": {"gd": {"name": "constant", "lr": 0.1}}, "match": "tuned"}, ("schedule", "gd")),
    ],
)
def test_what_unequal_budgets_cannot_have_is_refused(more, path):
    with pytest.raises(Refusal) as refusal:
        compare({**TWO, **more})
    assert path in {fault.path for fault in refusal.value.faults}
