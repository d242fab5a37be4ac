"""One step of an update rule, as students work it out: NumPy, one run, a flat vector. A mistake is one part put wrong.

What is not a number comes without a warning, as long as a `Course` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .traits import Trait

Array = NDArray[Any]
Part = Callable[..., Any]


class Work:
    """One step while it is worked out.

    What is given: `t`, the number of this step; `x`, `g`, `lr`, each (dimension,); `old`, the slots before the step; `h`, the numbers
    of the rule, named as its kernel names them; `traits` of the rule; `tensors`, the number of the tensor that each coordinate belongs
    to, from 0; `layers`, the number of its layer; `tensor_count`, how many tensors there are; `first_t`, the number of the first step of
    the run. Where tensors have different numbers there is a work for each of those: `where` are its coordinates, and `beside` are all
    works; else it is empty. What the parts work out they leave as further attributes, of which `step` is the last.
    """

    def __init__(self, t: int, x: Array, g: Array, lr: Array, slots: Mapping[str, Array], h: Mapping[str, float], **more: Any) -> None:
        self.t, self.x, self.g, self.lr = t, x, g, lr
        self.posted = g
        self.traits: frozenset[Trait] = more.get("traits", frozenset())
        self.old, self.h = SimpleNamespace(**slots), SimpleNamespace(**h)
        self.tensors: Array = more["tensors"] if "tensors" in more else np.zeros(len(x), dtype=int)
        self.layers: Array = more["layers"] if "layers" in more else np.ones(len(x))
        self.tensor_count: int = more.get("tensor_count", 1)
        self.first_t: int = more.get("first_t", t)
        self.where: Any = more.get("where", slice(None))
        self.beside: Sequence[Work] = ()
        self.step: Array = x

    def __getattr__(self, name: str) -> Any:
        """What a part that does not belong to this rule would ask for."""
        raise AttributeError(f"this rule has no {name}")


def squared_norm(w: Work, name: str = "gradient") -> Any:
    """The square of the norm of the whole gradient, over all tensors; for `g`, of the one that was posted."""
    gradient: Array = getattr(w, name)
    if w.beside:
        gradient = np.empty(sum(len(each.x) for each in w.beside), gradient.dtype)
        for each in w.beside:
            gradient[each.where] = getattr(each, name)
    return (gradient * gradient).sum()


def root(square: Any) -> Any:
    """The square root; nan below 0, as a student's would be."""
    return np.sqrt(square)
