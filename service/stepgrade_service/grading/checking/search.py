"""What explains numbers that differ: the simplest change that reproduces every case, and nothing where none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from stepgrade.judging import EXPLAINED, EXPLAINED_BY_TWO, Mismatch, Misshapen, Tolerance, nearest

from ...engine.conventions.resolve import Choice
from ..candidates.candidate import Candidate
from ..candidates.notes import shape_mistake
from ..candidates.other_formulas import at_rate
from ..candidates.schedules import schedule_mistakes
from ..candidates.single_and_double import mistakes
from .allowance import Allowance, Spent
from .by_tensor import by_tensor
from .case import Case
from .first_steps import possible
from .fitting import Finding, Fitting
from .rounding import roundings
from .telling import is_coincidence, worth_telling

#: Factors of a learning rate are alike within this share.
ALIKE = 1e-6


@dataclass(frozen=True)
class Search:
    """What was found, the simplest first, and whether every candidate was tried: else what it may cost was spent before."""

    findings: tuple[Finding, ...] = ()
    is_complete: bool = True


def search(cases: Sequence[Case], tolerance: Tolerance, first: Mismatch, allowance: Allowance) -> Search:
    """Look for what reproduces the numbers of every case; for two mistakes only where no single change does."""
    leading = cases[first.case]
    choice = leading.plan.choice
    misshapen = [point for case in cases for point in case.submission.points.values() if isinstance(point, Misshapen)]
    if misshapen:
        candidate = shape_mistake(choice, leading.plan.layout, misshapen[0])
        return Search(() if candidate is None else (Finding(candidate, 0.0, 0.0),))
    if first.quantity == "state/t":
        return Search(tuple(finding for finding in _about_t(choice) if first.got == leading.plan.state.t))
    if first.index is None:  # points that are missing explain nothing
        return Search()
    ordered = [leading, *(case for case in cases if case is not leading)]
    found, is_complete = list[Finding](), True
    try:
        for findings in _kinds(ordered, tolerance, allowance):
            found += findings
            if found:
                break
    except Spent:
        is_complete = False
    told = nearest(found, lambda finding: finding.residual, lambda finding: finding.candidate.code)
    return Search(tuple(worth_telling(told, ordered, tolerance)), is_complete)


def _kinds(cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance) -> Iterator[Iterable[Finding]]:
    """What is found kind by kind, the simplest first; the first of the cases differs."""
    fitting, leading = Fitting(cases, tolerance, allowance), cases[0]
    singles = chain(possible(leading, tolerance, "singles", allowance), schedule_mistakes([case.plan for case in cases]))
    yield chain(fitting.findings(singles, EXPLAINED), roundings(cases, tolerance, allowance))
    yield fitting.findings(solved_rates(cases), EXPLAINED_BY_TWO)
    yield by_tensor(cases, tolerance, allowance)
    several = possible(leading, tolerance, "several", allowance)
    yield fitting.findings((each for each in several if not is_coincidence(each, leading.plan.choice)), EXPLAINED_BY_TWO)


def _about_t(choice: Choice) -> list[Finding]:
    """What is known of a count that was not advanced, where all other numbers are right."""
    return [Finding(candidate, 0.0, 0.0) for candidate in mistakes(choice) if candidate.code == "t_not_advanced"]


def solved_rates(cases: Sequence[Case]) -> Iterator[Candidate]:
    """The learning rate that the first step was taken with, where one rate explains all of its coordinates."""
    case = cases[0]
    first, lr = case.submission.points.get(1), case.plan.choice.settings["lr"]
    if not isinstance(first, np.ndarray) or isinstance(lr, Mapping) or not case.right_rows:
        return
    asked, taken = case.right_rows[0][0] - case.plan.start, first - case.plan.start
    moved = np.abs(asked) > 0
    with np.errstate(all="ignore"):
        factors = taken[moved] / asked[moved]
    gradients = np.unique(np.abs(case.course.gradient(0, case.plan.start)[moved]))
    if len(gradients) < 2 and len(case.submission.points) < 2:  # one equation has a solution whatever was submitted
        return
    if len(factors) and np.isfinite(factors).all() and factors.min() > 0 and np.ptp(factors) <= ALIKE * factors.max():
        yield from at_rate(case.plan.choice, float(f"{lr * float(np.median(factors)):.9g}"))
