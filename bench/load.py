"""Sends a course's requests from several processes with the client itself, and compares answers with the engine's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from queue import SimpleQueue
from threading import Thread
from time import perf_counter
from typing import Any

from mixture import request

from stepgrade.errors import StepgradeError
from stepgrade.messages import Answer, Request
from stepgrade.transports.http import HttpTransport
from stepgrade.transports.wsgi import WsgiTransport

#: One answer in so many is compared with the engine's own, in this process.
COMPARED = 50

#: What a request of the mixture may get. Whatever else comes is a failure.
RIGHT = (200, 422)


@dataclass
class Tally:
    """What came of requests: each one's number, kind and seconds; the failures; how many were compared, and which differed; when the last
    answer was there (by `perf_counter`, which all processes share).
    """

    times: list[tuple[int, str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    compared: int = 0
    different: list[int] = field(default_factory=list)
    ended: float = 0.0

    def add(self, other: Tally) -> None:
        """Take in what another process has."""
        self.times += other.times
        self.failures += other.failures
        self.compared += other.compared
        self.different += other.different
        self.ended = max(self.ended, other.ended)

    def seconds(self, kind: str | None = None) -> list[float]:
        """The seconds in order, of one kind or of all."""
        return sorted(seconds for _, each, seconds in self.times if kind in (None, each))


def part(ordered: list[float], share: float) -> float:
    """The time within which a share of them was answered."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Sender:
    """Threads of one process, each a client at an address of its own."""

    def __init__(self, port: int, first_client: int, threads: int) -> None:
        self.port, self.tally = port, Tally()
        self._work = SimpleQueue[int | None]()
        self._kept = list[tuple[int, Request, Answer]]()
        self._threads = [Thread(target=self._go, args=(first_client + number,), daemon=True) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def put(self, number: int) -> None:
        """Have a request sent."""
        self._work.put(number)

    def end(self) -> Tally:
        """Wait for what is under way, and compare what was kept."""
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()
        self.tally.ended = perf_counter()
        here = WsgiTransport()
        for number, asked, answer in self._kept:
            own = here.send(asked)
            self.tally.compared += 1
            if (own.status, own.body) != (answer.status, answer.body):
                self.tally.different.append(number)
        return self.tally

    def _go(self, client: int) -> None:
        address = f"10.{client >> 16 & 255}.{client >> 8 & 255}.{client & 255}"
        transport = HttpTransport(f"http://127.0.0.1:{self.port}", headers={"X-Forwarded-For": address})
        while (number := self._work.get()) is not None:
            asked, began = request(number), perf_counter()
            try:
                answer = transport.send(asked)
            except StepgradeError as fault:
                self.tally.failures.append(f"{number}: {type(fault).__name__}: {fault}")
                continue
            self.tally.times.append((number, asked.path, perf_counter() - began))
            if answer.status not in RIGHT:
                self.tally.failures.append(f"{number}: {answer.status} {answer.body[:300].decode(errors='replace')}")
            elif number % COMPARED == 0:
                self._kept.append((number, asked, answer))


def send_all(port: int, first: int, count: int, every: int, threads: int, pipe: Any) -> None:
    """A process: one request in `every`, as fast as they are answered."""
    sender = Sender(port, 1000 * first, threads)
    for number in range(first, count, every):
        sender.put(number)
    pipe.send(sender.end())


@contextmanager
def started(target: Any, *arguments: Any) -> Iterator[Any]:
    """A process that sends; gives the pipe its tally comes through."""
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(*arguments, sending), daemon=True)
    process.start()
    sending.close()
    try:
        yield receiving
    finally:
        process.kill()
        process.join()
