"""A small stand-in for what frameworks of courses give to an optimizer: parameters with `data` and `grad`, and a base class."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np


class Parameter:
    """An array with a gradient. Two of them are equal only if they are one, so that a dictionary can have them as keys."""

    def __init__(self, data: Any) -> None:
        self.data = np.array(data, dtype=float)
        self.grad: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the numbers."""
        return self.data.shape


class Optimizer:
    """The base class: parameter groups, and a state for each parameter."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.param_groups = [{"params": list(params), **defaults}]
        self.state: dict[Any, dict[str, Any]] = defaultdict(dict)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None
