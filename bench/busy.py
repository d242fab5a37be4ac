"""The service while one address asks for all it can: what others wait for. The settings are those that it has when nobody sets any."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Thread
from time import perf_counter, sleep
from typing import Any

from connection import Connection, post
from over_http import STEP
from server import SERVICE, serving
from table import Row, Section, at_most, duration
from timing import Times

#: More steps than any request may have.
MANY = 10_000_000


@dataclass(frozen=True)
class Dear:
    """A request without its steps."""

    path: str
    document: dict[str, Any]
    accept: str = "application/json"

    def dearest(self, port: int) -> bytes:
        """The request, with as many steps as the server at this port accepts. Its price grows with the steps, and a refusal tells it."""
        steps = MANY
        while True:
            request = post(self.path, {**self.document, "steps": steps}, self.accept)
            head, body = Connection(port).send(request)
            if head.split(b" ", 2)[1] != b"422":
                return request
            refusal = json.loads(body)
            steps = int(0.99 * steps * refusal["limit"] / refusal["cost"])


#: Requests that are made as dear as one may be, by their steps; the forms of answers and pictures differ in what keeps Python's lock.
ROSENBROCK = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 100}}
LONG_RUN = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 2000}, "record_every": MANY, "include": ["values"]}
MAP = {"objective": "rosenbrock", "optimizers": ["adam"], "grid": {"x": [-2, 2, 200], "y": [-1, 3, 200]}, "measure": ["final_value"]}
DEAREST = {
    "long runs": Dear("/trajectory", LONG_RUN),
    "maps": Dear("/map", MAP),
    "long answers": Dear("/trajectory", ROSENBROCK),
    "long answers in CSV": Dear("/trajectory", ROSENBROCK, "text/csv"),
    "pictures": Dear("/trajectory", {"optimizer": "adam", "objective": "rosenbrock"}, "image/svg+xml"),
}

#: So many threads ask for them, from an address of their own.
ASKERS = 16

#: Who asks for the dear ones, and who measures.
GREEDY, ANOTHER, OTHER = "127.0.0.1", "127.0.0.3", "127.0.0.2"

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"


def sections(rounds: int) -> Iterator[Section]:
    """What another address waits for, beside each of the dear requests."""
    with serving(SERVICE, post("/step", STEP)) as server:
        for name, dear in DEAREST.items():
            yield beside(server.port, name, dear, rounds)


def beside(port: int, name: str, dear: Dear, rounds: int, probed: dict[str, int] | None = None) -> Section:
    """What others wait for while such a request fills what it can: first that of one address, then that of two, so every thread.

    `port` takes the requests; `probed` are the ports of other processes whose /healthz is asked, by what they are.
    """
    request = dear.dearest(port)
    alone = _seconds_alone(port, request)
    with asking_for(port, request, GREEDY):
        step = waited_for(port, post("/step", STEP), 25 * rounds)
    with asking_for(port, request, GREEDY, ANOTHER):
        asked = {"": port, **(probed or {})}
        health = {what: waited_for(at, HEALTH, 25 * rounds) for what, at in asked.items()}
    return Section(
        f"beside {ASKERS} threads of one address that ask for {name}",
        [
            told("/step of another address", step, 0.250),
            *(told(f"/healthz{what}, every thread busy", times, 0.050) for what, times in health.items()),
        ],
        [f"one of them alone takes {duration(alone)}"],
    )


def told(what: str, times: Times, target: float) -> Row:
    """A row with the time within which 95 of a hundred were answered."""
    late = sorted(times.seconds)[int(0.95 * (len(times.seconds) - 1))]
    limit = at_most(1e3 * late, 1e3 * target, "ms")
    return Row(what, duration(times.median), duration(times.least), f"95 %: {duration(late)}", limit)


@contextmanager
def asking_for(port: int, request: bytes, *clients: str) -> Iterator[None]:
    """Threads of each client that send a request again and again, for as long as the block lasts.

    They are in another process: here they would keep Python's lock from the one that measures, while they read long answers.
    """
    askers = get_context("spawn").Process(target=ask_for_ever, args=(port, request, clients), daemon=True)
    askers.start()
    sleep(2.0)
    try:
        yield
    finally:
        askers.kill()
        askers.join()


def ask_for_ever(port: int, request: bytes, clients: tuple[str, ...]) -> None:
    """Send a request again and again, from so many threads of each client."""
    threads = [Thread(target=_ask, args=(port, client, request), daemon=True) for client in clients for _ in range(ASKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(port: int, client: str, request: bytes) -> None:
    while True:
        with suppress(RuntimeError, OSError):  # refused for now, as when a queue is full
            connection = Connection(port, client)
            while True:
                connection.ask(request)
        sleep(0.5)


def waited_for(port: int, request: bytes, count: int) -> Times:
    """The times of a request of another address, a little apart, so that they fall on different moments of the work."""
    connection, times = Connection(port, OTHER), Times()
    for _ in range(count):
        times.seconds.append(_seconds(lambda: connection.ask(request)))
        sleep(0.01)
    connection.close()
    return times


def _seconds_alone(port: int, request: bytes) -> float:
    """How long a request takes, once what was asked before is over: on a slow machine a worker may have to start anew for that."""
    for _ in range(20):
        with suppress(RuntimeError, OSError):
            Connection(port).ask(post("/step", STEP))
            return _seconds(lambda: Connection(port).ask(request))
        sleep(1.0)
    raise RuntimeError("this machine is too busy for the dearest requests: they run past their time")


def _seconds(ask: Callable[[], object]) -> float:
    began = perf_counter()
    ask()
    return perf_counter() - began
