"""Level lines of an objective of two parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, isfinite, log2, log10
from typing import Any

import contourpy
import numpy as np
from numpy.typing import NDArray

from .compiled.simplify import simplified
from .objectives.resolve import Problem
from .reading.bounds import MAX_LEVELS
from .reading.cost import Advice, Limits, Price, TooCostly
from .reading.faults import Collector, Fault, Refusal, refuse, whole
from .reading.tensors import expected, read_tensor

Array = NDArray[np.float64]
Window = tuple[tuple[float, float], tuple[float, float]]

DEFAULT_LEVELS = 12
RESOLUTION = 301

#: Beyond this a value counts as not finite: differences of two such values might overflow.
LARGEST_VALUE = 1e300

#: A landscape that rises by less is flat: there is nothing left to divide.
LEAST_RISE = 1e-290

TWO_RANGES = "two ranges, one per parameter, such as [[-5, 5], [-2, 2]]"

#: How strongly automatic levels may crowd towards the lowest value, and the least share of the window below one of them:
#: the grid would break a smaller shape, such as the bottom of a narrow valley, to pieces.
MOST_CROWDED = 8.0
LEAST_SHARE = 0.002

#: So many variables of an expression are named where there are too many or too few.
MOST_NAMED = 8


@dataclass(frozen=True)
class Contours:
    """Level lines as computed.

    `levels` is (levels,); `polylines` has for each of them its lines, (points, 2) each, in x then y. A closed line ends where
    it began. `window` is ((from, to), (from, to)), the first parameter's range and the second's.
    """

    problem: Problem
    window: Window
    levels: Array
    polylines: tuple[tuple[Array, ...], ...]


ADVICE = Advice(work="ask for fewer levels", at_work="levels", answer="ask for fewer levels", at_answer="levels")

#: The work of a grid and of the lines of one level; how many numbers they have as a rule; and what all of it takes up, in bytes.
A_GRID, A_LEVEL, NUMBERS_A_LEVEL, GRID_BYTES, BYTES = 4e5, 3.4e4, 1100.0, 5e6, 30.0


def price_of(problem: Problem, levels: int | Array | None) -> Price:
    """What contour lines cost. How long they are is known when they are drawn: of a rugged landscape they are longer than priced."""
    count = levels.size if isinstance(levels, np.ndarray) else levels or DEFAULT_LEVELS
    evaluated = RESOLUTION**2 * problem.price.each
    numbers = NUMBERS_A_LEVEL * count
    work = problem.work_before() + A_GRID + evaluated + A_LEVEL * count
    return Price(work, numbers, GRID_BYTES + BYTES * numbers)


def contours(
    problem: Problem,
    window: Any = None,
    levels: Any = None,
    tolerance: float | None = None,
    resolution: int = RESOLUTION,
    limits: Limits | None = None,
) -> Contours:
    """Level lines of an objective of two parameters; raises Refusal with every fault, TooCostly where the answer is too large.

    window: [[from, to], [from, to]], one range a parameter, as the catalogue has it; the objective's usual one if None.
    levels: the values at which lines are drawn, or how many of them; about a dozen if None.
    tolerance: how far a line may be from the one that the grid gives, in the units of the parameters: lines are simplified and rounded
    within it; not at all if None.
    resolution: grid points along each axis, between which the lines are interpolated linearly. Where the objective is not
    finite there is no line.
    """
    faults, view, heights = Collector(), None, None
    with faults.at("objective"):
        hold_to_the_plane(problem)
    with faults.at("window"):
        view = _usual_window(problem) if window is None else read_window(window)
    with faults.at("levels"):
        heights = read_levels(levels)
    faults.settle()
    assert view is not None
    x, y, values = _landscape(problem, view, resolution)
    if not isinstance(heights, np.ndarray):
        heights = spread_levels(values.compressed(), _lowest_known(problem, view), heights or DEFAULT_LEVELS)
    lines = _polylines(x, y, values, heights, limits or Limits())
    if tolerance is not None:
        lines = tuple(tuple(simplified(line, tolerance) for line in level) for level in lines)
    return Contours(problem, view, heights, lines)


def automatic_levels(problem: Problem, window: Window, count: int = DEFAULT_LEVELS) -> Array:
    """The levels that `contours` chooses over a window: at most `count`."""
    _, _, values = _landscape(problem, window, RESOLUTION)
    return spread_levels(values.compressed(), _lowest_known(problem, window), count)


def hold_to_the_plane(problem: Problem) -> None:
    """Raises Refusal where the objective has not two parameters; the variables of an expression are told by their names."""
    if problem.dimension != 2:
        which = f": {', '.join(problem.variables[:MOST_NAMED])}" if problem.expression else ""
        raise refuse(f"expected an objective of two parameters; {problem.objective.name} has {problem.dimension} here{which}")


def _usual_window(problem: Problem) -> Window:
    """The window of the catalogue; raises Refusal where the parameters put it so far out that float64 cannot divide it."""
    try:
        return read_window(problem.facts.window)
    except Refusal:
        raise refuse(
            f"expected a window: with these parameters float64 cannot divide the usual window of {problem.objective.name}"
        ) from None


def read_window(window: Any) -> Window:
    """Read [[from, to], [from, to]]; raises Refusal where it is empty, upside down or not finite."""
    if not isinstance(window, Sequence | np.ndarray) or isinstance(window, str):
        raise refuse(expected(TWO_RANGES, window))
    ranges = read_tensor(window)
    if ranges.shape != (2, 2):
        raise refuse(f"expected {TWO_RANGES}")
    backwards = [axis for axis, (low, high) in enumerate(ranges) if not low < high]
    if backwards:
        raise Refusal([Fault((axis,), "expected a range from a smaller number to a larger one") for axis in backwards])
    for axis, (low, high) in enumerate(ranges.tolist()):
        if not isfinite(high - low) or (np.diff(np.linspace(low, high, RESOLUTION)) <= 0).any():
            raise refuse("expected a wider range: float64 cannot divide this one into a grid", axis)
    (left, right), (bottom, top) = ranges.tolist()
    return (left, right), (bottom, top)


def read_levels(levels: Any) -> int | Array | None:
    """Read how many levels, or which: (levels,); None stays None. Raises Refusal where they are neither."""
    if levels is None:
        return None
    count = whole(levels)
    if count is not None:
        if not 1 <= count <= MAX_LEVELS:
            raise refuse(f"expected from 1 to {MAX_LEVELS} levels")
        return count
    if not isinstance(levels, Sequence | np.ndarray) or isinstance(levels, str):
        raise refuse(expected("a list of numbers, or the number of levels as a whole number", levels))
    if len(levels) > MAX_LEVELS:
        raise refuse(f"expected at most {MAX_LEVELS} levels, got {len(levels)}")
    heights = read_tensor(levels) if len(levels) else np.empty(0)
    if heights.ndim != 1:
        raise refuse("expected a list of numbers")
    return heights


def _landscape(problem: Problem, window: Window, resolution: int) -> tuple[Array, Array, Any]:
    """The axes of a grid, and the objective on it, (y, x), as one batch; masked where it is not finite."""
    x, y = (np.linspace(low, high, resolution) for low, high in window)
    points = np.array([np.tile(x, y.size), np.repeat(y, x.size)])
    with np.errstate(all="ignore"):
        values, _ = problem.evaluate(points)
    values = values.reshape(y.size, x.size)
    return x, y, np.ma.masked_where(~(np.abs(values) < LARGEST_VALUE), values)


def _lowest_known(problem: Problem, window: Window) -> float:
    """The least value at the known minima within the window; infinity where there is none."""
    within = [
        value
        for minimum, value in zip(problem.facts.minima, problem.facts.value_at_minima, strict=True)
        if all(low <= coordinate <= high for coordinate, (low, high) in zip(minimum, window, strict=True))
    ]
    return min(within, default=float("inf"))


def spread_levels(values: Array, lowest: float, count: int) -> Array:
    """Levels, rounded, that show a valley as well as a bowl: at most `count`, and none where nothing rises.

    values: (points,), those on the grid; lowest: the objective's least value, if that is less than all of them.
    Level k of n stands at the fraction (k/n)^p of the highest value, with p such that the median falls on the middle one:
    p is 1 on a saddle, about 2 on a bowl (rings that grow evenly), and larger the narrower a valley is.
    """
    if values.size == 0:
        return np.empty(0)
    lowest = min(lowest, float(values.min()))
    rise, median = float(values.max()) - lowest, float(np.median(values)) - lowest
    if not rise > LEAST_RISE:
        return np.empty(0)
    crowding = min(max(log2(rise / median), 1.0), MOST_CROWDED) if median > 0 else MOST_CROWDED
    heights = rise * (np.arange(count + 1) / (count + 1)) ** crowding
    rounded = [_rounded(lowest + height, height - below) for below, height in pairwise(heights.tolist())]
    least = float(np.quantile(values, LEAST_SHARE))
    return np.unique([level for level in rounded if least < level < lowest + rise])


def _rounded(level: float, gap: float) -> float:
    """A level with no more digits than tell it from the one before, `gap` below it."""
    return round(level, -floor(log10(gap / 2.0)))


def _polylines(x: Array, y: Array, values: Any, levels: Array, limits: Limits) -> tuple[tuple[Array, ...], ...]:
    """The lines of each level; raises TooCostly where together they have too many numbers."""
    generator: Any = contourpy.contour_generator(x, y, values, name="serial", line_type=contourpy.LineType.Separate)
    lines, numbers = list[tuple[Array, ...]](), 0
    for level in levels.tolist():
        lines.append(tuple(generator.lines(level)))
        numbers += sum(line.size for line in lines[-1])
        if numbers > limits.answer:
            raise TooCostly("numbers in the answer", numbers, limits.answer, ADVICE.answer, ADVICE.at_answer)
    return tuple(lines)
