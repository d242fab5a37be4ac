"""The main process: granian's, which starts workers and replaces those that end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from granian.server import Server

#: The server ends once so many workers in a row have ended before they were ready.
MOST_FAILED_STARTS = 3


class Supervisor(Server):  # type: ignore[misc, valid-type]
    """granian's server, with another rule for when it gives up.

    granian's own rule is that a worker which ends within 5.5 s of its start ends the server, so two requests that end a worker
    could end the server. Here a worker that was ready is always replaced.
    """

    def __init__(self, *arguments: Any, directory: Path, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._directory, self._failed_starts = directory, 0
        self._stays_without_terminal = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as nohup asks for

    def signal_handler_reload(self, *arguments: Any, **named: Any) -> None:
        """The terminal was closed. granian would start its workers anew, and the server would keep the port without a terminal."""
        if not self._stays_without_terminal:
            self.signal_handler_interrupt(*arguments, **named)

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        was_ready = all((self._directory / f"metrics-{self.wrks[number]._id()}").exists() for number in workers)
        self._failed_starts = 0 if was_ready else self._failed_starts + 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            print(f"{MOST_FAILED_STARTS} workers ended before they were ready; the server ends too", file=sys.stderr, flush=True)
            self.interrupt_children += workers
            self.signal_handler_interrupt()
            return
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()
