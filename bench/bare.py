"""Sends a course's requests over bare connections from one thread, at a rate of their own or as fast as they are answered.

The sender has the same cores as who answers, so it takes as little as it can: no thread waits for another, and of an answer the status and
the length are read. What is timed is how long a student waits: from when a request was due.
"""

from __future__ import annotations

import gc
import os
import random
import selectors
import socket
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from time import perf_counter
from typing import Any

from load import RIGHT, Tally
from mixture import request

#: Most bytes that are read at once.
AT_ONCE = 1 << 18

#: The priority of who sends and measures (nice(2)).
COMES_FIRST = -10

#: So many requests are written before the first is sent: to write one takes the processor from who answers for about 50 us.
AHEAD = 50_000

#: After so many seconds without any answer the service hangs.
PATIENCE = 60.0


@dataclass
class Written:
    """A request as it is sent, but for its client's address; `due` counts from the begin, None is as soon as a connection is free."""

    number: int
    kind: str
    head: bytes
    body: bytes
    due: float | None


def write(number: int, due: float | None, only: str) -> Written:
    """The request of a number."""
    asked = request(number, only)
    lines = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    head = f"{asked.method} {asked.path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(asked.body)}\r\n{lines}"
    is_picture = asked.headers["Accept"].startswith("image/")
    return Written(number, asked.path + ", picture" * is_picture, head.encode(), asked.body, due)


def at_rate(rate: float, seconds: float, seed: int, only: str) -> Iterator[Written]:
    """So many requests per second, at moments that do not wait for answers."""
    dice = random.Random(seed)  # noqa: S311 (it keeps no secret)
    due, number = 0.0, 1 + seed * 10_000_000
    while (due := due + dice.expovariate(rate)) < seconds:
        number += 1
        yield write(number, due, only)


@dataclass
class Connection:
    """One connection, of one client, and what it waits for."""

    port: int
    address: str
    socket: socket.socket = field(init=False)
    asked: Written | None = None
    since: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, asked: Written, since: float) -> None:
        """Send a request, which waits for its answer since then."""
        self.asked, self.since = asked, since
        self.received.clear()
        self.socket.sendall(asked.head + f"X-Forwarded-For: {self.address}\r\n\r\n".encode() + asked.body)

    def read(self) -> bool:
        """Take what has arrived; whether the answer is complete. Raises ConnectionError where the service hung up."""
        some = self.socket.recv(AT_ONCE)
        if not some:
            raise ConnectionError("the service hung up")
        self.received += some
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        lengths = bytes(self.received[:end]).lower().partition(b"content-length:")[2]
        return len(self.received) >= end + 4 + int(lengths.split(b"\r\n", 1)[0])

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.received.split(b" ", 2)[1])

    @property
    def is_last(self) -> bool:
        """Whether the gateway closes the connection after this answer, as it does after a thousand."""
        return b"connection: close" in bytes(self.received[: self.received.find(b"\r\n\r\n")]).lower()


class Sending:
    """Requests on their way, over one connection for each address; what comes of them is noted in a tally."""

    def __init__(self, port: int, requests: Iterable[Written], addresses: Sequence[str], tally: Tally) -> None:
        self.port, self.requests, self.tally, self.selector = port, iter(requests), tally, selectors.DefaultSelector()
        self.next = next(self.requests, None)  # written before it is due
        self.free, self.busy, self.began = deque[Connection](), 0, perf_counter()
        for address in addresses:
            self._open(address)

    def run(self) -> None:
        """Send them all, and wait for the answers; raises TimeoutError where none comes."""
        while self.next or self.busy:
            wait = self._send_due()
            ready = self.selector.select(wait)
            if not ready and wait == PATIENCE:
                raise TimeoutError("the service hangs")
            for key, _ in ready:
                self._take(key.data)
        self.tally.ended = perf_counter()
        for connection in self.free:
            connection.socket.close()

    def _open(self, address: str) -> None:
        self.free.append(Connection(self.port, address))
        self.selector.register(self.free[-1].socket, selectors.EVENT_READ, self.free[-1])

    def _send_due(self) -> float:
        """Send what is due, as far as there are connections; returns the seconds until there is more to do."""
        while self.next and self.free:
            asked, now = self.next, perf_counter()
            due = now if asked.due is None else self.began + asked.due
            if due > now:
                return due - now
            self.free.popleft().send(asked, due)
            self.busy += 1
            self.next = next(self.requests, None)
        return PATIENCE

    def _take(self, connection: Connection) -> None:
        """Take what has arrived on a connection: a part of an answer, an answer, or its end, for the gateway closes what is idle."""
        if connection.asked is None:
            self.free.remove(connection)
        elif not connection.read():
            return
        else:
            _note(connection, self.tally)
            self.busy -= 1
        if connection.asked is None or connection.is_last:
            self.selector.unregister(connection.socket)
            connection.socket.close()
            self._open(connection.address)
        else:
            connection.asked = None
            self.free.append(connection)


def _note(connection: Connection, tally: Tally) -> None:
    asked = connection.asked
    assert asked is not None
    tally.times.append((asked.number, asked.kind, perf_counter() - connection.since))
    if connection.status not in RIGHT:
        tally.failures.append(f"{asked.number}: {connection.status} {bytes(connection.received[-300:]).decode(errors='replace')}")


def addresses_of(first: int, count: int, is_one: bool = False) -> list[str]:
    """The addresses of so many connections: each a client of its own, or all of them one."""
    clients = [first if is_one else first + number for number in range(count)]
    return [f"10.{client >> 16 & 255}.{client >> 8 & 255}.{client & 255}" for client in clients]


def send_as_answered(port: int, first: int, count: int, connections: int, only: str, pipe: Any) -> None:
    """A process: so many requests from a number on, each as soon as a connection is free. Sends the seconds that took, and the tally."""
    tally, requests = Tally(), [write(number, None, only) for number in range(first, first + count)]
    began = perf_counter()
    Sending(port, requests, addresses_of(1000, connections), tally).run()
    pipe.send((tally.ended - began, tally))


def _come_first() -> None:
    """Have the processor before who answers, where that is allowed: a student's computer has one of its own."""
    with suppress(OSError):
        os.setsid()
        os.nice(COMES_FIRST)
        Path("/proc/self/autogroup").write_text(str(COMES_FIRST), encoding="ascii")


def send_at(port: int, client: int, rate: float, seconds: float, connections: int, seed: int, is_one: bool, only: str, pipe: Any) -> None:
    """A process: so many requests per second, whether or not they are answered. Sends the tally."""
    _come_first()
    tally, later = Tally(), at_rate(rate, seconds, seed, only)
    requests = chain(list(islice(later, AHEAD)), later)
    gc.freeze()  # the collector need not go through them while the others are timed
    Sending(port, requests, addresses_of(client, connections, is_one), tally).run()
    pipe.send(tally)
