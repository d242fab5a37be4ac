"""Methods that average: ASGD and MADGRAD."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import averaging
from .formula import Formula
from .shared import clock, gradient, rate
from .traits import Trait
from .work import Array, Work, cube_root, powered


def asgd_rate(w: Work) -> Array:
    """The rate that the last step left; in the first step the learning rate."""
    return np.where(np.isnan(w.old.eta), w.rate, w.old.eta)


def asgd_step(w: Work) -> Array:
    moved = -w.eta * w.gradient
    return moved - w.rate * w.h.decay * w.x if w.h.decay else moved


def running_mean(w: Work) -> Array:
    """The mean of the points since step t0; until then the point itself."""
    share = 1.0 / np.maximum(1.0, w.t - 1.0 - w.h.t0)
    point = w.x + w.moved
    return point if share == 1.0 else w.old.average + share * (point - w.old.average)


def slower(w: Work) -> Array:
    return w.rate / powered(1.0 + w.h.lambd * w.rate * w.t, w.h.alpha)


ASGD = Formula(
    averaging.asgd,
    {
        "rate": rate,
        "gradient": gradient,
        "eta": asgd_rate,
        "moved": asgd_step,
        "average": running_mean,
        "next_eta": slower,
        "step": lambda w: w.moved,
    },
    keeps={"eta": "next_eta", "average": "average"},
    numbers=lambda own: {**own, "l2": own["l2"] + own["lambd"]},
)


def weight(w: Work) -> Array:
    """How much the gradient of this step counts: (lr + eps) sqrt(t)."""
    return (w.rate + w.h.lr_offset) * np.sqrt(w.clock * 1.0)


def madgrad_step(w: Work) -> Array:
    """A part of the way to the new point."""
    moved = (1.0 - w.h.momentum) * (w.point - w.x)
    return moved - w.rate * w.h.decay * w.x if w.h.decay else moved


MADGRAD = Formula(
    averaging.madgrad,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "weight": weight,
        "origin": lambda w: np.where(np.isnan(w.old.x0), w.x, w.old.x0),
        "gathered": lambda w: w.old.s + w.weight * w.gradient,
        "second": lambda w: w.old.v + w.weight * w.gradient * w.gradient,
        "denominator": lambda w: cube_root(w.second) + w.h.eps,
        "point": lambda w: w.origin - w.gathered / w.denominator,
        "step": madgrad_step,
    },
    keeps={"x0": "origin", "s": "gathered", "v": "second"},
    letters={"weight": r"\omega_t", "point": "z_t"},
    states=frozenset({Trait.TAKES_CUBE_ROOT}),
)
