"""Ends a worker in which a request runs past its time."""

from __future__ import annotations

import logging
import os
import signal
from time import monotonic

from .casebook import Casebook

#: How long after the watchdog the system ends a worker in which no thread can run any more, in seconds.
GRACE = 1.0

#: The exit code of a worker that ends itself: EX_TEMPFAIL.
EXIT_CODE = 75

logger = logging.getLogger("stepgrade_service")


class Watchdog:
    """Watches over the requests of this worker; `seconds` is how long one may take. Somebody has to call `look` often."""

    def __init__(self, seconds: float, casebook: Casebook) -> None:
        self.seconds, self.casebook = seconds, casebook
        self._running: dict[int, tuple[float, str]] = {}
        self._is_armed = False
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def begin(self, place: int, request_id: str, digest: bytes | None) -> bool:
        """A request is worked on from now on, in one of the worker's places; False where it has to wait for another.

        One without a digest asks for no work of its own: its time is bounded, but it is no suspect if the worker ends.
        """
        if digest is not None and not self.casebook.begin(place, digest):
            return False
        self._running[place] = (monotonic(), request_id)
        if not self._is_armed:
            self._arm()
        return True

    def finish(self, place: int) -> None:
        """It is done."""
        del self._running[place]
        self.casebook.finish(place)

    def look(self) -> None:
        """End this process where a request has run for too long."""
        for place, (began, request_id) in sorted(self._running.copy().items(), key=lambda entry: entry[1]):
            if monotonic() - began > self.seconds:
                self.casebook.blame(place)
                logger.error("request %s ran for more than %g s: this worker ends, and a new one starts", request_id, self.seconds)
                os._exit(EXIT_CODE)
        if self._running:
            self._arm()
        elif self._is_armed:
            self._is_armed = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            if self._running:  # one began just now, and found it armed
                self._arm()

    def _arm(self) -> None:
        """Let the system end this process after a while. Only code that lets no thread run keeps us from putting that off again."""
        self._is_armed = True
        signal.setitimer(signal.ITIMER_REAL, self.seconds + GRACE)
