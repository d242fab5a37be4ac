"""What a student's code returned, as JSON: nothing in it may stop a check, for what is wrong with it is what a check is to say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.labels import is_series, labels_of

DEEPEST = 32
NOT_NUMBERS = "not numbers"


def submitted(value: Any, depth: int = 0) -> Any:
    """`value` in JSON's own types.

    Arrays, lists, mappings, and tensors of other libraries (by `detach`, `cpu` and `numpy`, where they have these) become nested lists;
    a pandas Series with names becomes a mapping; NaN, infinity and masked entries become null; what holds no numbers becomes text, which
    the service takes for a wrong shape.
    """
    if value is None or (isinstance(value, str) and depth):
        return value
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if depth > DEEPEST:
        return NOT_NUMBERS
    if isinstance(value, Mapping):
        return {str(name): submitted(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [submitted(item, depth + 1) for item in value]
    if (named := _named(value)) is not None:
        return submitted(named, depth)
    array = as_array(value)
    return NOT_NUMBERS if array is None else _listed(array, depth)


def _named(value: Any) -> dict[str, Any] | None:
    """The entries of a labelled series by their names; None of anything else."""
    try:
        labels = labels_of(value) if is_series(value) else None
        return None if labels is None else dict(zip(labels, value, strict=True))
    except Exception:  # whatever a foreign class raises
        return None


def as_array(value: Any) -> NDArray[Any] | None:
    """An array of what can be made one, None of what cannot; nothing it raises gets out."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value) and value.dtype.kind in "fiub":
        return np.asarray(np.ma.filled(value.astype(np.float64), np.nan))
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    try:
        for way in ("detach", "cpu"):
            value = getattr(value, way)() if hasattr(value, way) else value
        if hasattr(value, "numpy"):
            return np.asarray(value.numpy())
        return np.asarray(value) if hasattr(value, "__array__") or np.isscalar(value) else None
    except Exception:  # a tensor of a kind NumPy lacks, such as bfloat16
        return _by_list(value)


def _by_list(value: Any) -> NDArray[Any] | None:
    try:
        return np.asarray(value.tolist(), dtype=np.float64)
    except Exception:  # whatever a foreign class raises
        return None


def _number(value: int | float) -> float | None:
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _listed(array: NDArray[Any], depth: int) -> Any:
    if array.dtype.kind == "O":
        return submitted(array.tolist() if array.ndim else None, depth + 1)
    if array.dtype.kind not in "fiub":
        return NOT_NUMBERS
    with np.errstate(over="ignore"):
        floats = array.astype(np.float64)
    if np.isfinite(floats).all():
        return floats.tolist()
    return submitted(floats.tolist(), depth + 1)
