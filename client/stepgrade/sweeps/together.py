"""Calls that differ in learning rate, start and seed alone: the engine in this process runs them as one batch."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.caller import JSON
from stepgrade.encoding import body
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json, Request
from stepgrade.sweeps.columns import Cell, Column, Part, cells_of_arrays, cells_of_call

#: Runs a request many times, with other rates, starts or seeds; see `WsgiTransport.many`.
Many = Callable[..., Sequence[tuple[NDArray[np.intp], Json]] | None]

#: The learning rate of a call, its start, and the seed of its noise.
Own = tuple[float | None, list[float] | None, int | None]

#: No points are computed, written and read for nothing.
BRIEF = {"include": ()}

NUMBERS = frozenset((int, float))


@dataclass
class Alike:
    """Calls that differ in learning rate, start and seed alone: the first of them, and their numbers in the chunk."""

    first: Json
    numbers: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    starts: list[list[float]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    def add(self, number: int, rate: float | None, start: list[float] | None, seed: int | None) -> None:
        """Take one of them; what is None is in none of them."""
        self.numbers.append(number)
        for column, value in ((self.rates, rate), (self.starts, start), (self.seeds, seed)):
            if value is not None:
                column.append(value)  # type: ignore[arg-type]

    def run(self, many: Many) -> Iterator[Part]:
        """What the calls and their answers say; a call that is in no part is to be made alone."""
        try:
            varied: dict[str, Column] = {name: np.array(column, kind) for name, (column, kind) in self._varied.items() if column}
            posted = Request.make("POST", "/trajectory", body(**(self.first | BRIEF)), None, JSON).body
        except (InvalidArgument, OverflowError, TypeError, ValueError):
            return
        places, cells = np.array(self.numbers), self._cells(varied)
        for runs, members in many(posted, len(places), **varied) or ():
            said: dict[str, Cell | Column] = {name: each[runs] if isinstance(each, np.ndarray) else each for name, each in cells.items()}
            yield Part(places[runs], said | {"error": ""} | dict(cells_of_arrays(members)))

    @property
    def _varied(self) -> dict[str, tuple[list[Any], type]]:
        return {"rates": (self.rates, np.float64), "starts": (self.starts, np.float64), "seeds": (self.seeds, np.int64)}

    def _cells(self, varied: dict[str, Column]) -> dict[str, Cell | Column]:
        """The columns of the calls themselves."""
        cells: dict[str, Cell | Column] = dict(cells_of_call(self.first))
        of_starts = enumerate(varied["starts"].T) if "starts" in varied else ()
        columns = {"call.optimizer.lr": varied.get("rates"), "call.noise.seed": varied.get("seeds")}
        columns |= {f"call.start.{place}": column for place, column in of_starts}
        return cells | {name: column.astype(np.float64) for name, column in columns.items() if column is not None and name in cells}


def run_together(calls: Sequence[Any], many: Many) -> Iterator[Part]:
    """Run what can be run together; a call that is in no part is to be made alone."""
    for group in alike(calls):
        yield from group.run(many)


def alike(calls: Sequence[Any]) -> list[Alike]:
    """The calls by what they have in common; one that is no call is in none of them."""
    found = dict[Any, Alike]()
    for number, call in enumerate(calls):
        if isinstance(call, dict):
            try:
                common, own = _apart(call)
            except ValueError:  # nested too deeply
                continue
            if common not in found:
                found[common] = Alike(call)
            found[common].add(number, *own)
    return list(found.values())


def _apart(call: Json) -> tuple[Any, Own]:
    """What a call has in common with others, as a key; and its learning rate, its start, its seed, where there are such."""
    rest, rate, start, seed = dict(call), None, None, None
    optimizer, point, noise = call.get("optimizer"), call.get("start"), call.get("noise")
    if type(optimizer) is dict and type(optimizer.get("lr")) in NUMBERS:
        rate, rest["optimizer"] = optimizer["lr"], {**optimizer, "lr": None}
    if type(point) is list and point and NUMBERS.issuperset(map(type, point)):
        start, rest["start"] = point, len(point)
    if type(noise) is dict and type(noise.get("seed")) is int:
        seed, rest["noise"] = noise["seed"], {**noise, "seed": None}
    return (rate is None, start is None, seed is None, marshal.dumps(rest, 2)), (rate, start, seed)
