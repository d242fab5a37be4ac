"""Waves over the plane: Branin's, McCormick's, Easom's, Bohachevsky's, the drop wave, Schaffer's, and Levy's number 13."""

from __future__ import annotations

from math import cos, exp, pi, sin, sqrt

from ..compiled.jit import compiled
from .declaration import Objective, constant_facts, objective_kernel

SOURCE = "Surjanovic & Bingham, Virtual Library of Simulation Experiments: "


@compiled
def branin(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (v - 5.1 u^2 / (4 pi^2) + 5 u / pi - 6)^2 + 10 (1 - 1 / (8 pi)) cos u + 10"""
    bend, height = 5.1 / (4.0 * pi * pi), 10.0 - 10.0 / (8.0 * pi)
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a = v - bend * u * u + 5.0 / pi * u - 6.0
        values[r] = a * a + height * cos(u) + 10.0
        gradients[0, r] = 2.0 * a * (5.0 / pi - 2.0 * bend * u) - height * sin(u)
        gradients[1, r] = 2.0 * a


BRANIN = Objective(
    name="branin",
    title="Branin's function",
    variables=("x", "y"),
    formula=r"f(x, y) = \left(y - \frac{5.1\,x^2}{4\pi^2} + \frac{5x}{\pi} - 6\right)^2 + 10 \left(1 - \frac{1}{8\pi}\right) \cos x + 10",
    source=f"{SOURCE}Branin Function",
    kernel=objective_kernel(branin),
    facts=constant_facts(
        {(-pi, 12.275): 0.3978873577297383, (pi, 2.275): 0.3978873577297383, (3.0 * pi, 2.475): 0.3978873577297383},
        {"default": [2.0, 8.0], "ridge": [0.0, 14.0]},
        [(-5.0, 10.0), (0.0, 15.0)],
        25.875640454585863,
        saddles=[[0.0, 6.0], [2.0 * pi, 1.1]],
    ),
    notes="The minima and saddle points in the domain are listed. Outside it, they repeat along x.",
    expression="(y - 5.1*x**2/(4*pi**2) + 5*x/pi - 6)**2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
    work=lambda _: 20.0,
)


@compiled
def mccormick(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sin(u + v) + (u - v)^2 - 1.5 u + 2.5 v + 1"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        across = u - v
        values[r] = sin(u + v) + across * across - 1.5 * u + 2.5 * v + 1.0
        gradients[0, r] = cos(u + v) + 2.0 * across - 1.5
        gradients[1, r] = cos(u + v) - 2.0 * across + 2.5


MCCORMICK = Objective(
    name="mccormick",
    title="McCormick's function",
    variables=("x", "y"),
    formula=r"f(x, y) = \sin(x + y) + (x - y)^2 - 1.5\,x + 2.5\,y + 1",
    source=f"{SOURCE}McCormick Function",
    kernel=objective_kernel(mccormick),
    facts=constant_facts(
        {
            (-0.5471975511965977, -1.5471975511965979): -1.9132229549810364,
            (2.5943951023931957, 1.5943951023931955): 1.2283696986087569,
        },
        {"default": [2.0, 3.0], "left": [-1.0, 1.0]},
        [(-1.5, 4.0), (-3.0, 4.0)],
        4.0 / sqrt(3.0),
        saddles=[[1.5471975511965979, 0.5471975511965977]],
    ),
    bounded=False,
    notes="The first minimum is the lowest in the domain. The pattern repeats along the diagonal, pi lower each time, so there is no "
    "lowest value.",
    expression="sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1",
    work=lambda _: 20.0,
)


@compiled
def easom(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -cos u cos v exp(-(u - pi)^2 - (v - pi)^2)"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        bell = exp(-(u - pi) * (u - pi) - (v - pi) * (v - pi))
        values[r] = -cos(u) * cos(v) * bell
        gradients[0, r] = bell * cos(v) * (sin(u) + 2.0 * (u - pi) * cos(u))
        gradients[1, r] = bell * cos(u) * (sin(v) + 2.0 * (v - pi) * cos(v))


EASOM = Objective(
    name="easom",
    title="Easom's function",
    variables=("x", "y"),
    formula=r"f(x, y) = -\cos x \cos y\; e^{-(x - \pi)^2 - (y - \pi)^2}",
    source=f"{SOURCE}Easom Function",
    kernel=objective_kernel(easom),
    facts=constant_facts(
        {(pi, pi): -1.0},
        {"default": [2.2, 2.5], "plateau": [0.0, 0.0]},
        [(-1.0, 7.0)] * 2,
        1.0,
        saddles=[[u, v] for u in (0.5 * pi, 1.5 * pi) for v in (0.5 * pi, 1.5 * pi)],
        maxima=[
            [pi, 1.3049954504376675],
            [1.3049954504376675, pi],
            [pi, 4.978189856741919],
            [4.978189856741919, pi],
        ],
        domain=[(-100.0, 100.0)] * 2,
    ),
    notes="The gradient almost vanishes everywhere but near the minimum. Critical points with values between -0.0001 and 0.009 are "
    "listed only where they surround the minimum.",
    expression="-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)",
    work=lambda _: 50.0,
)


@compiled
def bohachevsky_1(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = u^2 + 2 v^2 - 0.3 cos 3 pi u - 0.4 cos 4 pi v + 0.7"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b = sin(1.5 * pi * u), sin(2.0 * pi * v)
        values[r] = u * u + 2.0 * v * v + 0.6 * a * a + 0.8 * b * b  # 1 - cos is 2 sin^2 of the half, which loses no digits
        gradients[0, r] = 2.0 * u + 0.9 * pi * sin(3.0 * pi * u)
        gradients[1, r] = 4.0 * v + 1.6 * pi * sin(4.0 * pi * v)


BOHACHEVSKY_1 = Objective(
    name="bohachevsky_1",
    title="Bohachevsky's function 1",
    variables=("x", "y"),
    formula=r"f(x, y) = x^2 + 2y^2 - 0.3 \cos 3\pi x - 0.4 \cos 4\pi y + 0.7",
    source=f"{SOURCE}Bohachevsky Functions",
    kernel=objective_kernel(bohachevsky_1),
    facts=constant_facts(
        {(0.0, 0.0): 0.0},
        {"default": [1.6, 1.2]},
        [(-2.0, 2.0)] * 2,
        (4.0 + 6.4 * pi * pi) / (2.0 + 2.7 * pi * pi),
        domain=[(-100.0, 100.0)] * 2,
    ),
    separable=True,
    notes="There are local minima around the global one, which are not listed. Further out, the function is a bowl.",
    expression="x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7",
    work=lambda _: 40.0,
)


@compiled
def drop_wave(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -(1 + cos 12 rho) / (0.5 rho^2 + 2) with rho^2 = u^2 + v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        square = u * u + v * v
        rho = sqrt(square)
        below, crest = 0.5 * square + 2.0, cos(6.0 * rho)
        values[r] = -2.0 * crest * crest / below
        slope = ((12.0 * sin(12.0 * rho) / rho if rho > 0.0 else 144.0) + 2.0 * crest * crest / below) / below
        gradients[0, r] = slope * u
        gradients[1, r] = slope * v


DROP_WAVE = Objective(
    name="drop_wave",
    title="Drop wave",
    variables=("x", "y"),
    formula=r"f(x, y) = -\frac{1 + \cos\left(12 \sqrt{x^2 + y^2}\right)}{\tfrac12 (x^2 + y^2) + 2}",
    source=f"{SOURCE}Drop-Wave Function",
    kernel=objective_kernel(drop_wave),
    facts=constant_facts({(0.0, 0.0): -1.0}, {"default": [1.2, 0.9]}, [(-2.0, 2.0)] * 2, 1.0, domain=[(-5.12, 5.12)] * 2),
    notes="Around the minimum there are circles of local minima and maxima, which are not listed.",
    expression="-(1 + cos(12*sqrt(x**2 + y**2)))/(0.5*(x**2 + y**2) + 2)",
    work=lambda _: 30.0,
)


@compiled
def schaffer_n2(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 + (sin^2(u^2 - v^2) - 0.5) / (1 + 0.001 (u^2 + v^2))^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        angle, near = (u - v) * (u + v), 0.001 * (u * u + v * v)
        below, wave = 1.0 + near, sin(angle)
        square = below * below
        values[r] = (wave * wave + near * (1.0 + 0.5 * near)) / square  # 0.5 (below^2 - 1) is near (1 + near / 2)
        fade, slope = 0.004 * (wave * wave - 0.5) / (square * below), 2.0 * sin(2.0 * angle) / square
        gradients[0, r] = u * (slope - fade)
        gradients[1, r] = -v * (slope + fade)


SCHAFFER_N2 = Objective(
    name="schaffer_n2",
    title="Schaffer's function 2",
    variables=("x", "y"),
    formula=r"f(x, y) = 0.5 + \frac{\sin^2(x^2 - y^2) - 0.5}{\left[1 + 0.001\,(x^2 + y^2)\right]^2}",
    source=f"{SOURCE}Schaffer Function N. 2",
    kernel=objective_kernel(schaffer_n2),
    facts=constant_facts({(0.0, 0.0): 0.0}, {"default": [2.5, 1.5]}, [(-4.0, 4.0)] * 2, 1.0, domain=[(-100.0, 100.0)] * 2),
    notes="There are many local minima; only the global minimum is listed.",
    expression="0.5 + (sin(x**2 - y**2)**2 - 0.5)/(1 + 0.001*(x**2 + y**2))**2",
    work=lambda _: 20.0,
)


@compiled
def levy_n13(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sin^2 3 pi u + (u - 1)^2 (1 + sin^2 3 pi v) + (v - 1)^2 (1 + sin^2 2 pi v)"""
    for r in range(x.shape[1]):
        a, b = x[0, r] - 1.0, x[1, r] - 1.0  # a sine of whole turns and a half loses no digits at 0
        first, second, third = sin(3.0 * pi * a), sin(3.0 * pi * b), sin(2.0 * pi * b)
        values[r] = first * first + a * a * (1.0 + second * second) + b * b * (1.0 + third * third)
        gradients[0, r] = 3.0 * pi * sin(6.0 * pi * a) + 2.0 * a * (1.0 + second * second)
        waves = 3.0 * pi * a * a * sin(6.0 * pi * b) + 2.0 * pi * b * b * sin(4.0 * pi * b)
        gradients[1, r] = 2.0 * b * (1.0 + third * third) + waves


LEVY_N13 = Objective(
    name="levy_n13",
    title="Levy's function 13",
    variables=("x", "y"),
    formula=r"f(x, y) = \sin^2 3\pi x + (x - 1)^2 (1 + \sin^2 3\pi y) + (y - 1)^2 (1 + \sin^2 2\pi y)",
    source=f"{SOURCE}Levy Function N. 13",
    kernel=objective_kernel(levy_n13),
    facts=constant_facts({(1.0, 1.0): 0.0}, {"default": [-2.0, 3.5]}, [(-4.0, 6.0)] * 2, 1.0 + 9.0 * pi * pi, domain=[(-10.0, 10.0)] * 2),
    notes="There are many local minima; only the global minimum is listed.",
    expression="sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)",
    work=lambda _: 120.0,
)
