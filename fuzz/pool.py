"""Workers beside each other: each piece of work goes to one that is free, and what ends a worker is a finding."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import wait
from time import monotonic

from .look import Limits
from .worker import Piece, Seen, work

#: A case that keeps a worker for so many times its limit has ended it for us; minimising a finding takes a while too.
PATIENCE = 6.0

#: Seconds that a worker has to get ready.
STARTUP = 300.0

#: So often in a row a worker may end before it has done anything.
MOST_STARTS = 3


class WorkersDoNotStart(Exception):
    """A worker ends before its first case."""


class Worker:
    """A process that works on one piece after the other."""

    def __init__(self, name: str, app: str, limits: Limits) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["fuzz.preloaded"])
        self.at = context.Value("q", -1, lock=False)
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(name, app, limits, self.at, theirs))
        self.process.start()
        theirs.close()
        self.patience = PATIENCE * max(limits.seconds, 10.0)
        self.piece: Piece | None = None
        self._case, self._since = -1, monotonic()
        self.is_ready = False

    def give(self, piece: Piece) -> None:
        self.piece = piece
        self.at.value, self._since = piece.first, monotonic()
        self.pipe.send(piece)

    def is_stuck(self) -> bool:
        """Whether it has worked on one case for far too long."""
        if self.at.value != self._case:
            self._case, self._since = self.at.value, monotonic()
        return monotonic() - self._since > (self.patience if self.is_ready else STARTUP)

    def end(self) -> None:
        """End it, politely where it waits for work."""
        if self.process.is_alive() and self.piece is None and self.is_ready:
            self.pipe.send(None)
            self.process.join(30)
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """As many workers as wanted, for one surface."""

    def __init__(self, name: str, app: str, limits: Limits, jobs: int) -> None:
        self._new: Callable[[], Worker] = partial(Worker, name, app, limits)
        self._workers = [self._new() for _ in range(jobs)]
        self._again: list[Piece] = []
        self._starts = 0
        self.chunk = 0

    def results(self, pieces: Iterator[Piece], ends: float) -> Iterator[Seen]:
        """What the pieces come to, in any order; after `ends`, a time, no further piece is begun."""
        while True:
            for worker in self._workers:
                if worker.piece is None and worker.is_ready and monotonic() < ends:
                    piece = self._again.pop(0) if self._again else next(pieces, None)
                    if piece is not None:
                        worker.give(piece)
            if all(worker.piece is None and worker.is_ready for worker in self._workers):
                return
            wait([worker.pipe for worker in self._workers], timeout=0.5)
            for place, worker in enumerate(self._workers):
                yield from self._heard(place, worker)

    def _heard(self, place: int, worker: Worker) -> Iterator[Seen]:
        """What a worker has to say, or what has become of it."""
        if worker.is_stuck():
            yield from self._lost(place, worker, "a worker that did not come back")
            return
        try:
            if worker.pipe.poll():
                yield from self._received(worker)
        except (EOFError, OSError):
            worker.process.join()
            yield from self._lost(place, worker, f"a worker that ended ({worker.process.exitcode})")

    def _received(self, worker: Worker) -> Iterator[Seen]:
        said = worker.pipe.recv()
        if isinstance(said, Seen):
            worker.piece = None
            yield said
        else:
            self.chunk, worker.is_ready, self._starts = said, True, 0

    def _lost(self, place: int, worker: Worker, found: str) -> Iterator[Seen]:
        """Tell the case that a worker ended with, and let another one do the rest of the piece."""
        piece, number = worker.piece, worker.at.value
        worker.end()
        self._workers[place] = self._new()
        if piece is None:
            self._starts += 1
            if self._starts >= MOST_STARTS:
                raise WorkersDoNotStart(found)
            return
        self._again += piece.parted(number)
        lost = Seen(Piece(number, 1, piece.seed), found=[(number, found, None)])
        lost.labels["no answer"] += 1
        yield lost

    def close(self) -> None:
        for worker in self._workers:
            worker.end()
