"""The problems of the comparison: tensors of several ranks, and fifty gradients for each of their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

STEPS = 50

#: The tensors by name; a single tensor has no name in what is posted.
LAYOUTS: dict[str, dict[str, tuple[int, ...]]] = {
    "vector": {"x": (7,)},
    "matrix": {"x": (4, 3)},
    "four axes": {"x": (2, 3, 2, 3)},
    "named": {"W": (3, 4), "b": (3,), "K": (2, 2, 2, 3)},
}


def problem(layout: str) -> tuple[dict[str, Array], list[dict[str, Array]], Array]:
    """The start, the gradients of every step, and the values of a loss there, for the tensors of a layout.

    The gradients change sign, have sizes from 1e-6 to 1e3, and some are 0; the first is made of powers of two, whose squares and
    corrections are exact, so that a centred variance starts at 0 and not at rounding noise.
    """
    random = np.random.default_rng([20261129, *map(ord, layout)])
    start, gradients = dict[str, Array](), [dict[str, Array]() for _ in range(STEPS)]
    for name, shape in LAYOUTS[layout].items():
        start[name] = random.standard_normal(shape)
        sizes = 10.0 ** random.uniform(-6, 3, shape)
        shrinking = np.where(random.random(shape) < 0.3, 0.9, 1.0)
        for step, gradient in enumerate(gradients):
            drawn = random.standard_normal(shape) * sizes * shrinking**step
            gradient[name] = np.where(random.random(shape) < 0.06, 0.0, drawn)
        gradients[0][name] = np.sign(gradients[0][name]) * 2.0 ** np.round(np.log2(sizes))
    for name in start:
        gradients[30][name] = np.zeros_like(start[name])
    values = 3.0 * 0.9 ** np.arange(STEPS) + 0.1 * random.random(STEPS)
    return start, gradients, values


def diagonal(gradient: dict[str, Array]) -> dict[str, Array]:
    """A diagonal of the Hessian to go with a gradient, for those that need one: of its sizes, and with its signs."""
    return {name: 3.0 * part for name, part in gradient.items()}


def flat(tensors: dict[str, Array]) -> Array:
    """The numbers of all tensors, in the order of the layout."""
    return np.concatenate([np.asarray(part, dtype=np.float64).reshape(-1) for part in tensors.values()])


def posted(tensors: dict[str, Array]) -> Any:
    """Tensors as they are posted: a single one has no name."""
    return tensors if set(tensors) != {"x"} else tensors["x"]
