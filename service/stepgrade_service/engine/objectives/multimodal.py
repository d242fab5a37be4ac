"""Polynomials with several minima: Himmelblau's, Styblinski and Tang's, Goldstein and Price's, and the camels."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel


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
        saddles=[
            [3.385154183607021, 0.07385187983774928],
            [0.08667750455539636, 2.884254701174776],
            [-3.0730257507643897, -0.08135304428796751],
            [-0.12796134673068008, -1.9537149802445763],
        ],
        maxima=[[-0.2708445906673476, -0.9230385564799815]],
    )


HIMMELBLAU = Objective(
    name="himmelblau",
    title="Himmelblau's function",
    variables=("x", "y"),
    formula=r"f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    source="Himmelblau, Applied Nonlinear Programming, 1972",
    kernel=objective_kernel(himmelblau),
    facts=himmelblau_facts,
    expression="(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
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

#: Where each coordinate has its maximum between them.
STYBLINSKI_TANG_RIDGE = 0.1567312567803401


def styblinski_tang_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    well, other, ridge = *STYBLINSKI_TANG_WELLS, STYBLINSKI_TANG_RIDGE
    saddles = [[ridge, well], [well, ridge], [ridge, other], [other, ridge]] if dimension == 2 else []
    minima = list(islice(product(STYBLINSKI_TANG_WELLS, repeat=dimension), 4 if dimension <= 2 else 1))
    return Facts(
        kernel_parameters=np.empty(0),
        minima=minima,
        value_at_minima=[sum(STYBLINSKI_TANG_WELLS[coordinate] for coordinate in minimum) for minimum in minima],
        starts={"default": [0.0] * dimension, "local_basin": [4.0] * dimension},
        window=[(-5.0, 5.0)] * dimension,
        condition_number=1.0,
        saddles=saddles,
        maxima=[[ridge] * dimension],
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
    notes="There are 2^n minima. In more than two dimensions, only the global minimum and the maximum between the minima are listed.",
    expression="0.5*(x1**4 - 16*x1**2 + 5*x1 + x2**4 - 16*x2**2 + 5*x2)",
)


@compiled
def three_hump_camel(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 2 u^2 - 1.05 u^4 + u^6 / 6 + u v + v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        square = u * u
        values[r] = square * (2.0 - square * (1.05 - square / 6.0)) + u * v + v * v
        gradients[0, r] = u * (4.0 - square * (4.2 - square)) + v
        gradients[1, r] = u + 2.0 * v


THREE_HUMP_CAMEL = Objective(
    name="three_hump_camel",
    title="Three-hump camel",
    variables=("x", "y"),
    formula=r"f(x, y) = 2x^2 - 1.05\,x^4 + \tfrac16 x^6 + xy + y^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Three-Hump Camel Function",
    kernel=objective_kernel(three_hump_camel),
    facts=constant_facts(
        {
            (0.0, 0.0): 0.0,
            (-1.7475523458302888, 0.8737761729151444): 0.2986384422368598,
            (1.7475523458302888, -0.8737761729151444): 0.2986384422368598,
        },
        {"default": [-1.5, -1.5], "hump": [1.2, 0.5]},
        [(-2.2, 2.2)] * 2,
        2.783611624891224,
        saddles=[[-1.07054229182366, 0.53527114591183], [1.07054229182366, -0.53527114591183]],
        domain=[(-5.0, 5.0)] * 2,
    ),
    expression="2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
)


@compiled
def six_hump_camel(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (4 - 2.1 u^2 + u^4 / 3) u^2 + u v + (4 v^2 - 4) v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b = u * u, v * v
        values[r] = (4.0 - a * (2.1 - a / 3.0)) * a + u * v + 4.0 * (b - 1.0) * b
        gradients[0, r] = u * (8.0 - a * (8.4 - 2.0 * a)) + v
        gradients[1, r] = u + 8.0 * v * (2.0 * b - 1.0)


def both_signs(*points: tuple[float, float]) -> list[list[float]]:
    """Points and their mirror images at the origin."""
    return [[sign * u, sign * v] for u, v in points for sign in (1.0, -1.0)]


SIX_HUMP_CAMEL = Objective(
    name="six_hump_camel",
    title="Six-hump camel",
    variables=("x", "y"),
    formula=r"f(x, y) = \left(4 - 2.1\,x^2 + \tfrac13 x^4\right) x^2 + xy + (4y^2 - 4)\,y^2",
    source="Surjanovic & Bingham, Virtual Library of Simulation Experiments: Six-Hump Camel Function",
    kernel=objective_kernel(six_hump_camel),
    facts=constant_facts(
        {
            (0.08984201310031806, -0.7126564030207396): -1.0316284534898774,
            (-0.08984201310031806, 0.7126564030207396): -1.0316284534898774,
            (1.703606714969981, -0.7960835686726251): -0.21546382438371764,
            (-1.703606714969981, 0.7960835686726251): -0.21546382438371764,
            (1.6071047529201972, 0.5686514548841314): 2.1042503103112584,
            (-1.6071047529201972, -0.5686514548841314): 2.1042503103112584,
        },
        {"default": [-1.5, 1.2], "saddle": [0.5, 0.1]},
        [(-2.2, 2.2), (-1.3, 1.3)],
        2.146922086346376,
        saddles=[
            [0.0, 0.0],
            *both_signs(
                (1.1092053368047865, -0.7682680925095399),
                (1.6380679841897785, 0.22867406904439408),
                (1.2960702671671092, 0.6050843880386585),
            ),
        ],
        maxima=both_signs((1.2302298765166526, 0.16233458445899496)),
        domain=[(-3.0, 3.0), (-2.0, 2.0)],
    ),
    expression="(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2",
)


@compiled
def goldstein_price(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (1 + s^2 p) (30 + t^2 q) with s = u + v + 1, t = 2 u - 3 v, and p and q of second degree"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        s, t = u + v + 1.0, 2.0 * u - 3.0 * v
        p = 19.0 - 14.0 * (u + v) + 3.0 * (u + v) * (u + v)
        q = 18.0 - 32.0 * u + 48.0 * v + 3.0 * t * t
        a, b = 1.0 + s * s * p, 30.0 + t * t * q
        a_slope = 2.0 * s * p + s * s * (6.0 * (u + v) - 14.0)
        values[r] = a * b
        gradients[0, r] = a_slope * b + a * t * (4.0 * q + t * (12.0 * t - 32.0))
        gradients[1, r] = a_slope * b - a * t * (6.0 * q + t * (18.0 * t - 48.0))


GOLDSTEIN_PRICE = Objective(
    name="goldstein_price",
    title="Goldstein and Price's function",
    variables=("x", "y"),
    formula=r"f(x, y) = \left[1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6xy + 3y^2)\right]"
    r"\left[30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36xy + 27y^2)\right]",
    source="Goldstein & Price 1971; Surjanovic & Bingham, Virtual Library of Simulation Experiments: Goldstein-Price Function",
    kernel=objective_kernel(goldstein_price),
    facts=constant_facts(
        {(0.0, -1.0): 3.0, (-0.6, -0.4): 30.0, (1.8, 0.2): 84.0, (1.2, 0.8): 840.0},
        {"default": [-1.5, -1.0], "far": [1.5, 1.5]},
        [(-2.0, 2.0)] * 2,
        2.395964958948176,
        saddles=[[-0.4, -0.6], [1.2, -0.2], [1.4, 0.6], [0.6, 0.4]],
        maxima=[[0.8, 0.2]],
    ),
    notes="Values in the window go from 3 to about a million.",
    expression="(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
    "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))",
    work=lambda _: 6.0,
)
