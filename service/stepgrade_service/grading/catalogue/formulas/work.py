"""One step of an update rule, as students work it out: NumPy, one run, a flat vector. A mistake is one part put wrong.

What is not a number comes without a warning, as long as a `Course` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .traits import Trait

Array = NDArray[Any]
Part = Callable[..., Any]


class Work:
    """One step while it is worked out.

    What is given: `t`, the number of this step, `t_before` of those before the run; `x`, `g`, `lr`, each (dimension,); `old`,
    the slots before the step; `h`, the numbers of the rule, named as its kernel names them; `traits` of the rule; `bounds` of the
    tensors; `first_t`, the number of the first step of the run. What the parts work out they leave as further attributes, of which
    `step` is the last.
    """

    def __init__(self, t: int, x: Array, g: Array, lr: Array, slots: Mapping[str, Array], h: Mapping[str, float], **more: Any) -> None:
        self.t, self.x, self.g, self.lr = t, x, g, lr
        self.posted = g
        self.traits: frozenset[Trait] = more.get("traits", frozenset())
        self.old, self.h = SimpleNamespace(**slots), SimpleNamespace(**h)
        self.bounds: tuple[int, ...] = more.get("bounds", (0, len(x)))
        self.first_t: int = more.get("first_t", t)
        self.step: Array = x

    def __getattr__(self, name: str) -> Any:
        """What a part that does not belong to this rule would ask for."""
        raise AttributeError(f"this rule has no {name}")


def quotient(a: Array, b: Array) -> Array:
    """a / b, where 0 / 0 is 0: no step."""
    ratio = a / b
    return ratio if a.all() else np.where(a == 0, a * 0, ratio)


def root(square: Any) -> Any:
    """The square root; nan below 0, as a student's would be."""
    return np.sqrt(square)
