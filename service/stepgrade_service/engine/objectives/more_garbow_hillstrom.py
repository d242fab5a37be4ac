"""Hard valleys of the collection of Moré, Garbow and Hillstrom."""

from __future__ import annotations

from math import atan, copysign, exp, pi, sqrt

from ..compiled.jit import compiled
from .declaration import Objective, constant_facts, objective_kernel

SOURCE = "Moré, Garbow & Hillstrom, Testing Unconstrained Optimization Software, 1981, problem "


@compiled
def freudenstein_roth(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (-13 + u + ((5 - v) v - 2) v)^2 + (-29 + u + ((v + 1) v - 14) v)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b = u - 13.0 + ((5.0 - v) * v - 2.0) * v, u - 29.0 + ((v + 1.0) * v - 14.0) * v
        values[r] = a * a + b * b
        gradients[0, r] = 2.0 * (a + b)
        gradients[1, r] = 2.0 * a * ((10.0 - 3.0 * v) * v - 2.0) + 2.0 * b * ((3.0 * v + 2.0) * v - 14.0)


FREUDENSTEIN_ROTH = Objective(
    name="freudenstein_roth",
    title="Freudenstein and Roth's function",
    variables=("x", "y"),
    formula=r"f(x, y) = \left(-13 + x + ((5 - y)y - 2)y\right)^2 + \left(-29 + x + ((y + 1)y - 14)y\right)^2",
    source=f"{SOURCE}2",
    kernel=objective_kernel(freudenstein_roth),
    facts=constant_facts(
        {(5.0, 4.0): 0.0, (11.412778986902094, -0.8968052532744765): 48.98425367924002},
        {"default": [0.5, -2.0]},
        [(-5.0, 15.0), (-4.0, 6.0)],
        1285.7048435182853,
    ),
    notes="From the published start, most methods end at the local minimum on the right.",
    expression="(-13 + x + ((5 - y)*y - 2)*y)**2 + (-29 + x + ((y + 1)*y - 14)*y)**2",
)


@compiled
def powell_badly_scaled(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (10^4 u v - 1)^2 + (exp(-u) + exp(-v) - 1.0001)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b = 1e4 * u * v - 1.0, exp(-u) + exp(-v) - 1.0001
        values[r] = a * a + b * b
        gradients[0, r] = 2e4 * a * v - 2.0 * b * exp(-u)
        gradients[1, r] = 2e4 * a * u - 2.0 * b * exp(-v)


POWELL_BADLY_SCALED = Objective(
    name="powell_badly_scaled",
    title="Powell's badly scaled function",
    variables=("x", "y"),
    formula=r"f(x, y) = (10^4 xy - 1)^2 + (e^{-x} + e^{-y} - 1.0001)^2",
    source=f"{SOURCE}3",
    kernel=objective_kernel(powell_badly_scaled),
    facts=constant_facts(
        {
            (1.0981593296998175e-05, 9.106146739866524): 0.0,
            (9.106146739866524, 1.0981593296998175e-05): 0.0,
            (-0.009948091925800946, -0.009948091925800946): 1.0402940039616395,
        },
        {"default": [0.0, 1.0]},
        [(-2.0, 10.0)] * 2,
        6.881097485721617e17,
        saddles=[[0.010048156947108327] * 2, [-0.00010003002051701593] * 2],
    ),
    notes="Curvatures at the minimum are 2.4e-8 and 1.7e10. First-order methods make almost no progress along the valley.",
    expression="(10000*x*y - 1)**2 + (exp(-x) + exp(-y) - 1.0001)**2",
    work=lambda _: 20.0,
)


@compiled
def brown_badly_scaled(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (u - 10^6)^2 + (v - 2e-6)^2 + (u v - 2)^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        a, b, c = u - 1e6, v - 2e-6, u * v - 2.0
        values[r] = a * a + b * b + c * c
        gradients[0, r] = 2.0 * (a + c * v)
        gradients[1, r] = 2.0 * (b + c * u)


BROWN_BADLY_SCALED = Objective(
    name="brown_badly_scaled",
    title="Brown's badly scaled function",
    variables=("x", "y"),
    formula=r"f(x, y) = (x - 10^6)^2 + (y - 2 \cdot 10^{-6})^2 + (xy - 2)^2",
    source=f"{SOURCE}4",
    kernel=objective_kernel(brown_badly_scaled),
    facts=constant_facts({(1e6, 2e-6): 0.0}, {"default": [1.0, 1.0]}, [(-2e5, 1.2e6), (-7e5, 7e5)], 1000000000001.0),
    notes="The coordinates of the minimum differ by a factor of 5e11.",
    expression="(x - 1e6)**2 + (y - 2e-6)**2 + (x*y - 2)**2",
)


@compiled
def jennrich_sampson(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_{i=1..10} (2 + 2 i - (exp(i u) + exp(i v)))^2"""
    values[:] = 0.0
    gradients[:] = 0.0
    for i in range(1, 11):
        for r in range(x.shape[1]):
            a, b = exp(i * x[0, r]), exp(i * x[1, r])
            c = 2.0 + 2.0 * i - (a + b)
            values[r] += c * c
            gradients[0, r] -= 2.0 * i * c * a
            gradients[1, r] -= 2.0 * i * c * b


JENNRICH_SAMPSON = Objective(
    name="jennrich_sampson",
    title="Jennrich and Sampson's function",
    variables=("x", "y"),
    formula=r"f(x, y) = \sum_{i=1}^{10} \left(2 + 2i - (e^{ix} + e^{iy})\right)^2",
    source=f"{SOURCE}6, with m = 10",
    kernel=objective_kernel(jennrich_sampson),
    facts=constant_facts(
        {(0.2578252136703641, 0.2578252136703641): 124.36218235561485},
        {"default": [0.3, 0.4]},
        [(-0.5, 0.5)] * 2,
        30.28067713244147,
        domain=[(-1.0, 1.0)] * 2,
    ),
    expression=" + ".join(f"({2 + 2 * i} - (exp({i}*x) + exp({i}*y)))**2" for i in range(1, 11)),
    work=lambda _: 200.0,
)


@compiled
def helical_valley(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 100 ((w - 10 t)^2 + (rho - 1)^2) + w^2 with t the turns of (u, v) around the axis, from -1/4 to 3/4, and rho their distance"""
    for r in range(x.shape[1]):
        u, v, w = x[0, r], x[1, r], x[2, r]
        turns = copysign(0.25, v) if u == 0.0 else atan(v / u) / (2.0 * pi) + (0.5 if u < 0.0 else 0.0)
        square = u * u + v * v
        rho = sqrt(square)
        a, b = w - 10.0 * turns, rho - 1.0
        values[r] = 100.0 * (a * a + b * b) + w * w
        gradients[0, r] = 200.0 * (5.0 * a * v / (pi * square) + b * u / rho)
        gradients[1, r] = 200.0 * (b * v / rho - 5.0 * a * u / (pi * square))
        gradients[2, r] = 200.0 * a + 2.0 * w


HELICAL_VALLEY = Objective(
    name="helical_valley",
    title="Helical valley",
    formula=r"f(x) = 100\left[(x_3 - 10\,\theta)^2 + \left(\sqrt{x_1^2 + x_2^2} - 1\right)^2\right] + x_3^2,"
    r"\quad \theta = \tfrac{1}{2\pi}\arctan\tfrac{x_2}{x_1}\ \left(+\tfrac12\ \text{if}\ x_1 < 0\right)",
    source=f"{SOURCE}7 (Fletcher & Powell 1963)",
    kernel=objective_kernel(helical_valley),
    facts=constant_facts({(1.0, 0.0, 0.0): 0.0}, {"default": [-1.0, 0.0, 0.0]}, [(-2.0, 2.0)] * 3, 493.5728668607494),
    dimension=3,
    smooth=False,
    notes="The angle, and so the function, has a jump on the half plane x1 = 0, x2 < 0. On the axis x1 = x2 = 0 there is no gradient.",
    work=lambda _: 20.0,
)


@compiled
def powell_singular(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = (x1 + 10 x2)^2 + 5 (x3 - x4)^2 + (x2 - 2 x3)^4 + 10 (x1 - x4)^4"""
    for r in range(x.shape[1]):
        a, b = x[0, r] + 10.0 * x[1, r], x[2, r] - x[3, r]
        c, d = x[1, r] - 2.0 * x[2, r], x[0, r] - x[3, r]
        c3, d3 = c * c * c, d * d * d
        values[r] = a * a + 5.0 * b * b + c * c3 + 10.0 * d * d3
        gradients[0, r] = 2.0 * a + 40.0 * d3
        gradients[1, r] = 20.0 * a + 4.0 * c3
        gradients[2, r] = 10.0 * b - 8.0 * c3
        gradients[3, r] = -10.0 * b - 40.0 * d3


POWELL_SINGULAR = Objective(
    name="powell_singular",
    title="Powell's singular function",
    formula=r"f(x) = (x_1 + 10\,x_2)^2 + 5\,(x_3 - x_4)^2 + (x_2 - 2\,x_3)^4 + 10\,(x_1 - x_4)^4",
    source=f"{SOURCE}13",
    kernel=objective_kernel(powell_singular),
    facts=constant_facts({(0.0,) * 4: 0.0}, {"default": [3.0, -1.0, 0.0, 1.0]}, [(-4.0, 5.0)] * 4, None),
    dimension=4,
    convex=True,
    notes="The Hessian at the minimum is singular, so the condition number is infinite, and the table has none.",
    expression="(x1 + 10*x2)**2 + 5*(x3 - x4)**2 + (x2 - 2*x3)**4 + 10*(x1 - x4)**4",
    aliases=("powell",),
)


@compiled
def wood(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 100 (b - a^2)^2 + (1 - a)^2 + 90 (d - c^2)^2 + (1 - c)^2 + 10.1 ((b - 1)^2 + (d - 1)^2) + 19.8 (b - 1) (d - 1)"""
    for r in range(x.shape[1]):
        a, b, c, d = x[0, r], x[1, r], x[2, r], x[3, r]
        first, second = b - a * a, d - c * c
        values[r] = (
            100.0 * first * first + (1.0 - a) * (1.0 - a) + 90.0 * second * second + (1.0 - c) * (1.0 - c)
            + 10.1 * ((b - 1.0) * (b - 1.0) + (d - 1.0) * (d - 1.0)) + 19.8 * (b - 1.0) * (d - 1.0)
        )  # fmt: skip
        gradients[0, r] = -400.0 * a * first - 2.0 * (1.0 - a)
        gradients[1, r] = 200.0 * first + 20.2 * (b - 1.0) + 19.8 * (d - 1.0)
        gradients[2, r] = -360.0 * c * second - 2.0 * (1.0 - c)
        gradients[3, r] = 180.0 * second + 20.2 * (d - 1.0) + 19.8 * (b - 1.0)


WOOD = Objective(
    name="wood",
    title="Wood's function",
    formula=r"f(x) = 100\,(x_2 - x_1^2)^2 + (1 - x_1)^2 + 90\,(x_4 - x_3^2)^2 + (1 - x_3)^2"
    r" + 10.1 \left[(x_2 - 1)^2 + (x_4 - 1)^2\right] + 19.8\,(x_2 - 1)(x_4 - 1)",
    source=f"{SOURCE}14; Surjanovic & Bingham, Virtual Library of Simulation Experiments: Colville Function",
    kernel=objective_kernel(wood),
    facts=constant_facts(
        {(1.0,) * 4: 0.0},
        {"default": [-3.0, -1.0, -3.0, -1.0]},
        [(-4.0, 4.0)] * 4,
        1397.956565406993,
        saddles=[[-0.9679740249375931, 0.9471391408178418, -0.9695163103315911, 0.9512476657923252]],
        domain=[(-10.0, 10.0)] * 4,
    ),
    dimension=4,
    notes="From the published start, many methods stay near the saddle point for a long time.",
    expression="100*(x2 - x1**2)**2 + (1 - x1)**2 + 90*(x4 - x3**2)**2 + (1 - x3)**2 + 10.1*((x2 - 1)**2 + (x4 - 1)**2) "
    "+ 19.8*(x2 - 1)*(x4 - 1)",
    aliases=("colville",),
)
