"""Bowls: sphere, quadratic of any condition, rotation and center, and the ravine of Dive into Deep Learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from ..compiled.rotation import Turn
from .declaration import Facts, Objective, Parameter, objective_kernel


@compiled
def sphere(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i x_i^2"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += x[i, r] * x[i, r]
            gradients[i, r] = 2.0 * x[i, r]


def sphere_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    start = [3.0, 4.0] if dimension == 2 else [3.0] * dimension
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[0.0] * dimension],
        value_at_minima=[0.0],
        starts={"default": start},
        window=[(-5.12, 5.12)] * dimension,
        condition_number=1.0,
    )


SPHERE = Objective(
    name="sphere",
    title="Sphere",
    formula=r"f(x) = \sum_{i=1}^{n} x_i^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Sphere Function",
    kernel=objective_kernel(sphere),
    facts=sphere_facts,
    dimension=None,
    separable=True,
)


@compiled
def quadratic(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 (x-c)' A (x-c); parameters: c, then A row by row."""
    n, runs = x.shape
    values[:] = 0.0
    gradients[:] = 0.0
    for i in range(n):
        for j in range(n):
            a, c = parameters[n + i * n + j], parameters[j]
            for r in range(runs):
                gradients[i, r] += a * (x[j, r] - c)
        for r in range(runs):
            values[r] += 0.5 * (x[i, r] - parameters[i]) * gradients[i, r]


def quadratic_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    condition, center = parameters["condition"], np.array(parameters["center"])
    curvature = np.geomspace(1.0, condition, dimension) if dimension > 1 else np.ones(1)
    turn = Turn(parameters["rotation"]).matrix(dimension)
    hessian = (turn * curvature) @ turn.T
    starts = {"default": [-4.0, 2.0], "A": [-5.0, -1.0], "B": [-0.3, -2.0]}
    if dimension != 2:
        starts = {"default": [-4.0 if i % 2 == 0 else 2.0 for i in range(dimension)]}
    return Facts(
        kernel_parameters=np.concatenate([center, hessian.reshape(-1)]),
        minima=[center.tolist()],
        value_at_minima=[0.0],
        starts={name: (center + turn @ np.array(start)).tolist() for name, start in starts.items()},
        window=[(c - 5.5, c + 5.5) for c in center.tolist()],
        condition_number=condition if dimension > 1 else 1.0,
    )


QUADRATIC = Objective(
    name="quadratic",
    title="Quadratic bowl",
    variables=("w", "b"),
    formula=r"f(x) = \tfrac12 (x-c)^\top R_\theta\,\mathrm{diag}(1,\dots,\kappa)\,R_\theta^\top (x-c)",
    source="the lecture's bowl, 0.5 (w^2 + 20 b^2), for any condition number, rotation and center",
    kernel=objective_kernel(quadratic),
    facts=quadratic_facts,
    dimension=None,
    most_dimension=200,
    parameters=(
        Parameter("condition", "condition number: the largest curvature over the smallest, which is 1", 20.0, minimum=1.0, maximum=1e12),
        Parameter("rotation", "degrees by which the bowl and its named starts are rotated", 0.0, minimum=-360.0, maximum=360.0),
        Parameter("center", "position of the minimum", 0.0, per_coordinate=True),
    ),
    notes="Separable if the rotation is a multiple of 90 degrees. Curvatures are spaced evenly on a logarithmic scale. A is far out "
    "along the flat axis, B along the steep axis. In more than two dimensions, each plane of neighbouring coordinates is rotated "
    "in order.",
    work=lambda dimension: float(dimension * dimension),
)


@compiled
def d2l_ravine(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.1 x^2 + 2 y^2"""
    for r in range(x.shape[1]):
        values[r] = 0.1 * x[0, r] * x[0, r] + 2.0 * x[1, r] * x[1, r]
        gradients[0, r] = 0.2 * x[0, r]
        gradients[1, r] = 4.0 * x[1, r]


def d2l_ravine_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[0.0, 0.0]],
        value_at_minima=[0.0],
        starts={"default": [-5.0, -2.0]},
        window=[(-5.5, 1.0), (-3.0, 1.0)],
        condition_number=20.0,
    )


D2L_RAVINE = Objective(
    name="d2l_ravine",
    title="Ravine of Dive into Deep Learning",
    variables=("x", "y"),
    formula=r"f(x, y) = 0.1\,x^2 + 2\,y^2",
    source="Zhang, Lipton, Li & Smola, Dive into Deep Learning, chapter 12 (momentum, adagrad, rmsprop)",
    kernel=objective_kernel(d2l_ravine),
    facts=d2l_ravine_facts,
    separable=True,
)
