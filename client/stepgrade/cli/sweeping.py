"""`stepgrade sweep`: many calls, into a directory."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from stepgrade.cli.calls import as_json
from stepgrade.cli.outcomes import INVALID, PASSED, UNREACHABLE, Output
from stepgrade.cli.reading import STDIN, request, values
from stepgrade.client import Client
from stepgrade.errors import ConfigurationError, InvalidArgument, ServiceUnreachable
from stepgrade.plain_text import printable
from stepgrade.sweeps import SweepResults, grid
from stepgrade.sweeps.calls import WITHIN
from stepgrade.sweeps.workers import OwnProcesses

#: Errors that are shown; all stand in the directory.
SHOWN = 5

#: Seconds without a worker of Dask before this is said.
PATIENCE = 2

#: Flags that stand for a setting of the optimizer.
OF_THE_OPTIMIZER = ("lr", "convention")


def sweep(asked: argparse.Namespace, client: Client) -> Output:
    """Make the calls of a grid or of a file."""
    calls = _calls(asked)
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
    """Who computes: the workers of a Dask cluster, the service of --url, the bundle, else processes of this machine."""
    if asked.scheduler is not None:
        with _dask(asked.scheduler) as dask:
            _wait_for_workers(dask, asked)
            yield Client.local(engine=asked.engine), dask
    elif asked.url is not None or asked.bundle is not None:
        yield client, None
    else:
        yield Client.local(engine=asked.engine), OwnProcesses(asked.workers)


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


def _calls(asked: argparse.Namespace) -> Iterable[Mapping[str, Any]]:
    """The calls of the file, each with the flags in it, or those of the grid."""
    common = request(argparse.Namespace(**{**vars(asked), "file": None}), asked.fields)
    varied = dict(sorted(asked.vary or (), key=lambda each: each[0].count(WITHIN)))  # the optimizer before its learning rate
    if asked.file is None and not varied:
        raise InvalidArgument("A sweep needs calls: a file of calls, or --vary, such as --vary optimizer.lr=0.001:1:30.", pointer="")
    if asked.file is not None and varied:
        raise InvalidArgument("Give a file of calls or --vary, not both.", pointer="/vary")
    if asked.file is not None:
        return _some(_read(asked.file, common), asked.file)
    for name in OF_THE_OPTIMIZER:
        if name in varied:
            raise InvalidArgument(f"/{name}: unknown name {name}; did you mean --vary optimizer.{name}?", pointer=f"/{name}")
    empty = [name for name, each in varied.items() if not each]
    if empty:
        raise InvalidArgument(f"--vary {empty[0].replace(WITHIN, '.')} has no values, so there are no calls.", pointer="/vary")
    return grid(common, **varied)


def _some(calls: Iterator[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    """The calls, of which there must be one."""
    first = next(calls, None)
    if first is None:
        raise InvalidArgument(f"{'stdin' if name == STDIN else name} has no calls. Write one request per line, as JSON.", pointer="")
    return chain([first], calls)


def _read(name: str, common: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The calls of a file of NDJSON, line by line as they are needed."""
    try:
        with sys.stdin.buffer if name == STDIN else Path(name).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield {**common, **_call(line, name, number)}
    except OSError as error:
        raise ConfigurationError(f"Cannot read {name}: {error.strerror or error}") from None


def _call(line: bytes, name: str, number: int) -> dict[str, Any]:
    try:
        call = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(f"{name}, line {number} is not JSON: {error}", pointer="") from None
    if not isinstance(call, dict):
        raise InvalidArgument(f"{name}, line {number}: expected a JSON object with the fields of a request", pointer="")
    return call


def varied(text: str) -> tuple[str, list[Any]]:
    """`optimizer.lr=0.001:1:30`, `start=A,B`: the name as `grid` has it, and the values."""
    name, equals, written = text.partition("=")
    if not name or not equals or not written:
        raise argparse.ArgumentTypeError(f"expected NAME=FIRST:LAST:NUMBER or NAME=VALUE,VALUE,... not {text!r:.60}")
    return name.strip().replace(".", WITHIN), _values(name.strip(), written)


def _values(name: str, written: str) -> list[Any]:
    listed = values(written)
    ends = [values(part)[0] for part in written.split(":")] if written.count(":") == 2 and written[:1] not in "@[" else []
    if len(ends) != 3 or not all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends):
        return listed
    first, last, number = ends
    if not isinstance(number, int) or number < 1:
        raise argparse.ArgumentTypeError(f"the number of values must be a whole number, 1 or more, not {number!r}")
    if name.rpartition(".")[2] != "lr":
        return [*map(float, np.linspace(first, last, number))]
    if first <= 0 or last <= 0:
        raise argparse.ArgumentTypeError("learning rates are on a logarithmic scale, so the first and the last must be above 0")
    return [*map(float, np.logspace(log10(first), log10(last), number))]


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
