"""Which of the findings are told, and how: nothing is said that these numbers do not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import isclose

from stepgrade.judging import EXPLAINED, Tolerance

from ...engine.conventions.resolve import Choice
from ..candidates.candidate import Candidate
from ..candidates.conventions import with_switches
from .allowance import Allowance, Spent
from .case import Case
from .fitting import Finding, Fitting
from .idle_state import with_idle_state

#: What a reduced convention may cost to be run again.
AGAIN = 2e6

#: Mistakes in how often the learning rate is there.
COUNTS_THE_RATE = frozenset({"lr_missing", "lr_twice", "lr_in_velocity_and_step"})

#: Of more settings that another convention has otherwise, not every choice is run again.
MOST_SWITCHES = 4


def worth_telling(found: Sequence[Finding], cases: Sequence[Case], tolerance: Tolerance) -> Iterator[Finding]:
    """The findings that are told: no coincidence beside what is right elsewhere, of a convention what matters here."""
    choice, fitting = cases[0].plan.choice, Fitting(cases, tolerance, Allowance(AGAIN))
    is_right_elsewhere = any(each.candidate.kind in ("convention", "optimizer") for each in found)
    solid = [each for each in found if not (is_right_elsewhere and is_coincidence(each.candidate, choice))]
    fewest = min((_changes(each) for each in solid if each.candidate.kind == "convention"), default=0)
    solid = [each for each in solid if each.candidate.kind != "convention" or _changes(each) == fewest]
    seen = set[str]()
    for each in solid:
        told = _reduced(each, choice, fitting)
        candidate = with_idle_state(told.candidate, cases) if told.candidate.kind == "optimizer" else told.candidate
        if candidate.title not in seen:
            seen.add(candidate.title)
            yield replace(told, candidate=candidate)


def _changes(finding: Finding) -> int:
    """How many things another convention has otherwise."""
    return max(1, len(finding.candidate.changed))


def is_coincidence(candidate: Candidate, choice: Choice) -> bool:
    """Whether a rate too few or too many gives these numbers only because the rate is 1 - momentum: an average is a sum times that."""
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
