"""Valleys: Rosenbrock's, Beale's, Leon's, Dixon and Price's, the banana of Distill, and a curve of minima."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import cos, pi
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel


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
        domain=[(-5.0, 10.0)] * dimension,
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
    expression="100*(x2 - x1**2)**2 + (1 - x1)**2",
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
    expression="(1 - x)**2 + 20*(3*y - x**2)**2",
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
        saddles=[[0.0, 1.0], [0.10053793732415836, -2.644513585023125]],
    )


BEALE = Objective(
    name="beale",
    title="Beale's function",
    variables=("x", "y"),
    formula=r"f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
    source="Beale 1958; Moré, Garbow & Hillstrom 1981, problem 5",
    kernel=objective_kernel(beale),
    facts=beale_facts,
    expression="(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
)


@compiled
def dixon_price(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (x_1 - 1)^2 + sum_{i>1} i (2 x_i^2 - x_{i-1})^2"""
    for r in range(x.shape[1]):
        rest = x[0, r] - 1.0
        values[r] = rest * rest
        gradients[0, r] = 2.0 * rest
    for i in range(1, x.shape[0]):
        for r in range(x.shape[1]):
            rise = 2.0 * x[i, r] * x[i, r] - x[i - 1, r]
            values[r] += (i + 1.0) * rise * rise
            gradients[i, r] = 8.0 * (i + 1.0) * x[i, r] * rise
            gradients[i - 1, r] -= 2.0 * (i + 1.0) * rise


#: The condition number of longer chains costs too much.
LONGEST_SOLVED = 200


@lru_cache
def dixon_price_condition(n: int) -> float | None:
    """The condition number at the minimum, where the Hessian is tridiagonal."""
    if n > LONGEST_SOLVED:
        return None
    x = dixon_price_minimum(n)
    hessian = np.zeros((n, n))
    hessian[0, 0] = 2.0
    for i in range(1, n):
        rise = np.zeros(n)
        rise[i], rise[i - 1] = 4.0 * x[i], -1.0
        hessian += 2.0 * (i + 1.0) * np.outer(rise, rise)
    curvatures = np.linalg.eigvalsh(hessian)
    return float(curvatures[-1] / curvatures[0])


def dixon_price_minimum(n: int) -> list[float]:
    """x_i = 2^(2^(1-i) - 1)"""
    return [2.0 ** (2.0 ** (1 - i) - 1.0) for i in range(1, n + 1)]


def dixon_price_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    minimum = dixon_price_minimum(dimension)
    mirrored = [*minimum[:-1], -minimum[-1]]
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[minimum, mirrored] if dimension > 1 else [minimum],
        value_at_minima=[0.0] * min(dimension, 2),
        starts={"default": [-1.0 if i % 2 == 0 else 1.5 for i in range(dimension)]},
        window=[(-2.0, 3.0), (-2.0, 2.0)] if dimension == 2 else [(-2.0, 3.0)] * dimension,
        condition_number=dixon_price_condition(dimension),
        saddles=[[1.0 / 3.0, 0.0]] if dimension == 2 else [],
        domain=[(-10.0, 10.0)] * dimension,
    )


DIXON_PRICE = Objective(
    name="dixon_price",
    title="Dixon and Price's function",
    formula=r"f(x) = (x_1 - 1)^2 + \sum_{i=2}^{n} i \left( 2 x_i^2 - x_{i-1} \right)^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Dixon-Price Function",
    kernel=objective_kernel(dixon_price),
    facts=dixon_price_facts,
    dimension=None,
    most_dimension=100_000,
    notes="The two minima differ in the sign of the last coordinate. In three or more dimensions, other critical points are not listed. "
    f"Above {LONGEST_SOLVED} dimensions, the condition number is not given.",
    expression="(x1 - 1)**2 + 2*(2*x2**2 - x1)**2",
)


@compiled
def leon(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 100 (v - u^3)^2 + (1 - u)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        rise, rest = v - u * u * u, 1.0 - u
        values[r] = 100.0 * rise * rise + rest * rest
        gradients[0, r] = -600.0 * u * u * rise - 2.0 * rest
        gradients[1, r] = 200.0 * rise


LEON = Objective(
    name="leon",
    title="Leon's cubic valley",
    variables=("x", "y"),
    formula=r"f(x, y) = 100\,(y - x^3)^2 + (1 - x)^2",
    source="Jamil & Yang 2013, arXiv:1308.4008, function 70 (Leon 1966)",
    kernel=objective_kernel(leon),
    facts=constant_facts({(1.0, 1.0): 0.0}, {"default": [-1.2, -1.0]}, [(-1.2, 1.2)] * 2, 10018.009900179775),
    expression="100*(y - x**3)**2 + (1 - x)**2",
)


@compiled
def scalar_linear_net(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 (1 - u v)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        rest = 1.0 - u * v
        values[r] = 0.5 * rest * rest
        gradients[0, r] = -rest * v
        gradients[1, r] = -rest * u


SCALAR_LINEAR_NET = Objective(
    name="scalar_linear_net",
    title="Two-layer linear network with one weight per layer",
    variables=("x", "y"),
    formula=r"f(x, y) = \tfrac12 (1 - xy)^2",
    source="the smallest deep linear network: the product of two weights is fitted to 1",
    kernel=objective_kernel(scalar_linear_net),
    facts=constant_facts(
        {(1.0, 1.0): 0.0, (-1.0, -1.0): 0.0},
        {"default": [0.1, 2.0], "saddle": [0.5, -0.5]},
        [(-3.0, 3.0)] * 2,
        None,
        saddles=[[0.0, 0.0]],
    ),
    notes="All points with xy = 1 are minima. Only the two flattest are listed, and distances refer to these two. So use a target of "
    "value_gap. The curvatures on the curve of minima are 0 and x^2 + y^2: far out the valley is sharp. From 'saddle', gradient descent "
    "ends at the saddle point.",
    expression="0.5*(1 - x*y)**2",
)
