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

from ..running.endings import Endings
from .contest import Contender, Contest, counted, results_of
from .sentences import conclude
from .verdict import Cell, Conclusion, Effect, Effects, Trial, interval

Array = NDArray[np.float64]

STEPS, VALUE_GAP = "log10_steps_to_target", "log10_value_gap"

#: A smaller share of the start's value gap is rounding, and has no logarithm worth comparing.
LEAST_GAP = 1e-16

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
    conclusion: Conclusion

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


def outcomes_of(cells: tuple[Endings, ...]) -> tuple[Array, NDArray[np.bool_]]:
    """The outcome of every cell, (4, starts, seeds), and from which starts it is the steps to the target, (starts,).

    It is log10 of the steps to the target where all four cells reach it with every seed, else log10 of the value gap at the
    end, no less than `LEAST_GAP` of that at the start. It is nan where that is undefined: a diverged run, a start that is no
    higher than the minimum, a target that is reached at the start.
    """
    steps, gaps = _in_steps(cells), _in_gaps(cells)
    in_steps = _all_reach(cells)
    return np.where(in_steps[np.newaxis, :, np.newaxis], steps, gaps), in_steps


def _all_reach(cells: Sequence[Endings]) -> NDArray[np.bool_]:
    """From which starts every one of the cells reaches the target with every seed, (starts,)."""
    missed = np.array([np.isnan(cell.steps_to_target) | (cell.diverged_at > 0) for cell in cells])
    return np.asarray(~missed.any(axis=(0, 2)))


def _in_steps(cells: Sequence[Endings]) -> Array:
    """log10 of the steps to the target, nan where it was missed or reached at the start."""
    return _log10(np.array([np.where(cell.diverged_at > 0, np.nan, cell.steps_to_target) for cell in cells]))


def _in_gaps(cells: Sequence[Endings]) -> Array:
    """log10 of the value gap at the end, nan where a run diverged."""
    floored = [np.maximum(cell.value_gap, LEAST_GAP * cell.start_gap) for cell in cells]
    return _log10(np.array([np.where(cell.diverged_at > 0, np.nan, gap) for cell, gap in zip(cells, floored, strict=True)]))


def _log10(numbers: Array) -> Array:
    known = (numbers > 0) & np.isfinite(numbers)
    return np.where(known, np.log10(np.where(known, numbers, 1.0)), np.nan)


def leads_of(plain: Endings, other: Endings) -> Array:
    """What the two are ranked by, from every start, (starts, seeds): the difference of log10 steps where both reach the target with
    every seed, else of log10 value gaps."""
    steps, gaps = _in_steps((plain, other)), _in_gaps((plain, other))
    leads: Array = np.where(_all_reach((plain, other))[:, np.newaxis], steps[1] - steps[0], gaps[1] - gaps[0])
    return leads


def effects_of(outcomes: Array) -> tuple[Array, Array, Array]:
    """Magnitude effect, direction effect and interaction; outcomes: (4, ...), in the order of `CELLS`. Agarwal et al.'s cells,
    Fisher's factorial effects."""
    plain, length, direction, other = outcomes
    magnitude = ((length - plain) + (other - direction)) / 2.0
    turned = ((direction - plain) + (other - length)) / 2.0
    return magnitude, turned, other - length - direction + plain


def decompose(
    contest: Contest, plain: Contender, other: Contender, names: Sequence[str], known: Mapping[str, Endings]
) -> list[Decomposition]:
    """The 2 x 2 from every start; `names` are those of the starts, `known` the results of contenders that have run, by label."""
    results = tuple(_results(contest, cell, known) for cell in four(plain, other))
    outcomes, in_steps = outcomes_of(results)
    effects, leads = (outcomes[3] - outcomes[0], *effects_of(outcomes)), leads_of(results[0], results[3])
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
            lead=_effect(leads[start]),
            seeds=len(contest.seeds) if contest.std > 0 else None,
            minima_differ=bool((results[0].minimum[start] != results[3].minimum[start]).any()),
        )
        found.append(Decomposition(plain.label, other.label, trial, conclude(trial)))
    return found


def _results(contest: Contest, cell: Contender, known: Mapping[str, Endings]) -> Endings:
    """The results of a cell, run if it has not been."""
    if cell.length_of is None and cell.label in known:
        return known[cell.label]
    return results_of(contest, contest.run(cell, watched=True, looks=True))


def _cell(plain: Contender, other: Contender, cell: tuple[int, int], result: Endings, outcome: Array, start: int) -> Cell:
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
    if count == 1:
        return Effect(float(of_seeds[0]))
    error = float(of_seeds.std(ddof=1) / np.sqrt(count))
    return Effect(float(of_seeds.mean()), error, interval(error, count))
