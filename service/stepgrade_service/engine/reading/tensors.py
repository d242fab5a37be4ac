"""Params of any shape as one flat vector, and back: a number, nested lists, or named tensors."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, repeat
from math import isfinite, prod
from operator import eq, methodcaller
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from .bounds import MAX_DEPTH as MAX_DEPTH
from .bounds import MOST_NUMBERS, TOO_DEEP
from .cost import in_numbers
from .faults import MOST_FAULTS, Collector, Fault, Refusal, nearest
from .levels import Level

Vector = NDArray[np.float64]
Tensor = NDArray[np.float64]

#: Types of numbers, and of lists of them.
NUMBERS: set[type] = {float, int, np.float64, np.int64}
LISTS: set[type] = {list, tuple}

#: What a JSON value is, in words; true and false are told as they are.
KINDS = {str: "a string", type(None): "null", dict: "an object", list: "a list", tuple: "a list", int: "a number", float: "a number"}


@dataclass(frozen=True)
class Layout:
    """Names and shapes of params: `names` is None for a single tensor."""

    names: tuple[str, ...] | None
    shapes: tuple[tuple[int, ...], ...]

    @cached_property
    def bounds(self) -> tuple[int, ...]:
        """Where each tensor starts in the flat vector; the last entry is the dimension."""
        bounds = [0]
        for shape in self.shapes:
            bounds.append(bounds[-1] + prod(shape))
        return tuple(bounds)

    @property
    def dimension(self) -> int:
        """How many numbers there are."""
        return self.bounds[-1]

    def unflatten(self, flat: Vector) -> Any:
        """An array of shape (..., dimension) as an array of shape (..., *shape), or as a dict of them."""
        if self.names is None:
            return flat.reshape(flat.shape[:-1] + self.shapes[0])
        slices = zip(self.names, self.shapes, self.bounds[:-1], self.bounds[1:], strict=True)
        return {name: flat[..., a:b].reshape(flat.shape[:-1] + shape) for name, shape, a, b in slices}

    def coordinates(self, lr: float | Mapping[str, float]) -> Vector:
        """A learning rate laid out like the params; lr: one number, or one a tensor."""
        if isinstance(lr, Mapping):
            assert self.names is not None
            sizes = np.diff(self.bounds)
            return np.repeat([float(lr[name]) for name in self.names], sizes)
        return np.full(self.dimension, float(lr))

    def place(self, coordinate: int) -> str:
        """Where a number of the flat vector stands, in words: `W[0, 1]`, `params[2]`, `params` where it is alone."""
        tensor = bisect_right(self.bounds, coordinate) - 1
        name = "params" if self.names is None else shortened(self.names[tensor])
        index = np.unravel_index(coordinate - self.bounds[tensor], self.shapes[tensor]) if self.shapes[tensor] else ()
        return name + (f"[{', '.join(str(int(i)) for i in index)}]" if index else "")

    @cached_property
    def names_length(self) -> float:
        """What its names take up wherever a tensor stands in an answer, in numbers sent."""
        return in_numbers(*self.names or ())

    @cached_property
    def headings_length(self) -> float:
        """What they take up where each number has a column of its own."""
        return sum(in_numbers(name) * prod(shape) for name, shape in zip(self.names or (), self.shapes, strict=False))

    def says(self) -> str:
        """The layout in words; of very many tensors the first, and how many more."""
        if self.names is None:
            return shaped(self.shapes[0])
        told = [
            f"{shortened(name)}: {_sizes(shape) if shape else 'a number'}"
            for name, shape in zip(self.names[:MOST_SHOWN], self.shapes, strict=False)
        ]
        return "{" + ", ".join([*told, *_more(len(self.names))]) + "}"


#: Of names and of sizes so many are told, and of a name so many characters: a layout of thousands tells nobody anything.
MOST_SHOWN, LONGEST_SHOWN = 12, 40

#: Among more names the nearest to an unknown one is not looked for.
MOST_COMPARED = 200


def shaped(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return f"shape {_sizes(shape)}" if shape else "a number"


def listed(names: Sequence[str]) -> str:
    """Names in words; of very many the first, and how many more."""
    return ", ".join([*map(shortened, names[:MOST_SHOWN]), *_more(len(names))])


def shortened(name: str) -> str:
    """A name in a length that is meant to be read."""
    return name if len(name) <= LONGEST_SHOWN else name[: LONGEST_SHOWN - 3] + "..."


def _sizes(shape: tuple[int, ...]) -> str:
    return f"[{', '.join([*map(str, shape[:MOST_SHOWN]), *_more(len(shape))])}]"


def _more(count: int) -> list[str]:
    return [f"and {count - MOST_SHOWN} more"] if count > MOST_SHOWN else []


PLANE = Layout(None, ((2,),))


@dataclass(frozen=True)
class Params:
    """A point: its layout and its numbers as one flat vector."""

    layout: Layout
    flat: Vector

    @property
    def value(self) -> Any:
        return self.layout.unflatten(self.flat)


def read_tensor(value: Any) -> Tensor:
    """Turn a number, nested lists or an array into a float64 array; raises Refusal where it is none.

    Only numbers are numbers: no strings, booleans or nulls. One length at each level, 64 levels at most, no empty list.
    """
    if isinstance(value, np.ndarray | np.generic):
        return _read_array(np.asarray(value))
    numbers, shape = _flattened(value)
    return _finite(numbers).reshape(shape)


def size_of(value: Any) -> int:
    """How many numbers params have if they are right: told by the first entries alone, before any is read."""
    if isinstance(value, Mapping):
        return sum(size_of(entry) for entry in value.values() if type(entry) in LISTS)
    size = 1
    for _ in range(MAX_DEPTH):
        if type(value) not in LISTS or not value:
            break
        size *= len(value)
        value = value[0]
    return size


#: So few numbers are looked at one by one, which takes less time than NumPy's arrangements.
FEW = 16


def _finite(numbers: Sequence[Any]) -> Vector:
    """Numbers as a vector of float64; raises Refusal where one is not finite."""
    try:
        vector = np.array(numbers, dtype=np.float64)
    except OverflowError:
        raise Refusal([Fault((), "expected finite numbers")]) from None
    if not (all(map(isfinite, numbers)) if len(numbers) <= FEW else np.isfinite(vector).all()):
        raise Refusal([Fault((), "expected finite numbers")])
    return vector


def _read_array(value: NDArray[Any]) -> Tensor:
    if value.dtype.kind not in "fiu" or value.size == 0 or value.ndim > MAX_DEPTH or not np.isfinite(value).all():
        raise Refusal([Fault((), "expected a non-empty array of finite numbers")])
    return np.array(value, dtype=np.float64, order="C")


def _flattened(value: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The numbers of nested lists in one list, and the shape; raises Refusal where the lists are no tensor."""
    if type(value) in NUMBERS:
        return [value], ()
    if type(value) is list and 0 < len(value) <= MANY and NUMBERS.issuperset(map(type, value)):
        return value, (len(value),)  # most are short
    if isinstance(value, np.ndarray | np.generic):
        tensor = _read_array(np.asarray(value))
        return tensor.reshape(-1).tolist(), tensor.shape
    if type(value) not in LISTS:
        raise Refusal([Fault((), expected("a number or a list", value))])
    if len(value) > MANY and type(value[0]) in LISTS and (together := _in_parts(value)):
        return together
    level, shape = Level([value], LISTS), list[int]()
    while not level.kinds <= NUMBERS:
        sizes = set(map(len, level.entries)) if level.kinds <= LISTS else set()
        if len(sizes) != 1 or len(shape) == MAX_DEPTH or max(sizes) > MOST_NUMBERS:
            raise Refusal(_no_tensor(level, len(shape)))
        shape += sizes
        if 0 in sizes:
            raise Refusal([Fault((), "expected at least one number, got an empty list")])
        level = level.below
    return level.entries, tuple(shape)


#: Of a longer list of lists so many are gone through at a time: what they hold stays at hand.
MANY = 1024


def _in_parts(value: Sequence[Any]) -> tuple[list[Any], tuple[int, ...]] | None:
    """The same of very many lists, a part after the other; None where one is wrong."""
    numbers, shapes = list[Any](), set[tuple[int, ...]]()
    for first in range(0, len(value), MANY):
        try:
            flat, shape = _flattened(value[first : first + MANY])
        except Refusal:
            return None
        numbers += flat
        shapes.add(shape[1:])
        if len(shapes) > 1:
            return None
    return numbers, (len(value), *shapes.pop())


#: After so many faults nobody looks further: a wrong array is wrong everywhere.
MOST_WRONG_NUMBERS = 5


def _no_tensor(level: Level, depth: int) -> list[Fault]:
    """Why lists are no tensor, from the first level on that is wrong: what is no number; or else that the lists are too deep or unequal."""
    while True:
        strangers = level.among(level.kinds - NUMBERS - LISTS)
        faults = [Fault(level.path(number), expected("a number", entry)) for number, entry in _first(strangers)]
        long = ((number, entry) for number, entry in level.among(LISTS) if len(entry) > MOST_NUMBERS)
        faults += [Fault(level.path(number), _too_long(entry)) for number, entry in _first(long)]
        if faults or not level.holders:
            return faults or [Fault((), "expected lists of equal length at each level")]
        if depth == MAX_DEPTH:
            return [Fault((), TOO_DEEP)]
        level, depth = level.below, depth + 1


def _first(entries: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    return islice(entries, MOST_WRONG_NUMBERS)


def _too_long(entries: Sequence[Any]) -> str:
    return f"expected at most {MOST_NUMBERS} entries in a list, got {len(entries)}"


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return KINDS.get(type(value), type(value).__name__)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a JSON value is a number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def expected(what: str, value: Any) -> str:
    """What is told of a value of another kind: `expected a number, got a string`."""
    return f"expected {what}{';' if ',' in what else ','} got {kind_of(value)}"


def read_params(value: Any) -> Params:
    """Read a tensor or an object of named tensors; raises Refusal with every fault."""
    if not isinstance(value, Mapping):
        tensor = read_tensor(value)
        return Params(Layout(None, (tensor.shape,)), tensor.reshape(-1))
    if not value:
        raise Refusal([Fault((), "expected at least one named tensor")])
    numbers, shapes, faults = list[Any](), list[tuple[int, ...]](), Collector()
    for name, entry in value.items():
        with faults.at(name):
            flat, shape = _flattened(entry)
            numbers += flat
            shapes.append(shape)
    faults.settle()
    layout = Layout(tuple(value), tuple(shapes))
    return Params(layout, _finite_of(numbers, layout))


def _finite_of(numbers: list[Any], layout: Layout) -> Vector:
    """The numbers of named tensors as one vector; raises Refusal that names each tensor in which one is not finite."""
    try:
        return _finite(numbers)
    except Refusal:
        names, bounds, faults = layout.names or (), layout.bounds, Collector()
        for name, first, last in zip(names, bounds[:-1], bounds[1:], strict=True):
            with faults.at(name):
                _finite(numbers[first:last])
        faults.settle()
        raise


def name_faults(got: Sequence[str], wanted: Sequence[str], what: str = "tensor") -> list[Fault]:
    """What is wrong with the names of tensors: those that are unknown, each where it stands, and those that are missing."""
    known, there, near = set(wanted), set(got), wanted if len(wanted) <= MOST_COMPARED else ()
    strangers = islice((name for name in got if name not in known), MOST_FAULTS)
    faults = [Fault((name,), _unknown(what, name, wanted, near, before)) for before, name in enumerate(strangers)]
    missing = [name for name in wanted if name not in there]
    return [*faults, Fault((), f"expected an entry for each {what}; no entry for {listed(missing)}")] if missing else faults


def _unknown(what: str, name: str, wanted: Sequence[str], near: Sequence[str], before: int) -> str:
    found = nearest(name, near, before)
    hint = f"did you mean {' or '.join(found)}? Known names: " if found else "known names: "
    return f"unknown {what} {shortened(name)!r}; {hint}{listed(wanted)}"


def read_like(value: Any, layout: Layout, what: str = "params") -> Vector:
    """Read what must be laid out like `layout`, as a flat vector; raises Refusal where it is not."""
    return laid_like(read_params(value), layout, what)


def laid_like(params: Params, layout: Layout, what: str = "params") -> Vector:
    """Params as the flat vector of `layout`, whatever the order of their names; raises Refusal where they are laid out otherwise."""
    if params.layout == layout:
        return params.flat
    if layout.names is None or params.layout.names is None:
        raise Refusal([Fault((), f"expected the layout of {what}, {layout.says()}; got {params.layout.says()}")])
    if faults := name_faults(params.layout.names, layout.names):
        raise Refusal(faults)
    shapes = dict(zip(params.layout.names, params.layout.shapes, strict=True))
    wrong = [(name, shape) for name, shape in zip(layout.names, layout.shapes, strict=True) if shapes[name] != shape]
    if wrong:
        raise Refusal([Fault((name,), f"expected {shaped(shape)} as in {what}; got {shaped(shapes[name])}") for name, shape in wrong])
    named = params.value
    return np.concatenate([named[name].reshape(-1) for name in layout.names])


def read_rows(values: Sequence[Any] | NDArray[Any], layout: Layout, what: str = "params") -> NDArray[np.float64]:
    """Read a list of entries that are each laid out like `layout`: (entries, dimension)."""
    parts, faults = list[NDArray[np.float64]](), Collector()
    for first in range(0, len(values), ROWS_AT_A_TIME):
        parts += _some_rows(values[first : first + ROWS_AT_A_TIME], first, layout, what, faults)
    faults.settle()
    return np.concatenate(parts) if parts else np.empty((0, layout.dimension))


#: After so many faults a list of entries is read no further. So many are read at once; where one of these is wrong, in smaller parts.
MOST_WRONG_ROWS, ROWS_AT_A_TIME, PARTS, FEW_ROWS = 20, 4096, 16, 16


def _some_rows(
    values: Sequence[Any] | NDArray[Any], first: int, layout: Layout, what: str, faults: Collector
) -> Iterator[NDArray[np.float64]]:
    """Some entries, of which `first` is the number of the first one: at once where all are right, else in ever smaller parts."""
    if len(faults.faults) >= MOST_WRONG_ROWS:
        return
    if (together := _together(values, layout)) is not None:
        yield together
    elif len(values) <= FEW_ROWS:
        yield _one_by_one(values, first, layout, what, faults)
    else:
        size = -(-len(values) // PARTS)
        for start in range(0, len(values), size):
            yield from _some_rows(values[start : start + size], first + start, layout, what, faults)


def _together(values: Sequence[Any] | NDArray[Any], layout: Layout) -> NDArray[np.float64] | None:
    """Entries that are all right, read at once; None where one of them is not."""
    try:
        columns = [_column(column, shape) for column, shape in zip(_columns(values, layout), layout.shapes, strict=True)]
    except Refusal:
        return None
    return columns[0] if len(columns) == 1 else np.concatenate(columns, axis=1)


def _one_by_one(values: Sequence[Any] | NDArray[Any], first: int, layout: Layout, what: str, faults: Collector) -> NDArray[np.float64]:
    """Entries read one by one, so that each fault is found where it is; `first` is the number of the first of them."""
    rows = list[Vector]()
    for index, entry in enumerate(values, start=first):
        with faults.at(index):
            rows.append(read_like(entry, layout, what))
        if len(faults.faults) >= MOST_WRONG_ROWS:
            break
    return np.array(rows).reshape(len(rows), layout.dimension)


def _columns(values: Sequence[Any] | NDArray[Any], layout: Layout) -> list[Sequence[Any] | NDArray[Any]]:
    """What a list of entries has for each tensor, in the order of the layout; raises Refusal where an entry has other names."""
    if layout.names is None:
        return [values]
    names = set(layout.names)
    if set(map(type, values)) != {dict} or not all(map(eq, map(methodcaller("keys"), values), repeat(names))):
        raise Refusal([Fault((), "expected the same names in each entry")])
    return [[entry[name] for entry in values] for name in layout.names]


def _column(entries: Sequence[Any] | NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """One tensor of every entry, (entries, numbers); raises Refusal where one is none, or has another shape."""
    together = read_tensor(entries)
    if together.shape[1:] != shape:
        raise Refusal([Fault((), "expected the same shape in each entry")])
    return together.reshape(len(entries), -1)
