"""The 2 x 2 of step length and direction: what of an optimizer's lead comes from either.

Four runs: the plain optimizer, the other one, and both of their grafts, in which one gives every step its length and the other
its direction. Effects are those of a 2 x 2 factorial experiment on the logarithm of the outcome; positive is worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contest import Contender, Contest, Results, counted, results_of
from .verdict import Cell, Effect, Effects, Finding, Trial, find

Array = NDArray[np.float64]

STEPS, VALUE_GAP = "log10_steps_to_target", "log10_value_gap"

#: The cells in order: whose step length and whose direction, 0 the plain one's and 1 the other's.
CELLS = ((0, 0), (1, 0), (0, 1), (1, 1))


@dataclass(frozen=True)
class Decomposition:
    """The 2 x 2 from one start: the four runs with the outcome they are measured in, the effects, and what they say.

    With several seeds the effects are means over them, with their standard errors.
    """

    plain: str
    other: str
    trial: Trial
    finding: Finding

    @property
    def outcome(self) -> str:
        """What the effects are differences of."""
        return STEPS if self.trial.in_steps else VALUE_GAP


def four(plain: Contender, other: Contender) -> tuple[Contender, ...]:
    """The contenders of the four cells."""
    pair = (plain, other)
    return tuple(
        pair[direction] if length == direction else replace(pair[direction], length_of=pair[length]) for length, direction in CELLS
    )


def outcomes_of(cells: tuple[Results, ...]) -> tuple[Array, NDArray[np.bool_]]:
    """The outcome of every cell, (4, starts, seeds), and from which starts it is the steps to the target, (starts,).

    It is log10 of the steps to the target where all four cells reach it with every seed, else log10 of the value gap at the
    end. It is nan where that is undefined: a diverged run, a gap of 0 or less, a target that is reached at the start.
    """
    steps = np.array([cell.steps_to_target for cell in cells])
    gaps = np.array([np.where(cell.diverged_at > 0, np.nan, cell.value_gap) for cell in cells])
    in_steps = ~np.isnan(steps).any(axis=(0, 2))
    raw = np.where(in_steps[np.newaxis, :, np.newaxis], steps, gaps)
    with np.errstate(all="ignore"):
        return np.where(raw > 0, np.log10(np.where(raw > 0, raw, 1.0)), np.nan), in_steps


def effects_of(outcomes: Array) -> tuple[Array, Array, Array]:
    """Magnitude effect, direction effect and interaction; outcomes: (4, ...), in the order of `CELLS`. Agarwal et al.'s cells,
    Fisher's factorial effects."""
    plain, length, direction, other = outcomes
    magnitude = ((length - plain) + (other - direction)) / 2.0
    turned = ((direction - plain) + (other - length)) / 2.0
    return magnitude, turned, other - length - direction + plain


def decompose(
    contest: Contest, plain: Contender, other: Contender, names: Sequence[str], known: Mapping[str, Results]
) -> list[Decomposition]:
    """The 2 x 2 from every start; `names` are those of the starts, `known` the results of contenders that have run, by label."""
    results = tuple(_results(contest, cell, known) for cell in four(plain, other))
    outcomes, in_steps = outcomes_of(results)
    effects = (outcomes[3] - outcomes[0], *effects_of(outcomes))
    found = []
    for start, name in enumerate(names):
        trial = Trial(
            start=name,
            cells=tuple(
                _cell(plain, other, cell, result, outcome, start) for cell, result, outcome in zip(CELLS, results, outcomes, strict=True)
            ),
            effects=Effects(*(_effect(effect[start]) for effect in effects)),
            in_steps=bool(in_steps[start]),
            steps=contest.steps,
            seeds=len(contest.seeds) if contest.std > 0 else None,
            minima_differ=bool((results[0].minimum[start] != results[3].minimum[start]).any()),
        )
        found.append(Decomposition(plain.label, other.label, trial, find(trial)))
    return found


def _results(contest: Contest, cell: Contender, known: Mapping[str, Results]) -> Results:
    """The results of a cell, run if it has not been."""
    if cell.length_of is None and cell.label in known:
        return known[cell.label]
    return results_of(contest, contest.run(cell, watched=True))


def _cell(plain: Contender, other: Contender, cell: tuple[int, int], result: Results, outcome: Array, start: int) -> Cell:
    """One cell from one start: means over the seeds; the steps are None unless every seed reached the target."""
    length, direction = cell
    diverged = result.diverged_at[start][result.diverged_at[start] > 0]
    return Cell(
        length_of=(plain, other)[length].label,
        direction_of=(plain, other)[direction].label,
        steps_to_target=counted(float(result.steps_to_target[start].mean())),
        value_gap=None if len(diverged) else _number(result.value_gap[start].mean()),
        diverged_at=int(diverged.min()) if len(diverged) else None,
        outcome=_number(outcome[start].mean()),
    )


def _number(number: Any) -> float | None:
    return float(number) if isfinite(number) else None


def _effect(of_seeds: Array) -> Effect | None:
    """The mean over the seeds and its standard error, None with one seed; None where it is undefined with any of them."""
    if not np.isfinite(of_seeds).all():
        return None
    count = len(of_seeds)
    return Effect(float(of_seeds.mean()), float(of_seeds.std(ddof=1) / np.sqrt(count)) if count > 1 else None)
