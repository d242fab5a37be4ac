"""What a student's code keeps between calls outside of its arguments: global variables, those around it, defaults, attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from dis import get_instructions
from functools import partial
from types import CellType, CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

#: Of other kinds nothing is copied: modules, functions, classes and what other libraries make.
DATA = (type(None), bool, int, float, str, list, tuple, dict, np.ndarray, np.number)
LARGEST = 100_000  # numbers: what is larger is no state of the params of a check
OF_MODULES = ("LOAD_GLOBAL", "STORE_GLOBAL")
WHOLE_NUMBERS = "int_state"  # the side effect


@dataclass(frozen=True)
class KeptOutside:
    """A name under which data are kept, with how they are read and set, and a copy of what was there at first."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], None]
    first: Any

    def is_changed(self) -> bool:
        """Whether it no longer holds what was there at first."""
        return not _equal(self.read(), self.first)

    def restore(self) -> None:
        """Put back what was there at first: into the same list or dictionary, which may have other names."""
        now = self.read()
        if isinstance(now, dict) and isinstance(self.first, dict):
            now.clear()
            now.update(deepcopy(self.first))
        elif isinstance(now, list) and isinstance(self.first, list):
            now[:] = deepcopy(self.first)
        else:
            self.write(deepcopy(self.first))


class Memory:
    """All the places of a function, or of the methods of a class; and what the objects of a class share."""

    def __init__(self, student: Callable[..., Any]) -> None:
        made = student.func if isinstance(student, partial) else student
        functions = [value for value in vars(made).values() if isinstance(value, FunctionType)] if isinstance(made, type) else [made]
        self.shared = attributes_of_a_class(made) if isinstance(made, type) else []
        seen = set[int]()
        self.places = tuple(place for function in functions for place in _places(function, seen))

    def changed(self) -> list[str]:
        """The names of what the code has changed."""
        return [place.name for place in self.places if place.is_changed()]

    @property
    def holds_data(self) -> bool:
        """Whether there is anything in any of the places, which may be a state."""
        return any(not isinstance(place.first, (dict, list)) or bool(place.first) for place in self.places)

    @property
    def holds_arrays(self) -> bool:
        """Whether there are arrays in any of the places, which have a shape of their own."""
        return any(array.size > 1 for place in self.places for array in _arrays(place.first))

    def restore(self) -> None:
        """Make everything as it was at first, but for what objects share: several may be made."""
        for place in self.places:
            if place.is_changed():
                place.restore()

    def renew(self) -> None:
        """Make everything as if the file had just been read."""
        self.restore()
        for place in self.shared:
            if place.is_changed():
                place.restore()


def attributes_of_a_class(made: type) -> list[KeptOutside]:
    """The data that all objects of a class share."""
    found = [_place(name, partial(getattr, made, name), partial(setattr, made, name)) for name in vars(made) if not name.startswith("__")]
    return [place for place in found if place is not None]


def _places(function: Any, seen: set[int]) -> Iterator[KeptOutside]:
    """The places of a function, and of the functions of its file that it calls."""
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    seen.add(id(function))
    held = function.__globals__
    names = [name for name in dict.fromkeys(_names(function.__code__)) if name in held]
    cells = list(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    found = [_place(name, partial(held.__getitem__, name), partial(held.__setitem__, name)) for name in names]
    found += [_place(name, partial(_contents, cell), partial(setattr, cell, "cell_contents")) for name, cell in cells]
    found.append(_place("its attributes", partial(vars, function), _nothing))
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    found += [_place("a default", partial(_itself, value), _nothing) for value in defaults if isinstance(value, (list, dict))]
    yield from (place for place in found if place is not None)
    for other in (*(held[name] for name in names), *(_contents(cell) for _, cell in cells)):
        if isinstance(other, FunctionType) and other.__globals__ is held:
            yield from _places(other, seen)


def _place(name: str, read: Callable[[], Any], write: Callable[[Any], None]) -> KeptOutside | None:
    """A place, if data are there that can be copied."""
    try:
        value = read()
        is_large = isinstance(value, (np.ndarray, list, dict)) and (value.size if isinstance(value, np.ndarray) else len(value)) > LARGEST
        return KeptOutside(name, read, write, deepcopy(value)) if isinstance(value, DATA) and not is_large else None
    except Exception:  # what is in a list or dictionary may be of any kind
        return None


def _itself(value: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    """What is changed in place and never set: a default, and the attributes of a function."""


def _contents(cell: CellType) -> Any:
    """What a variable around a function holds; None where it has no value yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _names(code: CodeType) -> Iterator[str]:
    """The global names that code looks up, and that of functions within it."""
    yield from (str(each.argval) for each in get_instructions(code) if each.opname in OF_MODULES)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays in data."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _arrays(part)


def whole_numbers_in(values: Iterable[Any], start: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays of whole numbers in data that are laid out like a tensor of the params."""
    shapes = {np.shape(part) for part in (start.values() if isinstance(start, dict) else [start])}
    return [array for value in values for array in _arrays(value) if array.dtype.kind in "iu" and array.shape in shapes]


def begins_with_whole_numbers(frame: FrameType, start: Any) -> bool:
    """Whether the code of a frame has zeros for a state before its first step, in an array of whole numbers."""
    return any(not array.any() for array in whole_numbers_in(frame.f_locals.values(), start))


def _equal(one: Any, other: Any) -> bool:
    """Whether data hold the same numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(_equal, one, other))
    if type(one) is not type(other):
        return False
    try:
        return bool(np.array_equal(one, other, equal_nan=isinstance(one, np.ndarray) and one.dtype.kind == "f"))
    except Exception:  # of a kind that NumPy cannot compare
        return one is other
