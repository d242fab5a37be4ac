"""Methods that know the tensors: a norm per tensor (NovoGrad), sums per row and per column (SM3)."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt

import numpy as np

from ..compiled.arithmetic import norms
from ..compiled.jit import inlined
from .declaration import Hyperparameter, Optimizer
from .hyperparameters import BETA1, BETA2, DECAY, EPS, EPS_ROOT, LR, WEIGHT_DECAY, decay_faults, decay_terms
from .kinds import ColumnSlot, RowSlot, Slot, TensorSlot, matrix_shaped, tensor_norm
from .rule import Rule


@tensor_norm
def novograd(t, x, g, step, lr, m: Slot, v: TensorSlot, beta1, beta2, eps, eps_root, weight_decay):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    norms(g, length)
    for r in range(x.shape[1]):
        square = length[r] * length[r]
        v[0, r] = square if isnan(v[0, r]) else beta2 * v[0, r] + (1.0 - beta2) * square
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            scaled = g[i, r] / (sqrt(v[0, r] + eps_root) + eps) + weight_decay * x[i, r]
            m[i, r] = scaled if isnan(m[i, r]) else beta1 * m[i, r] + scaled
            step[i, r] = -lr[i, r] * m[i, r]


NOVOGRAD = Optimizer(
    name="novograd",
    title="NovoGrad: Adam with one squared norm per tensor",
    formula=r"v \leftarrow \beta_2 v + (1-\beta_2)\lVert g\rVert^2,\quad m \leftarrow \beta_1 m + "
    r"\frac{g}{\sqrt{v}+\epsilon} + \lambda x,\quad x \leftarrow x - \eta\,m",
    source="Ginsburg et al. 2019, arXiv:1905.11286; optax novograd",
    hyperparameters=(
        LR,
        BETA1,
        replace(BETA2, meaning="decay of the running average of the squared norm of each tensor's gradient", default=0.25),
        replace(EPS, meaning="small number added to the root", default=1e-6),
        EPS_ROOT,
        replace(WEIGHT_DECAY, meaning="weight_decay * params is added to the scaled gradient, before the running average"),
    ),
    bind=lambda settings: Rule(
        novograd,
        {name: settings[name] for name in novograd.hyperparameters},
        starts={"m": np.nan, "v": np.nan},
    ),
    kernels=(novograd,),
    slot_meanings={
        "m": "running sum of scaled gradients",
        "v": "running average of the squared norm of the tensor's gradient; it starts as the squared norm of the first gradient",
    },
)


@inlined
def zeroed(rows, runs):  # type: ignore[no-untyped-def]
    """Zeros, written out: numba takes seconds to compile `np.zeros` and assignments of arrays."""
    zeros = np.empty((rows, runs))
    for i in range(rows):
        for r in range(runs):
            zeros[i, r] = 0.0
    return zeros


@inlined
def copied(numbers, to):  # type: ignore[no-untyped-def]
    """to = numbers; to may have no rows."""
    for i in range(to.shape[0]):
        for r in range(to.shape[1]):
            to[i, r] = numbers[i, r]


@matrix_shaped
def sm3(t, x, g, step, lr, m: Slot, row: RowSlot, column: ColumnSlot, beta1, rho, eps, l2, decay):  # type: ignore[no-untyped-def]
    rows, columns, runs = x.shape
    is_matrix = column.shape[0] > 0
    gain = 1.0 if rho == 1.0 else 1.0 - rho
    largest_row, largest_column = zeroed(rows, runs), zeroed(columns, runs)
    for i in range(rows):
        for j in range(columns):
            for r in range(runs):
                gradient = g[i, j, r] + l2 * x[i, j, r]
                before = min(row[i, r], column[j, r]) if is_matrix else row[i, r]
                v = gain * gradient * gradient + rho * before
                largest_row[i, r], largest_column[j, r] = max(largest_row[i, r], v), max(largest_column[j, r], v)
                scaled = gradient / sqrt(v + eps) if v > 0.0 else 0.0
                m[i, j, r] = beta1 * m[i, j, r] + (1.0 - beta1) * scaled
                step[i, j, r] = -lr[i, j, r] * (m[i, j, r] + decay * x[i, j, r])
    copied(largest_row, row)
    copied(largest_column, column)


SM3 = Optimizer(
    name="sm3",
    title="SM3: Adagrad with one sum per row and one per column",
    formula=r"v_{ij} = g_{ij}^2 + \min(\mathrm{row}_i, \mathrm{col}_j),\quad \mathrm{row}_i \leftarrow \max_j v_{ij},\quad "
    r"\mathrm{col}_j \leftarrow \max_i v_{ij},\quad "
    r"m \leftarrow \beta_1 m + (1-\beta_1)\frac{g}{\sqrt{v+\epsilon}},\quad x \leftarrow x - \eta\,m",
    source="Anil, Gupta, Koren & Singer 2019, arXiv:1901.11150, SM3-II; optax sm3",
    hyperparameters=(
        LR,
        replace(BETA1, meaning="decay of the running average of scaled gradients"),
        Hyperparameter("rho", "decay of the sums; with 1 they do not decay", 1.0, minimum=0.0, maximum=1.0),
        replace(EPS, meaning="small number under the root"),
        *DECAY,
    ),
    bind=lambda settings: Rule(sm3, {"beta1": settings["beta1"], "rho": settings["rho"], "eps": settings["eps"], **decay_terms(settings)}),
    kernels=(sm3,),
    slot_meanings={
        "m": "running average of scaled gradients",
        "row": "largest sum of squared gradients in each row; of a vector, the sum of each number",
        "column": "largest sum of squared gradients in each column; only of matrices",
    },
    check=decay_faults,
    most_axes=2,
    notes="A vector has one sum per number, as in Adagrad. This service does not accept tensors of more than two axes.",
)
