"""Every optimizer: a step of two parameters, the lines of its functions, and what the first use of its kernels takes."""

from __future__ import annotations

import ast
import inspect
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from statistics import median

import loop
import numpy as np
from problem import START
from table import Row, Section, at_most, duration, number
from timing import calls_of, in_turns

from stepgrade_service.engine.conventions.differences import rows_of
from stepgrade_service.engine.conventions.resolve import default_convention
from stepgrade_service.engine.optimizers import OPTIMIZERS, Optimizer, UpdateKernel
from stepgrade_service.engine.running.batch import simulate

STEPS = 1000

#: The targets: microseconds of a step of an elementwise optimizer, lines of the median function, seconds of a first use without and with
#: the kernel on disk.
STEP_TAKES, MEDIAN_LINES, FIRST_USE_TAKES, LOADING_TAKES = 1.0, 15, 1.0, 0.05

#: In a process of its own, where only the core is on disk: the seconds that each kernel takes. The first of all pays for what the compiler
#: itself loads, and does not count.
FIRST_USES = """
import json
from time import perf_counter
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.warm import load_core

load_core()
kernels = dict.fromkeys(kernel for entry in OPTIMIZERS.values() for kernel in entry.kernels)
OPTIMIZERS["sign_gd"].kernels[0].handle.load()
took = {}
for kernel in kernels:
    began = perf_counter()
    kernel.handle.load()
    took[kernel.name] = perf_counter() - began
print(json.dumps(took))
"""

#: What a start loads, whatever else there is: the seconds, and the memory in MiB.
START_UP = """
import json, resource
from time import perf_counter
began = perf_counter()
from stepgrade_service.engine.warm import load_core
load_core()
print(json.dumps([perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def sections(rounds: int) -> Iterator[Section]:
    """Their steps, their lines, their first uses."""
    yield steps(rounds)
    yield lines()
    yield first_uses()


def steps(rounds: int) -> Section:
    """A thousand steps on Rosenbrock, nothing kept, by their time."""
    start = np.array(START).reshape(2, 1)
    runs = {name: loop.batch(start, STEPS, optimizer=written(name)) for name in OPTIMIZERS}
    times = in_turns(rounds, {name: (calls_of(lambda run=run: simulate(run)), 4) for name, run in runs.items()})
    section = Section(f"a step of each optimizer, two parameters on Rosenbrock, of {STEPS:,}")
    for name, spent in sorted(times.items(), key=lambda item: item[1].median):
        kind = runs[name].rule.kernel.kind
        micro, least = 1e6 * spent.median / STEPS, 1e6 * spent.least / STEPS
        target = at_most(micro, STEP_TAKES, "us") if kind == "elementwise" else ""
        section.rows.append(Row(f"{name} ({kind})", f"{number(micro)} us", f"{number(least)} us", "", target))
    return section


def written(name: str) -> dict[str, object]:
    """An optimizer as its default convention has it, at a rate at which none of them leaves the finite numbers."""
    required = rows_of(name)[default_convention(name)].required
    return {"name": name, **dict.fromkeys(required, 1.0), "lr": 1e-4}


def lines() -> Section:
    """The lines of the kernels' own functions, without their signatures."""
    found = {kernel.name: body_lines(kernel) for entry in OPTIMIZERS.values() for kernel in entry.kernels}
    middle = median(found.values())
    section = Section("lines of the kernels' functions")
    section.rows.append(Row(f"the median of {len(found)}", number(middle), "", "", at_most(middle, MEDIAN_LINES, "lines")))
    longer = sorted(((count, name) for name, count in found.items() if count > MEDIAN_LINES), reverse=True)
    section.rows += [Row(f"{name}", str(count)) for count, name in longer]
    return section


def body_lines(kernel: UpdateKernel) -> int:
    """The lines of a function's body."""
    source = textwrap.dedent(inspect.getsource(kernel.function))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    return len([line for line in source.splitlines()[function.body[0].lineno - 1 :] if line.strip()])


def first_uses() -> Section:
    """What each optimizer waits for where its kernels are not on disk, and where they are."""
    with tempfile.TemporaryDirectory() as place:
        began, memory = json.loads(ran(START_UP, place))
        empty, filled = json.loads(ran(FIRST_USES, place)), json.loads(ran(FIRST_USES, place))
        again, memory = json.loads(ran(START_UP, place))
    section = Section("the first use of each optimizer, the loops on disk")
    for entry in sorted(OPTIMIZERS.values(), key=lambda entry: -of(entry, empty)):
        compiling, loading = of(entry, empty), of(entry, filled)
        met = at_most(compiling, FIRST_USE_TAKES, "s")
        section.rows.append(Row(f"{entry.name}; loading {duration(loading)}", duration(compiling), "", "", met))
    most = max(filled.values())
    section.rows.append(Row("the slowest to load", duration(most), "", "", at_most(1e3 * most, 1e3 * LOADING_TAKES, "ms")))
    section.remarks.append(f"a start that compiles the core {duration(began)}; all of it on disk {duration(again)}, {memory:.0f} MiB")
    return section


def of(entry: Optimizer, took: dict[str, float]) -> float:
    """The seconds of an optimizer's slowest kernel: one use needs one of them."""
    return max(took[kernel.name] for kernel in entry.kernels)


def ran(program: str, place: str) -> str:
    """What a program prints, its kernels kept in a place of its own."""
    told = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "NUMBA_CACHE_DIR": place}, capture_output=True, text=True, check=True
    )
    return told.stdout
