"""The loop in plain NumPy, as one writes it: for one run with every point and value kept, and vectorised over runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from problem import BETA1, BETA2, EPS, FRACTION, LR, MINIMUM, RHO

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


def rmsprop(_: int, x: Array, gradient: Array, __: Array, v: Array) -> None:
    """A step of RMSprop, in place, eps within the root."""
    v *= RHO
    v += (1.0 - RHO) * gradient * gradient
    x -= LR * gradient / np.sqrt(v + EPS)


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


def squared_distance(x: Array) -> Array:
    """From the minimum, (runs,)."""
    squared: Array = (x[0] - MINIMUM[0]) ** 2 + (x[1] - MINIMUM[1]) ** 2
    return squared


def steps_and_values(step: Callable[[int, Array, Array, Array, Array], None], starts: Array, steps: int) -> tuple[Array, Array]:
    """When the runs from starts (2, runs) are first at the target, nan where never, and their values at the end: (runs,) each."""
    x = starts.copy()
    gradient, m, v = np.zeros((3, *x.shape))
    arrived = np.full(x.shape[1], np.nan)
    threshold = FRACTION**2 * squared_distance(x)
    for t in range(steps + 1):
        if t:
            step(t, x, gradient, m, v)
        arrived[np.isnan(arrived) & (squared_distance(x) <= threshold)] = t
        rise = gradient_of(x, gradient)
    return arrived, value_of(x, rise)


def the_map(starts: Array, steps: int) -> Array:
    """What a map of Adam and RMSprop tells: steps and values of each, (2, 2, runs)."""
    return np.array([steps_and_values(step, starts, steps) for step in (adam, rmsprop)])
