"""The engine's own loop, called as the service calls it, without a request around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from problem import BETA1, BETA2, EPS, LR
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.simulation import Batch, Recording, Simulation, simulate
from stepgrade_service.engine.tensors import read_params

Array = NDArray[np.float64]

ADAM = {"name": "adam", "convention": "torch", "lr": LR, "beta1": BETA1, "beta2": BETA2, "eps": EPS}


def batch(starts: Array, steps: int, recording: Recording = Recording(), watched: bool = False) -> Batch:
    """Adam on Rosenbrock from starts (2, runs)."""
    layout = read_params([0.0, 0.0]).layout
    choice, problem = resolve(ADAM, layout), resolve_objective("rosenbrock", 2)
    return Batch(
        rule=choice.rule,
        rates=choice.rates(layout),
        starts=starts,
        steps=steps,
        objective=problem.objective.kernel,
        parameters=problem.facts.kernel_parameters,
        minima=problem.minima,
        minimum_values=problem.minimum_values,
        recording=recording,
        watched=watched,
    )


def one_run(start: tuple[float, ...], steps: int, watched: bool = False) -> Simulation:
    """One run with every point and value kept; watched: with the measures of every step added up, as /trajectory has it."""
    return simulate(batch(np.array(start).reshape(2, 1), steps, Recording(every=1, points=True, values=True), watched))


def ends(starts: Array, steps: int) -> Array:
    """Where the runs from starts (2, runs) end."""
    return simulate(batch(starts, steps)).points


def singly(starts: Array, steps: int) -> Array:
    """The same, each run by itself."""
    return np.concatenate([ends(np.ascontiguousarray(starts[:, [run]]), steps) for run in range(starts.shape[1])], axis=1)
