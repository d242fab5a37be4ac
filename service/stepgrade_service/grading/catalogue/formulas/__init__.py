"""The update rules part by part, by the name of the engine's kernel."""

from __future__ import annotations

from collections.abc import Mapping

from . import accumulating, adam, descent
from .work import Array, Formula, Part, Work, quotient, root

FORMULAS: Mapping[str, Formula] = {
    formula.name: formula
    for formula in (
        descent.PLAIN,
        descent.MOMENTUM,
        descent.HEAVY_BALL,
        accumulating.ADAGRAD,
        accumulating.ADADELTA,
        accumulating.RMSPROP,
        accumulating.RMSPROP_WITH_VELOCITY,
        adam.ADAM,
        adam.AMSGRAD,
        adam.ADAMAX,
        adam.NADAM,
    )
}

__all__ = ["FORMULAS", "Array", "Formula", "Part", "Work", "quotient", "root"]
