"""Small pieces of arithmetic that the kernels share."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
from numpy.typing import NDArray

from .jit import compiled, compiled_loop, inlined, integer, matrix, number, part, shared

#: Sums of squares outside these bounds may have lost digits to underflow or overflow, and are formed again, scaled.
SMALLEST_SAFE_SQUARE, LARGEST_SAFE_SQUARE = 1e-250, 1e250

LARGEST = 1.7976931348623157e308


@inlined
def quotient_or_zero(a, b):  # type: ignore[no-untyped-def]
    """a / b, where 0 / 0 is 0: for what is defined so, as a vector of length 0 over its length. An update divides as IEEE does."""
    return 0.0 if a == 0.0 else a / b


@inlined
def power(beta, t):  # type: ignore[no-untyped-def]
    """beta^t as libm has it, or 0 where it is below e^-38, too small to change 1 - beta^t."""
    return 0.0 if t * (1.0 - beta) > 38.0 else beta ** float(t)


@inlined
def sign(a):  # type: ignore[no-untyped-def]
    """1, -1, or a itself where it is 0 or nan."""
    return 1.0 if a > 0.0 else -1.0 if a < 0.0 else a


@inlined
def finite(a):  # type: ignore[no-untyped-def]
    """Whether a is neither infinite nor nan."""
    return abs(a) <= LARGEST


@compiled
def norm(a, r):  # type: ignore[no-untyped-def]
    """Euclidean norm of column r."""
    square = 0.0
    for i in range(a.shape[0]):
        square += a[i, r] * a[i, r]
    return sqrt(square) if SMALLEST_SAFE_SQUARE <= square <= LARGEST_SAFE_SQUARE else scaled_norm(a, r)


@compiled
def norms(a, out):  # type: ignore[no-untyped-def]
    """Euclidean norm of each run's column; a: (dimension, runs), out: (runs,). Neither overflows nor underflows on the way."""
    for r in range(a.shape[1]):
        out[r] = 0.0
    for i in range(a.shape[0]):
        for r in range(a.shape[1]):
            out[r] += a[i, r] * a[i, r]
    for r in range(a.shape[1]):
        if not SMALLEST_SAFE_SQUARE <= out[r] <= LARGEST_SAFE_SQUARE:
            out[r] = -scaled_norm(a, r)  # known by its sign, so that the loop over the roots has no branch and is vectorised
    for r in range(a.shape[1]):
        root = sqrt(abs(out[r]))
        out[r] = -out[r] if out[r] < 0.0 else root


@shared(number(matrix, integer))
def careful_norm(a, r):  # type: ignore[no-untyped-def]
    """Euclidean norm of column r, where its square may have lost digits."""
    return scaled_norm(a, r)


@part
def lengths_of(a, out):  # type: ignore[no-untyped-def]
    """The same as `norms`, for kernels: what is rare is not compiled into them."""
    for r in range(a.shape[1]):
        out[r] = 0.0
    for i in range(a.shape[0]):
        for r in range(a.shape[1]):
            out[r] += a[i, r] * a[i, r]
    for r in range(a.shape[1]):
        out[r] = sqrt(out[r]) if SMALLEST_SAFE_SQUARE <= out[r] <= LARGEST_SAFE_SQUARE else careful_norm(a, r)


@compiled_loop
def apart(a, r, b, s):  # type: ignore[no-untyped-def]
    """Distance between column r of a and column s of b; neither overflows nor underflows on the way."""
    square, largest = 0.0, 0.0
    for i in range(a.shape[0]):
        difference = a[i, r] - b[i, s]
        square += difference * difference
    if SMALLEST_SAFE_SQUARE <= square <= LARGEST_SAFE_SQUARE:
        return sqrt(square)
    for i in range(a.shape[0]):
        largest = max(largest, abs(a[i, r] - b[i, s]))
    if largest == 0.0 or not finite(largest) or isnan(square):
        return sqrt(square)
    square = 0.0
    for i in range(a.shape[0]):
        square += ((a[i, r] - b[i, s]) / largest) ** 2
    return largest * sqrt(square)


@compiled
def scaled_norm(a, r):  # type: ignore[no-untyped-def]
    """Euclidean norm of column r, its entries divided by the largest before they are squared."""
    largest = 0.0
    for i in range(a.shape[0]):
        if not finite(a[i, r]):
            return abs(a[i, r])
        largest = max(largest, abs(a[i, r]))
    if largest == 0.0:
        return 0.0
    total = 0.0
    for i in range(a.shape[0]):
        total += (a[i, r] / largest) ** 2
    return largest * sqrt(total)


def euclidean(vector: NDArray[np.float64]) -> float:
    """Euclidean norm of a flat vector, summed in one order whatever its length."""
    return float(norm(vector.reshape(-1, 1), 0))
