"""Which of the findings are told, and how: nothing is said that these numbers do not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import isclose

import numpy as np

from stepgrade.judging import EXPLAINED, Tolerance

from ...engine.conventions.choice import Choice
from ..candidates.candidate import Candidate
from ..candidates.conventions import with_switches
from ..candidates.single_and_double import mistakes
from ..catalogue.mistakes.declaration import CATALOGUE
from ..order import Family
from .allowance import Allowance, Spent
from .case import Case
from .fitting import WRONG_RATE, Finding, Fitting
from .idle_state import with_idle_state

#: What a reduced convention may cost to be run again.
AGAIN = 2e6

#: Mistakes in how often the learning rate is there.
COUNTS_THE_RATE = frozenset({"lr_missing", "lr_twice", "lr_in_velocity_and_step"})

#: The mistakes that may leave no number where a gradient or t is 0: those about eps, and about the step count.
LOSES_NUMBERS = frozenset(mistake.code for family in (Family.EPSILON, Family.CORRECTION) for mistake in CATALOGUE[family])
EPS_MISSING = frozenset({"eps_missing", "eps_missing_in_max"})

#: What is told after a t of 0 where there is no number: missing brackets, a t that stays 0.
AFTER_T_ZERO = {
    "bias_brackets_missing": 1,
    "t_not_advanced": 2,
    "bias_brackets_missing_m": 3,
    "bias_brackets_missing_v": 3,
    "average_brackets_missing": 4,
    "average_brackets_missing_v": 4,
}

#: A state of whole numbers, which is only told beside other mistakes where arrays of whole numbers were given.
WHOLE, STILL = "int_state", "no_step"

#: The rate twice.
TWICE = "lr_twice"

#: The gradient divided by how many numbers it has: with ten of them, this is the step at a tenth of the rate.
DIVIDED = "gradient_divided"

#: Of more settings that another convention has otherwise, not every choice is run again.
MOST_SWITCHES = 4


def worth_telling(found: Sequence[Finding], cases: Sequence[Case], tolerance: Tolerance) -> Iterator[Finding]:
    """The findings that are told: no coincidence beside what is right elsewhere, of a convention what matters here."""
    choice, fitting = cases[0].plan.choice, Fitting(cases, tolerance, Allowance(AGAIN))
    found = _likelier_first(_that_can_be(_that_speak(found, cases), cases), cases)
    is_right_elsewhere = any(each.candidate.kind in ("convention", "optimizer") for each in found)
    solid = [each for each in found if not (is_right_elsewhere and is_coincidence(each.candidate, cases))]
    fewest = min((_changes(each) for each in solid if each.candidate.kind == "convention"), default=0)
    solid = [each for each in solid if each.candidate.kind != "convention" or _changes(each) == fewest]
    seen = set[str]()
    for each in solid:
        told = _reduced(each, choice, fitting)
        candidate = with_idle_state(told.candidate, cases) if told.candidate.kind == "optimizer" else told.candidate
        if candidate.title not in seen:
            seen.add(candidate.title)
            yield replace(told, candidate=candidate)


def _that_speak(found: Sequence[Finding], cases: Sequence[Case]) -> Sequence[Finding]:
    """Where numbers are lost, what is wrong in the formula stands before what is right elsewhere; eps = 0 is a missing eps.

    Where no number is left, nothing speaks for another formula: many divide 0 by 0. At a gradient of 0 only what is wrong about eps
    or t is told.
    """
    points = [point for case in cases for point in case.submission.points.values() if isinstance(point, np.ndarray)]
    known = [np.isfinite(point) for point in points]
    if all(each.all() for each in known):
        return found
    own = {each.code: each for each in mistakes(cases[0].plan.choice) if each.code in EPS_MISSING}
    found = [each if each.candidate.kind == "mistake" else _as_mistake(each, own) for each in found]
    if not any(each.any() for each in known):
        is_at_zero = not any(case.course.first_gradient.any() for case in cases)
        wrong = [each for each in found if each.candidate.kind == "mistake"]
        found = [each for each in wrong if not is_at_zero or LOSES_NUMBERS.issuperset(each.candidate.codes)]
        if any(each.candidate.code == "t_zero" for each in found):
            found = sorted(found, key=lambda each: AFTER_T_ZERO.get(each.candidate.code, 0))
    return sorted(found, key=lambda each: each.candidate.kind != "mistake")


def _that_can_be(found: Sequence[Finding], cases: Sequence[Case]) -> Sequence[Finding]:
    """Without what fits as well, and nobody did: whole numbers in a state that is made of fractions; in a loop of one's own, where t is
    0 in the first step, any other reason for there being no number. Whole numbers that were seen in the state need no other reason."""
    codes = [each.candidate.code for each in found]
    if any(WHOLE in case.submission.side_effects for case in cases) and (whole := _as_whole_numbers(found, cases[0].plan.choice)):
        return whole
    if WHOLE in codes and len(codes) > 1 and not _are_whole(cases):
        found = [each for each in found if each.candidate.code != WHOLE]
    if "t_zero" in codes and all(case.plan.gradients is None for case in cases):
        found = [each for each in found if each.candidate.code not in AFTER_T_ZERO]
    return found


def _as_whole_numbers(found: Sequence[Finding], choice: Choice) -> Sequence[Finding]:
    """What is said of whole numbers that were seen in the state: they explain the numbers, or they are all 0 and so is the step."""
    whole = [each for each in found if each.candidate.code == WHOLE]
    still = [each for each in found if each.candidate.code == STILL]
    own = {each.code: each for each in mistakes(choice) if each.code == WHOLE}
    return whole or [replace(each, candidate=own[WHOLE]) for each in still if own]


def _are_whole(cases: Sequence[Case]) -> bool:
    """Whether all params at the start are whole numbers, or all gradients: `zeros_like` of either may be an array of whole numbers."""
    starts = [case.plan.start for case in cases]
    gradients = [case.course.first_gradient if case.plan.gradients is None else case.plan.gradients for case in cases]
    return any(all(np.array_equal(each, np.round(each)) for each in given) for given in (starts, gradients))


def _likelier_first(found: Sequence[Finding], cases: Sequence[Case]) -> Sequence[Finding]:
    """One rate whatever is asked for stands before the rate twice; a decimal point in the wrong place, before a division by ten."""
    codes = [each.candidate.code for each in found]
    if TWICE in codes and WRONG_RATE in codes:
        found = sorted(found, key=lambda each: each.candidate.code == TWICE)
    if DIVIDED in codes and WRONG_RATE in codes and any(len(case.plan.start) in (10, 100) for case in cases):
        found = sorted(found, key=lambda each: each.candidate.code == DIVIDED)
    return found


def _as_mistake(finding: Finding, own: Mapping[str, Candidate]) -> Finding:
    """The same told as the mistake that it comes to, if it does."""
    return replace(finding, candidate=own.get(finding.candidate.code, finding.candidate))


def _changes(finding: Finding) -> int:
    """How many things another convention has otherwise."""
    return max(1, len(finding.candidate.changed))


def is_coincidence(candidate: Candidate, cases: Sequence[Case]) -> bool:
    """Whether a rate too few or too many gives these numbers only because the rate is 1 - momentum: an average is a sum times that.

    Where a case has another rate, it is none.
    """
    choice = cases[0].plan.choice
    if any(case.plan.choice.settings["lr"] != choice.settings["lr"] for case in cases):
        return False
    lr, momentum = choice.settings["lr"], choice.settings.get("momentum")
    if not isinstance(lr, float) or not isinstance(momentum, float) or not isclose(lr, 1.0 - momentum):
        return False
    if candidate.code == "wrong_lr":
        other = candidate.choice.settings["lr"]
        return isinstance(other, float) and any(isclose(other, rate) for rate in (1.0, lr * lr))
    return not COUNTS_THE_RATE.isdisjoint(candidate.codes)


def _reduced(finding: Finding, choice: Choice, fitting: Fitting) -> Finding:
    """A convention with the fewest settings changed that reproduce the numbers, run again with these alone."""
    candidate = finding.candidate
    if not 1 < len(candidate.changed) <= MOST_SWITCHES:
        return finding
    try:
        for count in range(1, len(candidate.changed)):
            for names in combinations(candidate.changed, count):
                alone = with_switches(choice, candidate, names)
                again = () if alone is None else tuple(fitting.findings([alone], EXPLAINED))
                if again:
                    return again[0]
    except Spent:
        pass
    return finding
