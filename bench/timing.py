"""Takes turns between what is compared, so that a busy moment of the machine falls on all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

#: Seconds that each call took.
Calls = Callable[[int], list[float]]


@dataclass
class Times:
    """The seconds of one of the things compared."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def least(self) -> float:
        return min(self.seconds)


def calls_of(function: Callable[[], object]) -> Calls:
    """Time a function, call by call."""

    def times(count: int) -> list[float]:
        return [_seconds(function) for _ in range(count)]

    return times


def _seconds(function: Callable[[], object]) -> float:
    began = perf_counter()
    function()
    return perf_counter() - began


def in_turns(rounds: int, cases: Mapping[str, tuple[Calls, int]]) -> dict[str, Times]:
    """Each case so many calls at a time, round after round, behind calls that do not count."""
    for calls, _ in cases.values():
        calls(2)
    times = {name: Times() for name in cases}
    for name, calls, count in _turns(rounds, cases):
        times[name].seconds += calls(count)
    return times


def _turns(rounds: int, cases: Mapping[str, tuple[Calls, int]]) -> Iterator[tuple[str, Calls, int]]:
    """Every other round goes backwards: none is always behind the same other."""
    order = [(name, calls, count) for name, (calls, count) in cases.items()]
    for number in range(rounds):
        yield from reversed(order) if number % 2 else order
