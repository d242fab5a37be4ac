"""A sweep on a local Dask cluster of two processes, of which one is killed twice, beside what the engine itself needs for its runs.

The ideal is the time that the engine's compiled batches take, over the number of workers: no calls, no columns, no files, no cluster.
It is measured within the sweep, around the engine in each worker, so that other work on the machine makes both slower alike; and alone,
before and after the sweep. The time of the processors is told beside that of the clock. The workers have loaded the engine before the
sweep begins. That those which take the place of the killed ones load it again is in the time.

`python bench/sweep.py --runs 1000000` takes minutes.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from distributed import Client as Dask
from distributed import LocalCluster
from distributed.diagnostics.plugin import WorkerPlugin
from table import machine

from stepgrade import Client, zipped
from stepgrade_service.engine.running import many
from stepgrade_service.engine.running.batch import Batch, Recording, Simulation, simulate
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory

WORKERS, PART, NAMES = 2, 4000, ("sgd", "rmsprop")

Seconds = tuple[float, float]


def calls_of(runs: int, steps: int) -> Any:
    """Runs of two optimizers from random starts at random learning rates."""
    numbers = np.random.default_rng(7)
    rates, x, y = 10.0 ** numbers.uniform(-4.0, -1.0, runs), numbers.uniform(-6.0, 6.0, runs), numbers.uniform(-3.0, 3.0, runs)
    optimizers = [NAMES[number % 2] for number in range(runs)]
    common = {"objective": "quadratic", "steps": steps}
    return zipped(common, optimizer=optimizers, optimizer__lr=rates, start=np.stack([x, y], axis=1))


class Dicts:
    """The same calls as a generator of mappings gives them."""

    def __init__(self, calls: Any) -> None:
        self.calls = calls

    def __len__(self) -> int:
        return len(self.calls)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.calls)


def engine_alone(steps: int) -> Seconds:
    """Seconds that a run takes in the engine alone, by the clock and by the processor."""
    batches = []
    for name in NAMES:
        request = {"objective": "quadratic", "steps": steps, "start": [1.0, 1.0], "optimizer": {"name": name, "lr": 0.01}, "include": ()}
        rates, x, y = np.random.default_rng(7).uniform([[-4.0], [-6.0], [-3.0]], [[-1.0], [6.0], [3.0]], (3, PART))
        batch = replace(plan_trajectory(request).batch, recording=Recording())
        batches.append(replace(batch, starts=np.stack([x, y]), rates=np.stack([10.0**rates] * 2)))
        simulate(batches[-1])
    times = []
    for _ in range(3):
        clock, processor = perf_counter(), process_time()
        for batch in batches:
            simulate(batch)
        runs = PART * len(batches)
        times.append(((perf_counter() - clock) / runs, (process_time() - processor) / runs))
    return min(each[0] for each in times), min(each[1] for each in times)


class EngineClock(WorkerPlugin):
    """Writes down in each worker how many runs every batch of the engine has, and how long it takes by the clock and the processor."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    def setup(self, worker: Any) -> None:  # noqa: ARG002 (Dask gives it)
        """Stand around the engine."""
        path, inner = Path(self.directory, str(os.getpid())), many.simulate

        def timed(batch: Batch) -> Simulation:
            clock, processor = perf_counter(), process_time()
            simulation = inner(batch)
            with path.open("a") as file:
                file.write(f"{batch.starts.shape[1]} {perf_counter() - clock} {process_time() - processor}\n")
            return simulation

        many.simulate = timed  # type: ignore[assignment]

    def a_run(self) -> Seconds:
        """Seconds that a run took, the mean, also over what was lost with a worker."""
        noted = np.concatenate([np.loadtxt(path, ndmin=2) for path in Path(self.directory).iterdir()])
        runs, clock, processor = noted.sum(axis=0).tolist()
        return clock / runs, processor / runs


def processors() -> float:
    """Seconds of processors that this process took, and those of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@dataclass(frozen=True)
class Swept:
    """What a sweep took: seconds by the clock and of processors, those of a run in the engine; the driver's memory on the way and what is
    on disk, in MB."""

    seconds: float
    engine: Seconds
    processors: float
    is_whole: bool
    memory: list[int]
    size: float


def swept(calls: Any, runs: int, times: int) -> Swept:
    """Sweep, and kill a worker so many times."""
    kills, memory, client = [runs * (number + 1) // (times + 1) for number in range(times)], list[int](), Client.local()
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Dask(cluster) as dask:

        def progress(done: int, *_: int | None) -> None:
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
            if kills and done >= kills[0]:
                kills.pop(0)
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

        with tempfile.TemporaryDirectory() as directory:
            client.sweep(calls_of(400, 1), into=f"{directory}/first", executor=dask)
            clock = EngineClock(tempfile.mkdtemp(dir=directory))
            dask.register_plugin(clock)
            used, began = processors() + sum(dask.run(process_time).values()), perf_counter()
            results = client.sweep(calls, into=f"{directory}/runs", executor=dask, progress=progress)
            seconds = perf_counter() - began
            is_whole = results["index"].tolist() == list(range(runs)) and not results.errors and not kills
            engine = clock.a_run()
            size = sum(file.stat().st_size for file in results.path.iterdir()) / 1e6
    return Swept(seconds, engine, processors() - used, is_whole, memory, size)


def main() -> None:
    parser = argparse.ArgumentParser("bench/sweep.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000, metavar="N", help="default 100000")
    parser.add_argument("--steps", type=int, default=1000, metavar="N", help="of each run; default 1000")
    parser.add_argument("--dicts", action="store_true", help="calls as a generator of mappings, not as columns")
    parser.add_argument("--kills", type=int, default=2, metavar="N", help="how often a worker is killed; default 2")
    asked = parser.parse_args()
    runs, steps, calls = asked.runs, asked.steps, calls_of(asked.runs, asked.steps)
    print(machine(), flush=True)
    before = engine_alone(steps)
    found = swept(Dicts(calls) if asked.dicts else calls, runs, asked.kills)
    after = engine_alone(steps)
    print(f"{runs} runs of {steps} steps, {asked.kills} workers killed: every result there once: {found.is_whole}; {found.seconds:.1f} s")
    for name, each in (("within the sweep", found.engine), ("alone, before and after", min(before, after))):
        clock, processor = runs * each[0] / WORKERS, runs * each[1]
        print(f"engine, {name}: {1e6 * each[0]:.1f} us a run, ideal {clock:.1f} s: {found.seconds / clock:.2f} x (at most 1.2)")
        print(f"  of processors {processor:.1f} s, the sweep {found.processors:.1f} s: {found.processors / processor:.2f} x")
    peaks = found.memory
    print(f"driver's memory: {peaks[len(peaks) // 5]} MB after a fifth, {peaks[-1]} MB at the end; {found.size:.0f} MB on disk")


if __name__ == "__main__":
    main()
