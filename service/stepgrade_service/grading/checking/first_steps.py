"""The first step of a reference as every candidate takes it: it rules out nearly all, and is the same whoever submits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging import Tolerance, agree

from ...engine.conventions.resolve import Choice
from ...engine.optimizers import UpdateKernel
from ..candidates.candidate import Candidate
from ..candidates.runs import Array, FirstStep, first_points
from ..candidates.single_and_double import Maker, made, several, singles
from ..catalogue.formulas import formula_for
from .allowance import A_SINGLE, ONE_OF_SEVERAL, Allowance, a_step_of
from .case import Case
from .fitting import ALL
from .precision import growing

Kind = Literal["singles", "several"]

#: Openings of no more coordinates are remembered, so many of them: a course checks thousands of submissions against a few references.
MOST_COORDINATES, MOST_OPENINGS = 32, 32

#: With more different numbers among the parameter groups a first step is not cheap: then it is taken candidate by candidate, out of
#: the search's allowance.
MOST_GROUPS = 4


@dataclass(frozen=True)
class Opening:
    """The points after the first step, (candidates, dimension), from a start at which so many steps had been taken."""

    makers: Sequence[Maker]
    points: Array
    start: Array
    taken: int

    @cached_property
    def room(self) -> NDArray[np.float64]:
        """What float32 may be off by there, laid out like the points."""
        around = (growing(maker().choice, self.taken) for maker in self.makers)
        return np.array([each.after(1, self.start, x) for each, x in zip(around, self.points, strict=True)]).reshape(self.points.shape)

    def agreeing(self, got: Array, tolerance: Tolerance, where: Any, *, is_roomy: bool) -> Iterator[Candidate]:
        """The candidates that are where the submission is after one step, in their order; `where` are the coordinates looked at."""
        points = self.points[:, where]
        allowed = tolerance.around(points) + (self.room[:, where] if is_roomy else 0.0)
        for number in np.flatnonzero(agree(got[where], points, allowed).all(axis=1)).tolist():
            yield self.makers[number]()


_remembered: dict[bytes, Opening] = {}

#: Several requests are worked on at a time, and what is remembered is forgotten again.
_lock = Lock()


def possible(case: Case, tolerance: Tolerance, kind: Kind, allowance: Allowance, where: Any = ALL) -> Iterator[Candidate]:
    """The candidates that may reproduce a case: those that take its first step, or all where that was not submitted.

    `where` are the coordinates that are looked at.
    """
    got, makers = case.submission.points.get(1), tuple(_makers(case, kind))
    allowance.count(len(makers) * (A_SINGLE if kind == "singles" else ONE_OF_SEVERAL))
    is_cheap = len(case.plan.choice.rule.distinct) <= MOST_GROUPS
    if is_cheap and isinstance(got, np.ndarray) and len(got) <= MOST_COORDINATES:
        allowance.count(len(makers) * a_step_of(case.plan))
        return opening(case, kind).agreeing(got, tolerance, where, is_roomy=case.is_roomy(tolerance))
    return (maker() for maker in makers)


def opening(case: Case, kind: Kind) -> Opening:
    """The opening of a case, worked out once for all that have the same."""
    key = _key(case, kind)
    known = _remembered.get(key)
    if known is None:
        known = _opening(case, _makers(case, kind))
        with _lock:
            while len(_remembered) >= MOST_OPENINGS:
                _remembered.pop(next(iter(_remembered)), None)
            _remembered[key] = known
    return known


def _makers(case: Case, kind: Kind) -> Iterable[Maker]:
    choice = case.plan.choice
    return map(made, singles(choice, case.given)) if kind == "singles" else several(choice, case.given)


def _opening(case: Case, makers: Iterable[Maker]) -> Opening:
    plan, tried = case.plan, tuple(makers)
    points, shared, alike = np.empty((len(tried), plan.layout.dimension)), _shared(case), dict[UpdateKernel, dict[int, Choice]]()
    with np.errstate(all="ignore"):
        for number, candidate in enumerate(maker() for maker in tried):
            if shared is not None and candidate.is_of(plan.choice):
                points[number] = shared.point(candidate.replaced)
            elif _is_one_of_many(candidate):
                alike.setdefault(candidate.choice.rule.kernel, {})[number] = candidate.choice
            else:
                points[number], _ = next(candidate.run(case.course))
        for choices in alike.values():
            points[list(choices)] = first_points(case.course, list(choices.values()))
    return Opening(tried, points, plan.start, plan.state.t)


def _is_one_of_many(candidate: Candidate) -> bool:
    """Whether its first step can be taken together with those of others that have the same kernel."""
    rule = candidate.choice.rule
    return candidate.is_plain and not candidate.replaced and rule.kernel.kind == "elementwise" and not rule.groups


def _shared(case: Case) -> FirstStep | None:
    """What the mistakes in the formula of a case have in common in their first step."""
    choice = case.plan.choice
    if choice.rule.groups or formula_for(choice.rule.kernel) is None:
        return None
    with np.errstate(all="ignore"), suppress(ZeroDivisionError, OverflowError):
        return FirstStep(case.course, choice)
    return None


def _key(case: Case, kind: Kind) -> bytes:
    """A digest of all that a first step depends on."""
    plan, digest = case.plan, blake2b(digest_size=16)
    words = (kind, plan.choice.echo, sorted(case.given), plan.schedule.echo, plan.state.t, plan.layout.bounds)
    digest.update(repr(words).encode())
    slots = case.course.slots(plan.choice.rule)
    for numbers in (plan.start, case.course.gradient(0, plan.start), *slots.values()):
        digest.update(np.ascontiguousarray(numbers).tobytes())
    return digest.digest()
