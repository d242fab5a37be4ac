"""Where the slots of a rule stand in memory, and what of them the public sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reading.tensors import Layout
from .chain import Chain
from .kinds import AXES, SHAPE, SLOTS, START, STOP, WHOLE, UpdateKernel
from .rule import FROM_PARAMS, Rule
from .slots import NumberSlot, NumbersSlot, Shape, ShapedSlot, StackSlot

Array = NDArray[np.float64]

#: What is known of layouts of no more tensors is remembered.
MOST_TENSORS = 50


@dataclass(frozen=True)
class SlotRoom:
    """One slot: its rows in the memory of a run, and its layout as the public sees it.

    `spread` tells, for numbers that an elementwise kernel sees in every element, how many elements each of them fills. `order` tells
    which row each public number stands in, where that is not its own place.
    """

    name: str
    rows: slice
    layout: Layout
    spread: tuple[int, ...] | None = None
    order: tuple[int, ...] | None = None

    @property
    def count(self) -> int:
        """How many rows it has."""
        return int(self.rows.stop - self.rows.start)

    def held(self, numbers: Array) -> Array:
        """Public numbers, a flat vector, as they are held in the rows."""
        if self.order is not None:
            return numbers[np.argsort(self.order)]
        return numbers if self.spread is None else np.repeat(numbers, self.spread)

    def public(self, held: Array) -> Array:
        """What is held in the rows, (..., rows), as flat public numbers."""
        if self.order is not None:
            return held[..., list(self.order)]
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
    if isinstance(rule, Chain):
        return _rooms_of_links(rule, layout)
    rooms = _remembered if len(layout.shapes) <= MOST_TENSORS else _rooms_of
    shapes = tuple((name, shapes_of(rule, name, kind, layout)) for name, kind in rule.kernel.slot_kinds.items() if kind is ShapedSlot)
    return rooms(rule.kernel, layout, bool(rule.groups), tuple(rule.depths.items()), shapes)


def numbers_of(rule: Rule, layout: Layout) -> int:
    """How many numbers the slots of a rule have, as the public sees them."""
    return sum(room.layout.dimension for room in rooms_of(rule, layout))


Shapes = tuple[Shape | None, ...]


def shapes_of(rule: Rule, name: str, kind: Any, layout: Layout) -> Shapes:
    """The shape that a slot has of each tensor; None where it has nothing of it."""
    if kind is not ShapedSlot:
        return _shapes_alike(kind, layout)
    return tuple(own.shapes[name](tensor) for own, tensor in zip(rule.of_tensors(layout), layout.shapes, strict=True))


def _shapes_alike(kind: Any, layout: Layout) -> Shapes:
    """The shapes of a slot that every rule with this kernel has alike."""
    return tuple(kind.shape(tensor) for tensor in layout.shapes)


def _rooms_of_links(chain: Chain, layout: Layout) -> tuple[SlotRoom, ...]:
    """The rooms of all links, one after another, by the names that the slots have in the chain."""
    found, first = list[SlotRoom](), 0
    names = [name for of_link in chain.slot_names for name in of_link]
    for part in chain.parts:
        rooms = rooms_of(part, layout)
        for room in rooms:
            rows = slice(first + room.rows.start, first + room.rows.stop)
            found.append(replace(room, name=names[len(found)], rows=rows))
        first += rooms[-1].rows.stop if rooms else 0
    return tuple(found)


def _rooms_of(
    kernel: UpdateKernel, layout: Layout, is_grouped: bool, depths: tuple[tuple[str, int], ...], shapes: tuple[tuple[str, Shapes], ...]
) -> tuple[SlotRoom, ...]:
    found, first = list[SlotRoom](), 0
    for name, kind in kernel.slot_kinds.items():
        depth = dict(depths).get(name, 1)
        own = dict(shapes)[name] if kind is ShapedSlot else _shapes_alike(kind, layout)
        rows = sum(slot_sizes(kernel, kind, layout, depth, own))
        found.append(_room(kernel, name, kind, layout, slice(first, first + rows), is_grouped, depth, own))
        first += rows
    return tuple(found)


_remembered = lru_cache(maxsize=1024)(_rooms_of)


def slot_sizes(kernel: UpdateKernel, kind: Any, layout: Layout, depth: int, shapes: Shapes) -> list[int]:
    """How many rows a slot has for each tensor, or for all of them together."""
    if kernel.kind == "elementwise":
        return [layout.dimension]
    if kind is NumberSlot:
        return [1]
    if kind is NumbersSlot:
        return [depth]
    return [0 if shape is None else depth * prod(shape) for shape in shapes]


def _room(
    kernel: UpdateKernel, name: str, kind: Any, layout: Layout, rows: slice, is_grouped: bool, depth: int, shapes: Shapes
) -> SlotRoom:
    if kind is NumberSlot and (kernel.kind != "elementwise" or not is_grouped):
        return SlotRoom(name, rows, Layout(None, ((),)), (layout.dimension,) if kernel.kind == "elementwise" else None)
    if kind is NumberSlot:
        return SlotRoom(name, rows, Layout(layout.names, ((),) * len(layout.shapes)), tuple(np.diff(layout.bounds).tolist()))
    if kind is NumbersSlot:
        return SlotRoom(name, rows, Layout(None, ((depth,),)))
    if kind is StackSlot:
        return SlotRoom(
            name, rows, Layout(layout.names, tuple((depth, *shape) for shape in layout.shapes)), order=_stacked(kernel, layout, depth)
        )
    names = None if layout.names is None else tuple(name for name, shape in zip(layout.names, shapes, strict=True) if shape is not None)
    return SlotRoom(name, rows, Layout(names, tuple(shape for shape in shapes if shape is not None)))


def _stacked(kernel: UpdateKernel, layout: Layout, depth: int) -> tuple[int, ...] | None:
    """Where the numbers of a stack stand, tensor by tensor, in rows that hold all params of the first array, then of the second, ...

    None where the rows are of one tensor after the other.
    """
    if kernel.kind not in WHOLE or len(layout.shapes) == 1:
        return None
    places = np.arange(depth * layout.dimension).reshape(depth, -1)
    of_tensors = [places[:, start:stop].reshape(-1) for start, stop in pairwise(layout.bounds)]
    return tuple(np.concatenate(of_tensors).tolist())


def memory_of(rule: Rule, slots: Mapping[str, Array], layout: Layout, runs: int = 1) -> Array:
    """The slots as they start, (rows, runs): as given, held in rows, else as the rule starts them; nan where the first gradient does."""
    memory = np.repeat(_starts_of(rule, slots, layout).reshape(-1, 1), runs, axis=1)
    memory[memory == FROM_PARAMS] = np.nan
    return memory


def _starts_of(rule: Rule, slots: Mapping[str, Array], layout: Layout) -> Array:
    """The numbers with which the slots of one run start, (rows,); FROM_GRADIENT or FROM_PARAMS where the first gradient fills them."""
    rooms = rooms_of(rule, layout)
    starts = np.empty(rooms[-1].rows.stop if rooms else 0)
    for room in rooms:
        if room.name in slots:
            starts[room.rows] = slots[room.name].reshape(-1)
        elif rule.groups and room.count == layout.dimension:
            of_tensors = [each.starts.get(room.name, 0.0) for each in rule.of_tensors(layout)]
            starts[room.rows] = np.repeat(of_tensors, np.diff(layout.bounds))
        else:
            starts[room.rows] = rule.starts.get(room.name, 0.0)
    return starts


def handed(rule: Rule, layout: Layout, runs: int) -> tuple[Array, NDArray[np.int64]]:
    """The numbers and the tensors of a rule as its packed function takes them."""
    numbers, tensors = rule.numbers(layout), tensors_of(rule, layout, runs)
    if not isinstance(rule, Chain) or not any(link.restarts for link in rule.links):
        return numbers, tensors
    starts = [_starts_of(part, {}, layout) for link, part in zip(rule.links, rule.parts, strict=True) if link.restarts]
    return np.concatenate([numbers[0], *starts]).reshape(1, -1), tensors


def packed(kernel: UpdateKernel, memory: Array) -> Array:
    """The memory as the kernel's packed function takes it: a slot a row for an elementwise kernel."""
    return memory.reshape(len(kernel.slots), -1) if kernel.kind == "elementwise" and kernel.slots else memory


def tensors_of(rule: Rule, layout: Layout, runs: int) -> NDArray[np.int64]:
    """Where each tensor, or parameter group, and its slots stand in the packed arrays: a row each, by the columns of `kinds`."""
    if isinstance(rule, Chain):
        return _tensors_of_links(rule, layout, runs)
    kernel, count = rule.kernel, len(layout.shapes)
    if not rule.groups and kernel.kind == "elementwise":
        return np.array([[0, layout.dimension * runs]])
    rooms = rooms_of(rule, layout)
    if kernel.kind in WHOLE:
        ends = [end for room in rooms for end in (room.rows.start, room.rows.stop)]
        return np.array([[0, layout.dimension * runs, layout.dimension, 1, *ends]])
    first_axis = SLOTS + 2 * len(rooms)
    found = np.zeros((count, first_axis + max(1, *map(len, layout.shapes))), dtype=np.int64)
    found[:, START], found[:, STOP] = np.array(layout.bounds[:-1]) * runs, np.array(layout.bounds[1:]) * runs
    found[:, SHAPE], found[:, AXES] = first_axis, [len(shape) or 1 for shape in layout.shapes]
    for row, shape in zip(found, layout.shapes, strict=True):
        row[first_axis : first_axis + (len(shape) or 1)] = shape or (1,)
    if kernel.kind == "elementwise":
        return found
    for number, (room, kind) in enumerate(zip(rooms, kernel.slot_kinds.values(), strict=True)):
        sizes = slot_sizes(kernel, kind, layout, rule.depths.get(room.name, 1), shapes_of(rule, room.name, kind, layout))
        stops = room.rows.start + np.cumsum(sizes)
        found[:, SLOTS + 2 * number], found[:, SLOTS + 2 * number + 1] = stops - sizes, stops
    return found


def _tensors_of_links(chain: Chain, layout: Layout, runs: int) -> NDArray[np.int64]:
    """What the function that runs chains knows of the links."""
    ends = [0]
    for part in chain.parts:
        rooms = rooms_of(part, layout)
        ends.append(ends[-1] + (rooms[-1].rows.stop if rooms else 0))
    return chain.described(layout, list(pairwise(ends)), [tensors_of(part, layout, runs) for part in chain.parts])
