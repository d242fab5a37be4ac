"""Whether a candidate gives the numbers that were submitted: all of them, or those of some tensors alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging import STATE, UNLIKE, Fit, Misshapen, Numbers, Quantity, Tolerance, agree, explain, fitted, telling_at

from ...engine.conventions.choice import Choice
from ...engine.reading.tensors import Layout
from ...engine.running.trajectory_plan import Plan
from ..candidates.candidate import Candidate, at_rate_of
from ..candidates.runs import ALIKE, Array, Slots
from .allowance import Allowance, a_step, a_step_of
from .case import Case, public_slots
from .precision import growing

#: The finding that another learning rate was used.
WRONG_RATE = "wrong_lr"

#: Numbers are compared in the time that so many steps take.
COMPARED = 2.0


@dataclass(frozen=True)
class Finding:
    """Something that explains the numbers; `fit` is how far it is off, as a share of the tolerance: 0 is to the last bit."""

    candidate: Candidate
    fit: float
    residual: float


@dataclass(frozen=True)
class Fitting:
    """What candidates are held against: the cases, and of these all numbers or those of the named tensors alone."""

    cases: Sequence[Case]
    tolerance: Tolerance
    allowance: Allowance
    tensors: frozenset[str] | None = None

    def findings(self, candidates: Iterable[Candidate], explained: float) -> Iterator[Finding]:
        """Those of the candidates that reproduce every case, and of what is off leave no more than a share unexplained."""
        for candidate in candidates:
            whole = self._whole(candidate, explained)
            if whole is None and candidate.code == WRONG_RATE and self._has_rates and not _is_share(candidate.choice):
                candidate = replace(candidate, holds_rate=True)
                whole = self._whole(candidate, explained)
            if whole is not None:
                yield Finding(candidate, whole.share, whole.residual)

    def _whole(self, candidate: Candidate, explained: float) -> Fit | None:
        """How a candidate fits all cases; None where it does not."""
        fits = []
        for case in self.cases:
            fits.append(fitted(self._quantities(case, candidate), self.tolerance))
            if fits[-1] is None:
                break
        return explain(fits, explained)

    @cached_property
    def _has_rates(self) -> bool:
        """Whether the references have different learning rates."""
        first = self.cases[0].plan.choice.settings["lr"]
        return any(case.plan.choice.settings["lr"] != first for case in self.cases)

    def _quantities(self, case: Case, candidate: Candidate) -> Iterator[Quantity]:
        """What was submitted beside what a candidate gives.

        It is run only as far as it is asked for: the first step that differs ends it.
        """
        submission, plan, where = case.submission, case.plan, coordinates(case.plan.layout, self.tensors)
        if where is not ALL and not where.any():
            return
        if not candidate.fits(plan.layout):  # it is of another reference, whose tensors have other names
            yield UNLIKE
            return
        candidate = at_rate_of(plan, candidate, self.cases[0].plan.choice)
        before, last = plan.start, plan.steps
        around = growing(candidate.choice, plan.state.t) if case.is_roomy(self.tolerance) else None
        cost = a_step_of(plan)
        self.allowance.take(cost)
        for step, (x, slots) in enumerate(candidate.run(case.course), start=1):
            if step > 1:
                self.allowance.take(cost)
            room = around.after(step, before, x) if around is not None else 0.0
            if step in submission.points or step == last:
                given = _after(plan, candidate.choice, x, slots, step)
                for quantity, got in telling_at(submission, step, last):
                    self.allowance.take(COMPARED * a_step(plan.layout.dimension))
                    expected = given.of(quantity, step)
                    if expected is None or not _are_alike(got, expected):
                        if not (quantity.startswith(STATE) and self._is_idle(case, quantity, got, where, given)):
                            yield UNLIKE
                        continue
                    more = around.of_slot(step, expected) if around is not None and quantity.startswith(STATE) else room
                    yield _of_tensors(Quantity(got, expected, case.right_numbers.of(quantity, step), more), where)
            before = x

    def _is_idle(self, case: Case, quantity: str, got: Any, where: Any, given: Numbers) -> bool:
        """Whether a slot that a candidate does not have says nothing against it: it is as it was, or it is right and has no use, or it is
        what the candidate has under another name.

        Where the points are right, the slot is what is wrong.
        """
        name = quantity.removeprefix(STATE)
        alike = (start_of(case, name), case.right_numbers.state.get(name), given.state.get(ALIKE.get(name, "")))
        return self._has_wrong_points and any(_is_at(each, got, where, self.tolerance) for each in alike)

    @cached_property
    def _has_wrong_points(self) -> bool:
        """Whether any point is off."""
        for case in self.cases:
            where = coordinates(case.plan.layout, self.tensors)
            for step, got in case.submission.points.items():
                if step <= case.plan.steps and not _is_at(case.right_rows[step - 1][0], got, where, self.tolerance):
                    return True
        return False


def _is_share(choice: Choice) -> bool:
    """Whether the rate is 1 - momentum: a running average without its rate is a sum at this one."""
    lr, momentum = choice.settings["lr"], choice.settings.get("momentum")
    return isinstance(lr, float) and isinstance(momentum, float) and isclose(lr, 1.0 - momentum)


#: All coordinates.
ALL: Any = slice(None)


def coordinates(layout: Layout, tensors: Collection[str] | None) -> Any:
    """Which coordinates are those of the named tensors: (dimension,) of bool, none where the params have no names."""
    if tensors is None:
        return ALL
    named = [name in tensors for name in layout.names or ()] or [False] * len(layout.shapes)
    return np.repeat(np.array(named, dtype=bool), np.diff(layout.bounds))


def _of_tensors(quantity: Quantity, where: Any) -> Quantity:
    """The part of a quantity that belongs to some tensors; nothing of a slot that is not laid out like the params."""
    if where is ALL or isinstance(quantity.got, Misshapen):
        return quantity
    if quantity.got.shape != where.shape:
        return Quantity(np.zeros(0), np.zeros(0), None)
    room = quantity.room if np.ndim(quantity.room) == 0 else np.broadcast_to(quantity.room, where.shape)[where]
    right = None if quantity.right is None else quantity.right[where]
    return Quantity(quantity.got[where], quantity.expected[where], right, room)


def _are_alike(got: Any, expected: NDArray[Any]) -> bool:
    return isinstance(got, Misshapen) or got.shape == expected.shape


def _is_at(expected: Array | None, got: Any, where: Any, tolerance: Tolerance) -> bool:
    if expected is None or isinstance(got, Misshapen) or got.shape != expected.shape:
        return False
    if where is not ALL and got.shape == where.shape:
        got, expected = got[where], expected[where]
    return bool(agree(got, expected, tolerance.around(expected)).all())


def start_of(case: Case, name: str) -> Array | None:
    """A slot of the reference before the first step, flat, as the public sees it; what the first gradient fills is 0 before."""
    plan = case.plan
    slots = public_slots(plan, plan.choice, case.course.slots(plan.choice.rule))
    return np.nan_to_num(slots[name]) if name in slots else None


def _after(plan: Plan, choice: Choice, x: Array, slots: Slots, step: int) -> Numbers:
    """What a formula gives after one step; the slots at the end, where alone they are submitted."""
    state = public_slots(plan, choice, slots) if step == plan.steps else {}
    return Numbers({step: x}, x - plan.start if plan.steps == 1 else None, state)
