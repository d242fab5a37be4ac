"""The main process: granian's, which starts workers and replaces those that end."""

from __future__ import annotations

import signal
import sys
from math import inf
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from granian.server import Server
from granian.server.mp import WorkerProcess

from .casebook import blame_nothing
from .metrics import take_over

#: The server ends once so many workers in a row have ended before they were ready.
MOST_FAILED_STARTS = 3

#: A signal to end counts as a second one after so many seconds: one wish to end may be told several times, as by make, timeout and systemd.
AGAIN = 0.5


class Worker(WorkerProcess):
    """A worker process for whose end one thread waits, and the others wait for that thread.

    In granian two threads wait for the process. The system tells one of them. The other may then take the worker for alive, and write
    that it "refused to gracefully stop".
    """

    def _watch(self) -> None:
        self._waiting = Thread(target=self._watcher)
        self._waiting.start()

    def is_alive(self) -> bool:
        return self._waiting.is_alive()

    def join(self, timeout: float | None = None) -> None:
        self._waiting.join(timeout)


class Supervisor(Server):  # type: ignore[misc, valid-type]
    """granian's server, with another rule for when it gives up.

    granian's own rule is that a worker which ends within 5.5 s of its start ends the server, so two requests that end a worker
    could end the server. Here a worker that was ready is always replaced.
    """

    def __init__(self, *arguments: Any, directory: Path, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._directory, self._failed_starts, self._ends_since = directory, 0, inf
        self._stays_without_terminal = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as nohup asks for

    def signal_handler_interrupt(self, *arguments: Any, **named: Any) -> None:
        """The server is to end, after the requests that it has. Who asks for that again does not want to wait for them."""
        now = monotonic()
        if now - self._ends_since > AGAIN:
            self._end_workers()
        self._ends_since = min(self._ends_since, now)
        for worker in self.wrks:
            worker.interrupt_by_parent = True
        super().signal_handler_interrupt(*arguments, **named)

    def _end_workers(self) -> None:
        for worker in self.wrks:
            blame_nothing(self._directory, worker._id())
            worker.kill()

    def signal_handler_reload(self, *arguments: Any, **named: Any) -> None:
        """The terminal was closed. granian would start its workers anew, and the server would keep the port without a terminal."""
        if not self._stays_without_terminal and not self.interrupt_signal:
            self.signal_handler_interrupt(*arguments, **named)

    def _spawn_worker(self, *arguments: Any, **named: Any) -> WorkerProcess:
        worker: WorkerProcess = super()._spawn_worker(*arguments, **named)
        worker.__class__ = Worker  # granian offers no other way to name the class
        return worker

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        were_ready = [take_over(self._directory, self.wrks[number]._id()) for number in workers]
        self._failed_starts = 0 if all(were_ready) else self._failed_starts + 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            print(f"{MOST_FAILED_STARTS} workers ended before they were ready; the server ends too", file=sys.stderr, flush=True)
            self.interrupt_children += workers
            self.signal_handler_interrupt()
            return
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()
