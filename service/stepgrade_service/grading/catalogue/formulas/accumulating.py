"""Adagrad, Adadelta, RMSprop."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import accumulating
from .formula import Formula
from .shared import clock, denominator, gradient, numerator_over_denominator, rate, step
from .traits import Trait
from .work import Array, Work, root


def accumulated(w: Work) -> Array:
    """accumulator + gradient^2"""
    return w.old.accumulator + w.gradient * w.gradient


def scaled_gradient(w: Work) -> Array:
    """The gradient over the root; 0 where nothing has been added up, in the convention that has it so."""
    scaled = numerator_over_denominator(w)
    return np.where(w.second == 0, w.numerator * 0, scaled) if w.h.stays_at_zero else scaled


def slowed(w: Work) -> Array:
    return scaled_gradient(w) / (1.0 + (w.t - 1) * w.h.lr_decay)


ADAGRAD = Formula(
    accumulating.adagrad,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "second": accumulated,
        "square": lambda w: w.second,
        "numerator": lambda w: w.gradient,
        "denominator": denominator,
        "direction": slowed,
        "step": step,
    },
    keeps={"accumulator": "second"},
    states=frozenset({Trait.SUMS_SQUARES, Trait.SQUARE_AS_KEPT, Trait.ADDS_EPS}),
    square="G",
    is_taught=True,
    is_by_coordinate=True,
)


def averaged_square(w: Work) -> Array:
    """rho v + (1 - rho) gradient^2"""
    return w.h.rho * w.old.v + (1.0 - w.h.rho) * w.gradient * w.gradient


def averaged_update(w: Work) -> Array:
    """rho u + (1 - rho) delta^2"""
    return w.h.rho * w.old.u + (1.0 - w.h.rho) * w.direction * w.direction


ADADELTA = Formula(
    accumulating.adadelta,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "second": averaged_square,
        "numerator": lambda w: root(w.old.u + w.h.eps) * w.gradient,
        "square": lambda w: w.second,
        "denominator": lambda w: root(w.square + w.h.eps),
        "direction": numerator_over_denominator,
        "update_average": averaged_update,
        "step": step,
    },
    keeps={"v": "second", "u": "update_average"},
    letters={"direction": "d_t"},
    states=frozenset({Trait.AVERAGES_SQUARE, Trait.SQUARE_AS_KEPT}),
    square="v",
    is_taught=True,
    is_by_coordinate=True,
)


def corrected_square(w: Work) -> Array:
    return w.second / (1.0 - w.h.rho**w.clock) if w.h.corrected else w.second


RMSPROP = Formula(
    accumulating.rmsprop,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "second": averaged_square,
        "square": corrected_square,
        "numerator": lambda w: w.gradient,
        "denominator": denominator,
        "direction": numerator_over_denominator,
        "step": step,
    },
    keeps={"v": "second"},
    letters={"square": "hat v"},
    states=frozenset({Trait.AVERAGES_SQUARE, Trait.SQUARE_AS_KEPT, Trait.ADDS_EPS}),
    square="v",
    is_taught=True,
    is_by_coordinate=True,
)


def averaged_gradient(w: Work) -> Array:
    return w.h.rho * w.old.g_mean + (1.0 - w.h.rho) * w.gradient


def centred_square(w: Work) -> Array:
    """v, less the square of the mean gradient where it is centered."""
    correction = 1.0 - w.h.rho**w.clock if w.h.corrected else 1.0
    mean = w.mean / correction if w.h.centered else 0.0
    return w.second / correction - mean * mean


def velocity(w: Work) -> Array:
    scaled = w.numerator / w.denominator
    return w.h.momentum * w.old.velocity + (w.rate * scaled if w.h.lr_in_velocity else scaled)


def velocity_ahead(w: Work) -> Array:
    scaled = w.numerator / w.denominator
    pushed = w.rate * scaled if w.h.lr_in_velocity else scaled
    return pushed + w.h.momentum * w.velocity if w.h.nesterov else w.velocity


def velocity_step(w: Work) -> Array:
    return -(w.direction if w.h.lr_in_velocity else w.rate * w.direction) - w.rate * w.h.decay * w.x


RMSPROP_WITH_VELOCITY = Formula(
    accumulating.rmsprop_with_velocity,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "second": averaged_square,
        "mean": averaged_gradient,
        "square": centred_square,
        "numerator": lambda w: w.gradient,
        "denominator": denominator,
        "velocity": velocity,
        "direction": velocity_ahead,
        "step": velocity_step,
    },
    keeps={"v": "second", "g_mean": "mean", "velocity": "velocity"},
    letters={"square": "hat v"},
    states=frozenset({Trait.AVERAGES_SQUARE, Trait.ADDS_EPS}),
    square="v",
    is_taught=True,
)
