"""Measures of a trajectory: what the loop adds up at each step, and the summary made from its sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import LARGEST_SAFE_SQUARE, SMALLEST_SAFE_SQUARE, apart, quotient
from .compiled import compiled, inlined

#: The sums, by row, for each minimum and run. REACHED is the first step at the target, -1 before it.
REACHED, THRESHOLD, LENGTH, DISPLACEMENT, FIRST_STEP, REVERSALS = range(6)
DESCENT, DESCENT_COUNT, TARGET, TARGET_COUNT, TURNING, TURNING_COUNT = range(6, 12)
SUMS = 12

#: The trace of a step, by row; behind these the target cosine for each minimum.
TRACE_UPDATE_NORM, TRACE_DESCENT, TRACE_TURNING, TRACE_TARGET = range(4)

#: Kinds of target, by number.
TO_DISTANCE, TO_VALUE_GAP = 0.0, 1.0


@inlined
def lift(square):  # type: ignore[no-untyped-def]
    """A power of two to multiply a vector with before it is squared, where its sum of squares may have lost digits."""
    return 1.0 if SMALLEST_SAFE_SQUARE <= square <= LARGEST_SAFE_SQUARE else (2.0**600 if square < 1.0 else 2.0**-600)


@inlined
def cosine(product, norm_a, norm_b):  # type: ignore[no-untyped-def]
    """Cosine of the angle between two vectors, nan where one of them is zero."""
    lengths = norm_a * norm_b
    return min(1.0, max(-1.0, product / lengths)) if lengths > 0.0 else np.nan


@inlined
def watch(k, every, x, values, gradients, step, alive, minima, minimum_values, start, target, previous, sums, flips, trace):  # type: ignore[no-untyped-def]
    """Add up step k, which leaves x, for every minimum whose target the run has not reached yet."""
    dimension, runs = x.shape
    for r in range(runs):
        awaited = trace.shape[0] > 0
        for m in range(minima.shape[1]):
            awaited |= sums[m, REACHED, r] < 0.0
        if not (alive[r] and awaited):
            continue
        lift_step, lift_gradient, lift_previous = 1.0, 1.0, previous[dimension + 1, r]
        for _ in range(2):
            step_square, gradient_square, with_gradient, with_previous = 0.0, 0.0, 0.0, 0.0
            for i in range(dimension):
                s, g = step[i, r] * lift_step, gradients[i, r] * lift_gradient
                step_square += s * s
                gradient_square += g * g
                with_gradient += s * g
                with_previous += s * (previous[i, r] * lift_previous)
            if lift_step != 1.0 or lift_gradient != 1.0:
                break
            lift_step, lift_gradient = lift(step_square), lift(gradient_square)
            if lift_step == 1.0 and lift_gradient == 1.0:
                break
        lifted_norm = sqrt(step_square)
        step_norm = lifted_norm / lift_step
        descent = cosine(-with_gradient, lifted_norm, sqrt(gradient_square))
        turning = cosine(with_previous, lifted_norm, previous[dimension, r])
        previous[dimension, r], previous[dimension + 1, r] = lifted_norm, lift_step
        if trace.shape[0]:
            trace[0, TRACE_UPDATE_NORM, r] = step_norm
            trace[0, TRACE_DESCENT, r] = descent
            trace[0, TRACE_TURNING, r] = turning
        for m in range(minima.shape[1]):
            distance, towards = apart(x, r, minima, m), 0.0
            for i in range(dimension):
                towards += step[i, r] * lift_step * quotient(minima[i, m] - x[i, r], distance)
            to_target = cosine(towards, lifted_norm, 1.0) if distance > 0.0 else np.nan
            if trace.shape[0]:
                trace[0, TRACE_TARGET + m, r] = to_target
            if sums[m, REACHED, r] >= 0.0:
                continue
            how_far = distance if target[0] == TO_DISTANCE else values[r] - minimum_values[m]
            if k == 1:
                sums[m, THRESHOLD, r] = target[1] * how_far
                sums[m, FIRST_STEP, r] = step_norm
            if how_far <= sums[m, THRESHOLD, r]:
                sums[m, REACHED, r] = k - 1
                sums[m, DISPLACEMENT, r] = apart(x, r, start, r)
                continue
            sums[m, LENGTH, r] += step_norm
            if not isnan(descent):
                sums[m, DESCENT, r] += descent
                sums[m, DESCENT_COUNT, r] += 1.0
            if not isnan(to_target):
                sums[m, TARGET, r] += to_target
                sums[m, TARGET_COUNT, r] += 1.0
            if not isnan(turning):
                sums[m, TURNING, r] += turning
                sums[m, TURNING_COUNT, r] += 1.0
            if turning < 0.0:
                sums[m, REVERSALS, r] += 1.0
            for i in range(dimension):
                if (step[i, r] < 0.0 < previous[i, r]) or (previous[i, r] < 0.0 < step[i, r]):
                    flips[m, i, r] += 1.0
    if trace.shape[0] and k % every == 0:
        for i in range(trace.shape[1]):
            for r in range(runs):
                trace[k // every, i, r] = trace[0, i, r]
    for i in range(dimension):
        for r in range(runs):
            previous[i, r] = step[i, r]


@compiled
def watch_step(  # type: ignore[no-untyped-def]
    k, every, x, values, gradients, step, alive, minima, minimum_values, start, target, previous, sums, flips, trace
):  # fmt: skip
    """`watch`, to be called from Python."""
    watch(k, every, x, values, gradients, step, alive, minima, minimum_values, start, target, previous, sums, flips, trace)


@compiled
def watch_end(k, x, values, minima, minimum_values, start, target, sums):  # type: ignore[no-untyped-def]
    """Look at the last points, which no step leaves; k: (runs,), the number of the last step of each run."""
    for m in range(minima.shape[1]):
        for r in range(x.shape[1]):
            if sums[m, REACHED, r] >= 0.0:
                continue
            distance = apart(x, r, minima, m)
            sums[m, DISPLACEMENT, r] = apart(x, r, start, r)
            how_far = distance if target[0] == TO_DISTANCE else values[r] - minimum_values[m]
            if k[r] == 0:
                sums[m, THRESHOLD, r] = target[1] * how_far
            if how_far <= sums[m, THRESHOLD, r]:
                sums[m, REACHED, r] = k[r]


@dataclass(frozen=True)
class Watched:
    """What watching fills: sums (minima, SUMS, runs), flips (minima, dimension, runs), trace (recorded, rows, runs).

    A row of the trace tells of the step that arrived at a recorded point; the first, at which none did, of the last step.
    `previous` (dimension + 2, runs) is the last step, its length and the power of two that it was lifted by; 0 before the first.
    """

    sums: NDArray[np.float64]
    flips: NDArray[np.float64]
    trace: NDArray[np.float64]
    previous: NDArray[np.float64]

    @classmethod
    def over(cls, minima: int, dimension: int, runs: int, traced: int) -> Watched:
        """Sums that nothing was added to yet."""
        sums = np.zeros((minima, SUMS, runs))
        sums[:, REACHED] = -1.0
        sums[:, [THRESHOLD, FIRST_STEP]] = np.nan
        trace = np.full((traced, TRACE_TARGET + minima, runs), np.nan)
        return cls(sums, np.zeros((minima, dimension, runs)), trace, np.zeros((dimension + 2, runs)))


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
        "path_efficiency": min(1.0, float(sums[DISPLACEMENT]) / length) if length > 0 else None,
        "first_step": None if isnan(sums[FIRST_STEP]) else float(sums[FIRST_STEP]),
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
