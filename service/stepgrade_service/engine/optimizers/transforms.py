"""Transforms of optax that are no optimizer's direction: factors from norms, from the loss, from a line search; and kinds of clips.

Sources: optax/_src/transform.py, optax/_src/linesearch.py and optax/transforms/_clipping.py of optax 0.2.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isinf, isnan, sqrt
from typing import Any

import numpy as np

from ..compiled.arithmetic import norms
from ..compiled.jit import inlined
from .declaration import Hyperparameter
from .kinds import NumberSlot, Slot, TensorSlot, UpdateKernel, asking_objective, global_norm, shaped, tensor_norm, valued
from .losses import NEGLIGIBLE
from .quasi_newton import zoomed
from .rule import FROM_GRADIENT, FROM_PARAMS, Rule
from .searching import MOST_TRIALS, SHARE_OF_TRIALS, tried
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


@dataclass(frozen=True)
class Transformation:
    """One transform: its arguments as optax has them, and the rule that they make.

    One that is `around` is handed the gradient of the chain, and changes what the links before it wrote.
    """

    hyperparameters: tuple[Hyperparameter, ...]
    bind: Callable[[Mapping[str, Any]], Rule]
    kernel: UpdateKernel
    around: bool = False
    efforts: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(default=lambda _: {})


def number(name: str, meaning: str, default: float | None, **limits: Any) -> Hyperparameter:
    """A number of at least 0."""
    return Hyperparameter(name, meaning, default, **{"minimum": 0.0, **limits})


def trials(name: str) -> Hyperparameter:
    """How often a search may evaluate the objective."""
    return number(name, "how many lengths are tried at most", None, minimum=1.0, maximum=MOST_TRIALS, whole=True)


def _as_they_are(kernel: UpdateKernel, **more: float) -> Callable[[Mapping[str, Any]], Rule]:
    """The arguments in the order of the kernel, behind them what is fixed."""
    return lambda given: Rule(kernel, dict(zip(kernel.hyperparameters, (*given.values(), *more.values()), strict=True)))


def _by_distance(given: Mapping[str, Any]) -> Rule:
    numbers = {"share": given["reps_rel"], "eps": given["eps"], "factor": given["global_scale"]}
    return Rule(scaled_by_distance, numbers, starts={"x0": FROM_PARAMS, "distance": FROM_GRADIENT})


def _by_polyak(given: Mapping[str, Any]) -> Rule:
    numbers = {"f_min": given["f_min"], "largest": given["max_learning_rate"], "eps": given["eps"]}
    return Rule(scaled_by_polyak, {**numbers, "is_positive": given["variant"] == "sps+"})


def _by_backtracking(given: Mapping[str, Any]) -> Rule:
    return Rule(scaled_by_backtracking, dict(zip(scaled_by_backtracking.hyperparameters, given.values(), strict=True)), {"length": 1.0})


def _by_zoom(given: Mapping[str, Any]) -> Rule:
    names = {"max_linesearch_steps": "most_trials", "tol": "tol", "increase_factor": "growth", "slope_rtol": "c1", "curv_rtol": "c2"}
    numbers = {own: given[name] for name, own in names.items()} | {"shortest": given["stepsize_precision"]}
    longest, may_rise = given["max_learning_rate"], given["approx_dec_rtol"]
    numbers |= {"longest": np.inf if longest is None else longest, "may_rise": np.inf if may_rise is None else may_rise}
    numbers["keeps"] = given["initial_guess_strategy"] == "keep"
    return Rule(scaled_by_zoom, numbers, {"length": 1.0})


LEAST = number("min_scale", "the factor is at least this", 1e-3)
SLOPE_RTOL = number("slope_rtol", "share of the decrease along the step that a length must reach", 1e-4)

#: By optax's names. What has the default None has none; NONE_IS_LEFT_OUT says where None may be given.
TRANSFORMATIONS: Mapping[str, Transformation] = {
    "scale_by_trust_ratio": Transformation(
        (
            number("min_norm", "a smaller norm counts as this", 0.0),
            number("trust_coefficient", "factor of the ratio", 1.0),
            number("eps", "small number added to the norm of the step", 0.0),
        ),
        _as_they_are(scaled_by_trust_ratio),
        scaled_by_trust_ratio,
    ),
    "scale_by_param_block_norm": Transformation((LEAST,), _as_they_are(scaled_by_size, is_mean=0.0), scaled_by_size),
    "scale_by_param_block_rms": Transformation((LEAST,), _as_they_are(scaled_by_size, is_mean=1.0), scaled_by_size),
    "scale_by_distance_over_gradients": Transformation(
        (
            number("reps_rel", "the first distance is this share of 1 + norm of the params", 1e-6),
            number("eps", "small number added under the root", 1e-8),
            number("global_scale", "factor of the step", 1.0),
        ),
        _by_distance,
        scaled_by_distance,
    ),
    "scale_by_polyak": Transformation(
        (
            Hyperparameter("f_min", "the smallest value of the objective, or a lower bound of it", 0.0),
            number("max_learning_rate", "largest factor", 1.0),
            number("eps", "small number added to the squared norm", 0.0),
            Hyperparameter("variant", "what happens where the value is below f_min", "sps", choices=("sps", "sps+")),
        ),
        _by_polyak,
        scaled_by_polyak,
    ),
    "scale_by_backtracking_linesearch": Transformation(
        (
            trials("max_backtracking_steps"),
            SLOPE_RTOL,
            number("decrease_factor", "factor by which a length that is too long is shortened", 0.8),
            number("increase_factor", "the first length is this times the last one", 1.5),
            number("max_learning_rate", "the longest length", 1.0),
            number("atol", "by how much the decrease may be missed", 0.0),
            number("rtol", "the same, in proportion to the value", 0.0),
        ),
        _by_backtracking,
        scaled_by_backtracking,
        around=True,
        efforts=lambda given: {"trials": SHARE_OF_TRIALS * (given["max_backtracking_steps"] + 1.0)},
    ),
    "scale_by_zoom_linesearch": Transformation(
        (
            trials("max_linesearch_steps"),
            number("max_learning_rate", "the longest length; null for no limit", None),
            number("tol", "by how much the conditions may be missed", 0.0),
            number("increase_factor", "factor by which a length grows until there is a minimum within", 2.0),
            SLOPE_RTOL,
            number("curv_rtol", "how flat the slope must become, relative to the slope at the start", 0.9),
            number("approx_dec_rtol", "share of the value by which it may rise near a minimum; null for the plain condition", 1e-6),
            number("stepsize_precision", "a shorter interval is not searched", 1e-5),
            Hyperparameter("initial_guess_strategy", "the first length: the last one, or 1", "keep", choices=("keep", "one")),
        ),
        _by_zoom,
        scaled_by_zoom,
        around=True,
        efforts=lambda given: {"trials": SHARE_OF_TRIALS * given["max_linesearch_steps"]},
    ),
    "clip_by_block_rms": Transformation(
        (number("threshold", "the root mean square of each tensor is at most this", None, minimum=None, above=0.0),),
        _as_they_are(clipped_by_rms),
        clipped_by_rms,
    ),
    "normalize_by_update_norm": Transformation(
        (
            number("scale_factor", "norm of what is handed on", 1.0, minimum=None, above=0.0),
            number("eps", "small number added to the norm", 1e-6),
        ),
        _as_they_are(normalized),
        normalized,
    ),
    "normalize": Transformation((), _as_they_are(normalized, factor=1.0, eps=0.0), normalized),
    "centralize": Transformation((), _as_they_are(centralized), centralized),
}

#: Arguments for which None can be given, by transform.
NONE_IS_LEFT_OUT: Mapping[str, frozenset[str]] = {"scale_by_zoom_linesearch": frozenset({"max_learning_rate", "approx_dec_rtol"})}
