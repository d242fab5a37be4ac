"""What stands beside an expression: its starts, and the part of the space that is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...reading.bounds import LONGEST_NAME, MOST_MINIMA
from ...reading.faults import Collector, Fault, Refusal, refuse
from ...reading.tensors import expected, read_tensor

Window = list[tuple[float, float]]

#: The window of which nothing is known reaches so far from 0 along each axis.
REACH = 5.0

#: Where points are known, it reaches so many times as far from their middle as they do, and at least so far.
BEYOND, LEAST = 1.5, 2.0


def read_point(value: Any, dimension: int) -> list[float]:
    """One point: a list of numbers, one per variable, or a number where there is one variable."""
    numbers = read_tensor(value)
    if numbers.shape != (dimension,) and (dimension, numbers.shape) != (1, ()):
        raise refuse(f"expected a list of {dimension} number{'s' if dimension > 1 else ''}, one per variable")
    return [float(number) for number in numbers.reshape(-1)]


def read_starts(value: Any, dimension: int) -> dict[str, list[float]]:
    """The named starts of an expression."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refuse(expected('an object of named points such as {"A": [-5, -1]}', value))
    if len(value) > MOST_MINIMA:
        raise refuse(f"expected at most {MOST_MINIMA} starts, got {len(value)}")
    faults, starts = Collector(), dict[str, list[float]]()
    for name, point in value.items():
        with faults.at(name):
            if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
                raise refuse(f"expected a name of 1 to {LONGEST_NAME} printable characters")
            starts[name] = read_point(point, dimension)
    faults.settle()
    return starts


def read_window(value: Any, dimension: int) -> Window | None:
    """The window of an expression, one range per variable; None where there is none."""
    if value is None:
        return None
    wanted = f"a range per variable ({dimension}), such as {[[-5, 5]] * min(dimension, 2)}"
    if not isinstance(value, list | tuple):
        raise refuse(expected(wanted, value))
    ranges = read_tensor(value) if value else np.empty(0)
    if ranges.shape != (dimension, 2):
        raise refuse(f"expected {wanted}")
    if backwards := [axis for axis, (low, high) in enumerate(ranges.tolist()) if not low < high]:
        raise Refusal([Fault((axis,), "expected a range from a smaller number to a larger one") for axis in backwards])
    return [(low, high) for low, high in ranges.tolist()]


def usual_window(dimension: int, points: Sequence[Sequence[float]]) -> Window:
    """A window where none was posted: around the points that are known, as wide as high; else around 0."""
    if not points:
        return [(-REACH, REACH)] * dimension
    known = np.array(points, dtype=np.float64)
    low, high = known.min(axis=0), known.max(axis=0)
    middle = low / 2.0 + high / 2.0
    reach = max(BEYOND * float((high / 2.0 - low / 2.0).max()), LEAST, 1e-6 * float(np.abs(middle).max()))
    return [(float(each) - reach, float(each) + reach) for each in middle]
