"""Adam whose steps are held back: AdaBound, AdaMod, diffGrad, Padam, StableAdamW."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....engine.optimizers import adam_limits as kernels
from .adam import AVERAGES, MOMENTS
from .formula import Formula
from .shared import EPS_OUTSIDE, clock, denominator, gradient, numerator_over_denominator, rate, read, step, times_inverse
from .traits import Trait
from .work import Array, Work, powered, root, tensor_means

#: The kernels that correct outside the root have one switch for both corrections.
CORRECTED_OUTSIDE = read(corrected_m="corrected", corrected_v="corrected", eps_hat=0.0)
OUTSIDE = MOMENTS | {Trait.CORRECTS_OUTSIDE, Trait.TURNS_QUOTIENT}


def maximum(w: Work) -> Array:
    """The largest v so far with amsgrad; else v."""
    return np.maximum(w.old.v_max, w.second) if w.h.amsgrad else w.second


def corrections(w: Work) -> Any:
    """sqrt(1 - beta2^t) / (1 - beta1^t)"""
    return root(w.second_correction) / w.first_correction


def free_rate(w: Work) -> Array:
    return w.rate * corrections(w) / w.denominator


def between_bounds(w: Work) -> Array:
    """The rate between two bounds that come closer to final_lr; 0 where the learning rate is 0."""
    lowest = w.h.final_lr * (1.0 - 1.0 / (w.h.gamma * w.t + 1.0))
    highest = w.h.final_lr * (1.0 + 1.0 / (w.h.gamma * w.t))
    return np.where(w.rate == 0.0, 0.0, np.minimum(np.maximum(w.free, lowest), highest))


def bounded_step(w: Work) -> Array:
    """The bounded rate along m; the decay has the learning rate itself."""
    moved = -w.bounded * w.first
    return moved - w.rate * w.h.decay * w.x if w.h.decay else moved


ADABOUND = Formula(
    kernels.adabound,
    {
        **AVERAGES,
        "square": maximum,
        "denominator": denominator,
        "free": free_rate,
        "bounded": between_bounds,
        "step": bounded_step,
    },
    keeps={"m": "first", "v": "second", "v_max": "square"},
    letters={"free": "r_t", "bounded": r"\hat{r}_t"},
    states=OUTSIDE,
    square="v",
    numbers=CORRECTED_OUTSIDE,
)


def adamod_rate(w: Work) -> Array:
    """The rate of each number; in one convention with the correction of m in it."""
    corrected = w.rate * (np.float64(1.0) / w.first_correction) if w.h.in_rate else w.rate
    return corrected / w.denominator


def adamod_step(w: Work) -> Array:
    factor = -w.bounded if w.h.in_rate else -w.bounded * (np.float64(1.0) / w.first_correction)
    moved = factor * w.first
    return moved - w.rate * w.h.decay * w.x if w.h.decay else moved


def inside_corrected(w: Work) -> Array:
    """v corrected, with the eps that is inside the root."""
    return times_inverse(w.second + w.h.eps_root if w.h.eps_root else w.second, w.second_correction)


def denominator_of_corrected(w: Work) -> Array:
    """Its root with eps outside, or as eps-hat at the uncorrected root."""
    hat = w.h.eps_hat * root(np.float64(1.0) / w.second_correction) if w.h.eps_hat else 0.0
    return root(w.square) + (w.h.eps + hat)


ADAMOD = Formula(
    kernels.adamod,
    {
        **AVERAGES,
        "square": inside_corrected,
        "denominator": denominator_of_corrected,
        "free": adamod_rate,
        "average": lambda w: w.h.beta3 * w.old.s + (1.0 - w.h.beta3) * w.free,
        "bounded": lambda w: np.minimum(w.free, w.average),
        "step": adamod_step,
    },
    keeps={"m": "first", "v": "second", "s": "average"},
    letters={"square": "hat v", "free": "r_t", "bounded": r"\hat{r}_t"},
    states=MOMENTS | {Trait.TURNS_QUOTIENT},
)


def friction(w: Work) -> Array:
    """Between 1/2 and 1: small where the gradient hardly changed."""
    return 1.0 / (1.0 + np.exp(-np.abs(w.old.g_prev - w.gradient)))


DIFFGRAD = Formula(
    kernels.diffgrad,
    {
        **AVERAGES,
        "friction": friction,
        "numerator": lambda w: w.friction * (np.float64(1.0) / w.first_correction) * w.first,
        "square": inside_corrected,
        "denominator": denominator_of_corrected,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second", "g_prev": "gradient"},
    letters={"friction": r"\xi_t", "square": "hat v"},
    states=MOMENTS | {Trait.FOLLOWS_MORE},
)

PADAM = Formula(
    kernels.padam,
    {
        **AVERAGES,
        "square": maximum,
        "numerator": lambda w: corrections(w) * w.first,
        "denominator": denominator,
        "direction": lambda w: w.numerator / powered(w.denominator, 2.0 * w.h.p),
        "step": step,
    },
    keeps={"m": "first", "v": "second", "v_max": "square"},
    states=OUTSIDE,
    square="v",
    numbers=CORRECTED_OUTSIDE,
)


def decay_of_step(w: Work, beta: str) -> Any:
    """beta (1 - beta^(t-1)) / (1 - beta^t): averages with it need no correction."""
    kept = getattr(w.h, beta)
    return kept * (1.0 - kept ** (w.clock - 1)) / (1.0 - kept**w.clock)


def relative_square(w: Work) -> Array:
    return w.gradient * w.gradient / np.maximum(w.second, w.h.eps * w.h.eps)


STABLEADAMW = Formula(
    kernels.stableadamw,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "keep_m": lambda w: decay_of_step(w, "beta1"),
        "keep_v": lambda w: decay_of_step(w, "beta2"),
        "first": lambda w: w.keep_m * w.old.m + (1.0 - w.keep_m) * w.gradient,
        "second": lambda w: w.keep_v * w.old.v + (1.0 - w.keep_v) * w.gradient * w.gradient,
        "relative": relative_square,
        "rms": lambda w: np.maximum(1.0, root(tensor_means(w, "relative"))),
        "square": lambda w: w.second,
        "numerator": lambda w: w.first,
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": lambda w: -w.rate / w.rms * (w.direction + w.h.decay * w.x if w.h.decay else w.direction),
    },
    keeps={"m": "first", "v": "second"},
    letters={"keep_m": r"\hat{\beta}_1", "keep_v": r"\hat{\beta}_2", "relative": "q_t", "rms": "R_t"},
    states=frozenset({Trait.ADDS_EPS}),
    square="v",
    numbers=read(**EPS_OUTSIDE),
    of_tensors=frozenset({"rms"}),
)
