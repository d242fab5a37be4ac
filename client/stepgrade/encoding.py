"""Numbers to JSON and back, exactly: every float64 that leaves comes back as the same float64."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stepgrade.errors import InvalidArgument
from stepgrade.labels import is_series, labels_of
from stepgrade.messages import Json

Floats = NDArray[np.float64]
Params = ArrayLike | Mapping[str, ArrayLike]
NamedFloats = dict[str, Floats]
Arrays = Floats | NamedFloats

#: The layout of a result: one tensor, or named tensors.
Layout_co = TypeVar("Layout_co", bound=Arrays, covariant=True)

NUMERIC = frozenset({"params", "gradient", "gradients", "value", "values", "hessian_diagonal", "start"})
Path = tuple[str | int, ...]


def body(**fields: Any) -> Json:
    """A request's body from its fields, without those that are None. The fields in `NUMERIC` may hold nothing but numbers.

    Raises
    ------
    InvalidArgument
        NaN or infinity anywhere, something other than numbers in a numeric field, something JSON cannot say.
    """
    return {
        name: plain(value, (name,), numeric=name in NUMERIC and not (name == "start" and isinstance(value, str)))
        for name, value in fields.items()
        if value is not None
    }


def plain(value: Any, path: Path = (), *, numeric: bool = False) -> Any:
    """`value` in JSON's own types: numbers, lists, NumPy arrays and scalars (or what turns into one), mappings of these.

    A pandas Series with names as labels is a mapping; with other labels it is an array. An array must have no masked entries.
    With `numeric`, numbers alone are allowed inside and all become floats, so that equal numbers make equal requests.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, path, numeric)
    if isinstance(value, (list, tuple)):
        return [plain(item, (*path, index), numeric=numeric) for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {_name(key, path): plain(item, (*path, key), numeric=numeric) for key, item in value.items()}
    if is_series(value):
        return _series(value, path, numeric)
    if hasattr(value, "__array__"):
        return _array(_unmasked(value, path), path, numeric)
    if (value is None or isinstance(value, (bool, str))) and not numeric:
        return value
    kinds = "numbers" if numeric else "numbers, text"
    raise _refusal(path, f"must be {kinds}, or lists, NumPy arrays or mappings of these, not {value!r:.60} ({type(value).__name__})")


def tensor(value: Any) -> Arrays:
    """A params of an answer as float64 arrays; a number becomes a 0-d one."""
    if isinstance(value, Mapping):
        return {name: floats(item) for name, item in value.items()}
    return floats(value)


def floats(value: Any) -> Floats:
    """Numbers of an answer as a float64 array, null as NaN; raises TypeError or ValueError where there is anything else in it."""
    array = np.asarray(value)
    is_mixed = array.dtype.kind == "O" and any(each is not None and not isinstance(each, (int, float)) for each in array.flat)
    if array.dtype.kind not in "fiuO" or is_mixed:
        raise TypeError("expected numbers")
    return array.astype(np.float64)


def stacked(rows: Sequence[Any] | Mapping[str, Any]) -> Arrays:
    """One params per row as one array of shape (rows, *shape), or a dict of such arrays; a row that is null is NaN throughout."""
    if isinstance(rows, Mapping):
        return {name: _stack(column) for name, column in rows.items()}
    known = next((row for row in rows if row is not None), None)
    if isinstance(known, Mapping):
        return {name: _stack([None if row is None else row[name] for row in rows]) for name in known}
    return _stack(rows)


def thawed(value: Any) -> Any:
    """A state or a measure of an answer: lists as arrays, in mappings too; numbers, text and null as they are.

    Arrays are float64, or int64 where the answer counts.
    """
    if isinstance(value, Mapping):
        return {name: thawed(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    try:
        array = np.asarray(value)
        return array if array.dtype == np.int64 else array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):  # unequal lengths
        return [thawed(item) for item in value]


def _stack(rows: Sequence[Any]) -> Floats:
    known = next((floats(row) for row in rows if row is not None), np.zeros(()))
    gap = np.full(known.shape, np.nan).tolist()
    return floats([gap if row is None else row for row in rows]) if len(rows) else np.zeros(0)


def _number(value: int | float, path: Path, numeric: bool) -> int | float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _refusal(path, f"must be a finite number, not {value!r:.60}")
    return number if numeric or isinstance(value, float) else int(value)


def _series(series: Any, path: Path, numeric: bool) -> Any:
    try:
        labels = labels_of(series)
    except ValueError as fault:
        raise _refusal(
            path, f"{fault}: a pandas Series with names is an object of named tensors. Use to_numpy() to send only numbers"
        ) from None
    if labels is None:
        return _array(np.asarray(series), path, numeric)
    return {label: plain(item, (*path, label), numeric=numeric) for label, item in zip(labels, series, strict=True)}


def _unmasked(value: Any, path: Path) -> NDArray[Any]:
    """An array; raises InvalidArgument where entries of it are masked, since NumPy gives what is under the mask."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        first = tuple(np.argwhere(np.ma.getmaskarray(value))[0].tolist())
        raise _refusal((*path, *first), "must be a number, not a masked entry. Fill the array first, for example with filled(0.0)")
    return np.asarray(value)


def _array(array: NDArray[Any], path: Path, numeric: bool) -> Any:
    if array.dtype.kind in "iu":
        return (array.astype(np.float64) if numeric else array).tolist()
    if array.dtype.kind == "O" and array.ndim:
        return plain(array.tolist(), path, numeric=numeric)
    if array.dtype.kind == "b" and not numeric:
        return array.tolist()
    if array.dtype.kind != "f":
        raise _refusal(path, f"must be an array of floats or integers, not of {array.dtype}")
    with np.errstate(over="ignore"):
        floats = array.astype(np.float64)
    if not np.isfinite(floats).all():
        first = tuple(np.argwhere(~np.isfinite(floats))[0].tolist())
        raise _refusal((*path, *first), f"must be a finite number, not {array[first]}")
    return floats.tolist()


def _name(key: Any, path: Path) -> str:
    if not isinstance(key, str):
        raise _refusal(path, f"must have names that are text, not {key!r:.60}")
    return key


def _refusal(path: Path, reason: str) -> InvalidArgument:
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return InvalidArgument(f"{pointer or 'the value'} {reason}", pointer=pointer)
