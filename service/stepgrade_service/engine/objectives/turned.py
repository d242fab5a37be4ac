"""A turned objective: an objective like any other, whose parameters begin with the cosine and the sine of its angle."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel, made
from ..compiled.rotation import Turn, turn_planes, turn_planes_back
from .declaration import objective_kernel

SOURCE = """
def {name}(x, parameters, values, gradients):
    straight = x.copy()
    turn_planes_back(straight, parameters[0], parameters[1])
    objective(straight, parameters[2:], values, gradients)
    turn_planes(gradients, parameters[0], parameters[1])
"""

#: Each turned objective as it is when it is not turned.
STRAIGHT: dict[Kernel, Kernel] = {}


@cache
def turned(objective: Kernel) -> Kernel:
    """The objective seen from axes that are turned; compiled when it is first needed."""
    plain = objective.function
    name = f"{plain.__name__}_turned"
    module = plain.__module__
    parts = {"objective": plain, "turn_planes": turn_planes, "turn_planes_back": turn_planes_back}
    kernel = objective_kernel(made(name, SOURCE.format(name=name), module, allocates=True, **parts))
    STRAIGHT[kernel] = objective
    return kernel


def straight(objective: Kernel) -> Kernel:
    """The objective as it is when it is not turned."""
    return STRAIGHT.get(objective, objective)


def turned_parameters(parameters: NDArray[np.float64], turn: Turn) -> NDArray[np.float64]:
    """The parameters of the turned objective."""
    return np.concatenate([turn.cosine_and_sine, parameters])


def turned_clock(clock: int) -> int:
    """Where the turned objective's parameters have the clock that stood there; -1 where there is none."""
    return clock if clock < 0 else clock + 2
