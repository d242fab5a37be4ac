"""What an objective is: its kernel, and the facts that the catalogue tells of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel
from ..compiled.signatures import OBJECTIVE

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """A number, or one number a coordinate, that shapes an objective."""

    name: str
    meaning: str
    default: float | None
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    per_coordinate: bool = False
    is_matrix: bool = False

    def length(self, value: Any) -> int | None:
        """The dimension that a value of this parameter says, if it does."""
        return len(value) if (self.per_coordinate or self.is_matrix) and isinstance(value, list | tuple) else None


@dataclass(frozen=True)
class Facts:
    """What is known of an objective at given parameters and dimension.

    `minima`, `saddles` and `maxima` are points. `condition_number` is that of the Hessian at the first minimum; None where it is
    singular or there is none. `domain` is where the literature defines the function, if that is not the window. The flags and the
    formula are None where those of the objective hold.
    """

    kernel_parameters: Vector
    minima: Sequence[Sequence[float]]
    value_at_minima: Sequence[float]
    starts: Mapping[str, Sequence[float]]
    window: Sequence[tuple[float, float]]
    condition_number: float | None
    saddles: Sequence[Sequence[float]] = ()
    maxima: Sequence[Sequence[float]] = ()
    domain: Sequence[tuple[float, float]] | None = None
    bounded: bool | None = None
    separable: bool | None = None
    convex: bool | None = None
    formula: str | None = None


@dataclass(frozen=True)
class Objective:
    """One entry of the catalogue.

    `kernel` follows `signatures.OBJECTIVE`; `facts(parameters, dimension)` gives the rest. `dimension` is None where any
    from `least_dimension` to `most_dimension` serves. The window is for drawing and is never enforced.
    `smooth` is whether the gradient is continuous; where it is not, the notes say what the kernel gives there.
    `variables` are the letters of two parameters in the formula. `expression` is the same function as a text that a request may post,
    at the default parameters and in two dimensions where any serves, in `variables` or else in x1, x2, ...; None where there is none.
    Of the parameters in one of the `alternatives` at most one is given; the defaults of the others then do not hold.
    """

    name: str
    title: str
    formula: str
    source: str
    kernel: Kernel
    facts: Callable[[Mapping[str, Any], int], Facts]
    dimension: int | None = 2
    least_dimension: int = 1
    most_dimension: int = 1_000_000
    parameters: tuple[Parameter, ...] = ()
    smooth: bool = True
    bounded: bool = True
    separable: bool = False
    convex: bool = False
    alternatives: tuple[frozenset[str], ...] = ()
    notes: str = ""
    aliases: tuple[str, ...] = ()
    variables: tuple[str, str] | None = None
    expression: str | None = None
    work: Callable[[int], float] = field(default=float)

    def __post_init__(self) -> None:
        if self.dimension is not None and self.dimension < 1:
            raise ValueError(f"{self.name}: a dimension is at least 1")

    @property
    def as_expression(self) -> dict[str, Any] | None:
        """The objective as a posted expression, at its default parameters and in two dimensions where any serves."""
        return {"expression": self.expression, "variables": list(self.expression_variables)} if self.expression else None

    @property
    def expression_variables(self) -> tuple[str, ...]:
        """The variables of `expression`, in their order: the letters of the formula, else x1, x2, ..."""
        return self.variables or tuple(f"x{number}" for number in range(1, (self.dimension or 2) + 1))


def constant_facts(
    minima: Mapping[tuple[float, ...], float],
    starts: Mapping[str, Sequence[float]],
    window: Sequence[tuple[float, float]],
    condition_number: float | None,
    **more: Any,
) -> Callable[[Mapping[str, Any], int], Facts]:
    """The facts of an objective of one dimension and no parameters; `minima` has the value at each."""
    known = Facts(
        kernel_parameters=np.empty(0),
        minima=[list(point) for point in minima],
        value_at_minima=list(minima.values()),
        starts=starts,
        window=window,
        condition_number=condition_number,
        **more,
    )
    return lambda *_: known


def uniform_facts(
    minimum: float,
    starts: Mapping[str, float],
    window: tuple[float, float],
    condition_number: Callable[[int], float | None],
    value: float = 0.0,
    domain: tuple[float, float] | None = None,
) -> Callable[[Mapping[str, Any], int], Facts]:
    """The facts of an objective of any dimension whose coordinates are alike; `value` is what each adds at the minimum."""

    def facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
        return Facts(
            kernel_parameters=np.empty(0),
            minima=[[minimum] * dimension],
            value_at_minima=[value * dimension],
            starts={name: [coordinate] * dimension for name, coordinate in starts.items()},
            window=[window] * dimension,
            condition_number=condition_number(dimension),
            domain=None if domain is None else [domain] * dimension,
        )

    return facts


def objective_kernel(function: Callable[..., None]) -> Kernel:
    """Hand on a compiled function of the objectives' one signature."""
    return Kernel(function, OBJECTIVE)
