"""What the server counts, as Prometheus reads it. Every worker leaves its numbers for the others, so each can tell those of all."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from .directory import lives, made

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Upper bounds of the histogram, in seconds.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)

#: The route of a request that none answers, or that is refused before one is looked for.
NO_ROUTE = "none"

Numbers = dict[str, dict[str, Any]]


class Metrics:
    """The numbers of this worker; `gauges` tells what is as it is just now."""

    def __init__(self, directory: Path, gauges: Callable[[], dict[str, int]]) -> None:
        self._directory, self._gauges = directory, gauges
        self._own = directory / f"metrics-{os.getpid()}"
        self._answers, self._seconds, self._buckets = Counter[str](), Counter[str](), dict[str, list[int]]()
        self._lock, self._saving = Lock(), Lock()

    def note(self, route: str | None, status: int, seconds: float) -> None:
        """A request has been answered."""
        route = route or NO_ROUTE
        with self._lock:
            self._answers[f'route="{route}",status="{status}"'] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]
            if route not in self._buckets:
                self._buckets[route] = [0] * (len(BOUNDS) + 1)
            self._buckets[route][bisect_left(BOUNDS, seconds)] += 1

    def save(self) -> None:
        """Leave the numbers for the other workers."""
        new = self._own.with_name(f"new-{self._own.name}")
        with self._saving:
            made(self._directory)  # a system that tidies up may have removed it
            new.write_bytes(orjson.dumps(self._numbers()))
            new.replace(self._own)

    def text(self) -> bytes:
        """The numbers of all workers, those that have ended included."""
        self.save()
        every = [(lives(int(path.name.removeprefix("metrics-"))), _read(path)) for path in self._directory.glob("metrics-*")]
        lines = _told([numbers for _, numbers in every], [numbers for alive, numbers in every if alive])
        return "".join(f"{line}\n" for line in (*lines, *_ended(sum(not alive for alive, _ in every)))).encode()

    def _numbers(self) -> Numbers:
        with self._lock:
            return {"answers": dict(self._answers), "seconds": dict(self._seconds), "buckets": self._buckets, "gauges": self._gauges()}


def _read(path: Path) -> Numbers:
    try:
        numbers: Numbers = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {"answers": {}, "seconds": {}, "buckets": {}, "gauges": {}}
    return numbers


def _told(every: Iterable[Numbers], alive: Iterable[Numbers]) -> Iterator[str]:
    answers, seconds, gauges, buckets = Counter[str](), Counter[str](), Counter[str](), dict[str, list[int]]()
    for numbers in every:
        answers.update(numbers["answers"])
        seconds.update(numbers["seconds"])
        for route, counts in numbers["buckets"].items():
            buckets[route] = [sum(both) for both in zip(buckets.get(route, [0] * len(counts)), counts, strict=True)]
    for numbers in alive:
        gauges.update(numbers["gauges"])
    yield from _head("stepgrade_requests_total", "counter", "Requests that were answered.")
    yield from (f"stepgrade_requests_total{{{labels}}} {count}" for labels, count in sorted(answers.items()))
    yield from _head("stepgrade_request_seconds", "histogram", "Seconds from a request's arrival to its answer.")
    for route, counts in sorted(buckets.items()):
        yield from _histogram(route, counts, seconds[route])
    for name, (help_, _) in GAUGES.items():
        yield from _head(name, "gauge", help_)
        yield f"{name} {gauges[name]}"


#: The gauges: what they are, and the attribute of the queue that they show.
GAUGES = {
    "stepgrade_queue_length": ("Number of requests that wait for a work thread.", "waiting"),
    "stepgrade_busy_threads": ("Number of work threads that are busy.", "busy"),
    "stepgrade_work_threads": ("Number of work threads.", "places"),
}


def _histogram(route: str, counts: list[int], seconds: float) -> Iterator[str]:
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        total += count
        yield f'stepgrade_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}'
    yield f'stepgrade_request_seconds_sum{{route="{route}"}} {seconds:.6f}'
    yield f'stepgrade_request_seconds_count{{route="{route}"}} {total}'


def _ended(workers: int) -> Iterator[str]:
    yield from _head("stepgrade_worker_restarts_total", "counter", "Workers that ended and were replaced.")
    yield f"stepgrade_worker_restarts_total {workers}"


def _head(name: str, kind: str, help_: str) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} {kind}"
