"""How a student's class holds its params: a list of tensors, a dictionary, one array, W and b as two arguments, or a layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import BIAS, BIAS_GRADIENT, GRADIENT, LAYER, PAIRS, PARAMS, SIZE, WEIGHT, WEIGHT_GRADIENT
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.style import like
from stepgrade.grading.students.styles.tensors import Tensor
from stepgrade.grading.students.watching import Unreadable


class Container(ABC):
    """Params and gradients as a class has them. The case has them as one array, or as a dictionary of layers."""

    title: str
    shapes: Mapping[str, tuple[int, ...]] | None = inputs.LAYERS

    def __init__(self, start: Any, dtype: Any) -> None:
        self.start, self.dtype = start, dtype
        self.params = self.hold(start)
        self.given: list[Any] = []

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """The case with a dictionary of layers, from the first step: an object's state cannot be set from outside."""
        return inputs.layered(inputs.stateless(case))

    @abstractmethod
    def hold(self, numbers: Any) -> Any:
        """Params or gradients as the class has them."""

    def read(self, value: Any) -> Any:
        """The numbers in what the class holds or returns, laid out as the case has them; None where there are none."""
        return like(value, self.start)

    def values(self, gradient: Any, params: Any) -> dict[str, Any]:
        """What a method may ask for, with the params as they are held now; their gradients are set too."""
        held, tensors = self.hold(gradient), self.listed(params)
        self.given = self.listed(held)
        for tensor, part in zip(tensors, self.given, strict=False):
            attach(tensor, "grad", part)
        return {PARAMS: params, GRADIENT: held, PAIRS: list(zip(self.given, tensors, strict=False))}

    def listed(self, held: Any) -> list[Any]:
        """Its tensors one by one."""
        return list(held.values()) if isinstance(held, Mapping) else list(held) if isinstance(held, (list, tuple)) else [held]

    def known(self) -> dict[str, Any]:
        """What a constructor may ask for."""
        return {PARAMS: self.params}

    def tensor(self, numbers: Any) -> Tensor:
        """One tensor."""
        return Tensor.of(numbers, self.dtype)


class List(Container):
    """A list of tensors."""

    title = "a list of tensors"

    def hold(self, numbers: Any) -> list[Tensor]:
        """In the order of the layers."""
        return [self.tensor(part) for part in numbers.values()]

    def read(self, value: Any) -> Any:
        """A list or an iterable array of as many."""
        parts = list(value) if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value[:0]) else []
        parts = [getattr(part, "data", part) if not isinstance(part, np.ndarray) else part for part in parts]
        return like(dict(zip(self.start, parts, strict=True)), self.start) if len(parts) == len(self.start) else None


class Dictionary(Container):
    """A dictionary of tensors, whose gradients have the same keys."""

    title = "a dictionary of tensors"

    def hold(self, numbers: Any) -> dict[str, Tensor]:
        """By the names of the layers."""
        return {name: self.tensor(part) for name, part in numbers.items()}


class DictionaryWithD(Dictionary):
    """A dictionary of tensors, whose gradients have a d before each key."""

    title = "a dictionary of tensors, with dW1 for the gradient of W1"

    def values(self, gradient: Any, params: Any) -> dict[str, Any]:
        """With other keys for the gradients."""
        found = super().values(gradient, params)
        return {**found, GRADIENT: {f"d{name}": part for name, part in found[GRADIENT].items()}}


class Array(Container):
    """One array."""

    title = "one array"
    shapes = None

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """The case on one array."""
        return inputs.flat(inputs.stateless(case))

    def hold(self, numbers: Any) -> Tensor:
        """As it is."""
        return self.tensor(numbers)

    def known(self) -> dict[str, Any]:
        """Also how large it is."""
        shape = np.shape(self.start)
        return {PARAMS: self.params, SIZE: shape[0] if len(shape) == 1 else shape}


class ArrayOfOneAxis(Array):
    """One array of one axis, for code that goes through its numbers."""

    title = "one array of one axis"

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """The case on it."""
        return inputs.of_one_axis(Array.fitted(case))


class Matrix(Array):
    """One matrix, for code that goes through its rows and columns."""

    title = "one matrix"

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """The case on it."""
        return inputs.of_two_axes(Array.fitted(case))


class Pair(Container):
    """W and b, each an argument."""

    title = "W and b as two arguments"
    shapes = inputs.ONE_LAYER

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """The case with one layer."""
        return inputs.one_layer(inputs.stateless(case))

    def hold(self, numbers: Any) -> list[Tensor]:
        """W, then b."""
        if len(numbers) != len(inputs.ONE_LAYER):
            raise Unreadable("These inputs have more than W and b.")
        return [self.tensor(part) for part in numbers.values()]

    def values(self, gradient: Any, params: Any) -> dict[str, Any]:
        """Each by itself."""
        found = super().values(gradient, params)
        (weight, bias), (weight_gradient, bias_gradient) = found[PARAMS], found[GRADIENT]
        return {WEIGHT: weight, BIAS: bias, WEIGHT_GRADIENT: weight_gradient, BIAS_GRADIENT: bias_gradient}

    def read(self, value: Any) -> Any:
        """Both, as a tuple or list."""
        is_pair = isinstance(value, (list, tuple)) and len(value) == len(inputs.ONE_LAYER)
        return like(dict(zip(self.start, value, strict=True)), self.start) if is_pair else None


class Layer(Pair):
    """A layer that has weights, biases, dweights and dbiases."""

    title = "a layer with weights, biases, dweights and dbiases"

    def __init__(self, start: Any, dtype: Any) -> None:
        super().__init__(start, dtype)
        self.layer = SimpleNamespace(weights=self.params[0], biases=self.params[1])

    def known(self) -> dict[str, Any]:
        """The layer itself."""
        return {LAYER: self.layer}

    def values(self, gradient: Any, _: Any) -> dict[str, Any]:
        """The layer with its gradients."""
        self.given = self.hold(gradient)
        self.layer.dweights, self.layer.dbiases = self.given
        return {LAYER: self.layer}

    def read(self, _: Any) -> Any:
        """What the layer has now."""
        return super().read((self.layer.weights, self.layer.biases))


#: In the order in which they are tried: with lists and dictionaries the arithmetic of one array raises, and not the other way round.
CONTAINERS: tuple[type[Container], ...] = (List, Dictionary, DictionaryWithD, Array)
BY_NUMBERS: tuple[type[Container], ...] = (ArrayOfOneAxis, Matrix)
BY_ROLE: Mapping[str, type[Container]] = {WEIGHT_GRADIENT: Pair, LAYER: Layer}


def attach(holder: Any, name: str, value: Any) -> None:
    """Set an attribute of what takes one."""
    try:
        setattr(holder, name, value)
    except (AttributeError, TypeError):  # a plain array, a class with slots, a property
        return
