"""The catalogue of optimizers: each is one function that reads like its formula."""

from __future__ import annotations

from .accumulating import ADADELTA, ADAGRAD, RMSPROP
from .adam import ADAM, ADAMAX, ADAMW, NADAM
from .declaration import Hyperparameter, Optimizer, Rule, UpdateKernel
from .descent import NORMALIZED_GD, SGD, SIGN_GD

OPTIMIZERS: dict[str, Optimizer] = {
    entry.name: entry for entry in (SGD, NORMALIZED_GD, SIGN_GD, ADAGRAD, ADADELTA, RMSPROP, ADAM, ADAMW, ADAMAX, NADAM)
}

__all__ = ["OPTIMIZERS", "Hyperparameter", "Optimizer", "Rule", "UpdateKernel"]
