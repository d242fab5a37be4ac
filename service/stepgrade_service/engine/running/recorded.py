"""What is recorded of a run on the way: every so many steps, and at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import norms
from ..loop.measures import (
    TRACE_ANISOTROPY,
    TRACE_DESCENT,
    TRACE_NORM_LR,
    TRACE_SGD_LR,
    TRACE_TARGET,
    TRACE_TURNING,
    TRACE_UPDATE_NORM,
    TRACE_VALUE_CHANGE,
)
from .batch import Recording, Simulation

Array = NDArray[np.float64]

#: What is recorded of a step, besides its measures, and the state that a trajectory can go on from.
QUANTITIES = ("points", "values", "gradients", "updates")


class Rows:
    """What was recorded of the only run of a simulation, a row for each recorded step.

    `minima` are (minima, dimension), one row of nan where there is none; distances are to the one that is `chosen`.
    """

    def __init__(self, simulation: Simulation, every: int, steps: int, minima: Array, chosen: int) -> None:
        self.simulation, self.minima, self.chosen = simulation, minima, chosen
        self.whole = steps // every + 1
        self.off_beat = steps % every != 0
        numbers = np.arange(self.whole, dtype=np.int64) * every
        self.numbers = np.append(numbers, steps) if self.off_beat else numbers

    def _with_end(self, recorded: Array, end: Array) -> Array:
        """The rows on the beat, and the end's behind them where it is off it."""
        rows = recorded[: self.whole, ..., 0]
        return np.concatenate([rows, end[np.newaxis, ..., 0]]) if self.off_beat else np.ascontiguousarray(rows)

    @property
    def points(self) -> Array:
        return self._with_end(self.simulation.recorded_points, self.simulation.points)

    @property
    def values(self) -> Array:
        return self._with_end(self.simulation.recorded_values, self.simulation.values)

    @property
    def gradients(self) -> Array:
        return self._with_end(self.simulation.recorded_gradients, self.simulation.gradients)

    @property
    def updates(self) -> Array:
        rows = self._with_end(self.simulation.recorded_updates, self.simulation.last_update).copy()
        rows[0] = np.nan
        return rows

    @cached_property
    def arrived(self) -> Array:
        """The trace of the step that arrived at each recorded point, nan where undefined."""
        arrived = self._with_end(self.simulation.watched.trace, self.simulation.watched.trace[0]).copy()
        arrived[0] = np.nan
        arrived[~np.isfinite(arrived)] = np.nan
        return arrived

    def to_target(self, kind: int) -> Array:
        """What the trace has for each minimum, of the chosen one: 0 the target cosine, 1 that of the gradient, 2 the relative step."""
        return self.arrived[:, TRACE_TARGET + kind * len(self.minima) + self.chosen]

    @property
    def value_change(self) -> Array:
        """By how much the value changed with the step that arrived."""
        return self.arrived[:, TRACE_VALUE_CHANGE]

    def measures(self, names: Iterable[str]) -> dict[str, Array]:
        """Measures by name, of each recorded point or of the step that arrived there."""
        return {name: np.ascontiguousarray(MEASURED_BY[name](self)) for name in names}


#: How each measure of a recorded step is found.
MEASURED_BY: Mapping[str, Callable[[Rows], Array]] = {
    "gradient_norm": lambda rows: _norms(rows.gradients),
    "distance": lambda rows: _norms(rows.points - rows.minima[rows.chosen]),
    "value_change": lambda rows: rows.value_change,
    "update_norm": lambda rows: rows.arrived[:, TRACE_UPDATE_NORM],
    "relative_step": lambda rows: rows.to_target(2),
    "descent_cosine": lambda rows: rows.arrived[:, TRACE_DESCENT],
    "target_cosine": lambda rows: rows.to_target(0),
    "gradient_target_cosine": lambda rows: rows.to_target(1),
    "direction_gain": lambda rows: rows.to_target(0) - rows.to_target(1),
    "turning_cosine": lambda rows: rows.arrived[:, TRACE_TURNING],
    "anisotropy": lambda rows: rows.arrived[:, TRACE_ANISOTROPY],
    "sgd_equivalent_lr": lambda rows: rows.arrived[:, TRACE_SGD_LR],
    "norm_equivalent_lr": lambda rows: rows.arrived[:, TRACE_NORM_LR],
    "effective_lr": lambda rows: rows.arrived[:, -rows.minima.shape[1] :],
}

#: The measures of a recorded step, and those of them that are laid out like the params.
MEASURES, MEASURES_LAID_OUT = tuple(MEASURED_BY), ("effective_lr",)

#: The measures that are found from the points and the gradients, without a trace.
UNTRACED = ("gradient_norm", "distance")


def _norms(rows: Array) -> Array:
    """The Euclidean norm of each row, to the bit that of `euclidean`."""
    lengths = np.empty(len(rows))
    norms(np.ascontiguousarray(rows.T), lengths)
    return lengths


def measures_in(include: Sequence[str]) -> tuple[str, ...]:
    """The measures that are included, all of them or some by name, in their own order."""
    return MEASURES if "measures" in include else tuple(name for name in MEASURES if name in include)


def recording_of(include: Sequence[str], every: int) -> Recording:
    """What has to be recorded for what is included."""
    wanted = {*include, *measures_in(include)}
    return Recording(
        every=every,
        points=bool(wanted & {"points", "distance"}),
        values="values" in wanted,
        gradients=bool(wanted & {"gradients", "gradient_norm"}),
        updates="updates" in wanted,
        slots="states" in wanted,
        trace=bool(set(measures_in(include)) - set(UNTRACED)),
    )


@dataclass(frozen=True)
class RecordedRow:
    """How much a recorded step has: numbers, its own number among them; things that have the params' names; quantities."""

    numbers: int
    named: int
    quantities: int


def row_of(include: Sequence[str], dimension: int, state_numbers: int = 0, slots: int = 0) -> RecordedRow:
    """The row of what is included; a state has so many numbers, and so many slots."""
    numbers, named = {"values": 1, "states": state_numbers}, {"values": 0, "states": slots}
    plain = [name for name in dict.fromkeys(include) if name in (*QUANTITIES, "states")]
    measures = measures_in(include)
    wide = sum(name in MEASURES_LAID_OUT for name in measures)
    return RecordedRow(
        numbers=1 + sum(numbers.get(name, dimension) for name in plain) + len(measures) + wide * (dimension - 1),
        named=sum(named.get(name, 1) for name in plain) + wide,
        quantities=len(plain) + len(measures),
    )


def held_in_row(include: Sequence[str], row: RecordedRow, dimension: int, minima: int) -> float:
    """How many numbers are held of a recorded step while the answer is made: a copy of its row, and what measures are found from."""
    return 2.0 * row.numbers + (TRACE_TARGET + 3.0 * minima + 3.0 * dimension if measures_in(include) else 0.0)


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a run. Arrays have a row for each recorded step; what was not included is None. See `Trajectory`."""

    recorded: NDArray[np.int64]
    points: Array | None
    values: Array | None
    gradients: Array | None
    updates: Array | None
    measures: Mapping[str, Array] | None


def recorded_in(rows: Rows, include: Sequence[str]) -> Recorded:
    """What is included of the rows."""
    measures = measures_in(include)
    return Recorded(
        recorded=rows.numbers,
        points=rows.points if "points" in include else None,
        values=rows.values if "values" in include else None,
        gradients=rows.gradients if "gradients" in include else None,
        updates=rows.updates if "updates" in include else None,
        measures=rows.measures(measures) if measures else None,
    )
