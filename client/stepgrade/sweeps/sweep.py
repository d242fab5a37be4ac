"""Many calls of one method of the client, several at a time."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sized
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Self

from stepgrade.caller import Caller
from stepgrade.errors import InvalidArgument
from stepgrade.sweeps.bar import Bar
from stepgrade.sweeps.journal import Journal, Journaling

METHODS = ("step", "trajectory", "compare", "map", "contours", "check")

Progress = Callable[[int, int | None, int], None]


@dataclass(frozen=True, eq=False, repr=False)
class Swept:
    """One call of a sweep, done.

    Attributes
    ----------
    index : int
        Its place among the calls, from 0.
    request : mapping
        The arguments it was given.
    result : Step, Trajectory, Comparison, Map, Contours, CheckResult or None
        As the method returns it.
    error : Exception or None
        What the method raised; then there is no result.
    """

    index: int
    request: Mapping[str, Any]
    result: Any
    error: Exception | None

    def __repr__(self) -> str:
        """One line: which, and what came of it."""
        return f"Swept({self.index}, {self.result!r})" if self.error is None else f"Swept({self.index}, {self.error!r})"


class Sweep:
    """Iterates over what becomes of many calls, each as soon as it is done. `Client.sweep` makes one.

    It may be left and gone on with; at the end of a `with` block, or after `close()`, no further call is made. However many calls there
    are, no more than twice `workers` are taken from the iterable before their results are fetched. Ctrl-C ends it: calls under way are
    still finished, and kept in the journal, in the background.

    Attributes
    ----------
    errors : list of Swept
        The calls so far that failed.
    done : int
        How many have been returned.
    total : int or None
        How many there are; None where the iterable does not know.
    """

    def __init__(
        self,
        client: Caller,
        calls: Iterable[Mapping[str, Any]],
        method: str = "trajectory",
        *,
        workers: int = 4,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
    ) -> None:
        if method not in METHODS:
            raise InvalidArgument(f"method must be one of {', '.join(METHODS)}, not {method!r}", pointer="/method")
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
            raise InvalidArgument(f"workers must be a whole number, 1 or more, not {workers!r}", pointer="/workers")
        self.errors: list[Swept] = []
        self.done = 0
        self.total = len(calls) if isinstance(calls, Sized) else None
        self._journal = None if journal is None else Journal(journal)
        if self._journal is not None:
            client = copy.copy(client)
            client.transport = Journaling(client.transport, self._journal)
        self._method: Callable[..., Any] = getattr(client, method)
        self._calls, self._workers = calls, workers
        self._bar = Bar() if progress is True else None
        self._report: Progress = progress if callable(progress) else self._bar or _say_nothing
        self._running = self._run()

    def __iter__(self) -> Self:
        """Return the sweep itself: results are handed out once, as they come. Collect them if you need them again."""
        return self

    def __repr__(self) -> str:
        """One line: how far it is."""
        of = "" if self.total is None else f" of {self.total}"
        return f"Sweep({self.done}{of} done, {len(self.errors)} error{'' if len(self.errors) == 1 else 's'})"

    def __next__(self) -> Swept:
        """Wait for the next call that is done, in whatever order.

        Raises
        ------
        ConfigurationError
            The journal can no longer be written; the answer before is not in it.
        """
        return next(self._running)

    def in_order(self) -> list[Swept]:
        """Finish what is left, and return it in the order of the calls; what was handed out before is not among it."""
        return sorted(self, key=lambda swept: swept.index)

    def close(self) -> None:
        """Make no further call; those under way are finished in the background."""
        self._running.close()
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Self:
        """Return the sweep itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Make no further call."""
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
            if self._bar is not None:
                self._bar.close()

    def _call(self, index: int, call: Mapping[str, Any]) -> Swept:
        try:
            return Swept(index, call, self._method(**call), None)
        except Exception as error:  # whatever it is, the other calls go on
            return Swept(index, call, None, error)

    def _counted(self, swept: Swept) -> Swept:
        self.done += 1
        if swept.error is not None:
            self.errors.append(swept)
        self._report(self.done, self.total, len(self.errors))
        return swept


def _say_nothing(done: int, total: int | None, errors: int) -> None:
    """Report to nobody."""
