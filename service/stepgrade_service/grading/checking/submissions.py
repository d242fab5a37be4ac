"""What a student's code returned, read without complaint about what is wrong with it: that is what a check is to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.optimizers.memory import rooms_of
from ...engine.reading.faults import Collector, refuse, unknown
from ...engine.reading.tensors import Layout
from ...engine.running.trajectory_plan import Plan

Array = NDArray[np.float64]

#: What only the student's own process can show, and what is said of it.
SIDE_EFFECTS = {
    "grad_mutated": "the gradient that was passed in was changed",
    "state_aliased": "the returned state shares memory with what was passed in, or with another part of the state",
    "params_mutated_in_place": "the params that were passed in were changed",
    "int_state": "the state is held as whole numbers",
}
KEYS = ("params", "points", "update", "state", "side_effects")


@dataclass(frozen=True)
class Misshapen:
    """Numbers in another shape than the params have."""

    shape: tuple[int, ...] | str
    numbers: Array | None = None


@dataclass(frozen=True)
class Submission:
    """One case's numbers: by compared step (its number from 1) a flat vector, nan where there is no number; or what shape they had.

    `state` holds the slots at the end, flat, and `t`, where they were returned. With `is_end_alone` the points are `params`.
    """

    points: Mapping[int, Array | Misshapen]
    update: Array | Misshapen | None
    state: Mapping[str, Array | Misshapen]
    t: Any
    side_effects: tuple[str, ...]
    is_end_alone: bool = False

    @cached_property
    def is_float32(self) -> bool:
        """Whether all the points can be held in float32, or all of a slot, and are not whole: one float32 array rounds what follows."""
        points = [point for point in self.points.values() if isinstance(point, np.ndarray)]
        slots = [slot for slot in self.state.values() if isinstance(slot, np.ndarray)]
        return any(map(_in_float32, [np.concatenate(points or [np.empty(0)]), *slots]))


def _in_float32(array: Array) -> bool:
    numbers = array[np.isfinite(array)]
    with np.errstate(over="ignore"):
        return bool(len(numbers)) and bool((numbers.astype(np.float32) == numbers).all()) and bool((numbers % 1 != 0).any())


def read_submission(value: Any, plan: Plan, compared: Sequence[int]) -> Submission:
    """Read a submission to a reference; raises Refusal where it is not an object with params or points.

    `compared` are the steps whose points are looked at. Numbers in another shape, or that are none, are no fault of the request.
    """
    faults, effects = look_at(value)
    state = _state(value.get("state"), plan, faults)
    faults.settle()
    points: dict[int, Array | Misshapen] = {}
    if "points" in value:
        points = _points(value["points"], plan, compared)
    elif compared:
        points = {compared[-1]: as_flat(value["params"], plan.layout)}
    update = as_flat(value["update"], plan.layout) if value.get("update") is not None else None
    count = value["state"].get("t") if isinstance(value.get("state"), Mapping) else None
    return Submission(points, update, state, count, effects, is_end_alone="params" in value)


def look_at(value: Any) -> tuple[Collector, tuple[str, ...]]:
    """What is wrong with a submission whatever its reference is, and its side effects; raises Refusal where it is no object."""
    if not isinstance(value, Mapping):
        raise refuse('expected an object with params or points, such as {"params": [1.0, 2.0]}')
    faults = Collector()
    for key in value:
        if key not in KEYS:
            faults.add(unknown("key", str(key), KEYS), str(key))
    if ("params" in value) == ("points" in value):
        faults.add("expected either params or points")
    return faults, _side_effects(value.get("side_effects", ()), faults)


def _state(posted: Any, plan: Plan, faults: Collector) -> dict[str, Array | Misshapen]:
    """The slots that were returned; those that are null were not."""
    if posted is None:
        return {}
    if not isinstance(posted, Mapping):
        faults.add("expected an object of slots", "state")
        return {}
    slots = plan.choice.rule.slots
    for name in posted:
        if name != "t" and name not in slots:
            faults.add(unknown(f"slot of {plan.choice.optimizer.name}", str(name), [*slots, "t"]), "state", str(name))
    return {name: _slot(plan, name, slot) for name, slot in posted.items() if name in slots and slot is not None}


def _slot(plan: Plan, name: str, slot: Any) -> Array | Misshapen:
    """A slot as it is held in memory; one that is a number stands in every coordinate."""
    room = next(room for room in rooms_of(plan.choice.rule, plan.layout) if room.name == name)
    numbers = as_flat(slot, room.layout)
    return room.held(numbers) if isinstance(numbers, np.ndarray) else numbers


def _side_effects(effects: Any, faults: Collector) -> tuple[str, ...]:
    """The codes of what the student's process showed."""
    if not isinstance(effects, list | tuple):
        faults.add(f"expected a list of any of {', '.join(SIDE_EFFECTS)}", "side_effects")
        return ()
    for number, effect in enumerate(effects):
        if not isinstance(effect, str) or effect not in SIDE_EFFECTS:
            faults.add(unknown("side effect", str(effect), SIDE_EFFECTS), "side_effects", number)
    return tuple(effect for effect in effects if isinstance(effect, str) and effect in SIDE_EFFECTS)


def _points(rows: Any, plan: Plan, compared: Sequence[int]) -> dict[int, Array | Misshapen]:
    """The points by step; the start may be among them or not."""
    layout, entries = plan.layout, _rows(rows, plan.layout)
    if len(entries) == len(compared) + 1 or (0 < len(entries) < len(compared) and _is_start(entries[0], plan)):
        entries = entries[1:]
    if len(entries) > len(compared):
        return {step: Misshapen(f"{len(entries)} points for {len(compared)} steps") for step in compared}
    return {step: as_flat(entry, layout) for step, entry in zip(compared, entries, strict=False)}


def _is_start(entry: Any, plan: Plan) -> bool:
    """Whether a point is where the run starts."""
    first = as_flat(entry, plan.layout)
    return isinstance(first, np.ndarray) and bool((first == plan.start).all())


def _rows(rows: Any, layout: Layout) -> list[Any]:
    """A list of points, whether it is a list of named tensors or an object of lists."""
    if isinstance(rows, Mapping) and layout.names is not None:
        columns = [rows.get(name) for name in layout.names]
        if all(isinstance(column, list | tuple | np.ndarray) for column in columns):
            return [dict(zip(layout.names, entry, strict=True)) for entry in zip(*columns, strict=False)]
    return list(rows) if isinstance(rows, list | tuple | np.ndarray) else [rows]


def as_flat(value: Any, layout: Layout) -> Array | Misshapen:
    """Numbers as a flat vector, if they have the layout's shape."""
    if layout.names is None:
        return _tensor(value, layout.shapes[0])
    if not isinstance(value, Mapping) or set(value) != set(layout.names):
        return Misshapen("other names" if isinstance(value, Mapping) else "no named tensors")
    parts = [_tensor(value[name], shape) for name, shape in zip(layout.names, layout.shapes, strict=True)]
    wrong = next((part for part in parts if isinstance(part, Misshapen)), None)
    return wrong if wrong is not None else np.concatenate([part for part in parts if isinstance(part, np.ndarray)])


def _tensor(value: Any, shape: tuple[int, ...]) -> Array | Misshapen:
    """One tensor, null for what is not a number."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        try:
            array = np.array(_without_null(value), dtype=np.float64)
        except (TypeError, ValueError, RecursionError):
            return Misshapen("not numbers")
    if array.shape == shape or (array.size == 1 and shape in ((), (1,))):
        flat: Array = array.reshape(-1)
        return flat
    return Misshapen(array.shape, array)


def _without_null(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_without_null(part) for part in value]
    return np.nan if value is None else value
