"""A chunk of calls becomes a shard: together where they are alike and the engine is in this process, else one by one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from stepgrade.caller import Caller
from stepgrade.choices import Keep, Method
from stepgrade.errors import StepgradeError
from stepgrade.messages import Json
from stepgrade.sweeps.chunk import LONGEST, Chunk, Made, Source, client_of, digest, outcome
from stepgrade.sweeps.columns import Cell, Part, arranged, cells_of_answer, cells_of_call, parts_of_rows
from stepgrade.sweeps.shard import DIGEST, with_answers, written
from stepgrade.sweeps.together import BRIEF, Many, run_together
from stepgrade.transports import WsgiTransport

#: Calls that are made before the clock is looked at: first so many, then so many times more as long as they are quick.
FIRST, MORE = 8, 8


@dataclass(frozen=True)
class Packed:
    """A shard as bytes, and the versions of the engine that answered."""

    shard: bytes
    engines: frozenset[str]


def pack(chunk: Chunk, source: Source, method: Method, keep: Keep) -> Made[Packed]:
    """Make the calls of a chunk, and put them into a shard."""
    client, brief = client_of(source), method == "trajectory" and keep == "summaries"
    call = getattr(_unread(client), method)
    make = (lambda arguments: call(**(arguments | BRIEF))) if brief else lambda arguments: call(**arguments)
    filling = Filling(make, _many(client) if brief else None, keep == "answers")
    seconds = filling.take(chunk.lines)
    return Made(filling.count, filling.failed, seconds, filling.packed(chunk))


def _unread(client: Caller) -> Caller:
    """The client with methods that return the answer itself: to read it takes as long as to compute it."""
    twin = copy.copy(client)
    vars(twin)["ask"] = lambda path, fields, _: client.ask(path, fields, lambda raw, *_: raw)
    return twin


def _many(client: Caller) -> Many | None:
    """What runs many calls together; None where the engine is not in this process, or has another version than the client asks for."""
    transport = client.transport
    return transport.many(client.engine) if isinstance(transport, WsgiTransport) else None


@dataclass
class Filling:
    """The shard of a chunk while its calls are made."""

    make: Callable[[Json], Any]
    many: Many | None
    keeps: bool
    count: int = 0
    failed: int = 0
    parts: list[Part] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    engines: set[str] = field(default_factory=set)

    def take(self, lines: Sequence[str]) -> float:
        """Make at least one of these calls, and as many as there is time for; returns the seconds that they took."""
        began, seconds, most = perf_counter(), 0.0, FIRST if self.many else 1
        while self.count < len(lines) and seconds <= LONGEST:
            self._make(json.loads(f"[{','.join(lines[self.count : self.count + most])}]"))
            seconds = perf_counter() - began
            if self.many:
                in_time = self.count * (LONGEST - seconds) / max(seconds, 1e-6)
                most = max(1, int(min(MORE * self.count, in_time)))
        return seconds

    def _make(self, calls: list[Any]) -> None:
        """Make these calls, those first that are run together."""
        left = np.ones(len(calls), np.bool_)
        for part in run_together(calls, self.many) if self.many else ():
            left[part.rows] = False
            self._add(part)
        alone = {int(number): outcome(calls[number], self.make) for number in np.flatnonzero(left)}
        for part in parts_of_rows({number: _row(calls[number], *came) for number, came in alone.items()}):
            self._add(part)
        self.failed += sum(error is not None for _, error in alone.values())
        if self.keeps:
            self.answers += [b"" if answer is None else json.dumps(answer).encode() for answer, _ in alone.values()]
        self.count += len(calls)

    def _add(self, part: Part) -> None:
        self.parts.append(Part(part.rows + self.count, part.cells))
        engine = part.cells.get("engine")
        self.engines |= {engine} if isinstance(engine, str) else set(map(str, engine)) if isinstance(engine, np.ndarray) else set()

    def packed(self, chunk: Chunk) -> Packed:
        """The shard."""
        columns = {"index": np.arange(chunk.first, chunk.first + self.count), **arranged(self.parts, self.count)}
        if self.keeps:
            columns |= with_answers(self.answers)
        columns[DIGEST] = np.array(digest(chunk.lines[: self.count]))
        return Packed(written(columns), frozenset(self.engines))


def _row(call: Any, answer: Json | None, error: Exception | None) -> dict[str, Cell]:
    row: dict[str, Cell] = dict(cells_of_call(call)) if isinstance(call, dict) else {}
    row["error"] = "" if error is None else _said(error)
    return row | dict(cells_of_answer(answer or {}))


def _said(error: Exception) -> str:
    """The kind of an error and its sentence, without the request's id: no two calls have the same."""
    if isinstance(error, StepgradeError):
        error.request_id = None
    return f"{type(error).__name__}: {error}"
