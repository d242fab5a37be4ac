"""The service in a process of its own, for as long as a with block lasts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from time import monotonic, sleep
from types import TracebackType

from stepgrade import Client, StepgradeError

HOST = "127.0.0.1"

#: Seconds to get ready in, and to end in when asked to.
STARTUP, SHUTDOWN = 120.0, 15.0

LAST_LINES = 8


class ServerError(Exception):
    """The service could not be started; the message is for the person at the terminal."""


class Server:
    """`python -m stepgrade_service serve` on a free port, or on $PORT."""

    def __init__(self) -> None:
        self.port = chosen_port()
        self.url = f"http://{HOST}:{self.port}"
        self._said = tempfile.TemporaryFile()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        """Start it, in a process group of its own: Ctrl-C is for the demo, which then stops it."""
        signals = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""
