"""A sweep whose results go to a directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sized
from functools import partial
from typing import Any

from stepgrade.choices import Keep, Method
from stepgrade.sweeps.arguments import hold_names
from stepgrade.sweeps.bar import make_bar
from stepgrade.sweeps.chunk import Local, Source
from stepgrade.sweeps.flow import Flow
from stepgrade.sweeps.pacing import paced
from stepgrade.sweeps.packing import pack
from stepgrade.sweeps.results import SweepResults
from stepgrade.sweeps.store import Store
from stepgrade.sweeps.sweep import WORKERS, Progress, say_nothing
from stepgrade.sweeps.unanswered import ServiceWatch
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
    hold_names(source, method, calls)
    hands = executor if isinstance(executor, Workers) else Workers(executor, workers) if executor is not None else None
    asker, pacing = (source, None) if isinstance(source, Local) else paced(source, workers or WORKERS)
    with Store(path, method, keep) as store:
        hands = hands or OwnThreads(workers or WORKERS)
        try:
            flow = Flow(hands, partial(pack, source=asker, method=method, keep=keep), store.missing(calls))
            _fill(store, flow, ServiceWatch(source, store.path), len(calls) if isinstance(calls, Sized) else None, progress)
        except BaseException:
            hands.drop()
            raise
        finally:
            if pacing is not None:
                pacing.stop()
        hands.close()
    return SweepResults(path)


def _fill(store: Store, flow: Flow, watch: ServiceWatch, total: int | None, progress: bool | Progress) -> None:
    """Write shards for each chunk as it comes, and tell how far it is."""
    bar = make_bar() if progress is True else None
    report: Progress = progress if callable(progress) else bar or say_nothing
    done, failed = 0, 0
    try:
        for _, made in flow:
            store.add(made.content)
            done, failed = done + made.count, failed + made.failed
            report(store.done + done, total, failed)
            watch.saw(made.count, made.content.unanswered, foreign=made.content.foreign, locked=made.content.locked)
    finally:
        if bar is not None:
            bar.close()
