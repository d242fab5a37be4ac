"""What explains numbers that differ: the simplest change that reproduces every case, and nothing where none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from stepgrade.judging import (
    EXPLAINED,
    EXPLAINED_BY_TWO,
    STATE,
    UNLIKE,
    Mismatch,
    Misshapen,
    Numbers,
    Quantity,
    Submission,
    Tolerance,
    explain,
    fitted,
    nearest,
    rounded_to,
    telling_at,
)

from ...engine.conventions.resolve import Choice
from ...engine.running.trajectory_plan import Plan
from ..candidates.candidate import Candidate
from ..candidates.notes import rounded, shape_mistake
from ..candidates.other_formulas import at_rate
from ..candidates.runs import Array, Slots
from ..candidates.schedules import schedule_mistakes
from ..candidates.single_and_double import mistakes
from .allowance import Allowance, Spent, a_step, a_step_of
from .case import Case, public_slots
from .first_steps import possible
from .precision import growing

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
    decimals = _decimals(cases)
    if decimals is not None:
        return Search((Finding(rounded(choice, decimals), 0.0, 0.0),))
    others = [case for case in cases if case is not leading]
    found, is_complete = list[Finding](), True
    try:
        for candidates, explained in _kinds(leading, cases, tolerance, allowance):
            found += _fitting([leading, *others], tolerance, candidates, explained, allowance)
            if found:
                break
    except Spent:
        is_complete = False
    told = nearest(found, lambda finding: finding.residual, lambda finding: finding.candidate.code)
    return Search(tuple(told), is_complete)


def _kinds(leading: Case, cases: Sequence[Case], tolerance: Tolerance, allowance: Allowance) -> Iterator[tuple[Iterable[Candidate], float]]:
    """The candidates kind by kind, the simplest first, with what they may leave unexplained."""
    yield chain(possible(leading, tolerance, "singles", allowance), schedule_mistakes([case.plan for case in cases])), EXPLAINED
    yield solved_rates(cases), EXPLAINED_BY_TWO
    yield possible(leading, tolerance, "several", allowance), EXPLAINED_BY_TWO


def _decimals(cases: Sequence[Case]) -> int | None:
    """To how many decimals the right numbers were rounded, if all that was submitted was."""
    if any(case.submission.t not in (None, case.right_numbers.t) or isinstance(case.submission.update, Misshapen) for case in cases):
        return None
    known = [case for case in cases if case.right_rows]
    moved = max((float(np.abs(case.right_rows[-1][0] - case.plan.start).max(initial=0.0)) for case in known), default=0.0)
    return rounded_to([each for case in known for each in _right_and_got(case)], moved)


def _right_and_got(case: Case) -> Iterator[tuple[int, Array, Any]]:
    """The steps that were taken, the right numbers after them, and those submitted."""
    steps = len(case.right_rows)
    for step, got in case.submission.points.items():
        yield step, case.right_rows[step - 1][0], got
    right = case.right_numbers
    if right.update is not None and isinstance(case.submission.update, np.ndarray):
        yield steps, right.update, case.submission.update
    yield from ((steps, right.state[name], got) for name, got in case.submission.state.items() if isinstance(got, np.ndarray))


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


def _fitting(
    cases: Sequence[Case], tolerance: Tolerance, candidates: Iterable[Candidate], explained: float, allowance: Allowance
) -> Iterator[Finding]:
    """Those of the candidates that reproduce every case, and of what is off leave no more than a share unexplained."""
    for candidate in candidates:
        fits = []
        for case in cases:
            fits.append(fitted(_quantities(case, candidate, tolerance, allowance), tolerance))
            if fits[-1] is None:
                break
        whole = explain(fits, explained)
        if whole is not None:
            yield Finding(candidate, whole.share, whole.residual)


def _quantities(case: Case, candidate: Candidate, tolerance: Tolerance, allowance: Allowance) -> Iterator[Quantity]:
    """What was submitted beside what a candidate gives. It is run only as far as it is asked for: the first step that differs ends it."""
    submission, plan = case.submission, case.plan
    before, update = plan.start, candidate.update(plan)
    around = growing(candidate.choice, plan.state.t) if case.is_roomy(tolerance) else None
    cost = a_step_of(plan)
    allowance.take(cost)
    for step, (x, slots) in enumerate(case.course.run(candidate.choice, update), start=1):
        if step > 1:
            allowance.take(cost)
        room = around.after(step, before, x) if around is not None else 0.0
        if step in submission.points or step == plan.steps:
            given = _after(plan, candidate.choice, x, slots, step)
            right = _after(plan, plan.choice, *case.right_rows[step - 1], step)
            if step == plan.steps and not _has_slots(given, submission):
                yield UNLIKE
            for quantity, got in telling_at(submission, step, plan.steps):
                allowance.take(COMPARED * a_step(plan.layout.dimension))
                expected = given.of(quantity, step)
                assert expected is not None
                more = around.of_slot(step, expected) if around is not None and quantity.startswith(STATE) else room
                yield Quantity(got, expected, right.of(quantity, step), more)
        before = x


def _has_slots(given: Numbers, submission: Submission) -> bool:
    """Whether a formula keeps all that was submitted of the state, in the same layout; a slot in a wrong shape says nothing of it."""
    kept = {name: slot.shape for name, slot in given.state.items()}
    return all(name in kept and (isinstance(slot, Misshapen) or slot.shape == kept[name]) for name, slot in submission.state.items())


def _after(plan: Plan, choice: Choice, x: Array, slots: Slots, step: int) -> Numbers:
    """What a formula gives after one step."""
    return Numbers({step: x}, x - plan.start if plan.steps == 1 else None, public_slots(plan, choice, slots))
