"""A student's numbers against the reference: do they agree, where do they first differ, and what formula gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from stepgrade.judging import CaseJudgement, Mismatch, Misshapen, Tolerance, judge, together

from ...engine.reading.cost import Limits
from ...engine.reading.tensors import Layout
from ...engine.running.trajectory_plan import Plan
from .allowance import Allowance
from .case import Case
from .fitting import Finding
from .precision import float32_room
from .search import Search, search


@dataclass(frozen=True)
class CheckResult:
    """What came of a check.

    `is_searched` is whether all that may explain the numbers was tried, within what it may cost;
    `searched` is the work that was spent on it.
    """

    passed: bool
    score: float
    first_mismatch: Mismatch | None
    findings: tuple[Finding, ...]
    is_float32: bool
    side_effects: tuple[str, ...]
    plans: tuple[Plan, ...] = field(default=())
    is_searched: bool = True
    searched: float = 0.0


def check(cases: Sequence[Case], tolerance: Tolerance, work: float = Limits().work) -> CheckResult:
    """Compare every case, and look for what explains those that differ; `work` is what the search may cost."""
    judged = together([_judged(number, case, tolerance) for number, case in enumerate(cases)])
    first = judged.first_mismatch
    allowance = Allowance(work)
    found = Search() if first is None else search(cases, tolerance, first, allowance)
    told = None if first is None else in_words(first, cases[first.case])
    effects = tuple(dict.fromkeys(effect for case in cases for effect in case.submission.side_effects))
    plans = tuple(case.plan for case in cases)
    return CheckResult(
        judged.passed, judged.score, told, found.findings, judged.is_float32, effects, plans, found.is_complete, allowance.spent
    )


def _judged(number: int, case: Case, tolerance: Tolerance) -> CaseJudgement:
    right = case.right_numbers
    return judge(number, case.submission, right, case.plan.layout, tolerance, partial(float32_room, case, right))


def in_words(first: Mismatch, case: Case) -> Mismatch:
    """The mismatch with its shapes in words; where a point is missing, the right one as it should be laid out."""
    if first.index is not None:
        return first
    layout = case.right_numbers.layouts.get(first.quantity, case.plan.layout)
    assert isinstance(layout, Layout)
    if not isinstance(first.got, Misshapen):
        return replace(first, expected=layout.unflatten(first.expected))
    shape = first.got.shape
    return replace(first, expected=layout.says(), got=shape if isinstance(shape, str) else list(shape))
