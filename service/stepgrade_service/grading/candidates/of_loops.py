"""What one gets wrong about a loop that computes its own gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...engine.conventions.choice import Choice
from ...engine.running.trajectory_plan import Plan
from ..catalogue.mistakes import Mistake
from .candidate import Candidate
from .runs import Array, Course, Slots, Update, right

AT_STEPS = ("Look at the number of steps.", "How often does the loop run?")
ALL_STEPS = r"t=1,\dots,n"

#: What one can get wrong about a loop, whatever the optimizer; `loop_mistakes` runs them.
LOOP_MISTAKES = (
    Mistake("one_step_short", "the loop takes one step too few, or the points begin with the start and the last one is missing",
            "number of steps", r"t=1,\dots,n-1", ALL_STEPS,
            (*AT_STEPS, "Check where the count begins and ends. If you append points before their step, append the last one at the end."),
            {}),
    Mistake("one_step_long", "the loop takes one step too many", "number of steps", r"t=1,\dots,n+1", ALL_STEPS,
            (*AT_STEPS, "The loop takes one step too many. Check where its count begins and ends."), {}),
    Mistake("return_in_loop", "the loop ends after its first step", "loop", r"t=1", ALL_STEPS,
            ("Look at the place of return.", "Is it inside the loop?",
             "Your code returns after the first step. Write return after the loop, with less indentation."), {}),
    Mistake("gradient_at_start", "the gradient is computed only once, at the start", "gradient",
            r"g_t=\nabla f(x_0)", r"g_t=\nabla f(x_{t-1})",
            ("Look at the gradient in the loop.", "Where is it computed?",
             "The gradient is always that of the start. Compute it inside the loop, at the new point."), {}),
    Mistake("updated_one_by_one", "the first parameter changes before the gradient of the second one is computed", "gradient",
            r"g_b=\nabla_b f(w_t,b_{t-1})", r"g_b=\nabla_b f(w_{t-1},b_{t-1})",
            ("Look at the gradient in the loop.", "At which point is each gradient computed?",
             "Compute the gradients of w and b first. Then change w and b, both with these gradients."), {}),
    Mistake("points_not_copied", "all points are the last one: they are the same array", "points", r"x_t=x_n", r"x_t",
            ("Look at how the points are kept.", "Is it a copy of each point that is kept?",
             "x -= ... changes the array that is already in the list. Append a copy: points.append(x.copy())."), {}),
)  # fmt: skip

#: Parameters that have a gradient function each.
MOST_BY_HAND = 4

#: The point that is returned after a step: the number of steps before, the right point, and the state there.
Shown = Callable[[int, Array, Slots], Array]


def before(plan: Plan) -> Shown:
    """Each point is the one before the right one."""
    last = [plan.start]

    def shown(k: int, x: Array, _: Slots) -> Array:
        last[:] = [plan.start if k == 0 else last[-1], x]
        return last[0]

    return shown


def after(plan: Plan) -> Shown:
    """Each point is the one after the right one."""
    course, rule = Course(plan), right(plan.choice, plan)
    rates = course.rates(plan.choice)

    def shown(k: int, x: Array, slots: Slots) -> Array:
        return rule(plan.state.t + k + 2, x, course.gradient(k + 1, x), rates(k + 1), slots)[0]

    return shown


def first(_: Plan) -> Shown:
    """All points are the first one."""
    points: list[Array] = []

    def shown(k: int, x: Array, _: Slots) -> Array:
        points[:] = [x] if k == 0 else points
        return points[0]

    return shown


def last(plan: Plan) -> Shown:
    """All points are the last one."""
    *_, (end, _) = Course(plan).run(plan.choice, right(plan.choice, plan))
    return lambda *_: end


def one_by_one(rule: Update, plan: Plan) -> Update:
    """Each number is changed before the gradient of the next one is computed. Nobody writes this for many numbers."""
    course, size = Course(plan), len(plan.start)
    if size > MOST_BY_HAND:
        return rule

    def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
        now, kept = x, slots
        for i in range(size):
            own = g if i == 0 else course.gradient_at(t - 1 - plan.state.t, now)
            moved, after_it = rule(t, now, own, lr, slots)
            now = np.where(np.arange(size) == i, moved, now)
            kept = {name: np.where(np.arange(len(slot)) % size == i, after_it[name], slot) for name, slot in kept.items()}
        return now, kept

    return update


def held(rule: Update, _: Plan) -> Update:
    """The gradient is always the first one."""
    found: list[Array] = []

    def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
        found[:] = found or [g]
        return rule(t, x, found[0], lr, slots)

    return update


#: How each mistake is made.
MADE: Mapping[str, Mapping[str, Any]] = {
    "one_step_short": {"shows": before},
    "one_step_long": {"shows": after},
    "return_in_loop": {"shows": first},
    "gradient_at_start": {"alters": held},
    "updated_one_by_one": {"alters": one_by_one},
    "points_not_copied": {"shows": last},
}

#: Those that one can also make about points whose gradients are given.
OF_POINTS = frozenset({"one_step_short", "points_not_copied"})

#: The first point of each, from the start and the right points; not finite where it is none of these.
FIRST_POINT: Mapping[str, Callable[[Array, Sequence[Array]], Array]] = {
    "one_step_short": lambda start, _: start,
    "one_step_long": lambda _, points: points[min(1, len(points) - 1)],
    "return_in_loop": lambda _, points: points[0],
    "gradient_at_start": lambda _, points: points[0],
    "updated_one_by_one": lambda start, _: start * np.nan,
    "points_not_copied": lambda _, points: points[-1],
}


def loop_mistakes(choice: Choice) -> Iterator[Candidate]:
    """What one gets wrong about a loop."""
    for mistake in LOOP_MISTAKES:
        told = (mistake.code, mistake.title, mistake.kind, mistake.where, mistake.hints)
        yield Candidate(*told, choice, {}, mistake.wrong, mistake.right, (mistake.code,), **MADE[mistake.code])
