"""What is told beside the formulas: shapes, side effects, float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from stepgrade.judging import Misshapen

from ...engine.conventions.resolve import Choice
from ...engine.reading.tensors import Layout
from ...engine.running.trajectory_plan import Plan
from .candidate import Candidate
from .runs import Array, Course, Slots, Update, right


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


def one_step_short(choice: Choice) -> Candidate:
    """That a loop takes one step less than it is asked for, so that each of its points is the one before the right one."""

    def before(plan: Plan) -> Callable[[int, Array, Slots], Array]:
        last = [plan.start]

        def shown(k: int, x: Array, _: Slots) -> Array:
            last[:] = [plan.start if k == 0 else last[-1], x]
            return last[0]

        return shown

    hints = (
        "Look at the number of steps.",
        "How often does the loop run?",
        "The loop takes one step too few. Check where its count begins and ends.",
    )
    title = "the loop takes one step too few"
    return Candidate("one_step_short", title, "mistake", "number of steps", hints, choice, {}, codes=("one_step_short",), shows=before)


def one_step_long(choice: Choice) -> Candidate:
    """That a loop takes one step more than it is asked for, so that each of its points is the one after the right one."""

    def after(plan: Plan) -> Callable[[int, Array, Slots], Array]:
        course, rule = Course(plan), right(plan.choice, plan)
        rates = course.rates(plan.choice)

        def shown(k: int, x: Array, slots: Slots) -> Array:
            return rule(plan.state.t + k + 2, x, course.gradient(k + 1, x), rates(k + 1), slots)[0]

        return shown

    hints = (
        "Look at the number of steps.",
        "How often does the loop run?",
        "The loop takes one step too many. Check where its count begins and ends.",
    )
    title = "the loop takes one step too many"
    return Candidate("one_step_long", title, "mistake", "number of steps", hints, choice, {}, codes=("one_step_long",), shows=after)


def return_in_loop(choice: Choice) -> Candidate:
    """That the code returns after the first step, so that all points are the first one."""

    def first(_: Plan) -> Callable[[int, Array, Slots], Array]:
        points: list[Array] = []

        def shown(k: int, x: Array, _: Slots) -> Array:
            points[:] = [x] if k == 0 else points
            return points[0]

        return shown

    hints = (
        "Look at the place of return.",
        "Is it inside the loop?",
        "Your code returns after the first step. Write return after the loop, with less indentation.",
    )
    title = "the loop ends after its first step"
    return Candidate("return_in_loop", title, "mistake", "loop", hints, choice, {}, codes=("return_in_loop",), shows=first)


def gradient_at_start(choice: Choice) -> Candidate:
    """That the gradient is computed once, before the loop."""

    def held(rule: Update) -> Update:
        first: list[Array] = []

        def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
            first[:] = first or [g]
            return rule(t, x, first[0], lr, slots)

        return update

    hints = (
        "Look at the gradient in the loop.",
        "Where is it computed?",
        "The gradient is always that of the start. Compute it inside the loop, at the new point.",
    )
    title = "the gradient is computed only once, at the start"
    return Candidate("gradient_at_start", title, "mistake", "gradient", hints, choice, {}, codes=("gradient_at_start",), alters=held)


#: What one gets wrong about a loop that computes its own gradients.
LOOP_MISTAKES = (one_step_short, one_step_long, return_in_loop, gradient_at_start)


SIDE_EFFECT_HINTS: Mapping[str, tuple[str, str, str]] = {
    "grad_mutated": (
        "Look at what happens to the gradient that is passed in.",
        "Is it changed in place?",
        "g += ... changes the caller's array: write g = g + ...",
    ),
    "state_aliased": (
        "Look at the arrays in the state.",
        "Do two names refer to the same array?",
        "Store a copy. If you change a stored array in place, the stored state changes too.",
    ),
    "params_mutated_in_place": (
        "Look at the params that are passed in.",
        "Are they changed in place?",
        "w -= ... changes the caller's array: write w = w - ..., and return it.",
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

    def coarse(rule: Update) -> Update:
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
