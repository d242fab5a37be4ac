"""Where the cells of a map lie in its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engine.objectives.resolve import Problem
from .bounds import is_resolved
from .logarithm import stride_of, ticks_within
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

#: Over more decades there are no ticks between the powers of 10.
MOST_WITH_DIGITS = 40.0


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
    """One side of a grid as drawn: cells of one size from `low` to `high`; exponents of 10 on a logarithmic axis.

    `places` are those of the values: numbers from 0 on where they cannot stand `to_scale`.
    """

    axis: Axis
    low: float
    high: float
    places: Array
    to_scale: bool = True

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
    window = np.array(problem.facts.window, dtype=np.float64)
    lone = LONE_CELL * float((window[:, 1] - window[:, 0]).max()) / 2.0
    halves = [_half_a_cell(axis) for axis in axes]
    first, second = axes
    in_plane = not (first.logarithmic or second.logarithmic) and not _is_thin(first, second)
    if in_plane:  # of one row or column the cells are as high as they are wide
        square = [other or lone if half is None else half for half, other in zip(halves, reversed(halves), strict=True)]
        across, up = (side_of(axis, half) for axis, half in zip(axes, square, strict=True))
        in_plane = across.to_scale and up.to_scale
    if not in_plane:
        free = [(LONE_RATE if axis.logarithmic else lone) if half is None else half for axis, half in zip(axes, halves, strict=True)]
        across, up = (side_of(axis, half) for axis, half in zip(axes, free, strict=True))
    view = View(np.array([across.low, up.low]), np.array([across.high, up.high]))
    if in_plane:
        width, height = view.size
        view = view.at_least(np.array([height / most_height, width * least_height]))
    return CellGrid(across, up, view, in_plane)


def _is_thin(first: Axis, second: Axis) -> bool:
    """Whether one axis is so much longer than the other that with one scale nothing could be seen."""
    spans = [float(np.ptp(axis.values)) for axis in (first, second)]
    return min(spans) > 0 and max(spans) > THINNEST * min(spans)


def side_of(axis: Axis, half: float) -> Side:
    """Where the values of an axis are drawn, with so much room beyond the outer ones."""
    places = np.log10(axis.values) if axis.logarithmic else axis.values
    side = Side(axis, float(places[0]) - half, float(places[-1]) + half, places)
    if is_resolved(side.low, side.high):
        return side
    return Side(axis, -0.5, len(places) - 0.5, np.arange(len(places), dtype=np.float64), to_scale=False)


def _half_a_cell(axis: Axis) -> float | None:
    """Half the distance of two values; None where there is but one."""
    places = np.log10(axis.values) if axis.logarithmic else axis.values
    return float(places[-1] - places[0]) / (len(places) - 1) / 2.0 if len(places) > 1 else None


def about_scale(sides: Sequence[Side], names: Sequence[str]) -> list[str]:
    """Said of the sides whose values float64 cannot put on an axis: they are as good as one."""
    return [_not_to_scale(side, name) for side, name in zip(sides, names, strict=True) if not side.to_scale]


def _not_to_scale(side: Side, name: str) -> str:
    first, last = (float(side.axis.values[end]) for end in (0, -1))
    if side.count == 1:
        return f"all points have {name}={first!r}"
    return f"the points of {name} from {first!r} to {last!r} are too close for a true scale, so they are drawn at equal distances"


def tick(axis: Any, side: Side) -> None:
    """Write the values at an axis of a picture, where matplotlib does not know how."""
    if not side.to_scale:
        ends = sorted({0, side.count - 1})
        upright = {"rotation": 90.0, "va": "center"} if axis.axis_name == "y" else {}  # so many digits have no room beside a panel
        axis.set_ticks([float(end) for end in ends], [f"{side.axis.values[end]:.6g}" for end in ends], **upright)
    elif side.axis.logarithmic:
        _tick_logarithmically(axis, side)


def _tick_logarithmically(axis: Any, side: Side) -> None:
    """Write learning rates at an axis of exponents: 1, 2 and 5 over few decades, powers of 10 over many, else where it ends."""
    decades = side.high - side.low
    places, texts = ticks_within(side.low, side.high, (1, 2, 5) if decades < 2.5 else (1,), stride_of(decades / MOST_DECADES))
    if not places:
        ends = sorted({0, side.count - 1})
        places, texts = [float(side.places[end]) for end in ends], [f"{side.axis.values[end]:.6g}" for end in ends]
    axis.set_ticks(places, texts)
    if decades <= MOST_WITH_DIGITS:
        axis.set_ticks(ticks_within(side.low, side.high, range(1, 10))[0], minor=True)
