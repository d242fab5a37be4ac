"""What explains numbers that differ: the simplest change that reproduces every case, and nothing where none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ...engine.conventions.resolve import Choice
from ...engine.running.trajectory_plan import Plan
from ..candidates.candidate import Candidate
from ..candidates.notes import rounded, shape_mistake
from ..candidates.other_formulas import at_rate
from ..candidates.runs import Array, Slots
from ..candidates.schedules import schedule_mistakes
from ..candidates.single_and_double import mistakes
from .allowance import Allowance, Spent, a_step
from .case import Case, Tolerance, agree
from .first_steps import possible
from .mismatch import Mismatch
from .precision import Growing
from .submissions import Misshapen, Submission

#: No more findings than this are told; where one fits to within rounding, those that fit within the tolerance alone are not.
MOST_FINDINGS = 8
ROUNDING = 1e-9

#: What is further off than so many times the nearest is not told beside it.
NEARLY = 8.0

#: Of what is off, no more than this share may be left unexplained: by one change, by two.
EXPLAINED, EXPLAINED_BY_TWO = 0.1, 0.001

#: Numbers may have been rounded to so many decimals, if half a unit of the last is at most this share of the way.
DECIMALS, COARSEST = range(1, 13), 0.01

#: Numbers are compared in the time that so many steps take.
COMPARED = 2.0

#: Factors of a learning rate are alike within this share.
ALIKE = 1e-6


@dataclass(frozen=True)
class Finding:
    """Something that explains the numbers; `fit` is how far it is off, as a share of the tolerance: 0 is to the last bit."""

    candidate: Candidate
    fit: float
    residual: float


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
    decimals = rounded_to(cases)
    if decimals is not None:
        return Search((Finding(rounded(choice, decimals), 0.0, 0.0),))
    others = [case for case in cases if case is not leading]
    found, is_complete = list[Finding](), True
    try:
        for candidates, explained in _kinds(leading, cases, tolerance):
            found += _fitting([leading, *others], tolerance, candidates, explained, allowance)
            if found:
                break
    except Spent:
        is_complete = False
    near = max(ROUNDING, NEARLY * min((finding.residual for finding in found), default=0.0))
    nearest = _each_once([finding for finding in found if finding.residual <= near])
    return Search(tuple(nearest[:MOST_FINDINGS]), is_complete)


def _kinds(leading: Case, cases: Sequence[Case], tolerance: Tolerance) -> Iterator[tuple[Iterable[Candidate], float]]:
    """The candidates kind by kind, the simplest first, with what they may leave unexplained."""
    yield chain(possible(leading, tolerance, "singles"), schedule_mistakes([case.plan for case in cases])), EXPLAINED
    yield solved_rates(cases), EXPLAINED_BY_TWO
    yield possible(leading, tolerance, "several"), EXPLAINED_BY_TWO


def rounded_to(cases: Sequence[Case]) -> int | None:
    """To how many decimals the right numbers were rounded, each time or in every step; None where chance may look like it."""
    known = [case for case in cases if case.right_rows]
    moved = max((float(np.abs(case.right_rows[-1][0] - case.plan.start).max(initial=0.0)) for case in known), default=0.0)
    numbers = [each for case in known for each in _right_and_got(case)]
    for decimals in DECIMALS:
        half = 0.5 * 10.0**-decimals
        if all(steps * half <= COARSEST * moved and _is_rounded(got, right, decimals, steps * half) for steps, right, got in numbers):
            return decimals
    return None


def _is_rounded(got: Any, right: Array, decimals: int, within: float) -> bool:
    has_few = np.allclose(got, np.round(got, decimals), rtol=1e-14, atol=1e-14)
    return bool(has_few and np.allclose(got, right, rtol=1e-12, atol=within))


def _right_and_got(case: Case) -> Iterator[tuple[int, Array, Any]]:
    """The steps that were taken, the right numbers after them, and those submitted."""
    steps = len(case.right_rows)
    for step, got in case.submission.points.items():
        yield step, case.right_rows[step - 1][0], got
    yield from ((steps, case.right_rows[-1][1][name], got) for name, got in case.submission.state.items() if isinstance(got, np.ndarray))


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


def _each_once(found: Sequence[Finding]) -> list[Finding]:
    """The findings, those of one code together as the first of them."""
    firsts = {finding.candidate.code: finding for finding in reversed(found)}
    return [finding for finding in found if firsts[finding.candidate.code] is finding]


def _fitting(
    cases: Sequence[Case], tolerance: Tolerance, candidates: Iterable[Candidate], explained: float, allowance: Allowance
) -> Iterator[Finding]:
    """Those of the candidates that reproduce every case, and of what is off leave no more than a share unexplained."""
    for candidate in candidates:
        fits = list[_Fit]()
        for case in cases:
            fit = _fit(case, candidate, tolerance, allowance)
            if fit is None:
                break
            fits.append(fit)
        if len(fits) == len(cases) and max(fit.error for fit in fits) <= explained * max(fit.deviation for fit in fits):
            yield Finding(candidate, max(fit.share for fit in fits), max(fit.residual for fit in fits))


@dataclass
class _Fit:
    """How far a candidate is off: as a share of the tolerance, relative to the numbers, and at most; and how far from the right answer
    it is at most."""

    share: float = 0.0
    residual: float = 0.0
    error: float = 0.0
    deviation: float = 0.0

    def add(self, got: Array, expected: Array, right: Array | None, allowed: Array) -> None:
        """Look at one more quantity that agrees."""
        known = np.isfinite(expected)
        with np.errstate(all="ignore"):
            error = np.nan_to_num(np.abs(got - expected), nan=0.0, posinf=0.0)
            apart = np.zeros(1) if right is None else np.nan_to_num(np.abs(expected - right), nan=np.inf, posinf=np.inf)
            self.share = max(self.share, float((error / np.maximum(allowed, 1e-300)).max(initial=0.0, where=known)))
            self.residual = max(self.residual, float((error / np.maximum(np.abs(expected), 1e-12)).max(initial=0.0, where=known)))
        self.error, self.deviation = max(self.error, float(error.max(initial=0.0, where=known))), max(self.deviation, float(apart.max()))


def _fit(case: Case, candidate: Candidate, tolerance: Tolerance, allowance: Allowance) -> _Fit | None:
    """How far a candidate is off; None where it does not fit. The run is given up at the first step that does not."""
    submission, plan = case.submission, case.plan
    fit, before, update = _Fit(), plan.start, candidate.update(plan)
    growing = Growing(candidate.choice, plan.state.t) if case.is_roomy(tolerance) else None
    for step, (x, slots) in enumerate(case.course.run(candidate.choice, update), start=1):
        allowance.take(a_step(plan.layout.dimension))
        room = growing.after(step, before, x) if growing is not None else 0.0
        if step == plan.steps and not slots.keys() >= submission.state.keys():
            return None
        right_x, right_slots = case.right_rows[step - 1]
        for got, expected, slot in _compared(submission, plan, step, x, slots):
            allowance.take(COMPARED * a_step(plan.layout.dimension))
            more = growing.of_slot(step, expected) if slot and growing is not None else room
            allowed = tolerance.around(expected) + more
            if isinstance(got, Misshapen) or not agree(got, expected, allowed).all():
                return None
            meant = right_slots.get(slot) if slot else right_x if expected is x else right_x - plan.start
            fit.add(got, expected, meant, allowed)
        before = x
    return fit


def _compared(submission: Submission, plan: Plan, step: int, x: Array, slots: Slots) -> Iterator[tuple[Any, Array, str]]:
    """What was submitted for a step, with what a candidate gives, and the slot that it is of, if any."""
    if step in submission.points:
        yield submission.points[step], x, ""
    if step == plan.steps:
        if submission.update is not None and step == 1:
            yield submission.update, x - plan.start, ""
        yield from ((slot, slots[name], name) for name, slot in submission.state.items())
