"""Convex functions of the test collections: ellipsoids, narrow bowls, and sums of powers."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, tan
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel, uniform_facts


@compiled
def sum_squares(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i i x_i^2"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += (i + 1.0) * x[i, r] * x[i, r]
            gradients[i, r] = 2.0 * (i + 1.0) * x[i, r]


SUM_SQUARES = Objective(
    name="sum_squares",
    title="Sum of weighted squares",
    formula=r"f(x) = \sum_{i=1}^{n} i\,x_i^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Sum Squares Function",
    kernel=objective_kernel(sum_squares),
    facts=uniform_facts(0.0, {"default": 5.0}, (-10.0, 10.0), float),
    dimension=None,
    separable=True,
    convex=True,
    expression="x1**2 + 2*x2**2",
)


@compiled
def rotated_hyper_ellipsoid(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i sum_{j<=i} x_j^2 = sum_j (n + 1 - j) x_j^2"""
    n = x.shape[0]
    values[:] = 0.0
    for i in range(n):
        for r in range(x.shape[1]):
            values[r] += float(n - i) * x[i, r] * x[i, r]
            gradients[i, r] = 2.0 * (n - i) * x[i, r]


ROTATED_HYPER_ELLIPSOID = Objective(
    name="rotated_hyper_ellipsoid",
    title="Rotated hyper-ellipsoid",
    formula=r"f(x) = \sum_{i=1}^{n} \sum_{j=1}^{i} x_j^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Rotated Hyper-Ellipsoid Function",
    kernel=objective_kernel(rotated_hyper_ellipsoid),
    facts=uniform_facts(0.0, {"default": 50.0}, (-65.536, 65.536), float),
    dimension=None,
    separable=True,
    convex=True,
    notes="The name is that of the literature. The axes of this function are not rotated: it is a sum of squares with the weights "
    "n, n-1, ..., 1.",
    expression="2*x1**2 + x2**2",
)


@compiled
def booth(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (u + 2 v - 7)^2 + (2 u + v - 5)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b = u + 2.0 * v - 7.0, 2.0 * u + v - 5.0
        values[r] = a * a + b * b
        gradients[0, r] = 2.0 * a + 4.0 * b
        gradients[1, r] = 4.0 * a + 2.0 * b


BOOTH = Objective(
    name="booth",
    title="Booth's function",
    variables=("x", "y"),
    formula=r"f(x, y) = (x + 2y - 7)^2 + (2x + y - 5)^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Booth Function",
    kernel=objective_kernel(booth),
    facts=constant_facts({(1.0, 3.0): 0.0}, {"default": [-8.0, 7.0]}, [(-10.0, 10.0)] * 2, 9.0),
    convex=True,
    expression="(x + 2*y - 7)**2 + (2*x + y - 5)**2",
)


@compiled
def matyas(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.26 (u^2 + v^2) - 0.48 u v"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        values[r] = 0.26 * (u * u + v * v) - 0.48 * u * v
        gradients[0, r] = 0.52 * u - 0.48 * v
        gradients[1, r] = 0.52 * v - 0.48 * u


MATYAS = Objective(
    name="matyas",
    title="Matyas's function",
    variables=("x", "y"),
    formula=r"f(x, y) = 0.26\,(x^2 + y^2) - 0.48\,xy",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Matyas Function",
    kernel=objective_kernel(matyas),
    facts=constant_facts({(0.0, 0.0): 0.0}, {"default": [-9.08, -7.83]}, [(-10.0, 10.0)] * 2, 25.0),
    convex=True,
    expression="0.26*(x**2 + y**2) - 0.48*x*y",
)


@compiled
def trid(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i (x_i - 1)^2 - sum_{i>1} x_i x_{i-1}"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            rest, before = x[i, r] - 1.0, x[i - 1, r] if i else 0.0
            values[r] += rest * rest - x[i, r] * before
            gradients[i, r] = 2.0 * rest - before
            if i:
                gradients[i - 1, r] -= x[i, r]


def trid_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    n = dimension
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[float(i * (n + 1 - i)) for i in range(1, n + 1)]],
        value_at_minima=[-n * (n + 4) * (n - 1) / 6.0],
        starts={"default": [0.0] * n},
        window=[(-float(n * n), float(n * n))] * n,
        condition_number=tan(pi / (2 * (n + 1))) ** -2,
    )


TRID = Objective(
    name="trid",
    title="Trid",
    formula=r"f(x) = \sum_{i=1}^{n} (x_i - 1)^2 - \sum_{i=2}^{n} x_i x_{i-1}",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Trid Function",
    kernel=objective_kernel(trid),
    facts=trid_facts,
    dimension=None,
    least_dimension=2,
    most_dimension=100_000,
    convex=True,
    notes="The Hessian is the tridiagonal matrix with 2 on the diagonal and -1 beside it, whatever the point.",
    expression="(x1 - 1)**2 + (x2 - 1)**2 - x1*x2",
)


@compiled
def zakharov(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i x_i^2 + s^2 + s^4 with s = sum_i 0.5 i x_i"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += 0.5 * (i + 1.0) * x[i, r]
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            s = values[r]
            gradients[i, r] = 2.0 * x[i, r] + (i + 1.0) * s * (1.0 + 2.0 * s * s)
    for r in range(x.shape[1]):
        square = values[r] * values[r]
        values[r] = square + square * square
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += x[i, r] * x[i, r]


def zakharov_condition(n: int) -> float:
    """That of 2 I + 0.5 k k', k being 1, 2, ..., n."""
    return 1.0 + n * (n + 1) * (2 * n + 1) / 24.0 if n > 1 else 1.0


ZAKHAROV = Objective(
    name="zakharov",
    title="Zakharov's function",
    formula=r"f(x) = \sum_{i=1}^{n} x_i^2 + s^2 + s^4,\quad s = \sum_{i=1}^{n} \tfrac12\,i\,x_i",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Zakharov Function",
    kernel=objective_kernel(zakharov),
    facts=uniform_facts(0.0, {"default": 3.0}, (-5.0, 10.0), zakharov_condition),
    dimension=None,
    convex=True,
    expression="x1**2 + x2**2 + (0.5*x1 + x2)**2 + (0.5*x1 + x2)**4",
)


@compiled
def sum_of_different_powers(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i |x_i|^(i + 1)"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            power = x[i, r] * abs(x[i, r]) ** float(i)
            values[r] += x[i, r] * power
            gradients[i, r] = (i + 2.0) * power


SUM_OF_DIFFERENT_POWERS = Objective(
    name="sum_of_different_powers",
    title="Sum of different powers",
    formula=r"f(x) = \sum_{i=1}^{n} \lvert x_i \rvert^{i+1}",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Sum of Different Powers Function",
    kernel=objective_kernel(sum_of_different_powers),
    facts=uniform_facts(0.0, {"default": 0.9}, (-1.0, 1.0), lambda dimension: 1.0 if dimension == 1 else None),
    dimension=None,
    separable=True,
    convex=True,
    notes="At the minimum only the first coordinate has a curvature. So the condition number is infinite, and the table has none.",
    expression="abs(x1)**2 + abs(x2)**3",
    work=lambda dimension: 10.0 * dimension,
)


@compiled
def milestones3(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 (u^2 + 10 v^2 + 100 w^2)"""
    for r in range(x.shape[1]):
        u, v, w = x[0, r], x[1, r], x[2, r]
        values[r] = 0.5 * (u * u + 10.0 * v * v + 100.0 * w * w)
        gradients[0, r] = u
        gradients[1, r] = 10.0 * v
        gradients[2, r] = 100.0 * w


MILESTONES3 = Objective(
    name="milestones3",
    title="Three curvatures",
    formula=r"f(x) = \tfrac12 \left( x_1^2 + 10\,x_2^2 + 100\,x_3^2 \right)",
    source="Goh, Why Momentum Really Works, Distill 2017 (the errors along three eigenvectors)",
    kernel=objective_kernel(milestones3),
    facts=constant_facts({(0.0, 0.0, 0.0): 0.0}, {"default": [1.0, 1.0, 1.0]}, [(-2.0, 2.0)] * 3, 100.0),
    dimension=3,
    separable=True,
    convex=True,
    notes="Under gradient descent each coordinate decays by itself: by the factor 1 - lr times its curvature in each step.",
    expression="0.5*(x1**2 + 10*x2**2 + 100*x3**2)",
)
