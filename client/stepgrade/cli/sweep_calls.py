"""The calls of `stepgrade sweep`: those of a file, or all combinations of --vary; the other flags hold for each of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from inspect import signature
from itertools import chain
from pathlib import Path
from typing import Any

from stepgrade.cli.reading import STDIN, request
from stepgrade.cli.varying import OF_THE_OPTIMIZER, Call, combinations, with_settings
from stepgrade.client import Client
from stepgrade.errors import ConfigurationError, InvalidArgument


def calls_of(asked: argparse.Namespace) -> Iterable[Call]:
    """The calls of the file, each with the flags in it, or those of the grid."""
    if asked.file is None and not asked.vary:
        raise InvalidArgument("A sweep needs calls: a file of calls, or --vary, such as --vary optimizer.lr=0.001:1:30.", pointer="")
    if asked.file is not None and asked.vary:
        raise InvalidArgument("Give a file of calls or --vary, not both.", pointer="/vary")
    common = request(argparse.Namespace(**{**vars(asked), "file": None, **dict.fromkeys(OF_THE_OPTIMIZER)}), asked.fields)
    settings = _settings(asked)
    if "optimizer" in common:
        common["optimizer"] = {**common["optimizer"], **settings}
    if asked.file is not None:
        return _some(({**common, **_complete(call, settings)} for call in _read(asked.file)), asked.file)
    return combinations(common, settings, asked.vary)


def _settings(asked: argparse.Namespace) -> Call:
    """The settings of the optimizer that are flags."""
    settings = {name: getattr(asked, name) for name in OF_THE_OPTIMIZER if getattr(asked, name) is not None}
    if settings and "optimizer" not in signature(getattr(Client, asked.method)).parameters:
        name = next(iter(settings))
        said = f"--{name} is a setting of one optimizer, and {asked.method} has several: write {name} into each of them."
        raise InvalidArgument(said, pointer=f"/{name}")
    return settings


def _complete(call: Call, settings: Call) -> Call:
    """A call of a file; a setting of the optimizer holds where the call does not have it."""
    return {**call, "optimizer": with_settings(call["optimizer"], settings)} if settings and "optimizer" in call else call


def _some(calls: Iterator[Call], name: str) -> Iterator[Call]:
    """The calls, of which there must be one."""
    first = next(calls, None)
    if first is None:
        raise InvalidArgument(f"{'stdin' if name == STDIN else name} has no calls. Write one request per line, as JSON.", pointer="")
    return chain([first], calls)


def _read(name: str) -> Iterator[Call]:
    """The calls of a file of NDJSON, line by line as they are needed."""
    try:
        with sys.stdin.buffer if name == STDIN else Path(name).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _call(line, name, number)
    except OSError as error:
        raise ConfigurationError(f"Cannot read {name}: {error.strerror or error}") from None


def _call(line: bytes, name: str, number: int) -> dict[str, Any]:
    try:
        call = json.loads(line, object_pairs_hook=_members)
    except InvalidArgument as error:
        raise InvalidArgument(f"{name}, line {number}: {error.message}", pointer="") from None
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(f"{name}, line {number} is not JSON: {error}", pointer="") from None
    if not isinstance(call, dict):
        raise InvalidArgument(f"{name}, line {number}: expected a JSON object with the fields of a request", pointer="")
    return call


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; JSON does not say which of two members with one name counts."""
    members = dict(pairs)
    if len(members) < len(pairs):
        name = next(name for number, (name, _) in enumerate(pairs) if name in dict(pairs[:number]))
        raise InvalidArgument(f'The name "{name}" is in one object twice. Delete one of them.')
    return members
