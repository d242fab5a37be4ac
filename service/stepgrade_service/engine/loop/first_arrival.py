"""When each run first meets the target of each minimum: what `watch` finds too, for thousands of runs at next to no cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import apart
from ..compiled.jit import compiled_loop, cube, entry_point, integer, integer_matrix, integers, matrix, nothing, vector
from .measures import TO_DISTANCE

#: Rows of what is awaited: how far a run may be to have arrived, and the limit of the quick test that rules most out.
THRESHOLD, LIMIT = range(2)

#: So many runs are looked at together: their distances stay at hand, and a look at each is rarely needed.
TOGETHER = 256

#: Squares of thresholds within these bounds are exact enough for the quick test; its slack is far above rounding.
SMALLEST_QUICK, LARGEST_QUICK, SLACK = 1e-240, 1e240, 1.0 + 1e-12

NOT_YET = -1

Array = NDArray[np.float64]


@compiled_loop
def how_far(x, values, r, minima, minimum_values, m, kind):  # type: ignore[no-untyped-def]
    """How far run r is from minimum m, in the quantity that the target speaks of."""
    return apart(x, r, minima, m) if kind == TO_DISTANCE else values[r] - minimum_values[m]


@compiled_loop
def await_from(x, values, minima, minimum_values, target, awaited):  # type: ignore[no-untyped-def]
    """Set the thresholds, as fractions of how far the starts are; awaited: (2, minima, runs)."""
    for m in range(awaited.shape[1]):
        for r in range(awaited.shape[2]):
            threshold = target[1] * how_far(x, values, r, minima, minimum_values, m, target[0])
            awaited[THRESHOLD, m, r] = awaited[LIMIT, m, r] = threshold
            if target[0] == TO_DISTANCE:
                square = threshold * threshold
                awaited[LIMIT, m, r] = square * SLACK if SMALLEST_QUICK <= square <= LARGEST_QUICK else np.inf


@compiled_loop
def add_squares(coordinates, centre, nearness):  # type: ignore[no-untyped-def]
    """Add to the squared distances what one coordinate contributes."""
    for j in range(coordinates.size):
        difference = coordinates[j] - centre
        nearness[j] += difference * difference


@compiled_loop
def gaps_of(values, least, nearness):  # type: ignore[no-untyped-def]
    """How far values are above the least."""
    for j in range(values.size):
        nearness[j] = values[j] - least


@compiled_loop
def any_within(nearness, limits):  # type: ignore[no-untyped-def]
    """Whether any is within its limit; a limit of nan has nothing within."""
    found = False
    for j in range(limits.size):
        found |= nearness[j] <= limits[j]
    return found


@compiled_loop
def near_enough(x, values, first, last, minima, minimum_values, m, kind, limits, nearness):  # type: ignore[no-untyped-def]
    """Whether any of the runs first .. last - 1 may have arrived at minimum m; what is held against the limits is left in nearness."""
    if kind == TO_DISTANCE:
        for j in range(nearness.size):
            nearness[j] = 0.0
        for i in range(x.shape[0]):
            add_squares(x[i][first:last], minima[i, m], nearness)
    else:
        gaps_of(values[first:last], minimum_values[m], nearness)
    return any_within(nearness, limits[first:last])


@compiled_loop
def arrive(k, x, values, alive, minima, minimum_values, target, awaited, nearness, arrivals):  # type: ignore[no-untyped-def]
    """Note the runs that are at their targets after step k; arrivals: (minima, runs).

    Exactly what `watch` notes as REACHED. A limit that no run needs any more is nan, which nothing is below.
    """
    if k == 0:
        await_from(x, values, minima, minimum_values, target, awaited)
    runs = x.shape[1]
    for m in range(arrivals.shape[0]):
        thresholds, limits = awaited[THRESHOLD, m], awaited[LIMIT, m]
        for first in range(0, runs, TOGETHER):
            last = min(first + TOGETHER, runs)
            if not near_enough(x, values, first, last, minima, minimum_values, m, target[0], limits, nearness):
                continue
            for r in range(first, last):
                if nearness[r - first] <= limits[r]:
                    if alive[r] and how_far(x, values, r, minima, minimum_values, m, target[0]) <= thresholds[r]:
                        arrivals[m, r] = k
                    if not alive[r] or arrivals[m, r] >= 0:
                        limits[r] = np.nan


@cache
def _arrive() -> Any:
    return entry_point(arrive, nothing(integer, matrix, vector, integers, matrix, vector, vector, cube, vector, integer_matrix))


@dataclass(frozen=True)
class Awaited:
    """What noting arrivals needs and fills: of no minima where nothing is awaited."""

    awaited: Array
    nearness: Array
    arrivals: NDArray[np.int64]

    @classmethod
    def over(cls, minima: int, runs: int) -> Awaited:
        """Nobody has arrived yet."""
        arrivals = np.empty((minima, runs), np.int64)
        arrivals.fill(NOT_YET)
        return cls(np.empty((2, minima, runs)), np.empty(min(TOGETHER, runs)), arrivals)

    def look(self, k: int, x: Array, values: Array, alive: NDArray[np.int64], *target: Array) -> None:
        """`arrive`, called from Python; target: the minima, the values there, and the target as the loop has them."""
        if len(self.arrivals):
            _arrive()(k, x, values, alive, *target, self.awaited, self.nearness, self.arrivals)
