"""Where a submission first differs from its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..candidates.runs import Array, Slots
from .case import Case, Tolerance, agree, compared_steps
from .precision import Growing
from .submissions import Misshapen


@dataclass(frozen=True)
class Mismatch:
    """Where a submission first differs: the case, the step, the quantity, the index in it; shapes where these differ."""

    case: int
    step: int
    quantity: str
    index: tuple[str | int, ...] | None
    expected: Any
    got: Any
    relative_error: float | None


@dataclass(frozen=True)
class Looking:
    """What a case is looked at with: the rows of the reference, the room around them, and the tolerance."""

    case: Case
    number: int
    rows: Sequence[tuple[Array, Slots]]
    room: Sequence[NDArray[np.float64]]
    tolerance: Tolerance
    is_roomy: bool = False

    def first_mismatch(self) -> Mismatch | None:
        """The first number that is off, in the order of the steps; update and state are looked at after the last."""
        for look in (self._points, self._update, self._state, self._count):
            found = look()
            if found is not None:
                return found
        return None

    def _points(self) -> Mismatch | None:
        submission, plan = self.case.submission, self.case.plan
        quantity = "params" if plan.steps == 1 else "points"
        for step in compared_steps(plan):
            expected, _ = self.rows[step - 1]
            if step in submission.points:
                found = self._off(submission.points[step], expected, quantity, step)
                if found is not None:
                    return found
            elif not submission.is_end_alone or step == plan.steps:
                return Mismatch(self.number, step, quantity, None, plan.layout.unflatten(expected), None, None)
        return None

    def _update(self) -> Mismatch | None:
        update, plan = self.case.submission.update, self.case.plan
        if update is None or plan.steps != 1:
            return None
        return self._off(update, self.rows[-1][0] - plan.start, "update", 1)

    def _state(self) -> Mismatch | None:
        if not self.rows:
            return None
        _, slots = self.rows[-1]
        steps, state = self.case.plan.steps, self.case.submission.state
        found = (self._off(slot, slots[name], f"state/{name}", steps) for name, slot in state.items())
        return next((mismatch for mismatch in found if mismatch is not None), None)

    def _count(self) -> Mismatch | None:
        plan, got = self.case.plan, self.case.submission.t
        expected = plan.state.t + plan.steps
        return None if got is None or got == expected else Mismatch(self.number, plan.steps, "state/t", (), expected, got, None)

    def _off(self, got: Any, expected: Array, quantity: str, step: int) -> Mismatch | None:
        """The first coordinate that is off, None where all agree."""
        layout = self.case.plan.layout
        if isinstance(got, Misshapen):
            shape = got.shape if isinstance(got.shape, str) else list(got.shape)
            return Mismatch(self.number, step, quantity, None, layout.says(), shape, None)
        room = self.room[step - 1]
        if self.is_roomy and quantity.startswith("state/"):
            room = Growing(self.case.plan.choice, self.case.plan.state.t).of_slot(step, expected)
        bad = np.flatnonzero(~agree(got, expected, self.tolerance.around(expected) + room))
        if not len(bad):
            return None
        where = int(bad[0])
        value, wanted = float(got[where]), float(expected[where])
        error = abs(value - wanted) / abs(wanted) if wanted and np.isfinite(value) else None
        return Mismatch(self.number, step, quantity, place(layout, where), wanted, value, error)


def place(layout: Any, flat: int) -> tuple[str | int, ...]:
    """Where a coordinate of the flat vector stands in the params: `("W", 0, 1)`, `(2,)`."""
    number = int(np.searchsorted(layout.bounds, flat, side="right")) - 1
    shape = layout.shapes[number]
    index = tuple(int(i) for i in np.unravel_index(flat - layout.bounds[number], shape)) if shape else ()
    return index if layout.names is None else (layout.names[number], *index)
