"""The first steps of many mistakes in one formula, taken together: what comes after a mistake is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..catalogue.formulas import Part, Work, formula_for
from .candidate import Candidate
from .runs import Array, FirstStep, work_of


def can_be_together(candidate: Candidate) -> bool:
    """Whether a candidate is one of those mistakes whose first steps are taken together."""
    rule, replaced = candidate.choice.rule, candidate.replaced
    if not replaced or not candidate.is_plain or rule.groups or "clock" in replaced:
        return False
    formula = formula_for(rule.kernel)
    return formula is not None and formula.is_by_coordinate


class MistakesOfOneFormula:
    """Several mistakes in the formula of one choice."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates, self.choice = candidates, candidates[0].choice
        self.of_part = dict[str, list[tuple[int, Part]]]()
        for row, candidate in enumerate(candidates):
            for name, part in candidate.replaced.items():
                self.of_part.setdefault(name, []).append((row, part))

    def first_points(self, first: FirstStep) -> Array:
        """The points after the first step, (mistakes, dimension): those of `FirstStep.point`, to the last bit."""
        count = len(self.candidates)
        steps = _Steps(first, count)
        for number, (name, part) in enumerate(first.parts):
            steps.work_out(number, name, part, self.of_part.get(name, ()))
        points: Array = first.x + np.broadcast_to(steps.arrays.get("step", first.before[-1]["step"]), (count, first.x.size))
        for row, stored in self.of_part.get("stored", ()):
            points[row] = first.x + stored(steps.of_row(row, len(first.parts)))
        for row in steps.others:
            points[row] = first.point(self.candidates[row].replaced)
        return points


class _Steps:
    """First steps while they are worked out: the parts in which some of them differ, as a row for each.

    `numbers` are parts that are one number, (mistakes, 1), and `arrays` all others, (mistakes, dimension); `own` holds what each mistake
    has put in the place of a part. `others` are the mistakes that do not fit in here.
    """

    def __init__(self, first: FirstStep, count: int) -> None:
        self.first, self.count = first, count
        self.numbers, self.arrays = dict[str, Array](), dict[str, Array]()
        self.own: list[dict[str, Any]] = [{} for _ in range(count)]
        self.others = set[int]()

    def work_out(self, number: int, name: str, part: Part, replacing: Sequence[tuple[int, Part]]) -> None:
        """Work out a part for all mistakes. One that is a number follows from the clock alone, which all have alike."""
        right = self.first.before[number + 1][name]
        is_number = np.ndim(right) == 0
        if not is_number and (self.numbers or self.arrays):
            right = part(work_of({**self.first.before[number], **self.numbers, **self.arrays}))
        if replacing:
            right = np.array(np.broadcast_to(right, (self.count, 1 if is_number else self.first.x.size)), dtype=np.float64)
            self._replace(number, name, right, replacing, is_alike=_is_number if is_number else self._is_array)
        if np.ndim(right) == 2:
            (self.numbers if is_number else self.arrays)[name] = right

    def _replace(self, number: int, name: str, rows: Array, replacing: Sequence[tuple[int, Part]], is_alike: Callable[[Any], bool]) -> None:
        """Put what each mistake has there in its row."""
        right = work_of(self.first.before[number])
        for row, part in replacing:
            try:
                value = part(self.of_row(row, number) if self.own[row] else right)
            except (ZeroDivisionError, OverflowError):
                value = None
            if is_alike(value):
                rows[row] = self.own[row][name] = value
            else:
                self.others.add(row)

    def of_row(self, row: int, number: int) -> Work:
        """What one mistake knows before a part."""
        return work_of({**self.first.before[number], **{name: rows[row] for name, rows in self.arrays.items()}, **self.own[row]})

    def _is_array(self, value: Any) -> bool:
        return isinstance(value, np.ndarray) and value.shape == self.first.x.shape and value.dtype == np.float64


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
