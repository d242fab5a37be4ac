"""Momentum in other forms: optimistic gradient descent, QHM, AggMo, AccSGD, PNM."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import momenta
from .formula import Formula
from .shared import clock, gradient, rate, step
from .traits import Trait
from .work import Array, Work

OPTIMISTIC_GD = Formula(
    momenta.optimistic_gd,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "before": lambda w: np.where(np.isnan(w.old.g_prev), w.gradient, w.old.g_prev),
        "direction": lambda w: (w.h.alpha + w.h.beta) * w.gradient - w.h.beta * w.before,
        "step": step,
    },
    keeps={"g_prev": "gradient"},
)

QHM = Formula(
    momenta.qhm,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "velocity": lambda w: w.h.momentum * w.old.velocity + w.h.gain * w.gradient,
        "direction": lambda w: (1.0 - w.h.nu) * w.gradient + w.h.nu * w.velocity,
        "step": step,
    },
    keeps={"velocity": "velocity"},
    states=frozenset({Trait.FOLLOWS_MORE}),
    numbers=lambda own: {**own, "gain": 1.0 - own["momentum"], "nesterov": 0.0, "corrected": 0.0},
)


def velocities(w: Work) -> Array:
    """Velocity k is multiplied by 1 - scale^k; in tensors that have fewer of them the others stay as they are."""
    new = w.old.velocities.copy()
    for k in range(min(int(w.h.count), len(new))):
        new[k] = (1.0 - w.h.scale ** float(k)) * new[k] + w.gradient
    return np.asarray(new)


def mean_velocity(w: Work) -> Array:
    total = w.gradient * 0.0
    for velocity in w.velocities[: int(w.h.count)]:
        total = total + velocity
    return np.asarray(total / w.h.count)


AGGMO = Formula(
    momenta.aggmo,
    {"clock": clock, "rate": rate, "gradient": gradient, "velocities": velocities, "direction": mean_velocity, "step": step},
    keeps={"velocities": "velocities"},
    is_written=False,
)


def long_average(w: Work) -> Array:
    """The average of long steps, a share beta of each; the first one is the params."""
    return w.kept + w.h.beta * (w.x - w.rate * w.h.reach * w.gradient - w.kept)


def accelerated_step(w: Work) -> Array:
    """A part of the way to the average, and a part of a step along the gradient."""
    return (1.0 - w.h.zeta) * (w.average - w.x) - w.rate * (w.h.zeta * w.gradient + w.h.decay * w.x)


ACCSGD = Formula(
    momenta.accsgd,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "kept": lambda w: np.where(np.isnan(w.old.average), w.x, w.old.average),
        "average": long_average,
        "step": accelerated_step,
    },
    keeps={"average": "average"},
)


def positive_negative(w: Work) -> Array:
    """More than the newest average, less a share of the one before; over their length, so that noise stays as large."""
    length = np.sqrt((1.0 + w.h.beta0) * (1.0 + w.h.beta0) + w.h.beta0 * w.h.beta0)
    return ((1.0 + w.h.beta0) * w.first - w.h.beta0 * w.last) / length


PNM = Formula(
    momenta.pnm,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient,
        "last": lambda w: w.old.newest,
        "direction": positive_negative,
        "step": step,
    },
    keeps={"m": "first", "m_prev": "last"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.FOLLOWS_MORE}),
    numbers=lambda own: {**own, "beta1": own["beta1"] * own["beta1"]},
    slots={"m": "newest", "m_prev": "m"},
    told={r"\beta_1": r"\beta_1^2"},
    typed={"beta1": "beta1**2"},
)
