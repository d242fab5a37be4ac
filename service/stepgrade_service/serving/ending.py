"""How a worker ends: first it says that it is not ready any more, then its port closes, then what is under way is finished."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop

from .probes import HealthProbes


def end_in_time(loop: AbstractEventLoop, probes: HealthProbes, seconds: float) -> None:
    """On SIGTERM, say so at /readyz for so many seconds, and end then. granian ends a worker at once on SIGINT as on SIGTERM."""

    def begin() -> None:
        if not probes.is_ending:
            probes.is_ending = True
            loop.call_later(seconds, end)

    loop.add_signal_handler(signal.SIGTERM, begin)


def end() -> None:
    """End this worker: no new requests, and what is under way is finished."""
    os.kill(os.getpid(), signal.SIGINT)
