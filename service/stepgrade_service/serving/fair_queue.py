"""The queue of the requests: of bounded length, and fair between addresses."""

from __future__ import annotations

from collections import deque
from queue import SimpleQueue
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Hands requests to work threads.

    One address has at most all places but one, so that a place is left for others, and at most half of the queue. Where several
    addresses wait, they take turns.
    """

    def __init__(self, places: int, capacity: int) -> None:
        self.places, self.capacity = places, capacity
        self.places_of_one, self.capacity_of_one = max(1, places - 1), max(1, capacity // 2)
        self.busy = self.waiting = 0
        self._places = [SimpleQueue[T]() for _ in range(places)]
        self._idle = self._places.copy()
        self._working: dict[str, int] = {}
        self._lines: dict[str, deque[T]] = {}
        self._lock = Lock()

    def put(self, address: str, item: T) -> bool:
        """Queue a request; False where the queue is full, or this address has its part of it."""
        with self._lock:
            if self.busy < self.places and self._working.get(address, 0) < self.places_of_one:
                self._start(address, item)
                return True
            line = self._lines.get(address)
            if self.waiting >= self.capacity or (line is not None and len(line) >= self.capacity_of_one):
                return False
            if line is None:
                line = self._lines[address] = deque()
            line.append(item)
            self.waiting += 1
            return True

    def place(self, number: int) -> SimpleQueue[T]:
        """The place of a work thread: there it gets what it works on, the next request after it is `done` with one."""
        return self._places[number]

    def done(self, address: str, place: SimpleQueue[T]) -> None:
        """The work on a request of this address has ended, and its place is free."""
        with self._lock:
            self.busy -= 1
            self._idle.append(place)
            if self._working[address] == 1:
                del self._working[address]
            else:
                self._working[address] -= 1
            self._start_next()

    def discard(self, address: str, item: T) -> bool:
        """Take back a request that waits; False where it does not wait any more."""
        with self._lock:
            line = self._lines.get(address)
            if line is None or item not in line:
                return False
            line.remove(item)
            self._shorten(address, line)
            return True

    def _start(self, address: str, item: T) -> None:
        self.busy += 1
        self._working[address] = self._working.get(address, 0) + 1
        self._idle.pop().put(item)  # the one that worked last: what it needs is still in the processor's caches

    def _start_next(self) -> None:
        for address, line in self._lines.items():
            if self._working.get(address, 0) < self.places_of_one:
                self._start(address, line.popleft())
                self._shorten(address, line)
                return

    def _shorten(self, address: str, line: deque[T]) -> None:
        """A line has become shorter: its address is now the last in turn."""
        self.waiting -= 1
        del self._lines[address]
        if line:
            self._lines[address] = line
