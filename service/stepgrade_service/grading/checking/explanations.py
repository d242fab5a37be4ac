"""What every candidate gives in the place of a reference's numbers, to be kept where no service will be at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.running.trajectory_plan import Plan
from ..candidates.candidate import Candidate
from ..candidates.of_loops import OF_POINTS, loop_mistakes
from ..candidates.runs import Array, Course, Slots, right
from ..candidates.schedules import schedule_mistakes
from ..candidates.single_and_double import singles
from .case import compared_steps
from .precision import float32_bounds, growing


@dataclass(frozen=True)
class Explanation:
    """A candidate with its numbers: points after the compared steps, (compared, dimension), slots at the end, and float32's room."""

    candidate: Candidate | None
    points: Array
    update: Array
    slots: Slots
    room: NDArray[np.float64]
    slot_room: Slots


def right_answer(plan: Plan) -> Explanation:
    """The reference's own numbers, with the room that float32 needs."""
    course, choice = Course(plan), plan.choice
    rows = list(course.run(choice, right(choice, plan)))
    return _explanation(plan, None, rows, float32_bounds(course, choice, rows))


def explanations(plan: Plan, given: frozenset[str]) -> Iterator[Explanation]:
    """Every single change, in the order in which a check tries them; those that give no numbers are left out."""
    course = Course(plan)
    of_points = () if plan.steps == 1 else (each for each in loop_mistakes(plan.choice) if each.code in OF_POINTS)
    for candidate in (*singles(plan.choice, given), *schedule_mistakes([plan]), *of_points):
        rows = list(candidate.run(course))
        around, before, room = growing(candidate.choice, plan.state.t), plan.start, []
        for step, (x, _) in enumerate(rows, start=1):
            room.append(around.after(step, before, x))
            before = x
        yield _explanation(plan, candidate, rows, room)


def _explanation(plan: Plan, candidate: Candidate | None, rows: list[tuple[Array, Slots]], room: list[NDArray[np.float64]]) -> Explanation:
    """What is kept of a run: the compared steps and the end."""
    steps, (x, slots) = compared_steps(plan), rows[-1]
    around = growing(plan.choice if candidate is None else candidate.choice, plan.state.t)
    with np.errstate(invalid="ignore"):  # a mistake may leave the finite numbers
        update = x - (rows[-2][0] if len(rows) > 1 else plan.start)
    return Explanation(
        candidate=candidate,
        points=np.array([rows[step - 1][0] for step in steps]),
        update=update,
        slots=slots,
        room=np.array([np.broadcast_to(room[step - 1], x.shape) for step in steps]),
        slot_room={name: around.of_slot(plan.steps, slot) for name, slot in slots.items()},
    )
