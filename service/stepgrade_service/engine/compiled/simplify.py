"""Lines with fewer points: those that a tolerance needs."""

from __future__ import annotations

from math import ceil, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from .jit import compiled

#: With more, rounding would say nothing that a float64 does not say.
MOST_DECIMALS = 15


@compiled
def furthest(line, first, last):  # type: ignore[no-untyped-def]
    """The point between two others of a line that is furthest from the segment between them, and the square of how far."""
    x, y = line[first, 0], line[first, 1]
    dx, dy = line[last, 0] - x, line[last, 1] - y
    length, most, found = dx * dx + dy * dy, -1.0, first
    for i in range(first + 1, last):
        px, py = line[i, 0] - x, line[i, 1] - y
        share = 0.0 if length == 0.0 else min(1.0, max(0.0, (px * dx + py * dy) / length))
        off_x, off_y = px - share * dx, py - share * dy
        off = off_x * off_x + off_y * off_y
        if off > most:
            most, found = off, i
    return found, most


@compiled
def mark_needed(line, tolerance, needed, waiting):  # type: ignore[no-untyped-def]
    """Mark the points of a line (points, 2) that are needed for no point to be further from the rest than a tolerance.

    Douglas & Peucker 1973, without recursion: `waiting` (points, 2) holds the pieces that are still to be looked at.
    """
    needed[:] = False
    needed[0], needed[-1] = True, True
    waiting[0, 0], waiting[0, 1], count = 0, line.shape[0] - 1, 1
    while count:
        count -= 1
        first, last = waiting[count, 0], waiting[count, 1]
        found, most = furthest(line, first, last)
        if last > first + 1 and most > tolerance * tolerance:
            needed[found] = True
            waiting[count, 0], waiting[count, 1] = first, found
            waiting[count + 1, 0], waiting[count + 1, 1] = found, last
            count += 2


def simplified(line: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """A line (points, 2) with fewer points and fewer digits, none of whose old points is further from it than the tolerance.

    Three quarters of the tolerance are for the points that are left out, the rest for the digits. The ends stay, and a closed line stays
    closed.
    """
    needed, waiting = np.empty(len(line), dtype=np.bool_), np.empty((len(line) + 1, 2), dtype=np.int64)
    mark_needed(np.ascontiguousarray(line), 0.75 * tolerance, needed, waiting)
    # Half a unit of the last decimal in each of two directions.
    off = 0.25 * tolerance * sqrt(2.0)
    return np.round(line[needed], ceil(-log10(off))) if off > 10.0**-MOST_DECIMALS else line[needed]
