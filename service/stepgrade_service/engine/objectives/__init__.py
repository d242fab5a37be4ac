"""The catalogue of objectives."""

from __future__ import annotations

from .bowls import D2L_RAVINE, QUADRATIC, SPHERE
from .declaration import Facts, Objective, Parameter
from .multimodal import DUPONT_TWO_GAUSSIANS, HIMMELBLAU, STYBLINSKI_TANG
from .regression import LINREG_TINY, LOGREG_TINY
from .saddles import BOUNDED_SADDLE, SADDLE
from .valleys import BEALE, DISTILL_BANANA, ROSENBROCK

OBJECTIVES: dict[str, Objective] = {
    entry.name: entry
    for entry in (
        SPHERE,
        QUADRATIC,
        D2L_RAVINE,
        ROSENBROCK,
        DISTILL_BANANA,
        BEALE,
        HIMMELBLAU,
        STYBLINSKI_TANG,
        DUPONT_TWO_GAUSSIANS,
        SADDLE,
        BOUNDED_SADDLE,
        LINREG_TINY,
        LOGREG_TINY,
    )
}

__all__ = ["OBJECTIVES", "Facts", "Objective", "Parameter"]
