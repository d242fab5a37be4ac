"""Measures of a trajectory: what the loop adds up at each step, and the summary made from its sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isnan, log10, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import LARGEST_SAFE_SQUARE, SMALLEST_SAFE_SQUARE, apart, quotient_or_zero
from ..compiled.jit import compiled, compiled_into, compiled_loop, cube, entry_point, inlined, integers, matrix, nothing, vector
from .directions import cosine, effective_rate, lift, lowered, products, stretch

#: The sums, by row, for each minimum and run; a mean has its count behind its total. The first do not depend on the minimum but for
#: the step at which they end: they are added up once in `previous`, and copied when the target is reached.
STEPS, LENGTH, REVERSALS, UPHILL, UPHILL_STEPS = range(5)
DESCENT, DESCENT_COUNT, TURNING, TURNING_COUNT = range(5, 9)
ANISOTROPY, ANISOTROPY_COUNT, SGD_LR, SGD_LR_COUNT, NORM_LR, NORM_LR_COUNT = range(9, 15)
TOTALS = 15

#: REACHED is the first step at the target, -1 before it; PROJECTION the displacement along the way from the start to the minimum, WAY
#: the length of that way; LOGS the sum of the logarithms of the value gap over the first, without those that are in PRODUCT.
REACHED, THRESHOLD, FIRST_STEP, DISPLACEMENT, PROJECTION, WAY = range(15, 21)
TARGET, TARGET_COUNT, GRADIENT_TARGET, GRADIENT_TARGET_COUNT, GAIN, GAIN_COUNT = range(21, 27)
RELATIVE, RELATIVE_COUNT, GAP, LOGS, PRODUCT, LOG_COUNT = range(27, 33)
SUMS = 33

#: The sums before the first step, a column.
BEFORE = np.zeros((SUMS, 1))
BEFORE[REACHED], BEFORE[PRODUCT] = -1.0, 1.0
BEFORE[[THRESHOLD, FIRST_STEP, GAP]] = np.nan

#: The trace of a step, by row; behind these the target cosine for each minimum, then for each the cosine of the negative gradient with
#: the way there and the relative step, then the effective learning rate of each coordinate.
TRACE_UPDATE_NORM, TRACE_DESCENT, TRACE_TURNING, TRACE_VALUE_CHANGE = range(4)
TRACE_ANISOTROPY, TRACE_SGD_LR, TRACE_NORM_LR, TRACE_TARGET = range(4, 8)

#: Kinds of target, by number.
TO_DISTANCE, TO_VALUE_GAP = 0.0, 1.0


@compiled_loop
def tally(sums, m, row, r, number):  # type: ignore[no-untyped-def]
    """Add a number to a total and one to the count behind it; what is undefined is skipped."""
    if not isnan(number):
        sums[m, row, r] += number
        sums[m, row + 1, r] += 1.0


@compiled_loop
def tally_total(previous, row, r, number):  # type: ignore[no-untyped-def]
    """The same for what is added up once for all minima."""
    if not isnan(number):
        previous[row, r] += number
        previous[row + 1, r] += 1.0


@compiled_loop
def tally_gap(sums, m, r, gap):  # type: ignore[no-untyped-def]
    """Add log10(gap / first gap): to a product, of which the logarithm is taken only when it nears the limits of its range."""
    first = sums[m, GAP, r]
    if gap > 0.0 and first > 0.0:
        ratio = gap / first
        if 1e-100 < ratio < 1e100:
            product = sums[m, PRODUCT, r] * ratio
            if not 1e-200 < product < 1e200:
                sums[m, LOGS, r] += log10(product)
                product = 1.0
            sums[m, PRODUCT, r] = product
        else:
            sums[m, LOGS, r] += log10(gap) - log10(first)
        sums[m, LOG_COUNT, r] += 1.0


@inlined
def take_totals(m, r, previous, sums, flips):  # type: ignore[no-untyped-def]
    """What was added up so far becomes the sums for minimum m."""
    dimension = flips.shape[1]
    for row in range(TOTALS):
        sums[m, row, r] = previous[dimension + 2 + row, r]
    for i in range(dimension):
        flips[m, i, r] = previous[dimension + 2 + TOTALS + i, r]


@inlined
def arrive(x, r, start, minima, m, sums):  # type: ignore[no-untyped-def]
    """How far x is from the start, in all and along the straight way to the minimum; nan where that has no length."""
    way, along = apart(start, r, minima, m), 0.0
    for i in range(x.shape[0]):
        along += (x[i, r] - start[i, r]) * quotient_or_zero(minima[i, m] - start[i, r], way)
    sums[m, DISPLACEMENT, r] = apart(x, r, start, r)
    sums[m, WAY, r], sums[m, PROJECTION, r] = way, along if way > 0.0 else np.nan


@inlined
def is_awaited(r, sums):  # type: ignore[no-untyped-def]
    """Whether there is a minimum whose target the run has not reached."""
    awaited = False
    for m in range(sums.shape[0]):
        awaited |= sums[m, REACHED, r] < 0.0
    return awaited


@inlined
def watch_towards(  # type: ignore[no-untyped-def]
    k, x, values, gradients, step, r, minima, minimum_values, start, target, previous, sums, flips, trace,
    step_norm, lifted_norm, lifted_gradient, lift_step, lift_gradient,
):  # fmt: skip
    """Measure step k against each minimum, and add it up where the target is awaited."""
    for m in range(minima.shape[1]):
        if sums[m, REACHED, r] >= 0.0 and not trace.shape[0]:
            continue
        distance, towards, downhill = apart(x, r, minima, m), 0.0, 0.0
        for i in range(x.shape[0]):
            way = quotient_or_zero(minima[i, m] - x[i, r], distance)
            towards += step[i, r] * lift_step * way
            downhill -= gradients[i, r] * lift_gradient * way
        is_away = distance > 0.0
        to_target = cosine(towards, lifted_norm, 1.0) if is_away else np.nan
        gradient_to_target = cosine(downhill, lifted_gradient, 1.0) if is_away else np.nan
        relative = step_norm / distance if is_away else np.nan
        if trace.shape[0]:
            trace[0, TRACE_TARGET + m, r] = to_target
            trace[0, TRACE_TARGET + minima.shape[1] + m, r] = gradient_to_target
            trace[0, TRACE_TARGET + 2 * minima.shape[1] + m, r] = relative
        if sums[m, REACHED, r] >= 0.0:
            continue
        gap = values[r] - minimum_values[m]
        how_far = distance if target[0] == TO_DISTANCE else gap
        if k == 1:
            sums[m, THRESHOLD, r] = target[1] * how_far
            sums[m, FIRST_STEP, r], sums[m, GAP, r] = step_norm, gap
        if how_far <= sums[m, THRESHOLD, r]:
            sums[m, REACHED, r] = k - 1
            arrive(x, r, start, minima, m, sums)
            take_totals(m, r, previous, sums, flips)
            continue
        tally(sums, m, TARGET, r, to_target)
        tally(sums, m, GRADIENT_TARGET, r, gradient_to_target)
        tally(sums, m, GAIN, r, to_target - gradient_to_target)
        tally(sums, m, RELATIVE, r, relative)
        tally_gap(sums, m, r, gap)


@compiled_into
def watch(  # type: ignore[no-untyped-def]
    k, every, x, values, values_after, gradients, step, alive, minima, minimum_values, start, target, previous, sums, flips, trace
):  # fmt: skip
    """Add up step k, which leaves x and `values`, for every minimum whose target the run has not reached yet."""
    dimension, runs = x.shape
    totals = dimension + 2
    for r in range(runs):
        if not (alive[r] and (trace.shape[0] or is_awaited(r, sums))):
            continue
        step_square, gradient_square, with_gradient, with_previous, lift_step, lift_gradient = products(step, gradients, previous, r)
        lifted_norm, lifted_gradient = sqrt(step_square), sqrt(gradient_square)
        step_norm = lifted_norm / lift_step
        descent = cosine(-with_gradient, lifted_norm, lifted_gradient)
        turning = cosine(with_previous, lifted_norm, previous[dimension, r])
        anisotropy = stretch(step, gradients, r, lift_step, lift_gradient)
        sgd_lr = lowered(step_square / -with_gradient, lift_step, lift_gradient) if with_gradient < 0.0 else np.nan
        norm_lr = lowered(lifted_norm / lifted_gradient, lift_step, lift_gradient) if lifted_gradient > 0.0 else np.nan
        change = values_after[r] - values[r]
        previous[dimension, r], previous[dimension + 1, r] = lifted_norm, lift_step
        watch_towards(
            k, x, values, gradients, step, r, minima, minimum_values, start, target, previous, sums, flips, trace,
            step_norm, lifted_norm, lifted_gradient, lift_step, lift_gradient,
        )  # fmt: skip
        previous[totals + STEPS, r] += 1.0
        previous[totals + LENGTH, r] += step_norm
        if turning < 0.0:
            previous[totals + REVERSALS, r] += 1.0
        if change > 0.0:
            previous[totals + UPHILL, r] += change
            previous[totals + UPHILL_STEPS, r] += 1.0
        tally_total(previous, totals + DESCENT, r, descent)
        tally_total(previous, totals + TURNING, r, turning)
        tally_total(previous, totals + ANISOTROPY, r, anisotropy)
        tally_total(previous, totals + SGD_LR, r, sgd_lr)
        tally_total(previous, totals + NORM_LR, r, norm_lr)
        for i in range(dimension):
            if (step[i, r] < 0.0 < previous[i, r]) or (previous[i, r] < 0.0 < step[i, r]):
                previous[totals + TOTALS + i, r] += 1.0
        if trace.shape[0]:
            trace[0, TRACE_UPDATE_NORM, r], trace[0, TRACE_VALUE_CHANGE, r] = step_norm, change
            trace[0, TRACE_DESCENT, r], trace[0, TRACE_TURNING, r] = descent, turning
            trace[0, TRACE_ANISOTROPY, r], trace[0, TRACE_SGD_LR, r], trace[0, TRACE_NORM_LR, r] = anisotropy, sgd_lr, norm_lr
            for i in range(dimension):
                trace[0, TRACE_TARGET + 3 * minima.shape[1] + i, r] = effective_rate(step[i, r], gradients[i, r])
    if trace.shape[0] and k % every == 0:
        for i in range(trace.shape[1]):
            for r in range(runs):
                trace[k // every, i, r] = trace[0, i, r]
    for i in range(dimension):
        for r in range(runs):
            previous[i, r] = step[i, r]


@compiled_loop
def lifted_length(step, r):  # type: ignore[no-untyped-def]
    """The length of a run's step whose square may have lost digits, to the bit as `watch` has it."""
    square = 0.0
    for i in range(step.shape[0]):
        square += step[i, r] * step[i, r]
    lifted, square = lift(square), 0.0
    for i in range(step.shape[0]):
        square += step[i, r] * lifted * (step[i, r] * lifted)
    return sqrt(square) / lifted


@compiled_into
def add_lengths(step, alive, previous):  # type: ignore[no-untyped-def]
    """Of what `watch` adds up, the lengths alone, where nothing else is asked for; the row of the counts serves for the squares."""
    dimension, runs = step.shape
    room, total = dimension + 2 + STEPS, dimension + 2 + LENGTH
    for r in range(runs):
        previous[room, r] = 0.0
    for i in range(dimension):
        for r in range(runs):
            previous[room, r] += step[i, r] * step[i, r]
    for r in range(runs):
        if not SMALLEST_SAFE_SQUARE <= previous[room, r] <= LARGEST_SAFE_SQUARE:
            previous[room, r] = -lifted_length(step, r)  # known by its sign, so that the loop over the roots is vectorised
    for r in range(runs):
        root = sqrt(abs(previous[room, r]))
        length = -previous[room, r] if previous[room, r] < 0.0 else root
        previous[total, r] += length if alive[r] else 0.0


@compiled
def watch_end(k, x, values, minima, minimum_values, start, target, sums):  # type: ignore[no-untyped-def]
    """Look at the last points, which no step leaves; k: (runs,), the number of the last step of each run."""
    for m in range(minima.shape[1]):
        for r in range(x.shape[1]):
            if sums[m, REACHED, r] >= 0.0:
                continue
            arrive(x, r, start, minima, m, sums)
            how_far = apart(x, r, minima, m) if target[0] == TO_DISTANCE else values[r] - minimum_values[m]
            if k[r] == 0:
                sums[m, THRESHOLD, r] = target[1] * how_far
            if how_far <= sums[m, THRESHOLD, r]:
                sums[m, REACHED, r] = k[r]


@compiled
def settle_totals(previous, sums, flips):  # type: ignore[no-untyped-def]
    """Where the target was not reached before the last point, the sums run to there; before `watch_end`."""
    for m in range(sums.shape[0]):
        for r in range(sums.shape[2]):
            if sums[m, REACHED, r] < 0.0:
                take_totals(m, r, previous, sums, flips)


@cache
def closing() -> tuple[Any, Any]:
    """`settle_totals` and `watch_end`, to be called from Python."""
    return (
        entry_point(settle_totals, nothing(matrix, cube, cube)),
        entry_point(watch_end, nothing(integers, matrix, vector, matrix, vector, matrix, vector, cube)),
    )


@dataclass(frozen=True)
class Watched:
    """What watching fills: sums (minima, SUMS, runs), flips (minima, dimension, runs), trace (recorded, rows, runs).

    A row of the trace tells of the step that arrived at a recorded point; the first, at which none did, of the last step.
    `previous` (2 * dimension + 2 + TOTALS, runs) is the last step, its length and the power of two that it was lifted by, 0
    before the first; then the totals and the flips up to there. Where lengths alone are added up, there are no minima.
    """

    sums: NDArray[np.float64]
    flips: NDArray[np.float64]
    trace: NDArray[np.float64]
    previous: NDArray[np.float64]

    @property
    def lengths(self) -> NDArray[np.float64]:
        """How long all the steps of each run are together, (runs,), where lengths alone were added up."""
        lengths: NDArray[np.float64] = self.previous[self.flips.shape[1] + 2 + LENGTH]
        return lengths

    @classmethod
    def over(cls, minima: int, dimension: int, runs: int, traced: int) -> Watched:
        """Sums that nothing was added to yet."""
        sums = np.zeros((minima, SUMS, runs))
        sums[:] = BEFORE
        trace = np.empty((traced, TRACE_TARGET + 3 * minima + dimension, runs))
        trace.fill(np.nan)
        previous = np.zeros((2 * dimension + 2 + TOTALS, runs))
        return cls(sums, np.zeros((minima, dimension, runs)), trace, previous)
