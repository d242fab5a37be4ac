"""The minima in a picture: a lower one is marked as such, where their values differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ..engine.comparing.verdict import SAME_VALUE
from ..engine.objectives.expression.minima import CANDIDATE
from ..engine.objectives.resolve import Problem
from .legend import Entry, star
from .view import View

Array = NDArray[np.float64]

#: The star of a minimum that is not the lowest is smaller by this factor, and only an outline.
SMALLER = 0.62

#: The sizes of the two stars in a legend.
IN_LEGEND, SMALLER_IN_LEGEND = 13.0, 9.5

#: The least and the largest size of a star in points, and its size in units of the radius of a circle that it must not hide.
LEAST, LARGEST, OF_RADIUS = 10.0, 26.0, 1.6


def lowest_of(problem: Problem) -> NDArray[np.bool_]:
    """Which of the minima have the lowest value, (minima,); a difference as small as rounding is none."""
    values = problem.minimum_values
    return np.asarray(values <= values.min() + SAME_VALUE * max(1.0, float(np.abs(values).max())))


def are_candidates(problem: Problem) -> bool:
    """Whether the minima are those of an expression that were found by a search."""
    known = problem.expression.get("minima", ()) if problem.expression is not None else ()
    return any(minimum["kind"] == CANDIDATE for minimum in known)


def star_sizes(problem: Problem, radii: Mapping[tuple[float, ...], float]) -> Array:
    """How large the star of each minimum is, in points: it leaves to be seen the smallest circle around it, whose radius in points
    `radii` has by the minimum."""
    around = np.array([radii.get(tuple(minimum), inf) for minimum in problem.minima.tolist()])
    return np.clip(OF_RADIUS * around, LEAST, np.where(lowest_of(problem), LARGEST, SMALLER * LARGEST))


def draw_minima(axes: Axes, problem: Problem, color: str, outline: str, sizes: Array) -> None:
    """A star at each minimum: filled below the paths, its outline above them. One that is not the lowest has only an outline."""
    if not problem.facts.minima:
        return
    for (x, y), is_lowest, size in zip(problem.minima.tolist(), lowest_of(problem), sizes.tolist(), strict=True):
        for filling, layer in ((color, 4), ("none", 8)) if is_lowest else (("none", 8),):
            axes.plot(
                x, y, linestyle="", marker="*", markersize=size, markerfacecolor=filling, markeredgecolor=outline,
                markeredgewidth=1.4, zorder=layer,
            )  # fmt: skip


def minimum_entries(problem: Problem, views: Sequence[View], color: str, outline: str) -> list[Entry]:
    """What the stars in view are, in the legend."""
    if not problem.facts.minima:
        return []
    lowest, entries, word = lowest_of(problem), list[Entry](), "candidate minimum" if are_candidates(problem) else "minimum"
    seen = np.array([view.holds(problem.minima) for view in views]).any(axis=0)
    if (seen & lowest).any():
        entries.append(Entry(star(color, outline, IN_LEGEND), word if lowest.all() else f"lowest {word}"))
    if (seen & ~lowest).any():
        entries.append(Entry(star("none", outline, SMALLER_IN_LEGEND), f"other {word}"))
    return entries
