"""A Redis in a process of its own, with the configuration that is deployed; a test may end it, halt it and start it again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.running import free_port

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = ROOT / "deploy" / "redis" / "redis.conf"


class RedisServer:
    """Redis on a port of this machine."""

    def __init__(self, program: str, directory: Path) -> None:
        self.program, self.directory = program, directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [self.program, str(CONFIGURATION), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.directory)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert settled(self.is_there, 30), "Redis does not start"

    def is_there(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as channel:
            channel.sendall(b"PING\r\n")
            return channel.recv(7) == b"+PONG\r\n"
        return False

    def tell(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)

    def end(self) -> None:
        """End it at once; it need not run."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def settled(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` comes true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def redis_server(directory: Path) -> Iterator[RedisServer]:
    """A Redis that runs. Without one the tests are skipped, or fail where STEPGRADE_REQUIRE_REDIS is 1."""
    program = shutil.which("redis-server")
    if program is None:
        reason = "there is no redis-server here (apt-get install redis-server); STEPGRADE_REQUIRE_REDIS=1 makes this a failure"
        if os.environ.get("STEPGRADE_REQUIRE_REDIS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = RedisServer(program, directory)
    try:
        server.start()
        yield server
    finally:
        server.end()
