"""Gradient descent that looks at the norm of the whole gradient: normalized and clipped."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import descent
from .formula import Formula
from .shared import clock, gradient, rate, step
from .work import Array, Work, norm


def unit(w: Work) -> Array:
    """The gradient over its norm; 0 where both are 0."""
    return np.where(w.gradient == 0.0, 0.0, w.gradient / w.denominator)


NORMALIZED_GD = Formula(
    descent.normalized_gd,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "length": lambda w: norm(w, "gradient"),
        "denominator": lambda w: w.length + w.h.eps,
        "direction": unit,
        "step": step,
    },
    letters={"length": r"\ell_t"},
)

CLIPPED_GD = Formula(
    descent.clipped_gd,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "length": lambda w: norm(w, "gradient"),
        "direction": lambda w: w.gradient * (w.h.max_norm / np.maximum(w.length, w.h.max_norm)),
        "step": step,
    },
    letters={"length": r"\ell_t"},
)
