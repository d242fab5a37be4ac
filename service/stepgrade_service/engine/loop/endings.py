"""How each run of a batch ended, from what was noted of it: the rules of settling, growing, limit cycles and stopping."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

import numpy as np

from ..compiled.arithmetic import apart
from ..compiled.jit import compiled, entry_point, flag, inlined, integers, matrix, nothing, vector
from .advance import DIVERGED, RUNNING
from .frame import Staying, type_of
from .stays import ENTERED, EXITS, FARTHEST, FARTHEST_BEFORE, FIRST, GAPS, INSIDE, LAST_OUTSIDE, PATH, START_VALUE, STEEPEST, VALUES

#: A run is growing where its last value gap or distance is so many times the start's; or above the start's, while the largest distance
#: of the last tenth of its points is so many times that of the tenth before. Without a known minimum, its value rises by so many times
#: the larger of 1 and the size of the first one.
FAR_ABOVE, STILL_RISING = 10.0, 1.05

#: In a limit cycle the largest distances of the last two tenths of the points differ by at most this share of the larger one, and the way
#: between the points of the last tenth is at least so many times the displacement, and so many times the largest distance: what moves less
#: does not go around the minimum. It stands still, or is near some other point.
STEADY, WINDING, AROUND = 0.1, 4.0, 1.0

#: A run stands still where the way between the points of the last tenth is at most this share of how far it has come from its start.
STILL = 1e-6

#: A run that stands still has stopped where the gradient norm is at most this share of the largest on its path. A small gradient alone does
#: not tell: an optimizer that divides by the gradient's size moves on.
STOPPED = 1e-6

#: What is found, by row; what is undefined is nan, and what is said of a run is 0 or 1.
MINIMUM, MINIMUM_VALUE, VALUE_GAP, START, START_GAP, DISTANCE = range(6)
STEPS_TO_TARGET, SETTLING_STEP, TAIL_GAP, TAIL_VALUE, IS_GROWING = range(6, 11)

#: The rows that there are of watched runs alone.
RADIUS, SHARE_INSIDE, LEAVES, STEPS_OUTSIDE, IS_CYCLING, IS_STATIONARY = range(11, 17)

#: How many rows there are, of runs that are not watched and of those that are.
ROWS, WATCHED_ROWS = 11, 17


@inlined
def nearest(points, r, minima):  # type: ignore[no-untyped-def]
    """The number of the minimum that is nearest the last point of run r."""
    best = 0
    for m in range(1, minima.shape[1]):
        if apart(points, r, minima, m) < apart(points, r, minima, best):
            best = m
    return best


@compiled
def squared_length(vectors, r):  # type: ignore[no-untyped-def]
    """The squared length of column r."""
    square = 0.0
    for i in range(vectors.shape[0]):
        square += vectors[i, r] * vectors[i, r]
    return square


@compiled
def is_growing(value, start, gap, start_gap, distance, start_distance, farthest, farthest_before):  # type: ignore[no-untyped-def]
    """Whether a run is far above its start, or above it and still rising; the distances are nan where no minimum is known."""
    if np.isnan(distance):
        return value - start > FAR_ABOVE * max(1.0, abs(start))
    if not start_distance > 0.0:
        return False
    if (start_gap > 0.0 and gap > FAR_ABOVE * start_gap) or distance > FAR_ABOVE * start_distance:
        return True
    return (gap > start_gap or distance > start_distance) and farthest > STILL_RISING * farthest_before


@compiled
def settling_step(first, last_outside, steps, tenth, was_stopped):  # type: ignore[no-untyped-def]
    """The first step from which a run stays at the target; nan where it does not, or is not there long enough to tell."""
    since = last_outside + 1.0
    if first < 0.0 or since > steps or (steps - since < tenth and (first < since or was_stopped)):
        return np.nan
    return since


@compiled
def is_cycling(farthest, farthest_before, path, net):  # type: ignore[no-untyped-def]
    """Whether a run that has not settled goes around the minimum, and comes neither nearer nor farther."""
    is_steady = abs(farthest - farthest_before) <= STEADY * max(farthest, farthest_before)
    return is_steady and path >= WINDING * net and path >= AROUND * farthest and path > 0.0


@compiled
def judge(starts, points, values, gradients, ended, reason, minima, minimum_values, is_noisy, stays, found):  # type: ignore[no-untyped-def]
    """Find how every run ended; found: (ROWS or WATCHED_ROWS, runs).

    Without a known minimum, `minima` is one column of nan and `stays` has noted none.
    """
    _, _, _, noted, counts, ways, corner, _ = stays
    is_known, is_watched = noted.shape[1] > 0, ways.shape[0] > STEEPEST
    for r in range(values.size):
        m, has_diverged = nearest(points, r, minima), reason[r] == DIVERGED
        steps = max(ended[r] - (1 if has_diverged else 0), 0)
        tenth = (steps + 9) // 10
        start, least = ways[START_VALUE, r], minimum_values[m]
        gap, start_gap = values[r] - least, start - least
        distance, start_distance = apart(points, r, minima, m), apart(starts, r, minima, m)
        farthest = farthest_before = first = last_outside = np.nan
        if is_known:
            first, last_outside = noted[FIRST, m, r], noted[LAST_OUTSIDE, m, r]
            farthest, farthest_before = noted[FARTHEST, m, r], noted[FARTHEST_BEFORE, m, r]
            if is_watched:
                entered = counts[ENTERED, m, r]
                last_outside = entered - 1.0 if entered >= 0.0 else float(steps)
            else:
                farthest, farthest_before = sqrt(farthest), sqrt(farthest_before)
        grows = not has_diverged and is_growing(values[r], start, gap, start_gap, distance, start_distance, farthest, farthest_before)
        settled, is_over = np.nan, has_diverged or grows
        if is_known and not is_over:
            settled = settling_step(first, last_outside, steps, tenth, reason[r] != RUNNING)
        found[MINIMUM, r], found[MINIMUM_VALUE, r], found[VALUE_GAP, r] = m, least, gap
        found[START, r], found[START_GAP, r], found[DISTANCE, r] = start, start_gap, distance
        found[STEPS_TO_TARGET, r] = first if first >= 0.0 else np.nan
        found[SETTLING_STEP, r] = settled
        is_whole = steps > 0 and not has_diverged
        found[TAIL_GAP, r] = noted[GAPS, m, r] / tenth if is_whole and is_known else np.nan
        found[TAIL_VALUE, r] = ways[VALUES, r] / tenth if is_whole else np.nan
        found[IS_GROWING, r] = 1.0 if grows else 0.0
        if not is_watched:
            continue
        found[RADIUS, r] = farthest if is_whole else np.nan
        found[IS_CYCLING, r] = found[IS_STATIONARY, r] = 0.0
        found[LEAVES, r] = found[STEPS_OUTSIDE, r] = found[SHARE_INSIDE, r] = np.nan
        if is_known:
            found[LEAVES, r] = counts[EXITS, m, r]
            if first >= 0.0:
                inside = counts[INSIDE, m, r] + (steps - last_outside)
                found[STEPS_OUTSIDE, r] = steps + 1.0 - first - inside
                if steps > first:
                    found[SHARE_INSIDE, r] = (inside - 1.0) / (steps - first)
        if is_noisy or is_over:
            continue
        if is_known and np.isnan(settled) and is_cycling(farthest, farthest_before, ways[PATH, r], apart(points, r, corner, r)):
            found[IS_CYCLING, r] = 1.0
        steepest, is_inside = ways[STEEPEST, r], first >= 0.0 and last_outside < steps
        is_still = ways[PATH, r] <= STILL * apart(points, r, starts, r)
        if is_still and not is_inside and steepest < np.inf and squared_length(gradients, r) <= STOPPED * STOPPED * steepest:
            found[IS_STATIONARY, r] = 1.0


@cache
def judgement() -> Any:
    """`judge`, to be called from Python."""
    arrays = (matrix, matrix, vector, matrix, integers, integers, matrix, vector)
    return entry_point(judge, nothing(*arrays, flag, type_of(Staying), matrix))
