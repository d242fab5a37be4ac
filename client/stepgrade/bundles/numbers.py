"""Submitted numbers beside those that a bundle keeps. Wrong shapes are differences, never errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepgrade.encoding import Floats
from stepgrade.messages import Json

TINY = 1e-300
SMALL = 1e-12  # relative differences are to no less than this


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be off: atol + rtol |expected|, and what float32 arithmetic gives, unless `precision` is float64."""

    rtol: float = 1e-6
    atol: float = 1e-9
    precision: str = "float32"

    @classmethod
    def read(cls, body: Json) -> Tolerance:
        """That of a check's body."""
        given = body.get("tolerance") or {}
        return cls(float(given.get("rtol", cls.rtol)), float(given.get("atol", cls.atol)), str(body.get("precision", cls.precision)))

    def around(self, expected: Floats) -> Floats:
        """How far each number may be off."""
        return self.atol + self.rtol * np.abs(expected)


@dataclass(frozen=True)
class Quantity:
    """Something to compare: which, at which step, what was submitted (None where it is missing), what is expected, and float32's room."""

    step: int
    name: str
    got: Any
    expected: Any
    room: Any = None


@dataclass(frozen=True)
class Difference:
    """How far a quantity is off: its first wrong number, if there is one; the share of the tolerance used; the relative difference
    and the difference, at most."""

    first: Json | None
    fit: float = 0.0
    residual: float = 0.0
    error: float = 0.0


def quantities(submission: Json, numbers: Json, room: Json | None = None) -> Iterator[Quantity]:
    """What there is to compare of a submission, in the order of the steps; update and state come after the last."""
    steps = numbers.get("recorded", [1])
    expected, rows = _rows(numbers), _submitted(submission, len(steps))
    rooms = _rows(room) if room is not None else [None] * len(steps)
    name = "params" if len(steps) == 1 else "points"
    for index, step in enumerate(steps):
        if index in rows or "params" not in submission or index == len(steps) - 1:
            yield Quantity(step, name, rows.get(index), expected[index], rooms[index])
    if not steps:
        return
    if submission.get("update") is not None and "update" in numbers:
        yield Quantity(steps[-1], "update", submission["update"], numbers["update"], rooms[-1])
    for slot, got in (submission.get("state") or {}).items():
        if got is not None:
            yield Quantity(steps[-1], f"state/{slot}", got, numbers["state"].get(slot), None if room is None else room["state"].get(slot))


def compare(quantity: Quantity, tolerance: Tolerance) -> Difference:
    """How far a quantity is off."""
    expected, got = _named(quantity.expected), _named(quantity.got)
    if got is None or expected is None or not _fits(got, expected):
        return Difference({"index": None, "expected": _shape(expected), "got": _shape(got), "relative_error": None})
    room = _named(quantity.room) or dict.fromkeys(expected, np.zeros(()))
    found = [_compare(got[name].reshape(wanted.shape), wanted, room[name], tolerance, name) for name, wanted in expected.items()]
    first = next((each.first for each in found if each.first is not None), None)
    fit, residual, error = (max(getattr(each, name) for each in found) for name in ("fit", "residual", "error"))
    return Difference(first, fit, residual, error)


def apart(one: Any, other: Any) -> float:
    """The largest difference of two quantities laid out alike; infinite where a number stands beside none."""
    first, second = _named(one), _named(other)
    if first is None or second is None:
        return np.inf
    with np.errstate(all="ignore"):
        found = [np.abs(first[name] - second[name].reshape(first[name].shape)) for name in first]
    return max(float(np.nan_to_num(each, nan=np.inf).max(initial=0.0)) for each in found)


def is_float32(submission: Json) -> bool:
    """Whether all the points can be held in float32, or all of a slot, and are not whole: one float32 array rounds what follows."""
    slots = [slot for name, slot in (submission.get("state") or {}).items() if name != "t"]
    return any(_in_float32(each) for each in (submission.get("params"), submission.get("points"), *slots))


def _in_float32(given: Any) -> bool:
    arrays = [array.reshape(-1) for array in (_named(given) or {}).values()]
    numbers = np.concatenate(arrays) if arrays else np.empty(0)
    numbers = numbers[np.isfinite(numbers)]
    with np.errstate(over="ignore"):
        return bool(numbers.size and (numbers.astype(np.float32) == numbers).all() and (numbers % 1 != 0).any())


def _compare(got: Floats, expected: Floats, room: Any, tolerance: Tolerance, name: str) -> Difference:
    allowed = tolerance.around(expected) + room
    with np.errstate(all="ignore"):
        error = np.abs(got - expected)
        agrees = (error <= allowed) | (~np.isfinite(got) & ~np.isfinite(expected))
        known = np.isfinite(expected) & np.isfinite(error)
        fit = float((error / np.maximum(allowed, TINY)).max(initial=0.0, where=known))
        residual = float((error / np.maximum(np.abs(expected), SMALL)).max(initial=0.0, where=known))
        largest = float(error.max(initial=0.0, where=known))
    if agrees.all():
        return Difference(None, fit, residual, largest)
    index = tuple(np.argwhere(~agrees)[0].tolist())
    value, wanted = float(got[index]), float(expected[index])
    relative = abs(value - wanted) / abs(wanted) if wanted and np.isfinite([value, wanted]).all() else None
    place = [*([name] if name else []), *index]
    return Difference({"index": place, "expected": _number(wanted), "got": _number(value), "relative_error": relative}, fit, residual)


def _rows(numbers: Json) -> list[Any]:
    """The points of each step, whether they are a list of named tensors or named lists."""
    if "params" in numbers:
        return [numbers["params"]]
    points = numbers["points"]
    if not isinstance(points, Mapping):
        return list(points) if isinstance(points, list) else [points]
    columns = [column if isinstance(column, list) else [column] for column in points.values()]
    return [dict(zip(points, row, strict=True)) for row in zip(*columns, strict=False)]


def _submitted(submission: Json, count: int) -> dict[int, Any]:
    """The submitted points by compared step; those of the start are left out, and of too many none is right."""
    if "params" in submission:
        return {count - 1: submission["params"]}
    rows = _rows(submission)
    if len(rows) == count + 1:
        rows = rows[1:]
    return dict(enumerate(rows)) if len(rows) <= count else dict.fromkeys(range(count), rows)


def _named(value: Any) -> dict[str, Floats] | None:
    """The tensors by name, that of a plain tensor is empty; None where something is no tensor."""
    parts = value if isinstance(value, Mapping) else {"": value}
    if value is None:
        return None
    try:
        with np.errstate(over="ignore"):
            return {name: np.asarray(part, dtype=np.float64) for name, part in parts.items()}  # None becomes nan
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def _fits(got: Mapping[str, Floats], expected: Mapping[str, Floats]) -> bool:
    """Whether the layout is the one expected; a number may stand for a list of one."""
    alike = (got[name].shape == array.shape or got[name].size == array.size == 1 for name, array in expected.items() if name in got)
    return got.keys() == expected.keys() and all(alike)


def _shape(tensors: dict[str, Floats] | None) -> Any:
    if tensors is None:
        return "no numbers"
    shapes = {name: list(array.shape) for name, array in tensors.items()}
    return shapes.get("", shapes)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
