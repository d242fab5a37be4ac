"""`stepgrade step`, `trajectory` and `compare`."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any, get_args

from stepgrade.choices import PictureFormat
from stepgrade.cli.outcomes import Output
from stepgrade.cli.reading import request
from stepgrade.client import Client
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json
from stepgrade.results import Comparison, Result, Step, Trajectory
from stepgrade.results.base import Pictured, Shown

FORMATS: dict[str, PictureFormat] = {each: each for each in get_args(PictureFormat)}


def step(asked: argparse.Namespace, client: Client) -> Output:
    """Take one step."""
    fields = request(asked, asked.fields)
    if asked.work:
        fields["include"] = ["work"]
    result: Step[Any] = client.ask("/step", fields, Step.read)
    if result.work is not None and not asked.json:
        return Output(result.work.markdown())
    return Output(shown(result, asked.json))


def trajectory(asked: argparse.Namespace, client: Client) -> Output:
    """Take many steps."""
    fields = request(asked, asked.fields)
    return _pictured(asked, client, "/trajectory", fields, Trajectory)


def compare(asked: argparse.Namespace, client: Client) -> Output:
    """Compare several optimizers."""
    fields = request(asked, (*asked.fields, "optimizers"))
    return _pictured(asked, client, "/compare", fields, Comparison)


def as_json(raw: Json) -> str:
    """An answer for programs, on one line."""
    return json.dumps(raw, allow_nan=False)


def shown(result: Result, is_json: bool) -> str:
    """A result, for programs or for people."""
    return result.table() if isinstance(result, Shown) and not is_json else as_json(result.raw)


def _pictured(asked: argparse.Namespace, client: Client, path: str, fields: Json, kind: Any) -> Output:
    form = _picture_format(asked.picture)
    result: Pictured = client.ask(path, fields, partial(kind.read, draw=partial(client.picture, path, fields)))
    if asked.picture is not None:
        try:
            Path(asked.picture).write_bytes(result.picture(form))
        except OSError as error:
            raise ConfigurationError(f"Cannot write {asked.picture}: {error.strerror or error}") from None
    return Output(shown(result, asked.json))


def _picture_format(name: str | None) -> PictureFormat:
    form = "png" if name is None else Path(name).suffix[1:].lower()
    if form not in FORMATS:
        raise InvalidArgument(f"--picture writes .png or .svg. It cannot write {name!r}.", pointer="")
    return FORMATS[form]
