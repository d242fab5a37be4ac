"""JSON of a service, read strictly: no NaN, no number beyond a float64, not deeper than any real answer."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 100  # levels of lists and objects; an array of NumPy's has 64 at most


def parse(body: bytes) -> Any:
    """What the JSON says; raises ValueError where it is none, whatever is wrong with it."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (RecursionError, MemoryError):
        raise ValueError("the JSON is too deep or too large") from None
    _refuse_extremes(value)
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _refuse_extremes(value: Any) -> None:
    """Look through all lists and objects, a level at a time: deep ones would end later in a RecursionError, 1e999 is no float64."""
    level: list[Any] = [[value]]
    for _ in range(DEEPEST + 1):
        if any(math.inf in items or -math.inf in items for items in level):
            raise ValueError("the JSON has a number that is too large for a float64")
        level = [_items(item) for items in level for item in items if type(item) is list or type(item) is dict]
        if not level:
            return
    raise ValueError(f"the JSON has more than {DEEPEST} levels")


def _items(container: Any) -> Any:
    return container.values() if type(container) is dict else container
