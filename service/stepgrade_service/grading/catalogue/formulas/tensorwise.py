"""Methods with a number per tensor: NovoGrad."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import tensorwise
from .formula import Formula
from .shared import NO_DECAY, clock, denominator, gradient, numerator_over_denominator, rate, read, step
from .traits import Trait
from .work import Array, Work, tensor_norms


def averaged_norm(w: Work) -> Array:
    """The running average of the squared norm of each tensor; the squared norm itself where there is none yet."""
    squared = w.of_tensor * w.of_tensor
    return np.where(np.isnan(w.old.v), squared, w.h.beta2 * w.old.v + (1.0 - w.h.beta2) * squared)


def scaled_with_decay(w: Work) -> Array:
    """The gradient over the root, and the decay beside it."""
    quotient = numerator_over_denominator(w)
    return quotient + w.h.weight_decay * w.x if w.h.weight_decay else quotient


def gathered(w: Work) -> Array:
    return np.where(np.isnan(w.old.m), w.quotient, w.h.beta1 * w.old.m + w.quotient)


NOVOGRAD = Formula(
    tensorwise.novograd,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "of_tensor": lambda w: tensor_norms(w, "gradient"),
        "second": averaged_norm,
        "square": lambda w: w.second,
        "numerator": lambda w: w.gradient,
        "denominator": denominator,
        "quotient": scaled_with_decay,
        "first": gathered,
        "direction": lambda w: w.first,
        "step": step,
    },
    keeps={"m": "first", "v": "second"},
    letters={"of_tensor": r"\ell_t"},
    states=frozenset({Trait.ADDS_EPS, Trait.TURNS_QUOTIENT}),
    square="v",
    numbers=read(eps_hat=0.0, **NO_DECAY),
    of_tensors=frozenset({"of_tensor", "second"}),
)
