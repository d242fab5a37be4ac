"""What goes by signs: sign gradient descent, Signum and Tiger, Lion, Rprop."""

from __future__ import annotations

import numpy as np

from ....engine.optimizers import descent, signs
from .formula import Formula
from .shared import NO_DECAY, clock, gradient, rate, read, step
from .traits import Trait
from .work import Array, Work

SIGN_GD = Formula(
    descent.sign_gd,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "signed": lambda w: w.gradient,
        "direction": lambda w: np.sign(w.signed),
        "step": step,
    },
)

SIGNUM = Formula(
    signs.signum,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "first": lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient,
        "signed": lambda w: w.first,
        "direction": lambda w: np.sign(w.signed),
        "step": step,
    },
    keeps={"m": "first"},
    states=frozenset({Trait.AVERAGES_GRADIENT}),
    numbers=read(beta1="beta", beta=None),
    told={r"\beta_1": r"\beta"},
    typed={"beta1": "beta"},
)


def mixed(w: Work) -> Array:
    """m as it was, with more of the gradient than m will have."""
    return w.h.mix * w.old.m + (1.0 - w.h.mix) * w.gradient


def sign_of_mixed(w: Work) -> Array:
    """Its sign, or where it is so asked its tanh, or itself where it is small."""
    if w.h.smooth:
        return np.tanh(w.h.smoothness * w.signed)
    return np.where(np.abs(w.signed) < 1.0, w.signed, np.sign(w.signed)) if w.h.refined else np.sign(w.signed)


LION = Formula(
    signs.lion,
    {
        "clock": clock,
        "rate": rate,
        "gradient": gradient,
        "signed": mixed,
        "first": lambda w: w.h.beta1 * w.old.m + (1.0 - w.h.beta1) * w.gradient,
        "direction": sign_of_mixed,
        "step": step,
    },
    keeps={"m": "first"},
    letters={"signed": "c_t"},
    states=frozenset({Trait.AVERAGES_GRADIENT, Trait.FOLLOWS_MORE}),
    numbers=read(beta1="beta2", beta2=None, mix="beta1"),
    told={r"\beta_1": r"\beta_2", r"\beta_2": r"\beta_1"},
    typed={"beta1": "beta2", "beta2": "beta1"},
)


def factor(w: Work) -> Array:
    """Larger than 1 where two gradients have the same sign, smaller where the sign changed."""
    return np.where(w.product > 0.0, w.h.grow, np.where(w.product < 0.0, w.h.shrink, 1.0))


def first_size(w: Work) -> Array:
    return np.where(np.isnan(w.old.step_size), w.lr, w.old.step_size)


def step_size(w: Work) -> Array:
    """The size before times the factor, within its bounds."""
    return np.minimum(np.maximum(w.size * w.factor, w.h.smallest), w.h.largest)


def kept_gradient(w: Work) -> Array:
    """The gradient, or 0 where its sign changed, so that the next step has no sign to compare with."""
    return np.where(w.product < 0.0, 0.0, w.gradient) if w.h.forgets else w.gradient


def sized_step(w: Work) -> Array:
    """The size with the sign of the gradient; in the variant that goes back, the last step undone where the sign changed."""
    sized = -w.step_size * np.sign(w.kept)
    return np.where(w.product < 0.0, -w.old.last_step, sized) if w.h.returns else sized


RPROP = Formula(
    signs.rprop,
    {
        "gradient": gradient,
        "product": lambda w: w.gradient * w.old.g_prev,
        "size": first_size,
        "factor": factor,
        "step_size": step_size,
        "kept": kept_gradient,
        "moved": sized_step,
        "step": lambda w: w.moved,
    },
    keeps={"step_size": "step_size", "g_prev": "kept", "last_step": "moved"},
    letters={"product": "p_t"},
    numbers=read(**NO_DECAY),
)

RPROP_DELAYED = Formula(
    signs.rprop_delayed,
    {
        "gradient": gradient,
        "product": lambda w: w.gradient * w.old.waiting,
        "size": first_size,
        "factor": factor,
        "step_size": lambda w: np.where(w.product == 0.0, w.size, step_size(w)),
        "waiting": lambda w: np.where(w.product < 0.0, 0.0, w.step_size * np.sign(w.gradient)),
        "step": lambda w: np.where(w.product < 0.0, 0.0, -w.old.waiting),
    },
    keeps={"step_size": "step_size", "waiting": "waiting"},
    letters={"product": "p_t"},
    numbers=read(**NO_DECAY),
)
