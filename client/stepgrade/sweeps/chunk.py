"""Neighbouring calls of a sweep that one worker makes at a time: what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from stepgrade.caller import Caller
from stepgrade.choices import Method
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json
from stepgrade.sweeps.calls import Calls
from stepgrade.sweeps.names import hold_call


class ClientKind(Protocol):
    """What makes a client with the engine in its process."""

    def local(self, *, engine: str | None = ...) -> Caller:
        """Make it."""
        ...


@dataclass(frozen=True)
class Local:
    """The client of a worker's process: it goes to the worker by its name, and is made there once."""

    kind: ClientKind
    engine: str | None


#: Who makes the calls: the client itself, where the worker is a thread beside it.
Source = Caller | Local

#: A worker that made calls for so many seconds gives back what it has: the others may be dearer than those before.
LONGEST = 8.0

T = TypeVar("T")


@dataclass(frozen=True)
class Chunk:
    """Neighbouring calls, the first with the number `first`."""

    first: int
    calls: Calls

    def after(self, count: int) -> Chunk:
        """The calls behind the first so many."""
        return Chunk(self.first + count, self.calls.part(count, len(self.calls)))

    @property
    def last(self) -> int:
        """The number of the last call."""
        return self.first + len(self.calls) - 1


@dataclass(frozen=True)
class Made(Generic[T]):
    """What became of the first `count` calls of a chunk, of which so many `failed`, in so many seconds."""

    count: int
    failed: int
    seconds: float
    content: T


#: What came of a call: a result, or what was raised.
Outcome = tuple[Any, Exception | None]


def client_of(source: Source) -> Caller:
    """The client that makes the calls."""
    return source if isinstance(source, Caller) else _made(source)


@cache
def _made(local: Local) -> Caller:
    return local.kind.local(engine=local.engine)


def caller_of(client: Caller, method: Method) -> Callable[[Any], Any]:
    """What makes a call from its arguments; it raises InvalidArgument for names that the method does not have."""
    kind, function = type(client), getattr(client, method)

    def call(arguments: Any) -> Any:
        if not isinstance(arguments, Mapping):
            raise InvalidArgument(f"a call must be a mapping of arguments, not {type(arguments).__name__}")
        hold_call(kind, method, arguments)
        return function(**arguments)

    return call


def call_each(chunk: Chunk, source: Source, method: Method) -> Made[list[Outcome]]:
    """Make the calls of a chunk; their results are those of the client's method."""
    outcomes, seconds = _until_late(chunk, caller_of(client_of(source), method))
    return Made(len(outcomes), _failures(outcomes), seconds, outcomes)


def _until_late(chunk: Chunk, make: Callable[[Json], Any]) -> tuple[list[Outcome], float]:
    """The outcomes of the calls, of at least one and of as many as there is time for; and the seconds that they took."""
    outcomes, began = list[Outcome](), perf_counter()
    for number in range(len(chunk.calls)):
        outcomes.append(outcome(chunk.calls.call(number), make))
        if perf_counter() - began > LONGEST:
            break
    return outcomes, perf_counter() - began


def outcome(arguments: Any, make: Callable[[Json], Any]) -> Outcome:
    """Make one call; text in its place says why it is none."""
    if isinstance(arguments, str):
        return None, InvalidArgument(arguments)
    try:
        return make(arguments), None
    except ConfigurationError:  # of the worker: no other call would do better
        raise
    except Exception as error:  # whatever it is, the other calls go on
        return None, error


def _failures(outcomes: list[Outcome]) -> int:
    return sum(error is not None for _, error in outcomes)
