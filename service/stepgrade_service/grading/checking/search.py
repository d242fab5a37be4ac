"""What explains numbers that differ: the simplest change that reproduces every case, and nothing where none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from stepgrade.judging import EXPLAINED, EXPLAINED_BY_TWO, Mismatch, Misshapen, Tolerance, nearest

from ...engine.conventions.choice import Choice
from ...engine.running.giving_way import patient
from ..candidates.candidate import Candidate
from ..candidates.notes import shape_mistake
from ..candidates.of_loops import FIRST_POINT, OF_POINTS, loop_mistakes
from ..candidates.schedules import schedule_mistakes
from ..candidates.single_and_double import mistakes
from .allowance import Allowance, Spent
from .by_tensor import by_tensor
from .case import Case
from .fitting import Finding, Fitting
from .one_point import giving_the_point
from .openings import possible
from .rounding import roundings
from .solved import solved_rates, solved_starts
from .telling import is_coincidence, worth_telling

#: How near the first point of a loop has to be: so many times the tolerance, and a share of what is off.
NEAR, ROUGHLY = 10.0, 1e-2


@dataclass(frozen=True)
class Search:
    """What was found, the simplest first, and whether every candidate was tried: else what it may cost was spent before."""

    findings: tuple[Finding, ...] = ()
    is_complete: bool = True


@patient()
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
    singles = giving_the_point(leading, tolerance, allowance) if len(cases) == 1 else None
    if singles is None:
        singles = fitting.findings(possible(leading, tolerance, "singles", allowance), EXPLAINED)
    of_schedules = fitting.findings(schedule_mistakes([case.plan for case in cases]), EXPLAINED)
    loops, are_loops = _loops(leading, tolerance), all(case.plan.gradients is None for case in cases)
    of_loops = fitting.findings(loops, EXPLAINED) if are_loops else ()
    yield chain(singles, of_schedules, of_loops, roundings(cases, tolerance, allowance))
    if not are_loops:
        yield fitting.findings((each for each in loops if each.code in OF_POINTS), EXPLAINED)
    yield fitting.findings(chain(solved_rates(cases), solved_starts(leading, allowance)), EXPLAINED_BY_TWO)
    yield by_tensor(cases, tolerance, allowance)
    if not _has_numbers(cases):
        return  # many pairs of mistakes leave no number, and nothing speaks for one of them
    several = possible(leading, tolerance, "several", allowance)
    yield fitting.findings((each for each in several if not is_coincidence(each, cases)), EXPLAINED_BY_TWO)


def _has_numbers(cases: Sequence[Case]) -> bool:
    """Whether any of the submitted points has a number."""
    points = [point for case in cases for point in case.submission.points.values()]
    return any(np.isfinite(point).any() for point in points if isinstance(point, np.ndarray))


def _about_t(choice: Choice) -> list[Finding]:
    """What is known of a count that was not advanced, where all other numbers are right."""
    return [Finding(candidate, 0.0, 0.0) for candidate in mistakes(choice) if candidate.code == "t_not_advanced"]


def _loops(case: Case, tolerance: Tolerance) -> Iterator[Candidate]:
    """What may be wrong about a loop: its first point is near the one that was submitted."""
    first, points = case.submission.points.get(1), [x for x, _ in case.right_rows]
    for candidate in loop_mistakes(case.plan.choice):
        expected = FIRST_POINT[candidate.code](case.plan.start, points) if points else None
        if isinstance(first, np.ndarray) and expected is not None and len(points) > 1 and np.isfinite(expected).all():
            with np.errstate(all="ignore"):
                room = NEAR * (tolerance.around(expected) + ROUGHLY * np.abs(first - points[0]))
                if not (np.abs(first - expected) <= room).all():
                    continue
        yield candidate
