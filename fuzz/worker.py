"""A worker: a process with a surface of its own, within a limit of memory. It works on the cases that it is given."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from stepgrade_service.serving.worker import limit_memory

from .case import Case, dice_of
from .look import Limits, Look, Surface

#: Where each surface is.
SURFACES = {
    "json": "fuzz.surfaces.in_process:JsonBodies",
    "pictures": "fuzz.surfaces.in_process:Pictures",
    "headers": "fuzz.surfaces.over_http:Headers",
    "sockets": "fuzz.surfaces.over_http:Sockets",
}

#: One case in so many is looked at with all there is, above all twice.
OFTEN = 20

#: So many of the costliest cases are told.
COSTLIEST = 10


@dataclass
class Piece:
    """Cases one after the other, from a number on: those of a seed, or those of the corpus, which are given."""

    first: int
    count: int
    seed: int = 0
    corpus: tuple[Case, ...] = ()

    def parted(self, number: int) -> list[Piece]:
        """The pieces before and after the case of a number."""
        end = self.first + self.count
        both = ((self.first, number - self.first), (number + 1, end - number - 1))
        return [Piece(first, count, self.seed, self.corpus) for first, count in both if count]


@dataclass
class Seen:
    """What a piece of work has come to."""

    piece: Piece
    labels: Counter[str] = field(default_factory=Counter)
    found: list[tuple[int, str, Case | None]] = field(default_factory=list)
    costliest: list[tuple[float, float, int, str]] = field(default_factory=list)
    memory: float = 0.0

    def add(self, number: int, look: Look) -> None:
        self.labels[look.label] += 1
        self.costliest = sorted([*self.costliest, (look.cpu, look.parse, number, look.label)], reverse=True)[:COSTLIEST]


def surface_of(name: str, app: str, limits: Limits) -> Surface:
    """A surface, ready for its first case."""
    module, _, kind = SURFACES[name].partition(":")
    made: Surface = getattr(import_module(module), kind)(app, limits)
    return made


def work(name: str, app: str, limits: Limits, at: Synchronized[int], pipe: Connection) -> None:
    """Do what comes through the pipe. `at` is the number of the case that is worked on, for whoever has to tell what ended this process."""
    surface = surface_of(name, app, limits)
    limit_memory(limits.memory)
    known = set[str]()
    try:
        pipe.send(surface.chunk)
        while (piece := pipe.recv()) is not None:
            pipe.send(seen(surface, name, piece, at, known))
    finally:
        surface.close()


def made(surface: Surface, seed: int, name: str, number: int) -> Any:
    """A case. Memory that the last one left behind is not held against the service, which did not get this one yet."""
    try:
        return surface.case(dice_of(seed, name, number))
    except MemoryError:
        gc.collect()
        return surface.case(dice_of(seed, name, number))


def seen(surface: Surface, name: str, piece: Piece, at: Any, known: set[str]) -> Seen:
    """Look at each case of a piece; a finding that is not known yet is made smaller."""
    result = Seen(piece)
    for number in range(piece.first, piece.first + piece.count):
        at.value = number
        case = piece.corpus[number] if piece.corpus else made(surface, piece.seed, name, number)
        look = surface.look(case, bool(piece.corpus) or number % OFTEN == 0)
        result.add(number, look)
        if look.found:
            small = surface.smaller(case, look.found) if look.found not in known and not piece.corpus else None
            known.add(look.found)
            result.found.append((number, look.found, small))
    result.memory = surface.memory()
    return result
