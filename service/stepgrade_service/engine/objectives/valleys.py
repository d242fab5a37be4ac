"""Valleys: Rosenbrock's, Beale's, and the banana of Distill."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import cos, pi
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, objective_kernel


@compiled
def rosenbrock(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_{i<n} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2"""
    for i in range(x.shape[0] - 1):
        for r in range(x.shape[1]):
            rise, rest = x[i + 1, r] - x[i, r] * x[i, r], 1.0 - x[i, r]
            values[r] = (values[r] if i else 0.0) + (100.0 * rise * rise + rest * rest)
            gradients[i, r] = (gradients[i, r] if i else 0.0) - (400.0 * x[i, r] * rise + 2.0 * rest)
            gradients[i + 1, r] = 200.0 * rise


@lru_cache
def rosenbrock_condition(dimension: int) -> float:
    """The condition number of the Hessian at the minimum, which is tridiagonal: 802, 1002, ..., 1002, 200 between -400s."""
    n = min(dimension, 60)
    hessian = np.diag([802.0, *[1002.0] * (n - 2), 200.0]) - 400.0 * (np.eye(n, k=1) + np.eye(n, k=-1))
    curvatures = np.linalg.eigvalsh(hessian)
    # A long chain costs too much to solve: its softest mode sits at the end and has settled, its stiffest is known to 1e-8.
    stiffest = curvatures[-1] if n == dimension else 1002.0 + 800.0 * cos(pi / dimension)
    return float(stiffest / curvatures[0])


def rosenbrock_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[1.0] * dimension],
        value_at_minima=[0.0],
        starts={"default": [-1.2 if i % 2 == 0 else 1.0 for i in range(dimension)]},
        window=[(-2.0, 2.0), (-1.0, 3.0)] if dimension == 2 else [(-5.0, 10.0)] * dimension,
        condition_number=rosenbrock_condition(dimension),
    )


ROSENBROCK = Objective(
    name="rosenbrock",
    title="Rosenbrock's valley",
    formula=r"f(x) = \sum_{i=1}^{n-1} 100\,(x_{i+1} - x_i^2)^2 + (1 - x_i)^2",
    source="Rosenbrock 1960; Moré, Garbow & Hillstrom 1981, problem 1; in n dimensions Surjanovic & Bingham, "
    "Virtual Library of Simulation Experiments: Rosenbrock Function",
    kernel=objective_kernel(rosenbrock),
    facts=rosenbrock_facts,
    dimension=None,
    least_dimension=2,
    notes="In four or more dimensions there is also a local minimum near (-1, 1, ..., 1), with a value between 3.7 and 3.99. Only the "
    "global minimum is listed.",
)


@compiled
def distill_banana(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (1 - u)^2 + 20 (3 v - u^2)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        rise, rest = 3.0 * v - u * u, 1.0 - u
        values[r] = rest * rest + 20.0 * rise * rise
        gradients[0, r] = -2.0 * rest - 80.0 * u * rise
        gradients[1, r] = 120.0 * rise


def distill_banana_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[1.0, 1.0 / 3.0]],
        value_at_minima=[0.0],
        starts={"default": [-1.21, 0.853]},
        window=[(-2.0, 2.0), (-0.8 / 3.0, 3.2 / 3.0)],
        condition_number=376.4473435859834,
    )


DISTILL_BANANA = Objective(
    name="distill_banana",
    title="Banana of Distill",
    variables=("x", "y"),
    formula=r"f(x, y) = (1 - x)^2 + 20\,(3y - x^2)^2",
    source="Goh, Why Momentum Really Works, Distill 2017 (the figure at its head)",
    kernel=objective_kernel(distill_banana),
    facts=distill_banana_facts,
)


@compiled
def beale(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (1.5 - u + u v)^2 + (2.25 - u + u v^2)^2 + (2.625 - u + u v^3)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        v2, v3 = v * v, v * v * v
        a, b, c = 1.5 - u + u * v, 2.25 - u + u * v2, 2.625 - u + u * v3
        values[r] = a * a + b * b + c * c
        gradients[0, r] = 2.0 * (a * (v - 1.0) + b * (v2 - 1.0) + c * (v3 - 1.0))
        gradients[1, r] = 2.0 * u * (a + 2.0 * b * v + 3.0 * c * v2)


def beale_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[3.0, 0.5]],
        value_at_minima=[0.0],
        starts={"default": [1.0, 1.0]},
        window=[(-4.5, 4.5), (-4.5, 4.5)],
        condition_number=162.47327635859136,
    )


BEALE = Objective(
    name="beale",
    title="Beale's function",
    variables=("x", "y"),
    formula=r"f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
    source="Beale 1958; Moré, Garbow & Hillstrom 1981, problem 5",
    kernel=objective_kernel(beale),
    facts=beale_facts,
)
