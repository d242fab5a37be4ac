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
from ..running.recorded import Recorded
from ..running.stops import TOUCH, Target
from .contest import Contender, Contest
from .cures import cures_of, stopped_at
from .recordings import Included, Ran, ran
from .speed import is_too_short
from .standings import arrived, status_of
from .telling import Conclusion, conclude
from .verdict import Cell, Effect, Effects, Trial, floored, interval, is_below, same_value

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: What effects may be differences of.
OUTCOMES = SETTLING, TOUCHING, TAIL_GAP = ("log10_settling_step", "log10_steps_to_target", "log10_tail_gap")

#: The cells in order: whose step length and whose direction, 0 the plain one's and 1 the other's.
CELLS = ((0, 0), (1, 0), (0, 1), (1, 1))


@dataclass(frozen=True)
class Decomposition:
    """The 2 x 2 from one start: the four runs with the outcome they are measured in, the effects, and what they say.

    With several seeds the effects are means over them, with their standard errors.
    `recorded` is what was included of the steps of each cell.
    """

    plain: str
    other: str
    trial: Trial
    conclusion: Conclusion
    recorded: tuple[Recorded, ...] = ()

    @property
    def outcome(self) -> str:
        """What the effects are differences of."""
        return TAIL_GAP if not self.trial.in_steps else TOUCHING if self.trial.by_touch else SETTLING


def four(plain: Contender, other: Contender) -> tuple[Contender, ...]:
    """The contenders of the four cells."""
    pair = (plain, other)
    return tuple(
        pair[direction] if length == direction else replace(pair[direction], length_of=pair[length]) for length, direction in CELLS
    )


def outcomes_of(cells: Sequence[Endings], target: Target) -> tuple[Array, Flags]:
    """The outcome of every cell, (4, starts, seeds), and from which starts it is the steps, (starts,).

    It is log10 of the steps where all four cells arrive with every seed, else log10 of the tail gap, no less than `LEAST_GAP` of the gap
    at the start. It is nan where that is undefined: a run diverged, is growing, or ends at a minimum of another value; a start
    is no higher than the minimum, or at the target; an end is below the minimum.
    """
    in_steps = all_arrive(cells, target)
    outcomes = np.where(in_steps[np.newaxis, :, np.newaxis], _log10(_steps(cells, target)), _log10(_gaps(cells)))
    is_lost = np.array([(cell.diverged_at > 0) | cell.is_growing for cell in cells]).any(axis=0)
    return np.where(is_lost | ~have_equal_minima(cells), np.nan, outcomes), in_steps


def all_arrive(cells: Sequence[Endings], target: Target) -> Flags:
    """From which starts every one of the cells arrives with every seed, (starts,)."""
    return np.asarray(~np.isnan(_steps(cells, target)).any(axis=(0, 2)))


def have_equal_minima(cells: Sequence[Endings]) -> Flags:
    """Which runs end at minima of the same value in all cells, (starts, seeds)."""
    same = [same_value(cells[0].minimum_value, cell.minimum_value, cells[0].start_gap) for cell in cells[1:]]
    return np.asarray(np.logical_and.reduce(same))


def _steps(cells: Sequence[Endings], target: Target) -> Array:
    return np.array([arrived(cell, target) for cell in cells])


def _gaps(cells: Sequence[Endings]) -> Array:
    """The tail gaps, floored; nan below the minimum that is nearest."""
    gaps = [(cell.tail_gap, cell.start_gap) for cell in cells]
    return np.array([np.where(is_below(*pair), np.nan, floored(*pair)) for pair in gaps])


def _log10(numbers: Array) -> Array:
    known = (numbers > 0) & np.isfinite(numbers)
    return np.where(known, np.log10(np.where(known, numbers, 1.0)), np.nan)


def leads_of(plain: Endings, other: Endings, target: Target) -> Array:
    """What the two are ranked by, from every start, (starts, seeds): the difference of log10 steps where both arrive with every seed,
    else of log10 tail gaps."""
    pair = (plain, other)
    steps, gaps = _log10(_steps(pair, target)), _log10(_gaps(pair))
    leads: Array = np.where(all_arrive(pair, target)[:, np.newaxis], steps[1] - steps[0], gaps[1] - gaps[0])
    return leads


def effects_of(outcomes: Array) -> tuple[Array, Array, Array]:
    """Magnitude effect, direction effect and interaction; outcomes: (4, ...), in the order of `CELLS`. Agarwal et al.'s cells,
    Fisher's factorial effects."""
    plain, length, direction, other = outcomes
    magnitude = ((length - plain) + (other - direction)) / 2.0
    turned = ((direction - plain) + (other - length)) / 2.0
    return magnitude, turned, other - length - direction + plain


def decompose(
    contest: Contest, plain: Contender, other: Contender, names: Sequence[str], known: Mapping[str, Ran], kept: Included
) -> list[Decomposition]:
    """The 2 x 2 from every start; `names` are those of the starts, `known` what contenders did that have run, by label."""
    contenders = four(plain, other)
    done = [known[cell.label] if cell.length_of is None else ran(contest, cell, kept) for cell in contenders]
    results = tuple(each.results for each in done)
    outcomes, in_steps = outcomes_of(results, contest.target)
    effects, leads = (outcomes[3] - outcomes[0], *effects_of(outcomes)), leads_of(results[0], results[3], contest.target)
    differ = ~have_equal_minima((results[0], results[3]))
    found = []
    for start, name in enumerate(names):
        cells = [_cell(contest, pair, each, outcome, start) for pair, each, outcome in zip(contenders, done, outcomes, strict=True)]
        trial = Trial(
            start=name,
            cells=tuple(cells),
            effects=Effects(*(_effect(effect[start]) for effect in effects)),
            in_steps=bool(in_steps[start]),
            steps=contest.steps,
            lead=_effect(leads[start]),
            by_touch=contest.target.arrival == TOUCH,
            seeds=len(contest.seeds) if contest.std > 0 else None,
            minima_differ=bool(differ[start].any()),
            lowest=contest.lowest,
            cures=cures_of(contest, [pair for pair, cell in ((other, cells[3]), (plain, cells[0])) if cell.is_cycling], start),
        )
        recorded = tuple(each.recorded[start] for each in done if each.recorded)
        found.append(Decomposition(plain.label, other.label, trial, conclude(trial), recorded))
    return found


def told_of_grafted(
    contest: Contest, plain: Contender, other: Contender, names: Sequence[str], known: Mapping[str, Ran]
) -> list[Conclusion]:
    """What an optimizer with the plain one's step lengths did against it, from every start: only their directions differ."""
    both = (known[plain.label], known[other.label])
    pair = (both[0].results, both[1].results)
    in_steps, leads, differ = all_arrive(pair, contest.target), leads_of(*pair, contest.target), ~have_equal_minima(pair)
    found = []
    for start, name in enumerate(names):
        cells = [_cell(contest, each, run, leads, start) for each, run in zip((plain, other), both, strict=True)]
        trial = Trial(
            start=name,
            cells=(cells[0], cells[0], cells[1], cells[1]),
            effects=Effects(),
            in_steps=bool(in_steps[start]),
            steps=contest.steps,
            lead=_effect(leads[start]),
            by_touch=contest.target.arrival == TOUCH,
            seeds=len(contest.seeds) if contest.std > 0 else None,
            minima_differ=bool(differ[start].any()),
            lowest=contest.lowest,
            is_grafted=True,
        )
        found.append(conclude(trial))
    return found


def _cell(contest: Contest, contender: Contender, run: Ran, outcome: Array, start: int) -> Cell:
    """One cell from one start: means over the seeds; the steps are None unless every seed arrived."""
    ended = run.results
    status, diverged = status_of(ended, start), ended.diverged_at[start][ended.diverged_at[start] > 0]
    minima = {int(number) for number in ended.minimum[start]}
    return Cell(
        length_of=contender.length_of.label if contender.length_of is not None else contender.label,
        direction_of=contender.label,
        status=status,
        steps=_mean(arrived(ended, contest.target)[start]),
        settling_step=_mean(ended.settling_step[start]),
        steps_to_target=_mean(ended.steps_to_target[start]),
        tail_gap=_mean(ended.tail_gap[start]),
        diverged_at=int(diverged.min()) if len(diverged) else None,
        outcome=_mean(outcome[start]),
        exits=_mean(ended.exits[start]) or 0.0,
        steps_outside=_mean(ended.steps_outside[start]) or 0.0,
        radius=_mean(ended.radius[start]),
        is_cycling=bool(ended.is_cycling[start].all()),
        stopped_at=stopped_at(contest, ended, start),
        is_too_short=is_too_short(contest, run, start),
        minimum=tuple(contest.minima[minima.pop()].tolist()) if len(minima) == 1 else (),
        minimum_value=_mean(ended.minimum_value[start]),
        start_gap=_mean(ended.start_gap[start]) or 0.0,
    )


def _mean(of_seeds: Any) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(of_seeds.mean())
    return mean if isfinite(mean) else None


def _effect(of_seeds: Array) -> Effect | None:
    """The mean over the seeds and its standard error, None with one seed; None where it is undefined with any of them."""
    if not np.isfinite(of_seeds).all():
        return None
    count = len(of_seeds)
    if count == 1:
        return Effect(float(of_seeds[0]))
    error = float(of_seeds.std(ddof=1) / np.sqrt(count))
    return Effect(float(of_seeds.mean()), error, interval(error, count))
