"""Inputs whose answers tell the mistakes apart: a small family of replays is tried, and the fewest that do it are taken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.conventions.choice import Choice
from ...engine.conventions.resolve import resolve
from ...engine.optimizers.rule import settings_of
from ...engine.optimizers.slots import Slot
from ...engine.reading.cost import Price
from ...engine.reading.tensors import is_number
from ...engine.running.divergence import can_divide_by_zero
from ...engine.running.giving_way import give_way, patient
from ...engine.running.trajectory_plan import Plan
from ..candidates.candidate import Candidate, applicable, at_rate_of, with_rate
from ..candidates.runs import Array, Course, plan_of, right
from ..candidates.single_and_double import mistakes
from ..catalogue.formulas import Trait, formula_for
from ..checking.allowance import a_step

Request = dict[str, Any]

#: The code that stands for the right answer among those of the mistakes.
RIGHT = "right"

#: Numbers below this count as of this size, as they do for a tolerance of 1e-6 with 1e-9 besides.
FLOOR = 1e-3

#: Answers nearer than this are the same but for rounding; a probe tells a pair apart from this on, or as well as any does.
SAME, APART = 1e-11, 1e-3

#: Where a probe starts and what its first gradient is: those of W, then those of b. Those that start at 0 are in units of their own,
#: of which each of the two has the smallest, for a mistake may be made in one of them alone; one stays at 0.
START = np.array([1.0, -2.0, 0.5, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
GRADIENT = np.array([0.25, -0.03125, 4.0, 0.0, -0.5, 2.0, 1.0, 1.0, -2.0, 0.0])

#: The gradient in the third step of those that have none before, by place: a gradient of 0 shows what is wrong without eps, but code that
#: leaves out a number which never moves, as a loop that ends too early leaves out the last one, would pass.
THIRD, WOKEN = 2, {3: 2.0, 9: 3.0}

#: The slots in the same units, those that average gradients and those that average squares.
FIRST = np.array([0.125, -0.0625, 1.0, 0.5, -0.25, 1.0, 0.5, -0.5, 0.25, 0.0])
SECOND = np.array([0.0625, 0.0078125, 2.0, 0.5, 0.5, 2.0, 1.0, 0.5, 0.25, 0.0])
LARGEST = np.array([0.25, 0.0078125, 0.5, 1.0, 1.0, 0.5, 0.5, 2.0, 0.25, 0.0])

#: So many of them are W, a matrix of two rows.
OF_W = 6

#: What is tried: the steps taken before, how large the state is, what the first gradient is multiplied by in each step.
TAKEN, SIZES, FACTORS = (2, 0, 9), (1.0, 0.0625, None), ((1.0, -0.5, 2.0), (1.0, 1.0, 0.125))

#: By what the learning rate of another replay differs, where it is equal to a number that stands beside it in the formula.
ANOTHER_RATE = 0.75

#: What differs from the right answer by less is not seen by a check; a long replay, tried only then, adds up what a small decay does.
SEEN, LONG = 4e-6, (1.0, -0.5, 2.0, *[0.0] * 47)


@dataclass(frozen=True)
class Probes:
    """The reference requests, and how well their answers tell the formulas apart.

    `gap` is the smallest, over all pairs that differ, of the largest relative difference over the probes; None where there is
    no pair. `same` are the codes of the pairs that give the same numbers, or differ by less than a check sees; the right
    answer's code is `right`.
    """

    requests: tuple[Request, ...]
    gap: float | None
    same: tuple[tuple[str, str], ...]
    catalogue: int


@dataclass(frozen=True, eq=False)
class Trials:
    """All probes that are tried for an optimizer, and the formulas: the right one and every mistake."""

    choice: Choice
    requests: tuple[Request, ...]
    candidates: tuple[Candidate, ...]

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        return tuple(Course(plan_of(request)) for request in self.requests)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return (RIGHT, *(candidate.code for candidate in self.candidates))

    @cached_property
    def answers(self) -> tuple[Array, ...]:
        """What the formulas answer, the right one first: (formulas, steps, dimension) a probe."""
        return tuple(np.array([true_points(course), *self._wrong_points(course)]) for course in self.courses)

    def _wrong_points(self, course: Course) -> Iterator[Array]:
        return (points(course, at_rate_of(course.plan, each, self.choice)) for each in self.candidates)

    @cached_property
    def differences(self) -> NDArray[np.float64]:
        """How far apart the answers are: (probes, formulas, formulas)."""
        return np.array([apart(answers) for answers in self.answers])


def points(course: Course, candidate: Candidate) -> Array:
    """The points after each step, as a candidate has them."""
    return np.array([x for x, _ in candidate.run(course)])


def true_points(course: Course) -> Array:
    """The points after each step."""
    choice = course.plan.choice
    return np.array([x for x, _ in course.run(choice, right(choice, course.plan))])


def apart(answers: Array) -> NDArray[np.float64]:
    """The largest relative difference of each pair of answers, 1 where only one of them is a number."""
    flat = answers.reshape(len(answers), -1)
    one, other = flat[:, None, :], flat[None, :, :]
    with np.errstate(all="ignore"):
        differences = np.abs(one - other) / np.maximum(np.maximum(np.abs(one), np.abs(other)), FLOOR)
    finite = np.isfinite(flat)
    known = finite[:, None, :] & finite[None, :, :]
    return np.asarray(np.where(known, differences, finite[:, None, :] != finite[None, :, :]).max(axis=2))


#: The steps of a probe for a schedule.
SCHEDULED_STEPS = 4

#: What is tried for an optimizer: so many replays, of so many steps, the long one's among them; and what a name costs in one step.
REPLAYS, STEPS_TRIED, A_NAME = len(TAKEN) * len(SIZES) * len(FACTORS) + 1, 3, 60.0

#: What is held of each pair of formulas and each number of a replay at the same time, in bytes.
PAIR_BYTES = 24.0


def work_of_trials(choice: Choice) -> float:
    """What it costs to try all that is tried for an optimizer, in the units of the engine's prices."""
    names = max((len(value) for value in choice.settings.values() if isinstance(value, Mapping)), default=0)
    each = a_step(max(len(START), names), len(choice.rule.distinct)) + A_NAME * names
    return (1 + len(applicable(choice))) * (REPLAYS * STEPS_TRIED + len(LONG)) * each


def price_of_trials(choice: Choice) -> Price:
    """The price of that: in memory the differences of each pair of answers, the long replay's numbers of all of them at the same time."""
    formulas = 1 + len(applicable(choice))
    return Price(work_of_trials(choice), memory=PAIR_BYTES * formulas**2 * len(LONG) * len(START))


def trials_for(choice: Choice) -> Trials:
    """What is tried for an optimizer; worked out once."""
    return _trials(json.dumps(choice.echo))


@lru_cache(maxsize=64)
def _short(echo: str) -> Trials:
    choice = resolve(json.loads(echo))
    return Trials(choice, tuple(family(choice)), tuple(mistakes(choice)))


@lru_cache(maxsize=64)
def _trials(echo: str) -> Trials:
    trials = _short(echo)
    from_right = trials.differences[:, 0, 1:].max(axis=0, initial=0.0)
    if not ((from_right > SAME) & (from_right < SEEN)).any():
        return trials
    return replace(trials, requests=(*trials.requests, _replay(trials.choice, TAKEN[0], SIZES[0], LONG)))


def probes_for(choice: Choice) -> Probes:
    """The fewest probes that tell every mistake from the right answer, and the mistakes from each other."""
    return _probes(json.dumps(choice.echo))


@lru_cache(maxsize=256)
def _probes(echo: str) -> Probes:
    trials = trials_for(resolve(json.loads(echo)))
    always = [number for number, request in enumerate(trials.requests) if request["optimizer"] != trials.choice.echo]
    pairs = np.triu_indices(len(trials.codes), 1)
    differences = trials.differences[(slice(None), *pairs)]
    best = differences.max(axis=0, initial=0.0)
    differ = best > SAME
    covered = differences[:, differ] >= np.minimum(APART, best[differ])
    covered[always] = False  # the rate asked for is among those of the probes
    taken = [*(fewest(covered) or [0]), *always]
    told = differences[taken][:, differ].max(axis=0, initial=0.0)
    same = [(trials.codes[i], trials.codes[j]) for i, j, is_other in zip(*pairs, differ, strict=True) if not is_other]
    requests = tuple(trials.requests[number] for number in taken)
    return Probes(requests, float(told.min()) if len(told) else None, tuple(same), len(trials.candidates))


def fewest(covered: NDArray[np.bool_]) -> list[int]:
    """Some rows of (rows, columns) that are true in every column where any is, one after another those that add most."""
    taken, left = list[int](), covered.any(axis=0)
    while left.any():
        adds = (covered & left).sum(axis=1)
        taken.append(int(adds.argmax()))
        left &= ~covered[taken[-1]]
    return _needed(covered, taken)


def _needed(covered: NDArray[np.bool_], taken: Sequence[int]) -> list[int]:
    """Those that were taken without those that the later ones made needless."""
    kept = list(taken)
    for number in taken:
        others = [other for other in kept if other != number]
        if (covered[others].any(axis=0) >= covered[kept].any(axis=0)).all() and others:
            kept = others
    return kept


@patient()
def probe_between(plan: Plan, candidates: Sequence[Candidate]) -> Request | None:
    """One request whose answers tell the candidates apart; None where they are the same formula."""
    if any(candidate.rates is not None for candidate in candidates):
        request = scheduled_replay(plan)
        return request if _told_apart(Course(plan_of(request)), candidates)[0] else None
    return _between(Alternatives(json.dumps(plan.choice.echo), tuple(each.formula for each in candidates), tuple(candidates)))


@dataclass(frozen=True)
class Alternatives:
    """Candidates for the same numbers. What they say of a submission makes no difference to what tells them apart: their formulas do."""

    echo: str
    formulas: tuple[Any, ...]
    candidates: tuple[Candidate, ...] = field(compare=False)


@lru_cache(maxsize=256)
def _between(alternatives: Alternatives) -> Request | None:
    """The first that tells all of them clearly apart, or else the one that does it best."""
    several = alternatives.candidates
    trials, pairs = _short(alternatives.echo), len(several) * (len(several) - 1) // 2
    best, taken = (0, -np.inf), None
    for request, course in zip(trials.requests, trials.courses, strict=True):
        give_way()
        told = _told_apart(course, [at_rate_of(course.plan, each, trials.choice) for each in several])
        if told > best:
            best, taken = told, request
        if told >= (pairs, APART):
            break
    return taken if best[0] else None


def _told_apart(course: Course, several: Sequence[Candidate]) -> tuple[int, float]:
    """How many pairs of candidates give other points, and the smallest difference of such a pair."""
    differences = apart(np.array([points(course, candidate) for candidate in several]))
    pairs = differences[_pairs(len(several))]
    return int((pairs > SAME).sum()), float(pairs.min(initial=np.inf, where=pairs > SAME))


@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of all pairs of so many, in a square of them."""
    return np.triu_indices(count, 1)


def _gradient(choice: Choice) -> Array:
    """The first gradient; without a 0 in it where a gradient of 0 would be 0/0 and tell nothing but that."""
    return np.where(GRADIENT == 0.0, 0.5, GRADIENT) if can_divide_by_zero(choice.rule) else GRADIENT


def scheduled_replay(plan: Plan) -> Request:
    """The first steps at the schedule of a plan."""
    length = plan.schedule.length or SCHEDULED_STEPS
    replay = replay_of(plan.choice, START, _gradients(plan.choice, [1.0] * min(SCHEDULED_STEPS, length)))
    return {**replay, "schedule": plan.schedule.echo, "state": {"t": 0}}


def family(choice: Choice) -> Iterable[Request]:
    """The replays that are tried, the one that mostly does it alone first."""
    for taken, size, factors in product(TAKEN, SIZES, FACTORS):
        yield _replay(choice, taken, size, factors)
    if has_coincidence(choice):
        yield _replay(with_rate(choice, ANOTHER_RATE), TAKEN[0], SIZES[0], FACTORS[0])


def has_coincidence(choice: Choice) -> bool:
    """Whether the learning rate is 1, or another number of the formula, or 1 less that number: then two formulas are the same."""
    others = [value for name, value in choice.settings.items() if name != "lr" and is_number(value)]
    return any(isclose(_rate(choice), number) for number in (1.0, *others, *(1.0 - value for value in others)))


def _rate(choice: Choice) -> float:
    """The learning rate, the largest where tensors have their own."""
    lr = choice.settings["lr"]
    return float(max(lr.values()) if isinstance(lr, Mapping) else lr)


def _replay(choice: Choice, taken: int, size: float | None, factors: Sequence[float]) -> Request:
    """Three steps with so many taken before; no size: no state but their number."""
    scales = _scales(choice)
    state = {"t": taken} if size is None else {"t": taken, **_state(choice, size, scales)}
    return {**replay_of(choice, START, _gradients(choice, factors, scales)), "state": state}


def _gradients(choice: Choice, factors: Sequence[float], scales: Array | float = 1.0) -> list[Array]:
    """A gradient for each factor, in these units; in the third step no number has a gradient of 0."""
    gradients = [factor * _gradient(choice) * scales for factor in factors]
    if len(gradients) > THIRD:
        gradients[THIRD][[*WOKEN]] = factors[THIRD] * np.array([*WOKEN.values()])
    return gradients


def replay_of(choice: Choice, start: Array, gradients: Sequence[Array]) -> Request:
    """A /trajectory request that replays these gradients."""
    return {"optimizer": choice.echo, "start": _laid_out(choice, start), "gradients": [_laid_out(choice, row) for row in gradients]}


def _scales(choice: Choice) -> Array:
    """The units of the coordinates: 1, and such small ones that eps is seen, wherever it stands."""
    settings = settings_of(choice.settings, None)  # with parameter groups, by the numbers of the first
    eps = float(np.clip(settings.get("eps") or 0.0, 1e-30, 1.0))
    root = float(np.sqrt(max(eps, settings.get("eps_root") or 0.0)))
    small = [eps, root, 0.25, 1.0] if eps > 1e-30 else [2.0**-10, 2.0**-5, 0.25, 1.0]
    return np.array([1.0, 1.0, 1.0, 1.0, *small[:2], *small])


def _state(choice: Choice, size: float, scales: Array) -> Mapping[str, Any]:
    """The slots of a rule, of the size that its gradients give them."""
    rule = choice.rule
    pushed = _rate(choice) if choice.settings.get("lr_in_velocity") else 1.0
    formula = formula_for(rule.kernel)
    is_scaled = formula is not None and Trait.DIVIDES_BY_ROOT in formula.traits
    own = {
        "velocity": pushed * FIRST * (1.0 if is_scaled else scales),
        "v_max": LARGEST * scales**2,
        "u": LARGEST * scales if "m" in rule.slots else SECOND * scales**2,
    }
    squares = {"v", "accumulator"}
    alike = [name for name in rule.slots if rule.kernel.slot_kinds[name] is Slot]  # those of other layouts start as the rule starts them
    slots = {name: own.get(name, SECOND * scales**2 if name in squares else FIRST * scales) for name in alike}
    written = {name: _laid_out(choice, slot * (size**2 if name in (*squares, "v_max") else size)) for name, slot in slots.items()}
    number = dict.fromkeys(rule.groups, 0.5) if rule.groups else 0.5
    return {**written, **{name: number for name in rule.kernel.number_slots if name in rule.slots}}


def _laid_out(choice: Choice, flat: Array) -> dict[str, Any]:
    """Numbers as a matrix W and a vector b, or under the names that the parameter groups have."""
    names = next((list(value) for value in choice.settings.values() if isinstance(value, Mapping)), ["W", "b"])
    if len(names) != 2:
        several = np.array_split(np.resize(flat, max(len(flat), len(names))), len(names))
        return {name: part.tolist() for name, part in zip(names, several, strict=True)}
    return {names[0]: flat[:OF_W].reshape(2, -1).tolist(), names[1]: flat[OF_W:].tolist()}
