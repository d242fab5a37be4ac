"""JSON of a service, read strictly: no NaN, no number beyond a float64, not deeper than any real answer."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 100  # levels of lists and objects; an array of NumPy's has 64 at most
MOST_LISTS = 10_000_000  # lists and objects; an empty one has 3 bytes in JSON and 70 in memory, and no answer has a tenth of these
LONGEST_WHOLE = 308  # digits of a whole number that every float64 holds


def parse(body: bytes) -> Any:
    """What the JSON says; raises ValueError where it is none, whatever is wrong with it."""
    if body.count(b"[") + body.count(b"{") > MOST_LISTS:
        raise ValueError(f"the JSON has more than {MOST_LISTS} lists and objects")
    try:
        has_long = _LONG in body.translate(_AS_ZEROS)
        value = (_CAREFUL if has_long else _DECODER).decode(body.decode("utf-8"))
    except (RecursionError, MemoryError):
        raise ValueError("the JSON is too deep or too large") from None
    _refuse_extremes(value)
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_WHOLE and math.isinf(float(digits)):
        raise ValueError("the JSON has a number that is too large for a float64")
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_CAREFUL = json.JSONDecoder(parse_constant=_refuse, parse_int=_whole)  # is several times as slow
_LONG, _AS_ZEROS = b"0" * (LONGEST_WHOLE + 1), bytes.maketrans(b"0123456789", b"0" * 10)


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
