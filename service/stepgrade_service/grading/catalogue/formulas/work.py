"""One step of an update rule, as students work it out: NumPy, one run, a flat vector. A mistake is one part put wrong.

What is not a number comes without a warning, as long as a `Course` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import cbrt
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
    of the rule, named as its family names them; `traits` of the rule; `right`, its parts as they are right; `tensors`, the number of
    the tensor that each coordinate belongs to, from 0; `layers`, the number of its layer; `tensor_count`, how many tensors there are;
    `first_t`, the number of the first step of the run. Where tensors have different numbers there is a work for each of those:
    `where` are its coordinates, and `beside` are all
    works; else it is empty. What the parts work out they leave as further attributes, of which `step` is the last.
    """

    def __init__(self, t: int, x: Array, g: Array, lr: Array, slots: Mapping[str, Array], h: Mapping[str, float], **more: Any) -> None:
        self.t, self.x, self.g, self.lr = t, x, g, lr
        self.posted = g
        self.traits: frozenset[Trait] = more.get("traits", frozenset())
        self.right: Mapping[str, Part] = more.get("right", {})
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


def norm(w: Work, name: str) -> Any:
    """The norm of a part over all tensors: one number, summed up in order as the engine does it."""
    if not w.beside:
        return _length(getattr(w, name), np.zeros(len(w.x), dtype=int), True)
    parts = [getattr(each, name) for each in w.beside]
    if not isinstance(parts[0], np.ndarray):  # a solution writes it down
        return parts[0].beside(parts, [each.where for each in w.beside]).norm(np.zeros(sum(map(len, parts)), dtype=int), True)
    whole = np.empty(sum(map(len, parts)), parts[0].dtype)
    for each, part in zip(w.beside, parts, strict=True):
        whole[each.where] = part
    return _length(whole, np.zeros(len(whole), dtype=int), True)


def tensor_norms(w: Work, name: str) -> Any:
    """The norm of a part over each tensor, in each coordinate of the tensor."""
    return _length(getattr(w, name), w.tensors, False)


def tensor_means(w: Work, name: str) -> Any:
    """The mean of a part over each tensor, in each coordinate of the tensor."""
    part = getattr(w, name)
    return means_of(part, w.tensors) if isinstance(part, np.ndarray) else part.mean(w.tensors)


def _length(a: Any, tensors: Array, is_one: bool) -> Any:
    return norms_of(a, tensors, is_one) if isinstance(a, np.ndarray) else a.norm(tensors, is_one)


def norms_of(a: Array, tensors: Array, is_one: bool) -> Any:
    """The norms of what has the same number in `tensors`, in each coordinate; one number where it is of all."""
    largest = np.abs(a).max(initial=0.0)
    scale = largest if 0 < largest < np.inf and not 1e-120 < largest < 1e120 else 1.0  # else squares would not be finite, or would be 0
    roots = (scale * np.sqrt(np.bincount(tensors, (a / scale) ** 2))).astype(a.dtype)
    return roots.sum() if is_one else roots[tensors]


def means_of(a: Array, tensors: Array) -> Array:
    """The means of what has the same number in `tensors`, in each coordinate."""
    means: Array = (np.bincount(tensors, a) / np.maximum(np.bincount(tensors), 1)).astype(a.dtype)[tensors]
    return means


def one_by_one(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of numbers for arrays too: NumPy's own may differ in the last digit from the one that is compiled."""

    def worked(a: Any) -> Any:
        return np.array([function(number) for number in a.tolist()], a.dtype) if np.ndim(a) else function(float(a))

    return worked


def cube_root(a: Any) -> Any:
    """The cube root, number by number."""
    return _cube_roots(a) if isinstance(a, np.ndarray) else np.cbrt(a)


_cube_roots = one_by_one(cbrt)


def powered(a: Any, power: Any) -> Any:
    """a to a power, number by number."""
    return np.array([number**power for number in a], a.dtype) if isinstance(a, np.ndarray) else a**power
