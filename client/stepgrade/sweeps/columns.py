"""A call and its answer as cells of columns: one number, or one text, per call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = float | str | None
Column = NDArray[Any]

#: Lists that are longer have no columns: a set of examples would have thousands.
MOST_IN_LIST = 4

#: Objects of an answer whose members are columns.
OPENED = ("summary", "measures")

#: What a column of text has for a call that has none there, and a column of numbers.
NO_TEXT, NO_NUMBER = "", float("nan")


def cells_of_call(call: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """The arguments of a call: `call.optimizer.lr`, `call.start.0`."""
    for name, value in call.items():
        yield from _cells(f"call.{name}", value)


def cells_of_answer(answer: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """What an answer says in single numbers and texts: `status`, `steps`, `settling_step`, `sign_flips.0`."""
    for name, value in answer.items():
        if name in OPENED and isinstance(value, Mapping):
            for inner, measured in value.items():
                yield from _cells(inner, measured, opens=False)
        elif not isinstance(value, (Mapping, list)):
            yield from _cells(name, value)


def columns_of(rows: Sequence[Mapping[str, Cell]]) -> dict[str, Column]:
    """The columns of some rows, each as long as there are rows; numbers are float64, and NaN where a row has none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _column([row.get(name) for row in rows]) for name in names}


def joined(parts: Iterable[Column]) -> Column:
    """One column from its parts; a part of NaN alone is a part of empty texts where others are of text."""
    found = list(parts)
    if any(part.dtype.kind == "U" for part in found):
        found = [part if part.dtype.kind == "U" else _as_text(part) for part in found]
    return np.concatenate(found) if found else np.empty(0)


def _cells(name: str, value: Any, opens: bool = True) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, Mapping):
        for inner, each in value.items() if opens else ():
            yield from _cells(f"{name}.{inner}", each)
    elif isinstance(value, list):
        for number, each in enumerate(value) if len(value) <= MOST_IN_LIST else ():
            yield from _cells(f"{name}.{number}", each, opens)
    else:
        yield name, value


def _column(cells: Sequence[Cell]) -> Column:
    if any(isinstance(cell, str) for cell in cells):
        return np.array([NO_TEXT if cell is None else str(cell) for cell in cells])
    return np.array([NO_NUMBER if cell is None else cell for cell in cells], dtype=np.float64)


def _as_text(numbers: Column) -> Column:
    return np.array([NO_TEXT if np.isnan(number) else str(number) for number in numbers])
