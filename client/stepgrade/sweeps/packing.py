"""A chunk of calls becomes a shard: together where they are alike and the engine is in this process, else one by one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.caller import Caller
from stepgrade.choices import Keep, Method
from stepgrade.errors import ApiError, StepgradeError, UnexpectedAnswer
from stepgrade.messages import Json
from stepgrade.sweeps.calls import Calls, digest_of
from stepgrade.sweeps.chunk import LONGEST, Chunk, Made, Source, caller_of, client_of, outcome
from stepgrade.sweeps.columns import Cell, Column, RowsAlike, arranged, cells_of_answer, cells_of_call, parts_of_rows
from stepgrade.sweeps.shard import DIGEST, with_answers, written
from stepgrade.sweeps.together import BRIEF, Alike, Many, brief, run_together
from stepgrade.sweeps.unanswered import has_no_answer, is_locked, is_nobody_there
from stepgrade.transports import BundleTransport, WsgiTransport

#: Calls that are made before the clock is looked at: first so many, then so many times more as long as they are quick.
FIRST, MORE = 8, 8

#: Calls that failed have files of their own, so that other calls can replace them, if this makes no more files than these.
MOST_SHARDS = 8


@dataclass(frozen=True)
class PackedShard:
    """A shard as bytes, of the calls `first` to `last`: all of them are `answered`, or none is."""

    first: int
    last: int
    answered: bool
    content: bytes


@dataclass(frozen=True)
class Packed:
    """Shards, the versions of the engine that answered, how many calls got no answer, whether one was not Stepgrade's, and why the service
    let nobody in."""

    shards: tuple[PackedShard, ...]
    engines: frozenset[str]
    unanswered: int
    foreign: bool
    locked: ApiError | None


def pack(chunk: Chunk, source: Source, method: Method, keep: Keep) -> Made[Packed]:
    """Make the calls of a chunk, and put them into shards."""
    client, summarised = client_of(source), method == "trajectory" and keep == "summaries"
    call, shorter = caller_of(_unread(client), method), _shorter(client) if summarised else None
    filling = Filling(
        call if shorter is None else lambda arguments: call(shorter(arguments)),
        _many(client) if summarised else None,
        keep == "answers",
    )
    seconds = filling.take(chunk.calls)
    return Made(filling.count, filling.failed, seconds, filling.packed(chunk))


def _unread(client: Caller) -> Caller:
    """The client with methods that return the answer itself: to read it takes as long as to compute it."""
    twin = copy.copy(client)
    vars(twin)["ask"] = lambda path, fields, _: client.ask(path, fields, lambda raw, *_: raw)
    return twin


def _shorter(client: Caller) -> Callable[[Json], Json]:
    """How a call asks for a summary alone. A bundle has the requests that it was built with."""
    return (lambda call: call | BRIEF) if isinstance(client.transport, BundleTransport) else brief


def _many(client: Caller) -> Many | None:
    """What runs many calls together; None where the engine is not in this process, or has another version than the client asks for."""
    transport = client.transport
    return transport.many(client.engine) if isinstance(transport, WsgiTransport) else None


@dataclass
class Filling:
    """The shards of a chunk while its calls are made."""

    make: Callable[[Json], Any]
    many: Many | None
    keeps: bool
    count: int = 0
    failed: int = 0
    parts: list[RowsAlike] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    groups: list[Alike] = field(default_factory=list)
    unanswered: set[int] = field(default_factory=set)
    wrong: set[int] = field(default_factory=set)
    deserted: bool = False  # nobody was there for a call
    foreign: bool = False  # somebody else was
    locked: ApiError | None = None  # why the service let nobody in

    def take(self, calls: Calls) -> float:
        """Make at least one of these calls, and as many as there is time for and a service; returns the seconds that they took."""
        began, seconds, most = perf_counter(), 0.0, FIRST if self.many else 1
        self.groups = calls.groups()
        while self.count < len(calls) and seconds <= LONGEST and not (self.deserted or self.foreign or self.locked):
            self._make(calls, min(self.count + most, len(calls)))
            seconds = perf_counter() - began
            if self.many:
                in_time = self.count * (LONGEST - seconds) / max(seconds, 1e-6)
                most = max(1, int(min(MORE * self.count, in_time)))
        return seconds

    def _between(self, first: int, last: int) -> list[Alike]:
        """The groups, of the calls from number `first` to before number `last`."""
        return [some for group in self.groups if (some := group.between(first, last)).numbers.size]

    def _make(self, calls: Calls, last: int) -> None:
        """Make the calls up to number `last`, those first that are run together."""
        left = np.ones(last - self.count, np.bool_)
        for part in run_together(self._between(self.count, last), self.many) if self.many else ():
            left[part.rows - self.count] = False
            self.parts.append(part)
        alone = {number: outcome(calls.call(number), self.make) for number in (np.flatnonzero(left) + self.count).tolist()}
        self.parts += parts_of_rows({number: _row(calls.call(number), *came) for number, came in alone.items()})
        self.failed += sum(error is not None for _, error in alone.values())
        self.unanswered |= {number for number, (_, error) in alone.items() if has_no_answer(error)}
        self.wrong |= {number for number, (_, error) in alone.items() if error is not None} - self.unanswered
        self.deserted = any(is_nobody_there(error) for _, error in alone.values())
        self.foreign = any(isinstance(error, UnexpectedAnswer) for _, error in alone.values())
        self.locked = next((error for _, error in alone.values() if is_locked(error)), None)
        if self.keeps:
            self.answers += [b"" if answer is None else json.dumps(answer).encode() for answer, _ in alone.values()]
        self.count = last

    def packed(self, chunk: Chunk) -> Packed:
        """The shards: calls without an answer stand apart, so that they can be made again."""
        lost, ends = self._pieces()
        found = [(first, last, self._columns(chunk, first, last)) for first, last in pairwise(ends)]
        pieces = [
            PackedShard(chunk.first + first, chunk.first + last - 1, not lost[first], written(columns)) for first, last, columns in found
        ]
        engines = {engine for _, _, columns in found if "engine" in columns for engine in columns["engine"].tolist()}
        return Packed(tuple(pieces), frozenset(engines) - {""}, len(self.unanswered), self.foreign, self.locked)

    def _pieces(self) -> tuple[NDArray[np.bool_], list[int]]:
        """Which calls got no answer, and where shards end; those that failed are in shards of their own, if there are not too many."""
        numbers = np.arange(self.count)
        lost, wrong = np.isin(numbers, list(self.unanswered)), np.isin(numbers, list(self.wrong))
        for kinds in (2 * lost + wrong, lost):
            ends = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), self.count]
            if len(ends) <= MOST_SHARDS + 1:
                break
        return lost, ends

    def _columns(self, chunk: Chunk, first: int, last: int) -> dict[str, Column]:
        """The columns of the calls from number `first` to before number `last`."""
        parts = [some for part in self.parts if (some := part.between(first, last)).rows.size]
        columns = {"index": np.arange(chunk.first + first, chunk.first + last), **arranged(parts, last - first)}
        if self.keeps:
            columns |= with_answers(self.answers[first:last])
        whole = last - first == self.count
        columns[DIGEST] = np.array(digest_of(chunk.calls.part(first, last), self._between(0, last) if whole else None))
        return columns


def _row(call: Any, answer: Json | None, error: Exception | None) -> dict[str, Cell]:
    row: dict[str, Cell] = dict(cells_of_call(call)) if isinstance(call, dict) else {}
    row["error"] = "" if error is None else _said(error)
    return row | dict(cells_of_answer(answer or {}))


def _said(error: Exception) -> str:
    """The kind of an error and its sentence, without the request's id: no two calls have the same."""
    if isinstance(error, StepgradeError):
        error.request_id = None
    return f"{type(error).__name__}: {error}"
