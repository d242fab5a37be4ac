"""A case to be checked: a reference, and what was submitted to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from stepgrade.judging import FLOAT32, STATE, Numbers, Submission, Tolerance

from ...engine.conventions.choice import Choice
from ...engine.optimizers.memory import rooms_of
from ...engine.running.trajectory_plan import Plan
from ..candidates.runs import Array, Course, Slots
from .shared import course_of, digest_of

#: What a test may compare; one that does not say compares what an answer has in any case.
COMPARABLE = ("params", "points", "update", "state")
DEFAULT_COMPARES = ("params", "points")


@dataclass(frozen=True, eq=False)
class Case:
    """A reference and what was submitted to it."""

    plan: Plan
    given: frozenset[str]
    submission: Submission

    @cached_property
    def digest(self) -> bytes:
        return digest_of(self.plan)

    @cached_property
    def course(self) -> Course:
        return course_of(self.plan, self.digest)

    @property
    def right_rows(self) -> Sequence[tuple[Array, Slots]]:
        """The right points and slots after each step."""
        return self.course.right_rows

    @cached_property
    def right_numbers(self) -> Numbers:
        """What the submission is held against."""
        plan, rows = self.plan, self.right_rows
        points = {step: rows[step - 1][0] for step in compared_steps(plan)}
        update = rows[-1][0] - plan.start if plan.steps == 1 else None
        rooms = rooms_of(plan.choice.rule, plan.layout)
        layouts = {STATE + room.name: room.layout for room in rooms if room.layout != plan.layout}
        state = public_slots(plan, plan.choice, rows[-1][1]) if rows else {}
        return Numbers(points, update, state, plan.state.t + plan.steps, layouts)

    def is_roomy(self, tolerance: Tolerance) -> bool:
        """Whether its numbers are given the room that float32 arithmetic needs."""
        return self.submission.is_float32 and tolerance.precision == FLOAT32


def public_slots(plan: Plan, choice: Choice, slots: Slots) -> Slots:
    """The slots of an optimizer on the params of a plan, as held in memory, in the layouts that the public sees: flat."""
    return {room.name: room.public(slots[room.name]) for room in rooms_of(choice.rule, plan.layout)}


def compared_steps(plan: Plan) -> list[int]:
    """The steps whose points are compared: those that the answer records, but for the start."""
    steps = list(range(plan.record_every, plan.steps + 1, plan.record_every))
    return steps if not plan.steps or (steps and steps[-1] == plan.steps) else [*steps, plan.steps]
