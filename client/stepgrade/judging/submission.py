"""What a student's code returned, as flat vectors by step. Nothing in it is an error: what is wrong with it is what a check is to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging.float32 import is_float32

Flat = NDArray[np.float64]

#: Types that are numbers, or null in the place of one, and those that hold more of them.
NUMBERS, LISTS = {int, float, type(None), np.float64, np.float32, np.int64}, {list, tuple}

#: The kinds of arrays that hold numbers: floats, whole numbers, and objects, which are looked into.
OBJECTS = "O"
NUMERIC = {"f", "i", "u", OBJECTS}

#: Lists in lists, one more than an array has axes.
DEEPEST = 66


class Layout(Protocol):
    """Names and shapes of params: `names` is None for a single tensor."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """In the order in which they stand in the flat vector."""
        ...

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """One for each name, or one."""
        ...


#: What stands for a count of steps that is none.
NO_COUNT = "not a number"


@dataclass(frozen=True)
class Misshapen:
    """Numbers in another shape than the params have."""

    shape: tuple[int, ...] | str
    numbers: Flat | None = None


@dataclass(frozen=True)
class Miscounted(Misshapen):
    """Another number of points than there are steps; `shape` says it in words."""


def miscounted(points: int, steps: int, also: str = "", numbers: Flat | None = None) -> Miscounted:
    """`You returned 1 point. There are 10 steps. The end is right`: sentences, but for the last full stop."""
    returned = f"You returned {points} point{'' if points == 1 else 's'}"
    needed = "There is 1 step" if steps == 1 else f"There are {steps} steps"
    return Miscounted(". ".join([returned, needed, *([also] if also else [])]), numbers)


@dataclass(frozen=True)
class Submission:
    """One case's numbers: by compared step (its number from 1) a flat vector, nan where there is no number; or what shape they had.

    `state` holds the slots at the end, flat, and `t`, where they were returned. With `is_end_alone` the points are `params`.
    """

    points: Mapping[int, Flat | Misshapen]
    update: Flat | Misshapen | None
    state: Mapping[str, Flat | Misshapen]
    t: Any
    side_effects: tuple[str, ...]
    is_end_alone: bool = False

    @cached_property
    def is_float32(self) -> bool:
        """Whether all the points can be held in float32, or all of a slot, and are not whole: one float32 array rounds what follows."""
        points = [point for point in self.points.values() if isinstance(point, np.ndarray)]
        slots = [slot for slot in self.state.values() if isinstance(slot, np.ndarray)]
        return any(map(is_float32, [np.concatenate(points or [np.empty(0)]), *slots]))


#: What a submission has of a run: its end, or its points.
END, POINTS = "params", "points"


def end_or_points(submission: Mapping[str, Any]) -> str | None:
    """Which of the two a submission has; None where it has both or neither. Beside the other, null is left out: alone, it is a number."""
    there = [name for name in (END, POINTS) if name in submission]
    given = [name for name in there if submission[name] is not None] if len(there) > 1 else there
    return given[0] if len(given) == 1 else None


def paired(rows: Any, layout: Layout, compared: Sequence[int], start: Flat | None) -> dict[int, Flat | Misshapen]:
    """The points by compared step; the start may be among them or not, and of too many points none is right.

    `start` is where the run starts, None where that is not known: then a list that is too short has no start in it.
    """
    entries = _rows(rows, layout)
    if entries and isinstance(as_flat(entries[0], layout), Misshapen) and not isinstance(as_flat(rows, layout), Misshapen):
        entries = [rows]  # the end, not in a list
    if len(entries) == len(compared) + 1 or (0 < len(entries) < len(compared) and _is_at(start, entries[0], layout)):
        entries = entries[1:]
    if len(entries) > len(compared):
        many = as_tensor(entries, ())
        numbers = many.numbers if isinstance(many, Misshapen) else None
        return dict.fromkeys(compared, miscounted(len(entries), len(compared), "", numbers))
    return {step: as_flat(entry, layout) for step, entry in zip(compared, entries, strict=False)}


def _is_at(start: Flat | None, entry: Any, layout: Layout) -> bool:
    """Whether a point is where the run starts."""
    first = as_flat(entry, layout)
    return start is not None and isinstance(first, np.ndarray) and bool((first == start).all())


def _rows(rows: Any, layout: Layout) -> list[Any]:
    """A list of points, whether it is a list of named tensors or an object of lists."""
    if isinstance(rows, Mapping) and layout.names is not None:
        columns = [rows.get(name) for name in layout.names]
        if all(isinstance(column, list | tuple | np.ndarray) for column in columns):
            return [dict(zip(layout.names, entry, strict=True)) for entry in zip(*columns, strict=False)]
    return list(rows) if isinstance(rows, list | tuple | np.ndarray) else [rows]


def as_count(value: Any) -> Any:
    """A count of steps; `NO_COUNT` where it is no number: true is not 1."""
    return value if value is None or (isinstance(value, int | float | np.number) and not isinstance(value, bool)) else NO_COUNT


def as_flat(value: Any, layout: Layout) -> Flat | Misshapen:
    """Numbers as a flat vector, if they have the layout's shape."""
    if layout.names is None:
        return Misshapen("named tensors") if isinstance(value, Mapping) else as_tensor(value, layout.shapes[0])
    if not isinstance(value, Mapping) or set(value) != set(layout.names):
        return Misshapen("other names" if isinstance(value, Mapping) else "no named tensors")
    parts = [as_tensor(value[name], shape) for name, shape in zip(layout.names, layout.shapes, strict=True)]
    wrong = next((part for part in parts if isinstance(part, Misshapen)), None)
    return wrong if wrong is not None else np.concatenate([part for part in parts if isinstance(part, np.ndarray)])


def as_tensor(value: Any, shape: tuple[int, ...]) -> Flat | Misshapen:
    """One tensor as a flat vector, nan for null; a number may stand for a list of one. Texts and truth values are no numbers."""
    if not _has_numbers_alone(value):
        return Misshapen("not numbers")
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        try:
            array = np.array(_without_null(value), dtype=np.float64)
        except (TypeError, ValueError, OverflowError, RecursionError):
            return Misshapen("not numbers")
    if array.shape == shape or (array.size == 1 and shape in ((), (1,))):
        flat: Flat = array.reshape(-1)
        return flat
    return Misshapen(array.shape, array)


def _has_numbers_alone(value: Any) -> bool:
    """Whether nothing but numbers and null is in a value, however deeply: NumPy would make 0.9 of "0.9", and 1.0 of true."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        kinds = set(map(type, level)) - NUMBERS
        if any(issubclass(kind, str | bytes | bool | Mapping) for kind in kinds):
            return False
        others = [other for other in level if type(other) in kinds - LISTS] if kinds - LISTS else []
        if any(_kind(other) not in NUMERIC for other in others):
            return False
        level = list(chain.from_iterable(inner for inner in level if type(inner) in LISTS)) if kinds & LISTS else []
        level += chain.from_iterable(other.reshape(-1).tolist() for other in others if _kind(other) == OBJECTS)
        if not level:
            return True
    return False


def _kind(value: Any) -> str:
    """The kind of what an array holds; of what is none, and of other libraries' arrays, that of numbers."""
    return str(getattr(getattr(value, "dtype", None), "kind", "f"))


def _without_null(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_without_null(part) for part in value]
    return np.nan if value is None else value
