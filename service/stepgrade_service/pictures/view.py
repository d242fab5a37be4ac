"""Which part of the plane a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine.contours import Window
from ..engine.objectives.resolve import Problem
from ..engine.running.trajectory import Trajectory, nearest_minimum
from .bounds import cut, least_size
from .runs import is_lost

Array = NDArray[np.float64]

#: A path is followed beyond the usual window and the starts by this many times their size.
REACH = 1.0

#: A view is never smaller than this share of the usual window, however little a path moves.
LEAST = 0.1

#: A view is never narrower than this share of its height: what is said of its runs stands above it.
NARROWEST = 0.85

MARGIN = 0.09


@dataclass(frozen=True)
class View:
    """A rectangle of the plane: corners (2,) each."""

    low: Array
    high: Array

    @property
    def size(self) -> Array:
        return self.high - self.low

    @property
    def window(self) -> Window:
        """As the contours take it."""
        (left, bottom), (right, top) = self.low.tolist(), self.high.tolist()
        return (left, right), (bottom, top)

    def holds(self, points: Array) -> NDArray[np.bool_]:
        """Which of the points (..., 2) are within."""
        return np.asarray(((points >= self.low) & (points <= self.high)).all(axis=-1))

    def reaches(self, center: tuple[float, float], radius: float) -> bool:
        """Whether a circle around a point within can be seen: it does not go around the whole view."""
        corners = np.array([self.low, self.high])
        return bool(radius <= np.hypot(*np.abs(corners - center).max(axis=0)))

    def at_least(self, size: Array) -> View:
        """Enlarged around its centre to at least that size."""
        grow = np.maximum(size - self.size, 0.0) / 2.0
        return View(self.low - grow, self.high + grow)


def views_of(problem: Problem, groups: Sequence[Sequence[Trajectory]], least_height: float, most_height: float) -> list[View]:
    """A view for each group of paths, all with one vertical range, whose height is within these multiples of the widths together.

    Each shows the starts of its group, the paths of the runs that neither diverged nor are growing, and the minima that they are
    nearest to in the end. Without such a run it shows the usual window.
    """
    views = [_view_of(problem, group) for group in groups]
    bottom, top = min(view.low[1] for view in views), max(view.high[1] for view in views)
    views = [View(np.array([view.low[0], bottom]), np.array([view.high[0], top])) for view in views]
    height = top - bottom
    views = [view.at_least(np.array([NARROWEST * height, height])) for view in views]
    width = sum(view.size[0] for view in views)
    wider, higher = max(height / most_height / width, 1.0), max(width * least_height, height)
    return [view.at_least(np.array([wider * view.size[0], higher])) for view in views]


def together(views: Sequence[View]) -> View:
    """The smallest view that holds all of them."""
    return _around([corner for view in views for corner in (view.low, view.high)])


def _view_of(problem: Problem, runs: Sequence[Trajectory]) -> View:
    window = _around(np.array(problem.facts.window, dtype=np.float64).T)
    usual = _around([window.low, window.high, *(run.plan.start for run in runs)])
    racing = [run for run in runs if not is_lost(run)]
    seen = [np.array([run.plan.start for run in runs]), *(_followed(run, usual) for run in racing)]
    if not racing:
        seen.append(np.array([window.low, window.high]))
    if problem.facts.minima:
        seen.append(np.array([problem.minima[nearest_minimum(problem, run.end)] for run in racing or runs]))
    view = _around(np.concatenate(seen))
    resolvable = max(least_size(*ends) for ends in zip(view.low.tolist(), view.high.tolist(), strict=True))
    view = view.at_least(np.maximum(LEAST * window.size, resolvable))
    margin = MARGIN * view.size.max()
    return View(view.low - margin, view.high + margin)


def _followed(run: Trajectory, usual: View) -> Array:
    """The points of a path that are not too far from where one looks."""
    assert run.points is not None
    reach = REACH * usual.size
    return run.points[View(usual.low - reach, usual.high + reach).holds(run.points)]


def _around(points: Sequence[Array] | Array) -> View:
    """The smallest view that holds all the points, as far as they can be drawn."""
    return View(cut(np.min(points, axis=0)), cut(np.max(points, axis=0)))
