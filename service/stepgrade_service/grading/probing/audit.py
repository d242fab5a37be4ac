"""Which mistakes a teacher's own test catches, which it lets through, and the fewest probes that close the holes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging import Tolerance

from ...engine.reading.cost import Limits
from ...engine.running.trajectory_plan import Plan
from ..candidates.candidate import Candidate
from ..candidates.runs import Array, Course, Slots, plan_of, right
from ..candidates.schedules import schedule_mistakes
from ..candidates.single_and_double import mistakes
from ..checking.allowance import Allowance, a_step_of
from ..checking.case import DEFAULT_COMPARES, compared_steps
from .probe import Request, Trials, fewest, points, scheduled_replay, trials_for, true_points, work_of_trials

#: A probe is one for the test's tolerance where that shows the mistake, else for that of a check.
FINE = Tolerance()


@dataclass(frozen=True)
class Hole:
    """A mistake that a test lets through; the probe that shows it within a tolerance, or None where it gives the right numbers."""

    candidate: Candidate
    probe: Request | None
    tolerance: Tolerance | None


@dataclass(frozen=True)
class Audit:
    """What a test catches and what it lets through, and the fewest probes that close its holes."""

    catches: tuple[Candidate, ...]
    lets_through: tuple[Hole, ...]
    probes: tuple[Request, ...]


def audit(
    plans: Sequence[Plan], tolerance: Tolerance, compares: Collection[str] = DEFAULT_COMPARES, allowance: Allowance | None = None
) -> Audit:
    """Try every mistake that one can make with the optimizers of these references; raises Spent where that costs more than is allowed.

    How many mistakes have to be run to the end is not known before: a test that sees none runs all of them.
    """
    allowance = allowance or Allowance(Limits().work)
    known, caught = dict[str, Candidate](), set[str]()
    for plan in plans:
        course = Course(plan)
        rows = course.run(plan.choice, right(plan.choice, plan))
        expected = list(_compared(plan, rows, compares))
        for candidate in (*mistakes(plan.choice), *schedule_mistakes([plan])):
            known.setdefault(candidate.code, candidate)
            if candidate.code not in caught and _is_off(course, candidate, expected, tolerance, compares, allowance):
                caught.add(candidate.code)
    through = [candidate for code, candidate in known.items() if code not in caught]
    scheduled = next((plan for plan in plans if plan.schedule.on), None)
    holes = list(_holes([candidate for candidate in through if candidate.rates is None], tolerance, allowance))
    holes += [_scheduled_hole(scheduled, candidate, tolerance) for candidate in through if candidate.rates is not None and scheduled]
    probes = _distinct([hole.probe for hole in holes if hole.probe is not None])
    in_order = sorted(holes, key=lambda hole: list(known).index(hole.candidate.code))
    return Audit(tuple(candidate for code, candidate in known.items() if code in caught), tuple(in_order), tuple(probes))


def _is_off(
    course: Course,
    candidate: Candidate,
    expected: Sequence[Array],
    tolerance: Tolerance,
    compares: Collection[str],
    allowance: Allowance,
) -> bool:
    """Whether any compared number of a mistake is further off than the test allows; the first that is ends its run."""
    got = _compared(course.plan, candidate.run(course), compares, allowance)
    return any(shares(one, other, tolerance).max(initial=0.0) > 1.0 for one, other in zip(got, expected, strict=True))


def _compared(
    plan: Plan, rows: Iterable[tuple[Array, Slots]], compares: Collection[str], allowance: Allowance | None = None
) -> Iterator[Array]:
    """The numbers that a test compares, of one rule, in the order in which they are worked out."""
    before, cost = plan.start, a_step_of(plan)
    recorded = set(compared_steps(plan)) if "points" in compares else set[int]()
    for step, (x, slots) in enumerate(rows, start=1):
        if allowance is not None:
            allowance.take(cost)
        if step in recorded:
            yield x
        if step == plan.steps:
            if "params" in compares:
                yield x
            if "update" in compares:
                with np.errstate(invalid="ignore"):  # a mistake may leave the finite numbers
                    update_taken = x - before
                yield update_taken
            if "state" in compares:
                yield from (slots[name] for name in plan.choice.rule.slots)
        before = x


def shares(got: Array, expected: Array, tolerance: Tolerance) -> NDArray[np.float64]:
    """How much of the tolerance each number uses up, infinitely much where only one of the two is a number."""
    with np.errstate(all="ignore"):
        used = np.abs(got - expected) / np.maximum(tolerance.around(expected), np.finfo(np.float64).tiny)
    finite = np.isfinite(got), np.isfinite(expected)
    return np.asarray(np.where(finite[0] & finite[1], used, np.where(finite[0] == finite[1], 0.0, np.inf)))


def _holes(through: Sequence[Candidate], tolerance: Tolerance, allowance: Allowance) -> Iterator[Hole]:
    """Each mistake with a probe for it, as few probes as do it for all of one optimizer."""
    for echo in _distinct([candidate.choice.echo for candidate in through]):
        candidates = [candidate for candidate in through if candidate.choice.echo == echo]
        allowance.take(work_of_trials(candidates[0].choice))
        yield from _closed(trials_for(candidates[0].choice), candidates, tolerance)


def _scheduled_hole(plan: Plan, candidate: Candidate, tolerance: Tolerance) -> Hole:
    """A mistake about the schedule with a replay at this schedule that shows it."""
    request = scheduled_replay(plan)
    course = Course(plan_of(request))
    for within in (tolerance, FINE):
        if shares(points(course, candidate), true_points(course), within).max(initial=0.0) > 1.0:
            return Hole(candidate, request, within)
    return Hole(candidate, None, None)


def _closed(trials: Trials, candidates: Sequence[Candidate], tolerance: Tolerance) -> Iterator[Hole]:
    rows = [trials.codes.index(candidate.code) for candidate in candidates]
    shown = {within: _shown(trials, rows, within) for within in (tolerance, FINE)}
    within = np.where(shown[tolerance].any(axis=0), 0, 1)
    covered = np.where(within == 0, shown[tolerance], shown[FINE])
    taken = fewest(covered)
    for column, candidate in enumerate(candidates):
        number = next((number for number in taken if covered[number, column]), None)
        if number is None:
            yield Hole(candidate, None, None)
        else:
            yield Hole(candidate, trials.requests[number], (tolerance, FINE)[within[column]])


def _shown(trials: Trials, rows: Sequence[int], tolerance: Tolerance) -> NDArray[np.bool_]:
    """Which probes show which mistakes by their points: (probes, mistakes)."""
    answers = [(answer[rows].reshape(len(rows), -1), answer[0].reshape(1, -1)) for answer in trials.answers]
    return np.array([shares(wrong, expected, tolerance).max(axis=1, initial=0.0) > 1.0 for wrong, expected in answers])


def _distinct(requests: Sequence[Request]) -> list[Request]:
    """Each once, in order."""
    return [request for number, request in enumerate(requests) if request not in requests[:number]]
