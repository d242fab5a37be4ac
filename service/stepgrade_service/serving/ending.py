"""How a worker ends: first it says that it is not ready any more, then its port closes, then what is under way is finished."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop

from .probes import HealthProbes

HELD_BACK = {signal.SIGINT}


def end_in_time(loop: AbstractEventLoop, probes: HealthProbes, seconds: float) -> None:
    """On SIGTERM, say so at /readyz for so many seconds, and end then. granian ends a worker at once on SIGINT, which is held back."""

    def begin() -> None:
        if not probes.is_ending:
            probes.is_ending = True
            loop.call_later(seconds, end)

    loop.add_signal_handler(signal.SIGTERM, begin)


def hold_back_ctrl_c() -> None:
    """Let this process hear no Ctrl-C, for the main process tells it to end. granian, told twice, stops for good and holds Python's lock.

    To be called before there are threads, which inherit it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)


def end() -> None:
    """End this worker: no new requests, and what is under way is finished."""
    os.kill(os.getpid(), signal.SIGINT)
    held_back = signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)  # now it is heard, once, with those of a terminal
    signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
