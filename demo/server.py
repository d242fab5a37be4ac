"""The service in a process of its own, for as long as a with block lasts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import IO

from stepgrade import Client, StepgradeError

HOST = "127.0.0.1"

#: Seconds the service has to get ready, and to end when it is asked to. A busy machine compiles for minutes, and then one wants to know.
STARTUP, SHUTDOWN = 900.0, 15.0
LONG = 45.0

LAST_LINES = 8


class ServerError(Exception):
    """The service could not be started; the message is for the person at the terminal."""


@contextmanager
def serving() -> Iterator[Server]:
    """The service, on $PORT or on a free port; it is stopped in the end, whatever happens in between."""
    with tempfile.TemporaryFile() as errors:
        server = Server(chosen_port(), errors)
        try:
            with postponed_signals():
                server.start()
            yield server
        finally:
            with postponed_signals():
                server.stop()


class Server:
    """`python -m stepgrade_service serve`, what it says on stderr kept in a file."""

    def __init__(self, port: int, errors: IO[bytes]) -> None:
        self.port, self.errors = port, errors
        self.url = f"http://{HOST}:{port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is for the demo, which then stops it with all its workers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stepgrade_service", "serve"],
            env={**os.environ, "STEPGRADE_SERVER_HOST": HOST, "STEPGRADE_SERVER_PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Stop it: politely, and what is left after a while not so."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SHUTDOWN)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait(self, client: Client) -> None:
        """Wait until it is ready for work; raises ServerError where it ends instead, or takes too long."""
        begun, is_told = monotonic(), False
        while monotonic() < begun + STARTUP:
            if self.process is None or self.process.poll() is not None:
                raise ServerError(f"The service ended before it was ready. It said:\n{self._last_lines()}")
            with suppress(StepgradeError):
                client.ready()
                return
            if not is_told and monotonic() > begun + LONG:
                is_told = True
                print("It still compiles. On a slow or busy machine this takes some minutes, once.", flush=True)
            sleep(0.1)
        raise ServerError(f"The service was not ready within {STARTUP:g} seconds. It said:\n{self._last_lines()}")

    def _last_lines(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join(f"  {line}" for line in lines) or "  (nothing)"


def chosen_port() -> int:
    """$PORT if it is set, else one that is free; raises ServerError where $PORT cannot be used."""
    wanted = os.environ.get("PORT") or "0"
    if not wanted.isdecimal() or int(wanted) > 65535:
        raise ServerError(f"PORT={wanted} is no port: expected a number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(wanted)))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ServerError(f"Cannot listen on {HOST}:{wanted}: {reason}. Name another port: make demo PORT=8001") from None
        return int(probe.getsockname()[1])


@contextmanager
def postponed_signals() -> Iterator[None]:
    """Let nothing come between a process and the knowledge of it: a signal that asks to end is heeded after the block."""
    late = list[int]()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda got, _: late.append(got)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if late:
        signal.raise_signal(late[0])
