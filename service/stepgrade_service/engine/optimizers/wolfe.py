"""A line search for Wolfe's strong conditions, as torch has it: Nocedal & Wright 2006, Numerical Optimization, algorithms 3.5 and 3.6.

A line is a matrix with a row for each point that is remembered of it. It is of one run.
"""

from __future__ import annotations

from math import sqrt

from ..compiled.jit import part

#: Columns of a line: how far the point is, in directions; the value; the slope along the direction; then the gradient.
FAR, VALUE, SLOPE, GRADIENT = range(4)

#: Rows of a line: the ends of the bracket, the trial, and where the search starts.
TRIAL, ORIGIN, ROWS = 2, 3, 4

#: What the value must fall by, and how flat the slope must be, relative to the slope at the start.
DECREASE, FLATNESS = 1e-4, 0.9


@part
def look(line, row, far, x, d, r, objective, parameters, point, value, gradient):  # type: ignore[no-untyped-def]
    """Evaluate the objective at x + far d, with column r of d, and write what is there into a row of the line."""
    for i in range(x.shape[0]):
        point[i, 0] = x[i, 0] + far * d[i, r]
    objective(point, parameters, value, gradient)
    write(line, row, far, value, gradient, d, r)


@part
def write(line, row, far, value, gradient, d, r):  # type: ignore[no-untyped-def]
    """Write a point into a row of the line."""
    slope = 0.0
    for i in range(d.shape[0]):
        slope += gradient[i, 0] * d[i, r]
        line[row, GRADIENT + i] = gradient[i, 0]
    line[row, FAR], line[row, VALUE], line[row, SLOPE] = far, value[0], slope


@part
def copy(line, source, target):  # type: ignore[no-untyped-def]
    """Copy a row of the line to another."""
    for i in range(line.shape[1]):
        line[target, i] = line[source, i]


@part
def cubic_minimum(line, a, b, low, high):  # type: ignore[no-untyped-def]
    """Where between low and high the cubic through two points with their slopes is least; their middle where it has no minimum."""
    if line[a, FAR] > line[b, FAR]:
        a, b = b, a
    width = line[b, FAR] - line[a, FAR]
    d1 = line[a, SLOPE] + line[b, SLOPE] - 3.0 * ((line[a, VALUE] - line[b, VALUE]) / (line[a, FAR] - line[b, FAR]))
    square = d1 * d1 - line[a, SLOPE] * line[b, SLOPE]
    if not square >= 0.0:
        return (low + high) / 2.0
    d2 = sqrt(square)
    far = line[b, FAR] - width * ((line[b, SLOPE] + d2 - d1) / (line[b, SLOPE] - line[a, SLOPE] + 2.0 * d2))
    far = low if low > far else far
    return high if high < far else far


@part
def is_high(line, row):  # type: ignore[no-untyped-def]
    """Whether the value has not fallen enough."""
    return line[row, VALUE] > line[ORIGIN, VALUE] + DECREASE * line[row, FAR] * line[ORIGIN, SLOPE]


@part
def is_flat(line, row):  # type: ignore[no-untyped-def]
    """Whether the slope is flat enough."""
    return abs(line[row, SLOPE]) <= -FLATNESS * line[ORIGIN, SLOPE]


@part
def kept_inside(line, far, was_near):  # type: ignore[no-untyped-def]
    """A trial that is not too near to an end of the bracket a second time, nor outside; and whether it is near."""
    low, high = min(line[0, FAR], line[1, FAR]), max(line[0, FAR], line[1, FAR])
    margin = 0.1 * (high - low)
    if not min(high - far, far - low) < margin:
        return far, False
    if not (was_near or far >= high or far <= low):
        return far, True
    return high - margin if abs(far - high) < abs(far - low) else low + margin, False


@part
def bracket(line, far, most, x, d, r, objective, parameters, point, value, gradient):  # type: ignore[no-untyped-def]
    """Go on until there is a minimum between the ends, or a good point at end 1. Returns the trials after the first, and whether it
    is good."""
    copy(line, ORIGIN, 0)
    look(line, 1, far, x, d, r, objective, parameters, point, value, gradient)
    for trials in range(most):
        if is_high(line, 1) or (trials > 1 and line[1, VALUE] >= line[0, VALUE]):
            return trials, False
        if is_flat(line, 1):
            return trials, True
        if line[1, SLOPE] >= 0.0:
            return trials, False
        low, high = line[1, FAR] + 0.01 * (line[1, FAR] - line[0, FAR]), 10.0 * line[1, FAR]
        far = cubic_minimum(line, 0, 1, low, high)
        copy(line, 1, 0)
        look(line, 1, far, x, d, r, objective, parameters, point, value, gradient)
    copy(line, ORIGIN, 0)
    return most, False


@part
def strong_wolfe(line, far, most, tolerance, x, d, r, objective, parameters, point, value, gradient):  # type: ignore[no-untyped-def]
    """Find a length. Returns the row of the line where the point stands, and how often the objective was evaluated."""
    trials, is_good = bracket(line, far, most, x, d, r, objective, parameters, point, value, gradient)
    if is_good:
        return 1, trials + 1
    longest = 0.0
    for i in range(x.shape[0]):
        longest = max(longest, abs(d[i, r]))
    low, is_near = 0 if line[0, VALUE] <= line[1, VALUE] else 1, False
    while trials < most and not abs(line[1, FAR] - line[0, FAR]) * longest < tolerance:
        left, right = min(line[0, FAR], line[1, FAR]), max(line[0, FAR], line[1, FAR])
        far, is_near = kept_inside(line, cubic_minimum(line, 0, 1, left, right), is_near)
        look(line, TRIAL, far, x, d, r, objective, parameters, point, value, gradient)
        trials += 1
        if is_high(line, TRIAL) or line[TRIAL, VALUE] >= line[low, VALUE]:
            copy(line, TRIAL, 1 - low)
            low = 0 if line[0, VALUE] <= line[1, VALUE] else 1
            continue
        is_good = is_flat(line, TRIAL)
        if not is_good and line[TRIAL, SLOPE] * (line[1 - low, FAR] - line[low, FAR]) >= 0.0:
            copy(line, low, 1 - low)
        copy(line, TRIAL, low)
        if is_good:
            break
    return low, trials + 1
