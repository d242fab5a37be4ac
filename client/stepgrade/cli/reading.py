"""The arguments of the command line as a request: JSON, files, names, and the short form of optimizers."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from stepgrade import settings
from stepgrade.cli.last_answer import remembering
from stepgrade.client import Client
from stepgrade.encoding import body
from stepgrade.errors import ConfigurationError, InvalidArgument
from stepgrade.messages import Json

STDIN = "-"
PYTHON = {"True": True, "False": False}  # as in nesterov=True, which people who know Python type
#: What tells a formula from a name, and a formula from the settings behind it.
SIGNS = frozenset("+*/^()")
FORMULA = re.compile(r"(?P<formula>.*?)(?P<settings>(?:,\s*[^\W\d]\w*\s*=[^,=()]*)*)", re.DOTALL)
DECIMAL_COMMA = re.compile(r"-?\d*,\d+")
NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NEGATIVE = re.compile(r"-\.?\d")
BARE_POINT = re.compile(r'(?<![\w."])\.(?=\d)|(?<=\d)\.(?![\d\w])')  # as in [.1, -4.], which people type and JSON has not


def with_negative_numbers(arguments: Iterable[str]) -> list[str]:
    """The arguments with `--start -1,-2` as `--start=-1,-2`: argparse reads what begins with a dash as a flag."""
    joined: list[str] = []
    for each in arguments:
        if joined and NEGATIVE.match(each) and re.fullmatch(r"--[\w-]+", joined[-1]):
            joined[-1] += f"={each}"
        else:
            joined.append(each)
    return joined


def client_of(asked: argparse.Namespace) -> Client:
    """The client that --url, --local or --bundle ask for; else the environment's, for a bundle that of a service."""
    if asked.local:
        return remembering(Client.local(engine=asked.engine))
    if asked.asks_service:
        return remembering(Client(settings.base_url(asked.url), engine=asked.engine))
    return remembering(Client(asked.url, bundle=asked.bundle, engine=asked.engine))


def data(text: str) -> Any:
    """JSON, or values with commas between, or with `@` before its name the file that holds it (`@-`: stdin)."""
    if text.startswith("@"):
        try:
            return load(text[1:])
        except ConfigurationError as error:
            raise argparse.ArgumentTypeError(error.message) from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        for other in (_without_bare_points(text), f"[{_without_bare_points(text)}]"):
            with suppress(ValueError, RecursionError):
                return json.loads(other)
        raise argparse.ArgumentTypeError(f"not JSON: {text!r:.60} ({error}). @FILE reads a file.") from None


def named(text: str) -> Any:
    """A name, or what `data` reads."""
    return data(text) if text[:1] in '@[{"-.0123456789' else text


def listed(text: str) -> Any:
    """Names with commas between, or what `data` reads."""
    return data(text) if text[:1] in "@[{" else [_scalar(word.strip()) for word in text.split(",")]


def values(text: str) -> list[Any]:
    """A list of values: numbers and names with commas between, or what `data` reads."""
    found = data(text) if text[:1] in "@[{" else [_scalar(word.strip()) for word in text.split(",")]
    return found if isinstance(found, list) else [found]


def short(text: str) -> Any:
    """A name with settings, `adam,lr=0.1,beta2=0.99`, or what `data` reads."""
    if text[:1] in "@{":
        return data(text)
    name, *settings = text.split(",")
    pairs = [setting.partition("=") for setting in settings]
    if not all(key and equals for key, equals, _ in pairs):
        raise argparse.ArgumentTypeError(f"expected NAME, or NAME,setting=value,... or JSON, not {text!r:.60}")
    return {"name": name, **{key.strip(): _scalar(value) for key, _, value in pairs}}


def objective(text: str) -> Any:
    """A formula with its parameters, `x**2 + kappa*y**2,kappa=20`; or what `short` reads."""
    found = FORMULA.fullmatch(text)
    if text[:1] in "@{" or found is None or not SIGNS.intersection(found["formula"]):
        return short(text)
    return expression(text)


def expression(text: str) -> Any:
    """A formula with its parameters, whatever it looks like."""
    found = FORMULA.fullmatch(text)
    formula, settings = (found["formula"], found["settings"]) if found is not None else (text, "")
    pairs = [setting.partition("=") for setting in settings.split(",")[1:]]
    parameters = {name.strip(): _scalar(value) for name, _, value in pairs}
    return {"expression": formula, **({"parameters": parameters} if parameters else {})}


def grid(text: str) -> Any:
    """The axes of a map, `x=-6:6:61,lr=1e-4:1:60`, each as first, last and number of values; or what `data` reads."""
    if text[:1] in "@{":
        return data(text)
    pairs = [axis.partition("=") for axis in text.split(",")]
    axes = {name.strip(): [_scalar(number) for number in values.split(":")] for name, _, values in pairs}
    if not all(len(values) == 3 and not any(isinstance(value, str) for value in values) for values in axes.values()):
        raise argparse.ArgumentTypeError(f"expected NAME=FIRST:LAST:NUMBER,... or JSON, not {text!r:.60}")
    return axes


def pairs(text: str) -> Any:
    """Names with values, `v=cache,params=position`; or what `data` reads."""
    if text[:1] in "@{":
        return data(text)
    found = [pair.partition("=") for pair in text.split(",")]
    if not all(name and equals and value for name, equals, value in found):
        raise argparse.ArgumentTypeError(f"expected NAME=NAME,... or JSON, not {text!r:.60}")
    return {name.strip(): value.strip() for name, _, value in found}


def load(path: str) -> Any:
    """The JSON of a file, of stdin for `-`."""
    where = "stdin" if path == STDIN else path
    try:
        return json.loads(sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"Cannot read {where}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        advice = ". To check a file of Python, use stepgrade check-file." if where.endswith(".py") else ""
        raise ConfigurationError(f"{where} is not JSON: {error}{advice}") from None


def loaded(path: str) -> Json:
    """The object in a file."""
    content = load(path)
    if not isinstance(content, dict):
        raise InvalidArgument(f"{'stdin' if path == STDIN else path} must contain a JSON object with the fields of a request", pointer="")
    return content


def request(asked: argparse.Namespace, fields: Iterable[str]) -> Json:
    """The request in the file, if one is named, with the flags put in its place."""
    fields = tuple(fields)
    if asked.file not in (None, STDIN) and not Path(asked.file).suffix and not Path(asked.file).exists():
        raise InvalidArgument(_no_file(asked, fields), pointer="")
    written = {} if asked.file is None else loaded(asked.file)
    written |= {name: getattr(asked, name) for name in fields if getattr(asked, name, None) is not None}
    settings = {name: getattr(asked, name) for name in ("lr", "convention") if getattr(asked, name, None) is not None}
    if settings:
        optimizer = written.get("optimizer")
        if optimizer is None:
            what = " and ".join(settings)
            raise InvalidArgument(f"/optimizer: {what} needs an optimizer. Name it with --optimizer.", pointer="/optimizer")
        written["optimizer"] = {**({"name": optimizer} if isinstance(optimizer, str) else optimizer), **settings}
    return body(**written)


def _no_file(asked: argparse.Namespace, fields: Iterable[str]) -> str:
    """What is said of a word that is no file: a number belongs to the flag before it, another word may be an optimizer."""
    if not NUMBER.fullmatch(asked.file):
        return f"There is no file {asked.file}. If it is an optimizer, write --optimizer {asked.file}. FILE is a request as JSON."
    alone = [name for name in fields if isinstance(getattr(asked, name, None), int | float) and name in ("start", "params", "gradient")]
    flag, first = (f"--{alone[0]}", f"{getattr(asked, alone[0]):g}") if alone else ("--start", "1")
    return f"{asked.file} is a number, and not the name of a file. Write the numbers of a point with commas: {flag} {first},{asked.file}"


def _scalar(text: str) -> Any:
    if text in PYTHON:
        return PYTHON[text]
    for each in (text, _without_bare_points(text)):
        with suppress(ValueError):
            return json.loads(each)
    return text


def _without_bare_points(text: str) -> str:
    return BARE_POINT.sub(lambda found: "0." if found.end() < len(text) and text[found.end()].isdigit() else ".0", text)


def steps(text: str) -> Any:
    """A number of steps, or JSON by label."""
    return data(text) if text.lstrip().startswith("{") else whole(text)


def whole(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, not {text!r:.60}") from None


def number(text: str) -> float:
    """A number; one with a decimal comma is refused with what to write."""
    try:
        return float(text)
    except ValueError:
        written = f"; write a point: {text.replace(',', '.')}" if DECIMAL_COMMA.fullmatch(text) else ""
        raise argparse.ArgumentTypeError(f"expected a number, not {text!r:.60}{written}") from None
