"""Calls on their way to workers: read as late as can be, in chunks of about a second of work, and all of them brought back once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from math import ceil
from typing import Any

from stepgrade.sweeps.calls import CallLines, Calls
from stepgrade.sweeps.chunk import Chunk, Made
from stepgrade.sweeps.workers import Workers, broken

#: What a chunk should take, in seconds: long beside what it costs to send it, short beside what is lost when its worker dies.
AIM = 1.5

#: Calls of the first chunks, how much larger a chunk may be than one that was measured, and how large any.
FIRST, GROWTH, MOST = 8, 8.0, 20_000

#: Chunks in the hands of a worker, and what is left at the end is shared out into so many for each.
AHEAD, SHARES = 2, 3


class Lines:
    """Calls as lines, each with its number, to be taken chunk by chunk. `left` is how many are left, None if nobody knows."""

    def __init__(self, lines: Iterator[tuple[int, str]], left: int | None) -> None:
        self._lines, self.left = lines, left
        self._next: tuple[int, str] | None = None

    def take(self, most: int) -> Chunk | None:
        """The next neighbouring calls, at most so many; None at the end."""
        first, lines = -1, list[str]()
        while len(lines) < most:
            number, line = self._next or next(self._lines, (-1, ""))
            self._next = None
            if number < 0:
                break
            if lines and number != first + len(lines):  # those between are done already
                self._next = number, line
                break
            first = first if lines else number
            lines.append(line)
        if self.left is not None:
            self.left -= len(lines)
        return Chunk(first, CallLines(tuple(lines))) if lines else None


class Ranges:
    """Calls in columns, those of some ranges of numbers, to be taken chunk by chunk."""

    def __init__(self, block: Callable[[int, int], Calls], ranges: Iterable[range]) -> None:
        self._block, self._ranges = block, deque(each for each in ranges if each)
        self.left = sum(map(len, self._ranges))

    def take(self, most: int) -> Chunk | None:
        """The next neighbouring calls, at most so many; None at the end."""
        if not self._ranges:
            return None
        there = self._ranges.popleft()
        if there[most:]:
            self._ranges.appendleft(there[most:])
        taken = there[:most]
        self.left -= len(taken)
        return Chunk(taken.start, self._block(taken.start, taken.stop))


class Flow:
    """Sends chunks to workers, and brings back what became of them, each call once.

    Where workers die, the calls that they had go to others. A worker that had no time for all calls of its chunk gives the rest back.
    """

    def __init__(self, workers: Workers, function: Callable[[Chunk], Made[Any]], lines: Lines | Ranges) -> None:
        self._workers, self._function, self._lines = workers, function, lines
        self._again, self._size = deque[Chunk](), FIRST
        self._pending = dict[Future[Any], Chunk]()

    def __iter__(self) -> Iterator[tuple[Chunk, Made[Any]]]:
        """What was made of each chunk, in any order. The end of the loop leaves no chunk to the workers."""
        try:
            while self._send():
                for future in wait(self._pending, return_when=FIRST_COMPLETED).done:
                    chunk = self._pending.pop(future, None)
                    made = None if chunk is None else self._result(future, chunk)
                    if chunk is not None and made is not None:
                        if made.count < len(chunk.calls):
                            self._again.append(chunk.after(made.count))
                        self._learn(made)
                        yield chunk, made
        finally:
            for future in self._pending:
                future.cancel()

    def _send(self) -> bool:
        """Keep the workers busy; say whether anything is under way."""
        slots = self._workers.slots
        while len(self._pending) < AHEAD * slots:
            chunk = self._again.popleft() if self._again else self._lines.take(self._most(slots))
            if chunk is None:
                break
            try:
                self._pending[self._workers.submit(self._function, chunk)] = chunk
            except BrokenExecutor as error:
                self._again.append(chunk)
                self._renew(chunk, error)
        return bool(self._pending)

    def _most(self, slots: int) -> int:
        """How many calls go into a chunk: at the end fewer, so that no worker is alone with the last one."""
        left = self._lines.left
        return self._size if left is None else max(1, min(self._size, ceil(left / (SHARES * slots))))

    def _learn(self, made: Made[Any]) -> None:
        """Let the next chunks take as long as they should."""
        fitting = made.count * AIM / max(made.seconds, 1e-6)
        self._size = int(min(max(1.0, fitting), GROWTH * max(made.count, FIRST), MOST))
        self._workers.worked()

    def _result(self, future: Future[Any], chunk: Chunk) -> Made[Any] | None:
        """What came of a chunk; None where its workers are gone, and new ones get it."""
        try:
            made: Made[Any] = future.result()
        except BrokenExecutor as error:
            self._again.append(chunk)
            self._renew(chunk, error)
            return None
        except Exception as error:
            raise broken(chunk, error) from error
        return made

    def _renew(self, chunk: Chunk, error: BrokenExecutor) -> None:
        """Give all that was under way to new workers; raises ServiceUnreachable where there are none."""
        if not self._workers.renewed():
            raise broken(chunk, error) from error
        self._again.extend(self._pending.values())
        self._pending.clear()
