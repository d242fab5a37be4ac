"""Adafactor: the mean squares of a matrix's rows and of its columns in place of a running average for each number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np

from ..compiled.arithmetic import norms
from ..compiled.jit import allocating_part, integers, matrix, nothing, number, part, shared, vector
from ..reading.cost import StepPrice
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import LR, WEIGHT_DECAY, WEIGHT_DECAY_MODE
from .kinds import multiplying
from .rule import Rule, RuleSettings
from .slots import Shape, ShapedSlot, Slot

FAMILY = OptimizerFamily(
    "Factored squares",
    "The average squared gradients of a matrix are stored as one number per row and one per column. Large models then fit into memory.",
)

#: What a number of a run costs besides, for the places of its row and its column and for the divisions.
A_NUMBER = 0.6


def factored_axes(shape: Shape, largest: bool, least: float) -> tuple[int, int]:
    """The two axes that are factored, or -1 twice: the last two, or the two `largest` where both have `least` indices."""
    axes = len(shape)
    first, second = axes - 1, axes - 2
    if largest and axes > 1:
        first, second = (1, 0) if shape[1] >= shape[0] else (0, 1)
        for axis in range(2, axes):
            if shape[axis] >= shape[first]:
                first, second = axis, first
            elif shape[axis] >= shape[second]:
                second = axis
    if axes < 2 or (largest and shape[second] < least):
        return -1, -1
    return second, first


axes_of = part(factored_axes)


@dataclass(frozen=True)
class FactoredShape:
    """What a slot remembers of a tensor: `row` has no columns' axis, `column` no rows' axis, and v what is not factored."""

    slot: str
    largest: bool
    least: float

    def __call__(self, tensor: Shape) -> Shape | None:
        second, first = factored_axes(tensor, self.largest, self.least)
        if first < 0 or self.slot == "v":
            return tensor if first < 0 and self.slot == "v" else None
        gone = first if self.slot == "row" else second
        return tensor[:gone] + tensor[gone + 1 :]


@part
def without(i, length, stride):  # type: ignore[no-untyped-def]
    """The place of number i where an axis of so many indices is left out, whose indices stand `stride` numbers apart."""
    return i // (length * stride) * stride + i % stride


@part
def stride_of(shape, axis):  # type: ignore[no-untyped-def]
    """How many numbers the indices of an axis stand apart."""
    stride = 1
    for after in range(axis + 1, len(shape)):
        stride *= shape[after]
    return stride


@part
def decay(average, share):  # type: ignore[no-untyped-def]
    """What is left of a running average."""
    for i in range(average.shape[0]):
        for r in range(average.shape[1]):
            average[i, r] *= share


@allocating_part
def factored(g, row, column, out, shape, second, first, beta2, eps_added, eps_floor):  # type: ignore[no-untyped-def]
    """out = g over the root of its factored mean square; row and column are averaged with it."""
    rows, row_stride, columns, column_stride = shape[second], stride_of(shape, second), shape[first], stride_of(shape, first)
    runs, own_stride = g.shape[1], row_stride if second > first else row_stride // columns
    means = np.empty((row.shape[0] // rows, runs))
    decay(row, beta2)
    decay(column, beta2)
    for i in range(g.shape[0]):
        a, b = without(i, columns, column_stride), without(i, rows, row_stride)
        for r in range(runs):
            share = (1.0 - beta2) * (g[i, r] * g[i, r] + eps_added)
            row[a, r] += share / columns
            column[b, r] += share / rows
    for k in range(means.shape[0]):
        for r in range(runs):
            means[k, r] = 0.0
    for a in range(row.shape[0]):
        for r in range(runs):
            means[without(a, rows, own_stride), r] += row[a, r] / rows
    for i in range(g.shape[0]):
        a, b = without(i, columns, column_stride), without(i, rows, row_stride)
        k = without(a, rows, own_stride)
        for r in range(runs):
            v = row[a, r] / max(means[k, r], eps_floor) * column[b, r]
            out[i, r] = g[i, r] / sqrt(max(v, eps_floor * eps_floor))


@part
def not_factored(g, v, out, beta2, eps_added, eps_floor):  # type: ignore[no-untyped-def]
    """out = g over the root of the running average of its square."""
    for i in range(g.shape[0]):
        for r in range(g.shape[1]):
            v[i, r] = beta2 * v[i, r] + (1.0 - beta2) * (g[i, r] * g[i, r] + eps_added)
            out[i, r] = g[i, r] / sqrt(max(v[i, r], eps_floor * eps_floor))


@shared(nothing(matrix, integers, *[matrix] * 4, *[number] * 5))
def over_root(g, shape, row, column, v, out, largest, least, beta2, eps_added, eps_floor):  # type: ignore[no-untyped-def]
    """out = g over the root of its mean square, factored where the shape allows it."""
    rows, columns = axes_of(shape, largest, least)
    if columns < 0:
        not_factored(g, v, out, beta2, eps_added, eps_floor)
    else:
        factored(g, row, column, out, shape, rows, columns, beta2, eps_added, eps_floor)


@shared(nothing(matrix, vector))
def lengths(a, out):  # type: ignore[no-untyped-def]
    """out = the norm of each column."""
    norms(a, out)


@multiplying(lambda effort: StepPrice(each=A_NUMBER * effort.dimension))
def adafactor(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, shape, row: ShapedSlot, column: ShapedSlot, v: ShapedSlot, m: Slot,
    beta2_decay, decay_offset, eps, eps_floor, largest, least, clip, relative, by_params, eps2, beta1, decoupled, first, unscaled,
):  # fmt: skip
    beta2 = 1.0 - (t - decay_offset) ** beta2_decay
    over_root(g, shape, row, column, v, step, largest, least, beta2, eps, eps_floor)
    of_u, of_x, root = np.empty(x.shape[1]), np.empty(x.shape[1]), sqrt(x.shape[0])
    lengths(step, of_u)
    lengths(x, of_x)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            rate = min(lr[i, r], 1.0 / sqrt(t)) if relative else lr[i, r]
            scale = max(eps2, abs(1.0 - lr[i, r] * first) * of_x[r] / root) if by_params else 1.0
            m[i, r] = beta1 * m[i, r] + (1.0 - beta1) * rate * scale * step[i, r] / max(1.0, of_u[r] / root / clip)
            step[i, r] = -(m[i, r] + (lr[i, r] * (decoupled + first) + unscaled) * x[i, r])


def bind_adafactor(settings: RuleSettings) -> Rule:
    largest, floor = settings["factored_axes"] != "last", settings["eps_mode"] == "floor"
    least = settings["min_dim_size_to_factor"] if settings["factored_axes"] != "none" else inf
    modes = {"decoupled": "decoupled", "first": "decoupled_first", "unscaled": "unscaled"}
    values = {
        **{name: settings[name] for name in ("beta2_decay", "decay_offset", "eps2", "beta1")},
        "eps": 0.0 if floor else settings["eps1"],
        "eps_floor": settings["eps1"] if floor else 0.0,
        "largest": largest,
        "least": least,
        "clip": settings["clip_threshold"] or inf,
        "relative": settings["relative_rate"],
        "by_params": settings["scale_by_params"],
        **{name: settings["weight_decay"] * (settings["weight_decay_mode"] == mode) for name, mode in modes.items()},
    }
    shapes = {slot: FactoredShape(slot, largest, least) for slot in ("row", "column", "v")}
    return Rule(adafactor, values, hidden=frozenset() if settings.uses("beta1") else frozenset({"m"}), shapes=shapes)


EPS1 = Hyperparameter("eps1", "small number that keeps the denominator above zero; eps_mode says how", 1e-30, minimum=0.0)

ADAFACTOR = Optimizer(
    name="adafactor",
    title="Adafactor: Adam's squares as rows times columns",
    idea="Adam that remembers the squares of a matrix as its rows' means times its columns' means, and whose step is in proportion to the "
    "params.",
    authors=("Shazeer", "Stern"),
    year=2018,
    formula=r"R \leftarrow \beta_{2t} R + (1-\beta_{2t})\,\mathrm{mean}_j(g_{ij}^2+\epsilon),\quad "
    r"C \leftarrow \beta_{2t} C + (1-\beta_{2t})\,\mathrm{mean}_i(g_{ij}^2+\epsilon),\quad \beta_{2t} = 1 - t^{-0.8},\quad "
    r"u = \frac{g_{ij}}{\sqrt{R_i C_j/\mathrm{mean}(R)}},\quad "
    r"x \leftarrow x - \rho_t\max(\epsilon_2, \mathrm{RMS}(x))\,\frac{u}{\max(1, \mathrm{RMS}(u)/d)}",
    source="arXiv:1804.04235, Algorithms 4 and 5; torch/optim/_adafactor.py; keras/src/optimizers/adafactor.py; optax adafactor",
    hyperparameters=(
        LR,
        Hyperparameter("beta2_decay", "the decay of the averages of squares is 1 - t^beta2_decay", -0.8, maximum=0.0),
        Hyperparameter("decay_offset", "so many steps are left out of the t of that decay", 0.0, minimum=0.0),
        EPS1,
        Hyperparameter(
            "eps_mode",
            "squared: eps1 is added to the squared gradient; floor: the mean of the rows is at least eps1, and the root of v too",
            "squared",
            choices=("squared", "floor"),
        ),
        Hyperparameter(
            "factored_axes",
            "which axes have a mean square for each index in place of one for each number: last: the last two; largest: the two largest, "
            "if both have min_dim_size_to_factor indices; none: no axes",
            "last",
            choices=("last", "largest", "none"),
        ),
        Hyperparameter("min_dim_size_to_factor", "factored_axes largest: smaller axes are not factored", 128.0, minimum=0.0),
        Hyperparameter(
            "clip_threshold", "the root mean square of the scaled gradient is at most this; 0: it is not clipped", 1.0, minimum=0.0
        ),
        Hyperparameter("relative_rate", "whether the learning rate is at most 1 / sqrt(t)", True),
        Hyperparameter("scale_by_params", "whether the step is multiplied by the root mean square of the params", True),
        Hyperparameter("eps2", "the least that the root mean square of the params counts", 1e-3, minimum=0.0),
        Hyperparameter("beta1", "decay of the running average of steps", 0.0, minimum=0.0, below=1.0),
        WEIGHT_DECAY,
        replace(
            WEIGHT_DECAY_MODE,
            meaning="decoupled: lr * weight_decay * params is subtracted from the params; decoupled_first: the same first, and the step is "
            "multiplied by the root mean square of what is left; unscaled: weight_decay * params is subtracted",
            default="decoupled",
            choices=("decoupled", "decoupled_first", "unscaled"),
        ),
    ),
    bind=bind_adafactor,
    kernels=(adafactor,),
    slot_meanings={
        "row": "running average of the mean square of each row; the axis of the columns is left out",
        "column": "running average of the mean square of each column; the axis of the rows is left out",
        "v": "running average of squared gradients; only of tensors that are not factored",
        "m": "running average of steps; only with beta1",
    },
    notes="A vector is not factored. The root mean squares are those of each tensor by itself.",
)
