"""Second derivatives of any objective: its own kernel, which computes the gradient, run on numbers that carry their derivatives.

Forward over reverse, exact but for rounding. It runs in Python: what needs Hessians in a loop would have them compiled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel

Array = NDArray[np.float64]


class Dual:
    """A number and its derivatives by each coordinate, (dimension,)."""

    __slots__ = ("slopes", "value")

    def __init__(self, value: float, slopes: Array) -> None:
        self.value, self.slopes = value, slopes

    def __add__(self, other: Any) -> Dual:
        return Dual(self.value + _value(other), self.slopes + _slopes(other))

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slopes)

    def __sub__(self, other: Any) -> Dual:
        return Dual(self.value - _value(other), self.slopes - _slopes(other))

    def __rsub__(self, other: float) -> Dual:
        return Dual(other - self.value, -self.slopes)

    def __mul__(self, other: Any) -> Dual:
        return Dual(self.value * _value(other), self.slopes * _value(other) + self.value * _slopes(other))

    def __truediv__(self, other: Any) -> Dual:
        quotient = self.value / _value(other)
        return Dual(quotient, (self.slopes - quotient * _slopes(other)) / _value(other))

    def __rtruediv__(self, other: float) -> Dual:
        quotient = other / self.value
        return Dual(quotient, -quotient / self.value * self.slopes)

    def __pow__(self, power: float) -> Dual:
        return Dual(self.value**power, power * self.value ** (power - 1.0) * self.slopes if power else 0.0 * self.slopes)

    def __abs__(self) -> Dual:
        return -self if self.value < 0 else self

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _value(other))

    def __eq__(self, other: object) -> bool:
        return bool(self.value == _value(other))

    __radd__, __rmul__, __hash__ = __add__, __mul__, None  # type: ignore[assignment]


def _value(number: Any) -> float:
    return number.value if isinstance(number, Dual) else number


def _slopes(number: Any) -> Any:
    return number.slopes if isinstance(number, Dual) else 0.0


#: The functions that kernels take from `math`, each with its derivative, which `along` has compiled.
DERIVATIVES: dict[str, Callable[[float], float]] = {
    "exp": lambda x: math.exp(x),
    "expm1": lambda x: math.exp(x),
    "log1p": lambda x: 1.0 / (1.0 + x),
    "sqrt": lambda x: 0.5 / math.sqrt(x) if x else 0.0,  # of a distance at its center, which has no slope
    "sin": lambda x: math.cos(x),
    "cos": lambda x: -math.sin(x),
    "atan": lambda x: 1.0 / (1.0 + x * x),
}


def _carrying(name: str) -> Callable[[Any], Any]:
    """A function of `math` that takes numbers with derivatives too."""
    plain, derivative = getattr(math, name), DERIVATIVES[name]

    def function(number: Any) -> Any:
        if not isinstance(number, Dual):
            return plain(number)
        return Dual(plain(number.value), derivative(number.value) * number.slopes)

    return function


def _copysign(size: float, number: Any) -> float:
    return math.copysign(size, _value(number))


KNOWN = {name: _carrying(name) for name in DERIVATIVES} | {"copysign": _copysign}


def _on_duals(function: Any) -> Callable[..., Any]:
    """A compiled function as Python, with all that it calls taking numbers with derivatives."""
    plain = getattr(function, "py_func", function)
    named = {name: plain.__globals__[name] for name in plain.__code__.co_names if name in plain.__globals__}
    taken = {name: _on_duals(value) for name, value in named.items() if hasattr(value, "py_func")}
    return FunctionType(plain.__code__, {**named, **taken, **KNOWN})


def hessian(kernel: Kernel, parameters: Array, point: Sequence[float]) -> Array:
    """The second derivatives of a kernel's function at a point, (dimension, dimension).

    Where the gradient has a jump or is infinite, so has what is returned: a number that means nothing, or one that is not finite.
    """
    return derivatives(kernel, parameters, point)[1]


def derivatives(kernel: Kernel, parameters: Array, point: Sequence[float]) -> tuple[Array, Array]:
    """The derivatives of what a kernel computes at a point: of its value, (dimension,), and of its gradient, (dimension, dimension)."""
    dimension = len(point)
    x, gradients, values = np.empty((dimension, 1), object), np.empty((dimension, 1), object), np.empty(1, object)
    for i, (coordinate, slopes) in enumerate(zip(point, np.eye(dimension), strict=True)):
        x[i, 0] = Dual(float(coordinate), slopes)
    with np.errstate(all="ignore"):
        _on_duals(kernel.function)(x, parameters, values, gradients)
    carried = np.array([np.broadcast_to(_slopes(number), dimension) for number in (*values, *gradients[:, 0])], dtype=np.float64)
    return carried[0], carried[1:]
