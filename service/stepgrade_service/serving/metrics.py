"""What the server counts, as Prometheus reads it. Every worker leaves its numbers for the others, so each can tell those of all.

The main process adds the numbers of a worker that has ended to one file, so the files are as many as the workers, and no counter goes
back. While it does so, another worker may read both files. So each worker's numbers have an id, and the one file says whose it has.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import orjson

from .directory import lives, made

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Upper bounds of the histogram, in seconds.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)

#: The route of a request that none answers, or that is refused before one is looked for.
NO_ROUTE = "none"

#: The numbers of all workers that have ended. It says whose it has of the last ones only: a reader has both files open for milliseconds.
PAST, LAST = "past", 100

Numbers = dict[str, Any]


class Metrics:
    """The numbers of this worker; `gauges` tells what is as it is just now."""

    def __init__(self, directory: Path, gauges: Callable[[], dict[str, int]]) -> None:
        self._directory, self._gauges = directory, gauges
        self._own = file_of(directory, os.getpid())
        self._id = uuid4().hex
        self._answers, self._seconds, self._work, self._buckets = Counter[str](), Counter[str](), Counter[str](), dict[str, list[int]]()
        self._lock, self._saving = Lock(), Lock()

    def note(self, route: str | None, status: int, seconds: float, work: float = 0.0) -> None:
        """A request has been answered, at this price in units of work."""
        labels = f'route="{route or NO_ROUTE}",status="{status}"'
        with self._lock:
            self._answers[labels] += 1
            self._seconds[labels] += seconds  # type: ignore[assignment]
            self._work[labels] += work  # type: ignore[assignment]
            if labels not in self._buckets:
                self._buckets[labels] = [0] * (len(BOUNDS) + 1)
            self._buckets[labels][bisect_left(BOUNDS, seconds)] += 1

    def save(self) -> None:
        """Leave the numbers for the other workers."""
        new = self._own.with_name(f"new-{self._own.name}")
        with self._saving:
            made(self._directory)  # a system that tidies up may have removed it
            new.write_bytes(orjson.dumps(self._numbers()))
            new.replace(self._own)

    def text(self) -> bytes:
        """The numbers of all workers, those that have ended included; its own also where the disk is full and nothing can be left."""
        with suppress(OSError):
            self.save()
        others = [path for path in self._directory.glob("metrics-*") if path != self._own]
        left = [(lives(int(path.name.removeprefix("metrics-"))), _read(path)) for path in others]
        left.append((True, orjson.loads(orjson.dumps(self._numbers()))))
        past = _read(self._directory / PAST)  # after the others: of a worker that ends just now there are both, and not neither
        new = [(alive, numbers) for alive, numbers in left if numbers.get("id") not in past["ids"]]
        lines = _told(_together([past, *(numbers for _, numbers in new)]), [numbers["gauges"] for alive, numbers in new if alive])
        return "".join(f"{line}\n" for line in (*lines, *_ended(past["workers"] + sum(not alive for alive, _ in new)))).encode()

    def _numbers(self) -> Numbers:
        with self._lock:
            numbers = {"answers": dict(self._answers), "seconds": dict(self._seconds), "work": dict(self._work), "buckets": self._buckets}
            return {"id": self._id, **numbers, "gauges": self._gauges()}


def file_of(directory: Path, pid: int) -> Path:
    """Where a worker leaves its numbers."""
    return directory / f"metrics-{pid}"


def take_over(directory: Path, pid: int) -> bool:
    """Add the numbers of a worker that has ended to those of the others that have; False where it left none, for it was not ready yet.

    Only the main process does this, before it starts another worker: that one may get the same number.
    """
    left = file_of(directory, pid)
    if not left.exists():
        return False
    past, numbers, new = _read(directory / PAST), _read(left), directory / f"new-{PAST}"
    ids = [*past["ids"], numbers.get("id", "")][-LAST:]
    with suppress(OSError):  # where the disk is full the worker's own file stays, and is read
        new.write_bytes(orjson.dumps({**_together([past, numbers]), "ids": ids, "workers": past["workers"] + 1}))
        new.replace(directory / PAST)
        for path in directory.glob(f"*{left.name}"):  # and what it had begun to write
            path.unlink(missing_ok=True)
    return True


def forget(directory: Path) -> None:
    """Remove the numbers of a server that was here before."""
    for left in (*directory.glob("*metrics-*"), directory / PAST):
        left.unlink(missing_ok=True)


def _read(path: Path) -> Numbers:
    numbers: Numbers = {"answers": {}, "seconds": {}, "work": {}, "buckets": {}, "gauges": {}, "ids": [], "workers": 0}
    with suppress(OSError, ValueError):
        numbers |= orjson.loads(path.read_bytes())
    return numbers


def _together(every: Iterable[Numbers]) -> Numbers:
    """The sums of what several workers counted."""
    answers, seconds, work, buckets = Counter[str](), Counter[str](), Counter[str](), dict[str, list[int]]()
    for numbers in every:
        answers.update(numbers["answers"])
        seconds.update(numbers["seconds"])
        work.update(numbers["work"])
        for labels, counts in numbers["buckets"].items():
            buckets[labels] = [sum(both) for both in zip(buckets.get(labels, [0] * len(counts)), counts, strict=True)]
    return {"answers": answers, "seconds": seconds, "work": work, "buckets": buckets}


def _told(counted: Numbers, alive: Iterable[dict[str, int]]) -> Iterator[str]:
    """The lines of what was counted, and of the gauges of the workers that live."""
    gauges = Counter[str]()
    for one in alive:
        gauges.update(one)
    yield from _head("stepgrade_requests_total", "counter", "Requests that were answered.")
    yield from (f"stepgrade_requests_total{{{labels}}} {count}" for labels, count in sorted(counted["answers"].items()))
    yield from _head("stepgrade_request_seconds", "histogram", "Seconds from a request's arrival to its answer.")
    for labels, counts in sorted(counted["buckets"].items()):
        yield from _histogram(labels, counts, counted["seconds"][labels])
    yield from _head("stepgrade_work_total", "counter", "Units of work that requests were priced at.")
    yield from (f"stepgrade_work_total{{{labels}}} {work:.0f}" for labels, work in sorted(counted["work"].items()))
    for name, (help_, _) in GAUGES.items():
        yield from _head(name, "gauge", help_)
        yield f"{name} {gauges[name]}"


#: The gauges of the queue: what they are, and its attribute that they show.
OF_THE_QUEUE = {
    "stepgrade_queue_length": ("Number of requests that wait for their turn.", "waiting"),
    "stepgrade_busy_threads": ("Number of work threads that are busy.", "busy"),
    "stepgrade_work_threads": ("Number of work threads.", "places"),
}

#: One of the budgets.
WITHOUT_REDIS = "stepgrade_workers_without_redis"
GAUGES = {**OF_THE_QUEUE, WITHOUT_REDIS: ("Number of workers that share budgets in Redis and cannot reach it.", "")}


def _histogram(labels: str, counts: list[int], seconds: float) -> Iterator[str]:
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        total += count
        yield f'stepgrade_request_seconds_bucket{{{labels},le="{bound}"}} {total}'
    yield f"stepgrade_request_seconds_sum{{{labels}}} {seconds:.6f}"
    yield f"stepgrade_request_seconds_count{{{labels}}} {total}"


def _ended(workers: int) -> Iterator[str]:
    yield from _head("stepgrade_worker_restarts_total", "counter", "Workers that ended and were replaced.")
    yield f"stepgrade_worker_restarts_total {workers}"


def _head(name: str, kind: str, help_: str) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} {kind}"
