"""Where the slots of a rule stand in memory, and what of them the public sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reading.tensors import Layout
from .kinds import COLUMNS, ROWS, SLOTS, START, STOP, NumberSlot, UpdateKernel
from .rule import Rule

Array = NDArray[np.float64]

#: What is known of layouts of no more tensors is remembered.
MOST_TENSORS = 50


@dataclass(frozen=True)
class SlotRoom:
    """One slot: its rows in the memory of a run, and its layout as the public sees it.

    `spread` tells, for numbers that an elementwise kernel sees in every element, how many elements each of them fills.
    """

    name: str
    rows: slice
    layout: Layout
    spread: tuple[int, ...] | None = None

    @property
    def count(self) -> int:
        """How many rows it has."""
        return int(self.rows.stop - self.rows.start)

    def held(self, numbers: Array) -> Array:
        """Public numbers, a flat vector, as they are held in the rows."""
        return numbers if self.spread is None else np.repeat(numbers, self.spread)

    def public(self, held: Array) -> Array:
        """What is held in the rows, (..., rows), as flat public numbers."""
        if self.spread is None:
            return held
        return held[..., np.cumsum([0, *self.spread[:-1]])]

    def value(self, held: Array) -> Any:
        """What is held in the rows, (..., rows), as one posts it."""
        numbers = self.public(held)
        if self.layout.names is None and self.layout.shapes == ((),):
            return numbers[..., 0]
        return self.layout.unflatten(numbers)


def rooms_of(rule: Rule, layout: Layout) -> tuple[SlotRoom, ...]:
    """The rooms of a rule's slots, in the order of its kernel's signature; hidden ones too."""
    rooms = _remembered if len(layout.shapes) <= MOST_TENSORS else _rooms_of
    return rooms(rule.kernel, layout, bool(rule.groups))


def _rooms_of(kernel: UpdateKernel, layout: Layout, is_grouped: bool) -> tuple[SlotRoom, ...]:
    found, first = list[SlotRoom](), 0
    for name, kind in kernel.slot_kinds.items():
        if kernel.kind == "elementwise":
            rows = layout.dimension
        else:
            rows = sum(prod(shape) for tensor in layout.shapes if (shape := kind.shape(tensor)) is not None)
        found.append(_room(kernel, name, kind, layout, slice(first, first + rows), is_grouped))
        first += rows
    return tuple(found)


_remembered = lru_cache(maxsize=1024)(_rooms_of)


def _room(kernel: UpdateKernel, name: str, kind: Any, layout: Layout, rows: slice, is_grouped: bool) -> SlotRoom:
    if kind is NumberSlot and kernel.kind == "elementwise":
        if not is_grouped:
            return SlotRoom(name, rows, Layout(None, ((),)), (layout.dimension,))
        return SlotRoom(name, rows, Layout(layout.names, ((),) * len(layout.shapes)), tuple(np.diff(layout.bounds).tolist()))
    shapes = [kind.shape(tensor) for tensor in layout.shapes]
    names = None if layout.names is None else tuple(name for name, shape in zip(layout.names, shapes, strict=True) if shape is not None)
    return SlotRoom(name, rows, Layout(names, tuple(shape for shape in shapes if shape is not None)))


def memory_of(rule: Rule, slots: Mapping[str, Array], layout: Layout, runs: int = 1) -> Array:
    """The slots as they start, (rows, runs): as given, held in rows, else as the rule starts them."""
    rooms = rooms_of(rule, layout)
    memory = np.empty((rooms[-1].rows.stop if rooms else 0, runs))
    for room in rooms:
        if room.name in slots:
            memory[room.rows] = slots[room.name].reshape(-1, 1)
        elif rule.groups and room.count == layout.dimension:
            starts = [each.starts.get(room.name, 0.0) for each in rule.of_tensors(layout)]
            memory[room.rows] = np.repeat(starts, np.diff(layout.bounds)).reshape(-1, 1)
        else:
            memory[room.rows] = rule.starts.get(room.name, 0.0)
    return memory


def packed(kernel: UpdateKernel, memory: Array) -> Array:
    """The memory as the kernel's packed function takes it: a slot a row for an elementwise kernel."""
    return memory.reshape(len(kernel.slots), -1) if kernel.kind == "elementwise" and kernel.slots else memory


def tensors_of(rule: Rule, layout: Layout, runs: int) -> NDArray[np.int64]:
    """Where each tensor, or parameter group, and its slots stand in the packed arrays: a row each, by the columns of `kinds`."""
    if not rule.groups and rule.kernel.kind in ("elementwise", "global_norm", "objective"):
        return np.array([[0, layout.dimension * runs]])
    rooms, count = rooms_of(rule, layout), len(layout.shapes)
    found = np.empty((count, SLOTS + 2 * len(rooms)), dtype=np.int64)
    found[:, START], found[:, STOP] = np.array(layout.bounds[:-1]) * runs, np.array(layout.bounds[1:]) * runs
    found[:, ROWS] = [shape[0] if shape else 1 for shape in layout.shapes]
    found[:, COLUMNS] = [prod(shape[1:]) for shape in layout.shapes]
    if rule.kernel.kind == "elementwise":
        return found
    for number, (room, kind) in enumerate(zip(rooms, rule.kernel.slot_kinds.values(), strict=True)):
        sizes = [0 if (shape := kind.shape(tensor)) is None else prod(shape) for tensor in layout.shapes]
        ends = room.rows.start + np.cumsum(sizes)
        found[:, SLOTS + 2 * number], found[:, SLOTS + 2 * number + 1] = ends - sizes, ends
    return found
