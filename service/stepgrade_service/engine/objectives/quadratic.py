"""Quadratic functions: a bowl of any condition, rotation and center, and any other by its curvatures or its matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from ..compiled.rotation import Turn
from .declaration import Facts, Matrix, Objective, Parameter, Vector, objective_kernel


@compiled
def quadratic(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 (x-c)' A (x-c) + b' (x-c) + d; parameters: c, then b, then d, then A row by row."""
    n, runs = x.shape
    values[:] = parameters[2 * n]
    for i in range(n):
        gradients[i] = parameters[n + i]
        for j in range(n):
            a, c = parameters[2 * n + 1 + i * n + j], parameters[j]
            for r in range(runs):
                gradients[i, r] += a * (x[j, r] - c)
        for r in range(runs):
            values[r] += 0.5 * (x[i, r] - parameters[i]) * (gradients[i, r] + parameters[n + i])


@compiled
def curvatures_of_quadratic(x, parameters, values, diagonal):  # type: ignore[no-untyped-def]
    """The diagonal of the Hessian, which is that of A everywhere."""
    n = x.shape[0]
    for i in range(n):
        for r in range(x.shape[1]):
            diagonal[i, r] = parameters[2 * n + 1 + i * n + i]


QUADRATIC_CURVATURES = objective_kernel(curvatures_of_quadratic)

#: A curvature that is a smaller share of the largest is 0: that is what rounding leaves of it.
ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Shape:
    """The Hessian of a quadratic function: its curvatures, ascending, and their directions, the columns of `axes`."""

    hessian: Matrix
    curvatures: Vector
    axes: Matrix

    @property
    def lowest(self) -> float:
        return float(self.curvatures[0])

    @property
    def highest(self) -> float:
        return float(self.curvatures[-1])

    @property
    def is_singular(self) -> bool:
        return bool((self.curvatures == 0).any())


def shape_of(parameters: Mapping[str, Any], dimension: int) -> Shape:
    """The Hessian that the parameters say: by its matrix, by its curvatures, or by its condition."""
    if parameters["matrix"] is not None:
        hessian = np.array(parameters["matrix"])
        curvatures, axes = np.linalg.eigh(hessian)
        curvatures[np.abs(curvatures) <= dimension * ROUNDING * np.abs(curvatures).max()] = 0.0
        largest = axes[np.abs(axes).argmax(axis=0), np.arange(dimension)]
        return Shape(hessian, curvatures, axes * np.sign(largest) + 0.0)  # of the two directions of an axis that of the larger coordinate
    if parameters["scales"] is not None:
        curvature = np.array(parameters["scales"])
    else:
        curvature = np.geomspace(1.0, parameters["condition"], dimension) if dimension > 1 else np.ones(1)
    turn = Turn(parameters["rotation"]).matrix(dimension)
    order = np.argsort(curvature, kind="stable")
    return Shape((turn * curvature) @ turn.T, curvature[order], np.ascontiguousarray(turn[:, order]))


def critical_point(shape: Shape, linear: Vector) -> Vector | None:
    """Where the gradient A x + b is 0, the point of least length of several; None where it is 0 nowhere."""
    along = shape.axes.T @ linear
    flat = shape.curvatures == 0
    if (np.abs(along[flat]) > len(along) * ROUNDING * np.abs(linear).max()).any():
        return None
    steps = np.divide(-along, shape.curvatures, out=np.zeros_like(along), where=~flat)
    found: Vector = shape.axes @ steps + 0.0  # 0.0 in place of -0.0
    return found if np.isfinite(found).all() else None


def quadratic_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    shape = shape_of(parameters, dimension)
    linear, constant = np.zeros(dimension), parameters["constant"] or 0.0
    center: Vector | None
    if parameters["linear"] is not None:
        linear = np.array(parameters["linear"])
        origin, center = np.zeros(dimension), critical_point(shape, linear)
        value = constant + 0.5 * float(linear @ center) if center is not None else constant
    else:
        origin = center = np.array(parameters["center"])
        value = constant
    middle = np.zeros(dimension) if center is None else center
    convex = shape.lowest >= 0
    least = [middle.tolist()] if convex and center is not None else []
    other = [middle.tolist()] if not convex and center is not None else []
    is_maximum = shape.highest <= 0
    off_diagonal = shape.hessian - np.diag(np.diag(shape.hessian))
    return Facts(
        kernel_parameters=np.concatenate([origin, linear, [constant], shape.hessian.reshape(-1)]),
        minima=least,
        value_at_minima=[value] * len(least),
        starts={name: (middle + shape.axes @ np.array(start)).tolist() for name, start in starts_of(shape, dimension).items()},
        window=[(c - 5.5, c + 5.5) for c in middle.tolist()],
        condition_number=_condition(parameters, shape, dimension) if least else None,
        saddles=[] if is_maximum else other,
        maxima=other if is_maximum else [],
        bounded=bool(least),
        separable=not off_diagonal.any(),
        convex=convex,
        formula=formula_of(parameters),
    )


def starts_of(shape: Shape, dimension: int) -> dict[str, list[float]]:
    """The named starts, along the axes of the curvatures, from the flattest to the steepest."""
    if dimension != 2:
        return {"default": [-4.0 if i % 2 == 0 else 2.0 for i in range(dimension)]}
    bowl = {"A": [-5.0, -1.0], "B": [-0.3, -2.0]} if shape.lowest > 0 else {}
    return {"default": [-4.0, 2.0], **bowl}


def _condition(parameters: Mapping[str, Any], shape: Shape, dimension: int) -> float | None:
    if parameters["condition"] is not None:
        return float(parameters["condition"]) if dimension > 1 else 1.0
    return None if shape.is_singular else shape.highest / shape.lowest


def formula_of(parameters: Mapping[str, Any]) -> str:
    """The formula with the letters that the parameters give a meaning to."""
    more = " + d" if parameters["constant"] is not None else ""
    if parameters["linear"] is not None:
        return rf"f(x) = \tfrac12 x^\top A\,x + b^\top x{more}"
    if parameters["matrix"] is not None:
        return rf"f(x) = \tfrac12 (x-c)^\top A\,(x-c){more}"
    diagonal = r"1,\dots,\kappa" if parameters["scales"] is None else r"s_1,\dots,s_n"
    return rf"f(x) = \tfrac12 (x-c)^\top R_\theta\,\mathrm{{diag}}({diagonal})\,R_\theta^\top (x-c){more}"


QUADRATIC = Objective(
    name="quadratic",
    title="Quadratic bowl",
    variables=("w", "b"),
    formula=formula_of(dict.fromkeys(("constant", "linear", "matrix", "scales"))),
    source="the lecture's bowl, 0.5 (w^2 + 20 b^2), for any condition number, rotation and center",
    kernel=objective_kernel(quadratic),
    facts=quadratic_facts,
    dimension=None,
    most_dimension=200,
    parameters=(
        Parameter("condition", "condition number: the largest curvature over the smallest, which is 1", 20.0, minimum=1.0, maximum=1e12),
        Parameter("rotation", "degrees by which the bowl and its named starts are rotated", 0.0, minimum=-360.0, maximum=360.0),
        Parameter("center", "position of the minimum", 0.0, per_coordinate=True),
        Parameter("scales", "in place of condition: the curvatures, one per axis; a negative one curves down", None, per_coordinate=True),
        Parameter("matrix", "in place of condition: the symmetric matrix A of 0.5 x' A x", None, is_matrix=True),
        Parameter("linear", "in place of center: the vector b of 0.5 x' A x + b' x", None, per_coordinate=True),
        Parameter("constant", "a number that is added to every value", None),
    ),
    alternatives=(
        frozenset({"condition", "scales", "matrix"}),
        frozenset({"rotation", "matrix"}),
        frozenset({"center", "linear"}),
    ),
    separable=True,
    convex=True,
    notes="Separable if the rotation is a multiple of 90 degrees. Curvatures are spaced evenly on a logarithmic scale. A is far out "
    "along the flat axis, B along the steep axis. In more than two dimensions, each plane of neighbouring coordinates is rotated "
    "in order. Scales or a matrix with a negative curvature have no minimum; with a curvature of 0 the minimum is the nearest one to "
    "the origin or the center, and the condition number is not given.",
    expression="0.5*(w**2 + 20*b**2)",
    work=lambda dimension: float(dimension * dimension),
)
