"""A student's numbers against the reference: do they agree, where do they first differ, and what formula gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...engine.reading.cost import Limits
from ...engine.running.trajectory_plan import Plan
from .allowance import Allowance
from .case import Case, Tolerance, compared_steps
from .mismatch import Looking, Mismatch
from .precision import float32_bounds
from .search import Finding, Search, search


@dataclass(frozen=True)
class CheckResult:
    """What came of a check. `is_searched` is whether all that may explain the numbers was tried, within what it may cost."""

    passed: bool
    score: float
    first_mismatch: Mismatch | None
    findings: tuple[Finding, ...]
    is_float32: bool
    side_effects: tuple[str, ...]
    plans: tuple[Plan, ...] = field(default=())
    is_searched: bool = True


def check(cases: Sequence[Case], tolerance: Tolerance, work: float = Limits().work) -> CheckResult:
    """Compare every case, and look for what explains those that differ; `work` is what the search may cost."""
    outcomes = [_outcome(case, tolerance, number) for number, case in enumerate(cases)]
    passed = all(outcome.mismatch is None for outcome in outcomes)
    is_float32 = any(outcome.needed_float32 for outcome in outcomes)
    score = 1.0 if passed else min(sum(outcome.score for outcome in outcomes) / len(outcomes), np.nextafter(1.0, 0.0))
    first = next((outcome.mismatch for outcome in outcomes if outcome.mismatch is not None), None)
    found = Search() if first is None else search(cases, tolerance, first, Allowance(work))
    effects = tuple(dict.fromkeys(effect for case in cases for effect in case.submission.side_effects))
    plans = tuple(case.plan for case in cases)
    return CheckResult(passed, float(score), first, found.findings, is_float32, effects, plans, found.is_complete)


@dataclass(frozen=True)
class _Outcome:
    score: float
    mismatch: Mismatch | None
    needed_float32: bool


def _outcome(case: Case, tolerance: Tolerance, number: int) -> _Outcome:
    """One case against the reference, in float64 and, where its numbers are such, with the room that float32 needs."""
    choice, rows = case.plan.choice, case.right_rows
    strict = Looking(case, number, rows, [np.zeros(1)] * len(rows), tolerance).first_mismatch()
    if strict is None or not case.submission.is_float32:
        return _Outcome(_score(case, strict), strict, False)
    room = float32_bounds(case.course, choice, rows)
    roomy = Looking(case, number, rows, room, tolerance, is_roomy=True).first_mismatch()
    if roomy is None and tolerance.precision == "float64":
        return _Outcome(_score(case, strict), strict, True)
    return _Outcome(_score(case, roomy), roomy, roomy is None)


def _score(case: Case, mismatch: Mismatch | None) -> float:
    """The share of the compared steps before the first mismatch; of an end alone nothing is compared but the end."""
    steps = compared_steps(case.plan)[-1:] if case.submission.is_end_alone else compared_steps(case.plan)
    return 1.0 if mismatch is None or not steps else sum(step < mismatch.step for step in steps) / len(steps)
