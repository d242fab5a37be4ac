"""The method of the client that makes many calls."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, cast, overload

from stepgrade.caller import Caller
from stepgrade.choices import Keep, Method
from stepgrade.sweeps import Local, Progress, Sweep, SweepResults, hold_arguments, hold_calls, sweep_into
from stepgrade.sweeps.chunk import ClientKind


class Sweeper(Caller):
    """Makes many calls."""

    @overload
    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
        executor: Any = None,
        into: None = None,
        keep: Keep = "summaries",
    ) -> Sweep: ...

    @overload
    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: None = None,
        progress: bool | Progress = True,
        executor: Any = None,
        into: str | os.PathLike[str],
        keep: Keep = "summaries",
    ) -> SweepResults: ...

    def sweep(
        self,
        calls: Iterable[Mapping[str, Any]],
        method: Method = "trajectory",
        *,
        workers: int | None = None,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | Progress = True,
        executor: Any = None,
        into: str | os.PathLike[str] | None = None,
        keep: Keep = "summaries",
    ) -> Sweep | SweepResults:
        """Make many calls, several at a time. An error does not end the sweep.

        Without `into` each result comes as soon as it is ready. With `into` the results go to files, and the method returns at the end.

        Parameters
        ----------
        calls : iterable of mapping
            The arguments of each call, as `stepgrade.grid` makes them. A generator is read only as far as needed.
        method : {"trajectory", "step", "compare", "map", "contours", "check"}, default "trajectory"
            The method that each call uses.
        workers : int, optional
            The number of requests at a time. With an executor: the number of chunks at a time. Default: 4, or as many as the executor
            has.
        journal : path, optional
            An SQLite file that keeps the answers. Default: none. A sweep with the same journal does not repeat the requests in it, so
            an interrupted sweep continues. The file keeps no errors. `engine` of each result is the version that answered. Not with
            `into` or `executor`.
        progress : bool or callable, default True
            True draws a bar on stderr if stderr is a terminal. In a notebook it shows the bar of tqdm, if tqdm and ipywidgets are
            installed. Otherwise it writes nothing. A function is called after each result with three numbers: done, total (or None)
            and failed.
        executor : Executor or distributed.Client, optional
            Computes the calls, in place of the service of this client: an executor of `concurrent.futures`, or a client of Dask. Each
            worker runs the engine in its own process, so the client and the service must be installed there. It gets the calls in
            chunks of about a second. Default: none, the calls go to the service.
        into : path, optional
            A directory for the results. Each chunk is a file, written whole or not at all. If the sweep is interrupted, start it again
            with the same calls and the same directory: it continues. Default: none.
        keep : {"summaries", "answers"}, default "summaries"
            What the directory has of each call: single numbers such as `settling_step` and `final_value`, or also the whole answer.

        Returns
        -------
        Sweep or SweepResults
            Without `into` an iterator of `Swept`: `index`, `request`, `result`, `error`. It sends nothing before the loop over it
            begins. With `into` the results as columns.

        Raises
        ------
        InvalidArgument
            `calls` is no list of calls, the method is unknown, a name in a grid is unknown, there are no workers, or `executor` is no
            executor.
        ConfigurationError
            The journal is not a journal, the directory has other results, one of them cannot be written, or two arguments exclude
            each other.
        ServiceUnreachable
            The workers of the executor died, and it has no others; or, with `into`, the service does not answer at all. What is
            done is in the directory.
        UnexpectedAnswer
            With `into`: something else answers in place of the service, such as a login page.
        """
        hold_calls(calls)
        hold_arguments(method, workers, keep, journal=journal, into=into, executor=executor, transport=self.transport)
        source = Local(cast(ClientKind, type(self)), self.engine) if executor is not None else self
        if into is None:
            return Sweep(source, calls, method, workers=workers, journal=journal, progress=progress, executor=executor)
        return sweep_into(into, source, calls, method, workers=workers, executor=executor, keep=keep, progress=progress)
