"""How runs ended: who settled at the target, who left it again, who is in a limit cycle, who grows, and who diverged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..loop import endings as rows
from ..loop.advance import DIVERGED
from .batch import Simulation

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def numbers_of(row: int) -> cached_property[Array]:
    """A row of what was found; nan where there is none, since the runs were not watched."""

    def found(ended: Endings) -> Array:
        return ended.found[row] if row < len(ended.found) else np.broadcast_to(np.nan, ended.value.shape)

    return cached_property(found)


def flags_of(row: int) -> cached_property[Flags]:
    """A row of what was found to be so or not; not so where there is none."""
    return cached_property(lambda ended: ended.found[row] > 0 if row < len(ended.found) else np.zeros(ended.value.shape, np.bool_))


@dataclass(frozen=True)
class Endings:
    """How each run ended: arrays (runs,), or (starts, seeds) once they are laid out so. A number that is undefined is nan.

    `found` (rows, runs) is all that `loop.endings` found; most of the rest are its rows by name. `point` is the last one,
    (runs, dimension), `minimum` the number of the minimum nearest to it, `minimum_value` the value there; `distance` and `value_gap` are
    those of the last point, `start_gap` is that of the start. `tail_gap` and `tail_value` are means over the last tenth of the points,
    `radius` is the largest distance there. `steps_outside` counts the points after the first arrival that are away from the target.
    `diverged_at` is 0 where the run did not diverge. `radius`, `share_inside`, `exits`, `steps_outside`, `is_cycling` and
    `is_stationary` are of watched runs alone.
    """

    found: Array
    point: Array
    value: Array
    diverged_at: NDArray[np.int64]

    minimum_value = numbers_of(rows.MINIMUM_VALUE)
    value_gap = numbers_of(rows.VALUE_GAP)
    start_value = numbers_of(rows.START)
    start_gap = numbers_of(rows.START_GAP)
    distance = numbers_of(rows.DISTANCE)
    steps_to_target = numbers_of(rows.STEPS_TO_TARGET)
    settling_step = numbers_of(rows.SETTLING_STEP)
    share_inside = numbers_of(rows.SHARE_INSIDE)
    exits = numbers_of(rows.LEAVES)
    steps_outside = numbers_of(rows.STEPS_OUTSIDE)
    tail_gap = numbers_of(rows.TAIL_GAP)
    tail_value = numbers_of(rows.TAIL_VALUE)
    radius = numbers_of(rows.RADIUS)
    is_growing = flags_of(rows.IS_GROWING)
    is_cycling = flags_of(rows.IS_CYCLING)
    is_stationary = flags_of(rows.IS_STATIONARY)

    @cached_property
    def minimum(self) -> NDArray[np.intp]:
        """The number of the minimum that is nearest the last point."""
        return np.asarray(self.found[rows.MINIMUM], dtype=np.intp)


def endings_of(simulation: Simulation, seeds: int | None = None) -> Endings:
    """How the runs of a batch that looks at them ended; laid out (starts, seeds) where there are so many seeds."""
    shape = (-1,) if seeds is None else (-1, seeds)
    return Endings(
        found=simulation.endings.reshape(len(simulation.endings), *shape),
        point=simulation.points.T.reshape(*shape, len(simulation.points)),
        value=simulation.values.reshape(shape),
        diverged_at=np.where(simulation.reason == DIVERGED, simulation.ended, 0).reshape(shape),
    )
