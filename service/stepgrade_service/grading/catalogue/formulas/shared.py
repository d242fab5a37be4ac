"""The parts that several rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def read(**meant: float | str | None) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """The numbers of a rule as its family names them: the kernel's own, and a number that it has built in or, by its name there, one that
    it calls otherwise. None stands for a number of the kernel that means something else in the family."""

    def numbers(own: Mapping[str, Any]) -> Mapping[str, Any]:
        read = {name: own[value] if isinstance(value, str) else value for name, value in meant.items() if value is not None}
        return {**{name: value for name, value in own.items() if name not in meant}, **read}

    return numbers


#: What a kernel without weight decay has for it.
NO_DECAY: Mapping[str, float] = {"l2": 0.0, "decay": 0.0}

#: What a kernel has that always corrects both averages.
CORRECTED: Mapping[str, float] = {"corrected_m": 1.0, "corrected_v": 1.0}

#: What a kernel has whose eps is always added to the root.
EPS_OUTSIDE: Mapping[str, float] = {"eps_root": 0.0, "eps_hat": 0.0}
