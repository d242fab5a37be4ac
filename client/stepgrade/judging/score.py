"""What a submission is worth: the share of its steps before the first mismatch, and what float32's room changes about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepgrade.judging.mismatch import Mismatch, Numbers, Room, first_mismatch
from stepgrade.judging.submission import Layout, Submission
from stepgrade.judging.tolerance import FLOAT64, Tolerance

#: The best score of what did not pass.
BELOW_ONE = float(np.nextafter(1.0, 0.0))


@dataclass(frozen=True)
class CaseJudgement:
    """One case: its score, its first mismatch, and whether its numbers agree with float32's room alone."""

    score: float
    mismatch: Mismatch | None
    needed_float32: bool


@dataclass(frozen=True)
class Judgement:
    """All cases together; `is_float32` is whether any needed float32's room."""

    passed: bool
    score: float
    first_mismatch: Mismatch | None
    is_float32: bool


def judge(
    case: int, submission: Submission, right: Numbers, layout: Layout, tolerance: Tolerance, room: Callable[[], Room]
) -> CaseJudgement:
    """One case against the right numbers, and, where its numbers are float32's, again with the room that these need.

    `room` is worked out only then. Asked for float64, numbers that agree with that room alone do not pass.
    """
    strict = first_mismatch(case, submission, right, layout, tolerance)
    if strict is None or not submission.is_float32:
        return CaseJudgement(score(submission, right, strict), strict, False)
    roomy = first_mismatch(case, submission, right, layout, tolerance, room())
    if roomy is None and tolerance.precision == FLOAT64:
        return CaseJudgement(score(submission, right, strict), strict, True)
    return CaseJudgement(score(submission, right, roomy), roomy, roomy is None)


def score(submission: Submission, right: Numbers, mismatch: Mismatch | None) -> float:
    """The share of the compared steps before the first mismatch; of an end alone nothing is compared but the end."""
    steps = right.steps[-1:] if submission.is_end_alone else right.steps
    return 1.0 if mismatch is None or not steps else sum(step < mismatch.step for step in steps) / len(steps)


def together(outcomes: Sequence[CaseJudgement]) -> Judgement:
    """The judgement on all cases: the mean of the scores, less than 1 unless all of them passed."""
    first = next((outcome.mismatch for outcome in outcomes if outcome.mismatch is not None), None)
    mean = sum(outcome.score for outcome in outcomes) / len(outcomes)
    is_float32 = any(outcome.needed_float32 for outcome in outcomes)
    return Judgement(first is None, 1.0 if first is None else min(mean, BELOW_ONE), first, is_float32)
