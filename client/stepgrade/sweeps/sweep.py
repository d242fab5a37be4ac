"""Many calls of one method of the client, several at a time."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sized
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from stepgrade.choices import Method
from stepgrade.sweeps.arguments import hold_names
from stepgrade.sweeps.bar import make_bar
from stepgrade.sweeps.calls import line_of
from stepgrade.sweeps.chunk import Chunk, Made, Outcome, Source, call_each, caller_of, client_of
from stepgrade.sweeps.flow import Flow, Lines
from stepgrade.sweeps.pacing import Pacing, paced
from stepgrade.sweeps.workers import Workers

if TYPE_CHECKING:
    from stepgrade.sweeps.journal import Journal

#: Requests at a time, where nobody says how many.
WORKERS = 4

Progress = Callable[[int, int | None, int], None]


@dataclass(frozen=True, eq=False, repr=False)
class Swept:
    """One finished call of a sweep.

    Attributes
    ----------
    index : int
        The number of the call, from 0.
    request : mapping
        The arguments of the call.
    result : Step, Trajectory, Comparison, Map, Contours, CheckResult or None
        What the method returned.
    error : Exception or None
        What the method raised. Then there is no result.
    """

    index: int
    request: Mapping[str, Any]
    result: Any
    error: Exception | None

    def __repr__(self) -> str:
        """One line: the number, and the result or the error."""
        return f"Swept({self.index}, {self.result!r})" if self.error is None else f"Swept({self.index}, {self.error!r})"


class Sweep:
    """An iterator over the results of many calls, each as soon as it is ready. `Client.sweep` makes one.

    A loop over it can stop and continue later. After the end of a `with` block, or after `close()`, it makes no further calls. It
    takes at most twice `workers` calls from the iterable before their results are read; with an executor, chunks of calls. Ctrl-C
    ends the sweep. Running calls still finish in the background, and the journal keeps them.

    Attributes
    ----------
    errors : list of Swept
        The calls so far that failed.
    done : int
        The number of results so far.
    total : int or None
        The number of calls. None if the iterable does not know it.
    """

    def __init__(
        self,
        source: Source,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
        executor: Any = None,
    ) -> None:
        hold_names(source, method, calls)
        self.errors: list[Swept] = []
        self.done = 0
        self.total = len(calls) if isinstance(calls, Sized) else None
        self._journal: Journal | None = None
        self._pacing: Pacing | None = None
        if executor is None:
            source, self._pacing = paced(client_of(source), workers or WORKERS)
        if journal is not None:
            from stepgrade.sweeps.journal import Journal, Journaling  # some Pythons are built without SQLite

            self._journal = Journal(journal)
            source = copy.copy(client_of(source))
            source.transport = Journaling(source.transport, self._journal)
        self._calls, self._workers = calls, workers or WORKERS
        self._bar = make_bar() if progress is True else None
        self._report: Progress = progress if callable(progress) else self._bar or say_nothing
        if executor is None:
            self._method = caller_of(client_of(source), method)
            self._running = self._run()
        else:
            self._running = self._run_by(Workers(executor, workers), partial(call_each, source=source, method=method))

    def __iter__(self) -> Self:
        """Return the sweep itself. It gives each result once. Collect the results if you need them again."""
        return self

    def __repr__(self) -> str:
        """One line: its progress."""
        of = "" if self.total is None else f" of {self.total}"
        return f"Sweep({self.done}{of} done, {len(self.errors)} error{'' if len(self.errors) == 1 else 's'})"

    def __next__(self) -> Swept:
        """Wait for the next finished call, in any order.

        Raises
        ------
        ConfigurationError
            The journal cannot be written. The last answer is not in it.
        """
        return next(self._running)

    def in_order(self) -> list[Swept]:
        """Finish the other calls, and return their results in the order of the calls. Earlier results are not in the list."""
        return sorted(self, key=lambda swept: swept.index)

    def close(self) -> None:
        """Make no further calls. Running calls finish in the background."""
        self._running.close()
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Self:
        """Return the sweep itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Make no further calls."""
        self.close()

    def _run(self) -> Generator[Swept, None, None]:
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="stepgrade-sweep")
        calls, pending = enumerate(self._calls), set[Future[Swept]]()
        try:
            while True:
                # Twice as many as there are workers, so that none idles while the caller looks at a result.
                for index, call in islice(calls, 2 * self._workers - len(pending)):
                    pending.add(pool.submit(self._call, index, dict(call) if isinstance(call, Mapping) else call))
                if not pending:
                    return
                future = next(iter(wait(pending, return_when=FIRST_COMPLETED).done))
                pending.remove(future)
                yield self._counted(future.result())
                if self._journal is not None and self._journal.fault is not None:
                    raise self._journal.fault
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            if self._pacing is not None:
                self._pacing.stop()
            if self._bar is not None:
                self._bar.close()

    def _run_by(self, workers: Workers, function: Callable[[Chunk], Made[list[Outcome]]]) -> Generator[Swept, None, None]:
        lines = Lines(((number, line_of(call)) for number, call in enumerate(self._calls)), self.total)
        try:
            for chunk, made in Flow(workers, function, lines):
                for number, (result, error) in enumerate(made.content):
                    yield self._counted(Swept(chunk.first + number, chunk.calls.call(number), result, error))
        finally:
            if self._bar is not None:
                self._bar.close()

    def _call(self, index: int, call: Mapping[str, Any]) -> Swept:
        try:
            return Swept(index, call, self._method(call), None)
        except Exception as error:  # whatever it is, the other calls go on
            return Swept(index, call, None, error)

    def _counted(self, swept: Swept) -> Swept:
        self.done += 1
        if swept.error is not None:
            self.errors.append(swept)
        self._report(self.done, self.total, len(self.errors))
        return swept


def say_nothing(done: int, total: int | None, errors: int) -> None:
    """Report to nobody."""
