"""Losses of one example, and activations: written so that nothing overflows and no digit cancels."""

from __future__ import annotations

from math import exp, log, log1p, tanh

from ...compiled.jit import compiled_loop, inlined
from .packing import HINGE, LOGISTIC, RELU, SIGMOID, SOFTMAX, SQUARED, TANH


@inlined
def logistic(z, y):  # type: ignore[no-untyped-def]
    """log(1 + e^z) - y z and its derivative, for a label of 0 or 1."""
    sign = 1.0 - 2.0 * y
    doubt = sign * z
    tail = exp(-abs(doubt))
    return max(doubt, 0.0) + log1p(tail), sign * (1.0 if doubt > 0.0 else tail) / (1.0 + tail)


@inlined
def hinge(z, y):  # type: ignore[no-untyped-def]
    """max(0, 1 - s z), s = 2 y - 1, and its derivative, which is 0 at the kink; for a label of 0 or 1."""
    sign = 2.0 * y - 1.0
    margin = 1.0 - sign * z
    return (margin, -sign) if margin > 0.0 else (0.0, 0.0)


@compiled_loop
def softmax(scores, first, outputs, r, label, weight, slopes):  # type: ignore[no-untyped-def]
    """log(sum_c e^z_c) - z_y of column r, and weight times its derivative by each score; first is the row of the first one."""
    most = scores[first, r]
    for c in range(1, outputs):
        most = max(most, scores[first + c, r])
    total = 0.0
    for c in range(outputs):
        slopes[c, r] = exp(scores[first + c, r] - most)
        total += slopes[c, r]
    for c in range(outputs):
        slopes[c, r] = weight * (slopes[c, r] / total - (1.0 if c == label else 0.0))
    return log(total) + (most - scores[first + label, r])


@compiled_loop
def losses(kind, scores, first, outputs, count, targets, weight, slopes):  # type: ignore[no-untyped-def]
    """Add up the losses of `count` columns of scores, whose rows begin at `first`; writes weight times their slopes.

    targets: (outputs, columns); for softmax (1, columns), the numbers of the classes.
    """
    total = 0.0
    if kind == SOFTMAX:
        for r in range(count):
            total += softmax(scores, first, outputs, r, int(targets[0, r]), weight, slopes)
        return total
    for c in range(outputs):
        for r in range(count):
            z, y = scores[first + c, r], targets[c, r]
            if kind == LOGISTIC:
                value, slope = logistic(z, y)
            elif kind == HINGE:
                value, slope = hinge(z, y)
            else:
                factor = 1.0 if kind == SQUARED else 0.5
                value, slope = factor * (z - y) * (z - y), 2.0 * factor * (z - y)
            total += value
            slopes[c, r] = weight * slope
    return total


@compiled_loop
def activate(kind, units, first, last, count):  # type: ignore[no-untyped-def]
    """Put `count` columns of the rows first .. last - 1 through the activation."""
    for i in range(first, last):
        if kind == RELU:
            for r in range(count):
                units[i, r] = units[i, r] if units[i, r] > 0.0 else 0.0
        elif kind == TANH:
            for r in range(count):
                units[i, r] = tanh(units[i, r])
        elif kind == SIGMOID:
            for r in range(count):
                tail = exp(-abs(units[i, r]))
                units[i, r] = (1.0 if units[i, r] >= 0.0 else tail) / (1.0 + tail)


@compiled_loop
def by_slope(kind, units, first, slopes, rows, count):  # type: ignore[no-untyped-def]
    """Multiply slopes (rows, columns) with the activation's derivative, told by what it gave; relu's is 0 at the kink."""
    for i in range(rows):
        if kind == RELU:
            for r in range(count):
                slopes[i, r] = slopes[i, r] if units[first + i, r] > 0.0 else 0.0
        elif kind == TANH:
            for r in range(count):
                slopes[i, r] *= 1.0 - units[first + i, r] * units[first + i, r]
        elif kind == SIGMOID:
            for r in range(count):
                slopes[i, r] *= units[first + i, r] * (1.0 - units[first + i, r])
