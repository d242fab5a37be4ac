"""Clients on slow lines: each sends a step in small pieces, and reads its answer in small pieces. None of them may lose it.

An answer that says when to come back is no loss: a client that comes back as it says gets its answer.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import sleep

from connection import post
from over_http import STEP

#: So many clients at the same time, each with an address of its own, and the seconds between two pieces of a request.
CLIENTS, PIECE = 30, 0.4

#: A request goes in so many pieces, and an answer is read so many bytes at a time.
PIECES, BYTES = 10, 64

#: So often a client comes back, after so many seconds.
TRIES, PAUSE = 5, 2.0
AGAIN = (b"429", b"502", b"503", b"504")


class SlowClients:
    """What became of their requests."""

    def __init__(self, port: int) -> None:
        self._port, self._over, self._lock = port, Event(), Lock()
        self.answered, self.failures = 0, list[str]()
        self._threads = [Thread(target=self._go, args=(number,), daemon=True) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let each finish its request."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go(self, number: int) -> None:
        request = post("/step", STEP).replace(b"\r\n", f"\r\nX-Forwarded-For: 10.99.0.{number}\r\nConnection: close\r\n".encode(), 1)
        while not self._over.is_set():
            status = self._ask_until_answered(request)
            with self._lock:
                if status == b"200":
                    self.answered += 1
                else:
                    self.failures.append(f"a slow client: {status.decode(errors='replace')}")

    def _ask_until_answered(self, request: bytes) -> bytes:
        """The status of the last answer to one request, or what went wrong."""
        status = b""
        for _ in range(TRIES):
            try:
                status = self._ask(request)
            except OSError as error:
                status = repr(error).encode()
            if status not in AGAIN:
                break
            sleep(PAUSE)
        return status

    def _ask(self, request: bytes) -> bytes:
        """The status of the answer to one request."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as line:
            size = -(-len(request) // PIECES)
            for first in range(0, len(request), size):
                line.sendall(request[first : first + size])
                self._over.wait(PIECE)
            answer = b""
            while piece := line.recv(BYTES):
                answer += piece
                self._over.wait(PIECE / PIECES)
        return answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/1.1 ") and answer.rstrip().endswith(b"}") else answer[:100]


@contextmanager
def slow_clients(port: int) -> Iterator[SlowClients]:
    """Slow clients, until the end of the block."""
    clients = SlowClients(port)
    try:
        yield clients
    finally:
        clients.end()
