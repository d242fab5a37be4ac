"""Every objective's kernel: value and gradient at 1,000 points, and what a unit of its price costs beside the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
from table import Section, at_most, number, ratio, timed
from timing import calls_of, in_turns

from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.resolve import resolve

RUNS = 1000

#: A price is right within so many times.
WITHIN = 3.0


def sections(rounds: int) -> Iterator[Section]:
    """One section, the objectives by their time."""
    times = in_turns(rounds, {name: (calls_of(evaluation(name)), 20) for name in OBJECTIVES})
    units = {name: spent.median / OBJECTIVES[name].work(resolve(name).dimension) for name, spent in times.items()}
    usual = median(units.values())
    section = Section(f"Objectives, each at {RUNS:,} points (times against the sphere; a price against the usual one)")
    for name, spent in sorted(times.items(), key=lambda item: item[1].median):
        dearer = units[name] / usual
        section.rows.append(timed(f"{name}: {number(dearer)} of its price", spent, ratio(spent, times["sphere"]), at_most(dearer, WITHIN)))
    yield section


def evaluation(name: str) -> Callable[[], object]:
    """A call of the kernel at points all over the window."""
    problem = resolve(name)
    low, high = np.array(problem.facts.window).T[:, :, np.newaxis]
    x = np.ascontiguousarray(low + (high - low) * np.random.default_rng(1).random((problem.dimension, RUNS)))
    values, gradients, call = np.empty(RUNS), np.empty_like(x), problem.objective.kernel.call
    return lambda: call(x, problem.facts.kernel_parameters, values, gradients)
