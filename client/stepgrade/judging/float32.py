"""Which numbers come from float32 arithmetic, and how far that arithmetic may be off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPS32 = float(np.finfo(np.float32).eps)

#: Roundings that one step takes, and how much longer another order of its operations may make them.
ROUNDINGS, ORDERS = 16.0, 8.0

#: Roundings of its largest number that each step adds to a slot.
SLOT_ROUNDINGS = 4.0


def is_float32(array: NDArray[Any]) -> bool:
    """Whether all of its finite numbers can be held in float32 and not all of them are whole; whole numbers say nothing."""
    numbers = array[np.isfinite(array)]
    with np.errstate(over="ignore"):
        return bool(len(numbers)) and bool((numbers.astype(np.float32) == numbers).all()) and bool((numbers % 1 != 0).any())


class Growing:
    """The room around a path, which grows with every step by what float32 may round.

    A step is off by some roundings of its own length, and by more where 1 - beta^t has lost digits; x by one rounding of x.
    `decays` are the betas whose averages are corrected in this way, `t` the steps that were taken before the path.
    """

    def __init__(self, decays: Sequence[float], t: int) -> None:
        self.decays, self.t, self.room = decays, t, np.zeros(1)

    def after(self, step: int, before: NDArray[Any], x: NDArray[Any]) -> NDArray[np.float64]:
        """The room at the point x after a step from `before`."""
        lost = ROUNDINGS + sum(1.0 / max(1.0 - beta ** float(self.t + step), EPS32) for beta in self.decays)
        with np.errstate(all="ignore"):
            self.room = self.room + EPS32 * (2.0 * np.abs(x) + lost * np.abs(x - before))
        return self.room

    def of_slot(self, step: int, slot: NDArray[Any]) -> NDArray[np.float64]:
        """The room around a slot after a step: what is added up is rounded as the largest of it is."""
        with np.errstate(all="ignore"):
            largest = float(np.nan_to_num(np.abs(slot), nan=0.0, posinf=0.0).max(initial=0.0))
        return np.full(slot.shape, EPS32 * (ROUNDINGS + SLOT_ROUNDINGS * step) * largest)
