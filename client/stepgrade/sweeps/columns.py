"""A call and its answer as cells of columns: one number, or one text, per call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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


def cells_of_arrays(members: Mapping[str, Any]) -> Iterator[tuple[str, Cell | Column]]:
    """The same for many answers at once: a member is a value that all have, or an array with an entry for each of them."""
    for name, value in members.items():
        if not isinstance(value, np.ndarray) or value.ndim == 1:
            if not isinstance(value, Mapping):
                yield name, value
        elif max(value.shape[1:]) <= MOST_IN_LIST:
            for place in np.ndindex(*value.shape[1:]):
                yield ".".join([name, *map(str, place)]), value[:, *place]


@dataclass(frozen=True)
class RowsAlike:
    """Some rows, by number, which have the same cells: a value for all of them, or a column of them."""

    rows: NDArray[np.intp]
    cells: Mapping[str, Cell | Column]

    def between(self, first: int, last: int) -> RowsAlike:
        """Those from number `first` to before number `last`, numbered from 0."""
        some = (self.rows >= first) & (self.rows < last)
        if some.all() and first == 0:
            return self
        cells = {name: cell[some] if isinstance(cell, np.ndarray) else cell for name, cell in self.cells.items()}
        return RowsAlike(self.rows[some] - first, cells)


def parts_of_rows(rows: Mapping[int, Mapping[str, Cell]]) -> list[RowsAlike]:
    """Rows by their numbers, those together that have the same cells."""
    found = dict[tuple[str, ...], list[int]]()
    for number, row in rows.items():
        found.setdefault(tuple(row), []).append(number)
    return [
        RowsAlike(np.array(numbers), {name: _column([rows[number][name] for number in numbers]) for name in names})
        for names, numbers in found.items()
    ]


def arranged(parts: Iterable[RowsAlike], count: int) -> dict[str, Column]:
    """The columns of so many rows, by the order in which they first have a cell; numbers are float64, and NaN where a row has none."""
    in_order = sorted(parts, key=lambda part: part.rows[0])
    names = dict.fromkeys(name for part in in_order for name in part.cells)
    return {name: _arranged([(part.rows, part.cells[name]) for part in in_order if name in part.cells], count) for name in names}


def _arranged(pieces: Sequence[tuple[NDArray[np.intp], Cell | Column]], count: int) -> Column:
    columns = [(rows, cells if isinstance(cells, np.ndarray) else _column([cells])) for rows, cells in pieces]
    if not any(cells.dtype.kind == "U" for _, cells in columns):
        numbers = np.full(count, NO_NUMBER)
        for rows, cells in columns:
            numbers[rows] = cells
        numbers[np.isinf(numbers)] = NO_NUMBER  # JSON has none
        return numbers
    texts = [(rows, np.array(cells.tolist()) if cells.dtype.kind == "U" else _as_text(cells)) for rows, cells in columns]
    written = np.full(count, NO_TEXT, dtype=max((cells.dtype for _, cells in texts), key=lambda kind: kind.itemsize))
    for rows, cells in texts:
        written[rows] = cells
    return written


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
        return np.array([NO_TEXT if cell is None else cell if isinstance(cell, str) else str(_number(cell)) for cell in cells])
    return np.array([_number(cell) for cell in cells])


def _number(cell: Cell) -> float:
    try:
        return NO_NUMBER if cell is None else float(cell)
    except OverflowError:  # a whole number that no float64 is
        return NO_NUMBER


def _as_text(numbers: Column) -> Column:
    return np.array([NO_TEXT if np.isnan(number) else str(number) for number in numbers])
