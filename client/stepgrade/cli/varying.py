"""The combinations of --vary of `stepgrade sweep`, with the flags that hold for each of them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log10
from typing import Any

import numpy as np

from stepgrade.cli.reading import values
from stepgrade.errors import InvalidArgument
from stepgrade.sweeps import grid
from stepgrade.sweeps.calls import WITHIN

#: Flags that stand for a setting of the optimizer.
OF_THE_OPTIMIZER = ("lr", "convention")

#: An error shows how to write values that are no more than these.
SHORT = 6

Call = Mapping[str, Any]


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


def combinations(common: Call, settings: Call, pairs: Sequence[tuple[str, list[Any]]]) -> Iterable[Call]:
    """The calls of --vary, each with the other flags; an optimizer in `common` has the settings.

    Raises InvalidArgument for an argument that would have two values in a call.
    """
    _hold_once(pairs)
    varied = dict(sorted(pairs, key=lambda each: each[0].count(WITHIN)))  # the optimizer before its learning rate
    for name, each in varied.items():
        if name in OF_THE_OPTIMIZER:
            raise InvalidArgument(f"/{name}: unknown name {name}; did you mean --vary optimizer.{name}?", pointer=f"/{name}")
        if not each:
            raise InvalidArgument(f"--vary {_dotted(name)} has no values, so there are no calls.", pointer="/vary")
    _hold_apart(common, settings, varied)
    if not settings:
        return grid(common, **varied)
    if "optimizer" in varied:
        return grid(common, **{**varied, "optimizer": [with_settings(each, settings) for each in varied["optimizer"]]})
    if "optimizer" in common:
        return grid(common, **varied)
    if f"optimizer{WITHIN}name" in varied:
        return grid({**common, "optimizer": settings}, **varied)
    said = f"/optimizer: {' and '.join(settings)} needs an optimizer. Name it with --optimizer, or several with --vary optimizer=sgd,adam."
    raise InvalidArgument(said, pointer="/optimizer")


def _hold_once(pairs: Sequence[tuple[str, list[Any]]]) -> None:
    """Refuse a name that --vary has twice."""
    for name, often in Counter(name for name, _ in pairs).items():
        if often > 1:
            every = [value for each, some in pairs if each == name for value in some]
            plain = len(every) <= SHORT and all(isinstance(value, (str, int, float)) for value in every)
            written = f"--vary {_dotted(name)}=" + (",".join(map(_written, every)) if plain else "VALUES, with all of them")
            raise InvalidArgument(f"--vary {_dotted(name)} is given {_times(often)}; write {written}", pointer="/vary")


def _hold_apart(common: Call, settings: Call, varied: Mapping[str, list[Any]]) -> None:
    """Refuse an argument that stands as a flag and in --vary, or in two of --vary: the last would be taken, and the other lost."""
    given: list[tuple[str, Call]] = [(f"--{name.replace('_', '-')}", {name: value}) for name, value in common.items()]
    of_settings = {f"optimizer{WITHIN}{name}": name for name in settings}
    for name, each in varied.items():
        others = [f"--{of_settings[name]}"] if name in of_settings else [flag for flag, call in given if _has(call, name)]
        if others:
            remedy = _remedy(name, common) or "Leave one of them out."
            raise InvalidArgument(f"{_dotted(name)} is given with {others[0]} and with --vary {_dotted(name)}. {remedy}", pointer="/vary")
        given += [(f"--vary {_dotted(name)}", _call_with(name, value)) for value in each]
    for name, setting in of_settings.items():
        if any(_has({"optimizer": value}, name) for value in varied.get("optimizer", ())):
            raise InvalidArgument(f"{setting} is given with --{setting} and in --vary optimizer. Leave one of them out.", pointer="/vary")


def _remedy(name: str, common: Call) -> str:
    """How to write what was meant: the settings of the one optimizer, for each of several."""
    optimizer = common.get("optimizer")
    if name != "optimizer" or not isinstance(optimizer, Mapping):
        return ""
    settings = [f"--vary optimizer.{key}={_written(value)}" for key, value in optimizer.items() if key != "name"]
    return f"Leave --optimizer out. For settings of each optimizer write {' '.join(settings)}." if settings else ""


def _call_with(name: str, value: Any) -> Call:
    """A call that has this value at a name of `grid`, and nothing else."""
    for part in reversed(name.split(WITHIN)):
        value = {part: value}
    found: Call = value
    return found


def _has(call: Any, name: str) -> bool:
    """Whether a call has a value where a name of `grid` sets one; an optimizer or objective that is a name has that."""
    for part in name.split(WITHIN):
        call = {"name": call} if isinstance(call, str) else call
        if not isinstance(call, Mapping) or part not in call:
            return False
        call = call[part]
    return True


def with_settings(optimizer: Any, settings: Call) -> Any:
    """An optimizer with settings that it does not have; what is no optimizer stays as it is, and is refused later."""
    if isinstance(optimizer, str):
        return {"name": optimizer, **settings}
    return {**settings, **optimizer} if isinstance(optimizer, Mapping) else optimizer


def _dotted(name: str) -> str:
    return name.replace(WITHIN, ".")


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _times(often: int) -> str:
    return "twice" if often == 2 else f"{often} times"
