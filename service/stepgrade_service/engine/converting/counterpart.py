"""A class or function of another convention that may be the same optimizer: what its arguments can say, and how it is posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..conventions.constructors import Constructor
from ..conventions.declaration import UNSAID, Argument, Convention, Renamed, Row
from ..optimizers import OPTIMIZERS, Optimizer
from ..optimizers.hyperparameters import LR
from ..optimizers.wrapping import WRAPPERS


@dataclass(frozen=True)
class Counterpart:
    """A class or function of the other convention that may be the same optimizer."""

    convention: Convention
    constructor: Constructor
    row: Row
    implied: Mapping[str, Any] = field(default_factory=dict)

    @property
    def optimizer(self) -> Optimizer:
        """The catalogue's entry."""
        return OPTIMIZERS[self.row.optimizer]

    def argument(self, name: str) -> Argument:
        """What an argument stands for."""
        return self.row.arguments.get(name) or self.convention.arguments.get(name) or Renamed(name)

    def said(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that stand for hyperparameters; those that cannot say them are left out."""
        if own.get("weight_decay") == 0 and "weight_decay_mode" in own:
            own = {**own, "weight_decay_mode": self.row.defaults.get("weight_decay_mode", "l2")}  # no decay has no place
        together = {name: value for each in self.row.together for name, value in each.said(own).items()}
        found = dict[str, Any]()
        for name in self.constructor.arguments:
            value = together[name] if name in together else self.argument(name).said(own)
            if value is not UNSAID:
                found[name] = self._whole(name, value)
        return found

    def _whole(self, name: str, value: Any) -> Any:
        """A whole number as frameworks want it."""
        targets = self.argument(name).targets
        hyperparameter = WRAPPERS.get(targets[0]) or self.optimizer.by_name.get(targets[0], LR)
        return int(value) if hyperparameter.whole and isinstance(value, float) else value

    @property
    def reach(self) -> frozenset[str]:
        """The hyperparameters that its arguments can say something of."""
        return frozenset(target for name in self.constructor.arguments for target in self.argument(name).targets)

    def request(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """How it is posted."""
        return {"name": self.constructor.name, "convention": self.convention.name, **arguments}
