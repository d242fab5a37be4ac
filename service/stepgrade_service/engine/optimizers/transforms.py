"""Transforms of optax that are no optimizer's direction: factors from norms, from the loss, from a line search; and kinds of clips.

Sources: optax/_src/transform.py, optax/_src/linesearch.py and optax/transforms/_clipping.py of optax 0.2.8.
"""

from __future__ import annotations

from math import isinf, isnan, sqrt

import numpy as np

from ..compiled.arithmetic import norms
from ..compiled.jit import inlined
from .kinds import asking_objective, global_norm, shaped, tensor_norm, valued
from .losses import NEGLIGIBLE
from .quasi_newton import zoomed
from .searching import tried
from .slots import NumberSlot, Slot, TensorSlot
from .wolfe import GRADIENT, ORIGIN, write
from .zoom import ZOOM_ROWS, zoom


@tensor_norm
def scaled_by_trust_ratio(t, x, g, step, lr, min_norm, coefficient, eps):  # type: ignore[no-untyped-def]
    size, length = np.empty(x.shape[1]), np.empty(x.shape[1])
    norms(x, size)
    norms(g, length)
    for r in range(x.shape[1]):
        size[r], length[r] = max(size[r], min_norm), max(length[r], min_norm)
        length[r] = 1.0 if size[r] == 0.0 or length[r] == 0.0 else coefficient * size[r] / (length[r] + eps)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] * length[r]


@tensor_norm
def scaled_by_size(t, x, g, step, lr, least, is_mean):  # type: ignore[no-untyped-def]
    size = np.empty(x.shape[1])
    norms(x, size)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] * max(size[r] / sqrt(float(x.shape[0])) if is_mean else size[r], least)


@tensor_norm
def clipped_by_rms(t, x, g, step, lr, largest):  # type: ignore[no-untyped-def]
    size = np.empty(x.shape[1])
    norms(g, size)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] / max(1.0, size[r] / sqrt(float(x.shape[0])) / largest)


@tensor_norm
def scaled_by_distance(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, distance: TensorSlot, square: TensorSlot, share, eps, factor
):  # fmt: skip
    size, away, length = np.empty(x.shape[1]), np.empty(x.shape[1]), np.empty(x.shape[1])
    norms(x, size)
    norms(g, length)
    for r in range(x.shape[1]):
        away[r] = 0.0
        for i in range(x.shape[0]):
            x0[i, r] = x[i, r] if isnan(x0[i, r]) else x0[i, r]
            away[r] += (x[i, r] - x0[i, r]) ** 2
        distance[0, r] = share * (1.0 + size[r]) if isnan(distance[0, r]) else max(distance[0, r], sqrt(away[r]))
        square[0, r] += length[r] * length[r]
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = factor * (distance[0, r] / sqrt(square[0, r] + eps)) * g[i, r]


@global_norm
def normalized(t, x, g, step, lr, factor, eps):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    norms(g, length)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] / ((length[r] + eps[i]) / factor[i])


@shaped
def centralized(t, x, g, step, lr, shape):  # type: ignore[no-untyped-def]
    rows = shape[0]
    for k in range(rows):
        width = x.shape[0] // rows
        for r in range(x.shape[1]):
            total = 0.0
            for i in range(k * width, (k + 1) * width):
                total += g[i, r]
            for i in range(k * width, (k + 1) * width):
                step[i, r] = g[i, r] - total / width if shape.size > 1 else g[i, r]


@valued
def scaled_by_polyak(t, x, g, step, lr, values, f_min, largest, eps, is_positive):  # type: ignore[no-untyped-def]
    for r in range(x.shape[1]):
        square, gap = 0.0, values[r] - f_min
        for i in range(x.shape[0]):
            square += g[i, r] * g[i, r]
        gap = max(gap, 0.0) if is_positive else gap
        rate = 0.0 if square + eps <= NEGLIGIBLE else min(gap / (square + eps), largest)
        for i in range(x.shape[0]):
            step[i, r] = rate * g[i, r]


@inlined
def shortfalls(reached, values, slope, length, c1, rtol, found):  # type: ignore[no-untyped-def]
    """By how much the values did not fall enough; infinite where they are not numbers."""
    for r in range(found.size):
        short = reached[r] - (1.0 + rtol) * values[r] - length[r] * c1 * slope[r]
        found[r] = np.inf if isnan(short) else max(short, 0.0)


@inlined
def slopes(step, g, slope):  # type: ignore[no-untyped-def]
    """The slope along the step of each run."""
    for r in range(slope.size):
        slope[r] = 0.0
        for i in range(g.shape[0]):
            slope[r] += step[i, r] * g[i, r]


@inlined
def shortened(short, atol, shrink, length):  # type: ignore[no-untyped-def]
    """Shorten the lengths at which the value did not fall enough; returns how many."""
    count = 0
    for r in range(short.size):
        if not short[r] <= atol:
            count += 1
            length[r] *= shrink
    return count


@inlined
def reach(x, step, length, trial):  # type: ignore[no-untyped-def]
    """trial = x + length step, each run by its own length."""
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            trial[i, r] = x[i, r] + length[r] * step[i, r]


@asking_objective(tried)
def scaled_by_backtracking(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, objective, parameters, length: NumberSlot,
    most_trials, c1, shrink, growth, longest, atol, rtol,
):  # fmt: skip
    runs = x.shape[1]
    trial, gradients, reached = np.empty(x.shape), np.empty(x.shape), np.empty(runs)
    slope, short = np.empty(runs), np.full(runs, np.inf)
    slopes(step, g, slope)
    for r in range(runs):
        length[0, r] = min(growth * length[0, r], longest)
    for count in range(int(most_trials) + 1):
        if shortened(short, atol, shrink if count > 0 else 1.0, length[0]) == 0:
            break
        reach(x, step, length[0], trial)
        objective(trial, parameters, reached, gradients)
        shortfalls(reached, values, slope, length[0], c1, rtol, short)
    for r in range(runs):
        length[0, r] = 0.0 if isinf(short[r]) else length[0, r]
    for i in range(x.shape[0]):
        for r in range(runs):
            step[i, r] = length[0, r] * step[i, r]


@asking_objective(zoomed)
def scaled_by_zoom(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, objective, parameters, length: NumberSlot,
    most_trials, longest, tol, growth, c1, c2, may_rise, shortest, keeps,
):  # fmt: skip
    n = x.shape[0]
    line, value = np.empty((ZOOM_ROWS, GRADIENT + n)), np.empty(1)
    at, trial, gradient = np.empty((n, 1)), np.empty((n, 1)), np.empty((n, 1))
    for r in range(x.shape[1]):
        value[0] = values[r]
        for i in range(n):
            at[i, 0], gradient[i, 0] = x[i, r], g[i, r]
        write(line, ORIGIN, 0.0, value, gradient, step, r)
        length[0, r] = zoom(
            line, int(most_trials), c1, c2, length[0, r] if keeps else 1.0, growth, longest, tol, may_rise, shortest,
            at, step, r, objective, parameters, trial, value, gradient,
        )  # fmt: skip
        for i in range(n):
            step[i, r] = length[0, r] * step[i, r]
