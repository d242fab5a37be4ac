"""A student's numbers against the reference: do they agree, where do they first differ, and what formula gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.conventions.resolve import Choice
from ..engine.plan import Plan
from .candidate import Candidate
from .candidates import conventional_mistakes, mistakes, pairs, singles
from .elsewhere import at_rate
from .formulas import FORMULAS
from .notes import shape_mistake
from .precision import Growing, float32_bounds
from .runs import Array, Course, Slots, right
from .schedules import schedule_mistakes
from .submissions import Misshapen, Submission

#: No more findings than this are told; where one fits to within rounding, those that fit within the tolerance alone are not.
MOST_FINDINGS = 8
ROUNDING = 1e-9

#: What is further off than so many times the nearest is not told beside it.
NEARLY = 8.0

#: Of what is off, no more than this share may be left unexplained: by one change, by two.
EXPLAINED, EXPLAINED_BY_TWO = 0.1, 0.001

#: Factors of a learning rate are alike within this share.
ALIKE = 1e-6


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be off: atol + rtol |expected|; `precision` "float32" lets what float32 arithmetic gives pass too."""

    rtol: float = 1e-6
    atol: float = 1e-9
    precision: str = "float32"

    def around(self, expected: Array) -> Array:
        """How far each number may be off."""
        with np.errstate(all="ignore"):
            return np.asarray(self.atol + self.rtol * np.abs(expected))


@dataclass(frozen=True, eq=False)
class Case:
    """A reference and what was submitted to it."""

    plan: Plan
    given: frozenset[str]
    submission: Submission

    @cached_property
    def course(self) -> Course:
        return Course(self.plan)

    @cached_property
    def right_rows(self) -> list[tuple[Array, Slots]]:
        """The right points and slots after each step."""
        choice = self.plan.choice
        return list(self.course.run(choice, right(choice, self.plan.layout.bounds)))


@dataclass(frozen=True)
class Mismatch:
    """Where a submission first differs: the case, the step, the quantity, the index in it; shapes where these differ."""

    case: int
    step: int
    quantity: str
    index: tuple[str | int, ...] | None
    expected: Any
    got: Any
    relative_error: float | None


@dataclass(frozen=True)
class Finding:
    """Something that explains the numbers; `fit` is how far it is off, as a share of the tolerance: 0 is to the last bit."""

    candidate: Candidate
    fit: float
    residual: float


@dataclass(frozen=True)
class Verdict:
    """What came of a check."""

    passed: bool
    score: float
    first_mismatch: Mismatch | None
    findings: tuple[Finding, ...]
    is_float32: bool
    side_effects: tuple[str, ...]
    plans: tuple[Plan, ...] = field(default=())


def compared_steps(plan: Plan) -> list[int]:
    """The steps whose points are compared: those that the answer records, but for the start."""
    steps = list(range(plan.record_every, plan.steps + 1, plan.record_every))
    return steps if not plan.steps or (steps and steps[-1] == plan.steps) else [*steps, plan.steps]


def check(cases: Sequence[Case], tolerance: Tolerance) -> Verdict:
    """Compare every case, and look for what explains those that differ."""
    outcomes = [_outcome(case, tolerance, number) for number, case in enumerate(cases)]
    passed = all(outcome.mismatch is None for outcome in outcomes)
    is_float32 = any(outcome.needed_float32 for outcome in outcomes)
    score = 1.0 if passed else min(sum(outcome.score for outcome in outcomes) / len(outcomes), np.nextafter(1.0, 0.0))
    first = next((outcome.mismatch for outcome in outcomes if outcome.mismatch is not None), None)
    found = () if passed or first is None else tuple(findings(cases, tolerance, first))
    effects = tuple(dict.fromkeys(effect for case in cases for effect in case.submission.side_effects))
    return Verdict(passed, float(score), first, found, is_float32, effects, tuple(case.plan for case in cases))


@dataclass(frozen=True)
class _Outcome:
    score: float
    mismatch: Mismatch | None
    needed_float32: bool


def _outcome(case: Case, tolerance: Tolerance, number: int) -> _Outcome:
    """One case against the reference, in float64 and, where its numbers are such, with the room that float32 needs."""
    choice, rows = case.plan.choice, case.right_rows
    strict = _Looking(case, number, rows, [np.zeros(1)] * len(rows), tolerance).first_mismatch()
    if strict is None or not case.submission.is_float32:
        return _Outcome(_score(case, strict), strict, False)
    room = float32_bounds(case.course, choice, rows)
    roomy = _Looking(case, number, rows, room, tolerance, is_roomy=True).first_mismatch()
    if roomy is None and tolerance.precision == "float64":
        return _Outcome(_score(case, strict), strict, True)
    return _Outcome(_score(case, roomy), roomy, roomy is None)


def _score(case: Case, mismatch: Mismatch | None) -> float:
    """The share of the compared steps before the first mismatch."""
    steps = compared_steps(case.plan)
    return 1.0 if mismatch is None or not steps else sum(step < mismatch.step for step in steps) / len(steps)


@dataclass(frozen=True)
class _Looking:
    """What a case is looked at with: the rows of the reference, the room around them, and the tolerance."""

    case: Case
    number: int
    rows: Sequence[tuple[Array, Slots]]
    room: Sequence[NDArray[np.float64]]
    tolerance: Tolerance
    is_roomy: bool = False

    def first_mismatch(self) -> Mismatch | None:
        """The first number that is off, in the order of the steps; update and state are looked at after the last."""
        for look in (self._points, self._update, self._state, self._count):
            found = look()
            if found is not None:
                return found
        return None

    def _points(self) -> Mismatch | None:
        submission, plan = self.case.submission, self.case.plan
        quantity = "params" if plan.steps == 1 else "points"
        for step in compared_steps(plan):
            expected, _ = self.rows[step - 1]
            if step in submission.points:
                found = self._off(submission.points[step], expected, quantity, step)
                if found is not None:
                    return found
            elif not submission.is_end_alone or step == plan.steps:
                return Mismatch(self.number, step, quantity, None, plan.layout.unflatten(expected), None, None)
        return None

    def _update(self) -> Mismatch | None:
        update, plan = self.case.submission.update, self.case.plan
        if update is None or plan.steps != 1:
            return None
        return self._off(update, self.rows[-1][0] - plan.start, "update", 1)

    def _state(self) -> Mismatch | None:
        if not self.rows:
            return None
        _, slots = self.rows[-1]
        steps, state = self.case.plan.steps, self.case.submission.state
        found = (self._off(slot, slots[name], f"state/{name}", steps) for name, slot in state.items())
        return next((mismatch for mismatch in found if mismatch is not None), None)

    def _count(self) -> Mismatch | None:
        plan, got = self.case.plan, self.case.submission.t
        expected = plan.state.t + plan.steps
        return None if got is None or got == expected else Mismatch(self.number, plan.steps, "state/t", (), expected, got, None)

    def _off(self, got: Any, expected: Array, quantity: str, step: int) -> Mismatch | None:
        """The first coordinate that is off, None where all agree."""
        layout = self.case.plan.layout
        if isinstance(got, Misshapen):
            shape = got.shape if isinstance(got.shape, str) else list(got.shape)
            return Mismatch(self.number, step, quantity, None, layout.says(), shape, None)
        room = self.room[step - 1]
        if self.is_roomy and quantity.startswith("state/"):
            room = Growing(self.case.plan.choice, self.case.plan.state.t).of_slot(step, expected)
        bad = np.flatnonzero(~_agree(got, expected, self.tolerance.around(expected) + room))
        if not len(bad):
            return None
        where = int(bad[0])
        value, wanted = float(got[where]), float(expected[where])
        error = abs(value - wanted) / abs(wanted) if wanted and np.isfinite(value) else None
        return Mismatch(self.number, step, quantity, place(layout, where), wanted, value, error)


def _agree(got: Array, expected: Array, allowed: Array) -> NDArray[np.bool_]:
    """Where numbers agree; what is not a number agrees with what is none."""
    with np.errstate(all="ignore"):
        known = np.isfinite(expected)
        return np.asarray(np.where(known, np.abs(got - expected) <= allowed, ~np.isfinite(got)))


def place(layout: Any, flat: int) -> tuple[str | int, ...]:
    """Where a coordinate of the flat vector stands in the params: `("W", 0, 1)`, `(2,)`."""
    number = int(np.searchsorted(layout.bounds, flat, side="right")) - 1
    shape = layout.shapes[number]
    index = tuple(int(i) for i in np.unravel_index(flat - layout.bounds[number], shape)) if shape else ()
    return index if layout.names is None else (layout.names[number], *index)


def findings(cases: Sequence[Case], tolerance: Tolerance, first: Mismatch) -> list[Finding]:
    """What reproduces the numbers of every case, the simplest first; two mistakes only where no single change does."""
    leading = cases[first.case]
    choice = leading.plan.choice
    misshapen = [point for case in cases for point in case.submission.points.values() if isinstance(point, Misshapen)]
    if misshapen:
        candidate = shape_mistake(choice, leading.plan.layout, misshapen[0])
        return [] if candidate is None else [Finding(candidate, 0.0, 0.0)]
    if first.quantity == "state/t":
        return [finding for finding in _about_t(choice) if first.got == leading.plan.state.t]
    if first.index is None:  # points that are missing explain nothing
        return []
    changes = chain(singles(choice, leading.given), schedule_mistakes([case.plan for case in cases]))
    found = list(_fitting(cases, tolerance, changes, EXPLAINED))
    if not found:
        found = list(_fitting(cases, tolerance, solved_rates(cases), EXPLAINED_BY_TWO))
    if not found and choice.rule.kernel.function.__name__ in FORMULAS:
        several = chain(conventional_mistakes(choice, leading.given), pairs(choice))
        found = list(_fitting(cases, tolerance, several, EXPLAINED_BY_TWO))
    near = max(ROUNDING, NEARLY * min((finding.residual for finding in found), default=0.0))
    return _each_once([finding for finding in found if finding.residual <= near])[:MOST_FINDINGS]


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
    if len(factors) and np.isfinite(factors).all() and factors.min() > 0 and np.ptp(factors) <= ALIKE * factors.max():
        yield from at_rate(case.plan.choice, float(f"{lr * float(np.median(factors)):.9g}"))


def _each_once(found: Sequence[Finding]) -> list[Finding]:
    """The findings, those of one code together as the first of them."""
    firsts = {finding.candidate.code: finding for finding in reversed(found)}
    return [finding for finding in found if firsts[finding.candidate.code] is finding]


def _fitting(cases: Sequence[Case], tolerance: Tolerance, candidates: Iterable[Candidate], explained: float) -> Iterator[Finding]:
    """Those of the candidates that reproduce every case, and of what is off leave no more than a share unexplained."""
    for candidate in candidates:
        fits = list[_Fit]()
        for case in cases:
            fit = _fit(case, candidate, tolerance)
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


def _fit(case: Case, candidate: Candidate, tolerance: Tolerance) -> _Fit | None:
    """How far a candidate is off; None where it does not fit. The run is given up at the first step that does not."""
    submission, plan = case.submission, case.plan
    fit, before, update = _Fit(), plan.start, candidate.update(plan.layout.bounds, plan.state.t + 1)
    is_roomy = submission.is_float32 and tolerance.precision == "float32"
    growing = Growing(candidate.choice, plan.state.t) if is_roomy else None
    for step, (x, slots) in enumerate(case.course.run(candidate.choice, update), start=1):
        room = growing.after(step, before, x) if growing is not None else 0.0
        if step == plan.steps and not slots.keys() >= submission.state.keys():
            return None
        right_x, right_slots = case.right_rows[step - 1]
        for got, expected, slot in _compared(submission, plan, step, x, slots):
            more = growing.of_slot(step, expected) if slot and growing is not None else room
            allowed = tolerance.around(expected) + more
            if isinstance(got, Misshapen) or not _agree(got, expected, allowed).all():
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
