"""Mistakes about the step as a whole, beside its decay, and about what it is divided by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...order import Family
from ..formulas import Array, Trait, Work
from ..formulas.accumulating import velocity_step
from .declaration import eps_of, family
from .direction import LOOK_AHEAD
from .rate import AT_STEP
from .velocity import push, velocity_before

mistake, several = family(Family.STEP)

several(
    {"step": lambda w: w.x * 0},
    "no_step",
    "the params do not change",
    where="params",
    wrong=r"x\leftarrow x",
    right=r"x\leftarrow x-\eta\,\dots",
    hints=(
        "Look at where the new params go.",
        "Does your code return the new value, or write it back?",
        "Return the new params, not those that were passed in; in a class or a loop, store them.",
    ),
)


def step_alone(w: Work) -> Array:
    return np.asarray(w.right["step"](w) - w.x)


def unsigned_step_alone(w: Work) -> Array:
    """lr * ..., without the params and without the minus before it."""
    return np.asarray(-w.right["step"](w) - w.x)


several(
    {"step": step_alone},
    "update_returned",
    "the step is returned instead of the params",
    where="params",
    wrong=r"x\leftarrow\Delta x",
    right=r"x\leftarrow x+\Delta x",
    hints=(
        "Look at what is returned.",
        "Is it the new params, or only the step?",
        "Return the new params: the old params with the step, not the step alone.",
    ),
    ways=(("what is subtracted is returned instead of the params", {"step": unsigned_step_alone}),),
)
several(
    {"step": lambda w: -velocity_step(w)},
    "wrong_sign_with_velocity",
    "the step goes uphill",
    where="sign",
    wrong=r"x\leftarrow x+\eta\,\dots",
    right=r"x\leftarrow x-\eta\,\dots",
    hints=(AT_STEP, "Which way does it go?", "Subtract the step: x - lr * ..., not x + lr * ..."),
    needs=Trait.MAY_PUT_LR_IN_VELOCITY,
)
several(
    {"velocity": lambda w: w.h.momentum * velocity_before(w) - push(w)},
    "wrong_sign_in_velocity",
    "the gradient enters the velocity with the wrong sign",
    where="sign",
    wrong=r"b\leftarrow\mu b+\eta g,\ x\leftarrow x+b",
    right=r"b\leftarrow\mu b+P,\ x\leftarrow x+b",
    hints=("Look at the velocity.", "Which sign does the gradient have there?", "With x + v, add -lr * gradient to the velocity."),
    needs=Trait.VELOCITY_IS_STEP,
)


def beside_decay(code: str, title: str, rest: Callable[[Work], Array], wrong: str, *hints: str) -> None:
    """Enter a mistake about the step of a rule whose weight decay is taken from the params by itself, and is right."""
    several(
        {"step": lambda w: rest(w) - w.rate * w.h.decay * w.x},
        code,
        title,
        where="step",
        wrong=rf"x\leftarrow x-\eta\lambda x{wrong}",
        right=r"x\leftarrow x-\eta\lambda x-\eta\,\dots",
        hints=(AT_STEP, *hints),
        needs=(Trait.AVERAGES_GRADIENT, Trait.SCALES_DIRECTION),
        when=lambda numbers: numbers["decay"] > 0,
    )


beside_decay("wrong_sign_beside_decay", "the step goes uphill", lambda w: w.rate * w.direction, r"+\eta\,\dots",
             "Which way does it go?", "Subtract the step: x - lr * ..., not x + lr * ...")  # fmt: skip
beside_decay("lr_missing_beside_decay", "the learning rate is left out of the step", lambda w: -w.direction, r"-\dots",
             "How long is the step?", "Multiply the step by the learning rate, as the weight decay is.")  # fmt: skip
beside_decay("lr_twice_beside_decay", "the learning rate is multiplied twice in the step", lambda w: -w.rate * w.rate * w.direction,
             r"-\eta^2\dots", "How often is the learning rate used?", "Multiply by the learning rate only once.")  # fmt: skip
beside_decay("no_step_beside_decay", "the step consists only of the weight decay", lambda w: w.x * 0, "",
             "Is the computed step used?", "Apply the step too, not only the weight decay.")  # fmt: skip
several(
    {"denominator": lambda w: w.x * 0 + 1},
    "denominator_missing",
    "the step is not divided by the root of the squared average",
    where="denominator",
    wrong=r"\eta\,N",
    right=r"\eta\,\frac{N}{D}",
    hints=("Look at what you divide by.", "What is the squared average for?", "Divide by its root, with eps as in this convention."),
    needs=(Trait.AVERAGES_GRADIENT, Trait.AVERAGES_SQUARE),
)
several(
    {"denominator": lambda w: w.square * w.square + eps_of(w)},
    "square_for_root",
    "the average is squared where its root belongs",
    where="denominator",
    wrong=r"S^2+\epsilon",
    right=r"D",
    hints=("Look at what you divide by.", "Look at the power of the average.", "You divide by v**2: the root is v**0.5, or sqrt(v)."),
    needs=(Trait.DIVIDES_BY_ROOT, Trait.ADDS_EPS),
    ways=(("the average is squared where its root belongs, and eps is left out", {"denominator": lambda w: w.square * w.square}),),
)


def multiplied(w: Work) -> Array:
    """The direction times the root; RAdam's is shorter, and has no root in its first steps."""
    direction = w.numerator * w.denominator
    if not hasattr(w, "rectification"):
        return direction
    return np.where(np.isnan(w.rectification), w.numerator, direction * w.rectification)


several(
    {"direction": multiplied},
    "times_root",
    "the step is multiplied by the root instead of divided by it",
    where="denominator",
    wrong=r"\eta\,N\,(D)",
    right=r"\eta\,\frac{N}{D}",
    hints=("Look at the root in the step.", "Does a large gradient make the step shorter?", "Divide by the root, do not multiply by it."),
    needs=(Trait.DIVIDES_BY_ROOT, Trait.ADDS_EPS),
    lacks=(Trait.HAS_VELOCITY, Trait.DECAYS_LR, Trait.TURNS_QUOTIENT),
)
several(
    {"direction": lambda w: (1.0 + w.h.momentum) * push(w) + w.h.momentum**2 * w.velocity},
    "velocity_too_early",
    "the velocity is updated before the step uses it",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(\mu^2 b_t+(1+\mu)P)",
    right=r"x\leftarrow x-\eta(\mu^2 b_{t-1}+(1+\mu)P)",
    hints=(
        LOOK_AHEAD,
        "Is the velocity updated before the step, or after it?",
        "Use the old velocity in this line. Update the velocity after it.",
    ),
    needs=Trait.GATHERS_GRADIENTS,
    when=lambda numbers: bool(numbers["nesterov"]),
)
