"""The surfaces of two well-known visualisations: Dupont's two Gaussians, and those of lilipads' gradient_descent_viz."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, exp, pi, sin, sqrt
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel


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
        saddles=[[0.06860243670809657, 0.0]],
    )


DUPONT_TWO_GAUSSIANS = Objective(
    name="dupont_two_gaussians",
    title="Dupont's two Gaussians",
    variables=("x", "y"),
    formula=r"f(x, y) = x^2 + y^2 - 2\,e^{-((x-1)^2 + y^2) / 0.2} - 3\,e^{-((x+1)^2 + y^2) / 0.2}",
    source="Dupont, Optimization algorithms visualization (its page and code: a = 2, b = 3, c = d = 0.2)",
    kernel=objective_kernel(dupont_two_gaussians),
    facts=dupont_two_gaussians_facts,
    expression="x**2 + y**2 - 2*exp(-((x - 1)**2 + y**2)/0.2) - 3*exp(-((x + 1)**2 + y**2)/0.2)",
    notes=(
        "The global minimum is on the left, a local minimum is on the right. Both basins are nearly circular. A stretched picture "
        "shows them as ellipses."
    ),
    # An exponential costs what the arithmetic of about ten coordinates does.
    work=lambda _: 20.0,
)


LILIPADS = "lilipads, gradient_descent_viz (its code: case "
SQUARE = [(-2.0, 2.0)] * 2
CORNER = {"default": [1.5, 1.5]}


@compiled
def lilipads_local_minimum(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = u^2 + w^2 - 2 exp(-((u - 1)^2 + w^2) / 0.2) - 6 exp(-((u + 1)^2 + w^2) / 0.2) with w = 1.4 v"""
    for r in range(x.shape[1]):
        u, w = x[0, r], 1.4 * x[1, r]
        right = 2.0 * exp(-5.0 * ((u - 1.0) * (u - 1.0) + w * w))
        left = 6.0 * exp(-5.0 * ((u + 1.0) * (u + 1.0) + w * w))
        values[r] = u * u + w * w - right - left
        gradients[0, r] = 2.0 * u + 10.0 * ((u - 1.0) * right + (u + 1.0) * left)
        gradients[1, r] = 1.4 * (2.0 * w + 10.0 * w * (right + left))


LILIPADS_LOCAL_MINIMUM = Objective(
    name="lilipads_local_minimum",
    title="Local minimum, of lilipads",
    variables=("x", "y"),
    formula=r"f(x, y) = x^2 + u^2 - 2\,e^{-((x-1)^2 + u^2) / 0.2} - 6\,e^{-((x+1)^2 + u^2) / 0.2},\quad u = 1.4\,y",
    source=f"{LILIPADS}local_minimum)",
    kernel=objective_kernel(lilipads_local_minimum),
    facts=constant_facts(
        {(-0.9675774464554597, 0.0): -5.032339968658435, (0.9053178606008483, 0.0): -1.0927320384810153},
        {**CORNER, "left": [-1.5, 1.5]},
        SQUARE,
        1.9801408762128287,
        saddles=[[0.12025036405942183, 0.0]],
    ),
    notes="It is Dupont's function with a deeper minimum on the left, compressed in y.",
    expression="x**2 + (1.4*y)**2 - 2*exp(-((x - 1)**2 + (1.4*y)**2)/0.2) - 6*exp(-((x + 1)**2 + (1.4*y)**2)/0.2)",
    work=lambda _: 20.0,
)


@compiled
def lilipads_hills(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = u^2 + w^2 + 2 exp(-((u - 1)^2 + w^2) / 0.2) + 6 exp(-((u + 1)^2 + w^2) / 0.2) - 2 exp(-((u - 1)^2 + (w + 1)^2) / 0.2)

    with w = 1.4 v
    """
    for r in range(x.shape[1]):
        u, w = x[0, r], 1.4 * x[1, r]
        right = 2.0 * exp(-5.0 * ((u - 1.0) * (u - 1.0) + w * w))
        left = 6.0 * exp(-5.0 * ((u + 1.0) * (u + 1.0) + w * w))
        hole = 2.0 * exp(-5.0 * ((u - 1.0) * (u - 1.0) + (w + 1.0) * (w + 1.0)))
        values[r] = u * u + w * w + right + left - hole
        gradients[0, r] = 2.0 * u - 10.0 * ((u - 1.0) * (right - hole) + (u + 1.0) * left)
        gradients[1, r] = 1.4 * (2.0 * w - 10.0 * (w * (right + left) - (w + 1.0) * hole))


LILIPADS_HILLS = Objective(
    name="lilipads_hills",
    title="Hills, of lilipads",
    variables=("x", "y"),
    formula=r"f(x, y) = x^2 + u^2 + 2\,e^{-((x-1)^2 + u^2) / 0.2} + 6\,e^{-((x+1)^2 + u^2) / 0.2}"
    r" - 2\,e^{-((x-1)^2 + (u+1)^2) / 0.2},\quad u = 1.4\,y",
    source=f"{LILIPADS}hills)",
    kernel=objective_kernel(lilipads_hills),
    facts=constant_facts(
        {
            (0.9003065222993073, -0.6534011583039486): -0.1588086100344146,
            (0.04150712569956181, -0.0006403776376543042): 0.04828496079613093,
        },
        CORNER,
        SQUARE,
        2.320413664990192,
        saddles=[
            [0.4582929737230109, -0.44998075616155375],
            [1.4852458636525214, 0.0065611916934556124],
            [-1.71027297234088, 3.829141752254398e-18],
        ],
        maxima=[[1.1215460775056234, 0.005060385663539712], [-1.0346981883783095, 1.7092977303426621e-12]],
    ),
    expression="x**2 + (1.4*y)**2 + 2*exp(-((x - 1)**2 + (1.4*y)**2)/0.2) + 6*exp(-((x + 1)**2 + (1.4*y)**2)/0.2) "
    "- 2*exp(-((x - 1)**2 + (1.4*y + 1)**2)/0.2)",
    work=lambda _: 30.0,
)


@compiled
def lilipads_saddle_point(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sin u + v^2"""
    for r in range(x.shape[1]):
        values[r] = sin(x[0, r]) + x[1, r] * x[1, r]
        gradients[0, r] = cos(x[0, r])
        gradients[1, r] = 2.0 * x[1, r]


LILIPADS_SADDLE_POINT = Objective(
    name="lilipads_saddle_point",
    title="Saddle point, of lilipads",
    variables=("x", "y"),
    formula=r"f(x, y) = \sin x + y^2",
    source=f"{LILIPADS}saddle_point)",
    kernel=objective_kernel(lilipads_saddle_point),
    facts=constant_facts({(-0.5 * pi, 0.0): -1.0, (1.5 * pi, 0.0): -1.0}, CORNER, SQUARE, 2.0, saddles=[[0.5 * pi, 0.0]]),
    separable=True,
    notes="A minimum repeats every 2 pi along x, with a saddle point between two of them. Two minima and one saddle point are listed.",
    expression="sin(x) + y**2",
    work=lambda _: 20.0,
)


@compiled
def lilipads_ecliptic_bowl(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -exp(-(a^2 + 5 b^2)) + a^2 + b^2 / 2 with a = u / 2 and b = v / 2"""
    for r in range(x.shape[1]):
        a, b = 0.5 * x[0, r], 0.5 * x[1, r]
        hole = exp(-(a * a + 5.0 * b * b))
        values[r] = a * a + 0.5 * b * b - hole
        gradients[0, r] = a * (1.0 + hole)
        gradients[1, r] = b * (0.5 + 5.0 * hole)


LILIPADS_ECLIPTIC_BOWL = Objective(
    name="lilipads_ecliptic_bowl",
    title="Elliptic bowl, of lilipads",
    variables=("x", "y"),
    formula=r"f(x, y) = -e^{-(a^2 + 5 b^2)} + a^2 + \tfrac12 b^2,\quad a = x / 2,\ b = y / 2",
    source=f"{LILIPADS}ecliptic_bowl)",
    kernel=objective_kernel(lilipads_ecliptic_bowl),
    facts=constant_facts({(0.0, 0.0): -1.0}, CORNER, SQUARE, 2.75),
    expression="-exp(-((x/2)**2 + 5*(y/2)**2)) + (x/2)**2 + (y/2)**2/2",
    work=lambda _: 10.0,
)


@compiled
def lilipads_plateau(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -sin(r) / r + 0.01 r^2 with r = 10 sqrt(u^2 + v^2) + 0.01"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        away = sqrt(u * u + v * v)
        ring = 10.0 * away + 0.01
        values[r] = 0.01 * ring * ring - sin(ring) / ring
        slope = 10.0 * (0.02 * ring + (sin(ring) / ring - cos(ring)) / ring)
        gradients[0, r] = slope * u / away if away > 0.0 else 0.0
        gradients[1, r] = slope * v / away if away > 0.0 else 0.0


LILIPADS_PLATEAU = Objective(
    name="lilipads_plateau",
    title="Plateau, of lilipads",
    variables=("x", "y"),
    formula=r"f(x, y) = -\frac{\sin r}{r} + 0.01\,r^2,\quad r = 10 \sqrt{x^2 + y^2} + 0.01",
    source=f"{LILIPADS}plateau)",
    kernel=objective_kernel(lilipads_plateau),
    facts=constant_facts({(0.0, 0.0): 0.01 * 0.01 * 0.01 - sin(0.01) / 0.01}, CORNER, SQUARE, None),
    smooth=False,
    notes="The minimum is the tip of a very flat cone, where the gradient is given as 0. Around it there are circles of local minima, "
    "which are not listed.",
    expression="-sin(10*sqrt(x**2 + y**2) + 0.01)/(10*sqrt(x**2 + y**2) + 0.01) + 0.01*(10*sqrt(x**2 + y**2) + 0.01)**2",
    work=lambda _: 20.0,
)
