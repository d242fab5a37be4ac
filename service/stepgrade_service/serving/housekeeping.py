"""What a worker does from time to time, in a thread of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from itertools import count
from math import inf
from multiprocessing import parent_process
from threading import Thread
from time import monotonic, sleep

from .allocator import give_back_unused
from .casebook import Casebook
from .ending import end
from .metrics import Metrics
from .slow_readers import SlowReaders
from .watchdog import Watchdog

#: Seconds from one look of the watchdog to the next, and how many of them lie between the rarer tasks, and between the rarest.
INTERVAL, RARELY, ONCE_A_MINUTE = 0.2, 5, 300

#: Seconds after which a worker that has not ended is told again, and how often it is told. Told as it starts, granian may not hear it. Told
#: twice at once, or a third time, while requests are under way, it stops for good and holds Python's lock.
TOLD_AGAIN, MOST_TOLD = 5.0, 2

logger = logging.getLogger("stepgrade_service")


class Housekeeping:
    """Looks at the watchdog often, and rarely at the casebook, at the server's main process, after the metrics, and at unused memory."""

    def __init__(self, watchdog: Watchdog | None, casebook: Casebook, metrics: Metrics, readers: SlowReaders | None) -> None:
        self._watchdog, self._casebook, self._metrics, self._readers = watchdog, casebook, metrics, readers
        main = parent_process()  # not whoever is the parent now: the main process may be gone already
        self._main = os.getppid() if main is None else main.pid
        self._told, self._times_told = -inf, 0

    def start(self) -> None:
        """Start the thread."""
        Thread(target=self._keep_house, name="housekeeping", daemon=True).start()

    def _keep_house(self) -> None:
        tasks = [
            (1, self._end_with_the_main_process),
            (RARELY, self._casebook.look),
            (RARELY, self._metrics.save),
            (ONCE_A_MINUTE, give_back_unused),
        ]
        if self._readers is not None:
            tasks.append((RARELY, self._readers.look))
        if self._watchdog is not None:
            tasks.insert(0, (1, self._watchdog.look))
        failing = set[str]()
        for turn in count():
            for every, task in tasks:
                if turn % every == 0:
                    do(task, failing)
            sleep(INTERVAL)

    def _end_with_the_main_process(self) -> None:
        """End when the main process was killed: a worker that went on would keep the port."""
        if os.getppid() != self._main and self._times_told < MOST_TOLD and monotonic() - self._told > TOLD_AGAIN:
            self._told, self._times_told = monotonic(), self._times_told + 1
            end()


def do(task: Callable[[], None], failing: set[str]) -> None:
    """Do a task. One that fails ends no other: without the watchdog's looks the system would end this worker.

    It is told once until it succeeds again, because a full disk stays full for a while. `failing` are those that have failed.
    """
    name = task.__qualname__
    try:
        task()
    except Exception as error:
        if name not in failing:
            failing.add(name)
            logger.exception("a background task of a worker failed: %s (%s); it is tried again", name, error)
    else:
        failing.discard(name)
