"""The objectives of the comparison, for optimizers that need the loss or the objective: Rosenbrock's valley and three quadratics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from problems import Array

Function = Callable[[Array], tuple[float, Array]]


@dataclass(frozen=True)
class ObjectiveProblem:
    """An objective as it is posted, the same in NumPy (value and gradient), and where the runs start."""

    posted: dict[str, Any]
    function: Function
    start: Array


def rosenbrock(x: Array) -> tuple[float, Array]:
    """Value and gradient of 100 (y - x^2)^2 + (1 - x)^2."""
    rise, rest = x[1] - x[0] ** 2, 1.0 - x[0]
    return 100.0 * rise * rise + rest * rest, np.array([-400.0 * x[0] * rise - 2.0 * rest, 200.0 * rise])


def seeded_quadratic(seed: int) -> ObjectiveProblem:
    """0.5 (x - c)' A (x - c) + 0.25 with a positive definite A, all from a seed; the dimension is 2 + seed."""
    random, dimension = np.random.default_rng([20261129, seed]), 2 + seed
    axes, _ = np.linalg.qr(random.standard_normal((dimension, dimension)))
    matrix = (axes * np.geomspace(1.0, 30.0, dimension)) @ axes.T
    matrix, center = (matrix + matrix.T) / 2.0, random.standard_normal(dimension)

    def function(x: Array) -> tuple[float, Array]:
        gradient = matrix @ (x - center)
        return 0.5 * float((x - center) @ gradient) + 0.25, gradient

    posted = {"name": "quadratic", "matrix": matrix.tolist(), "center": center.tolist(), "constant": 0.25}
    return ObjectiveProblem(posted, function, center + 3.0 * random.standard_normal(dimension))


OBJECTIVES: dict[str, ObjectiveProblem] = {
    "rosenbrock": ObjectiveProblem({"name": "rosenbrock"}, rosenbrock, np.array([-1.2, 1.0])),
    **{f"quadratic {seed}": seeded_quadratic(seed) for seed in (1, 2, 3)},
}
