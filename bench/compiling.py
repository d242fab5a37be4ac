"""What compiling costs: an empty place for kernels, a filled one, and one more optimizer."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from table import Section, at_most, timed
from timing import Times

ONE_MORE_TAKES = 0.5

WARM = "from stepgrade_service.engine.warm import load_all; load_all()"

#: As an author would write it, in a process of its own: the loop is on disk, the kernel is not.
ONE_MORE = """
from time import perf_counter
from stepgrade_service.engine.compiled.jit import within
from stepgrade_service.engine.optimizers.kinds import elementwise
from stepgrade_service.engine.optimizers.slots import Slot
from stepgrade_service.engine.warm import load_core

load_core()

@elementwise
def lion(t, x, g, step, lr, m: Slot, beta1, beta2, decay):
    for i in range(x.size):
        ahead = beta1 * m[i] + (1.0 - beta1) * g[i]
        m[i] = beta2 * m[i] + (1.0 - beta2) * g[i]
        step[i] = -lr[i] * ((1.0 if ahead > 0.0 else (-1.0 if ahead < 0.0 else 0.0)) + decay * x[i])

began = perf_counter()
lion.handle.load()
print(perf_counter() - began)
"""


def sections(rounds: int) -> Iterator[Section]:
    """Each in a process of its own, which starts with nothing compiled."""
    times = max(1, rounds // 8)
    with tempfile.TemporaryDirectory() as place:
        empty = Times([_took(WARM, Path(place) / str(number)) for number in range(times)])
        filled = Times([_took(WARM, Path(place) / "0") for _ in range(times)])
        one_more = Times([float(_ran(ONE_MORE, Path(place) / "0")) for _ in range(2 * times)])
    rows = [
        timed("all kernels and loops, nothing on disk", empty),
        timed("the same, all on disk", filled),
        timed("one more elementwise optimizer", one_more, target=at_most(one_more.median, ONE_MORE_TAKES, "s")),
    ]
    yield Section("compiling, a process each", rows)


def _took(program: str, place: Path) -> float:
    """Seconds that a program takes, its start included."""
    began = perf_counter()
    _ran(program, place)
    return perf_counter() - began


def _ran(program: str, place: Path) -> str:
    """What a program prints, its kernels kept in a place of its own."""
    told = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "NUMBA_CACHE_DIR": str(place)}, capture_output=True, text=True, check=True
    )
    return told.stdout
