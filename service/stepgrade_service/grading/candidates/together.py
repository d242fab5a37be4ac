"""The first steps of many mistakes in one formula, taken together: what comes after a mistake is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..catalogue.formulas import Part, Work, formula_for
from .candidate import Candidate
from .runs import Array, FirstStep, work_of

FLOAT64 = np.dtype(np.float64)


def can_be_together(candidate: Candidate) -> bool:
    """Whether a candidate is one of those mistakes whose first steps are taken together."""
    rule, replaced = candidate.choice.rule, candidate.replaced
    if not replaced or not candidate.is_plain or rule.groups or "clock" in replaced:
        return False
    formula = formula_for(rule.kernel)
    return formula is not None and formula.is_by_coordinate


class Replaced(NamedTuple):
    """A part that a mistake has put wrong: the number of the mistake, and whether no part before is."""

    row: int
    part: Part
    is_first: bool


class MistakesOfOneFormula:
    """Several mistakes in the formula of one choice."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates, self.choice = candidates, candidates[0].choice
        formula = formula_for(self.choice.rule.kernel)
        assert formula is not None
        self.of_part = dict[str, list[Replaced]]()
        for row, candidate in enumerate(candidates):
            for number, name in enumerate(each for each in (*formula.parts, "stored") if each in candidate.replaced):
                self.of_part.setdefault(name, []).append(Replaced(row, candidate.replaced[name], number == 0))

    def first_points(self, first: FirstStep) -> Array:
        """The points after the first step, (mistakes, dimension): those of `FirstStep.point`, to the last bit."""
        count = len(self.candidates)
        steps = _Steps(first, count)
        for number, (name, _) in enumerate(first.parts):
            steps.work_out(number, self.of_part.get(name, ()))
        points: Array = first.x + np.broadcast_to(steps.arrays.get("step", first.before[-1]["step"]), (count, first.x.size))
        for row, stored, _ in self.of_part.get("stored", ()):
            points[row] = first.x + stored(steps.of_row(row, len(first.parts)))
        for row in steps.others:
            points[row] = first.point(self.candidates[row].replaced)
        return points


class _Steps:
    """First steps while they are worked out: the parts in which some of them differ, as a row for each.

    `numbers` are parts that are one number, (mistakes, 1), and `arrays` all others, (mistakes, dimension); `own` holds the numbers that
    mistakes have put in the place of others. `others` are the mistakes that do not fit in here.
    """

    def __init__(self, first: FirstStep, count: int) -> None:
        self.first, self.count = first, count
        self.numbers, self.arrays = dict[str, Array](), dict[str, Array]()
        self.own = dict[int, dict[str, float]]()
        self.others = set[int]()

    def work_out(self, number: int, replaced: Sequence[Replaced]) -> None:
        """Work out a part for all mistakes. One that is a number follows from the clock alone, which all have alike."""
        name, part = self.first.parts[number]
        right = self.first.before[number + 1][name]
        if not isinstance(right, np.ndarray):
            if replaced:
                self.numbers[name] = self._with_numbers(number, name, right, replaced)
            return
        if self.numbers or self.arrays:
            right = part(work_of({**self.first.before[number], **self.numbers, **self.arrays}))
        if replaced:
            right = self._with_arrays(number, right, replaced)
        if right.ndim == 2:
            self.arrays[name] = right

    def _with_numbers(self, number: int, name: str, right: float, replaced: Sequence[Replaced]) -> Array:
        """A number of each mistake, with those that were put in its place."""
        column = np.full((self.count, 1), right, dtype=np.float64)
        for row, value in self._values(number, replaced):
            if isinstance(value, int | float):
                self.own.setdefault(row, {})[name] = column[row] = value
            else:
                self.others.add(row)
        return column

    def _with_arrays(self, number: int, right: Array, replaced: Sequence[Replaced]) -> Array:
        """An array of each mistake, with those that were put in its place."""
        shape, values = self.first.x.shape, self._values(number, replaced)
        rows = np.empty((self.count, *shape))
        rows[:] = right
        for row, value in values:
            if isinstance(value, np.ndarray) and value.shape == shape and value.dtype is FLOAT64:
                rows[row] = value
            else:
                self.others.add(row)
        return rows

    def _values(self, number: int, replaced: Sequence[Replaced]) -> list[tuple[int, Any]]:
        """What mistakes have in the place of a part; None where there is no number."""
        right, values = work_of(self.first.before[number]), list[tuple[int, Any]]()
        for row, part, is_first in replaced:
            try:
                values.append((row, part(right if is_first else self.of_row(row, number))))
            except (ZeroDivisionError, OverflowError):
                values.append((row, None))
        return values

    def of_row(self, row: int, number: int) -> Work:
        """What one mistake knows before a part."""
        known = {name: rows[row] for name, rows in self.arrays.items()}
        return work_of({**self.first.before[number], **known, **self.own.get(row, {})})
