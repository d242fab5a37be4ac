"""What a worker does from time to time, in a thread of its own."""

from __future__ import annotations

import os
from multiprocessing import parent_process
from threading import Thread
from time import sleep

from .casebook import Casebook
from .ending import end
from .metrics import Metrics
from .watchdog import Watchdog

#: Seconds from one look of the watchdog to the next, and how many of them lie between the rarer tasks.
INTERVAL, RARELY = 0.2, 5


class Housekeeping:
    """Looks at the watchdog often, and rarely at the casebook, at the server's main process, and after the metrics."""

    def __init__(self, watchdog: Watchdog | None, casebook: Casebook, metrics: Metrics) -> None:
        self._watchdog, self._casebook, self._metrics = watchdog, casebook, metrics
        main = parent_process()  # not whoever is the parent now: the main process may be gone already
        self._main = os.getppid() if main is None else main.pid

    def start(self) -> None:
        """Start the thread."""
        Thread(target=self._keep_house, name="housekeeping", daemon=True).start()

    def _keep_house(self) -> None:
        turn = 0
        while True:
            if self._watchdog is not None:
                self._watchdog.look()
            if turn % RARELY == 0:
                self._casebook.look()
                self._metrics.save()
                if os.getppid() != self._main:  # the main process was killed: a worker that went on would keep the port
                    end()
            turn += 1
            sleep(INTERVAL)
