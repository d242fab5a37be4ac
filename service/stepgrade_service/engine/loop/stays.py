"""When each run enters and leaves the target of each minimum, and how its last steps went: for thousands of runs at little cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import apart, norm
from ..compiled.jit import compiled, compiled_into, compiled_loop, cube, entry_point, inlined, integer, integers, matrix, nothing, vector
from .frame import Staying, type_of
from .measures import TO_DISTANCE

#: Rows of the limits: how far a run may be to be at the target; the largest square of a distance, or the value gap, that is as far, nan
#: where only the first can tell, or nothing more is noted; and the same until the run has arrived.
THRESHOLD, LIMIT, AWAITED = range(3)

#: Rows of what is noted for each minimum and run: the first step at the target and the last step away from it, -1 where there is none; the
#: largest distance over the last tenth of the points and over the tenth before it (its square where runs are not watched); the sum of the
#: value gaps over the last tenth.
FIRST, LAST_OUTSIDE, FARTHEST, FARTHEST_BEFORE, GAPS = range(5)

#: Rows of what is noted in place of LAST_OUTSIDE where runs are watched: how often the run left the target, its points there before it last
#: left, and the step at which it came there, -1 while it is away.
EXITS, INSIDE, ENTERED = range(3)

#: Rows of what is noted for each run, whatever the minimum: the value at the start, and the sum of the values over the last tenth of the
#: points; where runs are watched also the length of the way between those points, and the largest squared gradient norm of all points.
START_VALUE, VALUES, PATH, STEEPEST = range(4)

#: So many runs are looked at together: their distances stay at hand.
TOGETHER = 512

#: Fewer runs than these are looked at one by one, which costs less than the arrangements for many.
MANY = 8

#: Where the square of a threshold is within these bounds, squares of distances can be held against it.
SMALLEST_QUICK, LARGEST_QUICK = 1e-240, 1e240

#: What has to be added to a number, or subtracted, as a share of it, so that it becomes the next one: just over half of the spacing, or
#: just over the whole of it, which is rounded.
TO_NEXT = 2.0**-53 * (1.0 + 2.0**-20)

NOT_YET = -1.0

#: What is known of the runs that are looked at together: some have no limit, some have arrived.
ODD, ARRIVED = 1, 2

Array = NDArray[np.float64]


def tenth(steps: int) -> int:
    """How many points the last tenth of a run has."""
    return -(-steps // 10)


@compiled_loop
def how_far(x, values, r, minima, minimum_values, m, kind):  # type: ignore[no-untyped-def]
    """How far run r is from minimum m, in the quantity that the target speaks of."""
    return apart(x, r, minima, m) if kind == TO_DISTANCE else values[r] - minimum_values[m]


@inlined
def largest_square(threshold):  # type: ignore[no-untyped-def]
    """The largest number whose root is at most the threshold: to hold a square against it is to hold its root against the threshold."""
    square = threshold * threshold
    while np.sqrt(square) > threshold:
        square -= square * TO_NEXT
    while np.sqrt(square + square * TO_NEXT) <= threshold:
        square += square * TO_NEXT
    return square


@compiled
def set_limits(x, values, minima, minimum_values, target, limits):  # type: ignore[no-untyped-def]
    """Set the limits, as fractions of how far the starts are; limits: (3, minima, runs)."""
    for m in range(limits.shape[1]):
        for r in range(limits.shape[2]):
            threshold = target[1] * how_far(x, values, r, minima, minimum_values, m, target[0])
            limit = threshold
            if target[0] == TO_DISTANCE:
                is_quick = threshold > 0.0 and SMALLEST_QUICK <= threshold * threshold <= LARGEST_QUICK
                limit = largest_square(threshold) if is_quick else np.nan
            limits[THRESHOLD, m, r], limits[LIMIT, m, r], limits[AWAITED, m, r] = threshold, limit, limit


@compiled
def forget(alive, limits):  # type: ignore[no-untyped-def]
    """Let nothing more be noted of runs that have ended."""
    for r in range(alive.size):
        if not alive[r]:
            for m in range(limits.shape[1]):
                limits[LIMIT, m, r] = limits[AWAITED, m, r] = np.nan


@compiled
def find_odd(alive, limits, odd):  # type: ignore[no-untyped-def]
    """Mark where, of the runs that are looked at together, some have no limit but the threshold; odd: (minima, groups of runs)."""
    for m in range(limits.shape[1]):
        for r in range(limits.shape[2]):
            if alive[r] and np.isnan(limits[LIMIT, m, r]):
                odd[m, r // TOGETHER] = ODD


@inlined
def square_to(x, r, minima, m):  # type: ignore[no-untyped-def]
    """The squared distance of run r to minimum m."""
    square = 0.0
    for i in range(x.shape[0]):
        difference = x[i, r] - minima[i, m]
        square += difference * difference
    return square


@compiled
def note_change(k, r, m, inside, noted, counts):  # type: ignore[no-untyped-def]
    """Note that run r has come to the target, or has left it."""
    if inside:
        counts[ENTERED, m, r] = k
        if noted[FIRST, m, r] < 0.0:
            noted[FIRST, m, r] = k
    else:
        counts[EXITS, m, r] += 1.0
        counts[INSIDE, m, r] += k - counts[ENTERED, m, r]
        counts[ENTERED, m, r] = NOT_YET


@compiled
def note_one(k, r, x, values, alive, minima, minimum_values, m, target, limits, noted, counts):  # type: ignore[no-untyped-def]
    """Note whether run r is at the target, and count it where it is watched."""
    near = square_to(x, r, minima, m) if target[0] == TO_DISTANCE else values[r] - minimum_values[m]
    inside, outside = near <= limits[LIMIT, m, r], near > limits[LIMIT, m, r]
    if not (inside or outside) and alive[r]:
        inside = how_far(x, values, r, minima, minimum_values, m, target[0]) <= limits[THRESHOLD, m, r]
        outside = not inside
    if counts.shape[1]:
        if inside != (counts[ENTERED, m, r] >= 0.0) and (inside or outside):
            note_change(k, r, m, inside, noted, counts)
        return
    if inside and noted[FIRST, m, r] < 0.0:
        noted[FIRST, m, r], noted[LAST_OUTSIDE, m, r] = k, k - 1.0
    if outside:
        noted[LAST_OUTSIDE, m, r] = k


@inlined
def note_end_of_one(k, r, x, values, minima, minimum_values, m, span, noted, counts):  # type: ignore[no-untyped-def]
    """Note how far run r is, in the last two tenths of its points."""
    far = apart(x, r, minima, m) if counts.shape[1] else square_to(x, r, minima, m)
    row = FARTHEST if k >= span[0] else FARTHEST_BEFORE
    noted[row, m, r] = max(noted[row, m, r], far)
    if k >= span[0]:
        noted[GAPS, m, r] += values[r] - minimum_values[m]


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
def gaps_of(values, least, nearness):  # type: ignore[no-untyped-def]
    """How far values are above the least."""
    for j in range(values.size):
        nearness[j] = values[j] - least


@compiled_loop
def any_within(nearness, limits):  # type: ignore[no-untyped-def]
    """Whether any is within its limit; a limit of nan has nothing within."""
    found = False
    for j in range(nearness.size):
        found |= nearness[j] <= limits[j]
    return found


@compiled_loop
def any_within_in_plane(across, up, x, y, limits):  # type: ignore[no-untyped-def]
    """The same of two parameters, (across, up), towards the minimum (x, y): the squares need no place of their own."""
    found = False
    for j in range(across.size):
        right, above = across[j] - x, up[j] - y
        found |= right * right + above * above <= limits[j]
    return found


@compiled_loop
def note_away(k, nearness, limits, awaited, last_outside):  # type: ignore[no-untyped-def]
    """Note the runs that are away from the target; whether others may have arrived. A limit of nan has nothing on either side."""
    found = False
    for j in range(nearness.size):
        last_outside[j] = k if nearness[j] > limits[j] else last_outside[j]
        found |= nearness[j] <= awaited[j]
    return found


@compiled_loop
def note_away_in_plane(k, across, up, x, y, limits, awaited, last_outside):  # type: ignore[no-untyped-def]
    """The same of two parameters."""
    found = False
    for j in range(across.size):
        right, above = across[j] - x, up[j] - y
        near = right * right + above * above
        last_outside[j] = k if near > limits[j] else last_outside[j]
        found |= near <= awaited[j]
    return found


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


@inlined
def note_many(  # type: ignore[no-untyped-def]
    k, first, last, x, values, minima, minimum_values, m, kind, limits, noted, nearness, has_arrivals
):  # fmt: skip
    """Note which of the runs first .. last - 1 are away from the target, once one of them has been there; whether others arrive."""
    limit, awaited, last_outside = limits[LIMIT, m][first:last], limits[AWAITED, m][first:last], noted[LAST_OUTSIDE, m][first:last]
    if kind == TO_DISTANCE and x.shape[0] == 2:
        if not has_arrivals:
            return any_within_in_plane(x[0][first:last], x[1][first:last], minima[0, m], minima[1, m], limit)
        return note_away_in_plane(k, x[0][first:last], x[1][first:last], minima[0, m], minima[1, m], limit, awaited, last_outside)
    if kind == TO_DISTANCE:
        squares_to(x, first, last, minima, m, nearness)
    else:
        gaps_of(values[first:last], minimum_values[m], nearness)
    if not has_arrivals:
        return any_within(nearness, limit)
    return note_away(k, nearness, limit, awaited, last_outside)


@inlined
def note_end_of_many(k, first, last, x, values, minima, minimum_values, m, span, noted, nearness):  # type: ignore[no-untyped-def]
    """Note how far the runs first .. last - 1 are, in the last two tenths of their points."""
    squares_to(x, first, last, minima, m, nearness)
    raise_to(nearness, noted[FARTHEST if k >= span[0] else FARTHEST_BEFORE, m][first:last])
    if k >= span[0]:
        add_gaps(values[first:last], minimum_values[m], noted[GAPS, m][first:last])


@inlined
def add_up(k, x, values, gradients, step, span, ways, corner):  # type: ignore[no-untyped-def]
    """Add up what does not depend on the minimum; `corner` becomes the first point of the last tenth."""
    if k == 0:
        for r in range(values.size):
            ways[START_VALUE, r] = values[r]
    if k >= span[0]:
        for r in range(values.size):
            ways[VALUES, r] += values[r]
    if ways.shape[0] > STEEPEST:
        for r in range(values.size):
            square = 0.0
            for i in range(gradients.shape[0]):
                square += gradients[i, r] * gradients[i, r]
            if square > ways[STEEPEST, r]:
                ways[STEEPEST, r] = square
        if k > span[0]:
            for r in range(values.size):
                ways[PATH, r] += norm(step, r)
        if k == span[0]:
            for i in range(x.shape[0]):
                for r in range(values.size):
                    corner[i, r] = x[i, r]


@compiled
def begin(x, values, alive, minima, minimum_values, target, limits, odd):  # type: ignore[no-untyped-def]
    """Set the limits at the starts, for the runs that have one."""
    set_limits(x, values, minima, minimum_values, target, limits)
    find_odd(alive, limits, odd)
    forget(alive, limits)


@compiled_into
def look_closely(step_number, x, values, gradients, step, alive, minima, minimum_values, target, stays):  # type: ignore[no-untyped-def]
    """Note how every run stands to every minimum after a step, run by run: of runs that are watched, and of few."""
    span, limits, _, noted, counts, ways, corner, odd = stays
    if step_number == 0:
        begin(x, values, alive, minima, minimum_values, target, limits, odd)
    by_distance = target[0] == TO_DISTANCE
    for m in range(noted.shape[1]):
        for r in range(x.shape[1]):
            near = square_to(x, r, minima, m) if by_distance else values[r] - minimum_values[m]
            limit = limits[LIMIT, m, r]
            if counts.shape[1] and (near <= limit if counts[ENTERED, m, r] >= 0.0 else near > limit):
                continue  # it stays where it was, inside or outside
            note_one(float(step_number), r, x, values, alive, minima, minimum_values, m, target, limits, noted, counts)
    if step_number >= span[1]:
        for m in range(noted.shape[1]):
            for r in range(x.shape[1]):
                note_end_of_one(step_number, r, x, values, minima, minimum_values, m, span, noted, counts)
    add_up(step_number, x, values, gradients, step, span, ways, corner)


@compiled_loop
def look_widely(  # type: ignore[no-untyped-def]
    step_number, x, values, gradients, step, alive, minima, minimum_values, target, stays
):  # fmt: skip
    """The same of many runs at once. Those without a limit are looked at one by one: the few that start at a minimum, or very far."""
    span, limits, nearness, noted, counts, ways, corner, odd = stays
    k, runs = float(step_number), x.shape[1]
    if step_number == 0:
        begin(x, values, alive, minima, minimum_values, target, limits, odd)
    for m in range(noted.shape[1]):
        for first in range(0, runs, TOGETHER):
            last = min(first + TOGETHER, runs)
            room, group = nearness[: last - first], first // TOGETHER
            has_arrivals = odd[m, group] >= ARRIVED
            found = note_many(k, first, last, x, values, minima, minimum_values, m, target[0], limits, noted, room, has_arrivals)
            if found:
                odd[m, group] |= ARRIVED
            if found or odd[m, group] & ODD:
                for r in range(first, last):
                    if limits[AWAITED, m, r] == limits[AWAITED, m, r] or np.isnan(limits[LIMIT, m, r]):
                        note_one(k, r, x, values, alive, minima, minimum_values, m, target, limits, noted, counts)
                        if noted[FIRST, m, r] >= 0.0:
                            limits[AWAITED, m, r] = np.nan
            if step_number >= span[1]:
                note_end_of_many(step_number, first, last, x, values, minima, minimum_values, m, span, noted, room)
    add_up(step_number, x, values, gradients, step, span, ways, corner)


@inlined
def looks_closely(stays):  # type: ignore[no-untyped-def]
    """Whether the runs are looked at one by one."""
    return stays.counts.shape[1] > 0 or stays.ways.shape[1] < MANY


@cache
def _looks() -> tuple[Any, Any]:
    signature = nothing(integer, matrix, vector, matrix, matrix, integers, matrix, vector, vector, type_of(Staying))
    return entry_point(look_widely, signature), entry_point(look_closely, signature)


@cache
def _forget() -> Any:
    return entry_point(forget, nothing(integers, cube))


@dataclass(frozen=True)
class Lookout:
    """What looking at runs needs, and what it notes: `noted` and `counts` (rows, minima, runs), `ways` (rows, runs), and `corner`
    (dimension, runs), the first point of the last tenth; of no rows where nobody looks. `counts`, `corner` and the rows of `ways` from
    `PATH` on are of watched runs alone. `span` are the numbers of the first point of the last tenth, and of the tenth before."""

    span: NDArray[np.int64]
    limits: Array
    nearness: Array
    noted: Array
    counts: Array
    ways: Array
    corner: Array
    odd: NDArray[np.int64]

    @classmethod
    def over(cls, minima: int, dimension: int, runs: int, steps: int, looks: bool = True, watched: bool = False) -> Lookout:
        """Nobody has arrived yet; `minima` are those that are known."""
        watched = watched and looks
        noted = np.zeros((GAPS + 1 if looks else 0, minima, runs))
        noted[: LAST_OUTSIDE + 1] = NOT_YET
        counts = np.zeros((ENTERED + 1, minima if watched else 0, runs))
        counts[ENTERED] = NOT_YET
        return cls(
            span=np.array([steps - tenth(steps) + 1, steps - 2 * tenth(steps) + 1]),
            limits=np.empty((AWAITED + 1, minima, runs)),
            nearness=np.empty(min(TOGETHER, runs)),
            noted=noted,
            counts=counts,
            ways=np.zeros((STEEPEST + 1 if watched else PATH if looks else 0, runs)),
            corner=np.empty((dimension if watched else 0, runs)),
            odd=np.zeros((minima, -(-runs // TOGETHER)), np.int64),
        )

    @property
    def framed(self) -> Staying:
        """As the loop takes it."""
        return Staying(self.span, self.limits, self.nearness, self.noted, self.counts, self.ways, self.corner, self.odd)

    def take(self, runs: NDArray[np.intp], others: Lookout) -> None:
        """Take what was noted of some runs that were looked at apart from the others."""
        for ours, its in ((self.noted, others.noted), (self.counts, others.counts), (self.ways, others.ways), (self.corner, others.corner)):
            ours[..., runs] = its

    def look(self, k: int, x: Array, values: Array, gradients: Array, step: Array, alive: NDArray[np.int64], *target: Array) -> None:
        """Look, called from Python; target: the minima, the values there, and the target as the loop has them."""
        if len(self.ways):
            closely = self.counts.shape[1] > 0 or self.ways.shape[1] < MANY
            _looks()[closely](k, x, values, gradients, step, alive, *target, self.framed)

    def forget(self, alive: NDArray[np.int64]) -> None:
        """`forget`, called from Python."""
        _forget()(alive, self.limits)
