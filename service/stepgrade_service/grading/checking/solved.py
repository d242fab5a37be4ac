"""Numbers that nobody lists, worked out from the first step: a learning rate, the first value of an accumulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite

import numpy as np

from ..candidates.candidate import Candidate
from ..candidates.other_formulas import at_rate, from_accumulator
from ..candidates.runs import Array, right
from .allowance import Allowance, a_step_of
from .case import Case

#: Factors of a learning rate are alike within this share.
ALIKE = 1e-6

#: An accumulator is looked for from 0 to this, to this share of it.
LARGEST_START, DIGITS, MOST_TRIES = 1e4, 1e-9, 60


def solved_rates(cases: Sequence[Case]) -> Iterator[Candidate]:
    """The learning rate that the first step was taken with, where one rate explains all of its coordinates."""
    case = cases[0]
    first, lr = case.submission.points.get(1), case.plan.choice.settings["lr"]
    if not isinstance(first, np.ndarray) or isinstance(lr, Mapping) or not case.right_rows:
        return
    asked, taken = _moved(case.plan.start, case.right_rows[0][0]), _moved(case.plan.start, first)
    moved = np.abs(asked) > 0
    with np.errstate(all="ignore"):
        factors = taken[moved] / asked[moved]
    if not _has_two_equations(case, moved):
        return
    if len(factors) and np.isfinite(factors).all() and factors.min() > 0 and np.ptp(factors) <= ALIKE * factors.max():
        rate = float(f"{lr * float(np.median(factors)):.9g}")
        if _is_typed(rate) or not _is_one_length(case, asked[moved]):
            yield from at_rate(case.plan.choice, rate)


def _is_one_length(case: Case, asked: Array) -> bool:
    """Whether all that was submitted is one step that is equally long in every coordinate, as Adam's first: any length has a rate."""
    lengths = np.abs(asked)
    return len(case.submission.points) == 1 and bool(np.ptp(lengths) <= ALIKE * lengths.max())


def _is_typed(rate: float) -> bool:
    """Whether a learning rate is one that somebody types: two digits."""
    return abs(float(f"{rate:.2g}") - rate) <= ALIKE * rate


def _moved(start: Array, x: Array) -> Array:
    """How far a point is from the start; neither has to be finite, nor the difference."""
    with np.errstate(over="ignore", invalid="ignore"):
        return x - start


def _has_two_equations(case: Case, moved: Array) -> bool:
    """Whether more than one number was submitted that differs in kind: one equation has a solution whatever was submitted."""
    gradients = np.unique(np.abs(case.course.gradient(0, case.plan.start)[moved]))
    return len(gradients) > 1 or len(case.submission.points) > 1


def solved_starts(case: Case, allowance: Allowance) -> Iterator[Candidate]:
    """The first value of an accumulator with which the first step is as long as submitted: the larger it is, the shorter the step."""
    plan, choice, first = case.plan, case.plan.choice, case.submission.points.get(1)
    asked = choice.settings.get("initial_accumulator")
    if not isinstance(asked, float) or not isinstance(first, np.ndarray) or not case.right_rows or plan.state.slots:
        return
    steps = np.abs(_moved(plan.start, case.right_rows[0][0]))
    if not _has_two_equations(case, steps > 0):
        return
    largest, taken = int(steps.argmax()), np.abs(_moved(plan.start, first))

    def length(start: float) -> float:
        allowance.take(a_step_of(plan))
        other = replace(choice, settings={**choice.settings, "initial_accumulator": start})
        x, _ = next(case.course.run(other, right(other, plan)))
        return float(np.abs(_moved(plan.start, x))[largest])

    shorter, longer = length(LARGEST_START), length(0.0)
    if not shorter < taken[largest] < longer:
        return
    yield from from_accumulator(choice, float(f"{_start_of(length, float(taken[largest]), shorter, longer):.7g}"))


def _start_of(length: Callable[[float], float], taken: float, shorter: float, longer: float) -> float:
    """The start with a step so long, by false position with the Illinois rule: 1 / length^2 is nearly linear in the start."""

    def off(of: float) -> float:
        return 1.0 / (of * of) - 1.0 / (taken * taken) if of > 0.0 else inf

    low, high, below, above, last = 0.0, LARGEST_START, off(longer), off(shorter), 0
    for _ in range(MOST_TRIES):
        found = (low * above - high * below) / (above - below) if isfinite(above) and isfinite(below) else 0.5 * (low + high)
        value = off(length(found))
        if value == 0.0 or high - low <= DIGITS * high or min(found - low, high - found) <= DIGITS * found * 0.1:
            return found
        if value < 0.0:
            low, below, above, last = found, value, above / 2 if last < 0 else above, -1
        else:
            high, above, below, last = found, value, below / 2 if last > 0 else below, 1
    return high
