"""The engine's own loop, called as the service calls it, without a request around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problem import BETA1, BETA2, EPS, LR

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.reading.tensors import read_params
from stepgrade_service.engine.running.batch import Batch, Recording, simulate

Array = NDArray[np.float64]

ADAM = {"name": "adam", "convention": "torch", "lr": LR, "beta1": BETA1, "beta2": BETA2, "eps": EPS}

NOTHING, POINTS_AND_VALUES = Recording(), Recording(every=1, points=True, values=True)


def batch(starts: Array, steps: int, recording: Recording = NOTHING, watched: bool = False, optimizer: Mapping[str, Any] = ADAM) -> Batch:
    """Adam, or another optimizer, on Rosenbrock from starts (2, runs)."""
    layout = read_params([0.0, 0.0]).layout
    choice, problem = resolve(optimizer, layout), resolve_objective("rosenbrock", 2)
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


def one_run(start: tuple[float, ...], steps: int, watched: bool = False) -> Batch:
    """One run with every point and value kept; watched: with its measures added up at every step, as /trajectory wants them."""
    return batch(np.array(start).reshape(2, 1), steps, POINTS_AND_VALUES, watched)


def singly(whole: Batch, runs: Sequence[int]) -> Array:
    """Where some runs of a batch end when each is run by itself, (2, runs)."""
    alone = [replace(whole, starts=np.ascontiguousarray(whole.starts[:, [run]])) for run in runs]
    return np.concatenate([simulate(each).points for each in alone], axis=1)
