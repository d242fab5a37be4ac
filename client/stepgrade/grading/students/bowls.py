"""Objectives of the service whose gradients are computed here too: whoever hands in a whole loop asks for them at points of their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stepgrade.encoding import Floats
from stepgrade.grading.students.memory import begins_with_whole_numbers
from stepgrade.grading.students.watching import Unreadable
from stepgrade.messages import Json

ROTATION, CONDITION = 30.0, 3.0
STEPS = 6
MOST_ASKED = 20_000
SEEN = 100  # gradients from which one sees whether a loop moves on
SCALAR_START = 1.5
OTHER_RATE = 0.75  # of the rate
#: Where the gradients are of usual size, and where the first ones are as small as eps.
START, NEAR = (1.25, -2.5), (0.3, -2.0)


class NeverEnds(Unreadable):
    """Why a loop without a number of steps cannot be checked."""


@dataclass
class Bowl:
    """`x' A x / 2`, as the service has it, with how often its gradient was asked for and where last.

    `begins_with_whole_numbers` is whether who asks for it has a state of whole numbers.
    """

    objective: Json
    matrix: Floats
    asked: list[Floats] = field(default_factory=list)
    begins_with_whole_numbers: bool = False

    def steps_to(self, end: Any) -> int:
        """How many steps led to the end. Some loops ask for a gradient twice, and at the end once more, to see whether it is the end."""
        pairs = zip(self.asked[1:], self.asked[:-1], strict=True)
        count = len(self.asked[:1]) + sum(not np.array_equal(x, before) for x, before in pairs)
        is_at_end = bool(self.asked) and np.array_equal(self.asked[-1], np.reshape(np.asarray(end, dtype=np.float64), -1))
        return max(count - is_at_end, 1)

    def is_asked_at_the_start(self) -> bool:
        """Whether a loop asks for the gradient where it starts, however far it has come."""
        first = [tuple(x) for x in self.asked[:SEEN]]
        return len(set(first)) == 1 or (first.count(first[0]) > SEEN // 4 and len(set(first)) > SEEN // 4)

    def value(self, *point: Any) -> float:
        """Of an array, or of its numbers one by one."""
        x = _joined(point, self.matrix)
        return float(0.5 * x @ self.matrix @ x)

    def gradient(self, *point: Any) -> Any:
        """Laid out like the point: an array, or a number where there is one alone."""
        x = _joined(point, self.matrix)
        self.asked.append(x.copy())
        if len(self.asked) == 1:
            self.begins_with_whole_numbers = begins_with_whole_numbers(sys._getframe(1), point[0])
        if len(self.asked) > MOST_ASKED:
            raise NeverEnds(f"The loop did not end within {MOST_ASKED} gradients, with the largest tolerance. Give it a number of steps.")
        found = self.matrix @ x
        is_number = len(point) == 1 and np.ndim(point[0]) == 0
        return float(found[0]) if is_number else found


def rotated_bowl() -> Bowl:
    """In two dimensions, whose axes are not the coordinates."""
    angle = np.deg2rad(ROTATION)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return Bowl({"name": "quadratic", "condition": CONDITION, "rotation": ROTATION}, turn @ np.diag([1.0, CONDITION]) @ turn.T)


def parabola() -> Bowl:
    """In one dimension."""
    return Bowl({"name": "sphere"}, np.array([[2.0]]))


def requests(optimizer: Mapping[str, Any], echo: Mapping[str, Any], *, is_scalar: bool, can_change_rate: bool) -> list[Json]:
    """The runs that a loop is checked on: one of usual size, one that starts where the gradient is as small as eps, and one at another
    learning rate, for the first may be equal to another number of the formula."""
    bowl = parabola() if is_scalar else rotated_bowl()
    eps = float(echo.get("eps") or 0.0)
    starts: list[Any] = [SCALAR_START if is_scalar else list(START)]
    if eps:
        starts.append(eps if is_scalar else [eps * number for number in NEAR])
    runs = [{"optimizer": dict(optimizer), "objective": bowl.objective, "start": start, "steps": STEPS} for start in starts]
    rate = echo.get("lr")
    if not can_change_rate or not isinstance(rate, (int, float)):
        return runs
    return [*runs, {**runs[0], "optimizer": {**optimizer, "lr": OTHER_RATE * rate}}]


def _joined(point: tuple[Any, ...], matrix: Floats) -> Floats:
    """A point as a vector, however it is given; raises TypeError if it has another number of coordinates."""
    x = np.concatenate([np.asarray(part, dtype=np.float64).reshape(-1) for part in point])
    if x.size != len(matrix):
        raise TypeError(f"the point has {len(matrix)} coordinates, not {x.size}")
    return x
