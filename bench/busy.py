"""The service while one address asks for all it can: what others wait for. The settings are those that it has when nobody sets any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import perf_counter, sleep

from connection import Connection, post
from over_http import STEP
from server import SERVICE, serving
from table import Row, Section, at_most, duration
from timing import Times

#: Requests that cost nearly all that one may: a long run, a map, an answer of a million numbers.
DEAREST = {
    "long runs": (
        "/trajectory",
        {
            "optimizer": "adam",
            "objective": {"name": "rosenbrock", "dimension": 2000},
            "steps": 12_400,
            "record_every": 12_400,
            "include": ["values"],
        },
    ),
    "maps": (
        "/map",
        {
            "objective": "rosenbrock",
            "optimizers": ["adam"],
            "grid": {"x": [-2, 2, 200], "y": [-1, 3, 200]},
            "measure": ["final_value"],
            "steps": 800,
        },
    ),
    "long answers": ("/trajectory", {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 100}, "steps": 4900}),
}

#: So many threads ask for them, from an address of their own.
ASKERS = 16

#: Who asks for the dear ones, and who measures.
GREEDY, OTHER = "127.0.0.1", "127.0.0.2"

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"


def sections(rounds: int) -> Iterator[Section]:
    """What another address waits for, beside each of the dear requests."""
    with serving(SERVICE, post("/step", STEP)) as server:
        for name, (path, document) in DEAREST.items():
            with asking_for(server.port, post(path, document)):
                step, health = waited_for(server.port, 25 * rounds)
            yield Section(
                f"beside {ASKERS} threads of one address that ask for {name}",
                [
                    told("/step of another address", step, 0.250),
                    told("/healthz", health, 0.050),
                ],
            )


def told(what: str, times: Times, target: float) -> Row:
    """A row with the time within which 95 of a hundred were answered."""
    late = sorted(times.seconds)[int(0.95 * (len(times.seconds) - 1))]
    limit = at_most(1e3 * late, 1e3 * target, "ms")
    return Row(what, duration(times.median), duration(times.least), f"95 %: {duration(late)}", limit)


@contextmanager
def asking_for(port: int, request: bytes) -> Iterator[None]:
    """Threads that send a request again and again, for as long as the block lasts."""
    over = Event()
    askers = [Thread(target=_ask, args=(port, request, over)) for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    sleep(1.0)
    try:
        yield
    finally:
        over.set()
        for asker in askers:
            asker.join()


def _ask(port: int, request: bytes, over: Event) -> None:
    while not over.is_set():
        with suppress(RuntimeError, OSError):  # a full queue
            connection = Connection(port, GREEDY)
            while not over.is_set():
                connection.ask(request)


def waited_for(port: int, count: int) -> tuple[Times, Times]:
    """The times of /step, and those of /healthz."""
    connection, step, health = Connection(port, OTHER), Times(), Times()
    for _ in range(count):
        step.seconds.append(_seconds(lambda: connection.ask(post("/step", STEP))))
        health.seconds.append(_seconds(lambda: connection.ask(HEALTH)))
    connection.close()
    return step, health


def _seconds(ask: Callable[[], object]) -> float:
    began = perf_counter()
    ask()
    return perf_counter() - began
