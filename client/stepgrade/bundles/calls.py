"""A call as a bundle knows it, and when two calls are the same one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from stepgrade.messages import Json, Request

FORMS = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "npz": "application/x-npz",
    "svg": "image/svg+xml",
    "png": "image/png",
}
NAMED = ("optimizer", "objective")  # a bare name stands for an object with that name
MISSING = object()


@dataclass(frozen=True)
class Call:
    """A request without what differs each time: its id, its user agent."""

    path: str
    form: str
    body: Json | None

    @classmethod
    def of(cls, request: Request) -> Call:
        """What a request asks for."""
        accept = request.headers["Accept"]
        form = next((name for name, media in FORMS.items() if media == accept), accept)
        return cls(request.path, form, json.loads(request.body) if request.body else None)

    @property
    def method(self) -> str:
        """GET where there is no body."""
        return "GET" if self.body is None else "POST"

    @property
    def route(self) -> tuple[str, str, str]:
        """What another call must share to be like this one: method, path with its query in order, form."""
        path, _, query = self.path.partition("?")
        return self.method, path + ("?" + urlencode(sorted(parse_qsl(query))) if query else ""), self.form

    def words(self) -> str:
        """The call in a few words."""
        return f"{self.method} {self.path}" + ("" if self.form == "json" else f" as {self.form}")

    def written(self) -> Json:
        """As it stands in a spec."""
        fields = {"path": self.path, "form": self.form, "body": self.body}
        return {name: value for name, value in fields.items() if value is not None and (name, value) != ("form", "json")}

    def key(self, engine: str) -> str:
        """The sha256 of the canonical call and the engine's version."""
        return fingerprint([*self.route, canonical(self.body), engine])


def canonical(value: Any) -> Any:
    """`value` as all that mean the same have it: 1 as 1.0, -0.0 as 0.0, the name of an optimizer as an object, names in lower case."""
    if isinstance(value, Mapping):
        return {name: canonical(_named(name, item)) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return value if value is None or isinstance(value, (bool, str)) else _number(value)


def fingerprint(value: Any) -> str:
    """The sha256 of a value's JSON with its keys sorted."""
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def differences(one: Any, other: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ: a pointer and the two parts, `MISSING` for what only the other has."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            yield from differences(one.get(name, MISSING), other.get(name, MISSING), f"{pointer}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{pointer}/{index}")
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):
        yield pointer, one, other


def _named(name: str, item: Any) -> Any:
    if name == "optimizers" and isinstance(item, list):
        return [_named("optimizer", each) for each in item]
    if name not in NAMED:
        return item
    if isinstance(item, str):
        item = {"name": item}
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        return {**item, "name": item["name"].lower().replace("_", "")}
    return item


def _number(number: int | float) -> int | float:
    try:
        return float(number) + 0.0 if float(number) == number else number
    except OverflowError:
        return number
