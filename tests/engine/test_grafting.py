"""Grafting: the worked experiment's grafted rows, the identities of the paper's own tests, and turned problems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stepgrade_service.engine.compiled.rotation import Turn
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.loop.grafted import graft
from stepgrade_service.engine.objectives.resolve import named_start
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.objectives.turned import turned as turned_kernel
from stepgrade_service.engine.objectives.turned import turned_parameters
from stepgrade_service.engine.running.batch import Batch, Noise, Recording, Simulation, simulate
from stepgrade_service.engine.running.grafting import simulate_grafted
from stepgrade_service.engine.running.stepwise import Proposal, simulate_stepwise
from stepgrade_service.engine.running.summary import summarize
from stepgrade_service.engine.schedules.resolve import resolve as resolve_schedule

RMSPROP = {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
SGD_02, SGD_09 = {"name": "sgd", "lr": 0.02}, {"name": "sgd", "lr": 0.09}

EVERYTHING = Recording(every=1, points=True, values=True, gradients=True, updates=True)

# As reference/measures.md, section 8, prints them: start, whose length, whose direction, T, first step, efficiency, mean cosine
# to -g, to the minimum, turning, sign flips of w and b, distance at step 200; and the last digit of each that was printed. The last
# distance was printed as 2e-21: the paper's 1e-16 in the denominator made the steps too short there. NumPy without it has 4.8e-29.
GRAFTED = [
    ("A", RMSPROP, SGD_09, 32, 0.894, 0.88, 1, 0.98, 0.97, (0, 30), (0.10, 0.005)),
    ("A", SGD_09, RMSPROP, 29, 1.855, 0.90, 0.99, 0.99, 0.97, (0, 15), (2e-8, 0.5e-8)),
    ("B", RMSPROP, SGD_02, 13, 0.894, 0.51, 1, 0.67, -0.49, (0, 9), (0.10, 0.005)),
    ("B", SGD_02, RMSPROP, 10, 0.800, 0.70, 0.71, 0.81, -0.02, (9, 0), (4.8e-29, 0.05e-29)),
]


def batch_of(optimizer: dict[str, Any], start: Any, steps: int = 200, objective: Any = "quadratic", **more: Any) -> Batch:
    problem, rule = resolve_objective(objective, 2), resolve(optimizer)
    point = named_start(problem, start) if isinstance(start, str) else np.array(start, dtype=np.float64)
    return Batch(
        rule=rule.rule,
        rates=np.full(2, rule.settings["lr"]),
        starts=np.ascontiguousarray(point.reshape(2, -1)),
        steps=steps,
        objective=problem.objective.kernel,
        parameters=problem.facts.kernel_parameters,
        minima=problem.minima,
        minimum_values=problem.minimum_values,
        watched=True,
        **more,
    )


def grafted(length_of: dict[str, Any], direction_of: dict[str, Any], start: Any, **more: Any) -> Simulation:
    direction = resolve(direction_of)
    return simulate_grafted(batch_of(length_of, start, **more), direction.rule, np.full(2, direction.settings["lr"]))


def step_by_step(batch: Batch) -> Simulation:
    """A batch run as grafts are, by one proposal."""
    alone = Proposal(batch.rule, batch.rates, batch)
    return simulate_stepwise(batch, (alone,), lambda step: np.copyto(step, alone.step))


def turned_with(batch: Batch, turn: Turn) -> Batch:
    """A batch on its objective turned; its starts are taken to be turned already."""
    return replace(
        batch,
        objective=turned_kernel(batch.objective),
        parameters=turned_parameters(batch.parameters, turn),
        minima=turn.forth(batch.minima.T).T,
        noise=batch.noise and replace(batch.noise, turn=turn),
    )


@pytest.mark.parametrize(
    ("start", "length_of", "direction_of", "steps", "first", "efficiency", "descent", "target", "turning", "flips", "at_200"), GRAFTED
)
def test_the_grafted_rows_of_the_worked_experiment_come_out_as_printed(
    start, length_of, direction_of, steps, first, efficiency, descent, target, turning, flips, at_200
):
    ran = grafted(length_of, direction_of, start)
    summary = summarize(ran.watched, 0)
    assert summary["steps_to_target"] == steps
    assert summary["first_step"] == pytest.approx(first, abs=0.0005)
    assert summary["path_efficiency"] == pytest.approx(efficiency, abs=0.00501)
    assert summary["descent_cosine"] == pytest.approx(descent, abs=0.005)
    assert summary["target_cosine"] == pytest.approx(target, abs=0.005)
    assert summary["turning_cosine"] == pytest.approx(turning, abs=0.005)
    assert tuple(summary["sign_flips"]) == flips
    assert np.linalg.norm(ran.points) == pytest.approx(at_200[0], abs=at_200[1])


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop", "adagrad", "momentum"])
@pytest.mark.parametrize("objective", ["quadratic", "rosenbrock", "beale"])
def test_an_optimizer_grafted_on_123_times_itself_is_itself(name, objective):
    once, times_123 = {"name": name, "lr": 1e-4}, {"name": name, "lr": 123e-4}
    start = [1.0, 1.5]
    alone = simulate(batch_of(once, start, 200, objective, recording=EVERYTHING))
    both = grafted(once, times_123, start, steps=200, objective=objective, recording=EVERYTHING)
    np.testing.assert_allclose(both.recorded_points, alone.recorded_points, rtol=1e-12, atol=1e-12)


def test_normalized_gd_is_a_constant_length_in_the_direction_of_gd():
    constant = simulate(batch_of({"name": "normalized_gd", "lr": 0.2}, "A", recording=EVERYTHING))
    sign = grafted({"name": "normalized_gd", "lr": 0.2}, SGD_09, "A", recording=EVERYTHING)
    np.testing.assert_allclose(sign.recorded_points, constant.recorded_points, rtol=1e-12, atol=1e-12)


# A graft has exactly the length that it claims, however short or long the steps are.

#: In 1D and on an axis all of these go down the gradient, so that they have one direction.
DESCENTS = [SGD_09, {**RMSPROP, "rho": 0.99}, RMSPROP, {"name": "normalized_gd", "lr": 0.2}, {"name": "sign_gd", "lr": 0.1},
            {"name": "adagrad", "lr": 0.5}]  # fmt: skip


def named(optimizer: dict[str, Any]) -> str:
    return f"{optimizer['name']} {optimizer['lr']}"


@pytest.mark.parametrize("direction_of", DESCENTS, ids=named)
@pytest.mark.parametrize("length_of", DESCENTS, ids=named)
@pytest.mark.parametrize("start", [(3.0, 0.0), (0.0, -2.0), (0.0, 1e-30), (1e150, 0.0)], ids=str)
def test_on_an_axis_the_graft_of_two_descents_is_the_run_that_gives_the_length(start, length_of, direction_of):
    alone = simulate(batch_of(length_of, start, recording=EVERYTHING))
    both = grafted(length_of, direction_of, start, recording=EVERYTHING)
    np.testing.assert_array_equal(both.recorded_points, alone.recorded_points)


@pytest.mark.parametrize("direction_of", [*DESCENTS, {"name": "adam", "lr": 0.2}], ids=named)
@pytest.mark.parametrize("length_of", [*DESCENTS, {"name": "adam", "lr": 0.2}], ids=named)
def test_every_step_of_a_graft_is_as_long_as_the_other_s_and_points_where_its_own_does_near_the_minimum_too(length_of, direction_of):
    batch, direction = batch_of(length_of, [[-5.0, 1e-17], [-1.0, 3e-17]], 500), resolve(direction_of)
    own, other = Proposal(batch.rule, batch.rates, batch), Proposal(direction.rule, np.full(2, direction.settings["lr"]), batch)

    def combine(step: Any) -> None:
        graft(own.step, other.step, np.empty(2), np.empty(2), step)
        lengths, ways = np.hypot(*own.step), np.hypot(*other.step)
        has_way = ways > 0
        np.testing.assert_allclose(np.hypot(*step), np.where(has_way, lengths, 0.0), rtol=1e-13, atol=1e-300)
        has_digits = (ways > 1e-290) & (lengths > 1e-290)
        found, asked = (vectors[:, has_digits] / sizes[has_digits] for vectors, sizes in ((step, lengths), (other.step, ways)))
        np.testing.assert_allclose(found, asked, rtol=1e-13, atol=1e-200)

    simulate_stepwise(batch, (own, other), combine)


def one_graft(length_of: Any, direction_of: Any) -> Any:
    magnitude, direction = (np.array(step, dtype=np.float64).reshape(-1, 1) for step in (length_of, direction_of))
    step = np.empty_like(magnitude)
    graft(magnitude, direction, np.empty(1), np.empty(1), step)
    return step[:, 0]


@given(st.floats(-300, 300), st.floats(-320, 308), st.floats(0, 6.28), st.floats(0, 6.28))
def test_no_length_is_lost_to_underflow_or_overflow(size, other_size, angle, other_angle):
    length, way = 10.0**size, 10.0**other_size * np.array([np.cos(other_angle), np.sin(other_angle)])
    assume(way.any())
    step = one_graft(length * np.array([np.cos(angle), np.sin(angle)]), way)
    np.testing.assert_allclose(np.hypot(*(step / length)), 1.0, rtol=1e-12)
    scaled = way / abs(way).max()
    np.testing.assert_allclose(step / length, scaled / np.hypot(*scaled), rtol=1e-12, atol=1e-15)


def test_a_step_without_a_direction_is_0_and_what_is_no_number_stays_none():
    assert one_graft([3.0, 4.0], [0.0, 0.0]).tolist() == [0.0, 0.0]
    assert one_graft([0.0, 0.0], [1.0, 2.0]).tolist() == [0.0, 0.0]
    assert one_graft([1.5e308, 1.5e308], [1e308, 1e308]).tolist() == [1.5e308, 1.5e308]  # its length is no number, its entries are
    for broken in (np.nan, np.inf, -np.inf):
        assert np.isnan(one_graft([broken, 1.0], [1.0, 1.0])).all()
        assert np.isnan(one_graft([1.0, 1.0], [1.0, broken])).all()
        assert np.isnan(one_graft([1.0, broken], [0.0, 0.0])).all()


# Every optimizer, those that ask the objective too.


def gently(optimizer: dict[str, Any]) -> dict[str, Any]:
    """An optimizer at a rate at which none of them diverges; a line search finds its own."""
    return {**optimizer, "lr": 0.001} if optimizer["lr"] < 1.0 else optimizer


def test_any_optimizer_grafted_on_itself_is_itself(any_variant):
    alone = simulate(batch_of(gently(any_variant), [1.0, 1.5], 30, "himmelblau", recording=EVERYTHING))
    both = grafted(gently(any_variant), gently(any_variant), [1.0, 1.5], steps=30, objective="himmelblau", recording=EVERYTHING)
    np.testing.assert_allclose(both.recorded_points, alone.recorded_points, rtol=1e-12, atol=1e-12)


def test_step_by_step_any_optimizer_gives_the_bits_of_the_compiled_loop(any_variant):
    starts = np.random.default_rng(8).normal(size=(2, 5)) * 2
    batch = batch_of(gently(any_variant), starts, 30, "himmelblau", noise=Noise(0.3, range(5)), recording=EVERYTHING)
    compiled, stepwise = simulate(batch), step_by_step(batch)
    for quantity in ("points", "values", "ended", "reason", "recorded_points", "recorded_gradients"):
        assert getattr(stepwise, quantity).tobytes() == getattr(compiled, quantity).tobytes()


def test_turned_by_right_angles_the_path_of_any_optimizer_turns_with_the_problem_to_the_last_bit(any_variant):
    starts, noise = [[-0.5, 2.0, 0.25], [1.2, 1.0, -1.0]], Noise(0.01, [4, 5, 6])
    # An average of gradients that starts above 0 in each coordinate is not turned with the problem.
    has_a_start = "initial_m" in resolve(any_variant).settings
    variant = any_variant | {"initial_m": "zero"} if has_a_start else any_variant
    level = batch_of(gently(variant), starts, 30, "himmelblau", recording=EVERYTHING, noise=noise)
    straight = simulate(level)
    assert (np.ptp(straight.recorded_points, axis=0) > 0).all()
    for degrees in (90.0, 180.0, -90.0, 360.0):
        turn = Turn(degrees)
        seen = simulate(turned_with(replace(level, starts=turn.forth(level.starts)), turn))
        for quantity in ("recorded_points", "recorded_updates"):
            for step, there in zip(getattr(straight, quantity)[1:], getattr(seen, quantity)[1:], strict=True):
                np.testing.assert_array_equal(turn.back(there), step)
        np.testing.assert_array_equal(seen.recorded_values, straight.recorded_values)


def test_on_a_turned_problem_a_batch_of_any_optimizer_gives_the_bits_of_its_runs(any_variant):
    turn, starts = Turn(33.0), np.random.default_rng(9).normal(size=(2, 4))
    together = simulate(turned_with(batch_of(gently(any_variant), starts, 20, "himmelblau"), turn))
    for run in range(4):
        alone = simulate(turned_with(batch_of(gently(any_variant), starts[:, [run]], 20, "himmelblau"), turn))
        np.testing.assert_array_equal(together.points[:, run], alone.points[:, 0])


@pytest.mark.parametrize("optimizer", [SGD_09, RMSPROP, {"name": "adam", "lr": 3.0}, {"name": "sgd", "lr": 1.0}])
@pytest.mark.parametrize("schedule", [None, {"name": "step", "step_size": 7, "gamma": 0.5}])
@pytest.mark.parametrize("noise", [None, Noise(0.3, [1, 2, 3])])
def test_step_by_step_gives_the_bits_of_the_compiled_loop(optimizer, schedule, noise):
    starts = [[-5.0, -0.3, 1e200], [-1.0, -2.0, 1e300]]
    batch = batch_of(optimizer, starts, 400, schedule=resolve_schedule(schedule), noise=noise, recording=EVERYTHING)
    compiled, stepwise = simulate(batch), step_by_step(batch)
    np.testing.assert_array_equal(stepwise.points, compiled.points)
    np.testing.assert_array_equal(stepwise.values, compiled.values)
    np.testing.assert_array_equal(stepwise.ended, compiled.ended)
    np.testing.assert_array_equal(stepwise.reason, compiled.reason)
    np.testing.assert_array_equal(stepwise.watched.sums, compiled.watched.sums)
    np.testing.assert_array_equal(stepwise.watched.flips, compiled.watched.flips)
    for run, end in enumerate(compiled.ended):
        np.testing.assert_array_equal(stepwise.recorded_points[:end, :, run], compiled.recorded_points[:end, :, run])
        np.testing.assert_array_equal(stepwise.recorded_gradients[:end, :, run], compiled.recorded_gradients[:end, :, run])


def test_step_by_step_a_batch_gives_the_bits_of_its_runs():
    starts = np.random.default_rng(5).normal(size=(2, 7))
    together = grafted(RMSPROP, SGD_09, starts)
    for run in range(7):
        np.testing.assert_array_equal(grafted(RMSPROP, SGD_09, starts[:, [run]]).points[:, 0], together.points[:, run])


@pytest.mark.parametrize("degrees", [30.0, 45.0, 90.0, 180.0, -200.0])
@pytest.mark.parametrize("objective", ["quadratic", "rosenbrock"])
@pytest.mark.parametrize(
    "optimizer", [{"name": "sgd", "lr": 1e-3}, {"name": "momentum", "lr": 1e-3}, {"name": "normalized_gd", "lr": 0.01}]
)
def test_the_paths_of_gd_momentum_and_normalised_gd_turn_with_the_problem(optimizer, objective, degrees):
    turn = Turn(degrees)
    level = batch_of(optimizer, [-0.5, 1.2], 200, objective, recording=EVERYTHING, noise=Noise(0.01, [4]))
    turned = batch_of(optimizer, turn.forth(level.starts), 200, objective, recording=EVERYTHING, noise=Noise(0.01, [4]))
    straight, seen = simulate(level).recorded_points[:, :, 0], simulate(turned_with(turned, turn)).recorded_points[:, :, 0]
    np.testing.assert_allclose(turn.back(seen.T).T, straight, rtol=0, atol=1e-10)


def test_the_path_of_rmsprop_does_not_turn_with_the_problem():
    turn, lr_05 = Turn(45.0), {"name": "rmsprop", "lr": 0.05, "rho": 0.9}
    level = batch_of(lr_05, "B")
    turned = simulate(turned_with(batch_of(lr_05, turn.forth(level.starts)), turn))
    assert summarize(simulate(level).watched, 0)["steps_to_target"] == 46
    assert summarize(turned.watched, 0)["steps_to_target"] == 73
    assert np.abs(turn.back(turned.points) - simulate(level).points).max() > 0.01


@pytest.mark.parametrize(("optimizer", "steps"), [(RMSPROP, 28), ({"name": "normalized_gd", "lr": 0.2}, 11)])
def test_turned_by_45_degrees_rmsprop_needs_28_steps_from_b_and_normalised_gd_as_many_as_before(optimizer, steps):
    turn = Turn(45.0)
    start = turn.forth(batch_of(optimizer, "B").starts)
    assert summarize(simulate(turned_with(batch_of(optimizer, start), turn)).watched, 0)["steps_to_target"] == steps


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 270.0, -45.0])
@pytest.mark.parametrize("dimension", [1, 2, 3, 6])
def test_a_turn_is_a_rotation_that_can_be_undone(degrees, dimension):
    turn = Turn(degrees)
    matrix, vectors = turn.matrix(dimension), np.random.default_rng(2).normal(size=(dimension, 5))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(dimension), atol=1e-15)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    np.testing.assert_allclose(turn.forth(vectors), matrix @ vectors, atol=1e-14)
    np.testing.assert_allclose(turn.back(turn.forth(vectors)), vectors, atol=1e-14)


def test_a_turned_quadratic_is_the_quadratic_turned():
    turn, optimizer = Turn(30.0), {"name": "rmsprop", "lr": 0.2}
    own = simulate(batch_of(optimizer, "A", 30, objective={"name": "quadratic", "rotation": 30}))
    turned = simulate(turned_with(batch_of(optimizer, turn.forth(batch_of(optimizer, "A").starts), 30), turn))
    np.testing.assert_allclose(turned.points, own.points, atol=1e-12)
