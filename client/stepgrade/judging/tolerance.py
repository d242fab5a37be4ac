"""How far a number may be off, and when two numbers agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

#: What a check may ask for: that what float32 arithmetic gives passes too, or that it does not.
Precision = Literal["float32", "float64"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
FLOAT32: Final = "float32"
FLOAT64: Final = "float64"


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be off: atol + rtol |expected|; `precision` "float32" lets what float32 arithmetic gives pass too."""

    rtol: float = 1e-6
    atol: float = 1e-9
    precision: str = FLOAT32

    def around(self, expected: NDArray[Any]) -> NDArray[Any]:
        """How far each number may be off."""
        with np.errstate(all="ignore"):
            return np.asarray(self.atol + self.rtol * np.abs(expected))


def agree(got: NDArray[Any], expected: NDArray[Any], allowed: NDArray[Any]) -> NDArray[np.bool_]:
    """Where numbers agree; what is not a number agrees with what is none."""
    with np.errstate(all="ignore"):
        known = np.isfinite(expected)
        return np.asarray(np.where(known, np.abs(got - expected) <= allowed, ~np.isfinite(got)))
