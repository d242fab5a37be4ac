"""A sweep on a local Dask cluster of two processes, of which one is killed twice, beside the same calls without a sweep.

The ideal is the time of the same calls in one process, in columns and packed but without cluster, driver and disk, over the number of
workers; it is measured on a part of them, in turns with nothing else. `python bench/sweep.py --runs 1000000` takes minutes.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import tempfile
from collections.abc import Iterator
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np
from distributed import Client as Dask
from distributed import LocalCluster
from table import machine

from stepgrade import Client
from stepgrade.sweeps.calls import line_of
from stepgrade.sweeps.chunk import Chunk
from stepgrade.sweeps.packing import pack

WORKERS, STEPS, PART = 2, 100, 4000


class Calls:
    """Runs of two optimizers from random starts at random learning rates, made as they are needed."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        numbers = np.random.default_rng(7)
        for number in range(self.count):
            lr, x, y = numbers.uniform(-4.0, -1.0), numbers.uniform(-6.0, 6.0), numbers.uniform(-3.0, 3.0)
            optimizer = {"name": ("sgd", "rmsprop")[number % 2], "lr": 10.0**lr}
            yield {"objective": "quadratic", "steps": STEPS, "optimizer": optimizer, "start": [x, y]}


def alone(client: Client) -> float:
    """Seconds that a call takes in this process."""
    lines = tuple(map(line_of, islice(Calls(PART), PART)))
    pack(Chunk(0, lines[:100]), client, "trajectory", "summaries")
    times = []
    for _ in range(2):
        began, left = perf_counter(), Chunk(0, lines)
        while left.lines:
            left = left.after(pack(left, client, "trajectory", "summaries").count)
        times.append((perf_counter() - began) / PART)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser("bench/sweep.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000, metavar="N", help="default 100000")
    runs, client = parser.parse_args().runs, Client.local()
    print(machine(), flush=True)
    before = alone(client)
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Dask(cluster) as dask:
        kills, heights = [runs // 3, 2 * runs // 3], dict[int, int]()

        def progress(done: int, *_: int | None) -> None:
            heights[done] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            if kills and done >= kills[0]:
                kills.pop(0)
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

        with tempfile.TemporaryDirectory() as directory:
            began = perf_counter()
            results = client.sweep(Calls(runs), into=directory, executor=dask, progress=progress)
            seconds = perf_counter() - began
            once = results["index"].tolist() == list(range(runs)) and not results.errors
            size = sum(file.stat().st_size for file in results.path.iterdir()) / 1e6
    each = min(before, alone(client))
    ideal = runs * each / WORKERS
    peaks = list(heights.values())
    print(f"{runs} runs of {STEPS} steps, a worker killed twice: every result there once: {once}")
    print(f"one process: {1e6 * each:.0f} us a run; ideal {ideal:.1f} s; sweep {seconds:.1f} s: {seconds / ideal:.2f} x (at most 1.2)")
    print(f"driver's memory: {peaks[len(peaks) // 5]} MB after a fifth, {peaks[-1]} MB at the end; {size:.0f} MB on disk")


if __name__ == "__main__":
    main()
