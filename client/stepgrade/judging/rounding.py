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

#: Of no more numbers all counts of decimals are tried at once.
AT_ONCE = 1000

Pairs = Sequence[tuple[NDArray[Any], Any]]


def rounded_to(numbers: Pairs, moved: float) -> int | None:
    """To how many decimals the right numbers were rounded; None where they were not, or where chance may look like it.

    `numbers` are the right numbers, and those submitted; `moved` is how far the run went. A number is half a unit of its last decimal
    off at most.
    """
    decimals = decimals_of(numbers, moved)
    if not numbers or decimals is None:
        return decimals
    rights, gots = _joined(numbers)
    within = 0.5 * 10.0**-decimals + RIGHT * np.abs(rights)
    with np.errstate(invalid="ignore"):  # infinities are near only where they are the same
        is_near = (np.abs(gots - rights) <= within) & np.isfinite(rights) | (gots == rights)
    return decimals if is_near.all() else None


def decimals_of(numbers: Pairs, moved: float, steps: int = 1) -> int | None:
    """How many decimals the submitted numbers have, if they are few; `steps` is how often each may have been rounded."""
    if not numbers:
        return DECIMALS[0]
    _, gots = _joined(numbers)
    tried = [decimals for decimals in DECIMALS if steps * 0.5 * 10.0**-decimals <= COARSEST * moved]
    if not tried or not _have(gots, tried[-1:])[0]:  # what has few decimals has no more of them
        return None
    if gots.size > AT_ONCE:
        return next(decimals for decimals in tried if _have(gots, [decimals])[0])
    return tried[_have(gots, tried).index(True)]


def _have(numbers: NDArray[Any], tried: Sequence[int]) -> list[bool]:
    """Whether numbers have no more decimals, for each count of them; they are rounded as `np.round` does it."""
    with np.errstate(over="ignore", invalid="ignore"):  # a number near the largest one overflows before it is rounded
        units = np.array([[10.0**decimals] for decimals in tried])
        few = np.rint(numbers * units) / units
        near = (np.abs(numbers - few) <= FEW + FEW * np.abs(few)) | (numbers == few)
        has: list[bool] = near.all(axis=1).tolist()
        return has


def _joined(numbers: Pairs) -> tuple[NDArray[Any], NDArray[Any]]:
    """All right numbers and all submitted ones, flat."""
    rights = np.concatenate([right for right, _ in numbers])
    gots = [got if np.shape(got) == right.shape else np.broadcast_to(got, right.shape) for right, got in numbers]
    return rights, np.concatenate(gots)
