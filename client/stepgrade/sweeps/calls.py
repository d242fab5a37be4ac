"""The calls of a chunk, in the two forms in which they go to a worker: as text, and as columns."""

from __future__ import annotations

import json
import marshal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from stepgrade.encoding import plain
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json
from stepgrade.sweeps.together import NUMBERS, OWN, Alike, alike, apart, digest

#: Made once: to make it takes as long as to write a call.
WRITER = json.JSONEncoder(default=plain)

WITHIN = "__"

#: Which alternatives have a column of their own in a batch.
NAMES = {"rate": f"optimizer{WITHIN}lr", "start": "start", "seed": f"noise{WITHIN}seed"}

Values = list[Any] | NDArray[Any]


class Calls(Protocol):
    """Some calls, in order."""

    def __len__(self) -> int:
        """How many."""
        ...

    def part(self, first: int, last: int) -> Self:
        """Those from number `first` to before number `last`."""
        ...

    def call(self, number: int) -> Any:
        """One of them, in JSON's own types; a text says why it is none."""
        ...

    def groups(self) -> list[Alike]:
        """Those that have something in common."""
        ...


@dataclass(frozen=True)
class CallLines:
    """Calls as text: a line is the JSON of a call, or, as JSON text, why it has none."""

    lines: tuple[str, ...]

    def __len__(self) -> int:
        """How many."""
        return len(self.lines)

    def part(self, first: int, last: int) -> CallLines:
        """Some of them."""
        return CallLines(self.lines[first:last])

    def call(self, number: int) -> Any:
        """One of them."""
        return self._read[number]

    def groups(self) -> list[Alike]:
        """Those that have something in common."""
        return alike(self._read)

    @cached_property
    def _read(self) -> list[Any]:
        return list(json.loads(f"[{','.join(self.lines)}]"))

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to a worker as text alone."""
        return CallLines, (self.lines,)


def line_of(call: Any) -> str:
    """A call as a line. A call that cannot be written becomes its fault, so that the others go on."""
    try:
        if not isinstance(call, Mapping):
            raise InvalidArgument(f"a call must be a mapping of arguments, not {type(call).__name__}")
        return WRITER.encode(call if type(call) is dict else dict(call))
    except (InvalidArgument, TypeError, ValueError, RecursionError) as fault:
        return json.dumps(str(fault))


@dataclass(frozen=True, eq=False)
class Varying:
    """The values of one argument, and which of them each call has, (calls,)."""

    values: Values
    which: NDArray[np.intp]

    @classmethod
    def of(cls, values: Values) -> Varying:
        """Values one per call; of a list each that is there several times is kept once."""
        if isinstance(values, np.ndarray):
            return cls(values, np.arange(len(values)))
        marks = values if set(map(type, values)) == {str} else [marshal.dumps(value, 2) for value in values]
        kept = dict(zip(reversed(marks), reversed(values), strict=True))  # in another order, which does not matter
        numbers = {mark: number for number, mark in enumerate(kept)}
        return cls([*kept.values()], np.fromiter(map(numbers.__getitem__, marks), np.intp, len(marks)))

    def part(self, first: int, last: int) -> Varying:
        """Those of some calls, without the values that none of them has."""
        used, which = np.unique(self.which[first:last], return_inverse=True)
        values = self.values[used] if isinstance(self.values, np.ndarray) else [self.values[each] for each in used.tolist()]
        return Varying(values, which.reshape(-1))

    def value(self, number: int) -> Any:
        """That of one call, in JSON's own types."""
        value = self.values[self.which[number]]
        return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


@dataclass(frozen=True, eq=False)
class CallColumns:
    """Calls as columns: what all have, and the axes by name."""

    common: Json
    axes: Mapping[str, Varying]
    count: int

    def __len__(self) -> int:
        """How many."""
        return self.count

    def part(self, first: int, last: int) -> CallColumns:
        """Some of them."""
        last = min(last, self.count)
        return CallColumns(self.common, {name: axis.part(first, last) for name, axis in self.axes.items()}, last - first)

    def call(self, number: int) -> Any:
        """One of them."""
        return combined(self.common, {name: axis.value(number) for name, axis in self.axes.items()})

    def groups(self) -> list[Alike]:
        """Those that have something in common: for each combination of the other arguments one, and those of them together that are."""
        found = dict[bytes, list[Alike]]()
        columns = {own: axis for own, name in NAMES.items() if (axis := self.axes.get(name)) is not None and _is_column(own, axis.values)}
        taken = {NAMES[own] for own in columns}
        for numbers in self._combinations([axis for name, axis in self.axes.items() if name not in taken]):
            first = self.call(int(numbers[0]))
            parts = apart(first)
            if parts is None:
                continue
            common, own = parts
            made = {name: _column(name, value, columns.get(name), numbers) for name, value in own.items()}
            found.setdefault(common, []).append(Alike(common, first, numbers, made))
        return sorted(map(_as_one, found.values()), key=lambda group: int(group.numbers[0]))

    def _combinations(self, axes: Sequence[Varying]) -> list[NDArray[np.intp]]:
        """The numbers of the calls that have the same values on all of these axes."""
        combination = np.zeros(self.count, np.intp)
        for axis in axes:
            _, combination = np.unique(combination * len(axis.values) + axis.which, return_inverse=True)
        order = np.argsort(combination.reshape(-1), kind="stable")
        return np.split(order, np.flatnonzero(np.diff(combination.reshape(-1)[order])) + 1)


def digest_of(calls: Calls, groups: Sequence[Alike] | None = None) -> str:
    """What calls are known by, whatever form they came in; `groups` are theirs, where they are at hand."""
    groups = calls.groups() if groups is None else groups
    left = np.ones(len(calls), np.bool_)
    for group in groups:
        left[group.numbers] = False
    return digest(groups, {number: json.dumps(calls.call(number)) for number in np.flatnonzero(left).tolist()})


def combined(common: Json, values: Mapping[str, Any]) -> Json:
    """A call: what all have, and the values by name."""
    call = dict(common)
    for name, value in values.items():
        _put(call, name.split(WITHIN), value)
    return call


def _put(call: Json, path: list[str], value: Any) -> None:
    """Set a value at a path, in copies of what is on the way; an optimizer or objective given as a name becomes a mapping with it."""
    name, *rest = path
    if not rest:
        call[name] = value
        return
    there = call.get(name, {})
    if not isinstance(there, (str, Mapping)):
        said = (
            f"{name}{WITHIN}{rest[0]} sets a value in {name}, which must be a name or a mapping, not {there!r:.60}. Give values for {name}."
        )
        raise InvalidArgument(said, pointer=f"/{name}")
    call[name] = {"name": there} if isinstance(there, str) else dict(there)
    _put(call[name], rest, value)


def _is_column(own: str, values: Values) -> bool:
    """Whether all of these can stand in one column of a batch."""
    if isinstance(values, np.ndarray):
        return values.ndim == 1 + (own == "start") and values.dtype.kind in ("iu" if own == "seed" else "fiu")
    if own == "start":
        return len({len(each) if type(each) is list else 0 for each in values}) == 1 and all(map(_is_point, values))
    return set(map(type, values)) <= ({int} if own == "seed" else NUMBERS)


def _is_point(value: Any) -> bool:
    return type(value) is list and bool(value) and NUMBERS.issuperset(map(type, value))


def _column(own: str, value: Any, axis: Varying | None, numbers: NDArray[np.intp]) -> NDArray[Any]:
    """What is the calls' own: from its axis, or the same for all of them."""
    if axis is None:
        return np.array([value] * numbers.size, OWN[own])
    return np.asarray(axis.values, OWN[own])[axis.which[numbers]]


def _as_one(groups: list[Alike]) -> Alike:
    """Those with the same in common as one."""
    if len(groups) == 1:
        return groups[0]
    numbers = np.concatenate([group.numbers for group in groups])
    order = np.argsort(numbers)
    own = {name: np.concatenate([group.own[name] for group in groups])[order] for name in groups[0].own}
    first = min(groups, key=lambda group: int(group.numbers[0])).first
    return Alike(groups[0].common, first, numbers[order], own)
