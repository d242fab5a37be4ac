"""The objective of a replay: none, its gradients are given, and perhaps its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import compiled
from .declaration import objective_kernel

Array = NDArray[np.float64]

#: What stands where in the parameters of a replay with values: the steps taken by now and at the start, then the values.
CLOCK, START, VALUES = range(3)


@compiled
def only_given(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """The objective of a replay: nothing. -0.0 is the number that changes no other when it is added."""
    values[:] = 0.0
    gradients[:] = -0.0


@compiled
def with_values(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """The same where the value of every step is given; of the last point there is none."""
    place = VALUES + int(parameters[CLOCK] - parameters[START])
    value = parameters[place] if place < parameters.size else 0.0
    for r in range(values.size):
        values[r] = value
    gradients[:] = -0.0


REPLAY, REPLAY_WITH_VALUES = objective_kernel(only_given), objective_kernel(with_values)

#: What is no objective.
REPLAYS = (REPLAY, REPLAY_WITH_VALUES)


def value_parameters(t: int, values: Array) -> Array:
    """The parameters of a replay that starts after t steps with these values, (steps,)."""
    return np.concatenate([np.array([t, t], dtype=np.float64), values])
