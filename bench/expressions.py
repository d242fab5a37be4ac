"""What a step costs on an expression, beside the same function's own kernel: in one run, from many starts, and in a map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from table import Row, Section, at_most, ratio, timed
from timing import calls_of, in_turns

from stepgrade_service.engine import trajectory
from stepgrade_service.engine.comparing.comparison import run_comparison
from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.map import make_map
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.resolve import resolve

#: An expression may cost so many times what its kernel costs.
MOST = 3.0

#: Functions that the catalogue has, as expressions.
EXPRESSIONS = {
    "rosenbrock": "100*(y - x**2)**2 + (1 - x)**2",
    "himmelblau": "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    "ackley": "20 + e - 20*exp(-0.2*sqrt(0.5*(x**2 + y**2))) - exp(0.5*(cos(2*pi*x) + cos(2*pi*y)))",
}

STARTS = np.random.default_rng(0).uniform(-1.0, 1.0, (60, 2)).tolist()


def expression_of(name: str) -> dict[str, Any]:
    """An objective as an expression, with the minima that the catalogue has: so both runs are measured alike."""
    minima = [list(point) for point in resolve(name, 2).facts.minima]
    return {"expression": EXPRESSIONS[name], "variables": ["x", "y"], "minima": minima}


def one_run(objective: Any) -> Any:
    """A single run of 100,000 steps, of which only the ends are kept."""
    steps = {"steps": 100_000, "record_every": 100_000}
    return trajectory({"optimizer": {"name": "sgd", "lr": 1e-5}, "objective": objective, "start": [-0.5, 0.6], **steps})


def many_starts(objective: Any) -> Any:
    """Sixty starts of 5,000 steps each."""
    two = [{"name": "sgd", "lr": 1e-5, "label": "gd"}, {"name": "adam", "lr": 1e-4}]
    return run_comparison(plan_comparison({"objective": objective, "optimizers": two, "starts": STARTS, "steps": 5000}))


def a_map(objective: Any) -> Any:
    """A map of 10,201 starts, 100 steps each."""
    grid = {"x": [-1, 1, 101], "y": [-1, 1, 101]}
    return make_map({"objective": objective, "optimizers": [{"name": "sgd", "lr": 1e-5}], "grid": grid, "steps": 100})


FORMS: Mapping[str, Any] = {
    "one run of 100,000 steps": one_run,
    "60 starts x 5,000 steps x 2": many_starts,
    "10,201 starts x 100 steps": a_map,
}


def compared(name: str, run: Any, rounds: int) -> list[Row]:
    """One function in one form, both ways."""
    posted, catalogued = expression_of(name), {"name": name, "dimension": 2}
    calls = {"kernel": (calls_of(lambda: run(catalogued)), 1), "tape": (calls_of(lambda: run(posted)), 1)}
    kernel, tape = in_turns(rounds, calls).values()
    told = at_most(tape.median / kernel.median, MOST, "times")
    return [timed(f"{name}, its own kernel", kernel), timed(f"{name}, expression", tape, ratio(tape, kernel), told)]


def sections(rounds: int) -> Iterator[Section]:
    """Each function in each form, as an expression and by its own kernel."""
    for form, run in FORMS.items():
        rows = [row for name in EXPRESSIONS if name in OBJECTIVES for row in compared(name, run, rounds)]
        yield Section(f"an expression beside the kernel of the same function: {form}, gradient descent; in process", rows)
