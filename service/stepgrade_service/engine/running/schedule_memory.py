"""What a schedule remembers between steps: its room while a batch runs, and how it stands in a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers.declaration import Hyperparameter
from ..reading.bounds import MOST_STEPS_TAKEN, few_keys
from ..reading.faults import Collector, refuse, unknown
from ..reading.tensors import Layout, expected, is_number, read_like
from ..schedules import Schedule
from ..schedules.plateau import BAD_STEPS, BEST, COOLDOWN_LEFT, COUNTED, FIRST_STEP, IS_REPLAY, NUMBERS, ROWS, SUM

Array = NDArray[np.float64]

#: What a memory is called in a state, by its row; `lr` is there besides, the rate as it is now.
NAMES: Mapping[str, int] = {"best": BEST, "bad_steps": BAD_STEPS, "cooldown_left": COOLDOWN_LEFT, "sum": SUM, "counted": COUNTED}
LR = "lr"

MEANINGS: Mapping[str, str] = {
    "best": "the best value so far; null if there is none yet",
    "bad_steps": "steps without improvement",
    "cooldown_left": "steps of the cooldown that are left",
    "sum": "the sum of the values that are being averaged",
    "counted": "how many values that are",
    LR: "the learning rate as it is now: a number, or laid out like the params",
}

COUNT = Hyperparameter("count", "a number of steps", minimum=0.0, maximum=float(MOST_STEPS_TAKEN), whole=True)
RATE = Hyperparameter(LR, "learning rate", minimum=0.0)


@dataclass(frozen=True)
class Remembered:
    """A memory that was posted: its rows, (ROWS,), and the rate as it is now, (dimension,); None is the rate at the start."""

    rows: Array
    rates: Array | None


@dataclass(frozen=True)
class ScheduleRoom:
    """What the loop needs for a schedule: its numbers, the rates it writes to, where the values stand, and the memory (rows, runs)."""

    parameters: Array
    lr: Array
    values: Array
    memory: Array

    @property
    def left(self) -> Array:
        """The memory and below it the rates as they are, (ROWS + dimension, runs); of no rows where nothing is remembered."""
        return np.concatenate([self.memory, self.lr.reshape(-1, self.values.size)]) if len(self.memory) else self.memory


def room_of(
    schedule: Schedule, base: Array, values: Array, t: int, posted_values: Array | None, remembered: Remembered | None
) -> ScheduleRoom:
    """The room of a schedule for the runs of a batch: base is flat, (dimension * runs,), values (runs,) are those that the loop writes.

    One with a memory sees the values since they stand in the same array as its numbers.
    """
    lr = base.copy() if schedule.on else base
    if not schedule.remembers:
        return ScheduleRoom(schedule.parameters, lr, values, np.empty((0, values.size)))
    runs = values.size
    behind = values if posted_values is None else posted_values
    parameters = np.concatenate([schedule.parameters, np.zeros(ROWS * runs), behind])
    parameters[IS_REPLAY], parameters[FIRST_STEP] = float(posted_values is not None), float(t)
    memory = parameters[NUMBERS : NUMBERS + ROWS * runs].reshape(ROWS, runs)
    memory[BEST] = np.inf
    if remembered is not None:
        memory[:] = remembered.rows[:, np.newaxis]
        if remembered.rates is not None:
            lr.reshape(-1, runs)[:] = remembered.rates[:, np.newaxis]
    return ScheduleRoom(parameters, lr, parameters[NUMBERS + ROWS * runs :] if posted_values is None else values, memory)


def read_memory(value: Any, layout: Layout | None) -> Remembered:
    """Read `{"best": 0.5, "bad_steps": 3, "cooldown_left": 0, "lr": 0.01}`; raises Refusal with every fault."""
    if not isinstance(value, Mapping):
        raise refuse(expected(f"an object with any of {', '.join((*NAMES, LR))}", value))
    if many := few_keys(value):
        raise refuse(many)
    faults, rows, rates = Collector(), np.zeros(ROWS), None
    rows[BEST] = np.inf
    for before, (name, number) in enumerate(value.items()):
        with faults.at(name):
            if name == LR:
                rates = _read_rates(number, layout)
            elif name not in NAMES:
                raise refuse(unknown("part of a schedule's memory", name, (*NAMES, LR), before=before))
            elif number is not None:
                rows[NAMES[name]] = _read_number(name, number)
    faults.settle()
    return Remembered(rows, rates)


def _read_number(name: str, value: Any) -> float:
    if name in ("best", "sum"):
        if not is_number(value):
            raise refuse(expected("a number", value))
        return float(value)
    if detail := COUNT.fault(value):
        raise refuse(detail)
    return float(value)


def _read_rates(value: Any, layout: Layout | None) -> Array | None:
    """One rate, or one per number of the params."""
    if value is None:
        return None
    if is_number(value):
        if detail := RATE.fault(value):
            raise refuse(detail)
        return None if layout is None else np.full(layout.dimension, float(value))
    if layout is None:
        return None
    rates = read_like(value, layout)
    if (rates < 0).any():
        raise refuse("expected rates of at least 0")
    return np.asarray(rates)


def memory_as_posted(left: Array, layout: Layout) -> dict[str, Any]:
    """What one run's schedule remembers, (ROWS + dimension,), as it stands in a state."""
    memory, lr = left[:ROWS], left[ROWS:]
    told: dict[str, Any] = {name: float(memory[row]) for name, row in NAMES.items()}
    told |= {name: int(told[name]) for name in ("bad_steps", "cooldown_left", "counted")}
    told["best"] = None if memory[BEST] == np.inf else told["best"]
    told[LR] = float(lr[0]) if (lr == lr[0]).all() else layout.unflatten(lr)
    return told
