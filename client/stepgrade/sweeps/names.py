"""The names of a call, held to the arguments of the method of the client."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from inspect import signature
from typing import Any

from stepgrade.choices import Method
from stepgrade.errors import InvalidArgument


def hold_call(kind: Any, method: Method, names: Iterable[str], which: str = "A call of") -> None:
    """Hold the names of a call to the arguments of the method of a client; raises InvalidArgument for an unknown and for a missing one."""
    known, needed = _arguments(getattr(kind, method))
    for name in sorted(set(names) - {*known}, key=str):
        near = get_close_matches(str(name), known, 1)
        told = f"did you mean {near[0]}?" if near else f"the arguments of {method} are {', '.join(known)}."
        raise InvalidArgument(f"unknown name {name}; {told}", pointer=f"/{name}")
    missing = [name for name in needed if name not in names]
    if missing:
        raise InvalidArgument(f"{which} {method} needs {' and '.join(missing)}.", pointer="")


@cache
def _arguments(function: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a method's arguments, and those without a default."""
    known = {name: each for name, each in signature(function).parameters.items() if name != "self"}
    return tuple(known), tuple(name for name, each in known.items() if each.default is each.empty)
