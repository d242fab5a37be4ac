"""Products and powers of small matrices, written out: the same to the last bit whatever stands beside them in a batch."""

from __future__ import annotations

from math import sqrt

import numpy as np

from .jit import allocating_part, part

#: The work of a product of two numbers in a product of matrices, and of the cube of a side in a power of a symmetric matrix.
A_PRODUCT, A_ROTATION = 0.08, 2.5

#: Rotations go on until what is beside the diagonal is this small, relative to the diagonal; or for so many sweeps.
NEGLIGIBLE, MOST_SWEEPS = 1e-17, 30


@part
def multiplied(a, b, out):  # type: ignore[no-untyped-def]
    """out = a b; the innermost loop runs along a row, so that it is vectorised without another order of the sums."""
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0.0
        for k in range(a.shape[1]):
            factor = a[i, k]
            for j in range(b.shape[1]):
                out[i, j] += factor * b[k, j]


@part
def transposed(a, out):  # type: ignore[no-untyped-def]
    """out = a'."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]


@part
def turned_rows(a, i, j, c, s):  # type: ignore[no-untyped-def]
    """Rows i and j, turned against each other."""
    for k in range(a.shape[1]):
        of_i, of_j = a[i, k], a[j, k]
        a[i, k], a[j, k] = c * of_i - s * of_j, s * of_i + c * of_j


@part
def diagonalized(a, vectors):  # type: ignore[no-untyped-def]
    """Turn the symmetric matrix a to its eigenvalues on the diagonal, by Jacobi's cyclic method; rows of `vectors` are their vectors."""
    n = a.shape[0]
    for i in range(n):
        for j in range(n):
            vectors[i, j] = 1.0 if i == j else 0.0
    for _ in range(MOST_SWEEPS):
        turns = 0
        for i in range(n - 1):
            for j in range(i + 1, n):
                if abs(a[i, j]) <= NEGLIGIBLE * sqrt(abs(a[i, i] * a[j, j])):
                    continue
                turns += 1
                ratio = (a[j, j] - a[i, i]) / (2.0 * a[i, j])
                tangent = (1.0 if ratio >= 0.0 else -1.0) / (abs(ratio) + sqrt(1.0 + ratio * ratio))
                c = 1.0 / sqrt(1.0 + tangent * tangent)
                of_i, of_j, beside = a[i, i], a[j, j], a[i, j]
                turned_rows(a, i, j, c, tangent * c)
                for k in range(n):
                    a[k, i], a[k, j] = a[i, k], a[j, k]
                a[i, i], a[j, j] = of_i - tangent * beside, of_j + tangent * beside
                a[i, j] = a[j, i] = 0.0
                turned_rows(vectors, i, j, c, tangent * c)
        if turns == 0:
            break


@allocating_part
def symmetric_power(a, exponent, out):  # type: ignore[no-untyped-def]
    """out = a^exponent of a symmetric matrix without negative eigenvalues; a is used up."""
    n = a.shape[0]
    vectors = np.empty((n, n))
    diagonalized(a, vectors)
    for i in range(n):
        for j in range(n):
            out[i, j] = 0.0
    for k in range(n):
        power = max(a[k, k], 0.0) ** exponent
        for i in range(n):
            for j in range(n):
                out[i, j] += power * vectors[k, i] * vectors[k, j]


@allocating_part
def largest_singular_value(a):  # type: ignore[no-untyped-def]
    """The spectral norm of a matrix with no more rows than columns."""
    n = a.shape[0]
    across, gram, vectors = np.empty((a.shape[1], n)), np.empty((n, n)), np.empty((n, n))
    transposed(a, across)
    multiplied(a, across, gram)
    diagonalized(gram, vectors)
    largest = 0.0
    for i in range(n):
        largest = max(largest, gram[i, i])
    return sqrt(largest)
