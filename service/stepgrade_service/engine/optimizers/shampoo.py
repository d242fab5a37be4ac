"""Shampoo: the gradient of a matrix between the roots of two sums of its products."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..compiled.jit import integer, matrix, nothing, number, shared
from ..compiled.matrices import A_PRODUCT, A_ROTATION, multiplied, symmetric_power
from ..reading.cost import Effort, StepPrice
from .declaration import Optimizer, OptimizerFamily
from .hyperparameters import DECAY, EPS, LR, decay_faults, decay_terms
from .kinds import multiplying
from .rule import Rule
from .slots import LeftSlot, RightSlot

FAMILY = OptimizerFamily(
    "Matrices for rows and columns",
    "Two matrices remember how the rows and the columns of the gradient go together. The gradient is multiplied by roots of both.",
)


def roots_price(effort: Effort) -> StepPrice:
    """That of the roots, and of the products with them."""
    total = 0.0
    for shape in effort.shapes:
        rows, columns = (*shape, 1, 1)[:2]
        total += A_ROTATION * (rows**3 + columns**3) + A_PRODUCT * 2.0 * rows * columns * (rows + columns)
    return StepPrice(each=total)


@shared(nothing(matrix, integer, number, number, matrix))
def root_of(sums, r, eps, exponent, out):  # type: ignore[no-untyped-def]
    """out = (eps I + the sums of run r)^exponent."""
    n = out.shape[0]
    shifted = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            shifted[i, j] = sums[i * n + j, r] + (eps if i == j else 0.0)
    symmetric_power(shifted, exponent, out)


@shared(nothing(matrix, matrix, matrix, integer))
def gathered(g, left, right, r):  # type: ignore[no-untyped-def]
    """left += g g', right += g' g for the matrix g of run r; right may have no numbers."""
    rows, columns = g.shape
    for i in range(rows):
        for j in range(rows):
            for k in range(columns):
                left[i * rows + j, r] += g[i, k] * g[j, k]
    for k in range(rows if right.shape[0] > 0 else 0):
        for i in range(columns):
            for j in range(columns):
                right[i * columns + j, r] += g[k, i] * g[k, j]


@multiplying(roots_price)
def shampoo(t, x, g, step, lr, shape, L: LeftSlot, R: RightSlot, eps, l2, decay):  # type: ignore[no-untyped-def]  # noqa: N803
    rows, is_matrix = shape[0], R.shape[0] > 0
    columns, exponent = x.shape[0] // rows, -0.25 if is_matrix else -0.5
    gradient, between = np.empty((rows, columns)), np.empty((rows, columns))
    left, right = np.empty((rows, rows)), np.empty((columns, columns))
    for r in range(x.shape[1]):
        for i in range(x.shape[0]):
            gradient[i // columns, i % columns] = g[i, r] + l2 * x[i, r]
        gathered(gradient, L, R, r)
        root_of(L, r, eps, exponent, left)
        multiplied(left, gradient, between)
        if is_matrix:
            root_of(R, r, eps, exponent, right)
            multiplied(between, right, gradient)
        for i in range(x.shape[0]):
            direction = gradient[i // columns, i % columns] if is_matrix else between[i // columns, i % columns]
            step[i, r] = -lr[i, r] * (direction + decay * x[i, r])


SHAMPOO = Optimizer(
    name="shampoo",
    title="Shampoo: Adagrad with a matrix for the rows and one for the columns",
    idea="Adagrad with whole matrices: the gradient of a matrix is multiplied by a root of what its rows, and of what its columns, have "
    "summed up.",
    authors=("Gupta", "Koren", "Singer"),
    year=2018,
    formula=r"L \leftarrow L + g g^T,\quad R \leftarrow R + g^T g,\quad "
    r"x \leftarrow x - \eta\,(\epsilon I + L)^{-1/4}\, g\, (\epsilon I + R)^{-1/4}",
    source="arXiv:1802.09568, Algorithm 1",
    hyperparameters=(LR, replace(EPS, meaning="eps times the identity is added to L and R", default=1e-6), *DECAY),
    bind=lambda settings: Rule(shampoo, {"eps": settings["eps"], **decay_terms(settings)}),
    kernels=(shampoo,),
    slot_meanings={
        "L": "sum of the gradient times its transpose, for the rows",
        "R": "sum of the transpose times the gradient, for the columns; a vector has none",
    },
    check=decay_faults,
    most_axes=2,
    notes="A vector has L alone, with the exponent -1/2. This service does not accept tensors of more than two axes.",
)
