"""Every optimizer: a step of two parameters, and the lines of its functions."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from statistics import median

import first_uses
import loop
import numpy as np
from problem import START
from table import Row, Section, at_most, number
from timing import calls_of, in_turns

from stepgrade_service.engine.conventions.differences import rows_of
from stepgrade_service.engine.conventions.resolve import default_convention
from stepgrade_service.engine.optimizers import OPTIMIZERS, UpdateKernel
from stepgrade_service.engine.running.batch import simulate

STEPS = 1000

#: The targets: microseconds of a step of an elementwise optimizer, and lines of the median function.
STEP_TAKES, MEDIAN_LINES = 1.0, 15


def sections(rounds: int) -> Iterator[Section]:
    """Their steps, their lines, their first uses."""
    yield steps(rounds)
    yield lines()
    yield first_uses.first_uses()
    yield first_uses.starts(max(2, rounds // 4))


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
