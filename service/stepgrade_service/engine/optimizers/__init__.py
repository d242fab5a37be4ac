"""The catalogue of optimizers: each is one function that reads like its formula."""

from __future__ import annotations

from . import accumulating, adam, descent, searching, tensorwise
from .declaration import Hyperparameter, Optimizer
from .kinds import UpdateKernel
from .rule import Rule

#: The files of the families, in the order in which the catalogue lists what is declared in them.
FAMILIES = (descent, accumulating, adam, tensorwise, searching)

OPTIMIZERS: dict[str, Optimizer] = {
    entry.name: entry for family in FAMILIES for entry in vars(family).values() if isinstance(entry, Optimizer)
}

__all__ = ["OPTIMIZERS", "Hyperparameter", "Optimizer", "Rule", "UpdateKernel"]
