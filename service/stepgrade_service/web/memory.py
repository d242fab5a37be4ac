"""The memory that a worker has for its requests: before the work on a large one starts, it waits until it fits beside the others."""

from __future__ import annotations

from collections import deque
from threading import Condition, get_ident

from flask import Flask, current_app

from ..engine.running.giving_way import aside
from .problems import ApiProblem
from .settings import Settings
from .transport import Stopwatch

#: A request that needs fewer bytes never waits, and does not count.
SMALL = 16 << 20

#: A request waits for at most this share of the time that it has, and for so many seconds where it has no limit of time.
SHARE, SECONDS = 0.25, 5.0


class WorkerMemory:
    """So many bytes for all requests; the thread of each takes its part once, in the order of asking, so nobody has a part and waits."""

    def __init__(self, size: float, seconds: float) -> None:
        self.size, self.seconds = size, seconds
        self.parts = dict[int, float]()
        self._waiting = deque[int]()
        self._changed = Condition()

    def take(self, needed: float) -> bool:
        """Wait until so much is free for this thread; False where that takes too long."""
        own = get_ident()
        with self._changed:
            self._waiting.append(own)
            try:
                fits = self._changed.wait_for(lambda: self._waiting[0] == own and self.taken() + needed <= self.size, self.seconds)
                if fits:
                    self.parts[own] = needed
                return fits
            finally:
                self._waiting.remove(own)
                self._changed.notify_all()  # the next one may fit too

    def taken(self) -> float:
        """The parts of all threads."""
        return sum(self.parts.values())

    def give_back(self) -> None:
        """This thread needs its part no more, if it has one. It is called after each request, most of which have none."""
        if get_ident() in self.parts:
            with self._changed:
                del self.parts[get_ident()]
                self._changed.notify_all()


def hold(needed: float) -> None:
    """Wait until there is so much memory for this request, which has it until its end; raises ApiProblem 503."""
    if needed < SMALL:
        return
    memory: WorkerMemory | None = current_app.extensions.get("memory")
    if memory is None or get_ident() in memory.parts:
        return
    with aside(), Stopwatch("wait"):
        fits = memory.take(needed)
    if not fits:
        raise in_use()


def in_use() -> ApiProblem:
    """503 for a request that others have left no memory for."""
    detail = "other requests use the memory now, and this request needs much of it; send it again later"
    return ApiProblem(503, "overloaded", "Too many requests wait", detail, headers={"Retry-After": "1"})


def longest_wait(settings: Settings) -> float:
    """So many seconds a request waits for what others have; then it is refused, because it would run past its time."""
    return SHARE * settings.max_seconds or SECONDS


def install(app: Flask) -> None:
    """Hold the requests of this app to the memory that its worker has, if that is limited."""
    settings: Settings = app.config["SETTINGS"]
    if settings.max_memory:
        app.extensions["memory"] = memory = WorkerMemory(settings.memory_for_requests, longest_wait(settings))
        app.teardown_request(lambda _: memory.give_back())
