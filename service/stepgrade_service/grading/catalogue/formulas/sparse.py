"""Methods that leave params at 0: FTRL."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import sparse
from .formula import Formula
from .shared import gradient
from .work import Array, Work, powered


def kept_params(w: Work) -> Array:
    """The params after their decoupled decay."""
    return w.x - w.lr * w.h.decay * w.x if w.h.decay else w.x


def linear_sum(w: Work) -> Array:
    """z: the gradients so far, less what the changes of the rates took from the params."""
    grown = powered(w.second, w.h.rate_power) - powered(w.old.accumulator, w.h.rate_power)
    pulled = w.gradient + 2.0 * w.h.shrinkage * w.kept if w.h.shrinkage else w.gradient
    return w.old.z + (pulled - grown / w.lr * w.kept)


def steepness(w: Work) -> Array:
    return (w.h.beta + powered(w.second, w.h.rate_power)) / w.lr + w.h.l2_strength


def proximal_point(w: Work) -> Array:
    """The params: 0 where z is within the bounds of l1."""
    return (np.minimum(np.maximum(w.linear, -w.h.l1), w.h.l1) - w.linear) / w.steepness


FTRL = Formula(
    sparse.ftrl,
    {
        "gradient": gradient,
        "kept": kept_params,
        "second": lambda w: w.old.accumulator + w.gradient * w.gradient,
        "linear": linear_sum,
        "steepness": steepness,
        "point": proximal_point,
        "step": lambda w: w.point - w.x,
    },
    keeps={"accumulator": "second", "z": "linear"},
    letters={"steepness": "h_t", "point": "w_t"},
)
