"""Steps that are scaled by the norm of each tensor: LARS, LAMB, Fromage."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import trust_ratios as kernels
from .adam import MOMENTS, first_average, first_correction, numerator, second_average, second_correction, square
from .formula import Formula
from .shared import CORRECTED, NO_DECAY, clock, denominator, gradient, rate, read
from .traits import Trait
from .work import Array, Work, tensor_norms

#: The parts that are one number per tensor.
OF_TENSORS = frozenset({"of_params", "of_direction", "ratio"})
LETTERS = {"of_params": "p_t", "of_direction": "q_t", "ratio": "r_t"}


def lars_norm(w: Work) -> Array:
    """The norm of the gradient with its decay; where the norms are apart, those of the gradient and of the params are added."""
    apart: Array = tensor_norms(w, "aimed")
    return apart + w.h.l2 * w.of_params if w.h.separate and w.h.l2 else apart


def lars_ratio(w: Work) -> Array:
    """The norm of the params over that of the direction, times the trust coefficient; 1 where one of them is 0."""
    ratio = w.h.trust * w.of_params / (w.of_direction + w.h.ratio_eps)
    return np.where(w.of_params == 0.0, 1.0, np.where(w.of_direction == 0.0, 1.0, ratio))


LARS = Formula(
    kernels.lars,
    {
        "rate": rate,
        "gradient": gradient,
        "aimed": lambda w: w.g if w.h.separate else w.gradient,
        "of_params": lambda w: tensor_norms(w, "x"),
        "of_direction": lars_norm,
        "ratio": lars_ratio,
        "own_rate": lambda w: w.rate * w.ratio,
        "velocity": lambda w: w.h.momentum * w.old.velocity - w.own_rate * w.gradient,
        "direction": lambda w: w.h.momentum * w.velocity - w.own_rate * w.gradient if w.h.nesterov else w.velocity,
        "step": lambda w: w.direction,
    },
    keeps={"velocity": "velocity"},
    letters=LETTERS,
    states=frozenset({Trait.VELOCITY_IS_STEP}),
    numbers=read(l2="weight_decay", decay=0.0, gain=1.0, trust="trust_coefficient", ratio_eps="eps", eps=0.0),
    of_tensors=OF_TENSORS,
)


def lamb_direction(w: Work) -> Array:
    """Adam's direction, with the decay in it where that is in the ratio."""
    adam = w.numerator / w.denominator
    return adam + w.h.in_ratio * w.x if w.h.in_ratio else adam


def decayed_norm(w: Work) -> Array:
    """The norm of the params, which a decay outside the ratio has made smaller already."""
    length: Array = tensor_norms(w, "x")
    return np.abs(1.0 - w.rate * w.h.outside) * length if w.h.outside else length


def plain_ratio(w: Work) -> Array:
    """The norm of the params over that of the direction; 1 where one of them is 0: params at 0 would never move."""
    ratio = w.of_params / w.of_direction
    return np.where(w.of_params == 0.0, 1.0, np.where(w.of_direction == 0.0, 1.0, ratio))


def lamb_step(w: Work) -> Array:
    moved = w.ratio * w.aimed
    return -w.rate * (moved + w.h.outside * w.x if w.h.outside else moved)


LAMB = Formula(
    kernels.lamb,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": first_average,
        "second": second_average,
        "first_correction": first_correction,
        "second_correction": second_correction,
        "numerator": numerator,
        "square": square,
        "denominator": denominator,
        "aimed": lamb_direction,
        "of_params": decayed_norm,
        "of_direction": lambda w: tensor_norms(w, "aimed"),
        "ratio": plain_ratio,
        "step": lamb_step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"numerator": "hat m", "square": "hat v", "aimed": "u_t", **LETTERS},
    states=MOMENTS | {Trait.SQUARE_AS_KEPT, Trait.TURNS_QUOTIENT},
    numbers=read(l2=0.0, outside="decay", decay=0.0, eps_hat=0.0, **CORRECTED),
    of_tensors=OF_TENSORS,
)


def shrunk(w: Work) -> Array:
    return 1.0 / np.sqrt(1.0 + w.rate * w.rate)


FROMAGE = Formula(
    kernels.fromage,
    {
        "rate": rate,
        "gradient": gradient,
        "aimed": lambda w: w.gradient,
        "of_params": lambda w: np.maximum(tensor_norms(w, "x"), w.h.min_norm),
        "of_direction": lambda w: np.maximum(tensor_norms(w, "aimed"), w.h.min_norm),
        "ratio": plain_ratio,
        "shrink": shrunk,
        "step": lambda w: (w.shrink - 1.0) * w.x - w.shrink * w.rate * w.ratio * w.gradient,
    },
    letters={**LETTERS, "shrink": "s_t"},
    numbers=read(**NO_DECAY),
    of_tensors=OF_TENSORS,
)
