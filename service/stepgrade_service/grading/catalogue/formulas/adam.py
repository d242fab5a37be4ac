"""The Adam family: Adam and AdamW, AMSGrad, Adamax, NAdam, RAdam."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....engine.optimizers import adam
from .formula import Formula
from .shared import clock, gradient, numerator_over_denominator, over, rate, step, times_inverse
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


def numerator(w: Work) -> Array:
    return over(w.first, w.first_correction)


def square(w: Work) -> Array:
    return over(w.second, w.second_correction)


def denominator(w: Work) -> Array:
    """The root of the corrected v with eps outside, inside, or as eps-hat at the uncorrected root."""
    hat = w.h.eps_hat / root(w.second_correction) if w.h.eps_hat else 0.0
    return root(w.square + w.h.eps_root) + (w.h.eps + hat)


def adam_denominator(w: Work) -> Array:
    """The same, with the eps-hat as Adam's kernel has it."""
    hat = w.h.eps_hat * root(np.float64(1.0) / w.second_correction) if w.h.eps_hat else 0.0
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
        "numerator": lambda w: times_inverse(w.first, w.first_correction),
        "square": lambda w: times_inverse(w.second, w.second_correction),
        "denominator": adam_denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"numerator": "hat m", "square": "hat v"},
    states=MOMENTS | {Trait.SQUARE_AS_KEPT},
    is_taught=True,
    is_by_coordinate=True,
)


def largest(w: Work) -> Array:
    """The largest v so far, of the raw or of the corrected ones."""
    return np.maximum(w.old.v_max, times_inverse(w.second, w.second_correction) if w.h.max_of_corrected else w.second)


def largest_square(w: Work) -> Array:
    return w.largest if w.h.max_of_corrected else times_inverse(w.largest, w.second_correction)


AMSGRAD = Formula(
    adam.amsgrad,
    {
        **AVERAGES,
        "numerator": lambda w: times_inverse(w.first, w.first_correction),
        "largest": largest,
        "square": largest_square,
        "denominator": adam_denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second", "v_max": "largest"},
    letters={"numerator": "hat m", "square": "hat v_max"},
    states=MOMENTS,
    square=r"\hat v_{\max}",
    is_taught=True,
    is_by_coordinate=True,
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
    letters={"numerator": "hat m"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.TAKES_LARGEST_GRADIENT, Trait.CORRECTS_BIAS, Trait.ADDS_EPS}),
    square="u",
    is_taught=True,
)


def warmed(w: Work, t: Any) -> Any:
    """The momentum of step t: beta1 (1 - 0.96^(t psi) / 2) while it warms up."""
    return w.h.beta1 * (1.0 - 0.5 * w.h.warming * 0.96 ** (t * w.h.momentum_decay))


def nadam_first(w: Work) -> Array:
    average = w.mu if w.h.warming_average else w.h.beta1
    return average * w.old.m + (1.0 - average) * w.gradient


def nadam_numerator(w: Work) -> Array:
    """mu_{t+1} m / (1 - prod_{t+1}) + (1 - mu_t) g / (1 - prod_t)"""
    past = w.mu_next * w.first / (1.0 - w.h.corrected_m * w.product * w.mu_next)
    return past + (1.0 - w.mu) * w.gradient / (1.0 - w.h.corrected_m * w.product)


NADAM = Formula(
    adam.nadam,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "mu": lambda w: warmed(w, w.clock),
        "mu_next": lambda w: warmed(w, w.clock + 1),
        "first": nadam_first,
        "second": second_average,
        "product": lambda w: w.old.mu_product * w.mu,
        "second_correction": second_correction,
        "numerator": nadam_numerator,
        "square": lambda w: over(w.h.v_gain * w.second, w.second_correction),
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second", "mu_product": "product"},
    letters={"mu": r"\mu_t", "mu_next": r"\mu_{t+1}", "numerator": "bar m", "square": "hat v"},
    states=MOMENTS,
    is_taught=True,
)


def rho_inf(w: Work) -> Any:
    """rho_inf, to which rho_t grows."""
    return 2.0 / (1.0 - w.h.beta2) - 1.0


def rho(w: Work) -> Any:
    """rho_t: over how many gradients v averages."""
    one = np.float64(1.0)  # so that dividing by 0, for t = 0, is NumPy's
    power = np.where(w.clock * (1.0 - w.h.beta2) > 38.0, 0.0, (one * w.h.beta2) ** w.clock)
    return w.rho_inf - 2.0 * w.clock * power / (one - power)


def rectification(w: Work) -> Any:
    """r_t, by which the step is shorter while few squares were averaged; nan where rho_t is not above the threshold."""
    limit, length = w.rho_inf, w.rho
    share = (length - 4.0) * (length - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * length)
    return np.where(length > w.h.threshold, root(share), np.nan)


def whether_rectified(w: Work) -> str:
    """What the value of rho_t decides, as a sentence."""
    threshold = repr(float(w.h.threshold)).removesuffix(".0")
    if w.rho > w.h.threshold:
        return f"rho_t is above {threshold}, so the step is divided by the root of v."
    return f"rho_t is not above {threshold}, so the step is not divided by the root of v."


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
        "rho_inf": rho_inf,
        "rho": rho,
        "rectification": rectification,
        "numerator": radam_numerator,
        "square": square,
        "denominator": denominator,
        "direction": radam_direction,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"rho_inf": r"\rho_\infty", "rho": r"\rho_t", "rectification": "r_t", "numerator": "hat m", "square": "hat v"},
    decides={"rho": whether_rectified},
    states=ADAM.states,
    is_taught=True,
)
