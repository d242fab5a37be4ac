"""Ctrl-C: it ends a command once, soon, and without a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

INTERRUPTED = 130


@contextmanager
def ending_once(for_good: bool) -> Iterator[None]:
    """Let the first Ctrl-C end what is done here, and ignore the next ones: they would break off the end itself.

    With `for_good` they are ignored until the process ends. A process that ignores Ctrl-C, or has its own rule for it, keeps that.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _first)
    try:
        yield
    finally:
        if not for_good or signal.getsignal(signal.SIGINT) is _first:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _first(*_: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def end_interrupted() -> int:
    """The exit code. If threads still wait for a service, end the process here: Python would wait for them."""
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # no stream, or nobody reads it
                stream.flush()
        os._exit(INTERRUPTED)
    return INTERRUPTED
