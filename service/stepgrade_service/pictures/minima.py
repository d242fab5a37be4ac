"""The minima in a picture: a lower one is marked as such, where their values differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ..engine.comparing.verdict import SAME_VALUE
from ..engine.objectives.resolve import Problem
from .legend import Entry, star
from .view import View

Array = NDArray[np.float64]

#: The star of a minimum that is not the lowest is smaller by this factor, on a map too, and only an outline.
SMALLER = 0.62

#: The sizes of the two stars in a legend.
IN_LEGEND, SMALLER_IN_LEGEND = 13.0, 9.5

#: The least and the largest size of a star in points, and that size in units of the radius of a circle that it must not hide.
LEAST, LARGEST, OF_RADIUS = 10.0, 26.0, 1.6


def lowest_of(problem: Problem) -> NDArray[np.bool_]:
    """Which of the minima have the lowest value, (minima,); a difference as small as rounding is none."""
    values = problem.minimum_values
    return np.asarray(values <= values.min() + SAME_VALUE * max(1.0, float(np.abs(values).max())))


def star_size(radius: float) -> float:
    """How large a star may be that leaves a circle of a radius in points to be seen."""
    return min(max(OF_RADIUS * radius, LEAST), LARGEST)


def draw_minima(axes: Axes, problem: Problem, color: str, outline: str, size: float) -> None:
    """A star at each minimum: filled below the paths, its outline above them. One that is not the lowest has only a smaller outline."""
    if not problem.facts.minima:
        return
    lowest = lowest_of(problem)
    for filling, layer in ((color, 4), ("none", 8)):
        _draw_stars(axes, problem.minima[lowest], filling, outline, size, layer)
    _draw_stars(axes, problem.minima[~lowest], "none", outline, SMALLER * size, 8)


def _draw_stars(axes: Axes, places: Array, filling: str, outline: str, size: float, layer: int) -> None:
    if len(places):
        axes.plot(
            *places.T, linestyle="", marker="*", markersize=size, markerfacecolor=filling, markeredgecolor=outline,
            markeredgewidth=1.4, zorder=layer,
        )  # fmt: skip


def minimum_entries(problem: Problem, views: Sequence[View], color: str, outline: str) -> list[Entry]:
    """What the stars in view are, in the legend."""
    if not problem.facts.minima:
        return []
    lowest, entries = lowest_of(problem), list[Entry]()
    seen = np.array([view.holds(problem.minima) for view in views]).any(axis=0)
    if (seen & lowest).any():
        entries.append(Entry(star(color, outline, IN_LEGEND), "minimum" if lowest.all() else "lowest minimum"))
    if (seen & ~lowest).any():
        entries.append(Entry(star("none", outline, SMALLER_IN_LEGEND), "other minimum"))
    return entries
