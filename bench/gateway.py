"""The same as `busy`, as it is deployed: nginx with the shipped configuration in front of two replicas with the settings of Compose."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml
from busy import DEAREST, beside
from connection import post
from over_http import STEP
from server import SERVICE, first_answer, free_port, serving
from table import Section

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))

#: The settings of a replica, as they are where nobody sets anything. Here the gateway reaches it from this machine, not over a network of
#: Docker.
SETTINGS: dict[str, str] = {
    name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value)
    for name, value in COMPOSE["services"]["service"]["environment"].items()
    if not name.endswith("_REDIS_URL")
} | {"STEPGRADE_SERVER_TRUSTED_PROXIES": "127.0.0.1"}

REPLICAS, REPLICAS_FILE = 2, ROOT / "deploy" / "gateway" / "site" / "replicas.conf"

#: As in its container, what waits for slow clients is in memory.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 (the directory in it has a name that nobody can guess, and no other user may write there)

#: As in its container, nginx runs as a user without rights.
NOBODY = 65534


def sections(rounds: int) -> Iterator[Section]:
    """What another address waits for, beside each of the dear requests, through the gateway."""
    nginx = found_nginx()
    if nginx is None:
        yield Section("through the gateway", remarks=["there is no nginx here, so this was not measured"])
        return
    settings = SETTINGS | {"STEPGRADE_SERVER_BUDGET": "0"}  # one client asks for the dearest again and again
    with ExitStack() as stack:
        replicas = [stack.enter_context(serving(SERVICE, post("/step", STEP), settings)).port for _ in range(REPLICAS)]
        idle = stack.enter_context(serving(SERVICE, post("/step", STEP), settings)).port  # what the machine alone makes one wait for
        port = stack.enter_context(gateway(nginx, replicas))
        for name, dear in DEAREST.items():
            section = beside(port, name, dear, rounds, {" of a replica": replicas[0], " of an idle process": idle})
            section.title = f"gateway: {section.title}"
            yield section


def found_nginx() -> str | None:
    """The path of nginx, or None."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


@contextmanager
def in_memory() -> Iterator[Path]:
    """A directory that nginx can enter, in memory where there is one."""
    with tempfile.TemporaryDirectory(prefix="stepgrade-bench-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as name:
        Path(name).chmod(0o755)  # nginx runs as another user
        yield Path(name)


def laid_out(nginx: str, directory: Path, port: int, replicas: list[int], before_limits: str = "") -> tuple[list[str], dict[str, Any]]:
    """Lay out the files of deploy/gateway/ in a directory, but for where nginx listens and where the replicas are; `before_limits` stands
    before limits.conf. Returns the command that starts nginx there, and the arguments of its process.
    """
    shipped = REPLICAS_FILE.read_text(encoding="utf-8")
    [options] = re.findall(r"^ *server service:8000 resolve (.*);", shipped, re.MULTILINE)
    [balancing] = re.findall(r"^ *(random .*;)", shipped, re.MULTILINE)
    servers = "".join(f"server 127.0.0.1:{replica} {options}; " for replica in replicas)
    shutil.copytree(ROOT / "deploy" / "gateway", directory, dirs_exist_ok=True)
    site = directory / "site"
    (site / "listen.conf").write_text(f"listen 127.0.0.1:{port};\n")
    (site / "replicas.conf").write_text(f"upstream service {{ zone service 64k; {balancing} {servers}keepalive 32; }}\n")
    (site / "limits.conf").write_text(before_limits + (site / "limits.conf").read_text(encoding="utf-8"))
    out = (directory / "out").open("wb")  # ends with this program
    told: dict[str, Any] = {"stdout": out, "stderr": out}
    if os.geteuid() == 0:
        told |= {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
        for path in (directory, *directory.rglob("*")):  # nginx opens its output anew
            os.chown(path, NOBODY, NOBODY)
    return [nginx, "-e", "stderr", "-p", f"{directory}/", "-c", f"{directory}/nginx.conf"], told


@contextmanager
def gateway(nginx: str, replicas: list[int]) -> Iterator[int]:
    """nginx with the files of deploy/gateway/; gives its port."""
    port = free_port()
    with in_memory() as directory:
        command, told = laid_out(nginx, directory, port, replicas)
        process = subprocess.Popen(command, **told)
        try:
            first_answer(process, port, post("/step", STEP))
            yield port
        finally:
            process.terminate()
            process.wait(60)
