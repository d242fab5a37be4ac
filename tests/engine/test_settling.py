"""Settling: what is noted of runs in the loop equals a second, plain computation; and the worked experiment of the measures."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.comparing.map import make_map
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.loop.advance import RUNNING
from stepgrade_service.engine.loop.endings import (
    IS_GROWING,
    LEAVES,
    MINIMUM,
    RADIUS,
    SETTLING_STEP,
    SHARE_INSIDE,
    STEPS_OUTSIDE,
    STEPS_TO_TARGET,
    TAIL_GAP,
    TAIL_VALUE,
)
from stepgrade_service.engine.loop.measures import REACHED
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.running.batch import Batch, Noise, Recording, simulate
from stepgrade_service.engine.running.grafting import simulate_grafted
from stepgrade_service.engine.running.stops import read_target
from stepgrade_service.engine.running.trajectory import trajectory

DISTANCE, VALUE_GAP = {"distance": 0.05}, {"value_gap": 1e-3}
TARGETS = [DISTANCE, VALUE_GAP, {"distance": 0.0}, {"distance": 1.0}, {"value_gap": 0.0}, {"value_gap": 2.0}]

#: Beside a grid over the window: the minima themselves, beside them, far away, and where nothing is finite any more.
SCALES = (0.0, 5e-324, 1e-200, 1e-130, 1e-120, 1e-9, 1e9, 1e60, 1e124, 1e126, 1e155, 1e300)

BOWL = {"name": "quadratic", "condition": 20}
RMSPROP, NGD = {"name": "rmsprop", "lr": 0.2, "rho": 0.9}, {"name": "normalized_gd", "lr": 0.2}
GD_02, GD_09 = {"name": "gd", "lr": 0.02}, {"name": "gd", "lr": 0.09}


def starts_of(problem: Any, side: int = 23) -> np.ndarray:
    grid = np.stack(np.meshgrid(*[np.linspace(low, high, side) for low, high in problem.facts.window])).reshape(2, -1)
    special = [minimum + np.array(sign) * scale for minimum in problem.minima for scale in SCALES for sign in ([1.0, 0.0], [-1.0, 1.0])]
    return np.ascontiguousarray(np.concatenate([grid, np.nan_to_num(np.array(special).T)], axis=1))


def batch_of(optimizer: Any, objective: Any, target: Any = DISTANCE, steps: int = 60, **more: Any) -> Batch:
    problem, choice = resolve_objective(objective, 2), resolve(optimizer)
    return Batch(
        rule=choice.rule,
        rates=np.full(2, choice.settings["lr"]),
        starts=starts_of(problem),
        steps=steps,
        objective=problem.objective.kernel,
        parameters=problem.facts.kernel_parameters,
        minima=problem.minima,
        minimum_values=problem.minimum_values,
        target=read_target(target).numbers,
        **(
            {"watched": True, "looks": True, "recording": Recording(every=1, points=True, values=True, gradients=True, updates=True)} | more
        ),
    )


def distance(points: np.ndarray, minimum: np.ndarray) -> np.ndarray:
    """(steps, dimension) -> (steps,), without under- or overflow."""
    away = points - minimum
    largest = np.abs(away).max(axis=1)
    with np.errstate(all="ignore"):
        return np.where(largest > 0, largest * np.sqrt(((away / largest[:, np.newaxis]) ** 2).sum(axis=1)), 0.0)


def assert_as_again(asked: Batch, ran: Any) -> None:
    """Everything that is found of every run that did not diverge, against its recorded points."""
    steps, tenth = asked.steps, ceil(asked.steps / 10)
    for run in np.flatnonzero(ran.reason == RUNNING):
        points, values = ran.recorded_points[..., run], ran.recorded_values[..., run]
        found = ran.endings[:, run]
        nearest = int(np.argmin([distance(points[-1:], minimum)[0] for minimum in asked.minima]))
        assert found[MINIMUM] == nearest
        away, gaps = distance(points, asked.minima[nearest]), values - asked.minimum_values[nearest]
        how_far = away if asked.target[0] == 0 else gaps
        threshold = asked.target[1] * how_far[0]
        if np.isclose(how_far[1:], threshold, rtol=1e-13, atol=0).any():
            continue  # the sum of squares is rounded in another way here
        inside = how_far <= threshold
        last, before = (
            away[max(low, 0) : high].max(initial=0.0)
            for low, high in ((steps - tenth + 1, None), (steps - 2 * tenth + 1, steps - tenth + 1))
        )
        grows = bool(away[0] > 0 and (gaps[-1] > 10 * gaps[0] > 0 or away[-1] > 10 * away[0]))
        grows |= bool(away[0] > 0 and (gaps[-1] > gaps[0] or away[-1] > away[0]) and last > 1.05 * before)
        first = int(np.argmax(inside)) if inside.any() else np.nan
        since = steps + 1 - int(np.argmin(np.append(inside[::-1], False)))
        settled = inside[-1] and not grows and not (steps - since < tenth and first < since)
        assert bool(found[IS_GROWING]) == grows
        np.testing.assert_equal(found[STEPS_TO_TARGET], first)
        np.testing.assert_equal(found[SETTLING_STEP], since if settled else np.nan)
        if steps:
            assert found[TAIL_GAP] == pytest.approx(gaps[steps - tenth + 1 :].mean(), rel=1e-9, abs=1e-300)
            assert found[TAIL_VALUE] == pytest.approx(values[steps - tenth + 1 :].mean(), rel=1e-12)
        if asked.watched:
            assert not steps or found[RADIUS] == pytest.approx(last, rel=1e-12)
            assert found[LEAVES] == (inside[:-1] & ~inside[1:]).sum()
            after = inside[int(first) + 1 :] if inside.any() else inside[:0]
            np.testing.assert_equal(found[STEPS_OUTSIDE], (~after).sum() if inside.any() else np.nan)
            np.testing.assert_allclose(found[SHARE_INSIDE], after.mean() if len(after) else np.nan, rtol=1e-12)


def test_every_optimizer_is_noted_as_a_second_computation_has_it(any_variant):
    asked = batch_of(any_variant | {"lr": 0.05}, "himmelblau")
    asked = replace(asked, starts=np.ascontiguousarray(asked.starts[:, ::9]))
    assert_as_again(asked, simulate(asked))


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("objective", ["himmelblau", "beale", "quadratic", "dupont_two_gaussians"])
@pytest.mark.parametrize("lr", [1e-3, 0.1, 1.5])
def test_so_it_is_on_every_kind_of_objective_and_target(objective, target, lr):
    asked = batch_of({"name": "gd", "lr": lr}, objective, target, steps=37)
    asked = replace(asked, starts=np.ascontiguousarray(asked.starts[:, ::5]))
    assert_as_again(asked, simulate(asked))


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("objective", ["himmelblau", "quadratic"])
def test_the_first_arrival_is_the_one_that_the_watch_adds_up_to(objective, target):
    simulation = simulate(batch_of({"name": "gd", "lr": 0.1}, objective, target))
    reached = simulation.watched.sums[simulation.endings[MINIMUM].astype(int), REACHED, np.arange(len(simulation.values))]
    np.testing.assert_array_equal(np.nan_to_num(simulation.endings[STEPS_TO_TARGET], nan=-1), reached)
    assert (reached >= 0).any()


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("optimizer", ["rmsprop", "adam"])
def test_of_many_runs_that_are_not_watched_the_same_is_found(target, optimizer):
    asked = batch_of({"name": optimizer, "lr": 0.1}, "himmelblau", target, steps=41, watched=False)
    ran = simulate(asked)
    assert_as_again(asked, ran)
    watched = simulate(replace(asked, watched=True))
    alike = [MINIMUM, STEPS_TO_TARGET, SETTLING_STEP, TAIL_GAP, TAIL_VALUE, IS_GROWING]
    np.testing.assert_array_equal(ran.endings[alike], watched.endings[alike])


@pytest.mark.parametrize("steps", [0, 1, 2, 10, 11])
def test_short_runs_are_noted_too(steps):
    asked = batch_of("rmsprop", "himmelblau", steps=steps)
    assert_as_again(asked, simulate(asked))


@pytest.mark.parametrize("target", TARGETS[:2], ids=str)
def test_alone_in_parts_and_in_threads_the_same_bits_are_noted(target):
    asked = batch_of({"name": "adam", "lr": 0.3}, "himmelblau", target, recording=Recording(), watched=False)
    many = np.tile(asked.starts, 12)
    asked = replace(asked, starts=many, noise=Noise(0.5, [run % 40 for run in range(many.shape[1])]))
    whole, in_threads = simulate(asked), simulate(asked, threads=3)
    living = np.flatnonzero(whole.reason == RUNNING)
    np.testing.assert_array_equal(whole.endings[:, living], in_threads.endings[:, living])
    for run in living[::491]:
        alone = simulate(replace(asked, starts=many[:, [run]].copy(), noise=Noise(0.5, [run % 40])))
        np.testing.assert_array_equal(alone.endings[:, 0], whole.endings[:, run])


@pytest.mark.parametrize("target", TARGETS[:4], ids=str)
def test_a_grafted_run_is_noted_as_a_second_computation_has_it(target):
    direction = resolve({"name": "rmsprop", "lr": 0.2})
    asked = batch_of({"name": "gd", "lr": 0.02}, "himmelblau", target)
    assert_as_again(asked, simulate_grafted(asked, direction.rule, np.full(2, direction.settings["lr"])))


def test_looking_disturbs_nothing():
    asked = batch_of({"name": "adam", "lr": 0.1}, "beale", watched=False, recording=Recording())
    looked, without = simulate(asked), simulate(replace(asked, looks=False))
    assert without.endings.shape == (0, asked.starts.shape[1])
    np.testing.assert_array_equal(looked.points, without.points)
    np.testing.assert_array_equal(looked.values, without.values)


# The worked experiment: touching is not arriving (measures, section 9).

MOMENTUM, ADAM = {"name": "momentum", "lr": 0.02}, {"name": "adam", "lr": 0.2}

#: Start, optimizer, first step at the target, settling step, share inside after it.
TABLE = [
    ("A", GD_02, 148, 148, 1.0),
    ("A", GD_09, 32, 32, 1.0),
    ("A", NGD, 27, 27, 1.0),
    ("A", MOMENTUM, 35, 54, 0.92),
    ("A", RMSPROP, 28, 111, 0.99),
    ("A", ADAM, 29, 56, 0.88),
    ("B", GD_02, 54, 54, 1.0),
    ("B", GD_09, 16, 16, 1.0),
    ("B", NGD, 11, None, 0.50),
    ("B", MOMENTUM, 21, 58, 0.85),
    ("B", RMSPROP, 9, None, 0.24),
    ("B", ADAM, 30, 46, 0.93),
]


def summary_of(optimizer: Any, start: Any = None, objective: Any = BOWL, steps: int = 200, **more: Any) -> dict[str, Any]:
    request = {"objective": objective, "optimizer": optimizer, "steps": steps, **more}
    return trajectory(request if start is None else {**request, "start": start}).summary


@pytest.mark.parametrize("steps", [200, 201])
@pytest.mark.parametrize(("start", "optimizer", "touched", "settled", "share"), TABLE, ids=str)
def test_the_table_of_the_measures(start, optimizer, touched, settled, share, steps):
    summary = summary_of(optimizer, start, steps=steps)
    assert (summary["steps_to_target"], summary["settling_step"]) == (touched, settled)
    assert summary["share_inside"] == pytest.approx(share, abs=0.006)
    assert summary["limit_cycle"] == (settled is None)


def test_rmsprop_from_a_leaves_the_circle_twice_for_one_step_each():
    summary = summary_of(RMSPROP, "A")
    assert summary["exits"] == 2
    assert round((1 - summary["share_inside"]) * (200 - 28)) == 2


@pytest.mark.parametrize("steps", [200, 201])
def test_one_end_point_is_no_end_but_the_tail_gap_hardly_changes(steps):
    summary = summary_of(NGD, "B", steps=steps)
    assert summary["tail_gap"] == pytest.approx(0.165, abs=0.01)
    assert summary["final_value"] == pytest.approx(0.331 if steps == 200 else 0.0032, rel=0.01)


@pytest.mark.parametrize(
    ("schedule", "settled"),
    [({"name": "cosine", "decay_steps": 200}, (84, 87, 15)), ({"name": "exponential", "decay_rate": 0.97}, (11, 22, 15))],
    ids=["cosine", "exponential"],
)
def test_with_a_decaying_rate_it_settles(schedule, settled):
    found = tuple(summary_of(optimizer, "B", schedule=schedule)["settling_step"] for optimizer in (RMSPROP, NGD, GD_09))
    assert found == settled


#: Over the 61 x 61 starts without the minimum: RMSprop ahead, the other ahead, equal, neither.
FIRST_TOUCH = {"normalized_gd": (2916, 452, 352, 0), "gd": (3192, 192, 336, 0)}
FIRST_SETTLED = {"normalized_gd": (36, 3000, 0, 684), "gd": (0, 3720, 0, 0)}


@pytest.mark.parametrize("steps", [200, 201])
@pytest.mark.parametrize("other", [NGD, GD_09], ids=lambda other: other["name"])
def test_by_the_first_touch_rmsprop_leads_nearly_everywhere_and_by_settling_hardly_anywhere(other, steps):
    grid = {"x": [-6, 6, 61], "y": [-3, 3, 61]}
    measures = ["steps_to_target", "settling_step"]
    counts = make_map({"objective": BOWL, "optimizers": [RMSPROP, other], "grid": grid, "steps": steps, "measure": measures}).counts
    for measure, told in (("steps_to_target", FIRST_TOUCH), ("settling_step", FIRST_SETTLED)):
        found, name = counts[measure], other["name"]
        # The start at the minimum is at the target at once, with both.
        numbers = (found["ahead"]["rmsprop"], found["ahead"][name], found["equal"], found["neither"])
        at_the_minimum = (0, 0, 1, 0)
        assert tuple(np.subtract(numbers, at_the_minimum)) == told[name]


def test_a_map_by_settling_equals_a_second_plain_computation():
    the_map = make_map({"objective": BOWL, "optimizers": [RMSPROP], "grid": {"x": [-6, 6, 101], "y": [-3, 3, 101]}, "steps": 200})
    x = np.stack(np.meshgrid(np.linspace(-6, 6, 101), np.linspace(-3, 3, 101)))
    scales = np.array([1.0, 20.0])[:, np.newaxis, np.newaxis]
    square, near = np.zeros_like(x), [np.sqrt((x**2).sum(axis=0))]
    for _ in range(200):
        gradient = scales * x
        square = 0.9 * square + 0.1 * gradient**2
        x = x - 0.2 * gradient / (np.sqrt(square) + 1e-8)
        near.append(np.sqrt((x**2).sum(axis=0)))
    inside = np.array(near) <= 0.05 * near[0]
    inside[:, 50, 50] = True  # the minimum itself
    since = 201 - np.cumprod(inside[::-1], axis=0).sum(axis=0)
    left_before = np.array([[not inside[np.argmax(inside[:, i, j]) : since[i, j], i, j].all() for j in range(101)] for i in range(101)])
    expected = np.where(~inside[-1] | (left_before & (200 - since < 20)), np.nan, since)
    np.testing.assert_array_equal(the_map.measures["settling_step"]["rmsprop"], expected)
    assert (np.isnan(expected)).any()
    assert left_before.any()


# What is a limit cycle, what is none, and what grows.


@pytest.mark.parametrize(
    ("optimizer", "objective", "start", "steps"),
    [
        ({"name": "momentum", "lr": 0.1, "momentum": 0.98}, "sphere", None, 200),
        ({"name": "momentum", "lr": 0.1, "momentum": 0.999}, "sphere", None, 200),
        ({"name": "gd", "lr": 1e-4}, "sphere", None, 200),
        ({"name": "gd", "lr": 1e-5}, "rosenbrock", None, 1000),
        ({"name": "gd", "lr": 0.1}, BOWL, "A", 3),
    ],
    ids=str,
)
def test_what_oscillates_less_and_less_or_creeps_is_no_limit_cycle(optimizer, objective, start, steps):
    summary = summary_of(optimizer, start, objective, steps)
    assert summary["settling_step"] is None
    assert summary["limit_cycle"] is False


@pytest.mark.parametrize("name", ["rastrigin", "griewank", "levy", "drop_wave", "ackley", "schwefel"])
@pytest.mark.parametrize("optimizer", [{"name": "gd", "lr": 0.001}, {"name": "adam", "lr": 0.2}, RMSPROP | {"lr": 0.01}], ids=str)
def test_a_run_that_ends_at_a_minimum_that_is_not_listed_is_in_no_limit_cycle(optimizer, name):
    for start in resolve_objective(name).facts.starts:
        short, long = (summary_of(optimizer, start, name, steps) for steps in (200, 2000))
        if short["limit_cycle"]:
            assert long["limit_cycle"] is not False
            assert long["limit_cycle_radius"] == pytest.approx(short["limit_cycle_radius"], rel=0.5)


@pytest.mark.parametrize("start", [[5.0, 5.0], [1e-3, 0.0]], ids=str)
def test_a_run_that_stands_still_is_in_no_limit_cycle(start):
    flat = {"expression": "1 - exp(-1000*(x**2 + y**2))"}
    summary = summary_of({"name": "rmsprop", "lr": 1e-20, "rho": 0.9}, start, {**flat, "minima": [[0.0, 0.0]]}, 200)
    assert summary["limit_cycle"] is False


@pytest.mark.parametrize("optimizer", [RMSPROP | {"lr": 0.05}, NGD | {"lr": 0.05}], ids=lambda optimizer: optimizer["name"])
def test_on_rosenbrock_normalized_steps_cycle(optimizer):
    assert summary_of(optimizer, None, "rosenbrock", 500)["limit_cycle"] is True


def test_with_noise_or_without_a_minimum_no_limit_cycle_is_told():
    assert summary_of(RMSPROP, "B", noise={"std": 0.1, "seed": 1})["limit_cycle"] is None
    assert summary_of({"name": "gd", "lr": 0.01}, None, "saddle", 20)["limit_cycle"] is None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"objective": "d2l_ravine", "optimizer": {"name": "gd", "lr": 0.6}, "steps": 20}, "growing"),
        ({"objective": "sphere", "optimizer": {"name": "gd", "lr": 1.1}, "steps": 2}, "growing"),
        ({"objective": "sphere", "optimizer": {"name": "gd", "lr": 1.5}, "steps": 5000}, "diverged"),
        ({"objective": "saddle", "optimizer": {"name": "gd", "lr": 0.2}, "start": [1.0, 1.0], "steps": 40}, "completed"),
        ({"objective": "sphere", "optimizer": {"name": "gd", "lr": 0.9}, "steps": 30}, "completed"),
        ({"objective": "sphere", "optimizer": {"name": "gd", "lr": 0.9}, "start": [0.0, 0.0], "steps": 3}, "completed"),
        ({"objective": "sphere", "optimizer": {"name": "gd", "lr": 1.1}, "stop": {"distance": 0}, "steps": 50}, "growing"),
        ({"objective": "sphere", "optimizer": {"name": "gd", "lr": 0.4}, "stop": {"distance": 1}, "steps": 50}, "converged"),
    ],
    ids=str,
)
def test_a_run_that_is_finite_but_far_above_its_start_is_growing(request_, status):
    run = trajectory(request_)
    assert run.status == status
    if status == "growing":
        assert run.summary["settling_step"] is None


def test_a_stop_rule_that_ends_a_run_as_it_arrives_leaves_it_unsettled_and_one_that_lets_it_stay_does_not():
    asked = {"objective": "sphere", "optimizer": {"name": "gd", "lr": 0.1}, "steps": 1000}
    at_once = trajectory({**asked, "stop": {"distance": 0.05 * 5}})
    assert at_once.summary["steps_to_target"] is not None
    assert at_once.summary["settling_step"] is None
    later = trajectory({**asked, "stop": {"distance": 1e-9}})
    assert later.status == "converged"
    assert later.summary["settling_step"] == later.summary["steps_to_target"]


@pytest.mark.parametrize("target", [{"distance": 0.05, "arrival": "settle"}, {"arrival": "touch", "value_gap": 0.01}])
def test_a_target_is_echoed_with_its_arrival(target):
    request = {"objective": BOWL, "optimizer": GD_02, "steps": 3, "target": target}
    assert trajectory(request).plan.echoes["target"] == target
    assert trajectory({**request, "target": None}).plan.echoes["target"] == {"distance": 0.05, "arrival": "settle"}
