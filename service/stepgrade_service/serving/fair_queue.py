"""The queue of the requests: of bounded length, and fair between clients, by the work that their requests cost."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

#: Clients that were served more than others and are not here now. Beyond so many, those are forgotten that are not ahead any more, and if
#: that is not enough, all.
MOST_REMEMBERED = 4096

#: After so many seconds of work a request is not short, and those behind it wait no longer for its end.
SHORT = 0.02


@dataclass(slots=True)
class Line(Generic[T]):
    """A client that is here: what waits, and since which turn; how many of its requests are worked on; the work it has had, divided by its
    weight.
    """

    weight: float
    had: float
    working: int = 0
    waiting: deque[tuple[int, T]] = field(default_factory=deque)


class FairQueue(Generic[T]):
    """Hands requests to work threads.

    A client has at most half of the places, and of the queue, so that the rest is left for others. While others are here, it has at most
    its part of the places, and less of the queue, so that a newcomer finds room there. A client of weight 3 counts as three clients.

    Requests are worked on in the order in which they came. Only a client that has had more than its part of the work, by more than `burst`,
    waits for those that have not; of several such clients the one is next that has had the least.

    Short requests are worked on one after another, `short` of them at a time. Threads share one processor: of requests that are worked on
    at the same time each ends late, and of requests one after another only the last does. Long requests are worked on beside them.

    What is a client's part goes by the clock of weighted fair queueing (Demers, Keshav and Shenker, 1989): work that is done moves it on by
    that work over the weights of those who are here. The work of a request counts when it is done.

    Work that nobody else wanted is not held against a client: where all that may begin are ahead by more than `burst`, the clock moves on,
    so that the first of them is ahead by `burst`. And a client saves no turns: it is behind the clock by no more than others can bring
    it while it waits.
    """

    def __init__(self, places: int, capacity: int, short: int | None = None, burst: float = 0.0) -> None:
        self.places, self.capacity, self._short_at_a_time, self._burst = places, capacity, short or places, burst
        self.busy = self.waiting = 0
        self._places = [SimpleQueue[T]() for _ in range(places)]
        self._idle = self._places.copy()
        self._short: dict[SimpleQueue[T], float] = {}  # since when; the first began first
        self._lines: dict[str, Line[T]] = {}
        self._ahead: dict[str, float] = {}
        self._now = self._weights = self._dearest = 0.0
        self._turn = 0
        self._lock = Lock()

    def put(self, client: str, item: T, weight: float = 1.0) -> bool:
        """Queue a request; False where the queue is full, or this client has its part of it."""
        with self._lock:
            if self.waiting:
                self._start_ready()
            line = self._lines.get(client) or self._come(client, weight)
            line.had = max(line.had, self._now - self._most_behind())
            if self._has_room() and self._may_start(line):
                self._start(line, item)
                return True
            if not self._may_wait(line):
                self._leave_if_done(client, line)
                return False
            self._turn += 1
            line.waiting.append((self._turn, item))
            self.waiting += 1
            return True

    def place(self, number: int) -> SimpleQueue[T]:
        """The place of a work thread: there it gets what it works on, the next request after it is `done` with one."""
        return self._places[number]

    def note_long(self, place: SimpleQueue[T]) -> None:
        """What is worked on at this place takes long: the next short request may begin."""
        with self._lock:
            if self._short.pop(place, None) is not None:
                self._start_ready()

    def look(self) -> None:
        """Begin what waited for a request that has turned out to be long."""
        with self._lock:
            self._start_ready()

    def done(self, client: str, place: SimpleQueue[T], work: float = 1.0) -> None:
        """A request of this client has ended, and cost so much work. Its place is free."""
        with self._lock:
            line = self._lines[client]
            self.busy -= 1
            self._idle.append(place)
            self._short.pop(place, None)
            line.working -= 1
            line.had += work / line.weight
            self._now += work / self._weights
            self._dearest = max(self._dearest, work)
            self._leave_if_done(client, line)
            self._start_ready()

    def discard(self, client: str, item: T) -> bool:
        """Take back a request that waits; False where it does not wait any more."""
        with self._lock:
            line = self._lines.get(client)
            found = None if line is None else next((each for each in line.waiting if each[1] == item), None)
            if line is None or found is None:
                return False
            line.waiting.remove(found)
            self.waiting -= 1
            self._leave_if_done(client, line)
            self._start_ready()
            return True

    def _come(self, client: str, weight: float) -> Line[T]:
        """Who was away has no claim to what others had meanwhile."""
        line = self._lines[client] = Line[T](weight, max(self._now, self._ahead.pop(client, 0.0)))
        self._weights += weight
        return line

    def _most_behind(self) -> float:
        """So far each of those who are here can get ahead, with `burst` and one request more, while a client waits for its turn."""
        return self._burst + self._dearest * len(self._lines) / self._weights

    def _leave_if_done(self, client: str, line: Line[T]) -> None:
        if line.working or line.waiting:
            return
        del self._lines[client]
        self._weights -= line.weight
        if not self._lines:
            self._now = self._weights = self._dearest = 0.0
            self._ahead.clear()
        elif line.had > self._now:
            if len(self._ahead) >= MOST_REMEMBERED:
                self._ahead = {name: had for name, had in self._ahead.items() if had > self._now}
            if len(self._ahead) >= MOST_REMEMBERED:
                self._ahead.clear()
            self._ahead[client] = line.had

    def _has_room(self) -> bool:
        """Whether one more request may be worked on."""
        if self.busy == self.places:
            return False
        while len(self._short) >= self._short_at_a_time:
            place, since = next(iter(self._short.items()))
            if monotonic() - since < SHORT:
                return False
            del self._short[place]
        return True

    def _may_start(self, line: Line[T]) -> bool:
        return line.working < _part(self.places, line.weight, max(self._weights, line.weight + 1.0))

    def _may_wait(self, line: Line[T]) -> bool:
        """A client has at most as many in the queue as are left for others (the dynamic thresholds of Choudhury and Hahne, 1998)."""
        left = self.capacity - self.waiting
        return left > 0 and len(line.waiting) < max(1.0, min(self.capacity - 1, line.weight * left))

    def _start(self, line: Line[T], item: T) -> None:
        self._now = max(self._now, line.had - self._burst)
        self.busy += 1
        line.working += 1
        place = self._idle.pop()  # the one that worked last: what it needs is still in the processor's caches
        self._short[place] = monotonic()
        place.put(item)

    def _start_ready(self) -> None:
        while self.waiting and self._has_room():
            ready = [line for line in self._lines.values() if line.waiting and self._may_start(line)]
            if not ready:
                return
            line = min(ready, key=self._next)
            self.waiting -= 1
            self._start(line, line.waiting.popleft()[1])

    def _next(self, line: Line[T]) -> tuple[float, int]:
        """Of the lines in which somebody waits, that with the least is next."""
        return max(line.had - self._now, self._burst), line.waiting[0][0]


def _part(whole: int, weight: float, of: float) -> int:
    """A client's part: at least one, and of several never all."""
    return max(1, min(whole - 1, int(whole * weight / of)))
