"""What is told beside the formulas: shapes, side effects, float32."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stepgrade.judging import Misshapen

from ...engine.conventions.choice import Choice
from ...engine.reading.tensors import Layout
from ...engine.running.trajectory_plan import Plan
from .candidate import Candidate
from .runs import Array, Slots, Update


def shape_mistake(choice: Choice, layout: Layout, got: Misshapen) -> Candidate | None:
    """What made numbers of one shape into another: a row and a column that were broadcast against each other; else nothing is known."""
    if layout.names is not None or isinstance(got.shape, str):
        return None
    shape = layout.shapes[0]
    length = max(shape, default=1)
    if len(got.shape) != 2 or set(got.shape) != {length} or sum(size != 1 for size in shape) != 1:
        return None
    hints = (
        "Look at the shapes of the arrays.",
        "A column and a flat array were combined.",
        f"An array of shape ({length}, 1) and one of shape ({length},) combine to shape ({length}, {length}). Give both the same shape.",
    )
    title = f"a column and a flat array were broadcast to {length} x {length}"
    return Candidate("broadcast_shape", title, "mistake", "shapes", hints, choice, {}, codes=("broadcast_shape",))


SIDE_EFFECT_HINTS: Mapping[str, tuple[str, str, str]] = {
    "grad_mutated": (
        "Look at what happens to the gradient that is passed in.",
        "Is it changed in place?",
        "Your code changes the gradient that it gets. Make a new array: g = g + ...",
    ),
    "state_aliased": (
        "Look at the arrays in the state.",
        "Do two names refer to the same array?",
        "Store a copy. If you change a stored array in place, the stored state changes too.",
    ),
    "params_mutated_in_place": (
        "Look at the params that are passed in.",
        "Are they changed in place?",
        "Your code changes the array that it gets. Make a new array (w = w - ...) and return it.",
    ),
    "int_state": (
        "Look at the type of the state.",
        "Can it hold a fraction?",
        "zeros_like of an array of integers makes integers: use dtype=float.",
    ),
}


def side_effect(choice: Choice, code: str, title: str) -> Candidate:
    """A side effect that the student's process showed, as a finding."""
    return Candidate(code, title, "mistake", "side effect", SIDE_EFFECT_HINTS[code], choice, {}, codes=(code,))


def rounded(choice: Choice, decimals: int) -> Candidate:
    """That the numbers are right, but for having been rounded."""
    hints = (
        "Look at the precision of the numbers.",
        "They have few decimals.",
        f"They are rounded to {decimals} decimals: return them without rounding.",
    )
    title = f"these are the right numbers, rounded to {decimals} decimals"
    return Candidate("rounded", title, "precision", "precision", hints, choice, {})


def rounded_in_every_step(choice: Choice, decimals: int) -> Candidate:
    """That the params are rounded in every step, so that the next step starts from the rounded ones."""

    def coarse(rule: Update, _: Plan) -> Update:
        def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
            moved, kept = rule(t, x, g, lr, slots)
            return np.round(moved, decimals), kept

        return update

    hints = (
        "Look at the precision of the numbers.",
        "The params have few decimals in every step.",
        f"The params are rounded to {decimals} decimals in every step: do not round them.",
    )
    title = f"the params are rounded to {decimals} decimals in every step"
    return Candidate("rounded", title, "precision", "precision", hints, choice, {}, alters=coarse)


def in_float32(choice: Choice) -> Candidate:
    """That the numbers are what float32 arithmetic gives."""
    hints = ("Look at the precision of the numbers.", "They are float32.", "Use float64, or accept float32 numbers.")
    return Candidate("float32", "these are the right numbers in float32 arithmetic", "precision", "precision", hints, choice, {})
