"""Where a model starts: its starts by name, each drawn when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .model import Model
from .sets import seeded

Array = NDArray[np.float64]

#: A tensor of a shape, for a layer of so many inputs and outputs: weights, and biases.
Draw = Callable[[np.random.RandomState, tuple[int, ...], int, int, float], Array]


def zeros(_: np.random.RandomState, shape: tuple[int, ...], *__: float) -> Array:
    return np.zeros(shape)


def normal(random: np.random.RandomState, shape: tuple[int, ...], inputs: int, outputs: int, std: float) -> Array:
    return std * random.standard_normal(shape)


def he(random: np.random.RandomState, shape: tuple[int, ...], inputs: int, outputs: int, std: float) -> Array:
    return sqrt(2.0 / inputs) * random.standard_normal(shape)


def xavier(random: np.random.RandomState, shape: tuple[int, ...], inputs: int, outputs: int, std: float) -> Array:
    return random.uniform(-1.0, 1.0, shape) * sqrt(6.0 / (inputs + outputs))


def uniform(random: np.random.RandomState, shape: tuple[int, ...], inputs: int, outputs: int, std: float) -> Array:
    return random.uniform(-1.0, 1.0, shape) / sqrt(inputs)


#: What weights and biases are drawn by, and what is said of it.
STARTS: dict[str, tuple[Draw, Draw, str]] = {
    "zeros": (zeros, zeros, "all numbers are 0"),
    "normal": (normal, zeros, "weights are normal with standard deviation init_std, biases are 0"),
    "he": (he, zeros, "weights are normal with standard deviation sqrt(2 / inputs), biases are 0 (He et al. 2015)"),
    "xavier": (
        xavier,
        zeros,
        "weights are uniform within sqrt(6 / (inputs + outputs)) of 0, biases are 0 (Glorot & Bengio 2010)",
    ),
    "uniform": (uniform, uniform, "weights and biases are uniform within 1 / sqrt(inputs) of 0, as those of torch.nn.Linear are"),
}


def default_start(is_deep: bool, activation: str) -> str:
    """The start of a request that names none: zeros for a linear model; he for relu, xavier for other activations."""
    return ("he" if activation == "relu" else "xavier") if is_deep else "zeros"


class NamedStarts(Mapping[str, list[float]]):
    """The starts of a model, the default first; a start is drawn tensor by tensor in the order of the params."""

    def __init__(self, model: Model) -> None:
        self.model = model
        first = default_start(model.kind.is_deep, model.settings.get("activation", ""))
        self.names = (first, *(name for name in STARTS if name != first))

    def __getitem__(self, name: str) -> list[float]:
        weights, biases, _ = STARTS[name]
        settings, random = self.model.settings, seeded(self.model.settings["init_seed"])
        drawn = [
            (biases if tensor.startswith("b") else weights)(random, shape, *fans, settings["init_std"])
            for tensor, shape, fans in self.model.shapes
        ]
        numbers: list[float] = np.concatenate([np.reshape(each, -1) for each in drawn]).tolist()
        return numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
