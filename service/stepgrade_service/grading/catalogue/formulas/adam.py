"""The Adam family: Adam and AdamW, AMSGrad, Adamax, NAdam, RAdam."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....engine.optimizers import adam
from .formula import Formula
from .shared import clock, gradient, numerator_over_denominator, rate, step
from .traits import Trait
from .work import Array, Work, root


def first_average(w: Work) -> Array:
    """beta1 m + (1 - beta1) gradient"""
    return w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient


def second_average(w: Work) -> Array:
    """beta2 v + (1 - beta2) gradient^2"""
    return w.h.beta2 * w.old.v + (1.0 - w.h.beta2) * w.gradient * w.gradient


def first_correction(w: Work) -> float:
    """What m is divided by: 1 - beta1^t."""
    return 1.0 - w.h.corrected_m * w.h.beta1**w.clock


def second_correction(w: Work) -> float:
    """What v is divided by: 1 - beta2^t."""
    return 1.0 - w.h.corrected_v * w.h.beta2**w.clock


def over(a: Array, b: float) -> Array:
    """a / b, whatever b is."""
    return np.asarray(a / (b if a.dtype == np.float64 else np.float64(b).astype(a.dtype)))


def numerator(w: Work) -> Array:
    return over(w.first, w.first_correction)


def square(w: Work) -> Array:
    return over(w.second, w.second_correction)


def adam_denominator(w: Work) -> Array:
    """The root of the corrected v with eps outside, inside, or as eps-hat at the uncorrected root."""
    hat = w.h.eps_hat / root(np.float64(w.second_correction)) if w.h.eps_hat else 0.0
    return root(w.square + w.h.eps_root) + (w.h.eps + hat)


AVERAGES = {
    "clock": clock,
    "rate": rate,
    "gradient": gradient,
    "first": first_average,
    "second": second_average,
    "first_correction": first_correction,
    "second_correction": second_correction,
}

#: What the whole family does, but for Adamax, which takes no square.
MOMENTS = frozenset({Trait.AVERAGES_GRADIENT, Trait.AVERAGES_SQUARE, Trait.CORRECTS_BIAS, Trait.ADDS_EPS})

ADAM = Formula(
    adam.adam,
    {
        **AVERAGES,
        "numerator": numerator,
        "square": square,
        "denominator": adam_denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    states=MOMENTS | {Trait.SQUARE_AS_KEPT},
)


def largest(w: Work) -> Array:
    """The largest v so far, of the raw or of the corrected ones."""
    return np.maximum(w.old.v_max, over(w.second, w.second_correction) if w.h.max_of_corrected else w.second)


def largest_square(w: Work) -> Array:
    return w.largest if w.h.max_of_corrected else over(w.largest, w.second_correction)


AMSGRAD = Formula(
    adam.amsgrad,
    {
        **AVERAGES,
        "numerator": numerator,
        "largest": largest,
        "square": largest_square,
        "denominator": adam_denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second", "v_max": "largest"},
    states=MOMENTS,
    square=r"\hat v_{\max}",
)


def adamax_correction(w: Work) -> float:
    return 1.0 - w.h.corrected * w.h.beta1**w.clock


def decayed_maximum(w: Work) -> Array:
    """max(beta2 u, |gradient|)"""
    return np.maximum(w.h.beta2 * w.old.u, np.abs(w.gradient) + w.h.eps_in_max)


ADAMAX = Formula(
    adam.adamax,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": first_average,
        "second": decayed_maximum,
        "first_correction": adamax_correction,
        "numerator": numerator,
        "denominator": lambda w: w.second + w.h.eps,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "u": "second"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.TAKES_LARGEST_GRADIENT, Trait.CORRECTS_BIAS, Trait.ADDS_EPS}),
    square="u",
)


def warmed(w: Work, t: float) -> float:
    """The momentum of step t: beta1 (1 - 0.96^(t psi) / 2) while it warms up."""
    return float(w.h.beta1 * (1.0 - 0.5 * w.h.warming * 0.96 ** (t * w.h.momentum_decay)))


def nadam_first(w: Work) -> Array:
    average = warmed(w, w.clock) if w.h.warming_average else w.h.beta1
    return average * w.old.m + (1.0 - average) * w.gradient


def nadam_numerator(w: Work) -> Array:
    """mu_{t+1} m / (1 - prod_{t+1}) + (1 - mu_t) g / (1 - prod_t)"""
    mu, mu_next = warmed(w, w.clock), warmed(w, w.clock + 1)
    past = mu_next * w.first / (1.0 - w.h.corrected_m * w.product * mu_next)
    return past + (1.0 - mu) * w.gradient / (1.0 - w.h.corrected_m * w.product)


def nadam_denominator(w: Work) -> Array:
    hat = w.h.eps_hat / root(np.float64(w.second_correction)) if w.h.eps_hat else 0.0
    return root(w.square + w.h.eps_root) + (w.h.eps + hat)


NADAM = Formula(
    adam.nadam,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": nadam_first,
        "second": second_average,
        "product": lambda w: w.old.mu_product * warmed(w, w.clock),
        "second_correction": second_correction,
        "numerator": nadam_numerator,
        "square": lambda w: over(w.h.v_gain * w.second, w.second_correction),
        "denominator": nadam_denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second", "mu_product": "product"},
    states=MOMENTS,
)


def rectification(w: Work) -> Any:
    """r_t, by which the step is shorter while few squares were averaged; nan where rho_t is not above the threshold."""
    limit, power = 2.0 / (1.0 - w.h.beta2) - 1.0, np.float64(w.h.beta2) ** w.clock  # which is 1 for t = 0
    rho = limit - 2.0 * w.clock * power / (1.0 - power)
    share = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho)
    return np.where(rho > w.h.threshold, root(np.maximum(share, 0.0)), np.nan)


def radam_numerator(w: Work) -> Array:
    """m corrected; with nesterov, as it will be after one more gradient like this one."""
    if not w.h.nesterov:
        return numerator(w)
    next_correction = 1.0 - w.h.corrected_m * w.h.beta1 ** (w.clock + 1)
    return over(w.h.beta1 * w.first, next_correction) + over((1.0 - w.h.beta1) * w.gradient, w.first_correction)


def radam_direction(w: Work) -> Array:
    """Divided by the root where the step is rectified, else along m alone."""
    rectified = (w.numerator / w.denominator) * w.rectification.astype(w.numerator.dtype)
    return np.where(np.isnan(w.rectification), w.numerator, rectified)


RADAM = Formula(
    adam.radam,
    {
        **AVERAGES,
        "rectification": rectification,
        "numerator": radam_numerator,
        "square": square,
        "denominator": adam_denominator,
        "direction": radam_direction,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    states=ADAM.states,
)
