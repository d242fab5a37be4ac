"""How runs ended: who settled at the target, who left it again, who circles the minimum, who grows, and who diverged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import norms
from ..loop.advance import DIVERGED, RUNNING
from ..loop.stays import EXITS, FARTHEST, FARTHEST_BEFORE, FIRST, GAPS, LAST_OUTSIDE, OUTSIDE, PATH, START_VALUE, STEEPEST, VALUES, tenth
from .batch import Simulation

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: A run is growing where its last value gap or distance is so many times the start's; or above the start's, while the largest distance
#: of the last tenth of its points is so many times that of the tenth before.
FAR_ABOVE, STILL_RISING = 10.0, 1.05

#: In a limit cycle the largest distances of the last two tenths of the points differ by at most this share of the larger one, and the way
#: between the points of the last tenth is at least so many times the displacement.
STEADY, WINDING = 0.1, 4.0

#: A run has stopped where the gradient norm is at most this share of the largest on its path.
STOPPED = 1e-6


@dataclass(frozen=True)
class Endings:
    """How each run ended: arrays (runs,), or (starts, seeds) once they are laid out so. A number that is undefined is nan.

    `point` is the last one, (runs, dimension), `minimum` the number of the minimum nearest to it, `minimum_value` the value there;
    `distance` and `value_gap` are those of the last point, `start_gap` is that of the start. `tail_gap` and `tail_value` are means over
    the last tenth of the points, `radius` is the largest distance there. `steps_outside` counts the points after the first arrival
    that are away from the target. `diverged_at` is 0 where the run did not diverge. `share_inside`, `exits`, `steps_outside`,
    `is_cycling` and `is_stationary` are known of watched runs alone.
    """

    point: Array
    minimum: NDArray[np.intp]
    minimum_value: Array
    value: Array
    value_gap: Array
    start_value: Array
    start_gap: Array
    distance: Array
    steps_to_target: Array
    settling_step: Array
    share_inside: Array
    exits: Array
    steps_outside: Array
    tail_gap: Array
    tail_value: Array
    radius: Array
    diverged_at: NDArray[np.int64]
    is_growing: Flags
    is_cycling: Flags
    is_stationary: Flags


def endings_of(simulation: Simulation, starts: Array, minima: Array, minimum_values: Array, is_noisy: bool) -> Endings:
    """How the runs of a batch that looks at them ended.

    starts: (dimension, runs); minima: (minima, dimension), one row of nan where none is known; minimum_values: (minima,).
    """
    return _Runs(simulation, starts, minima, minimum_values, is_noisy).endings()


class _Runs:
    """The runs of a batch after their ends; arrays are (runs,)."""

    def __init__(self, simulation: Simulation, starts: Array, minima: Array, minimum_values: Array, is_noisy: bool) -> None:
        self.simulation, self.is_noisy = simulation, is_noisy
        self.is_known = bool(np.isfinite(minima).all())
        self.diverged = simulation.reason == DIVERGED
        self.steps = np.maximum(simulation.ended - self.diverged, 0)
        self.tenth = tenth(self.steps)
        distances = np.array([_distances(minimum, simulation.points) for minimum in minima])
        self.minimum = np.argmin(distances, axis=0)
        self.every = np.arange(len(self.minimum))
        self.distance = distances[self.minimum, self.every]
        self.start_distance = _distances(minima[self.minimum].T, starts)
        self.minimum_value, self.start_value = minimum_values[self.minimum], simulation.stays.ways[START_VALUE]
        self.value_gap, self.start_gap = simulation.values - self.minimum_value, self.start_value - self.minimum_value
        self.farthest, self.farthest_before = self.noted(FARTHEST), self.noted(FARTHEST_BEFORE)
        self.first, self.last_outside = self.noted(FIRST), self.noted(LAST_OUTSIDE)
        self.is_inside = (self.last_outside < self.steps) & (self.first >= 0)
        self.watched = len(simulation.stays.ways) > STEEPEST
        self.growing = self._growing() & ~self.diverged

    def noted(self, row: int) -> Array:
        """A row of what was noted, for the minimum that counts; nan where none is known."""
        if not self.is_known:
            return np.full(len(self.every), np.nan)
        numbers: Array = self.simulation.stays.noted[row, self.minimum, self.every]
        return numbers

    def counted(self, row: int) -> Array:
        """The same of what was counted, if it was."""
        if not self.is_known or not self.watched:
            return np.full(len(self.every), np.nan)
        numbers: Array = self.simulation.stays.counts[row, self.minimum, self.every]
        return numbers

    def endings(self) -> Endings:
        settling_step, stays = self._settling(), self.simulation.stays
        with np.errstate(invalid="ignore"):
            share = (self.steps - self.counted(OUTSIDE)) / np.where(self.first >= 0, self.steps - self.first, np.nan)
            tail_gap, tail_value = self.noted(GAPS) / self.tenth, stays.ways[VALUES] / self.tenth
        return Endings(
            point=self.simulation.points.T,
            minimum=self.minimum,
            minimum_value=self.minimum_value,
            steps_outside=self.counted(OUTSIDE) - np.where(self.first >= 0, self.first, np.nan),
            value=self.simulation.values,
            value_gap=self.value_gap,
            start_value=self.start_value,
            start_gap=self.start_gap,
            distance=self.distance,
            steps_to_target=np.where(self.first >= 0, self.first, np.nan),
            settling_step=settling_step,
            share_inside=share,
            exits=self.counted(EXITS),
            tail_gap=np.where(self.diverged, np.nan, tail_gap),
            tail_value=np.where(self.diverged, np.nan, tail_value),
            radius=np.where(self.diverged | (self.steps == 0), np.nan, self.farthest),
            diverged_at=np.where(self.diverged, self.simulation.ended, 0),
            is_growing=self.growing,
            is_cycling=self._cycling(settling_step),
            is_stationary=self._stationary(),
        )

    def _growing(self) -> Flags:
        """Whether the runs are far above their starts, or above and still rising."""
        with np.errstate(invalid="ignore", over="ignore"):
            if not self.is_known:
                return np.asarray(self.simulation.values - self.start_value > FAR_ABOVE * np.maximum(1.0, abs(self.start_value)))
            far = (self.start_gap > 0) & (self.value_gap > FAR_ABOVE * self.start_gap) | (self.distance > FAR_ABOVE * self.start_distance)
            above = (self.value_gap > self.start_gap) | (self.distance > self.start_distance)
            rising = self.farthest > STILL_RISING * self.farthest_before
            return np.asarray((self.start_distance > 0) & (far | above & rising))

    def _settling(self) -> Array:
        """The first step from which the runs stay at the target; nan where they do not, or are not there long enough to tell."""
        since = self.last_outside + 1
        is_brief = self.steps - since < self.tenth
        had_left, was_stopped = self.first < since, ~self.diverged & (self.simulation.reason != RUNNING)
        settled = self.is_inside & ~(is_brief & (had_left | was_stopped)) & ~self.diverged & ~self.growing
        return np.where(settled, since, np.nan)

    def _cycling(self, settling_step: Array) -> Flags:
        """Whether the runs circle the minimum without coming nearer."""
        if self.is_noisy or not self.watched or not self.is_known:
            return np.zeros(len(self.every), np.bool_)
        stays = self.simulation.stays
        net, path = _distances(stays.corner, self.simulation.points), stays.ways[PATH]
        larger = np.maximum(self.farthest, self.farthest_before)
        is_steady = abs(self.farthest - self.farthest_before) <= STEADY * larger
        is_winding = (path > 0) & (path >= WINDING * net)
        return np.asarray(np.isnan(settling_step) & is_steady & is_winding & ~self.growing & ~self.diverged)

    def _stationary(self) -> Flags:
        """Whether the runs have stopped away from the known minima: at a saddle, on a plateau, or at a minimum that is not listed."""
        if self.is_noisy or not self.watched:
            return np.zeros(len(self.every), np.bool_)
        steepest = self.simulation.stays.ways[STEEPEST]
        with np.errstate(over="ignore"):
            last = (self.simulation.gradients**2).sum(axis=0)
        has_stopped = (last <= STOPPED**2 * steepest) & np.isfinite(steepest)
        return np.asarray(has_stopped & ~self.is_inside & ~self.diverged & ~self.growing)


def _distances(there: Array, points: Array) -> Array:
    """The distance of each point from a place, or from one of its own: (dimension, runs) each, or a place (dimension,)."""
    distances = np.empty(points.shape[1])
    norms((there if there.ndim == 2 else there[:, np.newaxis]) - points, distances)
    return distances
