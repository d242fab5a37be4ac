"""How runs ended: who settled at the target, who left it again, who is in a limit cycle, who grows, and who diverged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..loop import endings as found
from ..loop.advance import DIVERGED
from .batch import Simulation

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Endings:
    """How each run ended: arrays (runs,), or (starts, seeds) once they are laid out so. A number that is undefined is nan.

    `rows` (runs, rows) is all that `loop.endings` found; the rest are its parts by name. `point` is the last one, (runs, dimension),
    `minimum` the number of the minimum nearest to it, `minimum_value` the value there; `distance` and `value_gap` are those of the last
    point, `start_gap` is that of the start. `tail_gap` and `tail_value` are means over the last tenth of the points, `radius` is the
    largest distance there. `steps_outside` counts the points after the first arrival that are away from the target. `diverged_at` is 0
    where the run did not diverge. `radius`, `share_inside`, `exits`, `steps_outside`, `is_cycling` and `is_stationary` are of watched
    runs alone.
    """

    rows: Array
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


def endings_of(simulation: Simulation, seeds: int | None = None) -> Endings:
    """How the runs of a batch that looks at them ended; laid out (starts, seeds) where there are so many seeds."""
    shape = (-1,) if seeds is None else (-1, seeds)
    rows = simulation.endings.reshape(len(simulation.endings), *shape)
    unseen = np.broadcast_to(np.nan, rows.shape[1:])
    of_watched = rows[found.ROWS :] if len(rows) > found.ROWS else [unseen] * (found.WATCHED_ROWS - found.ROWS)
    return Endings(
        rows=simulation.endings.T.reshape(*shape, len(rows)),
        point=simulation.points.T.reshape(*shape, len(simulation.points)),
        minimum=rows[found.MINIMUM].astype(np.intp),
        minimum_value=rows[found.MINIMUM_VALUE],
        value=simulation.values.reshape(shape),
        value_gap=rows[found.VALUE_GAP],
        start_value=rows[found.START],
        start_gap=rows[found.START_GAP],
        distance=rows[found.DISTANCE],
        steps_to_target=rows[found.STEPS_TO_TARGET],
        settling_step=rows[found.SETTLING_STEP],
        share_inside=of_watched[found.SHARE_INSIDE - found.ROWS],
        exits=of_watched[found.LEAVES - found.ROWS],
        steps_outside=of_watched[found.STEPS_OUTSIDE - found.ROWS],
        tail_gap=rows[found.TAIL_GAP],
        tail_value=rows[found.TAIL_VALUE],
        radius=of_watched[found.RADIUS - found.ROWS],
        diverged_at=np.where(simulation.reason == DIVERGED, simulation.ended, 0).reshape(shape),
        is_growing=rows[found.IS_GROWING] > 0,
        is_cycling=of_watched[found.IS_CYCLING - found.ROWS] > 0,
        is_stationary=of_watched[found.IS_STATIONARY - found.ROWS] > 0,
    )
