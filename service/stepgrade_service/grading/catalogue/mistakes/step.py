"""Mistakes about the step itself: its sign, its rate, what it follows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...order import Family
from ..formulas import Array, Trait, Work, squared_norm
from ..formulas.accumulating import scaled_gradient, velocity_step
from .averages import has_momentum, push, velocity_before
from .correction import corrects_both
from .declaration import eps_of, family

mistake, several = family(Family.STEP)

AT_STEP = "Look at the last line, where the params change."


several(
    {"step": lambda w: -w.right["step"](w)},
    "wrong_sign",
    "the step goes uphill",
    where="sign",
    wrong=r"x\leftarrow x+\eta\,\dots",
    right=r"x\leftarrow x-\eta\,\dots",
    hints=(AT_STEP, "Which way does it go?", "Subtract the step: x - lr * ..., not x + lr * ..."),
    lacks=(Trait.VELOCITY_IS_STEP, Trait.MAY_PUT_LR_IN_VELOCITY, Trait.SETS_POINT),
)


@mistake(
    "wrong_sign_of_velocity",
    "the velocity is added with the wrong sign",
    "direction",
    where="sign",
    wrong=r"x\leftarrow x-b",
    right=r"x\leftarrow x+b",
    hints=(AT_STEP, "Which way does it go?", "The velocity already has the sign of the step: use x + v."),
    needs=Trait.VELOCITY_IS_STEP,
)
def wrong_sign_of_velocity(w: Work) -> Array:
    return -w.velocity


several(
    {"rate": lambda w: w.lr * 0 + 1},
    "lr_missing",
    "the learning rate is left out",
    where="learning rate",
    wrong=r"x\leftarrow x-\dots",
    right=r"x\leftarrow x-\eta\,\dots",
    hints=(AT_STEP, "How long is the step?", "Multiply the step by the learning rate."),
)
several(
    {"rate": lambda w: w.lr * w.lr},
    "lr_twice",
    "the learning rate is multiplied twice",
    where="learning rate",
    wrong=r"\eta^2",
    right=r"\eta",
    hints=(AT_STEP, "How often is the learning rate used?", "Multiply by the learning rate only once."),
)


def shrunk_by_correction(w: Work) -> Array:
    """The learning rate with the corrections of all steps so far multiplied into it."""
    steps = np.arange(w.first_t, w.t + 1)
    return w.lr * w.lr.dtype.type(np.prod(np.sqrt(1.0 - w.h.beta2**steps) / (1.0 - w.h.beta1**steps)))


several(
    {"rate": shrunk_by_correction, "first_correction": lambda _: 1.0, "second_correction": lambda _: 1.0},
    "correction_in_place",
    "the learning rate is multiplied by the bias correction again in every step",
    where="learning rate",
    wrong=r"\eta\leftarrow\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}",
    right=r"\eta_t=\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}",
    hints=("Look at the learning rate.", "Does it keep its value from step to step?", "Give the corrected rate a new name."),
    when=corrects_both,
)


def slowed_again(w: Work) -> Array:
    """The direction at a rate that is divided in every step, and stays so."""
    steps = np.arange(w.first_t, w.t + 1)
    return scaled_gradient(w) / w.x.dtype.type(np.prod(1.0 + (steps - 1) * w.h.lr_decay))


several(
    {"direction": slowed_again},
    "lr_decayed_in_place",
    "the decay is applied to the learning rate that is already decayed",
    where="learning rate",
    wrong=r"\eta\leftarrow\frac{\eta}{1+(t-1)\kappa}",
    right=r"\eta_t=\frac{\eta}{1+(t-1)\kappa}",
    hints=("Look at the learning rate.", "Does it keep its value from step to step?", "Give the decayed rate a new name."),
    needs=Trait.DECAYS_LR,
    when=lambda numbers: numbers["lr_decay"] > 0,
)
several(
    {"direction": scaled_gradient},
    "lr_decay_ignored",
    "the learning rate is not decayed",
    where="learning rate",
    wrong=r"\eta",
    right=r"\frac{\eta}{1+(t-1)\kappa}",
    hints=("Look at the learning rate.", "Does it become smaller?", "Divide it by 1 + (t - 1) * lr_decay."),
    needs=Trait.DECAYS_LR,
    when=lambda numbers: numbers["lr_decay"] > 0,
)


@mistake(
    "lr_in_velocity_and_step",
    "the learning rate is in the velocity and in the step",
    "direction",
    where="learning rate",
    wrong=r"b\leftarrow\mu b+P,\ x\leftarrow x+\eta b",
    right=r"b\leftarrow\mu b+P,\ x\leftarrow x+b",
    hints=(AT_STEP, "How often is the learning rate used?", "The velocity already contains the learning rate: use x + v."),
    needs=Trait.VELOCITY_IS_STEP,
)
def lr_in_velocity_and_step(w: Work) -> Array:
    return w.rate * w.velocity


@mistake(
    "raw_gradient_step",
    "the step follows the gradient instead of its average",
    "numerator",
    where="numerator",
    wrong=r"\frac{g}{D}",
    right=r"\frac{N}{D}",
    hints=("Look at what is divided.", "Is it the gradient or its average?", "The step follows m_hat, not the gradient."),
    needs=Trait.AVERAGES_GRADIENT,
    lacks=Trait.FOLLOWS_MORE,
)
def raw_gradient_step(w: Work) -> Array:
    return w.gradient


@mistake(
    "old_m",
    "the step follows m before it is updated",
    "numerator",
    where="numerator",
    wrong=r"\frac{m_{t-1}/(1-\beta_1^t)}{D}",
    right=r"\frac{m_t/(1-\beta_1^t)}{D}",
    hints=("Look at what is divided.", "Is m updated before it is used?", "Update m first, then take the step with the new m."),
    needs=Trait.CORRECTS_M,
    lacks=Trait.FOLLOWS_MORE,
)
def old_m(w: Work) -> Array:
    return w.old.m / w.first_correction


# Where the updates are averaged too, an average from before the step is right in the numerator: the hints would confuse.
@mistake(
    "old_square",
    "the step divides by the average before it is updated",
    "square",
    where="denominator",
    wrong=r"\sqrt{S_{t-1}}+\epsilon",
    right=r"\sqrt{S_t}+\epsilon",
    hints=(
        "Look at what you divide by.",
        "Is it updated before it is used?",
        "Update the average first, then divide by the root of the new one.",
    ),
    needs=Trait.SQUARE_AS_KEPT,
    lacks=(Trait.AVERAGES_UPDATES, Trait.DIVIDES_BY_OLD),
)
def old_square(w: Work) -> Array:
    old = w.old.accumulator if hasattr(w.old, "accumulator") else w.old.v
    return old / w.second_correction if hasattr(w, "second_correction") else old


@mistake(
    "old_velocity",
    "the step follows the velocity before it is updated",
    "direction",
    where="velocity",
    wrong=r"x\leftarrow x-\eta\,b_{t-1}",
    right=r"x\leftarrow x-\eta\,b_t",
    hints=("Look at the velocity.", "Is it updated before it is used?", "Update the velocity first, then take the step with the new one."),
    needs=Trait.HAS_VELOCITY,
    lacks=Trait.FOLLOWS_MORE,
    when=has_momentum,
)
def old_velocity(w: Work) -> Array:
    return velocity_before(w)


LOOK_AHEAD = "Look at Nesterov's momentum."


several(
    {"direction": lambda w: w.velocity},
    "nesterov_plain",
    "there is no look-ahead: this is plain momentum",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta b",
    right=r"x\leftarrow x-\eta(\mu b+P)",
    hints=(
        LOOK_AHEAD,
        "What does the step follow?",
        "Use momentum times the new velocity, and the gradient: AHEAD.",
    ),
    needs=Trait.HAS_VELOCITY,
    when=lambda numbers: bool(numbers["nesterov"]),
)
several(
    {"direction": lambda w: push(w) + w.h.momentum * velocity_before(w) * w.h.momentum + w.h.momentum * w.velocity},
    "nesterov_momentum_twice",
    "momentum is used once too often",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(\mu^2 b_{t-1}+\mu b_t+P)",
    right=r"x\leftarrow x-\eta(\mu b+P)",
    hints=(
        LOOK_AHEAD,
        "Count how often the old velocity is used.",
        "Use the new velocity once, and the gradient once: AHEAD.",
    ),
    needs=Trait.GATHERS_GRADIENTS,
    when=lambda numbers: bool(numbers["nesterov"]),
)
several(
    {"direction": lambda w: push(w) + w.velocity},
    "nesterov_velocity_whole",
    "the look-ahead does not multiply the velocity by momentum",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(b+P)",
    right=r"x\leftarrow x-\eta(\mu b+P)",
    hints=(LOOK_AHEAD, "What is the velocity multiplied by?", "Multiply the new velocity by momentum: AHEAD."),
    needs=Trait.GATHERS_GRADIENTS,
    when=lambda numbers: bool(numbers["nesterov"]),
)
several(
    {"direction": lambda w: push(w) + w.h.momentum * w.velocity},
    "nesterov_unasked",
    "the step looks ahead, as Nesterov's momentum does",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(\mu b+P)",
    right=r"x\leftarrow x-\eta b",
    hints=(AT_STEP, "What does the step follow?", "Plain momentum follows the velocity. AHEAD is Nesterov's momentum."),
    needs=Trait.GATHERS_GRADIENTS,
    lacks=Trait.FOLLOWS_MORE,
    when=lambda numbers: not numbers["nesterov"],
)


@mistake(
    "normalised_gradient",
    "the gradient is divided by its norm",
    "direction",
    where="direction",
    wrong=r"\frac{g}{\lVert g\rVert}",
    right=r"g",
    hints=(
        "Look at the gradient in the step.",
        "Does the step still depend on the gradient's length?",
        "The step follows g itself, not g / norm(g).",
    ),
    needs=Trait.FOLLOWS_GRADIENT,
)
def normalised_gradient(w: Work) -> Array:
    return w.gradient / np.sqrt(squared_norm(w))


@mistake(
    "first_velocity_lost",
    "the gradient is added to the velocity before the momentum is applied",
    "velocity",
    where="velocity",
    wrong=r"b\leftarrow\mu(b+P)",
    right=r"b\leftarrow\mu b+P",
    hints=("Look at the velocity.", "Look at the brackets.", "momentum multiplies only the old velocity, not the gradient."),
    needs=Trait.GATHERS_GRADIENTS,
)
def first_velocity_lost(w: Work) -> Array:
    return w.h.momentum * (velocity_before(w) + push(w))


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


@mistake(
    "update_returned",
    "the step is returned instead of the params",
    "step",
    where="params",
    wrong=r"x\leftarrow\Delta x",
    right=r"x\leftarrow x+\Delta x",
    hints=(
        "Look at what is returned.",
        "Is it the new params, or only the step?",
        "Return the new params: the old params with the step, not the step alone.",
    ),
)
def step_alone(w: Work) -> Array:
    return np.asarray(w.right["step"](w) - w.x)


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
    "the step of Nesterov's momentum uses the new velocity where the formula has the old one",
    where="look-ahead",
    wrong=r"x\leftarrow x-\eta(\mu^2 b_t+(1+\mu)P)",
    right=r"x\leftarrow x-\eta(\mu^2 b_{t-1}+(1+\mu)P)",
    hints=(
        LOOK_AHEAD,
        "Is the velocity updated before the step, or after it?",
        "In this form of the formula, compute the step with the old velocity, and update the velocity after it.",
    ),
    needs=Trait.GATHERS_GRADIENTS,
    when=lambda numbers: bool(numbers["nesterov"]),
)
