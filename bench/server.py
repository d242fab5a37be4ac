"""Starts a server as a child, waits for its first answer, looks at its memory, and ends it."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from connection import Answer, Connection

SERVICE = ("-m", "stepgrade_service", "serve")
BENCH_APP = (str(Path(__file__).with_name("app.py")),)

#: Longer than any start, one that compiles everything included.
PATIENCE = 300.0


@dataclass
class Running:
    """A server that has given its first answer."""

    port: int
    process: subprocess.Popen[bytes]
    seconds_to_first_answer: float
    first_answer: Answer

    def worker_memory(self) -> list[float]:
        """Resident memory of the worker, in MB, the one entry; none where there is no /proc to tell it."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        sizes = [resident(int(pid)) for pid in children.read_text().split()] if children.is_file() else []
        return [max(sizes)] if sizes else []


def resident(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def free_port() -> int:
    """A port that nobody listens on. Not one of those that the system gives to clients: whoever asks there before the server listens
    may be given that very port, and hears itself.
    """
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))  # noqa: S311 (it keeps no secret)
            port: int = probe.getsockname()[1]
            return port


@contextmanager
def serving(what: Sequence[str], first_request: bytes, settings: Mapping[str, str] | None = None) -> Iterator[Running]:
    """One worker of the service or of the bench's app, from its start to its first answer and to its end."""
    port = free_port()
    one_worker = {"STEPGRADE_SERVER_PORT": str(port), "STEPGRADE_SERVER_WORKERS": "1", "STEPGRADE_SERVER_HOST": "127.0.0.1"}
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_SERVER_")} | dict(settings or {})
    began = perf_counter()
    process = subprocess.Popen([sys.executable, *what], env={**inherited, **one_worker, **one_thread}, stdout=subprocess.DEVNULL)
    try:
        answer = first_answer(process, port, first_request)
        yield Running(port, process, perf_counter() - began, answer)
    finally:
        process.terminate()
        process.wait(60)


def first_answer(process: subprocess.Popen[bytes], port: int, request: bytes) -> Answer:
    """Ask until there is an answer."""
    deadline = perf_counter() + PATIENCE
    while perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode} before it answered")
        try:
            connection = Connection(port)
        except OSError:
            sleep(0.005)
            continue
        try:
            return connection.ask(request)
        except OSError:
            sleep(0.005)
        finally:
            connection.close()
    raise RuntimeError(f"no answer within {PATIENCE:.0f} seconds")
