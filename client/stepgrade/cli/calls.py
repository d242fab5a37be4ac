"""`stepgrade step`, `trajectory` and `compare`."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from stepgrade.cli.outcomes import Output
from stepgrade.cli.reading import request
from stepgrade.client import Client
from stepgrade.encoding import tensor
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json
from stepgrade.results import Comparison, Result, Step, Trajectory
from stepgrade.results.base import Pictured, Shown
from stepgrade.results.blocks import LEFT_OUT, Block, Table, as_text
from stepgrade.results.columns import columns, listed

MOST_ROWS = 24
FORMATS = ("png", "svg")


def step(asked: argparse.Namespace, client: Client) -> Output:
    """Take one step."""
    result = client._call("/step", request(asked, asked.fields), Step.read)
    return Output(as_json(result.raw) if asked.json else as_text(_of_a_step(result)))


def trajectory(asked: argparse.Namespace, client: Client) -> Output:
    """Take many steps."""
    fields = request(asked, asked.fields)
    return _pictured(asked, client, "/trajectory", fields, Trajectory)


def compare(asked: argparse.Namespace, client: Client) -> Output:
    """Compare several optimizers."""
    fields = request(asked, (*asked.fields, "optimizers"))
    return _pictured(asked, client, "/compare", fields, Comparison)


def as_json(raw: Json) -> str:
    """An answer for programs: one line."""
    return json.dumps(raw, allow_nan=False)


def shown(result: Result, is_json: bool) -> str:
    """A result for programs or for people."""
    return result.table() if isinstance(result, Shown) and not is_json else as_json(result.raw)


def _pictured(asked: argparse.Namespace, client: Client, path: str, fields: Json, kind: Any) -> Output:
    form = _picture_format(asked.picture)
    result: Pictured = client._call(path, fields, partial(kind.read, draw=partial(client._picture, path, fields)))
    if asked.picture is not None:
        try:
            Path(asked.picture).write_bytes(result.picture(form))
        except OSError as error:
            raise ConfigurationError(f"cannot write {asked.picture}: {error.strerror or error}") from None
    return Output(shown(result, asked.json))


def _picture_format(name: str | None) -> str:
    form = FORMATS[0] if name is None else Path(name).suffix[1:].lower()
    if form not in FORMATS:
        raise InvalidArgument(f"--picture writes .png or .svg, not {name!r}", pointer="")
    return form


def _of_a_step(result: Step) -> list[Block]:
    """A row a parameter: where it was, its gradient, the step, where it is; then the state."""
    before, gradient = tensor(result.request["params"]), tensor(result.request["gradient"])
    parts = {"params": before, "gradient": gradient, "update": result.update, "new params": result.params}
    found = [_column(each) for each in parts.values()]
    names = list(_column(result.params)) if result.update is not None else list(found[0])
    rows: list[tuple[Any, ...]] = [(name, *(column.get(name) for column in found)) for name in names[:MOST_ROWS]]
    if len(names) > MOST_ROWS:
        rows.append((LEFT_OUT,) * (1 + len(parts)))
    convention = result.optimizer.get("convention", "the service")
    title = f"{result.optimizer['name']} as {convention} has it: {result.status}, t = {result.state['t']}"
    state = [(name, listed(value)) for name, value in result.state.items() if name != "t"]
    measures = [(name, listed(value)) for name, value in result.measures.items()]
    return [Table(("", *parts), rows, title), *([Table(("state", ""), state)] if state else []), Table(("measures", ""), measures)]


def _column(arrays: Any) -> dict[str, float]:
    """Each number under its place: `[0]`, `W[0, 1]`."""
    if arrays is None:
        return {}
    one_row = {name: np.asarray(each)[None] for name, each in arrays.items()} if isinstance(arrays, dict) else np.asarray(arrays)[None]
    return {name.removeprefix("x.") or "x": float(column[0]) + 0.0 for name, column in columns("x", one_row, MOST_ROWS + 1).items()}
