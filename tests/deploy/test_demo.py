"""The demo does what it says: it asks over HTTP, prints the verdicts, draws them, and has a student's code checked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "demo" / "out" / "does-rmsprop-make-it-worse.png"


def demo(**environment):
    return subprocess.run(
        [sys.executable, ROOT / "demo" / "demo.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_the_demo_tells_the_verdicts_and_the_students_mistake():
    PICTURE.unlink(missing_ok=True)
    ran = demo()
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^start +label +lr +settled +touched +end gap ", ran.stdout, re.MULTILINE)
    assert re.search(r"^B +RMSprop +0\.2 +- +9 ", ran.stdout, re.MULTILINE)
    assert "From A, RMSprop hurt: it settled in 111 steps, but normalized gd needed 27." in ran.stdout
    assert "From B, RMSprop helped: neither settled; normalized gd has 1.6 times RMSprop's end gap." in ran.stdout
    assert "Mistake: the bias correction of v has no power of t." in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 100
    assert PICTURE.read_bytes().startswith(b"\x89PNG")


def test_the_demo_says_which_port_it_cannot_have():
    ran = demo(PORT="99999")
    assert ran.returncode == 1
    assert "PORT=99999 is no port" in ran.stderr
