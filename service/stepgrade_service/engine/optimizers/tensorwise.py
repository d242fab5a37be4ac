"""Methods that know the tensors: a norm per tensor (NovoGrad), sums per row and per column (SM3)."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt

import numpy as np

from ..compiled.arithmetic import lengths_of
from ..compiled.jit import allocating_part, integers, matrix, nothing, number, part, shared
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, DECAY, EPS, EPS_ROOT, LR, WEIGHT_DECAY, decay_faults, decay_terms
from .kinds import shaped, tensor_norm
from .rule import FROM_GRADIENT, Rule
from .slots import ColumnSlot, FurtherSlot, RowSlot, Slot, TensorSlot

FAMILY = OptimizerFamily(
    "Squares of whole tensors",
    "Adam remembers one number per parameter. "
    "These methods remember one number per tensor, per row or per column, and so need less memory.",
)


@tensor_norm
def novograd(t, x, g, step, lr, m: Slot, v: TensorSlot, beta1, beta2, eps, eps_root, weight_decay):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    lengths_of(g, length)
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
    idea="Adam that divides the gradient of a tensor by the norm of the whole tensor's gradient, so one number per tensor remembers the "
    "squares.",
    authors=("Ginsburg", "Castonguay", "Hrinchuk", "Kuchaiev", "Lavrukhin", "Leary", "Li", "Nguyen", "Zhang", "Cohen"),
    year=2019,
    formula=r"v \leftarrow \beta_2 v + (1-\beta_2)\lVert g\rVert^2,\quad m \leftarrow \beta_1 m + "
    r"\frac{g}{\sqrt{v}+\epsilon} + \lambda x,\quad x \leftarrow x - \eta\,m",
    source="arXiv:1905.11286; optax novograd",
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
        starts={"m": FROM_GRADIENT, "v": FROM_GRADIENT},
    ),
    kernels=(novograd,),
    slot_meanings={
        "m": "running sum of scaled gradients",
        "v": "running average of the squared norm of the tensor's gradient; it starts as the squared norm of the first gradient",
    },
)


@allocating_part
def zeroed(rows, runs):  # type: ignore[no-untyped-def]
    """Zeros, written out: numba takes seconds to compile `np.zeros` and assignments of arrays."""
    zeros = np.empty((rows, runs))
    for i in range(rows):
        for r in range(runs):
            zeros[i, r] = 0.0
    return zeros


@part
def copied(numbers, first, to):  # type: ignore[no-untyped-def]
    """to = the numbers from row `first` on; to may have no rows."""
    for i in range(to.shape[0]):
        for r in range(to.shape[1]):
            to[i, r] = numbers[first + i, r]


@allocating_part
def covers(row, column, further):  # type: ignore[no-untyped-def]
    """The sums of all axes, one axis after another, and how many there are."""
    count = row.shape[0] + column.shape[0] + further.shape[0]
    sums = np.empty((count, row.shape[1]))
    for i in range(count):
        for r in range(row.shape[1]):
            if i < row.shape[0]:
                sums[i, r] = row[i, r]
            elif i < row.shape[0] + column.shape[0]:
                sums[i, r] = column[i - row.shape[0], r]
            else:
                sums[i, r] = further[i - row.shape[0] - column.shape[0], r]
    return sums, count


@part
def index_along(i, shape, axis):  # type: ignore[no-untyped-def]
    """The index along an axis of number i of a tensor, whose numbers stand row after row."""
    stride = 1
    for after in range(axis + 1, len(shape)):
        stride *= shape[after]
    return i // stride % shape[axis]


@shared(nothing(*[matrix] * 3, integers, *[matrix] * 3, *[number] * 2))
def covered(g, x, squares, shape, row, column, further, rho, l2):  # type: ignore[no-untyped-def]
    """squares = the gradient's square and the least of the sums of its indices; each sum becomes the largest of its squares."""
    runs, gain = x.shape[1], 1.0 if rho == 1.0 else 1.0 - rho
    sums, count = covers(row, column, further)
    largest = zeroed(count, runs)
    for i in range(x.shape[0]):
        for r in range(runs):
            squares[i, r] = np.inf
        first = 0
        for axis in range(len(shape)):
            place = first + index_along(i, shape, axis)
            for r in range(runs):
                squares[i, r] = min(squares[i, r], sums[place, r])
            first += shape[axis]
        for r in range(runs):
            gradient = g[i, r] + l2 * x[i, r]
            squares[i, r] = gain * gradient * gradient + rho * squares[i, r]
        first = 0
        for axis in range(len(shape)):
            place = first + index_along(i, shape, axis)
            for r in range(runs):
                largest[place, r] = max(largest[place, r], squares[i, r])
            first += shape[axis]
    copied(largest, 0, row)
    copied(largest, row.shape[0], column)
    copied(largest, row.shape[0] + column.shape[0], further)


@shaped
def sm3(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, shape, m: Slot, row: RowSlot, column: ColumnSlot, further: FurtherSlot, beta1, rho, eps, l2, decay
):  # fmt: skip
    covered(g, x, step, shape, row, column, further, rho, l2)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            scaled = (g[i, r] + l2 * x[i, r]) / sqrt(step[i, r] + eps) if step[i, r] > 0.0 else 0.0
            m[i, r] = beta1 * m[i, r] + (1.0 - beta1) * scaled
            step[i, r] = -lr[i, r] * (m[i, r] + decay * x[i, r])


SM3 = Optimizer(
    name="sm3",
    title="SM3: Adagrad with one sum per row and one per column",
    idea="Adagrad that remembers one number per row and per column: the sum of an entry is at most the smaller of the two.",
    authors=("Anil", "Gupta", "Koren", "Singer"),
    year=2019,
    formula=r"v_{ij} = g_{ij}^2 + \min(\mathrm{row}_i, \mathrm{col}_j),\quad \mathrm{row}_i \leftarrow \max_j v_{ij},\quad "
    r"\mathrm{col}_j \leftarrow \max_i v_{ij},\quad "
    r"m \leftarrow \beta_1 m + (1-\beta_1)\frac{g}{\sqrt{v+\epsilon}},\quad x \leftarrow x - \eta\,m",
    source="arXiv:1901.11150, SM3-II; optax sm3",
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
        "column": "largest sum of squared gradients at each index of the second axis; a vector has none",
        "further": "largest sum of squared gradients at each index of each axis after the second, axis after axis",
    },
    check=decay_faults,
    notes="A vector has one sum per number, as in Adagrad. A tensor of more axes has one sum per index of each axis.",
)
