"""The house as it is deployed, on this machine: nginx with deploy/gateway/nginx.conf in front of processes of the service."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from tests.running import free_port

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
PATIENCE = 120  # seconds for a replica to become ready; on a fresh clone the first one compiles


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def settled(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` comes true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


class Server:
    """A process that speaks HTTP on a port of its own, and those that it started."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def spawn(self, **options: Any) -> None:
        with (self.directory / "out").open("ab") as out, (self.directory / "err").open("ab") as err:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, **options
            )

    def end(self, how: signal.Signals) -> None:
        """Send `how` to the process and all its children, and wait until it is gone."""
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(15)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind
            self.process.wait()
            self.process = None

    def wait_for(self, path: str, seconds: float) -> None:
        def answers() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            try:
                return self.get(path).status == 200
            except OSError:
                return False

        assert settled(answers, seconds), self.log()

    def log(self) -> str:
        return "".join((self.directory / name).read_text(errors="replace")[-4000:] for name in ("out", "err"))

    def connection(self, timeout: float = 20, client: str = "127.0.0.1") -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout, source_address=(client, 0))

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout: float = 20,
        client: str = "127.0.0.1",
    ) -> Answer:
        connection = self.connection(timeout, client)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        return self.request("POST", path, body, {"Content-Type": "application/json", **headers})

    def open(self, sent: bytes = b"", client: str = "127.0.0.1") -> socket.socket:
        """A connection over which bytes were sent as they are."""
        channel = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(client, 0))
        channel.sendall(sent)
        return channel

    def raw(self, sent: bytes) -> Answer:
        """Send bytes as they are, and read the answer to them."""
        with self.open(sent) as channel:
            response = http.client.HTTPResponse(channel)
            response.begin()
            return Answer(response.status, response.headers, response.read())


class Replica(Server):
    """One process of the service, as `make serve` starts it, with settings of its own."""

    def __init__(self, directory: Path, **settings: str) -> None:
        super().__init__(directory)
        self.settings = {"HOST": "127.0.0.1", "PORT": str(self.port), "WORKERS": "1", **settings}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "stepgrade_service", "serve"]

    def start(self) -> None:
        ours = {f"STEPGRADE_SERVER_{name}": value for name, value in self.settings.items()}
        others = {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_SERVER_")}
        self.spawn(env={**others, **ours})

    def wait(self) -> None:
        self.wait_for("/readyz", PATIENCE)


class Gateway(Server):
    """nginx with the project's own nginx.conf; of site/ the test's are where it listens, its replicas, its limits."""

    def __init__(self, nginx: str, directory: Path, replicas: list[int], limits: str) -> None:
        super().__init__(directory)
        self.nginx = nginx
        shipped = (ROOT / "deploy" / "gateway" / "site" / "replicas.conf").read_text()
        [options] = re.findall(r"^ *server service:8000 resolve (.*);", shipped, re.MULTILINE)
        [balancing] = re.findall(r"^( *random .*;)", shipped, re.MULTILINE)
        servers = "".join(f"    server 127.0.0.1:{port} {options};\n" for port in replicas)
        shutil.copytree(ROOT / "deploy" / "gateway", directory, dirs_exist_ok=True)
        (directory / "site" / "listen.conf").write_text(f"listen 127.0.0.1:{self.port};\n")
        (directory / "site" / "replicas.conf").write_text(
            f"upstream service {{\n    zone service 64k;\n{balancing}\n{servers}    keepalive 32;\n    keepalive_timeout 20s;\n}}\n"
        )
        (directory / "site" / "limits.conf").write_text(limits)

    def command(self) -> list[str]:
        return [self.nginx, "-e", "stderr", "-p", f"{self.directory}/", "-c", f"{self.directory}/nginx.conf"]

    def start(self) -> None:
        """Start nginx, as an unprivileged user like in its container, and wait until it listens."""
        if os.geteuid() == 0:
            for path in [self.directory, *self.directory.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
            for name in ("out", "err"):
                (self.directory / name).touch()
                os.chown(self.directory / name, NOBODY, NOBODY)
            self.spawn(user=NOBODY, group=NOBODY, extra_groups=())
        else:
            self.spawn()
        self.wait_until_listening()

    def wait_until_listening(self) -> None:
        def listens() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", self.port)) == 0

        assert settled(listens, 10), self.log()

    def requests(self) -> list[dict[str, Any]]:
        """The access log."""
        return [json.loads(line) for line in (self.directory / "out").read_text().splitlines()]

    def logged(self, last: str) -> dict[str, dict[str, Any]]:
        """The access log by the ids of the requests, up to that of the last one: its line is written after its answer."""
        ends = time.monotonic() + 10
        while last not in (lines := {line["request_id"]: line for line in self.requests()}) and time.monotonic() < ends:
            time.sleep(0.02)
        return lines


@pytest.fixture(scope="session")
def nginx() -> str:
    """The path of nginx. Without it these tests are skipped, or fail where STEPGRADE_REQUIRE_NGINX is 1."""
    found = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if found is None:
        reason = "there is no nginx here (apt-get install nginx); STEPGRADE_REQUIRE_NGINX=1 makes this a failure"
        if os.environ.get("STEPGRADE_REQUIRE_NGINX") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def new_directory() -> Iterator[Callable[[], Path]]:
    """Directories that an unprivileged nginx can reach, which pytest's own are not; removed at the end."""
    with tempfile.TemporaryDirectory(prefix="stepgrade-deploy-") as parent:
        os.chmod(parent, 0o755)
        yield lambda: Path(tempfile.mkdtemp(dir=parent))


@pytest.fixture(scope="session")
def limits() -> str:
    return (ROOT / "deploy" / "gateway" / "site" / "limits.conf").read_text()


@pytest.fixture(scope="session")
def new_gateway(nginx: str, new_directory: Callable[[], Path], limits: str) -> Iterator[Callable[..., Gateway]]:
    """`new_gateway(ports, limits, change)`: nginx in front of these ports of this machine, with the project's limits or others.

    `change(gateway)` changes the gateway's files before it starts.
    """
    started: list[Gateway] = []

    def start(replicas: list[int], limits: str = limits, change: Callable[[Gateway], None] | None = None) -> Gateway:
        gateway = Gateway(nginx, new_directory(), replicas, limits)
        if change is not None:
            change(gateway)
        started.append(gateway)
        gateway.start()
        return gateway

    yield start
    for gateway in started:
        gateway.end(signal.SIGTERM)


@pytest.fixture(scope="session")
def replicas(nginx: str, new_directory: Callable[[], Path]) -> Iterator[list[Replica]]:
    """Two processes of the service. A test that ends one starts it again."""
    both = [Replica(new_directory(), TRUSTED_PROXIES="127.0.0.1") for _ in range(2)]
    try:
        for replica in both:
            replica.start()
        for replica in both:
            replica.wait()
        yield both
    finally:
        for replica in both:
            replica.end(signal.SIGTERM)


@pytest.fixture(scope="session")
def gateway(new_gateway: Callable[..., Gateway], replicas: list[Replica]) -> Gateway:
    """The gateway with the project's own limits, in front of two replicas."""
    return new_gateway([replica.port for replica in replicas])


@pytest.fixture(scope="session")
def bare(new_directory: Callable[[], Path]) -> Iterator[Replica]:
    """The service alone, with the settings that it has when nobody sets anything, but that a request may take some
    seconds, and that two are worked on at a time."""
    service = Replica(new_directory(), MAX_WORK="1e9", REQUESTS_AT_A_TIME="2")
    service.start()
    service.wait()
    yield service
    service.end(signal.SIGTERM)


@pytest.fixture
def replica_with(new_directory: Callable[[], Path]) -> Iterator[Callable[..., Replica]]:
    """A service with settings of its own, ready; it ends with the test."""
    started = list[Replica]()

    def start(**settings: str) -> Replica:
        replica = Replica(new_directory(), **settings)
        started.append(replica)
        replica.start()
        replica.wait()
        return replica

    yield start
    for replica in started:
        replica.end(signal.SIGTERM)
