"""Who makes the calls of a sweep: an executor of `concurrent.futures`, a client of Dask, or processes of our own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from stepgrade.errors import InvalidArgument, ServiceUnreachable, StepgradeError
from stepgrade.plain_text import harmless
from stepgrade.sweeps.chunk import Chunk

#: Pools of our own that break one after another, and do nothing in between, before the sweep gives up.
MOST_BREAKS = 3

#: Seconds that a pool of killed processes has for its own end.
ENDING = 2.0


class Workers:
    """What chunks are submitted to. `slots` says how many are worked on at a time.

    Parameters
    ----------
    executor : Executor, or distributed.Client
        Where they go.
    slots : int, optional
        Default: as many as the executor says that it has, else 4.

    Raises
    ------
    InvalidArgument
        It is no executor.
    """

    def __init__(self, executor: Any, slots: int | None = None) -> None:
        as_executor = getattr(executor, "get_executor", None)  # of Dask
        self._given, self._slots = executor, slots
        self._executor: Executor = as_executor(pure=False) if callable(as_executor) else executor
        if not callable(getattr(self._executor, "submit", None)):
            said = f"executor must be an Executor of concurrent.futures or a Client of dask.distributed, not {executor!r:.60}."
            raise InvalidArgument(said, pointer="/executor")

    @property
    def slots(self) -> int:
        """How many chunks are worked on at a time. Workers of Dask come and go."""
        if self._slots is not None:
            return self._slots
        threads = getattr(self._given, "nthreads", None)
        if callable(threads):
            there: Mapping[str, int] = threads()
            return max(1, sum(there.values()))
        return int(getattr(self._executor, "_max_workers", 4))

    def submit(self, function: Callable[..., Any], chunk: Chunk) -> Future[Any]:
        """Let a worker do it."""
        return self._executor.submit(function, chunk)

    def worked(self) -> None:
        """A chunk was done."""

    def renewed(self) -> bool:
        """Whether there are new workers in place of those that are gone: an executor of somebody else is not made anew."""
        return False

    def close(self) -> None:
        """Leave the executor to those whose it is. All chunks are done."""

    def drop(self) -> None:
        """Leave it where chunks are under way, which nobody waits for."""


class OwnProcesses(Workers):
    """So many processes on this machine. Where one dies, new ones go on."""

    def __init__(self, count: int | None = None) -> None:
        self._count, self._breaks = count or os.cpu_count() or 1, 0
        super().__init__(self._made(), self._count)

    def _made(self) -> Executor:
        # A forked process would share the locks of threads that it does not have.
        return ProcessPoolExecutor(self._count, get_context("spawn"), _ignore_interrupts)

    def renewed(self) -> bool:
        """Whether new processes are there; not after several pools that did nothing."""
        self._breaks += 1
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._made()
        return self._breaks < MOST_BREAKS

    def worked(self) -> None:
        """Forget what broke: something was done."""
        self._breaks = 0

    def submit(self, function: Callable[..., Any], chunk: Chunk) -> Future[Any]:
        """Let a worker do it. A process that is started here never sees Ctrl-C, not even before it can ignore it."""
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            return super().submit(function, chunk)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            return super().submit(function, chunk)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        """End the processes, and wait for it: Python itself ends badly beside a pool that is still ending."""
        self._executor.shutdown(cancel_futures=True)

    def drop(self) -> None:
        """End the processes in the middle of their chunks."""
        made: Mapping[int, BaseProcess] = getattr(self._executor, "_processes", None) or {}
        processes, manager = [*made.values()], getattr(self._executor, "_executor_manager_thread", None)
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        if manager is not None:
            manager.join(ENDING)  # it may wait for the rest of a result that never comes


class OwnThreads(Workers):
    """So many threads, for a client whose calls wait for a service."""

    def __init__(self, count: int) -> None:
        super().__init__(ThreadPoolExecutor(count, thread_name_prefix="stepgrade-sweep"), count)

    def close(self) -> None:
        """End the threads."""
        self.drop()

    def drop(self) -> None:
        """Start no further chunk."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def broken(chunk: Chunk, error: BaseException) -> StepgradeError:
    """The error for workers that brought no outcome."""
    if isinstance(error, StepgradeError):
        return error
    why = "a process of the executor died" if isinstance(error, BrokenExecutor) else f"the executor failed: {type(error).__name__}"
    said = harmless(error, 300)
    detail = f" ({said})" if said else ""
    return ServiceUnreachable(
        f"The sweep stopped at the calls {chunk.first} to {chunk.last}: {why}{detail}. Start it again with workers that run, into the same "
        "directory: it continues. Every worker needs stepgrade and the service."
    )


def _ignore_interrupts() -> None:
    """Let Ctrl-C end the sweep, and the sweep its processes: each of them would write a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
