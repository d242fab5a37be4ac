"""How the forms are written that hold many numbers: lines of JSON, rows of CSV, NumPy arrays."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..negotiation import json_bytes

JSON, NDJSON, CSV, NPZ = "application/json", "application/x-ndjson", "text/csv", "application/x-npz"


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
