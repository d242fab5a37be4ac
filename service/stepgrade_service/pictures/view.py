"""Which part of the plane a picture shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine.contours import Window
from ..engine.objectives.resolve import Problem
from ..engine.trajectory import Trajectory, nearest_minimum

Array = NDArray[np.float64]

#: A path is followed beyond the usual window and the starts by this share of their size; farther out it has diverged.
REACH = 0.5

#: A view is never smaller than this share of the usual window, however little a path moves.
LEAST = 0.25

MARGIN = 0.07


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

    def at_least(self, size: Array) -> View:
        """Enlarged around its centre to at least that size."""
        grow = np.maximum(size - self.size, 0.0) / 2.0
        return View(self.low - grow, self.high + grow)

    def shaped(self, least: float, most: float) -> View:
        """Enlarged until its height is between these multiples of its width."""
        width, height = self.size
        return self.at_least(np.array([height / most, width * least]))


def view_of(problem: Problem, runs: Sequence[Trajectory]) -> View:
    """The part of the plane in which the paths, and the minima that they are nearest to in the end, are seen."""
    window = _around(np.array(problem.facts.window, dtype=np.float64).T)
    reach = _around([window.low, window.high, *(run.plan.start for run in runs)])
    reach = View(reach.low - REACH * reach.size, reach.high + REACH * reach.size)
    seen = [run.points for run in runs if run.points is not None]
    if problem.facts.minima:
        seen.append(np.array([problem.minima[nearest_minimum(problem, run.end)] for run in runs]))
    points = np.concatenate(seen)
    view = _around(points[reach.holds(points)])
    resolvable = 1e-9 * max(np.abs(view.low).max(), np.abs(view.high).max())
    view = view.at_least(np.maximum(LEAST * window.size, resolvable))
    margin = MARGIN * view.size.max()
    return View(view.low - margin, view.high + margin)


def _around(points: Iterable[Array] | Array) -> View:
    """The smallest view that holds all the points."""
    together = np.array(list(points))
    return View(together.min(axis=0), together.max(axis=0))
