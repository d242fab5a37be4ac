"""Where the cells of a map lie in its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ..engine.objectives.resolve import Problem
from .view import View

Array = NDArray[np.float64]

#: Axes of which one is so many times as long as the other have scales of their own, and the picture says so.
THINNEST = 20.0

#: The size of the one cell of a map in the plane, in shares of the usual window.
LONE_CELL = 0.1

#: Half the width of the one cell on a logarithmic axis, in decades.
LONE_RATE = 0.5

#: Of more decades of learning rates not each is labelled.
MOST_DECADES = 6.0


class Axis(Protocol):
    """An axis of a map, as the engine has it: rising values, or one."""

    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Array: ...
    @property
    def logarithmic(self) -> bool: ...


@dataclass(frozen=True)
class Side:
    """One side of a grid as drawn: cells of one size from `low` to `high`; exponents of 10 on a logarithmic axis."""

    axis: Axis
    low: float
    high: float

    @property
    def count(self) -> int:
        return len(self.axis.values)

    def cells_at(self, places: Array) -> NDArray[np.intp]:
        """Which cells are at these places; one that is not there is cut to the nearest."""
        cells = np.floor((places - self.low) / (self.high - self.low) * self.count).astype(np.intp)
        return np.clip(cells, 0, self.count - 1)


@dataclass(frozen=True)
class CellGrid:
    """The cells, across and up, and the part of the plane that is drawn."""

    across: Side
    up: Side
    view: View
    in_plane: bool

    @property
    def extent(self) -> tuple[float, float, float, float]:
        return self.across.low, self.across.high, self.up.low, self.up.high

    def cell_at(self, across: Array, up: Array) -> tuple[Any, Any, NDArray[np.bool_]]:
        """Row and column of the cell at points given in shares of the view, and whether there is one."""
        points = self.view.low + self.view.size * np.stack([across, up], axis=-1)
        low, high = np.array([self.across.low, self.up.low]), np.array([self.across.high, self.up.high])
        inside = np.asarray(((points >= low) & (points <= high)).all(axis=-1))
        return self.up.cells_at(points[:, 1]), self.across.cells_at(points[:, 0]), inside


def grid_of(axes: Sequence[Axis], problem: Problem, least_height: float, most_height: float) -> CellGrid:
    """Lay out the cells of two axes; in the plane both have one scale, and the height is within these multiples of the width."""
    first, second = axes
    in_plane = not (first.logarithmic or second.logarithmic) and not _is_thin(first, second)
    window = np.array(problem.facts.window, dtype=np.float64)
    lone = LONE_CELL * float((window[:, 1] - window[:, 0]).max()) / 2.0
    halves = [_half_a_cell(axis) for axis in axes]
    if in_plane:  # of one row or column the cells are as high as they are wide
        halves = [half or other or lone for half, other in zip(halves, reversed(halves), strict=True)]
    across, up = (_side(axis, half or (LONE_RATE if axis.logarithmic else lone)) for axis, half in zip(axes, halves, strict=True))
    view = View(np.array([across.low, up.low]), np.array([across.high, up.high]))
    if in_plane:
        width, height = view.size
        view = view.at_least(np.array([height / most_height, width * least_height]))
    return CellGrid(across, up, view, in_plane)


def _is_thin(first: Axis, second: Axis) -> bool:
    """Whether one axis is so much longer than the other that with one scale nothing could be seen."""
    spans = [float(np.ptp(axis.values)) for axis in (first, second)]
    return min(spans) > 0 and max(spans) > THINNEST * min(spans)


def positions(axis: Axis) -> Array:
    """Where the values of an axis are drawn."""
    return np.log10(axis.values) if axis.logarithmic else axis.values


def _half_a_cell(axis: Axis) -> float | None:
    """Half the distance of two values; None where there is but one."""
    places = positions(axis)
    return float(places[-1] - places[0]) / (len(places) - 1) / 2.0 if len(places) > 1 else None


def _side(axis: Axis, half: float) -> Side:
    places = positions(axis)
    return Side(axis, float(places[0]) - half, float(places[-1]) + half)


def tick_logarithmically(axes: Axes, low: float, high: float) -> None:
    """Write learning rates at a horizontal axis of exponents: 1, 2 and 5 over few decades, powers of 10 over many."""
    digits, stride = (1, 2, 5) if high - low < 2.5 else (1,), ceil((high - low) / MOST_DECADES)
    numbers = [digit * 10.0**exponent for exponent in range(floor(low), ceil(high) + 1) if exponent % stride == 0 for digit in digits]
    shown = [number for number in numbers if low <= log10(number) <= high]
    minor = [digit * 10.0**exponent for exponent in range(floor(low), ceil(high) + 1) for digit in range(1, 10)]
    axes.set_xticks([log10(number) for number in shown], [f"{number:g}" for number in shown])
    axes.set_xticks([log10(number) for number in minor if low <= log10(number) <= high], minor=True)
