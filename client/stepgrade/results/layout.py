"""The layout of params: an answer comes in that of its request, for a student's code works on with what it gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from stepgrade.encoding import Arrays, tensor

Layout = dict[str | None, tuple[int, ...]]


def layout(arrays: Arrays) -> Layout:
    """The shape of each part, by its name; None is the name of a single tensor."""
    return {name: part.shape for name, part in _parts(arrays)}


def refuse_other_layout(asked: Any, answered: Iterable[Arrays | None]) -> None:
    """Raise ValueError where one of these is not laid out like the numbers `asked` of a request."""
    if isinstance(asked, (int, float, list, dict)):
        wanted = layout(tensor(asked))
        if any(layout(arrays) != wanted for arrays in answered if arrays is not None):
            raise ValueError("params come back in the layout in which they were sent")


def refuse_other_rows(asked: Any, answered: Iterable[Arrays | None]) -> None:
    """The same for arrays that have a row for each step."""
    refuse_other_layout(asked, [_first(arrays) for arrays in answered if arrays is not None and not _is_empty(arrays)])


def _first(rows: Arrays) -> Arrays:
    return {name: part[0] for name, part in rows.items()} if isinstance(rows, dict) else rows[0]


def _is_empty(rows: Arrays) -> bool:
    """Whether there are no rows, or each of them is null, as the update before the first step is: then nobody knows a layout."""
    return all(not len(part) or (part.ndim == 1 and np.isnan(part).all()) for _, part in _parts(rows))


def _parts(arrays: Arrays) -> Iterable[tuple[str | None, Any]]:
    return arrays.items() if isinstance(arrays, dict) else [(None, arrays)]
