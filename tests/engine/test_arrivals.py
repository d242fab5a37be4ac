"""Arrivals: exactly the steps to the target that the full watch counts, whatever the run does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.loop.measures import REACHED
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.running.batch import Batch, Noise, Recording, simulate
from stepgrade_service.engine.running.grafting import simulate_grafted
from stepgrade_service.engine.running.stops import read_target

DISTANCE, VALUE_GAP = {"distance": 0.05}, {"value_gap": 1e-3}
TARGETS = [DISTANCE, VALUE_GAP, {"distance": 0.0}, {"distance": 1.0}, {"value_gap": 0.0}, {"value_gap": 2.0}]

#: Beside a grid over the window: the minima themselves, beside them, far away, and where nothing is finite any more.
SCALES = (0.0, 5e-324, 1e-200, 1e-130, 1e-120, 1e-9, 1e9, 1e60, 1e124, 1e126, 1e155, 1e300)


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
        target=read_target(target),
        **({"watched": True, "arrivals": True} | more),
    )


def assert_as_watched(simulation: Any) -> None:
    assert simulation.arrivals.dtype == np.int64
    np.testing.assert_array_equal(simulation.arrivals, simulation.watched.sums[:, REACHED])


def test_every_optimizer_arrives_when_the_watch_says(any_variant):
    assert_as_watched(simulate(batch_of(any_variant | {"lr": 0.05}, "himmelblau")))


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("objective", ["himmelblau", "beale", "quadratic", "dupont_two_gaussians", "saddle"])
@pytest.mark.parametrize("lr", [1e-3, 0.1, 1.5])
def test_arrivals_are_the_watch_s_on_every_kind_of_objective_and_target(objective, target, lr):
    simulation = simulate(batch_of({"name": "gd", "lr": lr}, objective, target))
    assert_as_watched(simulation)
    assert objective == "saddle" or (simulation.arrivals >= 0).any()


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_short_runs_arrive_too(steps):
    simulation = simulate(batch_of("rmsprop", "himmelblau", steps=steps))
    assert_as_watched(simulation)
    assert (simulation.arrivals == 0).any()


@pytest.mark.parametrize("target", TARGETS[:2], ids=str)
def test_with_noise_in_threads_and_where_runs_are_stopped(target):
    asked = batch_of({"name": "adam", "lr": 0.3}, "himmelblau", target)
    many = np.tile(asked.starts, 12)
    asked = replace(asked, starts=many, noise=Noise(0.5, [run % 40 for run in range(many.shape[1])]))
    alone, together = simulate(asked), simulate(asked, threads=3)
    assert_as_watched(alone)
    np.testing.assert_array_equal(alone.arrivals, together.arrivals)
    np.testing.assert_array_equal(alone.points, together.points)
    stopped = simulate(replace(asked, stops=(0.5, -1.0, 0.3, -1.0)))
    assert_as_watched(stopped)
    assert len(np.unique(stopped.ended)) > 3


@pytest.mark.parametrize("target", TARGETS[:4], ids=str)
def test_a_grafted_run_arrives_when_the_watch_says(target):
    direction = resolve({"name": "rmsprop", "lr": 0.2})
    asked = batch_of({"name": "gd", "lr": 0.02}, "himmelblau", target)
    simulation = simulate_grafted(asked, direction.rule, np.full(2, direction.settings["lr"]))
    assert_as_watched(simulation)


def test_they_are_noted_without_the_watch_and_disturb_nothing():
    asked = batch_of({"name": "adam", "lr": 0.1}, "beale", watched=False)
    with_them, without = simulate(asked), simulate(replace(asked, arrivals=False))
    assert without.arrivals.shape == (0, asked.starts.shape[1])
    np.testing.assert_array_equal(with_them.points, without.points)
    np.testing.assert_array_equal(with_them.values, without.values)
    np.testing.assert_array_equal(with_them.arrivals, simulate(replace(asked, watched=True)).arrivals)


def test_they_are_noted_beside_a_recording():
    asked = batch_of("adagrad", "himmelblau", recording=Recording(every=7, points=True, trace=True))
    assert_as_watched(simulate(asked))
