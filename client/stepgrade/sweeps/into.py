"""A sweep whose results go to a directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sized
from functools import partial
from typing import Any

from stepgrade.choices import Keep, Method
from stepgrade.sweeps.bar import make_bar
from stepgrade.sweeps.chunk import Source
from stepgrade.sweeps.flow import Flow
from stepgrade.sweeps.packing import pack
from stepgrade.sweeps.results import SweepResults
from stepgrade.sweeps.store import Store
from stepgrade.sweeps.sweep import WORKERS, Progress, say_nothing
from stepgrade.sweeps.workers import OwnThreads, Workers


def sweep_into(
    path: str | os.PathLike[str],
    source: Source,
    calls: Iterable[Mapping[str, Any]],
    method: Method,
    *,
    workers: int | None,
    executor: Any,
    keep: Keep,
    progress: bool | Progress,
) -> SweepResults:
    """Make the calls that have no result in a directory yet, and return all that are there; raises as `Client.sweep` says.

    `executor` is a caller's, or `Workers` of our own; None for threads of this process.
    """
    hands = executor if isinstance(executor, Workers) else Workers(executor, workers) if executor is not None else None
    with Store(path, method, keep) as store:
        hands = hands or OwnThreads(workers or WORKERS)
        try:
            _fill(store, calls, hands, partial(pack, source=source, method=method, keep=keep), progress)
        finally:
            hands.close()
    return SweepResults(path)


def _fill(store: Store, calls: Iterable[Any], workers: Workers, function: Any, progress: bool | Progress) -> None:
    """Write a shard for each chunk as it comes, and tell how far it is."""
    bar = make_bar() if progress is True else None
    report: Progress = progress if callable(progress) else bar or say_nothing
    total, done, failed = len(calls) if isinstance(calls, Sized) else None, store.done, 0
    try:
        for chunk, made in Flow(workers, function, store.missing(calls)):
            store.add(chunk, made)
            done, failed = done + made.count, failed + made.failed
            report(done, total, failed)
    finally:
        if bar is not None:
            bar.close()
