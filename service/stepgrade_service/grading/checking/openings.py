"""The first two steps of a reference as every candidate takes them: they rule out nearly all, and are the same whoever submits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import islice
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging import Tolerance, agree

from ...engine.conventions.choice import Choice
from ...engine.optimizers import UpdateKernel
from ...engine.running.giving_way import give_way
from ..candidates.candidate import Candidate
from ..candidates.runs import Array, ChoicesOfOneKernel, Course, FirstStep
from ..candidates.single_and_double import Maker, MistakeAtANumber, TwoMistakes, made, several, singles
from ..candidates.together import MistakesOfOneFormula, can_be_together
from ..catalogue.formulas import formula_for
from .allowance import A_SINGLE, ONE_OF_SEVERAL, Allowance, a_step_of
from .case import Case
from .fitting import ALL
from .precision import growing

Kind = Literal["singles", "several"]

#: What making a candidate costs.
A_CANDIDATE: Mapping[Kind, float] = {"singles": A_SINGLE, "several": ONE_OF_SEVERAL}

#: Second steps are taken for so many candidates at a time.
AT_A_TIME = 64

#: Openings of no more coordinates are remembered, so many of them: a course checks thousands of submissions against a few references.
MOST_COORDINATES, MOST_OPENINGS = 32, 32

#: With more different numbers among the parameter groups a first step is not cheap: then it is taken candidate by candidate, out of
#: the search's allowance.
MOST_GROUPS = 4


@dataclass(frozen=True)
class Opening:
    """The points after the first step, (candidates, dimension), from a start at which so many steps had been taken.

    Those after the second step are added where a submission agrees with the first one.
    """

    makers: Sequence[Maker]
    points: Array
    start: Array
    taken: int

    @cached_property
    def room(self) -> NDArray[np.float64]:
        """What float32 may be off by there, laid out like the points."""
        around = (growing(maker().choice, self.taken) for maker in self.makers)
        return np.array([each.after(1, self.start, x) for each, x in zip(around, self.points, strict=True)]).reshape(self.points.shape)

    @cached_property
    def _second(self) -> Array:
        return np.empty_like(self.points)

    @cached_property
    def _has_second(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.makers), dtype=bool)

    def agreeing(self, case: Case, tolerance: Tolerance, allowance: Allowance, where: Any) -> Iterator[Candidate]:
        """The candidates that are where the submission is after one step, and after two, in their order; `where` are the coordinates
        looked at."""
        points, first, second = self.points[:, where], case.submission.points[1], case.submission.points.get(2)
        assert isinstance(first, np.ndarray)
        allowed = tolerance.around(points)
        if case.is_roomy(tolerance):
            allowed = allowed + self.room[:, where]
        numbers = np.flatnonzero(agree(first[where], points, allowed).all(axis=1))
        if not isinstance(second, np.ndarray) or case.plan.steps < 2 or case.is_roomy(tolerance):
            return (self.makers[number]() for number in numbers.tolist())
        twice = self._agreeing_twice(numbers, second, case, tolerance, allowance, where)
        return (self.makers[number]() for number in twice)

    def _agreeing_twice(
        self, numbers: NDArray[np.intp], second: Array, case: Case, tolerance: Tolerance, allowance: Allowance, where: Any
    ) -> Iterator[int]:
        """Those of some candidates that are where the submission is after two steps; as many as may be afforded are looked at."""
        for start in range(0, len(numbers), AT_A_TIME):
            some = numbers[start : start + AT_A_TIME]
            allowance.take(len(some) * 2.0 * a_step_of(case.plan))
            points = self._after_two(some, case)[:, where]
            yield from some[agree(second[where], points, tolerance.around(points)).all(axis=1)].tolist()

    def _after_two(self, numbers: NDArray[np.intp], case: Case) -> Array:
        """The points of some candidates after the second step."""
        for number in numbers[~self._has_second[numbers]].tolist():
            self._second[number], _ = next(islice(self.makers[number]().run(case.course), 1, None))
            self._has_second[number] = True
        return self._second[numbers]


_remembered: dict[bytes, Opening] = {}

#: Several requests are worked on at a time, and what is remembered is forgotten again.
_lock = Lock()


def possible(case: Case, tolerance: Tolerance, kind: Kind, allowance: Allowance, where: Any = ALL) -> Iterator[Candidate]:
    """The candidates that may reproduce a case: those that take its first two steps, or all where these were not submitted.

    `where` are the coordinates that are looked at.
    """
    known = opened(case, kind, allowance)
    if known is not None:
        return known.agreeing(case, tolerance, allowance, where)
    makers = tuple(_makers(case, kind))
    allowance.count(len(makers) * A_CANDIDATE[kind])
    return (maker() for maker in makers)


def opened(case: Case, kind: Kind, allowance: Allowance) -> Opening | None:
    """The opening of a case, where its first point was submitted and is cheap to look at."""
    got, is_cheap = case.submission.points.get(1), len(case.plan.choice.rule.distinct) <= MOST_GROUPS
    if not is_cheap or not isinstance(got, np.ndarray) or len(got) > MOST_COORDINATES:
        return None
    known = opening(case, kind)
    allowance.count(len(known.makers) * (A_CANDIDATE[kind] + a_step_of(case.plan)))
    return known


def opening(case: Case, kind: Kind) -> Opening:
    """The opening of a case, worked out once for all that have the same."""
    key = _key(case, kind)
    known = _remembered.get(key)
    if known is None:
        known = _opening(case, kind)
        with _lock:
            while len(_remembered) >= MOST_OPENINGS:
                _remembered.pop(next(iter(_remembered)), None)
            _remembered[key] = known
    return known


def _makers(case: Case, kind: Kind) -> Iterable[Maker]:
    choice = case.plan.choice
    return map(made, singles(choice, case.given)) if kind == "singles" else several(choice, case.given)


def _opening(case: Case, kind: Kind) -> Opening:
    plan, pairs = case.plan, dict[int, TwoMistakes]()
    makers: tuple[Maker, ...]
    if kind == "singles":
        makers, sorted_out = _of_singles(tuple(singles(plan.choice, case.given)))
    else:
        makers = tuple(several(plan.choice, case.given))
        pairs = {number: maker for number, maker in enumerate(makers) if isinstance(maker, TwoMistakes)}
        sorted_out = SortedOut.of((number, _plainly(maker)) for number, maker in enumerate(makers) if number not in pairs)
    points, firsts = np.empty((len(makers), plan.layout.dimension)), FirstSteps(case.course)
    with np.errstate(all="ignore"):
        for numbers, together in sorted_out.together:
            give_way()
            points[numbers] = together.first_points(case.course)
        for numbers, mistakes in sorted_out.mistakes:
            give_way()
            points[numbers] = firsts.of_mistakes(mistakes)
        for number, candidate in sorted_out.others:
            give_way()
            points[number] = firsts.of(candidate)
        for number, pair in pairs.items():
            give_way()
            points[number] = firsts.of_pair(pair)
    return Opening(makers, points, plan.start, plan.state.t)


def _plainly(maker: Maker) -> Candidate:
    """A candidate to run; what is said of it is put into words where it is needed."""
    return maker.mistake if isinstance(maker, MistakeAtANumber) else maker()


@dataclass(frozen=True)
class SortedOut:
    """Numbered candidates: those whose first step can be taken together, because they have the same kernel, or are mistakes in one formula,
    and the others."""

    together: Sequence[tuple[NDArray[np.intp], ChoicesOfOneKernel]]
    mistakes: Sequence[tuple[NDArray[np.intp], MistakesOfOneFormula]]
    others: Sequence[tuple[int, Candidate]]

    @classmethod
    def of(cls, candidates: Iterable[tuple[int, Candidate]]) -> SortedOut:
        """Sort candidates out."""
        alike, others = dict[UpdateKernel, dict[int, Choice]](), list[tuple[int, Candidate]]()
        mistakes, last = list[dict[int, Candidate]](), None
        for number, candidate in candidates:
            rule = candidate.choice.rule
            if can_be_together(candidate):
                if candidate.choice is not last:  # those of one choice follow one another
                    mistakes.append({})
                    last = candidate.choice
                mistakes[-1][number] = candidate
            elif candidate.is_plain and not candidate.replaced and rule.kernel.kind == "elementwise" and not rule.groups:
                alike.setdefault(rule.kernel, {})[number] = candidate.choice
            else:
                others.append((number, candidate))
        return cls(
            [(np.array(list(each)), ChoicesOfOneKernel(tuple(each.values()))) for each in alike.values()],
            [(np.array(list(each)), MistakesOfOneFormula(tuple(each.values()))) for each in mistakes],
            others,
        )


@lru_cache(maxsize=64)
def _of_singles(candidates: tuple[Candidate, ...]) -> tuple[tuple[Maker, ...], SortedOut]:
    """What all submissions to one exercise have alike is sorted out once."""
    return tuple(map(made, candidates)), SortedOut.of(enumerate(candidates))


class FirstSteps:
    """The points of candidates after the first step of a course. What those of one formula have in common is worked out once."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.shared: tuple[Choice | None, FirstStep | None] = (None, None)
        self.halves: tuple[Candidate | None, FirstStep | None] = (None, None)

    def of(self, candidate: Candidate) -> Array:
        """The point of a candidate, (dimension,)."""
        shared = self._shared_by(candidate.choice) if candidate.replaced and candidate.is_plain else None
        if shared is not None:
            return shared.point(candidate.replaced)
        return next(candidate.run(self.course))[0]

    def of_mistakes(self, mistakes: MistakesOfOneFormula) -> Array:
        """The points of mistakes in one formula, (mistakes, dimension)."""
        shared = self._shared_by(mistakes.choice)
        return np.array([self.of(each) for each in mistakes.candidates]) if shared is None else mistakes.first_points(shared)

    def of_pair(self, pair: TwoMistakes) -> Array:
        """The point of two mistakes; pairs that have the first of them in common follow one another."""
        one, other = pair.one, pair.other
        if self.halves[0] is not one:
            self.halves = (one, self._half(one))
        half = self.halves[1]
        return half.point(other.replaced) if half is not None else self.of(pair())

    def _half(self, one: Candidate) -> FirstStep | None:
        shared = self._shared_by(one.choice)
        with suppress(ZeroDivisionError, OverflowError):
            return None if shared is None else shared.replacing(one.replaced)
        return None

    def _shared_by(self, choice: Choice) -> FirstStep | None:
        """What mistakes in a formula have in common in their first step; those of one choice follow one another."""
        if self.shared[0] is not choice:
            self.shared = (choice, None)
            if not choice.rule.groups and formula_for(choice.rule.kernel) is not None:
                with suppress(ZeroDivisionError, OverflowError):
                    self.shared = (choice, FirstStep(self.course, choice))
        return self.shared[1]


def _key(case: Case, kind: Kind) -> bytes:
    """A digest of all that the first two steps depend on, and the candidates."""
    digest = blake2b(case.digest, digest_size=16)
    digest.update(repr((kind, sorted(case.given))).encode())
    digest.update(case.course.gradient(0, case.plan.start).tobytes())  # an objective on posted data is told without its data
    return digest.digest()
