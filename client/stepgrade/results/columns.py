"""Arrays as named columns, one column per number, with the names of the service's CSV: `point.0`, `point.W1.0.3`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.encoding import Arrays, Floats
from stepgrade.plain_text import harmless
from stepgrade.results.blocks import cell

LISTED = 4  # numbers that are shown one by one


def each_column(prefix: str, arrays: Arrays) -> Iterator[tuple[str, Floats]]:
    """Each number of arrays of shape (rows, *shape) as a name and a column of shape (rows,)."""
    if isinstance(arrays, dict):
        for name, array in arrays.items():
            yield from each_column(f"{prefix}.{_quoted(name)}", array)
    else:
        for index in np.ndindex(*arrays.shape[1:]):
            yield ".".join([prefix, *map(str, index)]), arrays[(slice(None), *index)]


def columns(prefix: str, arrays: Arrays | None, most: int | None = None) -> dict[str, Floats]:
    """The columns of arrays by name, or the first of them."""
    return {} if arrays is None else dict(islice(each_column(prefix, arrays), most))


def numbers(value: Any) -> list[Any]:
    """All the numbers of a tensor or of named tensors, in order; those of an array of int stay whole."""
    parts = value.values() if isinstance(value, Mapping) else [value]
    return [number for part in parts for number in _array(part).reshape(-1).tolist()]


def listed(value: Any) -> Any:
    """A few numbers of a tensor as text, or how many there are, with their sum if they count; what is no tensor as it is."""
    if not isinstance(value, (np.ndarray, Mapping)):
        return value
    each = numbers(value)
    if len(each) <= LISTED:
        return ", ".join(map(cell, each))
    return f"{sum(each)} in {len(each)}" if all(isinstance(number, int) for number in each) else f"{len(each)} numbers"


def flattened(summary: Mapping[str, Any]) -> dict[str, Any]:
    """A summary with every number under a name of its own: `sign_flips.0`."""
    flat: dict[str, Any] = {}
    for name, value in summary.items():
        arrays = isinstance(value, (np.ndarray, Mapping))
        flat |= {each: column[0] for each, column in columns(name, _one_row(value)).items()} if arrays else {name: value}
    return flat


def _one_row(value: Any) -> Arrays:
    return {name: _array(each)[None] for name, each in value.items()} if isinstance(value, Mapping) else _array(value)[None]


def _array(value: Any) -> NDArray[Any]:
    """An array, of objects where the lists in it have unequal lengths."""
    try:
        return np.asarray(value)
    except ValueError:
        array = np.empty(len(value), dtype=object)
        array[:] = [harmless(each, 100) for each in value]
        return array


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace(".", "\\.")
