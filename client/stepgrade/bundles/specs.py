"""The spec of a bundle, as its author writes it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from stepgrade.bundles.calls import FORMS, Call
from stepgrade.encoding import plain
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json

ASKED = ("step", "trajectory", "compare", "map", "contours", "convert", "check", "probe", "audit")
LISTED = ("optimizers", "objectives", "data", "schedules", "mistakes")
SHAPE = '{"title": "...", "calls": [{"kind": "step", "optimizer": "adam", "params": [1.0], "gradient": [0.5]}, ...]}'

Specified = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Spec:
    """A title and the calls to make, in order."""

    title: str
    calls: Sequence[Call]


def read_spec(given: Specified) -> Spec:
    """Read a spec, or the file that holds one.

    Raises
    ------
    ConfigurationError
        The file does not exist, or it is not JSON.
    InvalidArgument
        It is no spec. The message has one line per fault.
    """
    written = _load(Path(given)) if isinstance(given, (str, os.PathLike)) else given
    if not isinstance(written, Mapping) or not isinstance(written.get("calls"), list) or not written["calls"]:
        raise InvalidArgument(f"A spec is a JSON object with a list of calls, such as {SHAPE}", pointer="/calls")
    faults = [f"/{name}: unknown field. A spec has title and calls." for name in written if name not in ("title", "calls")]
    calls: list[Call] = []
    for index, each in enumerate(written["calls"]):
        try:
            calls.append(_call(each))
        except InvalidArgument as fault:
            faults.append(f"/calls/{index}{fault.pointer}: {fault.message}")
    if faults:
        raise InvalidArgument("\n".join(faults), pointer=faults[0].partition(":")[0])
    return Spec(str(written.get("title", "")), calls)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"Cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from None


def _call(written: Any) -> Call:
    if not isinstance(written, Mapping):
        raise InvalidArgument("expected an object, such as " + SHAPE[SHAPE.index("[") + 1 : SHAPE.index(", ...")])
    rest = dict(plain(written))
    form, theme = rest.pop("form", "json"), rest.pop("theme", "light")
    if form not in FORMS:
        raise InvalidArgument(f"expected one of {', '.join(FORMS)}, not {form!r}", pointer="/form")
    query = "?" + urlencode({"theme": theme}) if form in ("svg", "png") else ""
    if "path" in rest:
        return _by_path(rest, form, query)
    return _by_kind(rest, form, query)


def _by_path(rest: Json, form: str, query: str) -> Call:
    path, body = rest.pop("path"), rest.pop("body", None)
    if rest:
        unknown = next(iter(rest))
        raise InvalidArgument("unknown field. A call with a path can have body, form and theme.", pointer=f"/{unknown}")
    if not isinstance(path, str) or not path.strip("/"):
        raise InvalidArgument('expected a path such as "/trajectory"', pointer="/path")
    return Call("/" + path.lstrip("/") + (query if "?" not in path else ""), form, body)


def _by_kind(rest: Json, form: str, query: str) -> Call:
    kind = rest.pop("kind", None)
    if kind in ASKED:
        return Call(f"/{kind}{query}", form, rest)
    if kind in LISTED:
        return Call("/" + "/".join([kind, *([rest["name"]] if "name" in rest else [])]), form, None)
    raise InvalidArgument(_unknown_kind(kind), pointer="/kind")


def _unknown_kind(kind: Any) -> str:
    known = f"Known kinds: {', '.join(ASKED + LISTED)}"
    if kind is None:
        return f"a call needs a kind, or a path. {known}"
    near = get_close_matches(str(kind), ASKED + LISTED, 1)
    return f"unknown kind {kind!r:.60}{f'; did you mean {near[0]}?' if near else '.'} {known}"
