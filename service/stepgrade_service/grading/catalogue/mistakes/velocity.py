"""Mistakes about the velocity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...order import Family
from ..formulas import Array, Part, Trait, Work
from .averages import OLD, PAST, SET, WEIGHTS
from .declaration import family

_, several = family(Family.VELOCITY)

PUSH = r"b\leftarrow\mu b+P"
AT_B = "Look at the velocity."


def push(w: Work) -> Array:
    """What enters the velocity in this step."""
    if hasattr(w, "denominator"):
        scaled = w.numerator / w.denominator
        return scaled * w.rate if w.h.lr_in_velocity else scaled
    if Trait.VELOCITY_IS_STEP not in w.traits:
        return np.asarray(w.h.gain * w.gradient)
    pushed: Array = -(w.own_rate if Trait.HAS_TRUST_RATIO in w.traits else w.rate) * w.h.gain * w.gradient
    return pushed


def velocity_before(w: Work) -> Array:
    """The old velocity, 0 where there is none yet."""
    return np.nan_to_num(w.old.velocity)


def has_momentum(numbers: Mapping[str, float]) -> bool:
    return numbers["momentum"] > 0


def of_velocity(code: str, title: str, part: Part, wrong: str, *hints: str, **more: Any) -> None:
    """Enter a mistake about the velocity."""
    several({"velocity": part}, code, title, where="velocity", wrong=wrong, right=PUSH, hints=(AT_B, *hints), when=has_momentum, **more)


of_velocity("momentum_missing_on_velocity", "the old velocity is not multiplied by momentum", lambda w: velocity_before(w) + push(w),
            r"b\leftarrow b+P", OLD, "The old velocity has to be multiplied by momentum.")  # fmt: skip
of_velocity("velocity_not_accumulated", "the velocity does not contain the old velocity", push, r"b\leftarrow P", PAST,
            "Add momentum times the old velocity, from the stored state.")  # fmt: skip
of_velocity("momentum_squared", "momentum is applied twice to the old velocity",
            lambda w: w.h.momentum**2 * velocity_before(w) + push(w), r"b\leftarrow\mu^2 b+P", OLD,
            "The old velocity is multiplied by momentum once.")  # fmt: skip
of_velocity("momentum_complement", "momentum and 1 - momentum are exchanged",
            lambda w: (1.0 - w.h.momentum) * velocity_before(w) + w.h.momentum * push(w), r"b\leftarrow(1-\mu)b+\mu P", WEIGHTS,
            "The old velocity is weighted with momentum.")  # fmt: skip
of_velocity("momentum_on_gradient", "momentum multiplies the gradient", lambda w: velocity_before(w) + w.h.momentum * push(w),
            r"b\leftarrow b+\mu P", OLD, "momentum belongs to the old velocity, not to the gradient.")  # fmt: skip
of_velocity("velocity_added_to_itself", "v += ... stands where v = ... belongs",
            lambda w: velocity_before(w) + w.h.momentum * velocity_before(w) + push(w), r"b\leftarrow b+\mu b+P", SET,
            "+= adds the new velocity to the old one. Write v = momentum * v ..., not v += momentum * v ...",
            stands_alone=True)  # fmt: skip


def opposite_velocity(w: Work) -> Array:
    """The velocity that is subtracted: momentum * velocity + lr * gradient."""
    return np.asarray(w.h.momentum * w.old.velocity - push(w))


def opposite_direction(w: Work) -> Array:
    ahead: Array = w.h.momentum * w.velocity - push(w) if w.h.nesterov else w.velocity
    return -ahead


several(
    {"velocity": opposite_velocity, "direction": opposite_direction},
    "velocity_sign",
    "the velocity has the opposite sign, and is subtracted from the params",
    where="velocity",
    kind="convention",
    wrong=r"b\leftarrow\mu b+\eta g,\ x\leftarrow x-b",
    right=r"b\leftarrow\mu b+P,\ x\leftarrow x+b",
    hints=(
        "Look at the sign of the velocity.",
        "Is the velocity added to the params, or subtracted from them?",
        "You use v = momentum * v + lr * g and x - v. Here the velocity has the sign of the step: v = momentum * v - lr * g and x + v.",
    ),
    needs=Trait.VELOCITY_IS_STEP,
    when=has_momentum,
)
