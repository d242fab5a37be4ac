"""Measures of a trajectory: an observer that adds up each step, and the summary made from its sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import norms
from .compiled import Kernel, compiled
from .loop import OBSERVER_SIGNATURE

#: The observer's sums, by row, for each minimum and run. REACHED is the first step at the target, -1 before it.
REACHED, THRESHOLD, LENGTH, DISPLACEMENT, FIRST_STEP, REVERSALS = range(6)
DESCENT, DESCENT_COUNT, TARGET, TARGET_COUNT, TURNING, TURNING_COUNT = range(6, 12)
SUMS = 12

#: The trace of a step, by row; behind these the target cosine for each minimum.
TRACE_UPDATE_NORM, TRACE_DESCENT, TRACE_TURNING, TRACE_TARGET = range(4)

#: Kinds of target, by number.
TO_DISTANCE, TO_VALUE_GAP = 0.0, 1.0


@compiled
def dot(a, b, r):  # type: ignore[no-untyped-def]
    """Inner product of the columns of run r."""
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i, r] * b[i, r]
    return total


@compiled
def cosine(product, norm_a, norm_b):  # type: ignore[no-untyped-def]
    """Cosine of the angle between two vectors, nan where one of them is zero."""
    lengths = norm_a * norm_b
    if not lengths > 0.0:
        return np.nan
    return min(1.0, max(-1.0, product / lengths))


@compiled
def towards(step, x, minima, k, r):  # type: ignore[no-untyped-def]
    """Inner product of the step with the way to minimum k, and how long that way is."""
    product, square = 0.0, 0.0
    for i in range(x.shape[0]):
        way = minima[k, i] - x[i, r]
        product += step[i, r] * way
        square += way * way
    return product, sqrt(square)


@compiled
def apart(x, y, r):  # type: ignore[no-untyped-def]
    """Distance between the columns of run r."""
    square = 0.0
    for i in range(x.shape[0]):
        square += (x[i, r] - y[i, r]) ** 2
    return sqrt(square)


@compiled
def at_target(k, r, distance, value, minimum_value, target, sums):  # type: ignore[no-untyped-def]
    """Whether run r is at the target of minimum k; the first call, at the start, sets the threshold."""
    how_far = distance if target[0] == TO_DISTANCE else value - minimum_value
    if np.isnan(sums[k, THRESHOLD, r]):
        sums[k, THRESHOLD, r] = target[1] * how_far
    return how_far <= sums[k, THRESHOLD, r]


@compiled
def add(total, count, value, k, r, sums):  # type: ignore[no-untyped-def]
    """Add to a mean; an undefined value is skipped."""
    if not np.isnan(value):
        sums[k, total, r] += value
        sums[k, count, r] += 1.0


@compiled
def watch(  # type: ignore[no-untyped-def]
    k, x, values, gradients, step, alive, minima, minimum_values, start, target, previous, sums, flips, trace
):  # fmt: skip
    """Add up step k, which leaves x, for every minimum whose target the run has not reached yet."""
    dimension, runs = x.shape
    step_norms, gradient_norms, previous_norms = np.empty(runs), np.empty(runs), np.empty(runs)
    norms(step, step_norms)
    norms(gradients, gradient_norms)
    norms(previous, previous_norms)
    for r in range(runs):
        if not alive[r]:
            continue
        descent = cosine(-dot(step, gradients, r), step_norms[r], gradient_norms[r])
        turning = cosine(dot(step, previous, r), step_norms[r], previous_norms[r]) if k > 1 else np.nan
        if trace.shape[0]:
            trace[k - 1, TRACE_UPDATE_NORM, r] = step_norms[r]
            trace[k - 1, TRACE_DESCENT, r] = descent
            trace[k - 1, TRACE_TURNING, r] = turning
        for m in range(minima.shape[0]):
            product, distance = towards(step, x, minima, m, r)
            to_target = cosine(product, step_norms[r], distance)
            if trace.shape[0]:
                trace[k - 1, TRACE_TARGET + m, r] = to_target
            if sums[m, REACHED, r] >= 0.0:
                continue
            if at_target(m, r, distance, values[r], minimum_values[m], target, sums):
                sums[m, REACHED, r] = k - 1
                sums[m, DISPLACEMENT, r] = apart(x, start, r)
                continue
            if k == 1:
                sums[m, FIRST_STEP, r] = step_norms[r]
            sums[m, LENGTH, r] += step_norms[r]
            add(DESCENT, DESCENT_COUNT, descent, m, r, sums)
            add(TARGET, TARGET_COUNT, to_target, m, r, sums)
            add(TURNING, TURNING_COUNT, turning, m, r, sums)
            if turning < 0.0:
                sums[m, REVERSALS, r] += 1.0
            for i in range(dimension):
                if step[i, r] * previous[i, r] < 0.0 and k > 1:
                    flips[m, i, r] += 1.0
    for i in range(dimension):
        for r in range(runs):
            previous[i, r] = step[i, r]


WATCH = Kernel(watch, OBSERVER_SIGNATURE)


@compiled
def watch_end(k, x, values, minima, minimum_values, start, target, sums):  # type: ignore[no-untyped-def]
    """Look at the last points, which no step leaves; k: (runs,), the number of the last step of each run."""
    for m in range(minima.shape[0]):
        for r in range(x.shape[1]):
            if sums[m, REACHED, r] < 0.0:
                _, distance = towards(x, x, minima, m, r)
                sums[m, DISPLACEMENT, r] = apart(x, start, r)
                if at_target(m, r, distance, values[r], minimum_values[m], target, sums):
                    sums[m, REACHED, r] = k[r]


@dataclass(frozen=True)
class Watched:
    """What the observer fills: sums (minima, SUMS, runs), flips (minima, dimension, runs), trace (steps, rows, runs)."""

    sums: NDArray[np.float64]
    flips: NDArray[np.float64]
    trace: NDArray[np.float64]
    previous: NDArray[np.float64]

    @classmethod
    def over(cls, minima: int, dimension: int, runs: int, traced_steps: int) -> Watched:
        """Sums that nothing was added to yet."""
        sums = np.zeros((minima, SUMS, runs))
        sums[:, REACHED] = -1.0
        sums[:, THRESHOLD] = np.nan
        trace = np.empty((traced_steps, TRACE_TARGET + minima if traced_steps else 0, runs))
        return cls(sums, np.zeros((minima, dimension, runs)), trace, np.zeros((dimension, runs)))


def mean(sums: NDArray[np.float64], total: int) -> float | None:
    """The mean whose total stands in row `total` and its count behind it; None where nothing was counted."""
    return float(sums[total] / sums[total + 1]) if sums[total + 1] else None


def summarize(watched: Watched, minimum: int, run: int = 0, has_target: bool = True) -> dict[str, Any]:
    """The summary of one run towards one of the minima; `sign_flips` is a flat vector, undefined measures are None.

    Where there is no minimum (`has_target` false) what is measured against it is None and means run over all steps.
    """
    sums = watched.sums[minimum, :, run]
    length, reached = float(sums[LENGTH]), float(sums[REACHED])
    return {
        "steps_to_target": int(reached) if has_target and reached >= 0 else None,
        "path_length": length,
        "path_efficiency": float(sums[DISPLACEMENT]) / length if length > 0 else None,
        "first_step": float(sums[FIRST_STEP]) if sums[FIRST_STEP] or length else None,
        "sign_flips": watched.flips[minimum, :, run],
        "reversals": int(sums[REVERSALS]),
        "descent_cosine": mean(sums, DESCENT),
        "target_cosine": mean(sums, TARGET) if has_target else None,
        "turning_cosine": mean(sums, TURNING),
    }


MEANINGS: Mapping[str, str] = {
    "steps_to_target": "first step at which the target was reached, null if it never was",
    "path_length": "sum of the lengths of the steps, to the target",
    "path_efficiency": "distance from the start over path_length, in (0, 1]: 1 is a straight line",
    "first_step": "length of the first step",
    "sign_flips": "per coordinate, how often a step's sign differs from that of the step before",
    "reversals": "how often a step makes an obtuse angle with the step before",
    "descent_cosine": "mean cosine between the step and the negative gradient",
    "target_cosine": "mean cosine between the step and the way to the minimum",
    "turning_cosine": "mean cosine between the step and the step before",
    "final_value": "objective value at the last point",
    "final_distance": "distance from the last point to the minimum",
}
