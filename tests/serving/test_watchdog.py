"""What ends a worker whose request runs too long, and whom it blames."""

import signal
import subprocess
import sys

import pytest

from stepgrade_service.serving import watchdog
from stepgrade_service.serving.casebook import Casebook, digest_of


def test_a_worker_in_which_no_thread_can_run_is_ended_by_the_system(tmp_path):
    stuck = f"""
from pathlib import Path
from stepgrade_service.serving.casebook import Casebook
from stepgrade_service.serving.watchdog import Watchdog
import time
watchdog = Watchdog(0.2, Casebook(Path({str(tmp_path)!r}), 1))
watchdog.begin(0, "one", bytes(15) + b"x")
time.sleep(20)
"""
    assert subprocess.run([sys.executable, "-c", stuck], timeout=15, check=False).returncode == -signal.SIGALRM


def test_the_watchdog_leaves_the_blame_to_one_request(tmp_path, monkeypatch):
    class Ended(Exception):
        pass

    def end(_):
        raise Ended

    monkeypatch.setattr(watchdog.os, "_exit", end)
    book = Casebook(tmp_path, 2)
    over, innocent = digest_of("/", b"over"), digest_of("/", b"innocent")
    dog = watchdog.Watchdog(100.0, book)
    try:
        dog.begin(0, "one", over)
        dog.begin(1, "two", innocent)
        dog._running[0] = (-1e9, "one")
        with pytest.raises(Ended):
            dog.look()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    [own] = tmp_path.glob("worker-*")
    assert innocent not in own.read_bytes()
    assert over in own.read_bytes()
