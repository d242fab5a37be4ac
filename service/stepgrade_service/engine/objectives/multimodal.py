"""Several minima: Himmelblau's function, Styblinski and Tang's, and Dupont's two Gaussians."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product
from math import exp
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, objective_kernel


@compiled
def himmelblau(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (u^2 + v - 11)^2 + (u + v^2 - 7)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b = u * u + v - 11.0, u + v * v - 7.0
        values[r] = a * a + b * b
        gradients[0, r] = 4.0 * u * a + 2.0 * b
        gradients[1, r] = 2.0 * a + 4.0 * v * b


def himmelblau_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[
            [3.0, 2.0],
            [-2.805118086952745, 3.131312518250573],
            [-3.779310253377747, -3.2831859912861696],
            [3.5844283403304917, -1.8481265269644036],
        ],
        value_at_minima=[0.0] * 4,
        starts={"default": [0.0, 0.0], "peak": [-0.27, -0.92]},
        window=[(-5.0, 5.0), (-5.0, 5.0)],
        condition_number=3.199764316978207,
    )


HIMMELBLAU = Objective(
    name="himmelblau",
    title="Himmelblau's function",
    variables=("x", "y"),
    formula=r"f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    source="Himmelblau, Applied Nonlinear Programming, 1972",
    kernel=objective_kernel(himmelblau),
    facts=himmelblau_facts,
    notes="Four minima of equal value. The start 'peak' is next to the maximum between them.",
)


@compiled
def styblinski_tang(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 sum_i x_i^4 - 16 x_i^2 + 5 x_i"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            square = x[i, r] * x[i, r]
            values[r] += 0.5 * (square * (square - 16.0) + 5.0 * x[i, r])
            gradients[i, r] = 2.0 * x[i, r] * (square - 8.0) + 2.5


#: Where each coordinate has its two minima, the deeper one first, and what it adds to the value there.
STYBLINSKI_TANG_WELLS = {-2.903534027771177: -39.16616570377141, 2.746802770990837: -25.02944665528394}


def styblinski_tang_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    minima = list(islice(product(STYBLINSKI_TANG_WELLS, repeat=dimension), 4 if dimension <= 2 else 1))
    return Facts(
        kernel_parameters=np.empty(0),
        minima=minima,
        value_at_minima=[sum(STYBLINSKI_TANG_WELLS[coordinate] for coordinate in minimum) for minimum in minima],
        starts={"default": [0.0] * dimension, "local_basin": [4.0] * dimension},
        window=[(-5.0, 5.0)] * dimension,
        condition_number=1.0,
    )


STYBLINSKI_TANG = Objective(
    name="styblinski_tang",
    title="Styblinski and Tang's function",
    formula=r"f(x) = \tfrac12 \sum_{i=1}^{n} \left( x_i^4 - 16\,x_i^2 + 5\,x_i \right)",
    source="Styblinski & Tang 1990; Surjanovic & Bingham, Virtual Library of Simulation Experiments: Styblinski-Tang Function",
    kernel=objective_kernel(styblinski_tang),
    facts=styblinski_tang_facts,
    dimension=None,
    separable=True,
    notes="There are 2^n minima. In more than two dimensions, only the global minimum is listed.",
)


@compiled
def dupont_two_gaussians(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = u^2 + v^2 - 2 exp(-((u - 1)^2 + v^2) / 0.2) - 3 exp(-((u + 1)^2 + v^2) / 0.2)"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        right = 2.0 * exp(-((u - 1.0) * (u - 1.0) + v * v) / 0.2)
        left = 3.0 * exp(-((u + 1.0) * (u + 1.0) + v * v) / 0.2)
        values[r] = u * u + v * v - right - left
        gradients[0, r] = 2.0 * u + 10.0 * ((u - 1.0) * right + (u + 1.0) * left)
        gradients[1, r] = 2.0 * v + 10.0 * v * (right + left)


def dupont_two_gaussians_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[-0.9363006340109187, 0.0], [0.905317899160115, 0.0]],
        value_at_minima=[-2.063090251768194, -1.092731999201741],
        starts={"default": [1.5, 1.5], "left": [-1.5, 1.5]},
        window=[(-2.0, 2.0), (-2.0, 2.0)],
        condition_number=1.0394919558968503,
    )


DUPONT_TWO_GAUSSIANS = Objective(
    name="dupont_two_gaussians",
    title="Dupont's two Gaussians",
    variables=("x", "y"),
    formula=r"f(x, y) = x^2 + y^2 - 2\,e^{-((x-1)^2 + y^2) / 0.2} - 3\,e^{-((x+1)^2 + y^2) / 0.2}",
    source="Dupont, Optimization algorithms visualization (its page and code: a = 2, b = 3, c = d = 0.2)",
    kernel=objective_kernel(dupont_two_gaussians),
    facts=dupont_two_gaussians_facts,
    notes=(
        "The global minimum is on the left, a local minimum is on the right. Both basins are nearly circular. A stretched picture "
        "shows them as ellipses."
    ),
    # An exponential costs what the arithmetic of about ten coordinates does.
    work=lambda _: 20.0,
)
