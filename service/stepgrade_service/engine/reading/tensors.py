"""Params of any shape as one flat vector, and back: a number, nested lists, or named tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bounds import MAX_DEPTH as MAX_DEPTH
from .bounds import MOST_NUMBERS
from .cost import in_numbers
from .faults import MOST_FAULTS, Collector, Fault, Path, Refusal, nearest

Vector = NDArray[np.float64]
Tensor = NDArray[np.float64]

NUMBERS = {float, int, np.float64, np.int64}


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
    faults: list[Fault] = []
    _inspect(value, (), 0, faults)
    if faults:
        raise Refusal(faults)
    try:
        tensor = np.array(value, dtype=np.float64)
    except (ValueError, OverflowError):
        raise Refusal([Fault((), "expected lists of equal length at each level")]) from None
    if tensor.size == 0:
        raise Refusal([Fault((), "expected at least one number, got an empty list")])
    if not np.isfinite(tensor).all():
        raise Refusal([Fault((), "expected finite numbers")])
    return tensor


def _read_array(value: NDArray[Any]) -> Tensor:
    if value.dtype.kind not in "fiu" or value.size == 0 or value.ndim > MAX_DEPTH or not np.isfinite(value).all():
        raise Refusal([Fault((), "expected a non-empty array of finite numbers")])
    return np.array(value, dtype=np.float64, order="C")


def _inspect(value: Any, path: Path, depth: int, faults: list[Fault], most: int = 5) -> None:
    """Find what is not a number; stops looking after `most` faults, since a wrong array is wrong everywhere."""
    if type(value) in NUMBERS:
        return
    if not isinstance(value, list | tuple):
        faults.append(Fault(path, f"expected a number{' or a list' if depth == 0 else ''}, got {kind_of(value)}"))
    elif depth == MAX_DEPTH:
        faults.append(Fault((), f"expected at most {MAX_DEPTH} nested lists"))
    elif len(value) > MOST_NUMBERS:
        faults.append(Fault(path, f"expected at most {MOST_NUMBERS} entries in a list, got {len(value)}"))
    elif not _is_plain(value, depth):
        for index, entry in enumerate(value):
            if len(faults) >= most:
                return
            _inspect(entry, (*path, index), depth + 1, faults, most)


def _is_plain(value: list[Any] | tuple[Any, ...], depth: int) -> bool:
    """Whether a list has only numbers, or only lists of numbers: most are of these, and need no look at each entry by itself."""
    kinds = set(map(type, value))
    if kinds <= NUMBERS:
        return True
    if kinds != {list} or depth + 1 == MAX_DEPTH:
        return False
    return set(map(type, chain.from_iterable(value))) <= NUMBERS and max(map(len, value)) <= MOST_NUMBERS


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    kinds = {str: "a string", bool: "true or false", type(None): "null", dict: "an object", list: "a list"}
    return kinds.get(type(value), type(value).__name__)


def read_params(value: Any) -> Params:
    """Read a tensor or an object of named tensors; raises Refusal with every fault."""
    if not isinstance(value, Mapping):
        tensor = read_tensor(value)
        return Params(Layout(None, (tensor.shape,)), tensor.reshape(-1))
    if not value:
        raise Refusal([Fault((), "expected at least one named tensor")])
    tensors, faults = {}, Collector()
    for name, entry in value.items():
        with faults.at(name):
            tensors[name] = read_tensor(entry)
    faults.settle()
    layout = Layout(tuple(tensors), tuple(t.shape for t in tensors.values()))
    return Params(layout, np.concatenate([t.reshape(-1) for t in tensors.values()]))


def name_faults(got: Sequence[str], wanted: Sequence[str]) -> list[Fault]:
    """What is wrong with the names of tensors: those that are unknown, each where it stands, and those that are missing."""
    known, there, near = set(wanted), set(got), wanted if len(wanted) <= MOST_COMPARED else ()
    strangers = islice((name for name in got if name not in known), MOST_FAULTS)
    faults = [Fault((name,), _unknown_tensor(name, wanted, near, before)) for before, name in enumerate(strangers)]
    missing = [name for name in wanted if name not in there]
    return [*faults, Fault((), f"expected an entry for each tensor; no entry for {listed(missing)}")] if missing else faults


def _unknown_tensor(name: str, wanted: Sequence[str], near: Sequence[str], before: int) -> str:
    found = nearest(name, near, before)
    hint = f"did you mean {' or '.join(found)}? Known names: " if found else "known names: "
    return f"unknown tensor {shortened(name)!r}; {hint}{listed(wanted)}"


def read_like(value: Any, layout: Layout, what: str = "params") -> Vector:
    """Read what must be laid out like `layout`, as a flat vector; raises Refusal where it is not."""
    params = read_params(value)
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
    together = _together(values, layout)
    if together is not None:
        return together
    parts, faults = list[NDArray[np.float64]](), Collector()
    for first in range(0, len(values), ROWS_AT_A_TIME):
        some = values[first : first + ROWS_AT_A_TIME]
        part = _together(some, layout)
        parts.append(_one_by_one(some, first, layout, what, faults) if part is None else part)
        if len(faults.faults) >= MOST_WRONG_ROWS:
            break
    faults.settle()
    return np.concatenate(parts)


#: After so many faults a list of entries is read no further; where something is wrong, so many are read at a time.
MOST_WRONG_ROWS, ROWS_AT_A_TIME = 20, 1000


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


def _columns(values: Sequence[Any] | NDArray[Any], layout: Layout) -> list[list[Any]]:
    """What a list of entries has for each tensor, in the order of the layout; raises Refusal where an entry has other names."""
    if layout.names is None:
        return [list(values)]
    names = set(layout.names)
    if any(not isinstance(entry, Mapping) or entry.keys() != names for entry in values):
        raise Refusal([Fault((), "expected the same names in each entry")])
    return [[entry[name] for entry in values] for name in layout.names]


def _column(entries: list[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """One tensor of every entry, (entries, numbers); raises Refusal where one is none, or has another shape."""
    together = read_tensor(entries)
    if together.shape[1:] != shape:
        raise Refusal([Fault((), "expected the same shape in each entry")])
    return together.reshape(len(entries), -1)
