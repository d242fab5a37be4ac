"""Measures of a run: the worked experiment's table, the definitions written once more in plain NumPy, and the edges."""

from __future__ import annotations

from math import ceil, cos, fsum, hypot, log10, sin
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.running.trajectory import Trajectory, trajectory
from stepgrade_service.engine.running.trajectory_plan import INCLUDABLE

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


def dot(a: Array, b: Array) -> float:
    """Without BLAS, whose fused products leave a remainder where steps are at right angles, and a sign with it."""
    return fsum(a * b)


def cosine(a: Array, b: Array) -> float:
    if not (a.any() and b.any()):
        return np.nan
    return float(np.clip(dot(a / hypot(*a), b / hypot(*b)), -1, 1))


def over(a: float, b: float) -> float:
    return float(a / b) if b else np.nan


def mean(numbers: Array) -> float | None:
    defined = [entry for entry in numbers if not np.isnan(entry)]
    return float(np.mean(defined)) if defined else None


def effective_lr(step: Array, gradient: Array) -> Array:
    return np.array([over(-s, g) for s, g in zip(step, gradient, strict=True)])


def anisotropy(step: Array, gradient: Array) -> float:
    rates = effective_lr(step, gradient)[gradient != 0]
    return max(rates) / min(rates) if len(rates) > 1 and min(rates) > 0 else np.nan


def measured_steps(run: Trajectory, minimum: Array) -> dict[str, Array]:
    """The measures of every step of a run on an objective, of which every step was recorded; entry t is of the step that leaves x_t."""
    points, gradients, steps = run.points[:-1], run.gradients[:-1], run.updates[1:]
    before = [np.full(points.shape[1], np.nan), *steps][: len(steps)]
    around = [*zip(points, gradients, steps, strict=True)]
    to_target = np.array([cosine(s, minimum - x) for x, g, s in around])
    gradient_to_target = np.array([cosine(-g, minimum - x) for x, g, s in around])
    return {
        "value_change": np.diff(run.values),
        "update_norm": norms(steps),
        "relative_step": np.array([over(hypot(*s), hypot(*(minimum - x))) for x, g, s in around]),
        "descent_cosine": np.array([cosine(s, -g) for x, g, s in around]),
        "target_cosine": to_target,
        "gradient_target_cosine": gradient_to_target,
        "direction_gain": to_target - gradient_to_target,
        "turning_cosine": np.array([cosine(s, last) for s, last in zip(steps, before, strict=True)]),
        "anisotropy": np.array([anisotropy(s, g) for x, g, s in around]),
        "sgd_equivalent_lr": np.array([dot(s, s) / dot(s, -g) if dot(s, -g) > 0 else np.nan for x, g, s in around]),
        "norm_equivalent_lr": np.array([over(hypot(*s), hypot(*g)) for x, g, s in around]),
        "effective_lr": np.array([effective_lr(s, g) for x, g, s in around]),
    }


def ended_again(run: Trajectory, inside: Array, distances: Array, gaps: Array) -> dict[str, Any]:
    """How such a run ended, of its last tenth and the tenth before: what section 3 of the measures says, word by word."""
    points, steps = run.points, len(run.points) - 1
    tenth = ceil(steps / 10)
    first = int(np.argmax(inside)) if inside.any() else None
    since = steps + 1 - int(np.argmin(np.append(inside[::-1], False)))
    left_before = first is not None and not inside[first:since].all()
    lost = run.status in ("growing", "diverged")
    settled = bool(inside[-1]) and not ((left_before or run.status == "converged") and steps - since < tenth) and not lost
    largest, before = distances[-tenth:].max(), distances[-2 * tenth : -tenth].max()
    way, net = norms(np.diff(points[-tenth:], axis=0)).sum(), hypot(*(points[-1] - points[-tenth]))
    cycles = not (settled or lost) and abs(largest - before) <= 0.1 * max(largest, before) and 0 < way >= max(4 * net, largest)
    return {
        "settling_step": since if settled else None,
        "share_inside": inside[first + 1 :].mean() if first is not None and first < steps else None,
        "exits": int((inside[:-1] & ~inside[1:]).sum()),
        "limit_cycle": None if run.plan.noise else cycles,
        "limit_cycle_radius": largest if run.status != "diverged" else None,
        "tail_gap": gaps[-tenth:].mean() if run.status != "diverged" else None,
    }


def measured_again(run: Trajectory) -> dict[str, Any]:
    """The summary of a run on an objective, of which every step was recorded."""
    points, steps, problem = run.points, run.updates[1:], run.plan.problem
    nearest = int(np.argmin(norms(problem.minima - points[-1])))
    minimum = problem.minima[nearest]
    gaps = run.values - problem.minimum_values[nearest]
    kind, fraction = run.plan.target.numbers
    how_far = norms(points - minimum) if kind == 0 else gaps
    inside = how_far <= fraction * how_far[0]
    reached = np.flatnonzero(inside)
    target = int(reached[0]) if len(reached) else None
    last = len(steps) if target is None else target
    step = {name: column[:last] for name, column in measured_steps(run, minimum).items()}
    length, way = step["update_norm"].sum(), minimum - points[0]
    flips = (steps[1:last] * steps[: max(last - 1, 0)] < 0).sum(axis=0)
    rises = np.maximum(step["value_change"], 0)
    means = {name: mean(column) for name, column in step.items() if name != "effective_lr"}
    has_way = way.any() and length > 0
    return {
        "steps_to_target": target,
        **ended_again(run, inside, norms(points - minimum), gaps),
        "path_length": length,
        "path_efficiency": hypot(*(points[last] - points[0])) / length if length > 0 else None,
        "zeta": length / hypot(*way) if way.any() else None,
        "transverse_excess": 1 - sum(dot(s, way / hypot(*way)) for s in steps[:last]) / length if has_way else None,
        "first_step": hypot(*steps[0]),
        "mean_step": means["update_norm"],
        "relative_step": means["relative_step"],
        "sign_flips": flips,
        "flip_fraction": flips / (last - 1) if last > 1 else None,
        "reversals": (step["turning_cosine"] < 0).sum(),
        "uphill": rises.sum() if last else None,
        "uphill_share": (rises > 0).sum() / last if last else None,
        "descent_cosine": means["descent_cosine"],
        "target_cosine": means["target_cosine"],
        "gradient_target_cosine": means["gradient_target_cosine"],
        "direction_gain": means["direction_gain"],
        "turning_cosine": means["turning_cosine"],
        "log_gap": mean([log10(gap / gaps[0]) if gap > 0 and gaps[0] > 0 else np.nan for gap in gaps[:last]]),
        "anisotropy": means["anisotropy"],
        "sgd_equivalent_lr": means["sgd_equivalent_lr"],
        "norm_equivalent_lr": means["norm_equivalent_lr"],
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
    {"name": "nadam", "lr": 0.05},
    {"name": "adamw", "lr": 0.1, "weight_decay": 0.1},
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
        minimum = whole.summary["minimum"]
        arrived = measured_steps(whole, minimum)
        nothing = {name: np.full((1, *column.shape[1:]), np.nan) for name, column in arrived.items()}
        expected = {
            "gradient_norm": norms(whole.gradients),
            "distance": norms(whole.points - minimum),
            **{name: np.concatenate([nothing[name], column]) for name, column in arrived.items()},
        }
        assert list(run.measures) == list(expected)
        for name, values in expected.items():
            np.testing.assert_allclose(run.measures[name], values[run.recorded], rtol=1e-12, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("request_", RUNS, ids=lambda run: str(run["objective"]))
def test_a_summary_does_not_depend_on_what_is_recorded(request_):
    request = {**request_, "optimizer": RMSPROP, "steps": 53}
    whole = trajectory(request).summary
    for every, include in ((7, INCLUDABLE), (1000, []), (1, ["measures"])):
        thinned = trajectory({**request, "record_every": every, "include": include}).summary
        assert list(thinned) == list(whole)
        for name, value in whole.items():
            np.testing.assert_array_equal(thinned[name], value, err_msg=name)


# How the end of a run bears on its measures.


@pytest.mark.parametrize("stop", [{"distance": 0.3}, {"gradient_norm": 1.0}, {"value_gap": 1e-3}, {"update_norm": 0.11}])
@pytest.mark.parametrize("planned", [100, 101, 5000])
def test_a_run_that_a_rule_stopped_is_measured_as_one_of_its_length(stop, planned):
    for optimizer in (sgd(0.01), {"name": "momentum", "lr": 0.005}, NGD, RMSPROP, {"name": "adam", "lr": 0.3}):
        request = {"optimizer": optimizer, "objective": "himmelblau"}
        stopped = trajectory({**request, "steps": planned, "stop": stop})
        meant = trajectory({**request, "steps": stopped.steps})
        for name, value in meant.summary.items():
            np.testing.assert_array_equal(stopped.summary[name], value, err_msg=name)


def test_the_limit_cycle_of_a_constant_rate_is_about_that_wide():
    for lr in (0.01, 0.1):
        run = trajectory({"optimizer": {"name": "sign_gd", "lr": lr}, "objective": "sphere", "start": [1.003, 0.507], "steps": 500})
        assert lr / 2 < run.summary["limit_cycle_radius"] < 2 * lr
        assert run.summary["limit_cycle_radius"] >= run.summary["final_distance"]


def test_a_run_that_diverged_has_no_limit_cycle_and_is_measured_up_to_there():
    request = {"optimizer": sgd(1.5), "objective": "sphere", "start": [1.0, 2.0]}
    run = trajectory({**request, "steps": 5000})
    meant = trajectory({**request, "steps": run.steps})
    assert run.status == "diverged"
    assert run.summary["limit_cycle_radius"] is None
    assert run.summary["direction_gain"] == meant.summary["direction_gain"] == 0
    assert run.summary["log_gap"] == meant.summary["log_gap"] == pytest.approx(log10(2) * (run.steps - 1), rel=1e-12)


@pytest.mark.parametrize(("lr", "steps", "slope"), [(0.45, 250, -2), (0.1, 2000, 2 * log10(0.8)), (1e-6, 1000, 2 * log10(1 - 2e-6))])
def test_the_log_gap_of_a_geometric_descent_is_half_its_end_however_deep_it_goes(lr, steps, slope):
    request = {"optimizer": sgd(lr), "objective": "sphere", "start": [1e20, 1e20], "target": {"distance": 1e-300}}
    summary = trajectory({**request, "steps": min(steps, int(300 / -slope))}).summary
    assert summary["log_gap"] == pytest.approx(slope * (min(steps, int(300 / -slope)) - 1) / 2, rel=1e-9 if lr == 1e-6 else 1e-12)


# What holds for some optimizers, and what holds for all.


@pytest.mark.parametrize("objective", ["quadratic", "rosenbrock", "himmelblau"])
def test_gradient_descent_changes_no_direction_and_has_one_rate(objective):
    run = trajectory({"optimizer": sgd(0.0007), "objective": objective, "steps": 60, "include": INCLUDABLE})
    assert run.summary["direction_gain"] == pytest.approx(0, abs=1e-12)
    assert run.summary["target_cosine"] == pytest.approx(run.summary["gradient_target_cosine"], rel=1e-12)
    assert run.summary["anisotropy"] == pytest.approx(1, rel=1e-12)
    assert run.summary["sgd_equivalent_lr"] == pytest.approx(0.0007, rel=1e-12)
    assert run.summary["norm_equivalent_lr"] == pytest.approx(0.0007, rel=1e-12)
    np.testing.assert_allclose(run.measures["effective_lr"][1:], 0.0007, rtol=1e-12)


def test_the_effective_rate_of_rmsprop_is_what_its_state_says():
    run = trajectory({"optimizer": RMSPROP, "objective": "quadratic", "start": "B", "steps": 30, "include": INCLUDABLE})
    rates = np.array([0.2 / (np.sqrt(state["v"]) + 1e-8) for state in run.states[1:]])
    np.testing.assert_allclose(run.measures["effective_lr"][1:], rates, rtol=1e-12)
    np.testing.assert_allclose(run.measures["anisotropy"][1:], rates.max(axis=1) / rates.min(axis=1), rtol=1e-12)


def test_the_length_of_a_step_of_normalised_gradient_descent_is_its_rate():
    summary = trajectory({"optimizer": NGD, "objective": "quadratic", "start": "A", "steps": 20}).summary
    assert summary["mean_step"] == pytest.approx(0.2, rel=1e-12)
    assert summary["path_length"] == pytest.approx(0.2 * 20, rel=1e-12)


def between(number: float | None, low: float, high: float = np.inf) -> bool:
    return number is None or low <= number <= high


@pytest.mark.parametrize("request_", RUNS, ids=lambda run: str(run["objective"]))
def test_measures_stay_within_their_bounds(request_):
    for optimizer in OPTIMIZERS:
        summary = trajectory({**request_, "optimizer": optimizer, "steps": 70}).summary
        for name in ("descent_cosine", "target_cosine", "gradient_target_cosine", "turning_cosine"):
            assert between(summary[name], -1, 1)
        assert between(summary["direction_gain"], -2, 2)
        assert between(summary["transverse_excess"], 0, 2)
        assert between(summary["path_efficiency"], 0, 1)
        assert between(summary["uphill_share"], 0, 1)
        assert between(summary["uphill"], 0)
        assert between(summary["anisotropy"], 1)
        assert between(summary["sgd_equivalent_lr"], 0)
        assert between(summary["norm_equivalent_lr"], 0)
        assert between(summary["limit_cycle_radius"], summary["final_distance"])
        assert summary["flip_fraction"] is None or all(between(share, 0, 1) for share in summary["flip_fraction"].flat)
        if summary["steps_to_target"] and "target" not in request_:
            assert between(summary["zeta"], 0.95)
        if summary["path_efficiency"] is not None and summary["transverse_excess"] is not None:
            assert summary["transverse_excess"] >= 1 - summary["path_efficiency"] - 1e-12


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
    invariant = ("sign_flips", "flip_fraction", "reversals", "descent_cosine", "turning_cosine", "path_efficiency")
    for name in (*invariant, "anisotropy", "sgd_equivalent_lr", "norm_equivalent_lr"):
        np.testing.assert_allclose(scaled.summary[name], walk.summary[name], rtol=1e-14, err_msg=name)
    for name in ("path_length", "first_step", "mean_step"):
        assert scaled.summary[name] == pytest.approx(walk.summary[name] * 2.0**power, rel=1e-14)
    for name in ("gradient_norm", "update_norm"):
        np.testing.assert_allclose(scaled.measures[name], walk.measures[name] * 2.0**power, rtol=1e-14, err_msg=name)
    for name in ("descent_cosine", "turning_cosine", "anisotropy", "sgd_equivalent_lr", "norm_equivalent_lr"):
        np.testing.assert_allclose(scaled.measures[name], walk.measures[name], rtol=1e-14, err_msg=name)


@pytest.mark.parametrize("power", [-1000, -700, -530, -300, 300, 500])
def test_the_way_to_the_minimum_does_not_depend_on_the_unit_of_length(power):
    request = {"optimizer": sgd(0.1), "objective": "sphere", "steps": 20, "include": INCLUDABLE}
    near, scaled = (trajectory({**request, "start": [3.0 * unit, -4.0 * unit]}) for unit in (1.0, 2.0**power))
    assert near.summary["steps_to_target"] == 14
    cosines = ("target_cosine", "gradient_target_cosine", "descent_cosine", "turning_cosine", "direction_gain")
    lengths = ("path_efficiency", "zeta", "transverse_excess", "relative_step", *(("log_gap",) if abs(power) <= 500 else ()))
    for name in ("steps_to_target", *cosines, *lengths, "anisotropy", "sgd_equivalent_lr", "norm_equivalent_lr"):
        np.testing.assert_allclose(scaled.summary[name], near.summary[name], rtol=1e-14, atol=1e-15, err_msg=name)
    np.testing.assert_allclose(scaled.measures["distance"], near.measures["distance"] * 2.0**power, rtol=1e-14)
    for name in ("final_distance", "limit_cycle_radius", "mean_step"):
        assert scaled.summary[name] == pytest.approx(near.summary[name] * 2.0**power, rel=1e-14)


#: What a run has none of that takes no step on its way to the target.
UNDEFINED = (
    *("path_efficiency", "transverse_excess", "mean_step", "relative_step", "flip_fraction", "uphill", "uphill_share"),
    *("descent_cosine", "target_cosine", "gradient_target_cosine", "direction_gain", "turning_cosine", "log_gap"),
    *("anisotropy", "sgd_equivalent_lr", "norm_equivalent_lr"),
)
#: What is measured against a minimum.
TOWARDS = (
    *("steps_to_target", "zeta", "transverse_excess", "relative_step", "limit_cycle_radius", "target_cosine"),
    *("gradient_target_cosine", "direction_gain", "log_gap", "final_distance", "minimum"),
    *("settling_step", "share_inside", "exits", "limit_cycle", "tail_gap"),
)


def undefined(summary: dict[str, Any]) -> set[str]:
    return {name for name, value in summary.items() if value is None}


def test_a_run_that_starts_at_the_minimum_is_there_and_what_is_zero_over_zero_is_undefined():
    run = trajectory({"optimizer": sgd(0.1), "objective": "sphere", "start": [0.0, 0.0], "steps": 3})
    assert (run.status, run.steps, run.summary["steps_to_target"]) == ("completed", 3, 0)
    assert (run.summary["path_length"], run.summary["final_distance"], run.summary["reversals"]) == (0, 0, 0)
    assert run.summary["limit_cycle_radius"] == 0
    assert run.summary["sign_flips"].tolist() == [0, 0]
    assert undefined(run.summary) == {*UNDEFINED, "zeta"}


def test_a_first_step_that_goes_nowhere_has_the_length_zero():
    assert replay([[0.0, 0.0], [1.0, 0.0]]).summary["first_step"] == 0
    assert replay([[0.0, 0.0]]).summary["first_step"] == 0
    assert trajectory({"optimizer": sgd(0.1), "objective": "sphere", "start": [0.0, 0.0], "steps": 3}).summary["first_step"] == 0


def test_a_run_of_no_steps_has_a_distance_and_a_value_and_no_step_to_measure():
    run = trajectory({"optimizer": sgd(0.1), "objective": "rosenbrock", "steps": 0, "include": INCLUDABLE})
    assert (run.steps, run.recorded.tolist(), run.summary["steps_to_target"]) == (0, [0], None)
    assert (run.summary["path_length"], run.summary["zeta"]) == (0, 0)
    assert undefined(run.summary) == {
        *UNDEFINED,
        "first_step",
        "steps_to_target",
        "limit_cycle_radius",
        "settling_step",
        "share_inside",
        "tail_gap",
    }
    assert run.summary["final_distance"] == run.measures["distance"][0] == pytest.approx(2.2, rel=1e-15)
    assert all(np.isnan(column[0]).all() for name, column in run.measures.items() if name not in ("gradient_norm", "distance"))


def test_a_walk_that_comes_back_got_nowhere():
    summary = trajectory({"optimizer": sgd(1.0), "objective": "sphere", "start": [3.0, 4.0], "steps": 2}).summary
    assert (summary["path_length"], summary["zeta"], summary["path_efficiency"], summary["transverse_excess"]) == (20, 4, 0, 1)
    assert (summary["flip_fraction"].tolist(), summary["reversals"], summary["uphill_share"]) == ([1, 1], 1, 0)


def test_a_step_straight_away_from_the_minimum_is_as_bad_as_can_be():
    pushed = {"optimizer": {"name": "momentum", "lr": 1e-3}, "state": {"t": 1, "velocity": [-3000.0, -4000.0]}}
    summary = trajectory({**pushed, "objective": "sphere", "start": [3.0, 4.0], "steps": 1}).summary
    assert (summary["direction_gain"], summary["transverse_excess"]) == (pytest.approx(-2, rel=1e-15), pytest.approx(2, rel=1e-15))
    assert (summary["gradient_target_cosine"], summary["target_cosine"]) == (pytest.approx(1, rel=1e-15), pytest.approx(-1, rel=1e-15))
    assert summary["uphill"] == pytest.approx(summary["final_value"] - 25, rel=1e-15)
    assert (summary["uphill_share"], summary["sgd_equivalent_lr"], summary["anisotropy"]) == (1, None, None)


def test_one_step_turns_nowhere_and_cannot_flip():
    summary = trajectory({"optimizer": sgd(0.1), "objective": "rosenbrock", "steps": 1}).summary
    assert undefined(summary) == {"steps_to_target", "settling_step", "share_inside", "turning_cosine", "flip_fraction"}
    assert summary["log_gap"] == 0
    assert summary["limit_cycle_radius"] == summary["final_distance"]
    at_once = trajectory({"optimizer": sgd(0.5), "objective": "sphere", "start": [3.0, 4.0], "steps": 1}).summary
    assert (at_once["steps_to_target"], at_once["zeta"], at_once["relative_step"]) == (1, 1, 1)
    assert at_once["transverse_excess"] == pytest.approx(0, abs=1e-15)


def test_one_coordinate_has_no_ratio_of_rates():
    run = trajectory({"optimizer": "adam", "objective": {"name": "sphere", "dimension": 1}, "steps": 9, "include": INCLUDABLE})
    assert run.summary["anisotropy"] is None
    assert np.isnan(run.measures["anisotropy"]).all()
    assert not np.isnan(run.measures["effective_lr"][1:]).any()


def test_a_coordinate_without_a_gradient_is_skipped_and_against_the_gradient_nothing_is_equivalent():
    flat = replay([[1.0, 0.0, 2.0]], optimizer={"name": "adam", "lr": 1.0})
    assert np.isnan(flat.measures["effective_lr"][1]).tolist() == [False, True, False]
    assert flat.measures["anisotropy"][1] == pytest.approx(2, rel=1e-6)
    assert np.isnan(replay([[1.0, 0.0]]).measures["anisotropy"]).all()
    against = replay([[1.0, 1.0], [-0.1, -0.1]], optimizer={"name": "momentum", "lr": 1.0})
    assert np.isnan(against.measures["sgd_equivalent_lr"]).tolist() == [True, False, True]
    assert np.isnan(against.measures["anisotropy"]).tolist() == [True, False, True]
    assert against.measures["norm_equivalent_lr"][2] > 0
    assert against.summary["sgd_equivalent_lr"] == pytest.approx(1, rel=1e-15)
    assert np.isnan(replay(WALK).measures["norm_equivalent_lr"]).tolist() == [True, False, False, False, True, False]


def test_a_gradient_next_to_nothing_has_no_effective_rate():
    rates = replay([[1e-301, 1e-299]], optimizer=sgd(0.5)).measures["effective_lr"][1]
    assert np.isnan(rates).tolist() == [True, False]
    assert rates[1] == pytest.approx(0.5, rel=1e-15)


def test_what_would_be_infinite_is_undefined():
    far = trajectory({"optimizer": NGD | {"lr": 1e150}, "objective": "sphere", "start": [1e-200, 0.0], "steps": 1, "include": ["measures"]})
    assert far.summary["norm_equivalent_lr"] is None
    assert far.summary["relative_step"] is None
    assert np.isnan(far.measures["relative_step"][1])


def test_where_there_is_no_minimum_there_is_no_distance():
    saddle = trajectory({"optimizer": sgd(0.1), "objective": "saddle", "steps": 5, "include": INCLUDABLE})
    for run in (replay(WALK), saddle):
        for name in ("distance", "target_cosine", "gradient_target_cosine", "direction_gain", "relative_step"):
            assert np.isnan(run.measures[name]).all()
    assert undefined(saddle.summary) == set(TOWARDS)
    assert undefined(replay(WALK).summary) == {*TOWARDS, "final_value", "uphill", "uphill_share"}


def test_the_values_of_a_replay_rise_and_fall_as_they_were_posted():
    run = replay(WALK, values=[3.0, 5.0, 4.0, 4.5, 4.5], record_every=2)
    assert (run.summary["uphill"], run.summary["uphill_share"]) == (2.5, 0.5)
    np.testing.assert_array_equal(run.measures["value_change"], [np.nan, -1.0, 0.0, np.nan])
    assert undefined(replay([[1.0]], values=[2.0]).summary) >= {"uphill", "uphill_share"}
    assert np.isnan(replay(WALK).measures["value_change"]).all()


def test_where_a_replay_has_no_gradient_there_is_no_norm_of_it():
    assert np.isnan(replay(WALK).measures["gradient_norm"]).tolist() == [False] * 5 + [True]


def test_cosines_stay_within_one():
    for angle in np.linspace(0, 7, 200).tolist():
        direction = [3.3 * cos(angle), 3.3 * sin(angle), 0.7]
        summary = replay([direction, direction]).summary
        assert (summary["descent_cosine"], summary["turning_cosine"]) == (pytest.approx(1, abs=1e-15), pytest.approx(1, abs=1e-15))
        assert max(summary["descent_cosine"], summary["turning_cosine"]) <= 1
