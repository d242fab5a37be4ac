"""Curves fitted to data, and systems of equations, of the collection of Moré, Garbow and Hillstrom."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, exp, sin
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel
from .more_garbow_hillstrom import SOURCE

BARD_TARGETS = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39])
HALF_A_BELL = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521]
BELL_TARGETS = np.array([*HALF_A_BELL, 0.3989, *reversed(HALF_A_BELL)])


@compiled
def bard(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i (y_i - (x1 + i / ((16 - i) x2 + min(i, 16 - i) x3)))^2"""
    values[:] = 0.0
    gradients[:] = 0.0
    for i in range(1, 16):
        far, near = 16.0 - i, min(i, 16.0 - i)
        for r in range(x.shape[1]):
            below = far * x[1, r] + near * x[2, r]
            residual = BARD_TARGETS[i - 1] - (x[0, r] + i / below)
            slope = 2.0 * residual * i / (below * below)
            values[r] += residual * residual
            gradients[0, r] -= 2.0 * residual
            gradients[1, r] += slope * far
            gradients[2, r] += slope * near


BARD = Objective(
    name="bard",
    title="Bard's function",
    formula=r"f(x) = \sum_{i=1}^{15} \left[ y_i - \left( x_1 + \frac{u_i}{v_i x_2 + w_i x_3} \right) \right]^2,"
    r"\quad u_i = i,\ v_i = 16 - i,\ w_i = \min(u_i, v_i)",
    source=f"{SOURCE}8, with its 15 numbers y",
    kernel=objective_kernel(bard),
    facts=constant_facts(
        {(0.08241055974978893, 1.1330360920297216, 2.343695178642537): 0.008214877306578975},
        {"default": [1.0, 1.0, 1.0]},
        [(-1.0, 2.0), (0.1, 3.0), (0.1, 3.0)],
        4529.05840755673,
    ),
    dimension=3,
    smooth=False,
    notes="There is no value where a denominator is 0. The value also approaches 17.4286 as x2 and x3 go to minus infinity.",
    expression=" + ".join(
        f"({target} - (x1 + {i}/({16 - i}*x2 + {min(i, 16 - i)}*x3)))**2" for i, target in enumerate(BARD_TARGETS.tolist(), 1)
    ),
    work=lambda _: 90.0,
)


@compiled
def gaussian(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i (x1 exp(-x2 (t_i - x3)^2 / 2) - y_i)^2 with t_i = (8 - i) / 2"""
    values[:] = 0.0
    gradients[:] = 0.0
    for i in range(1, 16):
        for r in range(x.shape[1]):
            away = 0.5 * (8.0 - i) - x[2, r]
            bell = exp(-0.5 * x[1, r] * away * away)
            residual = x[0, r] * bell - BELL_TARGETS[i - 1]
            values[r] += residual * residual
            gradients[0, r] += 2.0 * residual * bell
            gradients[1, r] -= residual * x[0, r] * bell * away * away
            gradients[2, r] += 2.0 * residual * x[0, r] * bell * x[1, r] * away


GAUSSIAN = Objective(
    name="gaussian",
    title="Gaussian fitted to fifteen points",
    formula=r"f(x) = \sum_{i=1}^{15} \left[ x_1 e^{-x_2 (t_i - x_3)^2 / 2} - y_i \right]^2,\quad t_i = (8 - i) / 2",
    source=f"{SOURCE}9, with its 15 numbers y",
    kernel=objective_kernel(gaussian),
    facts=constant_facts(
        {(0.39895613783875666, 1.0000190844878056, 0.0): 1.127932769618648e-08},
        {"default": [0.4, 1.0, 0.0]},
        [(-1.0, 1.0), (0.0, 2.0), (-1.0, 1.0)],
        51.281529613723556,
    ),
    dimension=3,
    notes="The published start is close to the minimum.",
    expression=" + ".join(f"(x1*exp(-x2*({(8 - i) / 2} - x3)**2/2) - {target})**2" for i, target in enumerate(BELL_TARGETS.tolist(), 1)),
    work=lambda _: 200.0,
)


@compiled
def box3d(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_{i=1..10} (exp(-t x1) - exp(-t x2) - x3 (exp(-t) - exp(-10 t)))^2 with t = i / 10"""
    values[:] = 0.0
    gradients[:] = 0.0
    for i in range(1, 11):
        t = i / 10.0
        weight = exp(-t) - exp(-i)
        for r in range(x.shape[1]):
            a, b = exp(-t * x[0, r]), exp(-t * x[1, r])
            residual = a - b - x[2, r] * weight
            values[r] += residual * residual
            gradients[0, r] -= 2.0 * residual * t * a
            gradients[1, r] += 2.0 * residual * t * b
            gradients[2, r] -= 2.0 * residual * weight


BOX3D = Objective(
    name="box3d",
    title="Box's three-dimensional function",
    formula=r"f(x) = \sum_{i=1}^{10} \left[ e^{-t_i x_1} - e^{-t_i x_2} - x_3 \left( e^{-t_i} - e^{-10 t_i} \right) \right]^2,"
    r"\quad t_i = i / 10",
    source=f"{SOURCE}12, with m = 10",
    kernel=objective_kernel(box3d),
    facts=constant_facts(
        {(1.0, 10.0, 1.0): 0.0, (10.0, 1.0, -1.0): 0.0},
        {"default": [0.0, 10.0, 20.0]},
        [(-1.0, 11.0), (-1.0, 11.0), (-2.0, 21.0)],
        8341.539337100654,
    ),
    dimension=3,
    notes="The value is also 0 on the line x1 = x2, x3 = 0. That line is not listed.",
    expression=" + ".join(
        f"(exp(-{t}*x1) - exp(-{t}*x2) - x3*(exp(-{t}) - exp(-{i})))**2"
        for i, t in enumerate(np.arange(0.1, 1.05, 0.1).round(1).tolist(), 1)
    ),
    work=lambda _: 240.0,
)


@compiled
def brown_dennis(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_{i=1..20} ((x1 + t x2 - exp(t))^2 + (x3 + x4 sin(t) - cos(t))^2)^2 with t = i / 5"""
    values[:] = 0.0
    gradients[:] = 0.0
    for i in range(1, 21):
        t = i / 5.0
        grown, wave, other = exp(t), sin(t), cos(t)
        for r in range(x.shape[1]):
            a, b = x[0, r] + t * x[1, r] - grown, x[2, r] + wave * x[3, r] - other
            residual = a * a + b * b
            values[r] += residual * residual
            gradients[0, r] += 4.0 * residual * a
            gradients[1, r] += 4.0 * residual * a * t
            gradients[2, r] += 4.0 * residual * b
            gradients[3, r] += 4.0 * residual * b * wave


BROWN_DENNIS = Objective(
    name="brown_dennis",
    title="Brown and Dennis's function",
    formula=r"f(x) = \sum_{i=1}^{20} \left[ (x_1 + t_i x_2 - e^{t_i})^2 + (x_3 + x_4 \sin t_i - \cos t_i)^2 \right]^2,\quad t_i = i / 5",
    source=f"{SOURCE}16, with m = 20",
    kernel=objective_kernel(brown_dennis),
    facts=constant_facts(
        {(-11.594439904762165, 13.203630051207204, -0.40343948817685954, 0.2367787744557363): 85822.20162635634},
        {"default": [25.0, 5.0, -5.0, -1.0]},
        [(-30.0, 30.0)] * 4,
        75.59452295277062,
    ),
    dimension=4,
    convex=True,
    expression=" + ".join(
        f"((x1 + {t}*x2 - exp({t}))**2 + (x3 + x4*sin({t}) - cos({t}))**2)**2" for t in np.arange(0.2, 4.1, 0.2).round(1).tolist()
    ),
    work=lambda _: 120.0,
)


@compiled
def variably_dimensioned(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i (x_i - 1)^2 + s^2 + s^4 with s = sum_i i (x_i - 1)"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += (i + 1.0) * (x[i, r] - 1.0)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            s = values[r]
            gradients[i, r] = 2.0 * (x[i, r] - 1.0) + 2.0 * (i + 1.0) * s * (1.0 + 2.0 * s * s)
    for r in range(x.shape[1]):
        square = values[r] * values[r]
        values[r] = square + square * square
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += (x[i, r] - 1.0) * (x[i, r] - 1.0)


def variably_dimensioned_facts(parameters: Mapping[str, Any], n: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[1.0] * n],
        value_at_minima=[0.0],
        starts={"default": [1.0 - i / n for i in range(1, n + 1)]},
        window=[(-2.0, 4.0)] * n,
        condition_number=1.0 + n * (n + 1) * (2 * n + 1) / 6.0 if n > 1 else 1.0,
    )


VARIABLY_DIMENSIONED = Objective(
    name="variably_dimensioned",
    title="Variably dimensioned function",
    formula=r"f(x) = \sum_{i=1}^{n} (x_i - 1)^2 + s^2 + s^4,\quad s = \sum_{i=1}^{n} i\,(x_i - 1)",
    source=f"{SOURCE}25",
    kernel=objective_kernel(variably_dimensioned),
    facts=variably_dimensioned_facts,
    dimension=None,
    convex=True,
    expression="(x1 - 1)**2 + (x2 - 1)**2 + (x1 - 1 + 2*(x2 - 1))**2 + (x1 - 1 + 2*(x2 - 1))**4",
)


@compiled
def trigonometric(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i f_i^2 with f_i = n - sum_j cos x_j + i (1 - cos x_i) - sin x_i"""
    n = x.shape[0]
    for r in range(x.shape[1]):
        spread, total, value = 0.0, 0.0, 0.0
        for i in range(n):
            half = sin(0.5 * x[i, r])
            spread += 2.0 * half * half  # 1 - cos, which loses no digits near 0
        for i in range(n):
            half = sin(0.5 * x[i, r])
            residual = spread + 2.0 * (i + 1.0) * half * half - sin(x[i, r])
            total += residual
            value += residual * residual
            gradients[i, r] = 2.0 * residual * ((i + 1.0) * sin(x[i, r]) - cos(x[i, r]))
        values[r] = value
        for i in range(n):
            gradients[i, r] += 2.0 * total * sin(x[i, r])


def trigonometric_facts(parameters: Mapping[str, Any], n: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[0.0] * n],
        value_at_minima=[0.0],
        starts={"default": [1.0 / n] * n},
        window=[(-3.0, 3.0)] * n,
        condition_number=1.0,
    )


TRIGONOMETRIC = Objective(
    name="trigonometric",
    title="Trigonometric function",
    formula=r"f(x) = \sum_{i=1}^{n} \left[ n - \sum_{j=1}^{n} \cos x_j + i\,(1 - \cos x_i) - \sin x_i \right]^2",
    source=f"{SOURCE}26",
    kernel=objective_kernel(trigonometric),
    facts=trigonometric_facts,
    dimension=None,
    notes="There are many other minima. Only the one at the origin is listed.",
    expression="(2 - cos(x1) - cos(x2) + (1 - cos(x1)) - sin(x1))**2 + (2 - cos(x1) - cos(x2) + 2*(1 - cos(x2)) - sin(x2))**2",
    work=lambda dimension: 90.0 * dimension,
)
