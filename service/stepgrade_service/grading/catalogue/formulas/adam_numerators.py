"""Adam with another numerator: Adan, AdEMAMix and its simplified form, optimistic Adam, QHAdam."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np

from ....engine.optimizers import adam_numerators as kernels
from .adam import MOMENTS, first_average, first_correction, second_average, second_correction, square
from .formula import Entering, Formula
from .shared import CORRECTED, clock, denominator, gradient, numerator_over_denominator, rate, read, step
from .traits import Trait
from .work import Array, Work, root

#: What these do: their numerator has more than m in it.
MIXED = MOMENTS | {Trait.FOLLOWS_MORE}


def change(w: Work) -> Array:
    """The gradient less the one before; 0 in the first step."""
    return np.where(np.isnan(w.old.g_prev), 0.0, w.gradient - w.old.g_prev)


def average_of_squared(w: Work) -> Array:
    return w.h.beta2 * w.old.v + (1.0 - w.h.beta2) * w.squared * w.squared


def adan_numerator(w: Work) -> Array:
    return w.first / w.first_correction + w.h.weight * w.change_average / w.change_correction


def adan_step(w: Work) -> Array:
    """The step; with proximal decay shorter."""
    moved = step(w)
    return moved / (1.0 + w.rate * w.h.proximal) if w.h.proximal else moved


ADAN = Formula(
    kernels.adan,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "change": change,
        "first": first_average,
        "change_average": lambda w: w.h.beta_change * w.old.v_change + (1.0 - w.h.beta_change) * w.change,
        "squared": lambda w: w.gradient + w.h.weight * w.change,
        "second": average_of_squared,
        "first_correction": first_correction,
        "change_correction": lambda w: 1.0 - w.h.beta_change**w.clock,
        "second_correction": second_correction,
        "numerator": adan_numerator,
        "square": square,
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": adan_step,
    },
    keeps={"m": "first", "v": "change_average", "n": "second", "g_prev": "gradient"},
    letters={"change": r"\Delta g_t", "squared": "z_t", "square": r"\hat{n}_t"},
    states=MIXED,
    square=r"\hat n",
    numbers=read(beta2="beta3", beta3=None, beta_change="beta2", eps_hat=0.0, **CORRECTED),
    slots={"v": "v_change", "n": "v"},
    told={r"\beta_2": r"\beta_3", "v": "n"},
    typed={"beta2": "beta3", "v": "n", "v_hat": "n_hat"},
    entering={"second": Entering("z", "z")},
)


def warmed_share(w: Work) -> Any:
    """The share of the slow average: alpha, less while it warms up."""
    return w.t / w.h.warmup_steps * w.h.alpha if w.t < w.h.warmup_steps else w.h.alpha


def warmed_decay(w: Work) -> Any:
    """The decay of the slow average: beta3, while it warms up between beta1 and beta3 by their logarithms."""
    if not w.t < w.h.warmup_steps:
        return w.h.beta3
    part, fast, slow = float(w.t) / float(w.h.warmup_steps), log(float(w.h.beta1)), log(float(w.h.beta3))
    return min(float(w.h.beta3), exp(fast * slow / ((1.0 - part) * slow + part * fast)))


ADEMAMIX = Formula(
    kernels.ademamix,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "share": warmed_share,
        "slow": warmed_decay,
        "first": first_average,
        "slow_average": lambda w: w.slow * w.old.m2 + (1.0 - w.slow) * w.gradient,
        "second": second_average,
        "first_correction": first_correction,
        "second_correction": second_correction,
        "numerator": lambda w: w.first / w.first_correction + w.share * w.slow_average,
        "square": square,
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m1": "first", "m2": "slow_average", "v": "second"},
    letters={"square": "hat v"},
    states=MIXED | {Trait.SQUARE_AS_KEPT},
    numbers=read(eps_hat=0.0, **CORRECTED),
    slots={"m1": "m"},
    told={"m": "m^{(1)}"},
    typed={"m": "m1", "m_hat": "m1_hat"},
)

SIMPLIFIED_ADEMAMIX = Formula(
    kernels.simplified_ademamix,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": lambda w: w.h.beta1 * w.old.m + w.gradient,
        "second": second_average,
        "second_correction": second_correction,
        "numerator": lambda w: w.first + w.h.alpha * w.gradient,
        "square": square,
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"square": "hat v"},
    states=frozenset({Trait.AVERAGES_SQUARE, Trait.CORRECTS_BIAS, Trait.ADDS_EPS, Trait.SQUARE_AS_KEPT, Trait.FOLLOWS_MORE}),
    numbers=read(eps_hat=0.0, **CORRECTED),
)


def ahead_or_corrected(w: Work) -> Array:
    """m corrected; with nesterov, as it will be after one more gradient like this one."""
    if not w.h.nesterov:
        return w.first / w.first_correction
    following = 1.0 - w.h.beta1 ** (w.clock + 1)
    return w.h.beta1 * w.first / following + (1.0 - w.h.beta1) * w.gradient / w.first_correction


def optimistic_step(w: Work) -> Array:
    moved = step(w)
    return moved - w.h.optimism * w.change if w.h.optimism else moved


OPTIMISTIC_ADAM = Formula(
    kernels.optimistic_adam,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": first_average,
        "second": second_average,
        "first_correction": first_correction,
        "second_correction": second_correction,
        "numerator": ahead_or_corrected,
        "square": square,
        "denominator": denominator,
        "quotient": numerator_over_denominator,
        "change": lambda w: np.where(np.isnan(w.old.r), 0.0, w.quotient - w.old.r),
        "direction": lambda w: w.h.alpha * w.quotient + w.h.beta * w.change,
        "step": optimistic_step,
    },
    keeps={"m": "first", "v": "second", "r": "quotient"},
    letters={"numerator": "hat m", "square": "hat v", "change": r"\Delta r_t"},
    states=MOMENTS | {Trait.SQUARE_AS_KEPT, Trait.TURNS_QUOTIENT},
    numbers=read(eps_hat=0.0, **CORRECTED),
)

QHADAM = Formula(
    kernels.qhadam,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": first_average,
        "second": lambda w: w.h.beta2 * w.old.v + (1.0 - w.h.beta2) * (w.gradient * w.gradient),
        "first_correction": first_correction,
        "second_correction": second_correction,
        "numerator": lambda w: (1.0 - w.h.nu1) * w.gradient + w.h.nu1 * w.first / w.first_correction,
        "square": lambda w: (1.0 - w.h.nu2) * (w.gradient * w.gradient) + w.h.nu2 * w.second / w.second_correction,
        "denominator": lambda w: root(w.square) + w.h.eps,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"numerator": r"\bar{m}_t", "square": r"\bar{v}_t"},
    states=MIXED,
    square=r"\bar v",
    numbers=read(eps_root=0.0, eps_hat=0.0, **CORRECTED),
)
