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
    for decimals in DECIMALS:
        half = 0.5 * 10.0**-decimals
        if all(steps * half <= COARSEST * moved and _is_rounded(got, right, decimals, steps * half) for steps, right, got in numbers):
            return decimals
    return None


def _is_rounded(got: Any, right: NDArray[Any], decimals: int, within: float) -> bool:
    has_few = np.allclose(got, np.round(got, decimals), rtol=FEW, atol=FEW)
    return bool(has_few and np.allclose(got, right, rtol=RIGHT, atol=within))
