"""A line search that first looks for an interval and then zooms into it, as optax has it (optax/_src/linesearch.py).

Nocedal & Wright 2006, Numerical Optimization, algorithms 3.5 and 3.6, with the approximate decrease of Hager & Zhang 2006. Lines are those
of `wolfe`.
"""

from __future__ import annotations

from math import isinf, isnan, sqrt

import numpy as np

from ..compiled.jit import function_type, integer, matrix, number, part, shared, vector
from ..compiled.signatures import OBJECTIVE
from .wolfe import FAR, ORIGIN, SLOPE, TRIAL, VALUE, copy, look

#: Rows of a line: the ends of the interval, of which the low one has the lower value; beside the trial and the start a point whose value
#: fell enough, and one that was an end before.
LOW, HIGH, SAFE, REFERENCE, ZOOM_ROWS = 0, 1, 4, 5, 6

#: How a length grows while there is no interval, how short an interval may get, and by what share a value may rise near a minimum: what
#: optax has where it is not told.
GROWTH, SHORTEST, MAY_RISE = 2.0, 1e-5, 1e-6


@part
def too_high(line, c1, may_rise):  # type: ignore[no-untyped-def]
    """By how much the value at the trial did not fall enough; near a minimum, where it may rise, the slope may tell in its place."""
    start = line[ORIGIN, VALUE]
    by_value = line[TRIAL, VALUE] - start - c1 * line[TRIAL, FAR] * line[ORIGIN, SLOPE]
    if isinf(may_rise):
        return np.inf if isnan(by_value) else max(by_value, 0.0)
    by_slope = line[TRIAL, SLOPE] - (2.0 * c1 - 1.0) * line[ORIGIN, SLOPE]
    rise = line[TRIAL, VALUE] - start - may_rise * abs(start)
    if isnan(by_value) or isnan(by_slope) or isnan(rise):
        return np.inf
    return max(min(max(by_slope, rise), by_value), 0.0)


@part
def too_steep(line, c2):  # type: ignore[no-untyped-def]
    """By how much the slope at the trial is too steep."""
    steep = abs(line[TRIAL, SLOPE]) - c2 * abs(line[ORIGIN, SLOPE])
    return np.inf if isnan(steep) else max(steep, 0.0)


@part
def cubic_critical(line):  # type: ignore[no-untyped-def]
    """Where the cubic through the low end with its slope, the high end and the point of reference has no slope; nan where nowhere."""
    slope, db, dc = line[LOW, SLOPE], line[HIGH, FAR] - line[LOW, FAR], line[REFERENCE, FAR] - line[LOW, FAR]
    of_b, of_c = line[HIGH, VALUE] - line[LOW, VALUE] - slope * db, line[REFERENCE, VALUE] - line[LOW, VALUE] - slope * dc
    scale = (db * dc) ** 2.0 * (db - dc)
    a, b = (dc * dc * of_b - db * db * of_c) / scale, (db**3.0 * of_c - dc**3.0 * of_b) / scale
    square = b * b - 3.0 * a * slope
    return line[LOW, FAR] + (sqrt(square) - b) / (3.0 * a) if square >= 0.0 else np.nan


@part
def middle(line):  # type: ignore[no-untyped-def]
    """The next trial: by the cubic, else by the parabola, else the half; none too near to an end."""
    low, high = line[LOW, FAR], line[HIGH, FAR]
    left, right, width = min(low, high), max(low, high), abs(high - low)
    far = cubic_critical(line)
    if left + 0.2 * width < far < right - 0.2 * width:
        return far
    bend = (line[HIGH, VALUE] - line[LOW, VALUE] - line[LOW, SLOPE] * (high - low)) / (high - low) ** 2.0
    far = low - line[LOW, SLOPE] / (2.0 * bend)
    return far if left + 0.1 * width < far < right - 0.1 * width else (low + high) / 2.0


@part
def open_interval(line, is_first, fall):  # type: ignore[no-untyped-def]
    """Take the trial as an end of the interval, the trial before it stands in the low one; returns whether there is a minimum within."""
    copy(line, TRIAL, HIGH)
    is_high = fall > 0.0 or (line[TRIAL, VALUE] >= line[LOW, VALUE] and not is_first)
    if not is_high and line[TRIAL, SLOPE] >= 0.0:
        copy(line, LOW, HIGH)
        copy(line, TRIAL, LOW)
    copy(line, LOW, REFERENCE)
    return is_high or line[TRIAL, SLOPE] >= 0.0


@part
def narrow(line, fall):  # type: ignore[no-untyped-def]
    """Put the trial in the place of an end; the end that goes is the point of reference."""
    if fall > 0.0 or line[TRIAL, VALUE] >= line[LOW, VALUE]:
        copy(line, HIGH, REFERENCE)
        copy(line, TRIAL, HIGH)
        return
    if line[TRIAL, SLOPE] * (line[HIGH, FAR] - line[LOW, FAR]) >= 0.0:
        copy(line, HIGH, REFERENCE)
        copy(line, LOW, HIGH)
    else:
        copy(line, LOW, REFERENCE)
    copy(line, TRIAL, LOW)


@shared(number(matrix, integer, *[number] * 8, matrix, matrix, integer, function_type(OBJECTIVE), vector, matrix, vector, matrix))
def zoom(  # type: ignore[no-untyped-def]
    line, most, c1, c2, first, growth, longest, tol, may_rise, shortest, x, d, r, objective, parameters, point, value, gradient
):  # fmt: skip
    """The length that the search finds in so many trials, of which `first` is the first and none is longer than `longest`.

    The line's origin is written. Without a good one that of a safe point.
    """
    copy(line, ORIGIN, TRIAL)
    copy(line, ORIGIN, SAFE)
    is_found, is_short = False, False
    for count in range(most):
        is_last, was_found = count + 1 == most, is_found
        if is_found:
            is_short = abs(line[HIGH, FAR] - line[LOW, FAR]) <= shortest
            far = middle(line)
        else:
            far = first if count == 0 else growth * line[TRIAL, FAR]
            is_longest, far = far >= longest, min(far, longest)
            copy(line, TRIAL, LOW)
        look(line, TRIAL, far, x, d, r, objective, parameters, point, value, gradient)
        fall = too_high(line, c1, may_rise)
        if fall <= tol and (not is_found or line[TRIAL, VALUE] < line[SAFE, VALUE]):
            copy(line, TRIAL, SAFE)
        if fall <= tol and too_steep(line, c2) <= tol:
            return far
        if is_found:
            narrow(line, fall)
        else:
            is_found = open_interval(line, count == 0, fall)
        if not was_found and is_longest and not is_found:
            return far
        if is_last or (is_short and line[SAFE, FAR] > 0.0):
            return line[SAFE, FAR] if line[SAFE, FAR] > 0.0 or isinf(fall) else far
    return 0.0
