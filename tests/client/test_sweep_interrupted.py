"""Ctrl-C ends `stepgrade sweep` with exit code 130 and one line, whoever computes, and however often it is pressed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks for processes in /proc")

SAID = "stepgrade sweep: Interrupted. Run the same command again: it goes on where it was.\n"

#: As a shell starts it, also where the tests run in the background, in which Ctrl-C is ignored.
START = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from stepgrade.cli import main; sys.exit(main())"

#: Far more seconds than it takes, and far fewer than it would take to wait for the calls under way.
ENOUGH = 120


@contextmanager
def running(*arguments, **environment):
    """The command in a group of processes of its own, as a terminal has it."""
    command = [sys.executable, "-c", START, "sweep", "--objective", "rosenbrock", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, env={**os.environ, **environment}, **pipes) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_until(is_so):
    ends = time.monotonic() + ENOUGH
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def press_ctrl_c(process, times):
    for _ in range(times):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)


def group(leader):
    """The processes of a group that are no zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            found += [stat.parent.name] if int(its_group) == leader and state != "Z" else []
    return found


@pytest.mark.parametrize("times", [1, 3])
def test_local_processes_end_in_the_middle_of_their_calls(tmp_path, times):
    calls = (
        '{"optimizer": "sgd"}\n' * 8
        + '{"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 100}, "steps": 900000}\n' * 50
    )
    (tmp_path / "calls.ndjson").write_text(calls)
    into = tmp_path / "runs"
    with running(str(tmp_path / "calls.ndjson"), "--record-every", "900000", "--workers", "1", "--into", str(into)) as process:
        wait_until(lambda: [*into.glob("*.npz")])
        press_ctrl_c(process, times)
        assert process.communicate(timeout=ENOUGH) == ("", SAID)
        assert process.returncode == 130
        wait_until(lambda: not group(process.pid))


@pytest.mark.parametrize("times", [1, 3])
def test_nobody_waits_for_a_service_that_hangs(service, tmp_path, times):
    service.plays({"after": 10 * ENOUGH})
    command = ["--optimizer", "sgd", "--vary", "optimizer.lr=0.001:1:30", "--url", service.url, "--into", str(tmp_path / "runs")]
    with running(*command, STEPGRADE_TIMEOUT=str(20 * ENOUGH)) as process:
        wait_until(lambda: len(service.seen) == 4)
        press_ctrl_c(process, times)
        assert process.communicate(timeout=ENOUGH) == ("", SAID)
        assert process.returncode == 130
