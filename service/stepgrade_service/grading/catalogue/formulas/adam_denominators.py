"""Adam with another denominator: AdaBelief, Yogi, ACProp, ADOPT, LaProp."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import adam_denominators as kernels
from .adam import (
    AVERAGES,
    MOMENTS,
    first_average,
    first_correction,
    numerator,
    radam_numerator,
    second_average,
    second_correction,
    square,
)
from .formula import Entering, Formula
from .shared import EPS_OUTSIDE, clock, denominator, gradient, numerator_over_denominator, over, rate, read, step, times_inverse
from .traits import Trait
from .work import Array, Work, root


def squared_average(w: Work) -> Array:
    """The running average of what is squared."""
    return w.h.beta2 * w.old.v + (1.0 - w.h.beta2) * w.squared * w.squared


def with_eps(w: Work) -> Array:
    """The average with eps added to it in every step."""
    return w.second + w.h.eps_in_average if w.h.eps_in_average else w.second


#: What is said of the average of squared deviations, which has the letter s.
OF_DEVIATIONS = {
    "v": "s",
    "v_hat": "s_hat",
    "squared gradient": "squared deviation",
    "squared gradients": "squared deviations",
    "square of the gradient": "square of the deviation",
    "the gradient is not squared": "the deviation is not squared",
    "the size of the gradient": "the size of the deviation",
}
DEVIATION = Entering("(g-m)", "(g - m)")

ADABELIEF = Formula(
    kernels.adabelief,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": first_average,
        "squared": lambda w: w.gradient - w.first,
        "second": squared_average,
        "kept": with_eps,
        "first_correction": first_correction,
        "second_correction": second_correction,
        "numerator": radam_numerator,
        "square": lambda w: over(w.kept, w.second_correction),
        "denominator": lambda w: root(w.square) + w.h.eps,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "s": "kept"},
    letters={"numerator": "hat m", "square": "hat s"},
    states=MOMENTS | {Trait.SQUARE_AS_KEPT},
    square=r"\hat s",
    numbers=read(corrected_m="corrected", corrected_v="corrected", eps_in_average="eps_root", eps_root=0.0, eps_hat=0.0),
    slots={"s": "v"},
    told={"v": "s"},
    typed=OF_DEVIATIONS,
    entering={"second": DEVIATION},
)


def towards_square(w: Work) -> Array:
    """v, moved towards the squared gradient by a share of that, whatever their difference is."""
    squared = w.gradient * w.gradient
    return w.old.v - (1.0 - w.h.beta2) * np.sign(w.old.v - squared) * squared


YOGI = Formula(
    kernels.yogi,
    {
        **AVERAGES,
        "second": towards_square,
        "numerator": numerator,
        "square": square,
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"numerator": "hat m", "square": "hat v"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.CORRECTS_BIAS, Trait.ADDS_EPS, Trait.SQUARE_AS_KEPT, Trait.CHANGES_BY_SIGN}),
    numbers=read(eps_hat=0.0),
)


def old_deviations(w: Work) -> Array:
    """s from before the step, corrected for the steps that are in it; 1 in the first step, where there are none."""
    return w.old.v * 0.0 + 1.0 if w.t == 1 else over(w.old.v, 1.0 - w.h.beta2 ** (w.clock - 1))


ACPROP = Formula(
    kernels.acprop,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": first_average,
        "squared": lambda w: w.gradient - (w.old.m if w.h.before_update else w.first),
        "second": squared_average,
        "kept": with_eps,
        "square": old_deviations,
        "numerator": lambda w: w.gradient,
        "denominator": lambda w: root(w.square) + w.h.eps,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"m": "first", "s": "kept"},
    letters={"square": "hat s"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.AVERAGES_SQUARE, Trait.ADDS_EPS, Trait.FOLLOWS_MORE, Trait.DIVIDES_BY_OLD}),
    square=r"\hat s",
    numbers=read(eps_in_average="eps_root", eps_root=0.0),
    slots={"s": "v"},
    told={"v": "s"},
    typed=OF_DEVIATIONS,
    entering={"second": DEVIATION},
)


def share_kept(w: Work, beta: str, first: float) -> float:
    """What is kept of an average: in the first step nothing is averaged yet."""
    return first if w.t == 1 else getattr(w.h, beta)


def limited_ratio(w: Work) -> Array:
    """The gradient over the root of the old v; where it is so asked within bounds that grow with t."""
    ratio = w.gradient / w.denominator
    if not w.h.clips:
        return ratio
    limit = (w.t - 1.0) ** w.h.clip_power
    return np.minimum(np.maximum(ratio, -limit), limit)


def adopt_first(w: Work) -> Array:
    keep = share_kept(w, "beta1", 1.0)
    return keep * w.old.m + (1.0 - keep) * w.scaled


def adopt_second(w: Work) -> Array:
    keep = share_kept(w, "beta2", 0.0)
    return keep * w.old.v + (1.0 - keep) * w.gradient * w.gradient


def adopt_direction(w: Work) -> Array:
    """m; with nesterov, as it will be after one more quotient like this one."""
    keep = share_kept(w, "beta1", 1.0)
    return keep * w.first + (1.0 - keep) * w.scaled if w.h.nesterov else w.first


ADOPT = Formula(
    kernels.adopt,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "second": adopt_second,
        "square": lambda w: w.old.v,
        "denominator": lambda w: np.maximum(root(w.square), w.h.eps),
        "scaled": limited_ratio,
        "first": adopt_first,
        "direction": adopt_direction,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"scaled": "n_t"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.AVERAGES_SQUARE, Trait.FOLLOWS_MORE, Trait.DIVIDES_BY_OLD, Trait.DIVIDES_BY_LARGER}),
    square="v",
    numbers=read(**EPS_OUTSIDE),
    entering={"first": Entering(r"\frac{g}{D}", "(g / denominator)")},
)


def laprop_denominator(w: Work) -> Array:
    """The root of the corrected v with eps outside, or as eps-hat at the uncorrected root; an eps inside is corrected too."""
    hat = w.h.eps_hat * root(np.float64(1.0) / w.second_correction) if w.h.eps_hat else 0.0
    return root(w.square) + (w.h.eps + hat)


LAPROP = Formula(
    kernels.laprop,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first_correction": first_correction,
        "second_correction": second_correction,
        "second": second_average,
        "square": lambda w: times_inverse(w.second + w.h.eps_root, w.second_correction),
        "denominator": laprop_denominator,
        "scaled": lambda w: w.gradient / w.denominator,
        "first": lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient / w.denominator,
        "direction": lambda w: times_inverse(w.first, w.first_correction),
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"square": "hat v", "direction": "hat m"},
    states=MOMENTS | {Trait.TURNS_QUOTIENT},
    entering={"first": Entering(r"\frac{g}{D}", "(g / denominator)")},
)
