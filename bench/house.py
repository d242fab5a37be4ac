"""The whole house on this machine, as `docker-compose.yml` has it: nginx, replicas and Redis, each of which can be killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

from connection import Connection, post
from gateway import ROOT, SETTINGS, found_nginx, in_memory, laid_out
from over_http import STEP
from server import PATIENCE, SERVICE, first_answer, free_port, resident

#: A course comes from many addresses. Here all of them are this machine's, so each tells its own to the gateway, as a proxy before it
#: would.
BEHIND_A_PROXY = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n"


class Part:
    """A process of the house, which is started again when it ends."""

    def __init__(self, command: list[str], scratch: Path | None = None, **options: Any) -> None:
        self.command, self.scratch, self.options = command, scratch, options
        self.process = self._spawn()
        self.starts = 1

    def _spawn(self) -> subprocess.Popen[bytes]:
        if self.scratch is not None:  # in memory, and of one container alone: a new one begins with nothing
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch.mkdir()
        return subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True, **self.options)

    def hit(self, how: signal.Signals) -> None:
        """Send a signal to it; a SIGKILL also to what it started, as when its container goes."""
        if self.process.poll() is None:
            if how == signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)

    def revive(self) -> None:
        """Start it again, if it has ended."""
        if self.process.poll() is not None:
            self.process, self.starts = self._spawn(), self.starts + 1

    def end(self) -> None:
        """End it and wait for that."""
        self.hit(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.hit(signal.SIGKILL)
            self.process.wait()


class House:
    """nginx, replicas and Redis."""

    def __init__(self, directory: Path, replicas: int, settings: dict[str, str], *, is_log_full: bool) -> None:
        self.directory, self.port, self.is_log_full = directory, free_port(), is_log_full
        self.full = os.open("/dev/full", os.O_WRONLY)  # a disk without room
        self.log = (directory / "log").open("wb")
        self.redis, of_redis = self._redis()
        self.ports = [free_port() for _ in range(replicas)]
        self.replicas = [self._replica(port, of_redis | settings) for port in self.ports]
        for part, port in zip(self.replicas, self.ports, strict=True):
            first_answer(part.process, port, post("/step", STEP))
        self.gateway = self._gateway()
        first_answer(self.gateway.process, self.port, post("/step", STEP))
        self._over, self._lock = Event(), Lock()
        self._keeper = Thread(target=self._keep, daemon=True)
        self._keeper.start()

    @property
    def parts(self) -> list[Part]:
        """All of it, the gateway first."""
        return [self.gateway, *self.replicas, self.redis]

    def _keep(self) -> None:
        """What has ended is started again, as Docker does it: `restart: unless-stopped`."""
        while not self._over.wait(0.1):
            with self._lock:
                for part in self.parts:
                    part.revive()

    def kill(self, number: int) -> None:
        """Kill a replica: all its processes at once."""
        self.replicas[number].hit(signal.SIGKILL)

    def kill_worker(self, number: int) -> None:
        """Kill the worker of a replica, which starts another one."""
        for child in _children(self.replicas[number].process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def kill_drawers(self, number: int) -> None:
        """Kill who draws the pictures of a replica."""
        for worker in _children(self.replicas[number].process.pid):
            for template in _children(worker):
                for drawer in _children(template):
                    with suppress(ProcessLookupError):
                        os.kill(drawer, signal.SIGKILL)

    def roll(self) -> None:
        """Restart the replicas, one after the other, each asked to end and waited for."""
        for part, port in zip(self.replicas, self.ports, strict=True):
            starts = part.starts
            part.hit(signal.SIGTERM)
            while part.starts == starts:
                sleep(0.05)
            self._wait_for(port)

    def _wait_for(self, port: int) -> None:
        """Wait until a replica answers, however often it is killed meanwhile."""
        ends = monotonic() + PATIENCE
        while monotonic() < ends:
            with suppress(OSError, RuntimeError):
                connection = Connection(port)
                try:
                    connection.ask(post("/step", STEP))
                    return
                finally:
                    connection.close()
            sleep(0.05)
        raise RuntimeError(f"no answer within {PATIENCE:.0f} seconds")

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """Kill Redis, and bring it back at the end of the block."""
        with self._lock:
            self.redis.hit(signal.SIGSTOP)  # it neither answers nor ends: the harder of the two
        sleep(2.0)
        self.redis.hit(signal.SIGKILL)
        yield

    def memory(self) -> dict[str, float]:
        """Resident memory of each worker of the replicas, and of the largest process that draws for it, in MB."""
        found = dict[str, float]()
        for number, part in enumerate(self.replicas):
            for pid in _children(part.process.pid):
                found[f"replica {number + 1}, process {pid}"] = resident(pid)
                with suppress(OSError, ValueError):  # there is none, or it has just ended
                    drawers = [drawer for template in _children(pid) for drawer in _children(template)]
                    found[f"replica {number + 1}, its pictures"] = max(map(resident, drawers))
        return found

    def end(self) -> None:
        """End everything."""
        self._over.set()
        self._keeper.join()
        for part in self.parts:
            part.end()
        self.log.close()
        os.close(self.full)

    def _redis(self) -> tuple[Part, dict[str, str]]:
        """Redis with the file of Compose, and the settings that name it."""
        port = free_port()
        command = ["redis-server", str(ROOT / "deploy" / "redis" / "redis.conf"), "--port", str(port), "--bind", "127.0.0.1"]
        part = Part(command, cwd=self.directory, stdout=self.log, stderr=self.log)
        return part, {"STEPGRADE_SERVER_REDIS_URL": f"redis://127.0.0.1:{port}/0"}

    def _replica(self, port: int, settings: dict[str, str]) -> Part:
        """A replica with the settings of Compose; the gateway reaches it from this machine."""
        ours = {**SETTINGS, **settings, "STEPGRADE_SERVER_PORT": str(port), "STEPGRADE_SERVER_HOST": "127.0.0.1"}
        ours["PYTHONDONTWRITEBYTECODE"] = ""  # in the image it is written, and each start is half as long
        others = {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_SERVER_")}
        scratch = self.directory / f"scratch-{port}"
        ours["TMPDIR"] = str(scratch)
        log = self.full if self.is_log_full else self.log
        return Part([sys.executable, *SERVICE], scratch, env={**others, **ours}, stdout=log, stderr=log)

    def _gateway(self) -> Part:
        nginx = found_nginx()
        if nginx is None:
            raise SystemExit("there is no nginx here: apt-get install nginx")
        command, told = laid_out(nginx, self.directory / "gateway", self.port, self.ports, BEHIND_A_PROXY)
        return Part(command, **told)


def _children(pid: int) -> list[int]:
    """The processes that a process has started and that are there; none where it has just been killed."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextmanager
def house(replicas: int = 2, settings: Iterable[tuple[str, str]] = (), *, is_log_full: bool = False) -> Iterator[House]:
    """The house, from its first answer to its end; its replicas may have other settings than those of Compose, and a full disk for logs."""
    with in_memory() as directory:
        built = House(directory, replicas, dict(settings), is_log_full=is_log_full)
        try:
            yield built
        finally:
            built.end()


def every(seconds: float, act: Any, over: Event) -> Thread:
    """A thread that acts again and again, with its turn's number, until it is over."""

    def go() -> None:
        began, turn = monotonic(), 0
        while not over.wait(max(0.0, began + (turn + 1) * seconds - monotonic())):
            act(turn)
            turn += 1

    thread = Thread(target=go, daemon=True)
    thread.start()
    return thread
