"""Learning rates that make optimizers comparable: matched to a baseline's step length, or tuned on one grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers.declaration import LARGEST
from ..reading.bounds import MOST_RATES, few_keys
from ..reading.faults import Collector, refuse, unknown, whole
from ..reading.nulls import without_null
from ..reading.tensors import expected, is_number
from ..running.giving_way import patient
from .contest import Contender, Contest
from .crossings import LEAST_FACTOR, MOST_FACTOR, factor_for

Array = NDArray[np.float64]

NONE, FIRST_STEP, MEAN_STEP, GRAFT, TUNED = MODES = ("none", "first_step", "mean_step", "graft", "tuned")

#: A length that is found at once counts as matched within rounding.
EXACT = 1e-14

#: A grid is extended by so many rates at a time, so many times at most, until the best is not at its end.
EXTENSION, EXTENSIONS = 20, 6


@dataclass(frozen=True)
class RateGrid:
    """Learning rates on a logarithmic scale, evenly spaced."""

    least: float = 1e-4
    most: float = 1.0
    count: int = 60

    def rates(self, below: int = 0, above: int = 0) -> Array:
        """The rates, extended by so many below and above, as far as there are learning rates: above 0, and one could post them."""
        with np.errstate(all="ignore"):
            span = np.float64(self.most) / self.least
            root = 1.0 / (self.count - 1)
            ratio = span**root if np.isfinite(span) else np.exp(root * (np.log(self.most) - np.log(self.least)))
            lower, upper = self.least * ratio ** np.arange(-below, 0.0), self.most * ratio ** np.arange(1.0, above + 1.0)
        return np.concatenate([lower[lower > 0], np.geomspace(self.least, self.most, self.count), upper[upper <= LARGEST]])

    @property
    def echo(self) -> list[float]:
        return [self.least, self.most, self.count]


@dataclass(frozen=True)
class Match:
    """How optimizers are made comparable, and the grid that they are tuned on."""

    mode: str = NONE
    grid: RateGrid = RateGrid()

    @property
    def echo(self) -> Any:
        return {"mode": self.mode, "grid": self.grid.echo} if self.mode == TUNED else self.mode


@dataclass(frozen=True)
class RateChange:
    """What was changed for one contender from one start (its number); None where there is nothing to say.

    `lr` is what the learning rate was and what it became; lengths are of the first step or the mean over all, before, wanted
    and after; `rates` and `outcomes` (2, rates) are the trials of a tuning, see `Contest.outcomes`.
    """

    label: str
    start: int
    lr_before: Any = None
    lr_after: Any = None
    factor: float | None = None
    length_before: float | None = None
    length_wanted: float | None = None
    length_after: float | None = None
    rates: Array | None = None
    outcomes: Array | None = None
    interior: bool | None = None
    length_of: str | None = None
    reason: str | None = None


def read_match(value: Any) -> Match:
    """Read `"tuned"` or `{"mode": "tuned", "grid": [1e-4, 1, 60]}`; raises Refusal with every fault."""
    written = {"mode": value} if isinstance(value, str) else value
    if not isinstance(written, Mapping):
        raise refuse(expected(f"one of {', '.join(MODES)}, or an object with mode and grid", written))
    if many := few_keys(written):
        raise refuse(many)
    written = without_null(written, ("grid",))
    faults, grid, mode = Collector(), RateGrid(), written.get("mode")
    for key in written:
        if key not in ("mode", "grid"):
            faults.add(unknown("key", str(key), ("mode", "grid")), key)
    if not isinstance(mode, str):
        wanted = f"one of {', '.join(MODES)}"
        faults.add(expected(wanted, mode) if "mode" in written else f"expected {wanted}", "mode")
    elif mode not in MODES:
        faults.add(unknown("way of matching", mode, MODES), *([] if isinstance(value, str) else ["mode"]))
    elif "grid" in written and mode != TUNED:
        faults.add(f"expected only with {TUNED}", "grid")
    with faults.at("grid"):
        grid = read_grid(written["grid"]) if "grid" in written else grid
    faults.settle()
    return Match(str(mode), grid)


def read_grid(value: Any, least_count: int = 3) -> RateGrid:
    """Read `[from, to, how many]`, learning rates; raises Refusal."""
    wanted = f"[from, to, how many]: two rising learning rates above 0, and a whole number from {least_count} to {MOST_RATES}"
    numbers = read_three(value, wanted)
    count = whole(numbers[2])
    if count is None or not 0 < numbers[0] < numbers[1] <= LARGEST or not least_count <= count <= MOST_RATES:
        raise refuse(f"expected {wanted}")
    return RateGrid(float(numbers[0]), float(numbers[1]), count)


def read_three(value: Any, wanted: str) -> list[Any]:
    """Three numbers; raises Refusal, which says what is `wanted`."""
    if not isinstance(value, list | tuple):
        raise refuse(expected(wanted, value))
    if len(value) != 3:
        raise refuse(f"expected {wanted}")
    faults = Collector()
    for place, number in enumerate(value):
        if not is_number(number):
            faults.add(expected("a number", number), place)
    faults.settle()
    return list(value)


@patient()
def matched(contest: Contest, contenders: Sequence[Contender], baseline: int, match: Match) -> tuple[list[Contender], list[RateChange]]:
    """The contenders as they are to run, and what was changed for that."""
    if match.mode == NONE:
        return list(contenders), []
    if match.mode == TUNED:
        pairs = [_tuned(contest, contender, match.grid) for contender in contenders]
    elif match.mode == GRAFT:
        return _grafted(contest, contenders, contenders[baseline])
    else:
        steps = 1 if match.mode == FIRST_STEP else contest.steps
        wanted = contest.mean_lengths(contenders[baseline], contenders[baseline].rates, every_start(contest), steps)
        pairs = [_scaled(contest, contender, wanted, steps, contenders[baseline].label) for contender in contenders]
    return [contender for contender, _ in pairs], [change for _, changes in pairs for change in changes]


def every_start(contest: Contest) -> NDArray[np.intp]:
    """The numbers of all starts."""
    return np.arange(contest.starts.shape[1])


def _grafted(contest: Contest, contenders: Sequence[Contender], baseline: Contender) -> tuple[list[Contender], list[RateChange]]:
    """Each in its own direction, with the baseline's step length."""
    runs = [contender if contender is baseline else replace(contender, length_of=baseline) for contender in contenders]
    changes = [
        RateChange(run.label, int(start), run.choice.settings["lr"], run.choice.settings["lr"], length_of=baseline.label)
        for run in runs
        if run.length_of is not None
        for start in every_start(contest)
    ]
    return runs, changes


def _scaled(contest: Contest, contender: Contender, wanted: Array, steps: int, baseline: str) -> tuple[Contender, list[RateChange]]:
    """A contender with its rate from each start scaled until its steps are as long as wanted, (starts,)."""
    starts = every_start(contest)
    before = contest.mean_lengths(contender, contender.rates, starts, steps)
    moves = (wanted > 0) | (contender.label == baseline)  # to stand still is no length that others could have
    factors, after = _proportional(contest, contender, np.where(moves, wanted, np.nan), before, steps)
    for start in np.flatnonzero(np.isnan(factors) & np.isfinite(wanted) & (wanted > 0)):

        def lengths_of(tried: Array, start: int = int(start)) -> Array:
            with np.errstate(over="ignore"):
                rates = contender.rates[:, [start]] * tried
            return contest.mean_lengths(contender, rates, np.full(len(tried), start), steps)

        found = factor_for(lengths_of, float(wanted[start]), contest.looks_ahead(contender, steps))
        if found is not None:
            factors[start], after[start] = found
    changes = [_change(contender, int(start), factors[start], before[start], wanted[start], after[start], baseline) for start in starts]
    return contender.with_rates(contender.rates * np.where(np.isnan(factors), 1.0, factors)), changes


def _proportional(contest: Contest, contender: Contender, wanted: Array, before: Array, steps: int) -> tuple[Array, Array]:
    """The factors that make lengths in proportion to the rate as long as wanted, and the lengths; nan where they do not. (starts,)"""
    with np.errstate(all="ignore"):
        guesses = np.where(before == wanted, 1.0, wanted / before)
        rates = contender.rates * guesses
    usable = np.isfinite(guesses) & (guesses > 0) & contest.taken(contender, rates)
    after = contest.mean_lengths(contender, contender.rates * np.where(usable, guesses, 1.0), every_start(contest), steps)
    exact = usable & np.isclose(after, wanted, rtol=EXACT, atol=0.0)
    return np.where(exact, guesses, np.nan), np.where(exact, after, np.nan)


def _change(contender: Contender, start: int, factor: float, before: float, wanted: float, after: float, baseline: str) -> RateChange:
    """The record of a scaled rate."""
    lr, reason = contender.choice.settings["lr"], None
    if np.isnan(factor):
        if not np.isfinite(wanted):
            reason = f"{baseline} diverges, so there is no step length to match; the posted learning rate is used"
        elif before == 0:
            reason = f"{contender.label} does not move, so there is no step length to scale; the posted learning rate is used"
        elif wanted == 0:
            reason = f"{baseline} does not move, so there is no step length to match; the posted learning rate is used"
        else:
            tried = f"no learning rate from {LEAST_FACTOR:g} to {MOST_FACTOR:g} times the posted one gives this step length"
            reason = f"{tried}; the posted learning rate is used"
    return RateChange(
        contender.label,
        start,
        lr_before=lr,
        lr_after=None if reason else scaled_lr(lr, float(factor)),
        factor=None if reason else float(factor),
        length_before=_finite(before),
        length_wanted=_finite(wanted),
        length_after=None if reason else float(after),
        reason=reason,
    )


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def scaled_lr(lr: Any, factor: float) -> Any:
    """A learning rate, or one a tensor, times a factor."""
    return {name: rate * factor for name, rate in lr.items()} if isinstance(lr, Mapping) else float(lr * factor)


def _tuned(contest: Contest, contender: Contender, grid: RateGrid) -> tuple[Contender, list[RateChange]]:
    """A contender at the best rate of the grid from each start, and the record of all that were tried."""
    starts, rates = every_start(contest), grid.rates()
    at_grid = contest.outcomes(contender, *_trials(contest, rates, starts)).reshape(2, len(rates), len(starts))
    chosen, changes = contender.rates.copy(), list[RateChange]()
    for start in starts.tolist():

        def outcomes_of(tried: Array, start: int = start) -> Array:
            return contest.outcomes(contender, *_trials(contest, tried, np.array([start])))

        tried, outcomes = extended(outcomes_of, grid, at_grid[:, :, start])
        change = _tuning(contender, start, grid, tried, outcomes)
        chosen[:, start] = chosen[:, start] if change.lr_after is None else change.lr_after
        changes.append(change)
    return contender.with_rates(chosen), changes


def _trials(contest: Contest, rates: Array, starts: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """Every rate from every one of the starts: rates (dimension, trials), and the start of each trial, rate by rate."""
    flat = np.repeat(rates, len(starts))
    return np.repeat(flat[np.newaxis], contest.starts.shape[0], axis=0), np.tile(starts, len(rates))


def best_of(outcomes: Array) -> int:
    """The best of some rates, (2, rates): the least number of steps, then the least tail, then the smaller rate."""
    steps, tails = outcomes
    return int(np.lexsort((tails, steps))[0])


def extended(outcomes_of: Callable[[Array], Array], grid: RateGrid, at_grid: Array) -> tuple[Array, Array]:
    """All rates that were tried, rising, and their outcomes: those of the grid, and on until the best is not at an end.

    outcomes_of: (rates,) -> (2, rates), as `Contest.outcomes` gives them.
    """
    below, above, outcomes, rates = 0, 0, at_grid, grid.rates()
    for _ in range(EXTENSIONS):
        best = best_of(outcomes)
        if 0 < best < len(rates) - 1 or not np.isfinite(outcomes[1, best]):
            if np.isfinite(outcomes[1, best]):
                break
            best = 0  # where all diverge, smaller rates may not
        below, above = (below + EXTENSION, above) if best == 0 else (below, above + EXTENSION)
        known, rates = len(rates), grid.rates(below, above)
        more = len(rates) - known
        if not more:
            break  # there are no smaller rates, or no larger ones
        new = outcomes_of(rates[:more] if best == 0 else rates[-more:])
        outcomes = np.concatenate([new, outcomes] if best == 0 else [outcomes, new], axis=1)
    return rates, outcomes


def _tuning(contender: Contender, start: int, grid: RateGrid, rates: Array, outcomes: Array) -> RateChange:
    """The record of a tuning."""
    best = best_of(outcomes)
    is_found = bool(np.isfinite(outcomes[1, best]))
    interior, reason = 0 < best < len(rates) - 1, None
    if not is_found:
        reason = "the run diverges or grows with every learning rate that was tried; the posted learning rate is used"
    elif not grid.least <= rates[best] <= grid.most:
        reason = "the best learning rate is outside the requested grid, so the grid was extended"
    if is_found and not interior:
        reason = "the best learning rate is at the end of the grid, although the grid was extended"
    return RateChange(
        contender.label,
        start,
        lr_before=contender.choice.settings["lr"],
        lr_after=float(rates[best]) if is_found else None,
        rates=rates,
        outcomes=outcomes,
        interior=interior,
        reason=reason,
    )
