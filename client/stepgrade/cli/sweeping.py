"""`stepgrade sweep`: many calls, into a directory."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from stepgrade.cli.calls import as_json
from stepgrade.cli.last_answer import forgetting
from stepgrade.cli.outcomes import INVALID, PASSED, UNREACHABLE, Output
from stepgrade.cli.reading import STDIN
from stepgrade.cli.sweep_calls import calls_of
from stepgrade.client import Client
from stepgrade.errors import ConfigurationError, ServiceUnreachable
from stepgrade.plain_text import printable
from stepgrade.sweeps import SweepResults
from stepgrade.sweeps.pacing import log
from stepgrade.sweeps.workers import OwnProcesses

#: Errors that are shown; all stand in the directory.
SHOWN = 5

#: Variables that name who answers, in place of a flag.
WHERE = ("STEPGRADE_URL", "STEPGRADE_BUNDLE")

#: Seconds without a worker of Dask before this is said.
PATIENCE = 2


def sweep(asked: argparse.Namespace, client: Client) -> Output:
    """Make the calls of a grid or of a file."""
    calls = calls_of(asked)
    try:
        with _computing(asked, client) as (caller, executor):
            results = caller.sweep(calls, asked.method, into=asked.into, executor=executor, keep=asked.keep, workers=asked.workers)
    except KeyboardInterrupt:
        again = "Run the same command again" + (" with the same calls" if asked.file == STDIN else "")
        _say(f"Interrupted. {again}: it goes on where it was.", asked.prog)
        raise
    return _told(results, asked.json)


@contextmanager
def _computing(asked: argparse.Namespace, client: Client) -> Iterator[tuple[Client, Any]]:
    """Who computes: the workers of a Dask cluster, the service or the bundle that is named, else processes of this machine."""
    if asked.scheduler is not None:
        if asked.url is not None or asked.bundle is not None:
            raise ConfigurationError(f"Give --scheduler or --{'url' if asked.url is not None else 'bundle'}, not both.")
        with _dask(asked.scheduler) as dask:
            _wait_for_workers(dask, asked)
            yield Client.local(engine=asked.engine), dask
    elif not asked.local and (asked.url or asked.bundle or any(os.environ.get(name, "").strip() for name in WHERE)):
        with _saying(asked.prog):
            yield forgetting(client), None
    else:
        yield Client.local(engine=asked.engine), OwnProcesses(asked.workers)


class StderrLines(logging.Handler):
    """Says on stderr what a sweep waits for."""

    def __init__(self, prog: str) -> None:
        super().__init__(logging.INFO)
        self._prog = prog

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        _say(record.getMessage(), self._prog)


@contextmanager
def _saying(prog: str) -> Iterator[None]:
    saying, before = StderrLines(prog), log.level
    log.addHandler(saying)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(saying)
        log.setLevel(before)


@contextmanager
def _dask(address: str) -> Iterator[Any]:
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise ConfigurationError('--scheduler needs Dask. Install it: pip install "stepgrade[dask]".') from None
    try:
        connected = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise ServiceUnreachable(f"There is no Dask scheduler at {address}: {error}. Its address is such as tcp://10.0.0.1:8786.") from None
    with connected:
        yield connected


def _wait_for_workers(dask: Any, asked: argparse.Namespace) -> None:
    """Say so where there are none soon; the sweep itself waits for as long as it takes."""
    try:
        dask.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        start = f"dask worker {asked.scheduler}"
        _say(f"The scheduler {asked.scheduler} has no workers yet. The sweep waits for them. Start them: {start}", asked.prog)


def _say(sentence: str, prog: str) -> None:
    """Write a line to stderr now, before the sweep is at its end."""
    sys.stderr.write(f"{prog}: {printable(sentence)}\n")
    sys.stderr.flush()


def _told(results: SweepResults, as_facts: bool) -> Output:
    """How many calls there are, and as faults what failed."""
    errors, lost = results.errors, len(results.unanswered)
    if as_facts:
        said = as_json({"into": str(results.path), "count": results.count, "failed": len(errors), "unanswered": lost})
    else:
        said = f"{results.path}: {results.count} calls, {len(errors)} failed"
    faults = [line for index, fault in list(errors.items())[:SHOWN] for line in f"call {index}: {fault}".splitlines()]
    if len(errors) > SHOWN:
        faults.append(f"{len(errors)} calls failed, and the first {SHOWN} are shown. The column error has all errors.")
    if lost:
        faults.append(f"{_calls_said(lost)} got no answer. Run the same command again: it makes only these again.")
    return Output(said, UNREACHABLE if lost else INVALID if errors else PASSED, tuple(faults))


def _calls_said(count: int) -> str:
    return f"{count} call{'s' if count > 1 else ''}"
