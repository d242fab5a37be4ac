"""What one step says of itself: its products with gradient and step before, angles, and the learning rates it stands for.

Vectors whose squares would overflow or underflow are lifted first: multiplied with a power of two, which loses no digit.

Functions of arrays are inlined by numba, because a call would cost more than their work. Functions of numbers are inlined by the
compiler behind it, which takes less time to compile.
"""

from __future__ import annotations

import numpy as np

from ..compiled.arithmetic import LARGEST_SAFE_SQUARE, SMALLEST_SAFE_SQUARE
from ..compiled.jit import compiled_loop, inlined

#: A gradient nearer to 0 has no effective learning rate.
SMALLEST_GRADIENT = 1e-300


@compiled_loop
def lift(square):  # type: ignore[no-untyped-def]
    """A power of two to multiply a vector with before it is squared, where its sum of squares may have lost digits."""
    return 1.0 if SMALLEST_SAFE_SQUARE <= square <= LARGEST_SAFE_SQUARE else (2.0**600 if square < 1.0 else 2.0**-600)


@compiled_loop
def cosine(product, norm_a, norm_b):  # type: ignore[no-untyped-def]
    """Cosine of the angle between two vectors, nan where one of them is zero."""
    lengths = norm_a * norm_b
    return min(1.0, max(-1.0, product / lengths)) if lengths > 0.0 else np.nan


@inlined
def products(step, gradients, previous, r):  # type: ignore[no-untyped-def]
    """|s|^2, |g|^2, <s, g> and <s, step before>, of a run's lifted vectors, and the lifts of step and gradient."""
    dimension = step.shape[0]
    step_square, gradient_square, with_gradient, with_previous = 0.0, 0.0, 0.0, 0.0
    lift_step, lift_gradient, lift_previous = 1.0, 1.0, previous[dimension + 1, r]
    for _ in range(2):
        step_square, gradient_square, with_gradient, with_previous = 0.0, 0.0, 0.0, 0.0
        for i in range(dimension):
            s, g = step[i, r] * lift_step, gradients[i, r] * lift_gradient
            step_square += s * s
            gradient_square += g * g
            with_gradient += s * g
            with_previous += s * (previous[i, r] * lift_previous)
        if lift_step != 1.0 or lift_gradient != 1.0:
            break
        lift_step, lift_gradient = lift(step_square), lift(gradient_square)
        if lift_step == 1.0 and lift_gradient == 1.0:
            break
    return step_square, gradient_square, with_gradient, with_previous, lift_step, lift_gradient


@compiled_loop
def lowered(rate, lift_step, lift_gradient):  # type: ignore[no-untyped-def]
    """A step over a gradient, once both were lifted, as it was before; equal lifts cancel without a rounding on the way."""
    return rate if lift_step == lift_gradient else rate * lift_gradient / lift_step


@compiled_loop
def effective_rate(s, g):  # type: ignore[no-untyped-def]
    """The learning rate at which gradient descent would take the step s of one coordinate; nan where there is no gradient."""
    return -s / g if abs(g) >= SMALLEST_GRADIENT else np.nan


@inlined
def stretch(step, gradients, r, lift_step, lift_gradient):  # type: ignore[no-untyped-def]
    """The largest effective learning rate over the smallest; nan where one is not positive, or where there are not two."""
    largest, smallest, count = 0.0, np.inf, 0
    for i in range(step.shape[0]):
        g = gradients[i, r] * lift_gradient
        if g != 0.0:
            rate = -(step[i, r] * lift_step) / g
            largest, smallest = max(largest, rate), min(smallest, rate)
            count += 1
    return largest / smallest if count > 1 and smallest > 0.0 else np.nan
