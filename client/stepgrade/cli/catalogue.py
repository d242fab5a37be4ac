"""`stepgrade optimizers`, `stepgrade objectives`, `stepgrade schedules` and `stepgrade mistakes`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from stepgrade.checked import entries
from stepgrade.cli.calls import as_json
from stepgrade.cli.last_answer import last_answer
from stepgrade.cli.outcomes import Output
from stepgrade.client import Client
from stepgrade.errors import InvalidArgument, UnexpectedAnswer
from stepgrade.messages import Json
from stepgrade.results.blocks import Block, FormulaBlock, Table, as_text
from stepgrade.results.catalogue_entry import FORMULA, differences, formulas

HEADS = {
    "optimizers": ("name", "title", "conventions"),
    "objectives": ("name", "title", "dimension", "starts"),
    "schedules": ("name", "title", "conventions"),
}
UNSHOWN = ("href", "engine", "formula_mathml")
MOST_NEAR = 5  # codes that have a word in them


def show(asked: argparse.Namespace, client: Client) -> Output:
    """List a catalogue, or show one entry."""
    raw = _fetched(asked, client)
    if asked.json:
        return Output(raw=last_answer(client))
    try:
        return Output(as_text(_one(raw) if asked.name else [_all(list(entries(raw[asked.kind])), HEADS[asked.kind])]))
    except (LookupError, TypeError, ValueError, AttributeError):
        what = f"/{asked.kind}"
    raise UnexpectedAnswer(f"The answer to GET {what} is not from Stepgrade. Check base_url (or STEPGRADE_URL).")


def _fetched(asked: argparse.Namespace, client: Client) -> Json:
    """The catalogue, one entry of it, or an objective at the parameters behind its name."""
    name = asked.name["name"] if isinstance(asked.name, dict) and list(asked.name) == ["name"] else asked.name
    if not name or isinstance(name, str):
        return client.fetch(f"/{asked.kind}" + (f"/{quote(name, safe='')}" if name else ""))
    return client.objective(name)


def mistakes(asked: argparse.Namespace, client: Client) -> Output:
    """List the mistakes, or show one, of which the service has no page of its own."""
    raw = client.fetch("/mistakes")
    if asked.json and not asked.name:
        return Output(raw=last_answer(client))
    try:
        by_code = {str(each["code"]): each for each in entries(raw["mistakes"])}
        table = _all(list(by_code.values()), ("code", "title", "where"))
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UnexpectedAnswer("The answer to GET /mistakes is not from Stepgrade. Check base_url (or STEPGRADE_URL).") from None
    if not asked.name:
        return Output(as_text([table]))
    if asked.name not in by_code:
        near = [code for code in by_code if asked.name.lower() in code][:MOST_NEAR] or get_close_matches(asked.name, by_code, 1)
        raise InvalidArgument(f"There is no mistake {asked.name!r}." + (f" Did you mean {' or '.join(near)}?" if near else ""), pointer="")
    entry = by_code[asked.name]
    return Output(as_json(entry) if asked.json else as_text(_mistake(entry)))


def _mistake(entry: Json) -> list[Block]:
    """A mistake with its two formulas and its hints, a line each."""
    hints = entry.get("hints")
    lines = {f"hint {level}": hint for level, hint in enumerate(hints if isinstance(hints, list) else [], start=1)}
    facts = {name: value for name, value in entry.items() if name not in ("formula", "hints")}
    return [*_one({**facts, **lines}), *formulas(entry.get("formula"))]


def _all(entries: list[Json], heads: tuple[str, ...]) -> Table:
    return Table(heads, [[_cell(entry.get(head)) for head in heads] for entry in entries])


def _one(entry: Json) -> list[Block]:
    """Every fact of an entry. A list of things is a table."""
    known: list[Block] = []
    for name, value in entry.items():
        if name == FORMULA and isinstance(value, str):
            known.append(FormulaBlock(value, name))
        elif name not in UNSHOWN and not _is_rows(value) and _cell(value) not in (None, ""):
            known.append(f"{name.replace('_', ' ')}: {_cell(value)}")
    tables: list[Block] = [table for name, value in entry.items() if _is_rows(value) for table in TABLES.get(name, _table)(name, value)]
    return [*known, *tables]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _table(name: str, rows: list[Json]) -> list[Block]:
    heads = list(dict.fromkeys(head for row in rows for head in row))
    return [Table(heads, [[_cell(row.get(head)) for head in heads] for row in rows], name)]


def _hyperparameters(_: str, rows: list[Json]) -> list[Block]:
    """Their meanings, and their defaults in each convention."""
    meanings: list[Block] = [f"{row['name']}: {row['meaning']}; {_cell(row.get('choices') or row.get('range'))}" for row in rows]
    conventions = list(dict.fromkeys(convention for row in rows for convention in row["defaults"]))
    defaults = [[row["name"], *(_cell(row["defaults"].get(convention)) for convention in conventions)] for row in rows]
    return [*meanings, Table(("defaults", *conventions), defaults)]


def _conventions(name: str, rows: list[Json]) -> list[Block]:
    if any("title" not in row for row in rows):
        return _table(name, rows)
    return [
        Table((name, "title"), [(row["name"], row["title"]) for row in rows]),
        *differences(rows),
        *(f"{row['name']}: {row['notes']}" for row in rows if row.get("notes")),
    ]


TABLES: dict[str, Callable[[str, list[Json]], list[Block]]] = {"hyperparameters": _hyperparameters, "conventions": _conventions}


def _cell(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    if isinstance(value, bool | list | dict):
        return json.dumps(value)
    return value
