"""A grafted step: the length of one step and the direction of another."""

from __future__ import annotations

from ..compiled.arithmetic import norms
from ..compiled.jit import compiled

#: What keeps the direction of a step of length 0 from being 0/0; the paper's own.
EPS = 1e-16


@compiled
def graft(magnitude, direction, lengths, direction_lengths, step):  # type: ignore[no-untyped-def]
    """step = |magnitude| direction / (|direction| + eps), run by run: all (dimension, runs), the lengths (runs,)."""
    norms(magnitude, lengths)
    norms(direction, direction_lengths)
    for i in range(step.shape[0]):
        for r in range(step.shape[1]):
            step[i, r] = lengths[r] * (direction[i, r] / (direction_lengths[r] + EPS))
