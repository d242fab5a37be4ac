"""Mistakes about the length of the step: its sign, its learning rate."""

from __future__ import annotations

import numpy as np

from ...order import Family
from ..formulas import Array, Trait, Work
from ..formulas.accumulating import scaled_gradient
from .correction import corrects_both
from .declaration import family

mistake, several = family(Family.RATE)

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
