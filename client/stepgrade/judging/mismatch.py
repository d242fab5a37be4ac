"""Where a submission first differs from the right numbers, looked for in one order: points, update, state, t."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging.submission import Flat, Layout, Miscounted, Misshapen, Submission, miscounted
from stepgrade.judging.tolerance import Tolerance, agree

#: Quantities of a single step and of several; each slot is `state/` and its name.
PARAMS, POINTS, UPDATE, STATE = "params", "points", "update", "state/"


@dataclass(frozen=True)
class Mismatch:
    """Where the numbers first differ from the reference.

    Attributes
    ----------
    case : int
        Which of several references, from 0.
    step : int
        From 1.
    quantity : str
        `params`, `points`, `update`, `state/m`, `state/t`.
    index : tuple or None
        Where in it, as in `("W", 0, 1)`; None where the shapes differ, and then those are `expected` and `got`.
    expected, got : float, or what stands in its place
        `got` is None for what is no number.
    relative_error : float or None
        `abs(got - expected) / abs(expected)`. None if it is undefined.
    """

    case: int
    step: int
    quantity: str
    index: tuple[str | int, ...] | None
    expected: Any
    got: Any
    relative_error: float | None

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Mismatch:
        """Read it from an answer."""
        index = raw["index"]
        place = None if index is None else tuple(index)
        return cls(raw["case"], raw["step"], raw["quantity"], place, raw["expected"], raw["got"], raw.get("relative_error"))

    def to_dict(self) -> dict[str, Any]:
        """As it stands in an answer."""
        return {**vars(self), "index": None if self.index is None else list(self.index)}


@dataclass(frozen=True)
class Room:
    """How far float32 arithmetic may be off: around the points by compared step, and the slots at the end. Where there is no entry: 0."""

    points: Mapping[int, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    def of(self, quantity: str, step: int) -> Any:
        """The room around a quantity; an update has that of the point it leads to."""
        return self.state.get(quantity.removeprefix(STATE), 0.0) if quantity.startswith(STATE) else self.points.get(step, 0.0)


NO_ROOM = Room()


@dataclass(frozen=True)
class Numbers:
    """What one formula gives, flat: the points by compared step, the update of a single step, slots and count at the end.

    `layouts` are those of the quantities (`state/v`) that are not laid out like the params.
    """

    points: Mapping[int, Flat]
    update: Flat | None
    state: Mapping[str, Flat]
    t: Any = None
    layouts: Mapping[str, Layout] = field(default_factory=dict)

    @property
    def steps(self) -> list[int]:
        """The compared steps; the last of them is the end."""
        return list(self.points)

    def of(self, quantity: str, step: int) -> Flat | None:
        """One quantity; None where this formula has none, as an optimizer without that slot."""
        if quantity == UPDATE:
            return self.update
        return self.state.get(quantity.removeprefix(STATE)) if quantity.startswith(STATE) else self.points.get(step)


def submitted_at(submission: Submission, step: int, last: int) -> Iterator[tuple[str, Flat | Misshapen]]:
    """What was submitted of a step, in the one order: its point; after the last step also the update, of a single step, and the slots."""
    if step in submission.points:
        yield PARAMS if last == 1 else POINTS, submission.points[step]
    if step == last:
        if submission.update is not None and step == 1:
            yield UPDATE, submission.update
        yield from ((STATE + slot, got) for slot, got in submission.state.items())


def telling_at(submission: Submission, step: int, last: int) -> Iterator[tuple[str, Flat | Misshapen]]:
    """What of a step can tell which formula was used: all but an update or a slot in another shape, which is a mistake of its own."""
    for quantity, got in submitted_at(submission, step, last):
        if quantity in (PARAMS, POINTS) or not isinstance(got, Misshapen):
            yield quantity, got


def first_mismatch(
    case: int, submission: Submission, right: Numbers, layout: Layout, tolerance: Tolerance, room: Room = NO_ROOM
) -> Mismatch | None:
    """The first number that is off, None where all agree.

    Where its index is None, `expected` holds the right numbers, flat, and `got` a `Misshapen`, or None where no point was submitted.
    """
    last = max(right.steps, default=0)
    counted = _count_alone(submission, right, tolerance, room)
    if counted is not None:
        return Mismatch(case, right.steps[0], POINTS, None, right.points[last], counted, None)
    for step, point in right.points.items():
        if step not in submission.points and (not submission.is_end_alone or step == last):
            count = len(submission.points)
            are_right = "The point is right" if count == 1 else f"The {count} points are right"
            also = miscounted(count, len(right.steps), are_right) if count else None
            return Mismatch(case, step, PARAMS if last == 1 else POINTS, None, point, also, None)
        for quantity, got in submitted_at(submission, step, last):
            expected = right.of(quantity, step)
            assert expected is not None  # a slot that the optimizer has not is refused when the submission is read
            if isinstance(got, Misshapen):
                return Mismatch(case, step, quantity, None, expected, got, None)
            bad = np.flatnonzero(~agree(got, expected, tolerance.around(expected) + room.of(quantity, step)))
            if len(bad):
                where = int(bad[0])
                return Mismatch(case, step, quantity, place(right.layouts.get(quantity, layout), where), *_sizes(got, expected, where))
    if submission.t is not None and submission.t != right.t:
        return Mismatch(case, last, STATE + "t", (), right.t, submission.t, None)
    return None


def _count_alone(submission: Submission, right: Numbers, tolerance: Tolerance, room: Room) -> Miscounted | None:
    """What is wrong with a submission whose last point is the right end, where there are too few points or too many."""
    count, steps = len(submission.points), right.steps
    if submission.is_end_alone or not count or not steps:
        return None
    given, expected = submission.points[max(submission.points)], right.points[steps[-1]]
    if isinstance(given, Miscounted) and given.numbers is not None:
        count, given = len(given.numbers), given.numbers[-1].reshape(-1)
    if isinstance(given, Misshapen) or count == len(steps) or given.shape != expected.shape:
        return None
    is_right = agree(given, expected, tolerance.around(expected) + room.of(POINTS, steps[-1])).all()
    return miscounted(count, len(steps), "The end is right") if is_right else None


def _sizes(got: NDArray[Any], expected: NDArray[Any], where: int) -> tuple[float, float, float | None]:
    """A number as expected and as submitted, and its relative error."""
    value, wanted = float(got[where]), float(expected[where])
    error = abs(value - wanted) / abs(wanted) if wanted and np.isfinite(value) else None
    return wanted, value, error


def place(layout: Layout, flat: int) -> tuple[str | int, ...]:
    """Where a coordinate of the flat vector stands in the params: `("W", 0, 1)`, `(2,)`."""
    bounds = np.cumsum([0, *map(prod, layout.shapes)])
    number = int(np.searchsorted(bounds, flat, side="right")) - 1
    shape = layout.shapes[number]
    index = tuple(int(i) for i in np.unravel_index(flat - int(bounds[number]), shape)) if shape else ()
    return index if layout.names is None else (layout.names[number], *index)
