"""Measures of a run: the worked experiment's table, the definitions written once more in plain NumPy, and the edges."""

from __future__ import annotations

from math import cos, hypot, sin
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.plan import INCLUDABLE
from stepgrade_service.engine.trajectory import Trajectory, trajectory

Array = NDArray[np.float64]


# The experiment of the lecture's bowl, 0.5 (w^2 + 20 b^2), as reference/measures.md prints it, section 8: start, optimizer, T, first
# step, efficiency, mean cosine to -g, mean cosine to the minimum, mean turning cosine, sign flips of w and b, distance at step 200.


def sgd(lr: float) -> dict[str, Any]:
    return {"name": "sgd", "lr": lr}


RMSPROP = {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
NGD = {"name": "normalized_gd", "lr": 0.2}

BOWL = [
    ("A", sgd(0.09), 32, "1.855", ".46", "1", ".80", ".29", (0, 31), "3e-8"),
    ("A", sgd(0.02), 148, ".412", ".91", "1", ".99", "1.00", (0, 0), "9e-2"),
    ("A", RMSPROP, 28, ".894", ".95", ".99", ".99", "1.00", (0, 16), ".14"),
    ("A", NGD, 27, ".200", ".91", "1", ".91", ".99", (0, 17), "1.4e-2"),
    ("B", sgd(0.02), 54, ".800", ".94", "1", ".94", "1.00", (0, 0), "5e-3"),
    ("B", sgd(0.09), 16, "3.600", ".11", "1", ".91", "-1.00", (0, 15), "2e-9"),
    ("B", RMSPROP, 9, ".894", ".77", ".87", ".92", ".55", (8, 0), ".14"),
    ("B", NGD, 11, ".200", ".92", "1", ".93", ".91", (0, 0), ".18"),
]


def as_printed(digits: str) -> Any:
    """Equal to a printed number as far as it was printed; 1 without decimals is exact."""
    number, _, exponent = digits.partition("e")
    last = 0.5 * 10.0 ** (int(exponent or 0) - len(number.partition(".")[2]))
    return pytest.approx(float(digits), rel=0, abs=1e-12 if digits == "1" else last)


@pytest.mark.parametrize(("start", "optimizer", "steps", "first", "efficiency", "descent", "target", "turning", "flips", "at_200"), BOWL)
def test_the_worked_experiment_comes_out_as_printed(start, optimizer, steps, first, efficiency, descent, target, turning, flips, at_200):
    summary = trajectory({"optimizer": optimizer, "objective": "quadratic", "start": start, "steps": 200}).summary
    assert summary["steps_to_target"] == steps
    assert tuple(summary["sign_flips"]) == flips
    assert summary["first_step"] == as_printed(first)
    assert summary["path_efficiency"] == as_printed(efficiency)
    assert summary["descent_cosine"] == as_printed(descent)
    assert summary["target_cosine"] == as_printed(target)
    assert summary["turning_cosine"] == as_printed(turning)
    assert summary["final_distance"] == as_printed(at_200)


@pytest.mark.parametrize(("start", "cosine"), [("A", ".428"), ("B", ".990")])
def test_the_gradient_at_the_starts_points_to_the_minimum_as_printed(start, cosine):
    run = trajectory({"optimizer": sgd(0.01), "objective": "quadratic", "start": start, "steps": 1})
    assert run.summary["target_cosine"] == as_printed(cosine)


@pytest.mark.parametrize(
    ("optimizer", "start", "rotation", "steps"),
    [
        (RMSPROP, "B", 0, 9),
        (RMSPROP, "B", 45, 28),
        (NGD, "B", 0, 11),
        (NGD, "B", 45, 11),
        ({**RMSPROP, "lr": 0.05}, "B", 0, 46),
        ({**RMSPROP, "lr": 0.05}, "B", 45, 73),
        ({**RMSPROP, "lr": 0.05}, [0.0, -2.0], 0, 46),
        (sgd(0.05), [0.0, -2.0], 0, 1),
    ],
)
def test_the_steps_to_the_target_are_the_printed_ones_also_when_the_problem_is_turned(optimizer, start, rotation, steps):
    objective = {"name": "quadratic", "rotation": rotation}
    run = trajectory({"optimizer": optimizer, "objective": objective, "start": start, "steps": 200})
    assert run.summary["steps_to_target"] == steps


# The definitions once more, from points, values, gradients and updates alone.


def norms(rows: Array) -> Array:
    return np.array([hypot(*row) for row in rows])


def cosine(a: Array, b: Array) -> float:
    if not (a.any() and b.any()):
        return np.nan
    return float(np.clip((a / hypot(*a)) @ (b / hypot(*b)), -1, 1))


def mean(cosines: list[float]) -> float | None:
    defined = [entry for entry in cosines if not np.isnan(entry)]
    return float(np.mean(defined)) if defined else None


def measured_again(run: Trajectory) -> dict[str, Any]:
    """The summary of a run on an objective, of which every step was recorded."""
    points, gradients, steps, problem = run.points, run.gradients, run.updates[1:], run.plan.problem
    nearest = int(np.argmin(norms(problem.minima - points[-1])))
    minimum = problem.minima[nearest]
    kind, fraction = run.plan.target
    how_far = norms(points - minimum) if kind == 0 else run.values - problem.minimum_values[nearest]
    reached = np.flatnonzero(how_far <= fraction * how_far[0])
    target = int(reached[0]) if len(reached) else None
    last = len(steps) if target is None else target
    lengths = norms(steps)
    turning = [cosine(a, b) for a, b in zip(steps[1:last], steps[: max(last - 1, 0)], strict=True)]
    return {
        "steps_to_target": target,
        "path_length": lengths[:last].sum(),
        "path_efficiency": hypot(*(points[last] - points[0])) / lengths[:last].sum() if lengths[:last].any() else None,
        "first_step": lengths[0],
        "sign_flips": (steps[1:last] * steps[: max(last - 1, 0)] < 0).sum(axis=0),
        "reversals": sum(entry < 0 for entry in turning),
        "descent_cosine": mean([cosine(steps[t], -gradients[t]) for t in range(last)]),
        "target_cosine": mean([cosine(steps[t], minimum - points[t]) for t in range(last)]),
        "turning_cosine": mean(turning),
        "final_value": run.values[-1],
        "final_distance": hypot(*(points[-1] - minimum)),
        "minimum": minimum,
    }


RUNS: list[dict[str, Any]] = [
    {"objective": {"name": "quadratic", "rotation": 30}, "start": "A"},
    {"objective": "rosenbrock", "start": [-1.2, 1.0, 0.5]},
    {"objective": "himmelblau"},
    {"objective": "himmelblau", "start": [-4.0, 1.0], "target": {"value_gap": 0.01}},
    {"objective": "bounded_saddle"},
    {"objective": "styblinski_tang", "start": "local_basin", "target": {"distance": 0.5}},
    {"objective": "linreg_tiny", "start": "B", "noise": {"std": 0.3, "seed": 5}},
    {"objective": {"name": "sphere", "dimension": 1}, "start": 2.0},
    {"objective": "sphere", "start": [0.0, 0.0]},
]
OPTIMIZERS = [
    sgd(0.09),
    {"name": "momentum", "lr": 0.02},
    {"name": "nesterov", "convention": "keras", "lr": 0.02},
    NGD,
    {"name": "sign_gd", "lr": 0.1},
    RMSPROP,
    {"name": "adam", "lr": 0.3},
    {"name": "adagrad", "lr": 0.5},
]


def same(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return bool(np.allclose(found, expected, rtol=1e-12, atol=1e-13))


@pytest.mark.parametrize("request_", RUNS, ids=lambda run: str(run["objective"]))
def test_a_summary_is_what_its_definitions_say(request_):
    for optimizer in OPTIMIZERS:
        run = trajectory({**request_, "optimizer": optimizer, "steps": 70, "include": INCLUDABLE})
        expected = measured_again(run)
        assert list(run.summary) == list(expected)
        assert not {name for name in expected if not same(run.summary[name], expected[name])}, (optimizer, run.summary, expected)


@pytest.mark.parametrize("request_", RUNS, ids=lambda run: str(run["objective"]))
@pytest.mark.parametrize("every", [1, 7])
def test_the_measures_of_each_recorded_step_are_what_their_definitions_say(request_, every):
    for optimizer in OPTIMIZERS:
        request = {**request_, "optimizer": optimizer, "steps": 40}
        whole = trajectory({**request, "include": INCLUDABLE})
        run = trajectory({**request, "include": ["measures"], "record_every": every})
        points, gradients, steps, minimum = whole.points, whole.gradients, whole.updates[1:], whole.summary["minimum"]
        undefined, before = [np.nan], zip(steps, gradients[:-1], points[:-1], [np.full_like(steps[0], np.nan), *steps[:-1]], strict=True)
        arrived = [(hypot(*s), cosine(s, -g), cosine(s, minimum - x), cosine(s, last)) for s, g, x, last in before]
        lengths, descents, targets, turnings = ([*undefined, *column] for column in zip(*arrived, strict=True))
        expected = {
            "gradient_norm": norms(gradients),
            "distance": norms(points - minimum),
            "update_norm": lengths,
            "descent_cosine": descents,
            "target_cosine": targets,
            "turning_cosine": turnings,
        }
        assert list(run.measures) == list(expected)
        for name, values in expected.items():
            np.testing.assert_allclose(run.measures[name], np.array(values)[run.recorded], rtol=1e-12, atol=1e-13, err_msg=name)


# Edges.


def replay(gradients: list[list[float]], **more: Any) -> Trajectory:
    start = [0.0] * len(gradients[0])
    return trajectory({"optimizer": sgd(1.0), "start": start, "gradients": gradients, "include": INCLUDABLE, **more})


WALK = [[3.0, 4.0], [3.0, 4.0], [-3.0, 4.0], [0.0, 0.0], [4.0, -3.0]]


def test_a_walk_of_five_steps_measured_by_hand():
    summary = replay(WALK).summary
    assert (summary["steps_to_target"], summary["target_cosine"], summary["minimum"], summary["final_distance"]) == (None,) * 4
    assert (summary["path_length"], summary["first_step"], summary["reversals"]) == (20, 5, 0)
    assert summary["sign_flips"].tolist() == [1, 0]
    assert summary["descent_cosine"] == 1
    assert summary["turning_cosine"] == pytest.approx((1 + 7 / 25) / 2, rel=1e-15)
    assert summary["path_efficiency"] == pytest.approx(np.hypot(7, 9) / 20, rel=1e-15)


@pytest.mark.parametrize("power", [-1000, -700, -530, -500, -300, 300, 500, 530, 700, 1018])
def test_measures_do_not_depend_on_the_unit_of_length(power):
    walk, scaled = replay(WALK), replay([[g * 2.0**power for g in row] for row in WALK])
    for name in ("sign_flips", "reversals", "descent_cosine", "turning_cosine", "path_efficiency"):
        np.testing.assert_allclose(scaled.summary[name], walk.summary[name], rtol=1e-14, err_msg=name)
    for name in ("path_length", "first_step"):
        assert scaled.summary[name] == pytest.approx(walk.summary[name] * 2.0**power, rel=1e-14)
    for name in ("gradient_norm", "update_norm"):
        np.testing.assert_allclose(scaled.measures[name], walk.measures[name] * 2.0**power, rtol=1e-14, err_msg=name)
    for name in ("descent_cosine", "turning_cosine"):
        np.testing.assert_allclose(scaled.measures[name], walk.measures[name], rtol=1e-14, err_msg=name)


@pytest.mark.parametrize("power", [-1000, -700, -530, -300, 300, 500])
def test_the_way_to_the_minimum_does_not_depend_on_the_unit_of_length(power):
    request = {"optimizer": sgd(0.1), "objective": "sphere", "steps": 20, "include": INCLUDABLE}
    near, scaled = (trajectory({**request, "start": [3.0 * unit, -4.0 * unit]}) for unit in (1.0, 2.0**power))
    assert near.summary["steps_to_target"] == 14
    for name in ("steps_to_target", "path_efficiency", "target_cosine", "descent_cosine", "turning_cosine"):
        np.testing.assert_allclose(scaled.summary[name], near.summary[name], rtol=1e-14, err_msg=name)
    np.testing.assert_allclose(scaled.measures["distance"], near.measures["distance"] * 2.0**power, rtol=1e-14)
    assert scaled.summary["final_distance"] == pytest.approx(near.summary["final_distance"] * 2.0**power, rel=1e-14)


UNDEFINED = ("path_efficiency", "descent_cosine", "target_cosine", "turning_cosine")


def test_a_run_that_starts_at_the_minimum_is_there_and_what_is_zero_over_zero_is_undefined():
    run = trajectory({"optimizer": sgd(0.1), "objective": "sphere", "start": [0.0, 0.0], "steps": 3})
    assert (run.status, run.steps, run.summary["steps_to_target"]) == ("completed", 3, 0)
    assert (run.summary["path_length"], run.summary["final_distance"], run.summary["reversals"]) == (0, 0, 0)
    assert run.summary["sign_flips"].tolist() == [0, 0]
    assert [run.summary[name] for name in UNDEFINED] == [None] * 4


def test_a_first_step_that_goes_nowhere_has_the_length_zero():
    assert replay([[0.0, 0.0], [1.0, 0.0]]).summary["first_step"] == 0
    assert replay([[0.0, 0.0]]).summary["first_step"] == 0
    assert trajectory({"optimizer": sgd(0.1), "objective": "sphere", "start": [0.0, 0.0], "steps": 3}).summary["first_step"] == 0


def test_a_run_of_no_steps_has_a_distance_and_a_value_and_no_step_to_measure():
    run = trajectory({"optimizer": sgd(0.1), "objective": "rosenbrock", "steps": 0, "include": INCLUDABLE})
    assert (run.steps, run.recorded.tolist(), run.summary["steps_to_target"]) == (0, [0], None)
    assert (run.summary["path_length"], run.summary["first_step"]) == (0, None)
    assert [run.summary[name] for name in UNDEFINED] == [None] * 4
    assert run.summary["final_distance"] == run.measures["distance"][0] == pytest.approx(2.2, rel=1e-15)
    assert np.isnan([run.measures[name][0] for name in ("update_norm", "descent_cosine", "target_cosine", "turning_cosine")]).all()


def test_where_there_is_no_minimum_there_is_no_distance():
    for run in (replay(WALK), trajectory({"optimizer": sgd(0.1), "objective": "saddle", "steps": 5, "include": INCLUDABLE})):
        assert np.isnan(run.measures["distance"]).all()
        assert np.isnan(run.measures["target_cosine"]).all()
        assert run.summary["final_distance"] is run.summary["minimum"] is run.summary["steps_to_target"] is None


def test_where_a_replay_has_no_gradient_there_is_no_norm_of_it():
    assert np.isnan(replay(WALK).measures["gradient_norm"]).tolist() == [False] * 5 + [True]


def test_cosines_stay_within_one():
    for angle in np.linspace(0, 7, 200).tolist():
        direction = [3.3 * cos(angle), 3.3 * sin(angle), 0.7]
        summary = replay([direction, direction]).summary
        assert (summary["descent_cosine"], summary["turning_cosine"]) == (pytest.approx(1, abs=1e-15), pytest.approx(1, abs=1e-15))
        assert max(summary["descent_cosine"], summary["turning_cosine"]) <= 1
