"""The memory that a worker has for its requests: before the work on a large one starts, it waits until it fits beside the others."""

from __future__ import annotations

from collections import deque
from threading import Condition

from flask import Flask, current_app, g

from ..engine.running.giving_way import aside
from .problems import ApiProblem
from .settings import Settings
from .transport import Stopwatch

#: A request that needs fewer bytes never waits, and does not count.
SMALL = 16 << 20

#: A request waits for at most this share of the time that it has, and for so many seconds where it has no limit of time.
SHARE, SECONDS = 0.25, 5.0


class WorkerMemory:
    """So many bytes for all requests; each takes its part once, in the order of asking, so nobody has a part and waits for more."""

    def __init__(self, size: float, seconds: float) -> None:
        self.size, self.seconds, self.taken = size, seconds, 0.0
        self._waiting = deque[object]()
        self._changed = Condition()

    def take(self, needed: float) -> bool:
        """Wait until so much is free; False where that takes too long."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                fits = self._changed.wait_for(lambda: self._waiting[0] is ticket and self.taken + needed <= self.size, self.seconds)
                self.taken += needed if fits else 0.0
                return fits
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()  # the next one may fit too

    def give_back(self, taken: float) -> None:
        """So much is free again."""
        with self._changed:
            self.taken -= taken
            self._changed.notify_all()


def hold(needed: float) -> None:
    """Wait until there is so much memory for this request, which has it until its end; raises ApiProblem 503."""
    if needed < SMALL:
        return
    room: WorkerMemory | None = current_app.extensions.get("memory")
    if room is None or "memory" in g:
        return
    with aside(), Stopwatch("wait"):
        if room.take(needed):
            g.memory = needed
            return
    raise in_use()


def in_use() -> ApiProblem:
    """503 for a request that others have left no memory for."""
    detail = "other requests use the memory now, and this request needs much of it; send it again later"
    return ApiProblem(503, "overloaded", "Too many requests wait", detail, headers={"Retry-After": "1"})


def install(app: Flask) -> None:
    """Hold the requests of this app to the memory that its worker has, if that is limited."""
    settings: Settings = app.config["SETTINGS"]
    if not settings.max_memory:
        return
    seconds = SHARE * settings.max_seconds or SECONDS
    app.extensions["memory"] = room = WorkerMemory(settings.memory_for_requests, seconds)

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "memory" in g:
            room.give_back(g.pop("memory"))
