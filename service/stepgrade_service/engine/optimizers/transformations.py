"""The arguments of optax's transforms that are no optimizer's direction, and the rules that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .declaration import Hyperparameter
from .kinds import UpdateKernel
from .rule import FROM_GRADIENT, FROM_PARAMS, Rule
from .searching import MOST_TRIALS, SHARE_OF_TRIALS
from .transforms import (
    centralized,
    clipped_by_rms,
    normalized,
    scaled_by_backtracking,
    scaled_by_distance,
    scaled_by_polyak,
    scaled_by_size,
    scaled_by_trust_ratio,
    scaled_by_zoom,
)


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
