"""The loop in plain NumPy, as one writes it: for one run with every point and value kept, and vectorised over runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from problem import BETA1, BETA2, EPS, LR

Array = NDArray[np.float64]


def gradient_of(x: Array, gradient: Array) -> Array:
    """Write Rosenbrock's gradient at x, (2,) or (2, runs); returns what lies above the valley's floor."""
    rise: Array = x[1] - x[0] * x[0]
    gradient[0] = -400.0 * x[0] * rise - 2.0 * (1.0 - x[0])
    gradient[1] = 200.0 * rise
    return rise


def value_of(x: Array, rise: Array) -> Array:
    """Rosenbrock's value at x."""
    value: Array = 100.0 * rise * rise + (1.0 - x[0]) ** 2
    return value


def adam(t: int, x: Array, gradient: Array, m: Array, v: Array) -> None:
    """Step t of Adam, in place."""
    m *= BETA1
    m += (1.0 - BETA1) * gradient
    v *= BETA2
    v += (1.0 - BETA2) * gradient * gradient
    x -= LR * (m / (1.0 - BETA1**t)) / (np.sqrt(v / (1.0 - BETA2**t)) + EPS)


def one_run(start: tuple[float, ...], steps: int) -> tuple[Array, Array]:
    """Every point (steps + 1, 2) and value (steps + 1,) of one run."""
    x = np.array(start)
    gradient, m, v = np.zeros((3, *x.shape))
    points, values = np.empty((steps + 1, *x.shape)), np.empty(steps + 1)
    for t in range(1, steps + 1):
        rise = gradient_of(x, gradient)
        points[t - 1], values[t - 1] = x, value_of(x, rise)
        adam(t, x, gradient, m, v)
    points[steps], values[steps] = x, value_of(x, gradient_of(x, gradient))
    return points, values


def ends(starts: Array, steps: int) -> Array:
    """Where the runs from starts (2, runs) end."""
    x = starts.copy()
    gradient, m, v = np.zeros((3, *x.shape))
    for t in range(1, steps + 1):
        gradient_of(x, gradient)
        adam(t, x, gradient, m, v)
    return x
