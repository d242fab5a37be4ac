"""When each run enters and leaves the target of each minimum, and how its last steps went: for thousands of runs at little cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import LARGEST_SAFE_SQUARE, SMALLEST_SAFE_SQUARE, apart, norm
from ..compiled.jit import compiled, compiled_loop, cube, entry_point, integer, integers, matrix, nothing, vector
from .frame import Staying, type_of
from .measures import TO_DISTANCE

#: Rows of the limits: how far a run may be to be at the target; and what is held against them quickly, which tells nearly always.
THRESHOLD, SURELY_INSIDE, SURELY_OUTSIDE = range(3)

#: Rows of what is noted for each minimum and run: the first step at the target and the last step away from it, -1 where there is none; the
#: largest distance over the last tenth of the points and over the tenth before it; the sum of the value gaps over the last tenth.
FIRST, LAST_OUTSIDE, FARTHEST, FARTHEST_BEFORE, GAPS = range(5)

#: Rows of what is counted too where runs are watched: how often the run left the target, and its points away from it.
EXITS, OUTSIDE = range(2)

#: Rows of what is noted for each run, whatever the minimum: the value at the start, and the sum of the values over the last tenth of the
#: points; where runs are watched also the length of the way between those points, and the largest squared gradient norm of all points.
START_VALUE, VALUES, PATH, STEEPEST = range(4)

#: So many runs are looked at together: their distances stay at hand.
TOGETHER = 256

#: Fewer runs than these are looked at one by one, which costs less than the arrangements for many.
MANY = 8

#: Squares of thresholds within these bounds are exact enough for the quick test; its slack is far above rounding.
SMALLEST_QUICK, LARGEST_QUICK, SLACK = 1e-240, 1e240, 1.0 + 1e-12

NOT_YET = -1.0

Array = NDArray[np.float64]


def tenth(steps: int) -> int:
    """How many points the last tenth of a run has."""
    return -(-steps // 10)


@compiled_loop
def how_far(x, values, r, minima, minimum_values, m, kind):  # type: ignore[no-untyped-def]
    """How far run r is from minimum m, in the quantity that the target speaks of."""
    return apart(x, r, minima, m) if kind == TO_DISTANCE else values[r] - minimum_values[m]


@compiled_loop
def set_limits(x, values, minima, minimum_values, target, limits):  # type: ignore[no-untyped-def]
    """Set the thresholds, as fractions of how far the starts are; limits: (3, minima, runs)."""
    for m in range(limits.shape[1]):
        for r in range(limits.shape[2]):
            threshold = target[1] * how_far(x, values, r, minima, minimum_values, m, target[0])
            limits[THRESHOLD, m, r] = limits[SURELY_INSIDE, m, r] = limits[SURELY_OUTSIDE, m, r] = threshold
            if target[0] == TO_DISTANCE:
                square = threshold * threshold
                sound = threshold > 0.0 and SMALLEST_QUICK <= square <= LARGEST_QUICK
                limits[SURELY_INSIDE, m, r] = square / SLACK if sound else -np.inf
                limits[SURELY_OUTSIDE, m, r] = square * SLACK if sound else np.inf


@compiled
def forget(alive, limits):  # type: ignore[no-untyped-def]
    """Let no run that has ended be inside or outside any more."""
    for r in range(alive.size):
        if not alive[r]:
            for m in range(limits.shape[1]):
                limits[SURELY_INSIDE, m, r] = limits[SURELY_OUTSIDE, m, r] = np.nan


@compiled_loop
def add_squares(coordinates, centre, nearness):  # type: ignore[no-untyped-def]
    """Add to the squared distances what one coordinate contributes."""
    for j in range(coordinates.size):
        difference = coordinates[j] - centre
        nearness[j] += difference * difference


@compiled_loop
def squares_to(x, first, last, minima, m, nearness):  # type: ignore[no-untyped-def]
    """The squared distances of the runs first .. last - 1 to minimum m."""
    for j in range(nearness.size):
        nearness[j] = 0.0
    for i in range(x.shape[0]):
        add_squares(x[i][first:last], minima[i, m], nearness)


@compiled_loop
def roots_of(x, first, minima, m, nearness):  # type: ignore[no-untyped-def]
    """The distances in place of their squares, to the bit those of `apart`."""
    for j in range(nearness.size):
        if not SMALLEST_SAFE_SQUARE <= nearness[j] <= LARGEST_SAFE_SQUARE:
            nearness[j] = -apart(x, first + j, minima, m)  # known by its sign, so that the loop over the roots is vectorised
    for j in range(nearness.size):
        root = np.sqrt(abs(nearness[j]))
        nearness[j] = -nearness[j] if nearness[j] < 0.0 else root


@compiled_loop
def gaps_of(values, least, nearness):  # type: ignore[no-untyped-def]
    """How far values are above the least."""
    for j in range(values.size):
        nearness[j] = values[j] - least


@compiled_loop
def is_in_doubt(nearness, inside, outside):  # type: ignore[no-untyped-def]
    """Whether the quick test cannot tell of any of the runs whether it is at the target."""
    found = False
    for j in range(nearness.size):
        found |= (nearness[j] <= outside[j]) & (nearness[j] > inside[j])
    return found


@compiled_loop
def note(k, nearness, limits, first, last_outside):  # type: ignore[no-untyped-def]
    """Note the runs that are at the target for the first time, and those that are away from it; `limits` are sure ones."""
    for j in range(nearness.size):
        outside = nearness[j] > limits[j]
        inside = nearness[j] <= limits[j]
        last_outside[j] = k if outside else last_outside[j]
        first[j] = k if inside & (first[j] < 0.0) else first[j]


@compiled_loop
def count(k, nearness, limits, last_outside, exits, outside):  # type: ignore[no-untyped-def]
    """Count the runs that are away from the target, and those that have just left it; before `note`."""
    for j in range(nearness.size):
        away = nearness[j] > limits[j]
        outside[j] += 1.0 if away else 0.0
        exits[j] += 1.0 if away & (last_outside[j] < k - 1.0) else 0.0


@compiled_loop
def raise_to(nearness, farthest):  # type: ignore[no-untyped-def]
    """farthest = max(farthest, nearness)"""
    for j in range(nearness.size):
        farthest[j] = nearness[j] if nearness[j] > farthest[j] else farthest[j]


@compiled_loop
def add_gaps(values, least, gaps):  # type: ignore[no-untyped-def]
    """gaps += values - least"""
    for j in range(values.size):
        gaps[j] += values[j] - least


@compiled_loop
def look_at_one(k, r, x, values, minima, minimum_values, m, kind, span, limits, noted, counts):  # type: ignore[no-untyped-def]
    """Note how run r stands to minimum m after step k."""
    far = how_far(x, values, r, minima, minimum_values, m, kind)
    if far <= limits[THRESHOLD, m, r]:
        if noted[FIRST, m, r] < 0.0:
            noted[FIRST, m, r] = k
    else:
        if counts.shape[1]:
            counts[OUTSIDE, m, r] += 1.0
            if noted[LAST_OUTSIDE, m, r] < k - 1.0:
                counts[EXITS, m, r] += 1.0
        noted[LAST_OUTSIDE, m, r] = k
    if k >= span[1]:
        distance, row = far if kind == TO_DISTANCE else apart(x, r, minima, m), FARTHEST if k >= span[0] else FARTHEST_BEFORE
        noted[row, m, r] = max(noted[row, m, r], distance)
        if k >= span[0]:
            noted[GAPS, m, r] += values[r] - minimum_values[m]


@compiled_loop
def look_at_many(k, first, last, x, values, minima, minimum_values, m, kind, span, limits, noted, counts, nearness):  # type: ignore[no-untyped-def]
    """Note how the runs first .. last - 1 stand to minimum m after step k; False, and nothing, where the quick test cannot tell."""
    if kind == TO_DISTANCE:
        squares_to(x, first, last, minima, m, nearness)
    else:
        gaps_of(values[first:last], minimum_values[m], nearness)
    outside = limits[SURELY_OUTSIDE, m][first:last]
    if is_in_doubt(nearness, limits[SURELY_INSIDE, m][first:last], outside):
        return False
    last_outside = noted[LAST_OUTSIDE, m][first:last]
    if counts.shape[1]:
        count(k, nearness, outside, last_outside, counts[EXITS, m][first:last], counts[OUTSIDE, m][first:last])
    note(k, nearness, outside, noted[FIRST, m][first:last], last_outside)
    if k >= span[1]:
        if kind != TO_DISTANCE:
            squares_to(x, first, last, minima, m, nearness)
        roots_of(x, first, minima, m, nearness)
        raise_to(nearness, noted[FARTHEST if k >= span[0] else FARTHEST_BEFORE, m][first:last])
        if k >= span[0]:
            add_gaps(values[first:last], minimum_values[m], noted[GAPS, m][first:last])
    return True


@compiled_loop
def add_up(k, x, values, gradients, step, span, ways, corner):  # type: ignore[no-untyped-def]
    """Add up what does not depend on the minimum; `corner` becomes the first point of the last tenth."""
    is_watched = ways.shape[0] > STEEPEST
    for r in range(values.size):
        if k == 0:
            ways[START_VALUE, r] = values[r]
        if k >= span[0]:
            ways[VALUES, r] += values[r]
    if not is_watched:
        return
    for r in range(values.size):
        square = 0.0
        for i in range(gradients.shape[0]):
            square += gradients[i, r] * gradients[i, r]
        ways[STEEPEST, r] = max(ways[STEEPEST, r], square)
        if k > span[0]:
            ways[PATH, r] += norm(step, r)
    if k == span[0]:
        for i in range(x.shape[0]):
            for r in range(values.size):
                corner[i, r] = x[i, r]


@compiled_loop
def look(k, x, values, gradients, step, alive, minima, minimum_values, target, stays):  # type: ignore[no-untyped-def]
    """Note how every run stands to every minimum after step k; `stays` is a `frame.Staying`."""
    span, limits, nearness, noted, counts, ways, corner = stays
    if k == 0:
        set_limits(x, values, minima, minimum_values, target, limits)
        forget(alive, limits)
    runs = x.shape[1]
    for m in range(noted.shape[1]):
        for first in range(0, runs, TOGETHER):
            last = min(first + TOGETHER, runs)
            if last - first >= MANY and look_at_many(
                k, first, last, x, values, minima, minimum_values, m, target[0], span, limits, noted, counts, nearness[: last - first]
            ):
                continue
            for r in range(first, last):
                if alive[r]:
                    look_at_one(k, r, x, values, minima, minimum_values, m, target[0], span, limits, noted, counts)
    add_up(k, x, values, gradients, step, span, ways, corner)


@cache
def _look() -> Any:
    return entry_point(look, nothing(integer, matrix, vector, matrix, matrix, integers, matrix, vector, vector, type_of(Staying)))


@cache
def _forget() -> Any:
    return entry_point(forget, nothing(integers, cube))


@dataclass(frozen=True)
class Stays:
    """What was noted: `noted` and `counts` (rows, minima, runs), `ways` (rows, runs), `corner` (dimension, runs), the first point of the
    last tenth; of no rows where nobody looked. `counts`, `corner` and the rows of `ways` from `PATH` on are of watched runs alone."""

    noted: Array
    counts: Array
    ways: Array
    corner: Array


@dataclass(frozen=True)
class Lookout:
    """What looking at runs needs and fills; `span` are the numbers of the first point of the last tenth, and of the tenth before."""

    span: NDArray[np.int64]
    limits: Array
    nearness: Array
    stays: Stays

    @classmethod
    def over(cls, minima: int, dimension: int, runs: int, steps: int, looks: bool = True, watched: bool = False) -> Lookout:
        """Nobody has arrived yet; `minima` are those that are known."""
        noted = np.zeros((GAPS + 1 if looks else 0, minima, runs))
        noted[: LAST_OUTSIDE + 1] = NOT_YET
        watched = watched and looks
        stays = Stays(
            noted=noted,
            counts=np.zeros((OUTSIDE + 1, minima if watched else 0, runs)),
            ways=np.zeros((STEEPEST + 1 if watched else PATH if looks else 0, runs)),
            corner=np.empty((dimension if watched else 0, runs)),
        )
        span = np.array([steps - tenth(steps) + 1, steps - 2 * tenth(steps) + 1])
        return cls(span, np.empty((SURELY_OUTSIDE + 1, minima, runs)), np.empty(min(TOGETHER, runs)), stays)

    @property
    def framed(self) -> Staying:
        """As the loop takes it."""
        stays = self.stays
        return Staying(self.span, self.limits, self.nearness, stays.noted, stays.counts, stays.ways, stays.corner)

    def look(self, k: int, x: Array, values: Array, gradients: Array, step: Array, alive: NDArray[np.int64], *target: Array) -> None:
        """`look`, called from Python; target: the minima, the values there, and the target as the loop has them."""
        if len(self.stays.noted):
            _look()(k, x, values, gradients, step, alive, *target, self.framed)

    def forget(self, alive: NDArray[np.int64]) -> None:
        """`forget`, called from Python."""
        _forget()(alive, self.limits)
