"""`stepgrade step`, `trajectory`, `compare`, `map` and `convert`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, get_args

from stepgrade.choices import PictureFormat
from stepgrade.cli.examples import with_examples
from stepgrade.cli.last_answer import last_answer
from stepgrade.cli.outcomes import Output
from stepgrade.cli.reading import request
from stepgrade.client import Client
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json
from stepgrade.results import Comparison, Conversion, Map, Step, Trajectory
from stepgrade.results.base import Pictured

PICTURES: dict[str, PictureFormat] = {each: each for each in get_args(PictureFormat)}
JSON = "application/json"
FORMS = {  # of an answer as a file, by the end of its name
    "csv": "text/csv",
    "npz": "application/x-npz",
    "ndjson": "application/x-ndjson",
    "json": JSON,
    "png": "image/png",
    "svg": "image/svg+xml",
}


def step(asked: argparse.Namespace, client: Client) -> Output:
    """Take one step."""
    fields = request(asked, asked.fields)
    if asked.work or asked.markdown:
        fields["include"] = ["work"]
    result: Step[Any] = client.ask("/step", fields, Step.read)
    if asked.json:
        return Output(raw=last_answer(client))
    if result.work is not None:
        return Output(result.work.markdown() if asked.markdown else result.work.text())
    return Output(result.table())


def trajectory(asked: argparse.Namespace, client: Client) -> Output:
    """Take many steps."""
    return _pictured(asked, client, "/trajectory", _with_data(asked, request(asked, asked.fields)), Trajectory)


def compare(asked: argparse.Namespace, client: Client) -> Output:
    """Compare several optimizers."""
    fields = request(asked, (*asked.fields, "optimizers"))
    return _pictured(asked, client, "/compare", _with_data(asked, fields), Comparison)


def over_grid(asked: argparse.Namespace, client: Client) -> Output:
    """Run one or two optimizers over a grid."""
    fields = request(asked, (*asked.fields, "optimizers"))
    return _pictured(asked, client, "/map", _with_data(asked, fields), Map)


def _with_data(asked: argparse.Namespace, fields: Json) -> Json:
    """The request with the examples of --data in its objective."""
    return fields if asked.data is None else {**fields, "objective": with_examples(fields.get("objective"), asked.data)}


def convert(asked: argparse.Namespace, client: Client) -> Output:
    """Write an optimizer in another convention."""
    result: Conversion = client.ask("/convert", request(asked, asked.fields), Conversion.read)
    return Output(raw=last_answer(client)) if asked.json else Output(result.table())


def as_json(raw: Json) -> str:
    """Facts for programs, on one line."""
    return json.dumps(raw, allow_nan=False)


def _pictured(asked: argparse.Namespace, client: Client, path: str, fields: Json, kind: Any) -> Output:
    """Ask, and write the files of --picture and -o."""
    ending = None if asked.picture is None else _ending(asked.picture, "--picture", PICTURES)
    form = None if asked.output is None else FORMS[_ending(asked.output, "-o", FORMS)]
    result: Pictured = client.ask(path, fields, partial(kind.read, draw=partial(client.picture, path, fields)))
    answer = last_answer(client)
    if ending is not None:
        _write_file(asked.picture, result.picture(PICTURES[ending]))
    if form is not None:
        _write_file(asked.output, answer if form == JSON else client.request("POST", path, fields, accept=form).body)
    return Output(raw=answer) if asked.json else Output(result.table())


def _ending(name: str, flag: str, known: Iterable[str]) -> str:
    """What a file's name ends with; it says the form of the file."""
    ending = Path(name).suffix[1:].lower()
    if ending not in known:
        *others, last = (f".{each}" for each in known)
        raise InvalidArgument(f"{flag} writes {', '.join(others)} or {last}. It cannot write {name!r}.", pointer="")
    return ending


def _write_file(name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"Cannot write {name}: {error.strerror or error}") from None
