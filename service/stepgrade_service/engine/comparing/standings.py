"""Who is ahead: how optimizers stand from one start, and their ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
from numpy.typing import NDArray

from ..loop import endings as rows
from ..running.endings import Endings
from ..running.stops import TOUCH, Target
from .verdict import ALIKE, LEAST_GAP, Status, same_value

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """How an optimizer stands from one start, and its rank; numbers are means over the seeds, None where a seed has none.

    `steps` is the arrival that counts. `tail_value` is the mean value over the last tenth of the points, `tail_gap` the mean value gap
    there, None where no minimum is known.
    """

    label: str
    status: Status
    steps: float | None
    settling_step: float | None
    steps_to_target: float | None
    tail_gap: float | None
    tail_value: float | None
    final_value: float | None
    minimum_value: float | None
    start_gap: float | None
    rank: int = 0

    def at(self, rank: int) -> Standing:
        """The same with its rank."""
        return Standing(**{**vars(self), "rank": rank})


def arrived(ended: Endings, target: Target) -> Array:
    """The arrival that counts of each run, nan where there is none: the settling step, or the first step at the target."""
    steps = ended.steps_to_target if target.arrival == TOUCH else ended.settling_step
    return np.where(ended.is_growing | (ended.diverged_at > 0), np.nan, steps)


def status_of(ended: Endings, start: int) -> Status:
    """How the runs from one start ended, the worst of the seeds."""
    if any(ended.diverged_at[start].tolist()):
        return "diverged"
    return "growing" if any(ended.is_growing[start].tolist()) else "completed"


def standing_of(label: str, ended: Endings, target: Target, start: int) -> Standing:
    """How an optimizer stands from one start."""
    status, found = status_of(ended, start), ended.found[:, start].tolist()
    is_lost, known, means = status == "diverged", not any(map(isnan, found[rows.DISTANCE])), [_mean(of_seeds) for of_seeds in found]
    return Standing(
        label=label,
        status=status,
        steps=None if status != "completed" else means[rows.STEPS_TO_TARGET if target.arrival == TOUCH else rows.SETTLING_STEP],
        settling_step=means[rows.SETTLING_STEP],
        steps_to_target=None if is_lost else means[rows.STEPS_TO_TARGET],
        tail_gap=None if is_lost else means[rows.TAIL_GAP],
        tail_value=None if is_lost else means[rows.TAIL_VALUE],
        final_value=None if is_lost else _mean(ended.value[start].tolist()),
        minimum_value=means[rows.MINIMUM_VALUE] if known else None,
        start_gap=means[rows.START_GAP] if known else None,
    )


def _mean(of_seeds: Sequence[float]) -> float | None:
    if len(of_seeds) == 1:
        mean = of_seeds[0]
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(np.mean(of_seeds))
    return mean if isfinite(mean) else None


def ranked(standings: Sequence[Standing], is_noisy: bool) -> list[Standing]:
    """The best first, with their ranks: those that are alike share the rank of the best of them.

    Runs at minima of different values are ordered by these; then by the steps, then by the tail. With noise, the steps count only
    where all have them.
    """
    goes_by_steps = not is_noisy or all(each.steps is not None for each in standings)
    found = list[Standing]()
    racing = [each for each in standings if each.status == "completed"]
    for group in _by_minimum(racing):
        with_steps = [each for each in group if goes_by_steps and each.steps is not None]
        found += _in_order(with_steps, lambda each: each.steps, len(found))
        found += _in_order([each for each in group if each not in with_steps], _tail, len(found))
    found += _in_order([each for each in standings if each.status == "growing"], _tail, len(found))
    return found + [each.at(1 + len(found)) for each in standings if each.status == "diverged"]


def _tail(each: Standing) -> float | None:
    """The tail gap, no smaller than the floor; the tail value where no minimum is known."""
    if each.tail_gap is None or each.start_gap is None:
        return each.tail_value
    return max(each.tail_gap, LEAST_GAP * each.start_gap)


def _by_minimum(standings: Sequence[Standing]) -> list[list[Standing]]:
    """Runs at minima of equal value together, the lowest first."""
    groups = list[list[Standing]]()
    for each in sorted(standings, key=lambda it: it.minimum_value or 0.0):
        if groups and is_same_value(groups[-1][0].minimum_value, each.minimum_value, each.start_gap):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def is_same_value(one: float | None, other: float | None, start_gap: float | None) -> bool:
    """Whether the values at two minima are equal, for all that counts."""
    return one is None or other is None or bool(same_value(one, other, start_gap or 0.0))


def _in_order(standings: Sequence[Standing], measure: Callable[[Standing], float | None], before: int) -> list[Standing]:
    """Ranked by a measure, the least first; what is unknown last, and alike."""
    numbers = {each.label: measure(each) for each in standings}
    ordered = sorted(standings, key=lambda each: (numbers[each.label] is None, numbers[each.label] or 0.0))
    found, best, rank = list[Standing](), None, 0
    for place, each in enumerate(ordered):
        number = numbers[each.label]
        if place == 0 or not _is_alike(best, number, each.start_gap is None):
            best, rank = number, before + place + 1
        found.append(each.at(rank))
    return found


def _is_alike(best: float | None, number: float | None, is_value: bool) -> bool:
    """Whether a number is as good as the best of a rank; of values without a known minimum there is no ratio."""
    if best is None or number is None:
        return best is number
    if is_value:
        return abs(number - best) <= LEAST_GAP * max(1.0, abs(best))
    return number == best or number < ALIKE * best


def race(one: Array, other: Array) -> tuple[Flags, Flags, Flags, Flags]:
    """Where the one is ahead, where the other, where they are alike, and where neither has a number (nan); less is better."""
    has = ~np.isnan(one), ~np.isnan(other)
    both = has[0] & has[1]
    with np.errstate(invalid="ignore", over="ignore"):
        alike = both & ((one == other) | (np.maximum(one, other) < ALIKE * np.minimum(one, other)))
        ahead = (both & (one < other) & ~alike) | (has[0] & ~has[1])
        behind = (both & (other < one) & ~alike) | (has[1] & ~has[0])
    return ahead, behind, alike, ~has[0] & ~has[1]
