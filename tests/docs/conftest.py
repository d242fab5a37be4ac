"""The service as `make serve` starts it, once for all pages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.running import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds to become ready; on a fresh clone the kernels are compiled first


@dataclass(frozen=True)
class Live:
    """A running service; the pages call it localhost:8000. `log` is what it wrote."""

    address: str
    log: Path

    def addressed(self, text: str) -> str:
        """An example as it reaches this service."""
        return text.replace("localhost:8000", self.address).replace("127.0.0.1:8000", self.address)

    def as_written(self, text: str) -> str:
        """What an example said, as a reader sees it."""
        return text.replace(self.address, "127.0.0.1:8000")


def without_settings() -> dict[str, str]:
    """The environment without what configures a service or a client: the pages speak of the defaults."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_")}


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The service on a port of its own, ready."""
    port, log = free_port(), tmp_path_factory.mktemp("service") / "log"
    with log.open("wb") as output:
        service = subprocess.Popen(
            [sys.executable, "-m", "stepgrade_service", "serve"],
            env={**without_settings(), "STEPGRADE_SERVER_PORT": str(port), "STEPGRADE_SERVER_ACCESS_LOG": "true"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        address, deadline = f"127.0.0.1:{port}", time.monotonic() + PATIENCE
        while not is_ready(address):
            assert service.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Live(address, log)
    finally:
        service.terminate()
        try:
            service.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(service.pid, signal.SIGKILL)
            service.wait()


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of a service or a client is set."""
    for name in set(os.environ) - set(without_settings()):
        monkeypatch.delenv(name)
