"""Whether right numbers were only rounded to some decimals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Numbers may have been rounded to so many decimals, if half a unit of the last is at most this share of the way.
DECIMALS, COARSEST = range(1, 13), 0.01

#: Numbers have few decimals, and are the right ones, within this besides.
FEW, RIGHT = 1e-14, 1e-12


def rounded_to(numbers: Sequence[tuple[int, NDArray[Any], Any]], moved: float) -> int | None:
    """To how many decimals the right numbers were rounded, each time or in every step; None where chance may look like it.

    `numbers` are the steps that were taken, the right numbers after them, and those submitted; `moved` is how far the run went.
    """
    if not numbers:
        return DECIMALS[0]
    rights = np.concatenate([right for _, right, _ in numbers])
    gots = np.concatenate([np.broadcast_to(got, right.shape) for _, right, got in numbers])
    steps = np.repeat([float(steps) for steps, _, _ in numbers], [len(right) for _, right, _ in numbers])
    furthest = max(float(steps) for steps, _, _ in numbers)
    for decimals in DECIMALS:
        half = 0.5 * 10.0**-decimals
        if furthest * half <= COARSEST * moved and _is_rounded(gots, rights, decimals, steps * half):
            return decimals
    return None


def _is_rounded(got: NDArray[Any], right: NDArray[Any], decimals: int, within: NDArray[Any]) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):  # a number near the largest one overflows before it is rounded
        if not np.allclose(got, np.round(got, decimals), rtol=FEW, atol=FEW):
            return False
    with np.errstate(invalid="ignore"):  # infinities are near only where they are the same
        return bool(((np.abs(got - right) <= within + RIGHT * np.abs(right)) & np.isfinite(right) | (got == right)).all())
