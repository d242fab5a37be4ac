"""How the forms are written that hold many numbers: lines of JSON, rows of CSV, NumPy arrays."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.reading.cost import Price
from ..negotiation import json_bytes

JSON, NDJSON, CSV, NPZ = "application/json", "application/x-ndjson", "text/csv", "application/x-npz"


@dataclass(frozen=True)
class FormPrice:
    """What a form costs, in units of work: each number, each row, each entry of a row, and each tensor that is named in a row.

    `bytes` are those that a number takes up while the answer is made, `row_bytes` those of a row.
    """

    number: float = 0.0
    row: float = 0.0
    entry: float = 0.0
    named: float = 0.0
    bytes: float = 0.0
    row_bytes: float = 0.0

    def of(self, numbers: float, rows: float = 0.0, entries: float = 0.0, named: float = 0.0) -> Price:
        """The price of so many of each."""
        work = self.number * numbers + self.row * rows + self.entry * entries + self.named * named
        return Price(work, memory=self.bytes * numbers + self.row_bytes * rows)


def ndjson(documents: Iterable[Any]) -> bytes:
    """A line for each document."""
    # A line with its end is a copy of its own length; what orjson returns keeps a buffer of a kilobyte and more.
    return b"".join([json_bytes(document) + b"\n" for document in documents])


def csv_head(names: Sequence[str]) -> bytes:
    """The names of the columns, quoted where they must be."""
    text = StringIO()
    csv.writer(text).writerow(names)
    return text.getvalue().encode()


def csv_rows(columns: Iterable[NDArray[Any] | Sequence[Any]]) -> bytes:
    """Rows of numbers: a cell is what JSON has there, and empty where JSON has null."""
    cells = [json_bytes(column)[1:-1].replace(b"null", b"").split(b",") for column in columns]
    return b"".join(b",".join(row) + b"\r\n" for row in zip(*cells, strict=True))


def npz(meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """NumPy arrays by name, and the rest as JSON in `meta`."""
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, meta=np.array(json_bytes(meta).decode()), **arrays)
    return buffer.getvalue()
