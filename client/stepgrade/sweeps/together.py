"""Calls that differ in learning rate, start and seed alone: the engine in this process runs them as one batch."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.caller import JSON
from stepgrade.encoding import body
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json, Request
from stepgrade.sweeps.columns import Cell, Column, RowsAlike, cells_of_arrays, cells_of_call

#: Runs a request many times, with other rates, starts or seeds; see `WsgiTransport.many`.
Many = Callable[..., Sequence[tuple[NDArray[np.intp], Json]] | None]

Rows = NDArray[np.intp]

#: No points are computed, written and read for nothing; and no step between the first and the last is recorded, of which there are no more.
BRIEF, MOST_STEPS = {"include": ()}, 10_000_000

NUMBERS = frozenset((int, float))

#: A whole number in JSON can be too large for float64.
BEYOND = 1e308

#: What calls that are alike have of their own, and the type of its column.
OWN = {"rate": np.float64, "start": np.float64, "seed": np.int64}


@dataclass(frozen=True)
class Alike:
    """Calls that differ in what is their own alone: their numbers in the chunk, rising, and a column for each of `OWN` that they have.

    `common` is the same for all of them, and for no other call. `first` is one of the calls.
    """

    common: bytes
    first: Json
    numbers: Rows
    own: Mapping[str, Column]

    def between(self, first: int, last: int) -> Alike:
        """Those from number `first` to before number `last`."""
        some = slice(*np.searchsorted(self.numbers, (first, last)))
        return replace(self, numbers=self.numbers[some], own={name: column[some] for name, column in self.own.items()})

    def call(self, place: int) -> Json:
        """One of the calls."""
        return placed(self.first, {name: column[place].tolist() for name, column in self.own.items()})

    def run(self, many: Many) -> Iterator[RowsAlike]:
        """What the calls and their answers say; a call that is in no part is to be made alone."""
        count = self.numbers.size
        for place in dict.fromkeys((0, count // 2, count - 1)):  # the first may be wrong, and the others not
            try:
                posted = Request.make("POST", "/trajectory", body(**brief(self.call(place))), None, JSON).body
            except (InvalidArgument, TypeError, ValueError):
                continue
            found = many(posted, count, **{f"{name}s": column for name, column in self.own.items()})
            if found is not None:
                yield from (self._part(*part) for part in found)
                return

    def _part(self, runs: Rows, members: Json) -> RowsAlike:
        own = self.own
        columns = {"call.optimizer.lr": own.get("rate"), "call.noise.seed": own.get("seed")}
        columns |= {f"call.start.{place}": column for place, column in enumerate(own["start"].T if "start" in own else ())}
        cells: dict[str, Cell | Column] = dict(cells_of_call(self.first))
        cells |= {name: column[runs].astype(np.float64) for name, column in columns.items() if column is not None and name in cells}
        return RowsAlike(self.numbers[runs], cells | {"error": ""} | dict(cells_of_arrays(members)))


def brief(call: Json) -> Json:
    """A call of whose answer the summary is kept: it is that of all steps, however few are recorded."""
    return {"record_every": MOST_STEPS, **call, **BRIEF}


def run_together(groups: Sequence[Alike], many: Many) -> Iterator[RowsAlike]:
    """Run what can be run together; a call that is in no part is to be made alone."""
    for group in groups:
        yield from group.run(many)


def alike(calls: Sequence[Any]) -> list[Alike]:
    """Calls by what they have in common, in the order of their first ones; what is no call is in none of them."""
    found = dict[bytes, list[tuple[int, dict[str, Any]]]]()
    for number, call in enumerate(calls):
        if isinstance(call, dict) and (parts := apart(call)) is not None:
            common, own = parts
            found.setdefault(common, []).append((number, own))
    return [_group(common, calls[members[0][0]], members) for common, members in found.items()]


def _group(common: bytes, first: Json, members: Sequence[tuple[int, dict[str, Any]]]) -> Alike:
    own = {name: np.array([own[name] for _, own in members], OWN[name]) for name in members[0][1]}
    return Alike(common, first, np.array([number for number, _ in members]), own)


def apart(call: Json) -> tuple[bytes, dict[str, Any]] | None:
    """What a call has in common with others, and what is its own; None for one that can stand in no column."""
    rest, own = dict(call), {}
    optimizer, start, noise = call.get("optimizer"), call.get("start"), call.get("noise")
    if type(optimizer) is dict and type(optimizer.get("lr")) in NUMBERS and abs(optimizer["lr"]) < BEYOND:
        own["rate"], rest["optimizer"] = optimizer["lr"], {**optimizer, "lr": None}
    if type(start) is list and start and NUMBERS.issuperset(map(type, start)) and min(start) > -BEYOND and max(start) < BEYOND:
        own["start"], rest["start"] = start, len(start)
    if type(noise) is dict and type(noise.get("seed")) is int and abs(noise["seed"]) < 1 << 63:
        own["seed"], rest["noise"] = noise["seed"], {**noise, "seed": None}
    try:
        return marshal.dumps((rest, tuple(own)), 2), own
    except ValueError:  # nested too deeply
        return None


def placed(call: Json, own: Mapping[str, Any]) -> Json:
    """The call with what is its own."""
    made = dict(call)
    if "rate" in own:
        made["optimizer"] = {**call["optimizer"], "lr": own["rate"]}
    if "start" in own:
        made["start"] = own["start"]
    if "seed" in own:
        made["noise"] = {**call["noise"], "seed": own["seed"]}
    return made


def digest(groups: Sequence[Alike], others: Mapping[int, str]) -> str:
    """What calls are known by, whatever form they came in; `others` are those that are in no group, as text."""
    hashed = sha256()
    for group in groups:
        hashed.update(group.common)
        for column in (group.numbers.astype(np.int64), *group.own.values()):
            hashed.update(column.tobytes())
    for number, text in others.items():
        hashed.update(f"{number}:{text}".encode())
    return hashed.hexdigest()
