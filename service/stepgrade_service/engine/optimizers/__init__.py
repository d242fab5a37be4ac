"""The catalogue of optimizers: each is one function that reads like its formula."""

from __future__ import annotations

from . import (
    accumulating,
    adam,
    adam_denominators,
    adam_limits,
    adam_numerators,
    averaging,
    curved,
    descent,
    distances,
    factored,
    losses,
    momenta,
    muon,
    quasi_newton,
    schedule_free,
    searching,
    shampoo,
    signs,
    sparse,
    tensorwise,
    trust_ratios,
)
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .kinds import UpdateKernel
from .rule import Rule

#: The files of the families, in the order in which the catalogue lists what is declared in them.
FAMILIES = (
    descent, momenta, signs, accumulating, adam, adam_denominators, adam_numerators, adam_limits, sparse, averaging, tensorwise,
    trust_ratios, factored, muon, shampoo, distances, losses, schedule_free, searching, quasi_newton, curved,
)  # fmt: skip

#: What is declared in each of them, by the name of the file: the kinds of optimizers.
KINDS: dict[str, tuple[Optimizer, ...]] = {
    family.__name__.rpartition(".")[2]: tuple(each for each in vars(family).values() if isinstance(each, Optimizer)) for family in FAMILIES
}

#: What each kind is, in words.
FAMILIES_BY_KIND: dict[str, OptimizerFamily] = {
    family.__name__.rpartition(".")[2]: family.FAMILY for family in FAMILIES if hasattr(family, "FAMILY")
}

OPTIMIZERS: dict[str, Optimizer] = {entry.name: entry for entries in KINDS.values() for entry in entries}

__all__ = ["FAMILIES_BY_KIND", "KINDS", "OPTIMIZERS", "Hyperparameter", "Optimizer", "OptimizerFamily", "Rule", "UpdateKernel"]
