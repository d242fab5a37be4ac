"""Gradient descent, momentum and Nesterov's momentum."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import descent
from .formula import Formula
from .shared import clock, gradient, rate, step, times_inverse
from .traits import Trait
from .work import Array, Work


def new_velocity(w: Work) -> Array:
    """momentum * velocity + gain * gradient; the gradient itself where there is no velocity yet."""
    averaged = w.h.momentum * w.old.velocity + w.h.gain * w.gradient
    return np.where(np.isnan(w.old.velocity), w.gradient, averaged)


def ahead(w: Work) -> Array:
    """What the step follows: the velocity, corrected or not, or with Nesterov's momentum the velocity once more."""
    if w.h.nesterov:
        return w.h.gain * w.gradient + w.h.momentum * w.velocity
    return times_inverse(w.velocity, 1.0 - w.h.momentum**w.clock) if w.h.corrected else w.velocity


def pushed_velocity(w: Work) -> Array:
    """momentum * velocity - lr * gradient: the learning rate is in the velocity."""
    return w.h.momentum * w.old.velocity - w.rate * w.h.gain * w.gradient


def pushed_ahead(w: Work) -> Array:
    return w.h.momentum * w.velocity - w.rate * w.h.gain * w.gradient if w.h.nesterov else w.velocity


def pushed_step(w: Work) -> Array:
    return w.direction - w.rate * w.h.decay * w.x


PLAIN = Formula(
    descent.gradient_descent,
    {"clock": clock, "rate": rate, "gradient": gradient, "direction": lambda w: w.gradient, "step": step},
    states=frozenset({Trait.FOLLOWS_GRADIENT}),
    is_taught=True,
)

MOMENTUM = Formula(
    descent.momentum,
    {"clock": clock, "rate": rate, "gradient": gradient, "velocity": new_velocity, "direction": ahead, "step": step},
    keeps={"velocity": "velocity"},
    is_taught=True,
)

HEAVY_BALL = Formula(
    descent.heavy_ball,
    {"clock": clock, "rate": rate, "gradient": gradient, "velocity": pushed_velocity, "direction": pushed_ahead, "step": pushed_step},
    keeps={"velocity": "velocity"},
    states=frozenset({Trait.VELOCITY_IS_STEP}),
    is_taught=True,
)
