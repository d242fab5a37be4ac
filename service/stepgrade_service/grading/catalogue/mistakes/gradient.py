"""Mistakes about the gradient before it is used."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...order import Family
from ..formulas import Array, Part, Trait, Work, squared_norm
from .declaration import family
from .epsilon import count

_, several = family(Family.GRADIENT)


def clipped(largest: float) -> Part:
    """The gradient with every number brought between -largest and largest."""
    return lambda w: np.clip(w.g, -largest, largest) + w.h.l2 * w.x


def shortened(longest: float) -> Part:
    """The gradient, shortened where its norm is larger."""

    def gradient(w: Work) -> Array:
        length = np.sqrt(squared_norm(w, "g"))
        return (w.g * (longest / length) if length > longest else w.g) + w.h.l2 * w.x

    return gradient


def limited(code: str, words: str, part: Callable[[float], Part], wrong: str, limits: tuple[float, ...]) -> None:
    """Enter a gradient that is made smaller, with the limits that are usual, the commonest first; LIMIT in the words is the limit."""
    first, *others = [(words.replace("LIMIT", f"{limit:g}"), {"gradient": part(limit)}) for limit in limits]
    several(
        first[1],
        code,
        first[0],
        where="gradient",
        wrong=wrong,
        right=r"g",
        hints=(
            "Look at the gradient.",
            "Do you change it before you use it?",
            "Use the gradient as it is. The task does not ask for clipping.",
        ),
        ways=tuple(others),
    )


limited("gradient_clipped", "the gradient is clipped to the range from -LIMIT to LIMIT", clipped, r"g\leftarrow\mathrm{clip}(g,-c,c)",
        (1.0, 5.0, 0.5, 10.0, 0.1))  # fmt: skip
limited("gradient_norm_clipped", "the gradient is shortened to a norm of LIMIT", shortened,
        r"g\leftarrow g\,\min\left(1,\,\frac{c}{\lVert g\rVert}\right)", (1.0, 5.0, 0.5, 10.0))  # fmt: skip


several(
    {"gradient": lambda w: w.g / count(w) + w.h.l2 * w.x},
    "gradient_divided",
    "the gradient is divided by the number of its numbers",
    where="gradient",
    wrong=r"\frac{g}{n}",
    right="g",
    hints=(
        "Look at the gradient.",
        "Is the gradient divided by a number?",
        "You divide the gradient by how many numbers it has, as g / len(g) does. Use the gradient as it is.",
    ),
    lacks=(Trait.DIVIDES_BY_ROOT, Trait.TAKES_SIGN, Trait.USES_NORM, Trait.TAKES_LARGEST_GRADIENT),
    ways=(
        (
            "the gradient of each tensor is divided by the number of its numbers",
            {"gradient": lambda w: w.g / np.bincount(w.tensors)[w.tensors] + w.h.l2 * w.x},
        ),
    ),
    stands_alone=True,
)


def of_each_tensor(divided: bool) -> Part:
    """The sum of the gradient's numbers in the place of each of them, tensor by tensor, or their mean."""

    def gradient(w: Work) -> Array:
        sums, counts = np.bincount(w.tensors, w.g), np.maximum(np.bincount(w.tensors), 1)
        return (sums / counts if divided else sums).astype(w.g.dtype)[w.tensors] + w.h.l2 * w.x

    return gradient


def of_all(divided: bool) -> Part:
    """The same over all tensors together."""

    def gradient(w: Work) -> Array:
        numbers = np.concatenate([each.g for each in w.beside or (w,)])
        return w.g * 0 + (numbers.mean() if divided else numbers.sum()) + w.h.l2 * w.x

    return gradient


def over_coordinates(code: str, done: str, function: str, divided: bool, wrong: str) -> None:
    """Enter one number that is made of the whole gradient."""
    several(
        {"gradient": of_all(divided)},
        code,
        f"the gradient is {done} over its numbers",
        where="gradient",
        wrong=wrong,
        right="g",
        hints=(
            "Look at the gradient.",
            "Does each number of the params have its own gradient?",
            f"You use {function}, one number for the whole array. Use g.",
        ),
        ways=((f"the gradient of each tensor is {done} over its numbers", {"gradient": of_each_tensor(divided)}),),
    )


over_coordinates("gradient_averaged", "averaged", "np.mean(g)", True, r"\frac{1}{n}\sum_i g_i")
over_coordinates("gradient_summed", "summed", "np.sum(g)", False, r"\sum_i g_i")
