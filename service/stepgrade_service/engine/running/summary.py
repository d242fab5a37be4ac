"""The summary of a run, made from what the loop added up, and what each of its measures means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, isnan, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..loop.endings import DISTANCE, IS_CYCLING, LEAVES, RADIUS, SETTLING_STEP, SHARE_INSIDE, TAIL_GAP
from ..loop.measures import (
    ANISOTROPY,
    DESCENT,
    DISPLACEMENT,
    FIRST_STEP,
    GAIN,
    GRADIENT_TARGET,
    LENGTH,
    LOG_COUNT,
    LOGS,
    NORM_LR,
    PRODUCT,
    PROJECTION,
    REACHED,
    RELATIVE,
    REVERSALS,
    SGD_LR,
    STEPS,
    TARGET,
    TURNING,
    UPHILL,
    UPHILL_STEPS,
    WAY,
    Watched,
)

Array = NDArray[np.float64]


def quotient_or_none(a: float, b: float) -> float | None:
    """a / b; None where it is undefined, or not finite."""
    return number_or_none(a / b) if b else None


def number_or_none(a: float) -> float | None:
    """a; None where it is not finite."""
    return a if isfinite(a) else None


class ForOne:
    """How the measures of one run are worked out: with floats, and None is undefined."""

    undefined: Any = None
    quotient = staticmethod(quotient_or_none)
    number = staticmethod(number_or_none)
    log10 = staticmethod(log10)

    @staticmethod
    def only(holds: bool, found: Callable[[], Any]) -> Any:
        """What is found, where something holds."""
        return found() if holds else None

    @staticmethod
    def then(a: float | None, found: Callable[[Any], Any]) -> Any:
        """What follows from a, where that is defined."""
        return None if a is None else found(a)

    @staticmethod
    def most(bound: float, a: float) -> float:
        """a, or the bound where it is not below it."""
        return min(bound, a)

    @staticmethod
    def within(least: float, a: float, most: float) -> float:
        """a, or the bound that it passes."""
        return min(most, max(least, a))

    @staticmethod
    def count(a: float) -> int:
        """A whole number."""
        return int(a)


class ForMany:
    """The same for arrays of runs, and nan is undefined."""

    undefined: Any = np.nan

    @staticmethod
    def quotient(a: Array, b: Array) -> Array:
        return ForMany.number(np.where(b != 0, a / b, np.nan))

    @staticmethod
    def number(a: Array) -> Array:
        return np.where(np.isfinite(a), a, np.nan)

    @staticmethod
    def log10(a: Array) -> Array:
        """One by one: where NumPy works on several at a time the last bit can be another one."""
        return np.array([*map(log10, a.tolist())])

    @staticmethod
    def only(holds: NDArray[np.bool_], found: Callable[[], Any]) -> Array:
        return np.where(holds, found(), np.nan)

    @staticmethod
    def then(a: Array, found: Callable[[Any], Any]) -> Array:
        return np.where(np.isnan(a), np.nan, found(a))

    @staticmethod
    def most(bound: float, a: Array) -> Array:
        return np.where(a < bound, a, bound)

    @staticmethod
    def within(least: float, a: Array, most: float) -> Array:
        return ForMany.most(most, np.where(a > least, a, least))

    @staticmethod
    def count(a: Array) -> Array:
        return a


#: Either of them.
Arithmetic = type[ForOne] | type[ForMany]


def summarize(watched: Watched, minimum: int, run: int = 0, has_target: bool = True) -> dict[str, Any]:
    """The summary of one run towards one of the minima; `sign_flips` and `flip_fraction` are flat vectors, undefined is None.

    Where there is no minimum (`has_target` false) what is measured against it is None and means run over all steps. How the run
    ended is not in it, but for places that are held for it.
    """
    return _measured(ForOne, watched.sums[minimum, :, run].tolist(), watched.flips[minimum, :, run], has_target)


def summarize_all(watched: Watched, minima: NDArray[np.intp], has_target: bool = True) -> dict[str, Any]:
    """The same for every run of a batch towards the minimum that is its own: arrays (runs,), flips (dimension, runs); undefined is nan."""
    runs = np.arange(minima.size)
    with np.errstate(all="ignore"):
        return _measured(ForMany, watched.sums[minima, :, runs].T, watched.flips[minima, :, runs].T, has_target)


def _measured(of: Arithmetic, sums: Any, flips: Array, has_target: bool) -> dict[str, Any]:
    """The measures of one run, or of many, from what was added up."""
    steps, length = sums[STEPS], sums[LENGTH]
    reached = sums[REACHED]
    return {
        "steps_to_target": of.only(reached >= 0, lambda: of.count(reached)) if has_target else of.undefined,
        **dict.fromkeys(OF_THE_END, of.undefined),
        "path_length": length,
        "path_efficiency": of.only(length > 0, lambda: of.most(1.0, sums[DISPLACEMENT] / length)),
        "zeta": of.undefined,
        "transverse_excess": of.undefined,
        "first_step": of.number(sums[FIRST_STEP]),
        "mean_step": of.quotient(length, steps),
        "relative_step": of.undefined,
        "sign_flips": flips,
        "flip_fraction": of.only(steps > 1, lambda: flips / (steps - 1)),
        "reversals": of.count(sums[REVERSALS]),
        "uphill": of.only(steps != 0, lambda: of.number(sums[UPHILL])),
        "uphill_share": of.quotient(sums[UPHILL_STEPS], steps),
        "descent_cosine": _mean(of, sums, DESCENT),
        "target_cosine": of.undefined,
        "gradient_target_cosine": of.undefined,
        "direction_gain": of.undefined,
        "turning_cosine": _mean(of, sums, TURNING),
        "log_gap": of.undefined,
        "anisotropy": _mean(of, sums, ANISOTROPY),
        "sgd_equivalent_lr": _mean(of, sums, SGD_LR),
        "norm_equivalent_lr": _mean(of, sums, NORM_LR),
        **(_towards(of, sums) if has_target else {}),
    }


def _mean(of: Arithmetic, sums: Any, total: int) -> Any:
    """The mean whose total stands in row `total` and its count behind it; undefined where nothing was counted."""
    return of.quotient(sums[total], sums[total + 1])


#: What a summary says of the end of a run.
OF_THE_END = ("settling_step", "share_inside", "exits", "limit_cycle", "limit_cycle_radius", "tail_gap")

#: What is not known of a run that diverged: it stopped before its end.
NOT_OF_DIVERGED = ("settling_step", "limit_cycle_radius", "tail_gap")


def summarize_end(found: list[float], is_noisy: bool) -> dict[str, Any]:
    """The rest of the summary, from what `loop.endings` found of a run. Where no minimum is known, all is None."""
    if isnan(found[DISTANCE]):
        return dict.fromkeys(OF_THE_END)
    settled = found[SETTLING_STEP]
    return {
        "settling_step": None if isnan(settled) else int(settled),
        "share_inside": number_or_none(found[SHARE_INSIDE]),
        "exits": int(found[LEAVES]),
        "limit_cycle": None if is_noisy else found[IS_CYCLING] > 0,
        "limit_cycle_radius": number_or_none(found[RADIUS]),
        "tail_gap": number_or_none(found[TAIL_GAP]),
    }


def summarize_ends(found: Array, is_noisy: bool) -> dict[str, Array]:
    """The same for every run of a batch: arrays (runs,), undefined is nan."""
    known, of = ~np.isnan(found[DISTANCE]), ForMany
    return {
        "settling_step": np.where(known, found[SETTLING_STEP], np.nan),
        "share_inside": np.where(known, of.number(found[SHARE_INSIDE]), np.nan),
        "exits": np.where(known, found[LEAVES], np.nan),
        "limit_cycle": np.where(known & (not is_noisy), found[IS_CYCLING] > 0, np.nan),
        "limit_cycle_radius": np.where(known, of.number(found[RADIUS]), np.nan),
        "tail_gap": np.where(known, of.number(found[TAIL_GAP]), np.nan),
    }


def _towards(of: Arithmetic, sums: Any) -> dict[str, Any]:
    """The part of the summary that is measured against the minimum."""
    length, log_count = sums[LENGTH], sums[LOG_COUNT]
    along: Any = of.quotient(sums[PROJECTION], length)
    return {
        "zeta": of.quotient(length, sums[WAY]),
        "transverse_excess": of.then(along, lambda share: 1.0 - of.within(-1.0, share, 1.0)),
        "relative_step": _mean(of, sums, RELATIVE),
        "target_cosine": _mean(of, sums, TARGET),
        "gradient_target_cosine": _mean(of, sums, GRADIENT_TARGET),
        "direction_gain": _mean(of, sums, GAIN),
        "log_gap": of.only(log_count != 0, lambda: of.number((sums[LOGS] + of.log10(sums[PRODUCT])) / log_count)),
    }


MEANINGS: Mapping[str, str] = {
    "steps_to_target": "first step at the target, null if the run never reached it",
    "settling_step": "first step from which the run stays at the target until its end, null if there is none",
    "share_inside": "share of the points after the first arrival that are at the target",
    "exits": "how often the run left the target",
    "limit_cycle": "whether the run is in a limit cycle: it keeps moving but does not come nearer to the minimum; null with noise",
    "path_length": "sum of the lengths of the steps, until the first step at the target",
    "path_efficiency": "distance from the start over path_length, in [0, 1]: 1 is a straight line",
    "zeta": "path_length over the distance from the start to the minimum",
    "transverse_excess": "1 - (progress along the straight line to the minimum) / path_length; in [0, 2]",
    "first_step": "length of the first step",
    "mean_step": "mean length of the steps",
    "relative_step": "mean of the step's length over the distance to the minimum",
    "sign_flips": "per coordinate, how often the step changes its sign",
    "flip_fraction": "per coordinate, sign_flips over the number of possible sign changes",
    "reversals": "how often the angle between a step and the step before is over 90 degrees",
    "uphill": "sum of all rises of the value",
    "uphill_share": "share of the steps at which the value rises",
    "limit_cycle_radius": "largest distance to the minimum over the last tenth of the points; null if the run diverged",
    "tail_gap": "mean value gap f - f* over the last tenth of the points; null if the run diverged",
    "descent_cosine": "mean cosine between the step and the negative gradient",
    "target_cosine": "mean cosine between the step and the direction to the minimum",
    "gradient_target_cosine": "mean cosine between the negative gradient and the direction to the minimum",
    "direction_gain": "mean of the step's cosine with the direction to the minimum, minus the negative gradient's; in [-2, 2]",
    "turning_cosine": "mean cosine between the step and the step before",
    "log_gap": "mean of log10((f - f*) / (f_0 - f*)), f* the value at the minimum",
    "anisotropy": "mean ratio of the largest effective learning rate of a coordinate to the smallest",
    "sgd_equivalent_lr": "mean of <s, s> / <s, -g>: with this learning rate gradient descent goes as far in the step's direction",
    "norm_equivalent_lr": "mean of |s| / |g|: with this learning rate the step of gradient descent is as long",
    "final_value": "objective value at the last point",
    "final_distance": "distance from the last point to the minimum",
}
