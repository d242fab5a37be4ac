"""A grafted step: the length of one step and the direction of another.

It is exactly as long as the first, for the comparison asks what a direction does at equal lengths. The paper's code divides by
|direction| + 1e-16 instead: where the direction's own step is about so short, its graft is too short as well.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from ..compiled.arithmetic import LARGEST_SAFE_SQUARE, SMALLEST_SAFE_SQUARE, finite, norms
from ..compiled.jit import compiled

#: Between these lengths a step is divided by its length as it is; a direction of length 0 is not between them.
SHORTEST, LONGEST = sqrt(SMALLEST_SAFE_SQUARE), sqrt(LARGEST_SAFE_SQUARE)


@compiled
def graft(magnitude, direction, lengths, direction_lengths, step):  # type: ignore[no-untyped-def]
    """step = |magnitude| direction / |direction|, and 0 where there is no direction: all (dimension, runs), the lengths (runs,)."""
    norms(magnitude, lengths)
    norms(direction, direction_lengths)
    for i in range(step.shape[0]):
        for r in range(step.shape[1]):
            step[i, r] = lengths[r] * (direction[i, r] / direction_lengths[r])
    for r in range(step.shape[1]):
        if not (SHORTEST <= lengths[r] <= LONGEST and SHORTEST <= direction_lengths[r] <= LONGEST):
            graft_carefully(magnitude, direction, r, step)


@compiled
def graft_carefully(magnitude, direction, r, step):  # type: ignore[no-untyped-def]
    """The same for run r, where a length is 0 or has lost digits, or is too large for a number: both scaled by their largest entries."""
    longest, scale = largest(magnitude, r), largest(direction, r)
    if not (longest > 0.0 and scale > 0.0):
        for i in range(step.shape[0]):
            step[i, r] = longest * scale
        return
    square = direction_square = 0.0
    for i in range(step.shape[0]):
        square += (magnitude[i, r] / longest) ** 2
        direction_square += (direction[i, r] / scale) ** 2
    for i in range(step.shape[0]):
        step[i, r] = longest * (sqrt(square) * (direction[i, r] / scale / sqrt(direction_square)))


@compiled
def largest(vectors, r):  # type: ignore[no-untyped-def]
    """The largest absolute entry of column r; nan where one is not finite."""
    found = 0.0
    for i in range(vectors.shape[0]):
        if not finite(vectors[i, r]):
            return np.nan
        found = max(found, abs(vectors[i, r]))
    return found
