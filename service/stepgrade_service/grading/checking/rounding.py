"""Whether the right numbers were only rounded: what is returned, or the params in every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from stepgrade.judging import EXPLAINED, Misshapen, Tolerance, agree, decimals_of, rounded_to

from ..candidates.notes import rounded, rounded_in_every_step
from ..candidates.runs import Array
from .allowance import Allowance
from .case import Case
from .fitting import Finding, Fitting


def roundings(cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance) -> Iterator[Finding]:
    """That the numbers are the right ones but for rounding, as far off as it makes them."""
    if any(case.submission.t not in (None, case.right_numbers.t) or isinstance(case.submission.update, Misshapen) for case in cases):
        return
    known = [case for case in cases if case.right_rows]
    moved = max((_furthest(case.right_rows[-1][0], case.plan.start) for case in known), default=0.0)
    numbers, choice = [each for case in known for each in _right_and_got(case, tolerance)], cases[0].plan.choice
    decimals = rounded_to(numbers, moved)
    if decimals is not None:
        off = max((_furthest(got, right) for right, got in numbers), default=0.0)
        largest = max((float(np.abs(right).max(initial=0.0)) for right, _ in numbers), default=1.0)
        yield Finding(rounded(choice, decimals), min(1.0, off / (0.5 * 10.0**-decimals)), off / max(largest, 1.0))
        return
    decimals = decimals_of(numbers, moved, max((case.plan.steps for case in known), default=1))
    if decimals is not None:
        yield from Fitting(cases, tolerance, allowance).findings([rounded_in_every_step(choice, decimals)], EXPLAINED)


def _furthest(one: Array, other: Array) -> float:
    """How far numbers are apart at most; infinite where no float64 holds that."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.abs(one - other).max(initial=0.0))


def _right_and_got(case: Case, tolerance: Tolerance) -> Iterator[tuple[Array, Any]]:
    """The right numbers, and those submitted; a state that is right was not rounded with the params."""
    for step, got in case.submission.points.items():
        yield case.right_rows[step - 1][0], got
    right = case.right_numbers
    if right.update is not None and isinstance(case.submission.update, np.ndarray):
        yield right.update, case.submission.update
    for name, got in case.submission.state.items():
        if isinstance(got, np.ndarray) and not _agrees(got, right.state[name], tolerance):
            yield right.state[name], got


def _agrees(got: Array, right: Array, tolerance: Tolerance) -> bool:
    return got.shape == right.shape and bool(agree(got, right, tolerance.around(right)).all())
