"""The problem that every loop is given: Adam on Rosenbrock's valley, from one start and from a grid of them. Plain NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

START = (-1.5, 2.0)
STEPS = 1000

GRID_SIDE = 101
GRID_STEPS = 300

LR, BETA1, BETA2, EPS = 0.01, 0.9, 0.999, 1e-8
RHO = 0.9

MINIMUM = (1.0, 1.0)

#: A run is at its target when it is within this share of its start's distance from the minimum.
FRACTION = 0.05


def grid() -> NDArray[np.float64]:
    """The grid of starts over the window [-2, 2] x [-1, 3], (2, 10201)."""
    axes = np.meshgrid(np.linspace(-2.0, 2.0, GRID_SIDE), np.linspace(-1.0, 3.0, GRID_SIDE))
    return np.ascontiguousarray(np.stack(axes).reshape(2, -1))
