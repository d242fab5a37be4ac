"""The loop per step: the engine's beside torch.optim, jitted optax and plain NumPy, from one start and from 10,201."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import loop
import numpy as np
import numpy_loop
from problem import GRID_STEPS, START, STEPS, grid
from table import Section, at_least, duration, ratio, timed
from timing import Calls, Times, calls_of, in_turns

from stepgrade_service.engine.running.batch import simulate

ROOT = Path(__file__).resolve().parent.parent
PARITY_PYTHON = os.environ.get("STEPGRADE_PARITY_PYTHON", str(ROOT / ".venv-parity/bin/python"))

CORES = os.cpu_count() or 1


class Frameworks:
    """torch and optax in their own environment, asked for one loop at a time."""

    def __init__(self, *cases: str) -> None:
        script = Path(__file__).with_name("frameworks.py")
        if not Path(PARITY_PYTHON).is_file():
            raise SystemExit(f"There is no {PARITY_PYTHON}: `make bench` makes it; STEPGRADE_PARITY_PYTHON may name another")
        self.process = subprocess.Popen([PARITY_PYTHON, str(script), *cases], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        about = self._answer()
        self.versions: dict[str, str] = about["versions"]
        self.first: dict[str, float] = about["first"]
        self.ends: dict[str, Any] = {}

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{PARITY_PYTHON} bench/frameworks.py ended with exit code {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def calls(self, case: str) -> Calls:
        """Time calls of one of the loops over there."""

        def times(count: int) -> list[float]:
            assert self.process.stdin is not None
            print(case, count, file=self.process.stdin, flush=True)
            answer = self._answer()
            self.ends[case] = np.array(answer["ends"])
            seconds: list[float] = answer["seconds"]
            return seconds

        return times

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def sections(rounds: int) -> Iterator[Section]:
    """One run, then many."""
    frameworks = Frameworks("torch_one_run", "torch_given_gradients", "optax_one_run", "optax_grid")
    try:
        yield one_run(frameworks, rounds)
        yield many_runs(frameworks, rounds)
    finally:
        frameworks.close()


def one_run(frameworks: Frameworks, rounds: int) -> Section:
    """Adam on Rosenbrock, 1,000 steps, every point and value kept."""
    plain, watched = loop.one_run(START, STEPS), loop.one_run(START, STEPS, watched=True)
    times = in_turns(
        rounds,
        {
            "engine": (calls_of(lambda: simulate(plain)), 50),
            "watched": (calls_of(lambda: simulate(watched)), 50),
            "optax": (frameworks.calls("optax_one_run"), 50),
            "numpy": (calls_of(lambda: numpy_loop.one_run(START, STEPS)), 4),
            "torch": (frameworks.calls("torch_one_run"), 1),
            "given": (frameworks.calls("torch_given_gradients"), 2),
        },
    )
    engine = times["engine"]
    end = simulate(plain).points[:, 0]
    return Section(
        f"Adam on Rosenbrock, 2 parameters, {STEPS:,} steps, all kept",
        [
            timed("the engine's loop", engine),
            timed("  and measured at each step, as in /trajectory", times["watched"], ratio(times["watched"], engine)),
            timed("torch.optim.Adam, backward()", times["torch"], ratio(times["torch"], engine), beats(times["torch"], engine, 400)),
            timed("torch.optim.Adam, the gradients given", times["given"], ratio(times["given"], engine)),
            timed("plain NumPy", times["numpy"], ratio(times["numpy"], engine)),
            timed("optax.adam, jitted, one lax.scan", times["optax"], ratio(times["optax"], engine), "reported"),
        ],
        [
            "the ratio is to the engine's loop: how many times as long the others take",
            f"ends agree with torch's to {distance(end, frameworks.ends['torch_one_run'])}, with optax's to "
            f"{distance(end, frameworks.ends['optax_one_run'])}; {compiling(frameworks, 'optax_one_run', times['optax'])}",
        ],
    )


def many_runs(frameworks: Frameworks, rounds: int) -> Section:
    """Adam on Rosenbrock from a grid of starts, end points only."""
    starts = grid()
    whole = loop.batch(starts, GRID_STEPS)
    times = in_turns(
        rounds,
        {
            "engine": (calls_of(lambda: simulate(whole, CORES)), 4),
            "one thread": (calls_of(lambda: simulate(whole)), 2),
            "optax": (frameworks.calls("optax_grid"), 4),
            "numpy": (calls_of(lambda: numpy_loop.ends(starts, GRID_STEPS)), 2),
        },
    )
    engine, ends = times["engine"], simulate(whole, CORES).points
    same = np.array_equal(ends, loop.singly(whole, range(starts.shape[1])))
    return Section(
        f"the same from {starts.shape[1]:,} starts, {GRID_STEPS} steps, ends only",
        [
            timed(f"the engine's loop on {CORES} threads", engine),
            timed("  and on one", times["one thread"], ratio(times["one thread"], engine)),
            timed("NumPy, vectorised over the runs", times["numpy"], ratio(times["numpy"], engine), beats(times["numpy"], engine, 3.5)),
            timed("optax.adam, jitted, vmapped", times["optax"], ratio(times["optax"], engine), beats(times["optax"], engine, 2)),
        ],
        [
            "NumPy on one thread, jax on as many as it takes",
            f"bit for bit what {starts.shape[1]:,} single runs give: {'yes' if same else 'NO'}",
            f"ends agree with NumPy's to {distance(ends, numpy_loop.ends(starts, GRID_STEPS))}, with optax's to "
            f"{distance(ends, frameworks.ends['optax_grid'].T)}; {compiling(frameworks, 'optax_grid', times['optax'])}",
            "torch {torch}, optax {optax} with jax {jax}; NumPy there {numpy}, here {here}".format(
                **frameworks.versions, here=np.__version__
            ),
        ],
    )


def beats(other: Times, engine: Times, target: float) -> str:
    """Whether the engine is so many times faster than the other."""
    return at_least(other.median / engine.median, target)


def distance(one: Any, other: Any) -> str:
    """The largest difference between two arrays of points."""
    return f"{np.abs(one - other).max():.0e}"


def compiling(frameworks: Frameworks, case: str, times: Times) -> str:
    """What the first call took longer than the others."""
    return f"optax compiles for {duration(frameworks.first[case] - times.median)}"
