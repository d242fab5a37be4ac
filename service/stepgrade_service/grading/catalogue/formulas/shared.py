"""The parts that several rules share."""

from __future__ import annotations

from typing import Any

import numpy as np

from .work import Array, Work, root


def gradient(w: Work) -> Array:
    """The gradient with its L2 decay."""
    return w.g + w.h.l2 * w.x if w.h.l2 else w.g


def clock(w: Work) -> Any:
    """The number that the bias corrections are made with."""
    return w.t


def step(w: Work) -> Array:
    """x is moved by -lr (direction + decay x)."""
    return -w.rate * (w.direction + w.h.decay * w.x) if w.h.decay else -w.rate * w.direction


def rate(w: Work) -> Array:
    """The learning rate of this step."""
    return w.lr


def denominator(w: Work) -> Array:
    """The root of `square` with eps outside, inside, or both."""
    return root(w.square + w.h.eps_root) + w.h.eps


def numerator_over_denominator(w: Work) -> Array:
    quotient: Array = w.numerator / w.denominator
    return quotient


def over(a: Array, b: float) -> Array:
    """a / b, whatever b is."""
    quotient: Array = a / (b if a.dtype == np.float64 else np.float64(b).astype(a.dtype))
    return quotient


def times_inverse(a: Array, b: float) -> Array:
    """a / b as some kernels have it, which divide once for all numbers and then multiply: the last digit may be another."""
    return np.float64(1.0) / b * a if a.dtype == np.float64 else over(a, b)
