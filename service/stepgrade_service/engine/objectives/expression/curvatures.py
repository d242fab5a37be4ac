"""The second derivatives of every expression, its diagonal or along a direction: its tape runs forward and in reverse, then once more
for each coordinate, or for the direction.

Exact but for rounding: each operation has its second derivatives beside its first ones, in the one table of operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...compiled.jit import Kernel, compiled_loop, scratch
from ...compiled.signatures import ALONG
from ..declaration import objective_kernel
from .kernel import ALONE, FORWARD, REVERSE, alone_forward, alone_reverse, chosen, written
from .operations import OPERATIONS, SCRATCH, Operation

#: The letters where what comes to an operation is the derivative of one of its operands, or of what comes to its result.
OF_FIRST, OF_SECOND, OF_BACK = ({**ALONE, "d": d} for d in ("slopes[first]", "slopes[second]", "back_slopes[row]"))


def slope(each: Operation) -> str:
    """The derivative of the result, from those of the operands."""
    return " + ".join(written(text, letters) for text, letters in ((each.to_a, OF_FIRST), (each.to_b, OF_SECOND)) if text)


def back_slopes(each: Operation) -> Iterator[str]:
    """What goes back to the operands, with what changes of it since the operands change."""
    for to, text, by_first, by_second in (("first", each.to_a, each.aa, each.ab), ("second", each.to_b, each.ab, each.bb)):
        curves = [f"passed(slopes[{of}], {written(curve, ALONE)})" for of, curve in (("first", by_first), ("second", by_second)) if curve]
        if text:
            changed = f" + passed(back[row], {' + '.join(curves)})" if curves else ""
            yield f"back_slopes[{to}] += {written(text, OF_BACK)}{changed}"


def forward_slopes() -> Any:
    """The function that runs a tape forward, for the derivative of each row along one coordinate."""
    return chosen("forward_slopes", FORWARD, [[f"slopes[row] = {slope(each)}"] for each in OPERATIONS], "", "slopes")


def reverse_slopes() -> Any:
    """The function that runs it in reverse, for the derivative of what `reverse` has found."""
    return chosen("reverse_slopes", REVERSE, [list(back_slopes(each)) for each in OPERATIONS], "", "back, slopes, back_slopes")


forward_along, reverse_along = forward_slopes(), reverse_slopes()


@compiled_loop
def run_gradient(codes, run, x, parameters, values, rows, back):  # type: ignore[no-untyped-def]
    """Value and gradient of one run; rows, back: (rows,)."""
    dimension, result = x.shape[0], codes[1]
    for i in range(dimension):
        rows[i] = x[i, run]
    alone_forward(codes, parameters, dimension, rows, 0)
    values[run] = rows[result]
    for k in range(back.size):
        back[k] = 0.0
    back[result] = 1.0
    alone_reverse(codes, parameters, dimension, rows, back)


@compiled_loop
def rooms(codes, room, dimension):  # type: ignore[no-untyped-def]
    """Four arrays (rows,), of a room."""
    size = dimension + codes[0]
    return room[:size], room[size : 2 * size], room[2 * size : 3 * size], room[3 * size : 4 * size]


@compiled_loop
def expression_curvatures(x, parameters, values, diagonal):  # type: ignore[no-untyped-def]
    """The value and the diagonal of the Hessian of what the tape in `parameters` says."""
    codes, room, dimension = parameters.view(np.int64), scratch(SCRATCH), x.shape[0]
    rows, back, slopes, back_slopes = rooms(codes, room, dimension)
    for run in range(x.shape[1]):
        run_gradient(codes, run, x, parameters, values, rows, back)
        for i in range(dimension):
            for k in range(back.size):
                slopes[k] = back_slopes[k] = 0.0
            slopes[i] = 1.0
            forward_along(codes, parameters, dimension, rows, slopes)
            reverse_along(codes, parameters, dimension, rows, back, slopes, back_slopes)
            diagonal[i, run] = back_slopes[i]


@compiled_loop
def expression_along(x, parameters, values, gradients, x_slope, values_slope, gradients_slope):  # type: ignore[no-untyped-def]
    """The derivatives of the value and of the gradient along x_slope, as `along` has them."""
    codes, room, dimension = parameters.view(np.int64), scratch(SCRATCH), x.shape[0]
    rows, back, slopes, back_slopes = rooms(codes, room, dimension)
    for run in range(x.shape[1]):
        run_gradient(codes, run, x, parameters, values, rows, back)
        for k in range(back.size):
            slopes[k] = back_slopes[k] = 0.0
        for i in range(dimension):
            slopes[i] = x_slope[i, run]
        forward_along(codes, parameters, dimension, rows, slopes)
        reverse_along(codes, parameters, dimension, rows, back, slopes, back_slopes)
        values_slope[run] = slopes[codes[1]]
        for i in range(dimension):
            gradients[i, run], gradients_slope[i, run] = back[i], back_slopes[i]


TAPE_CURVATURES, TAPE_ALONG = objective_kernel(expression_curvatures), Kernel(expression_along, ALONG)
