"""Runs: cut, repeated, batched and recorded otherwise they are the same; where they end; what steers them; what they refuse."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import cos, floor, pi
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stepgrade_service.engine.compiled.noise import gaussian
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.loop.advance import DIVERGED
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.reading.tensors import Layout
from stepgrade_service.engine.running import batch as simulation
from stepgrade_service.engine.running.batch import Batch, Noise, Recording, simulate
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import Trajectory, trajectory
from stepgrade_service.engine.running.trajectory_plan import INCLUDABLE, plan_trajectory

Array = NDArray[np.float64]

GD = {"name": "gd", "lr": 0.05}


def run(**request: Any) -> Trajectory:
    """A run with everything included; gradient descent unless told otherwise."""
    return trajectory({"optimizer": GD, "include": INCLUDABLE, **request})


def bits(value: Any) -> Any:
    """What can be compared to the last bit, zeros' signs and nans included."""
    if isinstance(value, Mapping):
        return {key: bits(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [bits(entry) for entry in value]
    if isinstance(value, np.ndarray | float):
        return (np.shape(value), np.asarray(value).tobytes())
    return value


def refused(**request: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as caught:
        plan_trajectory(request)
    return {fault.path: fault.detail for fault in caught.value.faults}


# The same run in other pieces.

NOISY = {
    "objective": {"name": "quadratic", "condition": 5, "rotation": 30},
    "schedule": {"name": "inverse_time", "decay_rate": 0.1},
    "noise": {"std": 0.1, "seed": 7},
}


@settings(max_examples=5, deadline=None)
@given(cut=st.integers(0, 14))
def test_a_run_cut_in_two_with_its_state_is_the_whole_to_the_last_bit(any_variant, cut):
    whole = run(optimizer=any_variant, start="A", steps=14, **NOISY)
    first = run(optimizer=any_variant, start="A", steps=cut, **NOISY)
    rest = run(optimizer=any_variant, start=first.end, state=first.state, steps=14 - cut, **NOISY)
    assert bits(rest.state) == bits(whole.state)
    for part in ("points", "values", "gradients", "states"):
        assert bits(getattr(first, part)) == bits(getattr(whole, part)[: cut + 1])
        assert bits(getattr(rest, part)) == bits(getattr(whole, part)[cut:])
    assert bits(rest.updates[1:]) == bits(whole.updates[cut + 1 :])


def test_a_run_that_is_0_by_0_says_at_which_step_and_where():
    optimizer = {"name": "rmsprop", "lr": 0.01, "rho": 0, "eps": 0}
    run = trajectory({"optimizer": optimizer, "start": [1.0, 2.0], "gradients": [[1.0, 1.0], [0.0, 2.0], [1.0, 1.0]]})
    assert (run.status, run.diverged_at, run.steps) == ("diverged", 2, 1)
    assert run.detail == "Step 2 divides 0 by 0 at params[0]: the gradient is 0 there, and eps is 0. Use an eps above 0."


def test_a_run_that_is_too_large_says_so_without_a_place():
    run = trajectory({"optimizer": {"name": "sgd", "lr": 0.2}, "objective": "quadratic", "steps": 500})
    assert run.detail is not None
    assert run.detail.startswith("After step 322 a number is infinite or not a number")


def test_step_by_step_a_replay_comes_out_to_the_last_bit(variant):
    gradients = np.random.default_rng(1).normal(size=(10, 3)).tolist()
    replayed = run(optimizer=variant, start=[1.0, -2.0, 0.5], gradients=gradients)
    params, state = np.array([1.0, -2.0, 0.5]), None
    for k, gradient in enumerate(gradients, 1):
        taken = take_step({"optimizer": variant, "params": params, "gradient": gradient, "state": state})
        params, state = taken.params, taken.state
        assert bits(params) == bits(replayed.points[k])
        assert bits(taken.update) == bits(replayed.updates[k])
        assert bits(state) == bits(replayed.states[k])
    assert bits(state) == bits(replayed.state)


def test_the_gradients_of_a_run_replayed_lead_to_the_same_points(variant):
    original = run(optimizer=variant, start="A", steps=20, **NOISY)
    replayed = run(optimizer=variant, start=original.points[0], gradients=original.gradients[:-1], schedule=NOISY["schedule"])
    for part in ("points", "updates", "state"):
        assert bits(getattr(replayed, part)) == bits(getattr(original, part))


def test_a_point_plus_the_update_is_the_next_point(any_variant):
    whole = run(optimizer=any_variant, start="A", steps=20, **NOISY)
    assert bits(whole.points[:-1] + whole.updates[1:]) == bits(whole.points[1:])
    assert np.isnan(whole.updates[0]).all()


def test_a_long_noise_is_made_in_pieces_that_do_not_show(monkeypatch):
    request = {"objective": "rosenbrock", "steps": 50, "noise": {"std": 0.1, "seed": 7}, "stop": {"value_gap": 1e-9}, "record_every": 3}
    request |= {"optimizer": {"name": "adam", "lr": 0.1}, "schedule": {"name": "step", "step_size": 7, "gamma": 0.5}}
    together = run(**request)
    monkeypatch.setattr(simulation, "NOISE_AT_A_TIME", 2 * 4)
    in_pieces = run(**request)
    for part in ("points", "values", "gradients", "updates", "states", "measures", "state", "summary"):
        assert bits(getattr(in_pieces, part)) == bits(getattr(together, part))


def batch(optimizer: Any, starts: Array, objective: str = "himmelblau", **more: Any) -> Batch:
    """Runs on an objective from starts (dimension, runs)."""
    choice, problem = resolve(optimizer), resolve_objective(objective, len(starts))
    options = {"steps": 40, "watched": True, "recording": Recording(every=1, points=True, values=True, gradients=True, slots=True), **more}
    return Batch(
        rule=choice.rule,
        starts=starts,
        objective=problem.objective.kernel,
        parameters=problem.facts.kernel_parameters,
        minima=problem.minima,
        minimum_values=problem.minimum_values,
        **{"rates": choice.rates(Layout(None, ((len(starts),),))), **options},
    )


def starts_over(runs: int, dimension: int = 2, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-4, 4, (dimension, runs))


def test_a_batch_is_its_runs_one_by_one_to_the_last_bit(any_variant):
    starts = starts_over(17)
    together = simulate(batch(any_variant, starts, stops=(0.5, -1.0, -1.0, -1.0, 0.0)))
    for r in range(17):
        alone = simulate(batch(any_variant, starts[:, r : r + 1].copy(), stops=(0.5, -1.0, -1.0, -1.0, 0.0)))
        last = int(alone.ended[0])
        assert (together.ended[r], together.reason[r]) == (last, alone.reason[0])
        assert bits(together.points[:, r]) == bits(alone.points[:, 0])
        assert bits(together.values[r : r + 1]) == bits(alone.values)
        assert bits(together.recorded_points[: last + 1, :, r]) == bits(alone.recorded_points[: last + 1, :, 0])
        assert bits(together.recorded_values[: last + 1, r]) == bits(alone.recorded_values[: last + 1, 0])
        assert bits(together.watched.sums[:, :, r]) == bits(alone.watched.sums[:, :, 0])
        assert bits(together.watched.flips[:, :, r]) == bits(alone.watched.flips[:, :, 0])


@pytest.mark.parametrize("name", ["momentum", "normalized_gd", "rmsprop", "adam"])
@pytest.mark.parametrize("objective", ["rosenbrock", "styblinski_tang"])
def test_hundreds_of_runs_with_a_rate_each_are_the_single_runs_too(name, objective):
    starts, rates = starts_over(300, 5), np.geomspace(1e-4, 0.3, 300) * np.ones((5, 1))
    optimizer = {"name": name, "lr": 1}
    together = simulate(batch(optimizer, starts, objective, rates=rates))
    diverged = 0
    for r in range(0, 300, 13):
        alone = simulate(batch(optimizer, starts[:, r : r + 1].copy(), objective, rates=rates[:, r].copy()))
        diverged += alone.reason[0] == DIVERGED
        assert (together.ended[r], together.reason[r]) == (alone.ended[0], alone.reason[0])
        assert bits(together.points[:, r]) == bits(alone.points[:, 0])
        assert bits(together.watched.sums[:, :, r]) == bits(alone.watched.sums[:, :, 0])
    assert diverged or name != "momentum" or objective != "rosenbrock"


def test_a_run_of_a_batch_that_starts_where_the_objective_is_not_finite_ends_there_and_the_others_go_on():
    starts = np.array([[1.0, 1e200, 0.5], [2.0, 1.0, 0.5]])
    for optimizer in ({"name": "sgd", "lr": 1e-3, "momentum": 0.9, "dampening": 0.5}, {"name": "adam", "lr": 1e-3}):
        done = simulate(batch(optimizer, starts, "rosenbrock", steps=5))
        assert (done.reason.tolist(), done.ended.tolist()) == ([0, DIVERGED, 0], [5, 0, 5])
        assert done.points[:, 1].tolist() == [1e200, 1.0]
        assert bits(done.points[:, 2]) == bits(simulate(batch(optimizer, starts[:, 2:].copy(), "rosenbrock", steps=5)).points[:, 0])


@pytest.mark.parametrize(("dimension", "runs", "threads"), [(2, 5000, 2), (3, 4097, 3), (4, 4096, 64), (9000, 1, 2), (5000, 3, 8)])
def test_a_batch_on_several_threads_is_the_same_to_the_last_bit(dimension, runs, threads):
    asked = batch({"name": "adam", "lr": 0.01}, starts_over(runs, dimension), "rosenbrock", steps=5, recording=Recording())
    alone, together = simulate(asked), simulate(asked, threads=threads)
    for part in ("points", "values", "ended", "reason", "slots"):
        assert bits(getattr(together, part)) == bits(getattr(alone, part))
    assert bits(together.watched.sums) == bits(alone.watched.sums)


def test_what_is_run_is_not_changed():
    starts, slots = starts_over(3), {"m": np.array([1.0, 2.0])}
    kept = starts.copy()
    asked = batch("adam", starts, slots=slots, schedule=plan_trajectory(dict(NOISY, optimizer=GD)).schedule)
    rates = asked.rates.copy()
    first, second = simulate(asked), simulate(asked)
    assert bits(first.recorded_points) == bits(second.recorded_points)
    assert (bits(starts), bits(asked.rates), slots["m"].tolist()) == (bits(kept), bits(rates), [1.0, 2.0])


# What is recorded.


@pytest.mark.parametrize("every", [1, 2, 3, 7, 20, 21, 1000])
def test_every_so_many_steps_and_the_end_are_recorded(every):
    optimizer = {"name": "adam", "lr": 0.1}
    whole = run(optimizer=optimizer, objective="rosenbrock", steps=20)
    thinned = run(optimizer=optimizer, objective="rosenbrock", steps=20, record_every=every)
    assert thinned.recorded.tolist() == sorted({*range(0, 21, every), 20})
    for part in ("points", "values", "gradients", "updates"):
        assert bits(getattr(thinned, part)) == bits(getattr(whole, part)[thinned.recorded])
    for measure, rows in thinned.measures.items():
        assert bits(rows) == bits(whole.measures[measure][thinned.recorded])
    assert bits(thinned.states) == bits([whole.states[k] for k in thinned.recorded])
    assert bits(thinned.summary) == bits(whole.summary)
    assert bits(thinned.state) == bits(whole.state)


@pytest.mark.parametrize("quantity", INCLUDABLE)
def test_what_is_included_changes_nothing_else(quantity):
    request = {"optimizer": {"name": "adam", "lr": 0.1}, "objective": "rosenbrock", "steps": 20, "record_every": 6}
    whole, bare = trajectory({**request, "include": INCLUDABLE}), trajectory({**request, "include": [quantity]})
    assert bits(included(bare, quantity)) == bits(included(whole, quantity))
    assert bits(bare.summary) == bits(whole.summary)
    parts = ("points", "values", "gradients", "updates", "states", "measures")
    assert [name for name in parts if getattr(bare, name) is not None] == [quantity if quantity in parts else "measures"]
    assert quantity in parts or list(bare.measures) == [quantity]


def included(done, quantity):
    """What a run has of a quantity, or of a single measure."""
    return done.measures[quantity] if quantity in (done.measures or {}) else getattr(done, quantity)


def test_points_and_values_are_included_unless_told_otherwise():
    assert trajectory({"optimizer": GD, "objective": "sphere"}).steps == 100
    assert trajectory({"optimizer": GD, "objective": "sphere"}).plan.include == ("points", "values")


def test_a_run_of_no_steps_is_its_start(any_variant):
    nothing = trajectory({"optimizer": any_variant, "objective": "rosenbrock", "steps": 0, "include": ["points", "values", "states"]})
    assert (nothing.status, nothing.steps, nothing.recorded.tolist()) == ("completed", 0, [0])
    assert nothing.points.tolist() == [[-1.2, 1.0]]
    assert nothing.values.tolist() == pytest.approx([24.2])
    assert bits(nothing.states) == bits([nothing.state])


def test_a_replay_has_a_value_and_a_gradient_where_they_were_posted():
    replayed = run(start=[0.0], gradients=[[1.0], [2.0]], values=[5.0, 4.0])
    np.testing.assert_array_equal(replayed.values, [5.0, 4.0, np.nan])
    np.testing.assert_array_equal(replayed.gradients, [[1.0], [2.0], [np.nan]])
    assert np.isnan(run(start=[0.0], gradients=[[1.0], [2.0]]).values).all()


# Where a run ends.


def first_at_which(holds: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(holds)[0])


RULES: dict[str, Callable[[Trajectory], Array]] = {
    "gradient_norm": lambda whole: np.linalg.norm(whole.gradients, axis=1),
    "value_gap": lambda whole: whole.values,
    "distance": lambda whole: np.linalg.norm(whole.points, axis=1),
    "update_norm": lambda whole: np.append(np.inf, np.linalg.norm(whole.updates[1:], axis=1)),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("every", [1, 4])
def test_a_run_ends_at_the_first_step_at_which_its_rule_holds(rule, every):
    request = {"optimizer": {"name": "gd", "lr": 0.09}, "objective": "quadratic", "start": "A", "steps": 150}
    whole = run(**request)
    for limit in (0.9, 0.1, 1e-3):
        expected = first_at_which(RULES[rule](whole) <= limit)
        ended = run(**request, stop={rule: limit}, record_every=every)
        assert (ended.status, ended.stopped_by, ended.steps) == ("converged", rule, expected)
        assert bits(ended.end) == bits(whole.points[expected])
        assert ended.state["t"] == ended.recorded[-1] == expected
        assert bits(ended.gradients[-1]) == bits(whole.gradients[expected])


@pytest.mark.parametrize("rule", ["gradient_norm", "value_gap", "distance"])
def test_a_rule_that_holds_at_the_start_ends_the_run_there(rule):
    ended = run(objective="sphere", start=[0.0, 0.0], stop={rule: 0})
    assert (ended.status, ended.stopped_by, ended.steps) == ("converged", rule, 0)
    assert bits(ended.summary) == bits(run(objective="sphere", start=[0.0, 0.0], steps=0).summary)


def test_a_step_can_only_be_too_short_once_it_is_taken():
    assert run(objective="sphere", start=[0.0, 0.0], stop={"update_norm": 0}).steps == 1


def test_of_several_rules_the_first_to_hold_ends_the_run():
    whole = run(objective="quadratic", start="A", steps=100)
    at = {rule: first_at_which(found(whole) <= 0.05) for rule, found in RULES.items()}
    ended = run(objective="quadratic", start="A", steps=100, stop=dict.fromkeys(RULES, 0.05))
    assert ended.steps == min(at.values())
    assert at[ended.stopped_by] == ended.steps


def test_a_rule_that_never_holds_ends_nothing():
    ended = run(objective="quadratic", steps=10, stop={"distance": 0})
    assert (ended.status, ended.stopped_by, ended.steps) == ("completed", None, 10)


def test_distances_to_stop_at_are_to_the_nearest_of_several_minima():
    ended = run(optimizer={"name": "gd", "lr": 0.01}, objective="himmelblau", start=[-3.0, -3.0], stop={"distance": 0.01})
    assert ended.status == "converged"
    assert np.linalg.norm(ended.end - [-3.779310253377747, -3.2831859912861696]) <= 0.01


def test_a_replay_is_not_over_because_its_gradients_are():
    gradients = [[1.0, 1.0]] * 5
    assert run(start=[1.0, 2.0], gradients=gradients, stop={"gradient_norm": 1e-3}).status == "completed"
    ended = run(start=[1.0, 2.0], gradients=[*gradients, [0.0, 0.0], [1.0, 1.0]], stop={"gradient_norm": 1e-3})
    assert (ended.status, ended.stopped_by, ended.steps) == ("converged", "gradient_norm", 5)


@pytest.mark.parametrize(
    "request_",
    [
        {"objective": "rosenbrock", "optimizer": {"name": "gd", "lr": 0.01}},
        {"objective": "rosenbrock", "optimizer": {"name": "momentum", "lr": 0.01, "convention": "keras"}},
        {"objective": "saddle", "optimizer": {"name": "gd", "lr": 1e3}, "start": [1.0, 1.0]},
        {"objective": "quadratic", "optimizer": {"name": "gd", "lr": 1e300}, "start": "A"},
        {"start": [1.0, 1.0], "gradients": [[1.0, 1.0]] * 3 + [[1e200, 1.0]] * 3, "optimizer": {"name": "adam", "lr": 0.1}},
        {"start": [1e308, 1.0], "gradients": [[-1e308, 1.0]] * 3, "optimizer": {"name": "gd", "lr": 0.6}},
        {"objective": "rosenbrock", "optimizer": {"name": "gd", "lr": 0.01}, "noise": {"std": 0.1, "seed": 1}, "record_every": 3},
        {"objective": "rosenbrock", "optimizer": {"name": "gd", "lr": 0.01}, "stop": {"distance": 1e-9}, "record_every": 100},
    ],
    ids=str,
)
def test_a_run_that_leaves_the_finite_numbers_ends_before_it_does(request_):
    ended = run(**request_)
    assert (ended.status, ended.stopped_by) == ("diverged", None)
    assert ended.steps == ended.diverged_at - 1 == ended.recorded[-1]
    assert np.isfinite(ended.points).all()
    assert np.isfinite(ended.gradients[: len(ended.gradients) - ended.ends_without_gradient]).all()
    if "objective" in request_:
        before = run(**{**request_, "steps": ended.steps})
    else:
        before = run(**{**request_, "gradients": request_["gradients"][: ended.steps]}) if ended.steps else None
    if before is not None:
        assert before.status in ("completed", "growing")
        for name in ("settling_step", "limit_cycle_radius", "tail_gap"):
            assert ended.summary[name] is None  # only a run that did not diverge has one
            before.summary[name] = None
        for part in ("points", "updates", "state", "summary", "recorded", "end"):
            assert bits(getattr(ended, part)) == bits(getattr(before, part))


def test_a_run_that_diverges_says_at_which_step_it_did():
    ended = run(optimizer={"name": "gd", "lr": 1e100}, objective="sphere", start=[1.0, 1.0], include=["points"])
    x = [1.0]
    while np.isfinite(2 * x[-1] * x[-1]):
        x.append(x[-1] - 1e100 * 2 * x[-1])
    assert ended.diverged_at == len(x) - 1 == 2


# The target.


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.5, 1.0, 2.0])
def test_the_target_is_relative_to_the_start(fraction):
    whole = run(objective="quadratic", start="A", steps=100)
    for target, how_far in ((("distance"), np.linalg.norm(whole.points, axis=1)), ("value_gap", whole.values)):
        reached = np.flatnonzero(how_far <= fraction * how_far[0])
        measured = run(objective="quadratic", start="A", steps=100, target={target: fraction})
        assert measured.summary["steps_to_target"] == (int(reached[0]) if len(reached) else None)
        assert (measured.steps, measured.status) == (100, "completed")


def test_a_target_reached_by_the_last_step_counts():
    reached = run(objective="quadratic", start="A", steps=100).summary["steps_to_target"]
    assert run(objective="quadratic", start="A", steps=reached).summary["steps_to_target"] == reached
    assert run(objective="quadratic", start="A", steps=reached - 1).summary["steps_to_target"] is None


@pytest.mark.parametrize("start", [[0.0, 0.0], [-1.0, 3.0], [-4.0, -4.0], [4.0, -1.0]])
def test_of_several_minima_the_one_nearest_the_last_point_is_measured_against(start):
    measured = run(optimizer={"name": "adam", "lr": 0.1}, objective="himmelblau", start=start, steps=60)
    minima = resolve_objective("himmelblau").minima
    distances = np.linalg.norm(minima - measured.end, axis=1)
    assert measured.summary["minimum"].tolist() == minima[np.argmin(distances)].tolist()
    assert measured.summary["final_distance"] == pytest.approx(distances.min(), rel=1e-15)
    np.testing.assert_allclose(measured.measures["distance"], np.linalg.norm(measured.points - measured.summary["minimum"], axis=1))


# Starts.


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_run_starts_where_its_start_is_named(name):
    starts = resolve_objective(name).facts.starts
    for start, point in starts.items():
        for spelled in (start, start.upper(), start.replace("_", "")):
            assert run(objective=name, start=spelled, steps=1).points[0].tolist() == list(point)
    assert run(objective=name, steps=1).points[0].tolist() == list(starts["default"])
    assert "did you mean default" in refused(optimizer=GD, objective=name, start="defualt")["start",]


@pytest.mark.parametrize(
    "start", [[[1.0], [2.0], [3.0], [4.0]], [[1.0, 2.0], [3.0, 4.0]], {"W": [[1.0, 2.0]], "b": [3.0], "c": 4.0}, (1, 2, 3, 4)]
)
def test_a_start_has_any_layout_of_as_many_numbers_as_the_objective_takes(start):
    flat = run(objective="rosenbrock", start=[1.0, 2.0, 3.0, 4.0], steps=9, optimizer={"name": "adam", "lr": 0.1})
    laid_out = run(objective="rosenbrock", start=start, steps=9, optimizer={"name": "adam", "lr": 0.1})
    assert bits(laid_out.points) == bits(flat.points)
    shapes = {name: np.shape(tensor) for name, tensor in start.items()} if isinstance(start, dict) else np.shape(start)
    for part in (laid_out.summary["minimum"], laid_out.summary["sign_flips"], laid_out.state["m"]):
        assert ({name: np.shape(tensor) for name, tensor in part.items()} if isinstance(part, dict) else np.shape(part)) == shapes


def test_a_function_of_one_number_starts_at_a_number():
    number = run(objective="sphere", start=10, steps=3)
    assert number.points.tolist() == run(objective="sphere", start=[10.0], steps=3).points.tolist()
    assert np.shape(number.plan.layout.unflatten(number.end)) == np.shape(number.summary["minimum"]) == ()


def test_the_start_says_the_dimension_where_the_objective_does_not():
    assert run(objective="sphere", start=[1.0] * 7, steps=1).plan.problem.dimension == 7
    assert list(refused(optimizer=GD, objective={"name": "sphere", "dimension": 3}, start=[1.0] * 7)) == [("start",)]
    assert list(refused(optimizer=GD, objective="himmelblau", start=[1.0] * 7)) == [("start",)]


def test_a_start_where_the_objective_is_not_finite_is_refused():
    assert "not finite" in refused(optimizer=GD, objective="sphere", start=[1e200, 1.0])["start",]


# Schedules.

SCHEDULES: list[tuple[dict[str, Any], Callable[[int, float], float]]] = [
    ({"name": "inverse_time", "decay_rate": 0.3}, lambda s, lr: lr / (1 + 0.3 * s)),
    ({"name": "inverse_time", "decay_rate": 0.3, "decay_steps": 4}, lambda s, lr: lr / (1 + 0.3 * s / 4)),
    ({"name": "inverse_time", "decay_rate": 0.3, "decay_steps": 4, "staircase": True}, lambda s, lr: lr / (1 + 0.3 * (s // 4))),
    ({"name": "step", "step_size": 5}, lambda s, lr: lr * 0.1 ** (s // 5)),
    ({"name": "step", "step_size": 1, "gamma": 0.9}, lambda s, lr: lr * 0.9 ** float(s)),
    ({"name": "step", "step_size": 3, "gamma": 0}, lambda s, lr: lr if s < 3 else 0.0),
    ({"name": "exponential", "decay_rate": 0.9}, lambda s, lr: lr * 0.9 ** float(s)),
    ({"name": "exponential", "decay_rate": 1.1, "decay_steps": 7}, lambda s, lr: lr * 1.1 ** (s / 7)),
    ({"name": "exponential", "decay_rate": 0.5, "decay_steps": 7, "staircase": True}, lambda s, lr: lr * 0.5 ** floor(s / 7)),
    ({"name": "cosine", "decay_steps": 25}, lambda s, lr: lr * (1 + cos(pi * min(s, 25) / 25)) / 2),
    ({"name": "cosine", "decay_steps": 25, "lr_min": 0.1}, lambda s, lr: 0.1 + (lr - 0.1) * (1 + cos(pi * min(s, 25) / 25)) / 2),
]


def rates_of(schedule: Any, steps: int, **more: Any) -> Array:
    """The rate of each step: what gradient descent moves by where the gradient is -1."""
    replayed = run(optimizer={"name": "gd", "lr": 0.7}, start=[0.0], gradients=[[-1.0]] * steps, schedule=schedule, **more)
    return replayed.updates[1:, 0]


@pytest.mark.parametrize(("schedule", "formula"), SCHEDULES)
def test_a_schedule_is_its_formula(schedule, formula):
    np.testing.assert_allclose(rates_of(schedule, 60), [formula(s, 0.7) for s in range(60)], rtol=1e-15, atol=1e-17)


@pytest.mark.parametrize(("schedule", "formula"), SCHEDULES)
def test_a_schedule_goes_on_at_the_steps_already_taken(schedule, formula):
    for t in (1, 24, 25, 1000):
        expected = [formula(t + s, 0.7) for s in range(3)]
        np.testing.assert_allclose(rates_of(schedule, 3, state={"t": t}), expected, rtol=1e-12, atol=1e-17)


def test_a_list_of_rates_is_taken_step_by_step():
    rates = [0.5, 0.25, 0.0, 2]
    assert rates_of(rates, 4).tolist() == rates
    assert rates_of(rates, 2, state={"t": 2}).tolist() == rates[2:]
    assert rates_of(rates, 3).tolist() == rates[:3]


def test_a_schedule_scales_the_rate_of_each_tensor():
    optimizer = {"name": "gd", "lr": {"a": 1.0, "b": 0.25}}
    gradients = [{"a": -1.0, "b": [-1.0]}] * 3
    scaled = run(optimizer=optimizer, start={"a": 0.0, "b": [0.0]}, gradients=gradients, schedule={"name": "step", "step_size": 1})
    np.testing.assert_allclose(scaled.updates[1:], [[1, 0.25], [0.1, 0.025], [0.01, 0.0025]], rtol=1e-15)


@pytest.mark.parametrize(
    ("schedule", "path"),
    [
        ([0.1] * 9, ()),
        ([], ()),
        ([0.1, -0.1], (1,)),
        ([0.1, "0.1"], (1,)),
        ([0.1, True], (1,)),
        (0.1, ()),
        ({}, ()),
        ({"name": "lineal"}, ("name",)),
        ({"name": "cosine"}, ("decay_steps",)),
        ({"name": "cosine", "decay_steps": 2.5}, ("decay_steps",)),
        ({"name": "cosine", "decay_steps": 0}, ("decay_steps",)),
        ({"name": "step", "step_size": 2, "gama": 1}, ("gama",)),
        ({"name": "exponential", "decay_rate": -1}, ("decay_rate",)),
        ({"name": "inverse_time", "decay_rate": 1, "staircase": 1}, ("staircase",)),
    ],
)
def test_a_schedule_that_does_not_reach_or_makes_no_sense_is_refused(schedule, path):
    assert ("schedule", *path) in refused(optimizer=GD, objective="sphere", steps=10, schedule=schedule)


def test_a_list_of_rates_reaches_to_the_last_step_after_the_state():
    request = {"optimizer": GD, "objective": "sphere", "steps": 10, "schedule": [0.1] * 12}
    assert plan_trajectory({**request, "state": {"t": 2}}).steps == 10
    assert "13 steps" in refused(**request, state={"t": 3})["schedule",]


# Noise.


def test_noise_is_gaussian_around_zero():
    noise = gaussian(2.5, 7, 0, 0, 20_000, 3)
    assert np.abs(noise.mean(axis=0)).max() < 4 * 2.5 / 20_000**0.5
    assert np.abs(noise.std(axis=0) / 2.5 - 1).max() < 4 / (2 * 20_000) ** 0.5
    assert np.abs(np.corrcoef(np.hstack([noise[1:], noise[:-1]]).T) - np.eye(6)).max() < 4 / 20_000**0.5
    for limit, share in ((1.0, 0.6827), (2.0, 0.9545), (3.0, 0.9973)):
        assert (np.abs(noise) < limit * 2.5).mean() == pytest.approx(share, abs=0.008)


@pytest.mark.parametrize("dimension", [1, 2, 3, 4, 5, 8, 9])
def test_noise_depends_on_seed_run_and_step_alone(dimension):
    noise = gaussian(1.0, 7, 0, 0, 20, dimension)
    assert bits(gaussian(1.0, 7, 0, 5, 10, dimension)) == bits(noise[5:15])
    assert bits(gaussian(0.5, 7, 0, 0, 20, dimension)) == bits(0.5 * noise)
    others = [gaussian(1.0, seed, number, 0, 20, dimension) for seed, number in ((8, 0), (7, 1), (2**53 - 1, 0))]
    assert len({row.tobytes() for rows in (noise, *others) for row in rows}) == 80


def test_every_seed_of_64_bits_has_its_own_noise():
    seeds = [0, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1]
    assert len({gaussian(1.0, seed, 0, 0, 1, 2).tobytes() for seed in seeds}) == len(seeds)


def test_noise_is_added_to_the_gradient_whatever_the_optimizer():
    for optimizer in (GD, {"name": "adam", "lr": 0.01}):
        noisy = run(optimizer=optimizer, objective="sphere", steps=30, noise={"std": 0.3, "seed": 9})
        np.testing.assert_allclose(noisy.gradients - 2 * noisy.points, gaussian(0.3, 9, 0, 0, 31, 2), rtol=0, atol=1e-14)
        np.testing.assert_allclose(noisy.values, (noisy.points**2).sum(axis=1), rtol=1e-14)


def test_noise_without_strength_is_none():
    assert bits(run(objective="sphere", noise={"std": 0, "seed": 3}).points) == bits(run(objective="sphere").points)


def test_the_runs_of_a_batch_have_the_noise_of_their_seeds():
    asked = batch(GD, np.zeros((2, 3)), "sphere", noise=Noise(0.5, [7, 7, 8]), steps=20)
    together = simulate(asked).recorded_gradients
    for r, seed in enumerate([7, 7, 8]):
        assert bits(together[0, :, r]) == bits(gaussian(0.5, seed, 0, 0, 1, 2)[0])
    assert bits(together[:, :, 0]) == bits(together[:, :, 1]) != bits(together[:, :, 2])


# Refusals and prices.


def test_every_fault_is_told_at_once_where_it_is():
    faults = refused(
        optimizer={"name": "adam", "lr": -1, "beta": 1},
        objective={"name": "quadratic", "condition": 0.5, "angle": 3},
        start=[1.0, "a"],
        schedule={"name": "cosine"},
        target={"distances": 1},
        stop={"distance": 1, "gradient": 1, "update_norm": -1},
    )
    assert set(faults) == {
        ("optimizer", "lr"),
        ("optimizer", "beta"),
        ("objective", "condition"),
        ("objective", "angle"),
        ("start", 1),
        ("schedule", "decay_steps"),
        ("target", "distances"),
        ("stop", "gradient"),
        ("stop", "update_norm"),
    }


def test_every_fault_of_a_replay_is_told_at_once_where_it_is():
    faults = refused(
        optimizer={"name": "adam", "lr": {"w": 0.1}},
        start={"w": [1.0, 2.0], "b": 1.0},
        gradients=[{"w": [1.0, 2.0], "b": 1.0}, {"w": [1.0], "b": 1.0}, {"w": [1.0, 2.0], "b": None}],
        values=[1.0, 2.0],
        steps=7,
        noise={"std": 1, "seed": 1},
        stop={"distance": 1},
    )
    assert set(faults) == {
        ("optimizer", "lr"),
        ("gradients", 1, "w"),
        ("gradients", 2, "b"),
        ("values",),
        ("steps",),
        ("noise",),
        ("stop", "distance"),
    }


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({}, ("objective",)),
        ({"objective": "sphere", "gradients": [[1.0]], "start": [1.0]}, ("objective",)),
        ({"objective": "sphere", "values": [1.0]}, ("values",)),
        ({"gradients": [[1.0]]}, ("start",)),
        ({"gradients": [[1.0]], "start": "A"}, ("start",)),
        ({"gradients": [], "start": [1.0]}, ("gradients",)),
        ({"gradients": [[1.0, 2.0]], "start": [1.0]}, ("gradients", 0)),
        ({"gradients": {"w": [[1.0]]}, "start": {"w": [1.0]}}, ("gradients",)),
        ({"objective": "sphere", "target": {}}, ("target",)),
        ({"objective": "sphere", "target": {"distance": 1, "value_gap": 1}}, ("target",)),
        ({"objective": "sphere", "target": {"distance": True}}, ("target", "distance")),
        ({"objective": "sphere", "stop": [1]}, ("stop",)),
        ({"objective": "saddle", "stop": {"value_gap": 1}}, ("stop", "value_gap")),
        ({"objective": "sphere", "state": {"t": 1, "velocity": [1.0, 2.0]}}, ("state", "velocity")),
        ({"objective": "rosenbruck"}, ("objective",)),
        ({"objective": "rosenbrock", "start": []}, ("start",)),
    ],
)
def test_what_cannot_be_run_is_refused_where_it_is_wrong(request_, path):
    assert path in refused(optimizer=GD, **request_)


def test_a_run_that_costs_too_much_is_refused_before_it_is_begun():
    with pytest.raises(TooCostly) as caught:
        trajectory({"optimizer": GD, "objective": "sphere", "steps": 10**15, "record_every": 10**15})
    assert caught.value.cost > caught.value.limit == Limits().work
    assert caught.value.faults[0].path == ("steps",)
    assert str(caught.value.cost) in str(caught.value)


def test_an_answer_that_is_too_large_is_refused_before_it_is_computed():
    with pytest.raises(TooCostly) as caught:
        trajectory({"optimizer": GD, "objective": "sphere", "steps": 10**6, "include": ["points", "updates"]})
    assert caught.value.cost > caught.value.limit == Limits().answer
    assert caught.value.faults[0].path == ("record_every",)


def traced(work: Callable[[], object]) -> tuple[int, int]:
    """How many bytes are kept when `work` is done, and how many it took meanwhile."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def test_measures_take_no_more_memory_than_the_steps_that_are_recorded():
    request = {"optimizer": GD, "objective": "himmelblau", "steps": 200_000, "record_every": 200_000}
    trajectory({**request, "include": INCLUDABLE})
    assert traced(lambda: trajectory({**request, "include": INCLUDABLE}))[1] < 2**20


def test_a_large_problem_is_not_kept_when_its_request_is_answered():
    kept = [traced(lambda d=dimension: resolve_objective({"name": "sphere", "dimension": d}))[0] for dimension in (900_001, 900_002)]
    kept += [traced(lambda d=dimension: resolve_objective("styblinski_tang", d))[0] for dimension in (900_001, 900_002)]
    assert max(kept) < 2**20


def resolved_or_refused(look_up: Callable[[Any], object], name: str) -> None:
    with suppress(Refusal):
        look_up({"name": name})


def test_a_name_spelled_at_length_is_not_kept():
    underscores = "_" * 2**20
    assert traced(lambda: resolved_or_refused(resolve, f"a{underscores}dam"))[0] < 2**16
    assert traced(lambda: resolved_or_refused(resolve_objective, f"s{underscores}phere"))[0] < 2**16


def test_the_price_of_an_answer_is_what_it_holds_at_least():
    for every in (1, 7, 1000):
        plan = plan_trajectory({"optimizer": "adam", "objective": "rosenbrock", "steps": 50, "record_every": every, "include": INCLUDABLE})
        done = trajectory({"optimizer": "adam", "objective": "rosenbrock", "steps": 50, "record_every": every, "include": INCLUDABLE})
        states = sum(np.size(slot) for state in done.states for slot in state.values())
        held = sum(np.size(part) for part in (done.points, done.values, done.gradients, done.updates, *done.measures.values())) + states
        assert held <= plan.answer <= 3 * held + 100


def test_the_price_grows_with_steps_dimension_and_minima():
    def work(**request: Any) -> float:
        return plan_trajectory({"optimizer": GD, "steps": 100, **request}).work

    assert work(objective="sphere", steps=200) == pytest.approx(2 * work(objective="sphere"), rel=0.02)
    assert work(objective="sphere", schedule=[0.1] * 100) > work(objective="sphere")
    assert work(objective="sphere", noise={"std": 1, "seed": 1}) > work(objective="sphere")
    assert work(objective="sphere", include=["measures"]) > work(objective="sphere", include=["values"])
    assert work(objective="sphere", start=[1.0] * 9) > work(objective="sphere")
    assert work(objective="himmelblau") > work(objective="bounded_saddle")
    assert work(objective="sphere", optimizer="adam") > work(objective="sphere")
