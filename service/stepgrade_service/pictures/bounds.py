"""What can be drawn of all the numbers there are: the one place that decides how long an axis may be, and what lies beyond it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: No number that is larger is drawn, and on a logarithmic scale none that is smaller: with their sums and margins one would
#: leave the finite numbers.
LARGEST, SMALLEST = 1e300, 1e-300

#: A path has at most this many dots.
MOST_DOTS = 200

#: The line of a path has at most this many points: through more of them it is a blot, and takes longer than anybody waits.
MOST_IN_LINE = 10_000

#: No axis is shorter, nor shorter than this share of what stands at its ends: float64 could not divide it into places.
LEAST_SIZE, RESOLVED = 1e-250, 1e-9


def least_size(low: float, high: float) -> float:
    """How long an axis must be at least that has these ends."""
    return max(LEAST_SIZE, RESOLVED * max(abs(low), abs(high)))


def is_resolved(low: float, high: float) -> bool:
    """Whether an axis with these ends can be divided into places."""
    return high - low >= least_size(low, high)


def cut(numbers: Array) -> Array:
    """The numbers, those beyond what can be drawn as the largest that can; nan stays."""
    return np.clip(numbers, -LARGEST, LARGEST)


def cut_finite(numbers: Array) -> Array:
    """The finite numbers, `cut`; nan for the others."""
    return np.where(np.isfinite(numbers), cut(numbers), np.nan)


def about_what_is_cut(*numbers: Array) -> list[str]:
    """Said where finite numbers are `cut`."""
    beyond = any(bool((np.isfinite(each) & (np.abs(each) > LARGEST)).any()) for each in numbers)
    return ["values beyond ±1e300 are drawn at ±1e300"] if beyond else []
