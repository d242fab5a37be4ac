"""The update rules part by part: what the files of this room declare, by the name of the engine's kernel."""

from __future__ import annotations

from ....engine.optimizers import OPTIMIZERS, UpdateKernel
from ..collect import files_of
from .formula import Entering, Formula, stored_step
from .traits import Trait
from .work import Array, Part, Work, norms_of, root, squared_norm

FORMULAS: dict[str, Formula] = {
    each.name: each for file in files_of(__name__, __path__) for each in vars(file).values() if isinstance(each, Formula)
}


def formula_for(kernel: UpdateKernel) -> Formula | None:
    """The formula of a kernel; None where it has none, so that no mistake is known of it."""
    return FORMULAS.get(kernel.name)


def without_formula() -> list[str]:
    """The kernels of the engine that have no formula: with these a check knows no mistakes, only other optimizers and numbers."""
    kernels = {kernel.name: kernel for optimizer in OPTIMIZERS.values() for kernel in optimizer.kernels}
    return [name for name, kernel in kernels.items() if formula_for(kernel) is None]


__all__ = [
    "FORMULAS",
    "Array",
    "Entering",
    "Formula",
    "Part",
    "Trait",
    "Work",
    "formula_for",
    "norms_of",
    "root",
    "squared_norm",
    "stored_step",
    "without_formula",
]
