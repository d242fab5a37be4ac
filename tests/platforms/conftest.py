"""The examples of docs/graders/, run as their platforms run them. `make platforms` installs what they need; elsewhere they are left out."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.running import free_port

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "graders"
PATIENCE = 120  # seconds to become ready; on a fresh clone the kernels are compiled first

SERVICE = "https://stepgrade.example.edu"

if any(importlib.util.find_spec(package) is None for package in ("gradescope_utils", "nbgrader", "otter")):
    collect_ignore_glob = ["test_*.py"]

Copied = Callable[..., Path]

CORRECT = """\
import numpy as np


def adam(w, dw, config=None):
    config = {} if config is None else config
    lr, beta1, beta2 = config.get("learning_rate", 1e-3), config.get("beta1", 0.9), config.get("beta2", 0.999)
    eps, t = config.get("epsilon", 1e-8), config.get("t", 0) + 1
    m = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw
    v = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    next_w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    config.update(m=m, v=v, t=t)
    return next_w, config
"""


@dataclass(frozen=True)
class Submission:
    """A student's code, whether it is right, and what the student should read about it."""

    name: str
    code: str
    passes: bool
    told: str


def _changed(name: str, one: str, other: str, told: str, *, passes: bool = False) -> Submission:
    assert one in CORRECT
    return Submission(name, CORRECT.replace(one, other), passes, told)


#: What students hand in.
SUBMISSIONS = [
    Submission("correct", CORRECT, True, "Correct: the numbers are those of adam."),
    _changed("eps_inside", "(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)", "Mistake: eps stands inside the square root."),
    _changed("no_bias_correction", "m / (1 - beta1**t), v / (1 - beta2**t)", "m, v", "Mistake: there is no bias correction."),
    _changed("state_not_stored", "update(m=m, v=v, t=t)", "update(t=t)", "Mistake: the new state is not stored."),
    _changed("prints", "    next_w", "    print(w)\n    print('no', file=__import__('sys').stderr)\n    next_w", "Correct: ", passes=True),
    _changed("warns", "    next_w", "    np.float64(1) / np.float64(0)\n    next_w", "Correct: ", passes=True),
    _changed("raises", "return next_w", "return next_v", "Your code raised NameError: name 'next_v' is not defined"),
    _changed("hangs", "    next_w", "    while True:\n        pass\n    next_w", "Your code did not finish within"),
    _changed("exits", "    next_w", "    raise SystemExit\n    next_w", "Your code raised SystemExit"),
    _changed("returns_nan", "return next_w", "return next_w * np.nan", "t is one too small"),
    _changed("mutates", "    return", "    dw *= 0\n    return", "Note: the gradient that was passed in was changed.", passes=True),
]

FEW = ("correct", "no_bias_correction", "raises")


def environment() -> dict[str, str]:
    """This environment without a service's or a client's settings, and with this Python's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_")}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])}


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service, as `make serve` starts it."""
    port, log = free_port(), tmp_path_factory.mktemp("service") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "stepgrade_service", "serve"],
            env={**environment(), "STEPGRADE_SERVER_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
        while not is_ready(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="session")
def nobody() -> str:
    """An address at which there is no service."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def copied() -> Copied:
    """`copied(platform, address, into, **others)`: its example in another directory, asking the service there, and less patient."""

    def copy(platform: str, address: str, target: Path, **others: str) -> Path:
        shutil.copytree(EXAMPLES / platform, target, dirs_exist_ok=True)
        for path in target.rglob("*"):
            if path.is_file():
                text = path.read_text(encoding="utf-8").replace(SERVICE, address)
                text = re.sub(r"time_limit=\d+", "time_limit=1", text)
                for written, meant in others.items():
                    text = text.replace(written, meant)
                path.write_text(text, encoding="utf-8")
        return target

    return copy


@pytest.fixture(params=SUBMISSIONS, ids=lambda submission: submission.name)
def submission(request: pytest.FixtureRequest) -> Submission:
    """Each submission."""
    return request.param


@pytest.fixture(params=[each for each in SUBMISSIONS if each.name in FEW], ids=lambda submission: submission.name)
def one_of_few(request: pytest.FixtureRequest) -> Submission:
    """Some submissions, for a platform's second way to grade."""
    return request.param


@pytest.fixture(scope="session")
def submissions() -> list[Submission]:
    """All submissions."""
    return SUBMISSIONS


@pytest.fixture(params=[SUBMISSIONS[0], SUBMISSIONS[2]], ids=lambda submission: submission.name)
def ungraded(request: pytest.FixtureRequest) -> Submission:
    """Submissions that are handed in while the service is down."""
    return request.param


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program to its end."""

    def run(*command: str | Path, cwd: Path, seconds: float = 240, **variables: str) -> subprocess.CompletedProcess[str]:
        quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
        return subprocess.run(command, cwd=cwd, env={**environment(), **variables}, timeout=seconds, **quiet)

    return run


@pytest.fixture(scope="session")
def read_json() -> Callable[[Path | str], object]:
    """Read JSON as a strict reader does, who knows no NaN."""

    def refused(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return lambda text: json.loads(text.read_text(encoding="utf-8") if isinstance(text, Path) else text, parse_constant=refused)


@pytest.fixture(scope="session")
def client_package() -> Path:
    """The client's package, for platforms to which it is copied."""
    return ROOT / "client" / "stepgrade"
