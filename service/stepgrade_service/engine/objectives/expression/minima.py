"""The minima of an expression: posted and held to what they claim, or found by a search and called candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reading.bounds import MOST_MINIMA
from ...reading.faults import MISSING, Collector, refuse, unknown
from ...reading.nulls import without_null
from ...reading.tensors import expected, is_number
from .around import read_point
from .kernel import TAPE
from .tape import Tape

Array = NDArray[np.float64]

#: Minima that were posted, and those that a search found.
GIVEN, CANDIDATE = "minimum", "candidate"
KINDS = (GIVEN, CANDIDATE)

#: A minimum is posted with a few digits: within so much of its size nothing may be lower than it is.
NEARBY = 1e-3

#: Of values of this size a difference of so much may be rounding.
ROUNDING = 1e-9

#: A value that comes with a minimum is ours if it is as near.
SAME = 1e-9


@dataclass(frozen=True)
class Minimum:
    """A minimum, the value there, and how it is known."""

    point: list[float]
    value: float
    kind: str

    @property
    def echo(self) -> dict[str, Any]:
        return {"point": self.point, "value": self.value, "kind": self.kind}


def evaluate(tape: Tape, points: Array) -> tuple[Array, Array]:
    """Values (runs,) and gradients (dimension, runs) at points (dimension, runs)."""
    points = np.ascontiguousarray(points, dtype=np.float64)
    values, gradients = np.empty(points.shape[1]), np.empty_like(points)
    with np.errstate(all="ignore"):
        TAPE.call(points, tape.packed, values, gradients)
    return values, gradients


def read_minima(value: Any, tape: Tape, dimension: int) -> list[Minimum]:
    """Posted minima: points, or objects as they are echoed; raises Refusal where one is none."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise refuse(expected("a list of points, one per minimum", value))
    if not 1 <= len(value) <= MOST_MINIMA:
        raise refuse(f"expected from 1 to {MOST_MINIMA} minima, got {len(value)}")
    faults, minima = Collector(), list[Minimum]()
    for number, entry in enumerate(value):
        with faults.at(number):
            minima.append(_read_minimum(entry, tape, dimension))
    faults.settle()
    return minima


def _read_minimum(entry: Any, tape: Tape, dimension: int) -> Minimum:
    if not isinstance(entry, Mapping):
        return held_minimum(read_point(entry, dimension), tape, GIVEN)
    faults, entry = Collector(), without_null(entry, ("value", "kind"))
    for key in entry:
        if key not in ("point", "value", "kind"):
            faults.add(unknown("member of a minimum", key, ("point", "value", "kind"), before=len(faults.faults)), key)
    kind, claimed, found = entry.get("kind", GIVEN), entry.get("value"), None
    if kind not in KINDS:
        faults.add(f"expected {' or '.join(KINDS)}", "kind")
    with faults.at("point"):
        if "point" not in entry:
            raise refuse(f"{MISSING}: expected a list of numbers, one per variable")
        found = held_minimum(read_point(entry["point"], dimension), tape, kind)
    if claimed is not None and not is_number(claimed):
        faults.add(expected("a number", claimed), "value")
    elif claimed is not None and found and not abs(claimed - found.value) <= SAME * max(abs(found.value), 1.0):
        faults.add(f"expected {found.value!r}, the value of the expression there; it can be left out", "value")
    faults.settle()
    assert found is not None
    return found


def held_minimum(point: list[float], tape: Tape, kind: str) -> Minimum:
    """A minimum with its value; raises Refusal where that is not finite, or where the expression is lower nearby."""
    at = np.array(point)
    values, gradients = evaluate(tape, at.reshape(-1, 1))
    if not np.isfinite(values[0]):
        raise refuse("the expression is not finite there")
    reach, steps = NEARBY * (1.0 + float(np.abs(at).max())), [np.eye(len(point)), -np.eye(len(point))]
    length = float(np.linalg.norm(gradients[:, 0]))
    if 0.0 < length < np.inf:
        steps.append(-gradients.T / length)
    around = at[:, None] + reach * np.concatenate(steps).T
    nearby, _ = evaluate(tape, around)
    lower = np.where(np.isfinite(nearby), nearby, np.inf)
    lowest, rounding = int(lower.argmin()), ROUNDING * max(abs(values[0]), *(abs(value) for value in nearby if np.isfinite(value)), 0.0)
    if lower[lowest] < values[0] - rounding:
        told = ", ".join(f"{number:.6g}" for number in around[:, lowest])
        raise refuse(f"this is not a minimum: the value is {values[0]:.6g} here, and {lower[lowest]:.6g} at ({told})")
    return Minimum(point, float(values[0]), kind)
