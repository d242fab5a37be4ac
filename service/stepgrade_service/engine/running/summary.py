"""The summary of a run, made from what the loop added up, and what each of its measures means."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, isnan, log10
from typing import Any

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


def mean(sums: list[float], total: int) -> float | None:
    """The mean whose total stands in row `total` and its count behind it; None where nothing was counted."""
    return quotient_or_none(sums[total], sums[total + 1])


def quotient_or_none(a: float, b: float) -> float | None:
    """a / b; None where it is undefined, or not finite."""
    return number_or_none(a / b) if b else None


def number_or_none(a: float) -> float | None:
    """a; None where it is not finite."""
    return a if isfinite(a) else None


def summarize(watched: Watched, minimum: int, run: int = 0, has_target: bool = True) -> dict[str, Any]:
    """The summary of one run towards one of the minima; `sign_flips` and `flip_fraction` are flat vectors, undefined is None.

    Where there is no minimum (`has_target` false) what is measured against it is None and means run over all steps. How the run
    ended is not in it, but for places that are held for it.
    """
    sums: list[float] = watched.sums[minimum, :, run].tolist()
    flips, steps, length = watched.flips[minimum, :, run], sums[STEPS], sums[LENGTH]
    return {
        "steps_to_target": int(sums[REACHED]) if has_target and sums[REACHED] >= 0 else None,
        **dict.fromkeys(OF_THE_END),
        "path_length": length,
        "path_efficiency": min(1.0, sums[DISPLACEMENT] / length) if length > 0 else None,
        "zeta": None,
        "transverse_excess": None,
        "first_step": number_or_none(sums[FIRST_STEP]),
        "mean_step": quotient_or_none(length, steps),
        "relative_step": None,
        "sign_flips": flips,
        "flip_fraction": flips / (steps - 1) if steps > 1 else None,
        "reversals": int(sums[REVERSALS]),
        "uphill": number_or_none(sums[UPHILL]) if steps else None,
        "uphill_share": quotient_or_none(sums[UPHILL_STEPS], steps),
        "descent_cosine": mean(sums, DESCENT),
        "target_cosine": None,
        "gradient_target_cosine": None,
        "direction_gain": None,
        "turning_cosine": mean(sums, TURNING),
        "log_gap": None,
        "anisotropy": mean(sums, ANISOTROPY),
        "sgd_equivalent_lr": mean(sums, SGD_LR),
        "norm_equivalent_lr": mean(sums, NORM_LR),
        **(_towards(sums) if has_target else {}),
    }


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


def _towards(sums: list[float]) -> dict[str, float | None]:
    """The part of the summary that is measured against the minimum."""
    length, log_count = sums[LENGTH], sums[LOG_COUNT]
    along = quotient_or_none(sums[PROJECTION], length)
    return {
        "zeta": quotient_or_none(length, sums[WAY]),
        "transverse_excess": None if along is None else 1.0 - min(1.0, max(-1.0, along)),
        "relative_step": mean(sums, RELATIVE),
        "target_cosine": mean(sums, TARGET),
        "gradient_target_cosine": mean(sums, GRADIENT_TARGET),
        "direction_gain": mean(sums, GAIN),
        "log_gap": number_or_none((sums[LOGS] + log10(sums[PRODUCT])) / log_count) if log_count else None,
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
