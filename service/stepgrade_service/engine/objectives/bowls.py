"""Bowls: the sphere, and the ravine of Dive into Deep Learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, objective_kernel


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
    convex=True,
    aliases=("lilipads_global_minimum",),
    expression="x1**2 + x2**2",
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
    convex=True,
    expression="0.1*x**2 + 2*y**2",
)
