"""Functions with edges, where a gradient jumps: a ravine of absolute values, Bukin's, the egg holder, the tray and the table."""

from __future__ import annotations

from collections.abc import Mapping
from math import copysign, cos, exp, pi, sin, sqrt
from typing import Any

import numpy as np

from ..compiled.jit import compiled, inlined
from .declaration import Facts, Objective, Parameter, constant_facts, objective_kernel

SOURCE = "Surjanovic & Bingham, Virtual Library of Simulation Experiments: "


@inlined
def sign(number):  # type: ignore[no-untyped-def]
    """1 or -1, and 0 at 0: of the subgradients of the absolute value the one of least length."""
    return copysign(1.0, number) if number != 0.0 else 0.0


@inlined
def root_slope(number):  # type: ignore[no-untyped-def]
    """The derivative of sqrt|number|; 0 at 0, where it is infinite."""
    return copysign(0.5, number) / sqrt(abs(number)) if number != 0.0 else 0.0


@compiled
def abs_ravine(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = |u| + k |v|; parameters: k."""
    steep = parameters[0]
    for r in range(x.shape[1]):
        values[r] = abs(x[0, r]) + steep * abs(x[1, r])
        gradients[0, r] = sign(x[0, r])
        gradients[1, r] = steep * sign(x[1, r])


def abs_ravine_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.array([parameters["steepness"]]),
        minima=[[0.0, 0.0]],
        value_at_minima=[0.0],
        starts={"default": [-4.0, 2.0], "A": [-5.0, -1.0], "B": [-0.3, -2.0]},
        window=[(-5.5, 5.5), (-5.5, 5.5)],
        condition_number=None,
    )


ABS_RAVINE = Objective(
    name="abs_ravine",
    title="Ravine of absolute values",
    variables=("x", "y"),
    formula=r"f(x, y) = \lvert x \rvert + \kappa\,\lvert y \rvert",
    source="the quadratic bowl with absolute values in place of squares",
    kernel=objective_kernel(abs_ravine),
    facts=abs_ravine_facts,
    parameters=(Parameter("steepness", "the slope along y; that along x is 1", 20.0, minimum=1.0, maximum=1e12),),
    smooth=False,
    separable=True,
    convex=True,
    notes="On an edge, where a coordinate is 0, the gradient of that coordinate is given as 0. The gradient does not become smaller near "
    "the minimum, so a method with a constant learning rate never settles exactly there.",
    expression="abs(x) + 20*abs(y)",
)


@compiled
def bukin_n6(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 100 sqrt|v - 0.01 u^2| + 0.01 |u + 10|"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        above = v - 0.01 * u * u
        values[r] = 100.0 * sqrt(abs(above)) + 0.01 * abs(u + 10.0)
        slope = 100.0 * root_slope(above)
        gradients[0, r] = 0.01 * sign(u + 10.0) - 0.02 * u * slope
        gradients[1, r] = slope


BUKIN_N6 = Objective(
    name="bukin_n6",
    title="Bukin's function 6",
    variables=("x", "y"),
    formula=r"f(x, y) = 100 \sqrt{\lvert y - 0.01\,x^2 \rvert} + 0.01\,\lvert x + 10 \rvert",
    source=f"{SOURCE}Bukin Function N. 6",
    kernel=objective_kernel(bukin_n6),
    facts=constant_facts({(-10.0, 1.0): 0.0}, {"default": [-6.0, 2.0]}, [(-15.0, -5.0), (-3.0, 3.0)], None),
    smooth=False,
    notes="The valley y = 0.01 x^2 is an edge, and the gradient grows without end towards it. On the edge, what has no derivative counts "
    "as constant: the gradient there is (0.01, 0) or (-0.01, 0), and 0 at the minimum.",
    expression="100*sqrt(abs(y - 0.01*x**2)) + 0.01*abs(x + 10)",
    work=lambda _: 5.0,
)


@compiled
def eggholder(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -(v + 47) sin sqrt|v + u / 2 + 47| - u sin sqrt|u - (v + 47)|"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r] + 47.0
        a, b = sqrt(abs(v + 0.5 * u)), sqrt(abs(u - v))
        values[r] = -v * sin(a) - u * sin(b)
        first, second = v * cos(a) * root_slope(v + 0.5 * u), u * cos(b) * root_slope(u - v)
        gradients[0, r] = -0.5 * first - sin(b) - second
        gradients[1, r] = -sin(a) - first + second


EGGHOLDER = Objective(
    name="eggholder",
    title="Egg holder",
    variables=("x", "y"),
    formula=r"f(x, y) = -(y + 47) \sin \sqrt{\lvert y + \tfrac{x}{2} + 47 \rvert} - x \sin \sqrt{\lvert x - (y + 47) \rvert}",
    source=f"{SOURCE}Eggholder Function",
    kernel=objective_kernel(eggholder),
    facts=constant_facts({}, {"default": [0.0, 0.0], "published": [512.0, 404.2319]}, [(-512.0, 512.0)] * 2, None),
    smooth=False,
    bounded=False,
    notes="The published minimum, -959.6407 at (512, 404.2319), is on the edge of the domain, with a gradient of length 3.4. So it is no "
    "minimum of the function, which has lower values outside the domain without end. Where a root is 0, what has no derivative counts "
    "as constant.",
    expression="-(y + 47)*sin(sqrt(abs(y + x/2 + 47))) - x*sin(sqrt(abs(x - (y + 47))))",
    work=lambda _: 50.0,
)


@compiled
def cross_in_tray(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -0.0001 (|sin u sin v exp|100 - rho / pi|| + 1)^0.1 with rho^2 = u^2 + v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        rho = sqrt(u * u + v * v)
        grown = exp(abs(100.0 - rho / pi))
        wave = sin(u) * sin(v)
        height = abs(wave) * grown + 1.0
        values[r] = -1e-4 * height**0.1
        outer, side = -1e-5 * height**-0.9 * grown, sign(wave)
        inner = -abs(wave) * sign(100.0 - rho / pi) / (pi * rho) if rho > 0.0 else 0.0
        gradients[0, r] = outer * (side * cos(u) * sin(v) + inner * u)
        gradients[1, r] = outer * (side * sin(u) * cos(v) + inner * v)


CROSS_IN_TRAY = Objective(
    name="cross_in_tray",
    title="Cross in tray",
    variables=("x", "y"),
    formula=r"f(x, y) = -0.0001 \left( \left\lvert \sin x \sin y\;"
    r" e^{\lvert 100 - \sqrt{x^2 + y^2} / \pi \rvert} \right\rvert + 1 \right)^{0.1}",
    source=f"{SOURCE}Cross-in-Tray Function",
    kernel=objective_kernel(cross_in_tray),
    facts=constant_facts(
        {(u, v): -2.062611870822737 for u in (1.3494066171539107, -1.3494066171539107) for v in (1.3494066171539107, -1.3494066171539107)},
        {"default": [4.0, 2.5], "near": [0.8, 0.6]},
        [(-10.0, 10.0)] * 2,
        1.1587558914315357,
    ),
    smooth=False,
    bounded=False,
    notes="The lines where a sine is 0 are edges; the gradient there is given as if the sine stayed 0. The listed minima are the lowest "
    "in the domain; there are many others. Farther out than 314, the function falls without end.",
    expression="-0.0001*(abs(sin(x)*sin(y)*exp(abs(100 - sqrt(x**2 + y**2)/pi))) + 1)**0.1",
    work=lambda _: 90.0,
)


@compiled
def holder_table(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -|sin u cos v exp|1 - rho / pi|| with rho^2 = u^2 + v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        rho = sqrt(u * u + v * v)
        grown = exp(abs(1.0 - rho / pi))
        wave = sin(u) * cos(v)
        values[r] = -abs(wave) * grown
        side, inner = sign(wave), -abs(wave) * sign(1.0 - rho / pi) / (pi * rho) if rho > 0.0 else 0.0
        gradients[0, r] = -grown * (side * cos(u) * cos(v) + inner * u)
        gradients[1, r] = -grown * (inner * v - side * sin(u) * sin(v))


HOLDER_TABLE = Objective(
    name="holder_table",
    title="Hölder's table",
    variables=("x", "y"),
    formula=r"f(x, y) = -\left\lvert \sin x \cos y\; e^{\lvert 1 - \sqrt{x^2 + y^2} / \pi \rvert} \right\rvert",
    source=f"{SOURCE}Holder Table Function",
    kernel=objective_kernel(holder_table),
    facts=constant_facts(
        {(u, v): -19.208502567886732 for u in (8.055023475736563, -8.055023475736563) for v in (9.664590019241272, -9.664590019241272)},
        {"default": [6.5, 8.0], "center": [1.0, 1.0]},
        [(-10.0, 10.0)] * 2,
        1.033063166647772,
    ),
    smooth=False,
    bounded=False,
    notes="The lines where the sine or the cosine is 0, and the circle of radius pi, are edges; the gradient there is given as if what has "
    "no derivative stayed constant. The listed minima are the lowest in the domain; there are many others. Farther out, the function "
    "falls without end.",
    expression="-abs(sin(x)*cos(y)*exp(abs(1 - sqrt(x**2 + y**2)/pi)))",
    work=lambda _: 60.0,
)
