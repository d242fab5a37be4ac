"""Many minima in any dimension: Ackley's, Rastrigin's, Griewank's, Levy's, Schwefel's, Michalewicz's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import cos, e, exp, expm1, pi, sin, sqrt, tan
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, objective_kernel, uniform_facts

SOURCE = "Surjanovic & Bingham, Virtual Library of Simulation Experiments: "


@compiled
def ackley(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -20 exp(-0.2 sqrt(mean x_i^2)) - exp(mean cos 2 pi x_i) + 20 + e"""
    n = x.shape[0]
    for r in range(x.shape[1]):
        square, wave = 0.0, 0.0
        for i in range(n):
            half = sin(pi * x[i, r])
            square += x[i, r] * x[i, r] / n
            wave -= 2.0 * half * half / n  # cos - 1, which loses no digits near the minimum
        away = sqrt(square)
        values[r] = -20.0 * expm1(-0.2 * away) - e * expm1(wave)
        cone = 4.0 * exp(-0.2 * away) / (n * away) if away > 0.0 else 0.0
        top = 2.0 * pi * e * exp(wave) / n
        for i in range(n):
            gradients[i, r] = cone * x[i, r] + top * sin(2.0 * pi * x[i, r])


ACKLEY = Objective(
    name="ackley",
    title="Ackley's function",
    formula=r"f(x) = -20 \exp\left(-0.2 \sqrt{\tfrac1n \sum_{i=1}^{n} x_i^2}\right)"
    r" - \exp\left(\tfrac1n \sum_{i=1}^{n} \cos 2\pi x_i\right) + 20 + e",
    source=f"{SOURCE}Ackley Function",
    kernel=objective_kernel(ackley),
    facts=uniform_facts(0.0, {"default": 2.5}, (-5.0, 5.0), lambda _: None, domain=(-32.768, 32.768)),
    dimension=None,
    smooth=False,
    notes="The minimum is the tip of a cone. The gradient there is given as 0. There is a local minimum near each point with whole "
    "coordinates; these minima are not listed.",
    expression="-20*exp(-0.2*sqrt((x1**2 + x2**2)/2)) - exp((cos(2*pi*x1) + cos(2*pi*x2))/2) + 20 + e",
    work=lambda dimension: 30.0 + 50.0 * dimension,
)


@compiled
def rastrigin(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 10 n + sum_i x_i^2 - 10 cos 2 pi x_i"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            half = sin(pi * x[i, r])
            values[r] += x[i, r] * x[i, r] + 20.0 * half * half  # 1 - cos is 2 sin^2 of the half, which loses no digits
            gradients[i, r] = 2.0 * x[i, r] + 20.0 * pi * sin(2.0 * pi * x[i, r])


RASTRIGIN = Objective(
    name="rastrigin",
    title="Rastrigin's function",
    formula=r"f(x) = 10\,n + \sum_{i=1}^{n} \left( x_i^2 - 10 \cos 2\pi x_i \right)",
    source=f"{SOURCE}Rastrigin Function",
    kernel=objective_kernel(rastrigin),
    facts=uniform_facts(0.0, {"default": 3.2}, (-5.12, 5.12), lambda _: 1.0),
    dimension=None,
    separable=True,
    notes="There is a local minimum near each point with whole coordinates up to about 25; only the global minimum is listed.",
    expression="20 + x1**2 - 10*cos(2*pi*x1) + x2**2 - 10*cos(2*pi*x2)",
    work=lambda dimension: 20.0 * dimension,
)


@compiled
def griewank(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sum_i x_i^2 / 4000 - prod_i cos(x_i / sqrt i) + 1"""
    n = x.shape[0]
    for r in range(x.shape[1]):
        square, product = 0.0, 1.0
        for i in range(n):
            square += x[i, r] * x[i, r] / 4000.0
            gradients[i, r] = product
            product *= cos(x[i, r] / sqrt(i + 1.0))
        values[r] = square - product + 1.0
        behind = 1.0
        for i in range(n - 1, -1, -1):
            root = sqrt(i + 1.0)
            gradients[i, r] = x[i, r] / 2000.0 + gradients[i, r] * behind * sin(x[i, r] / root) / root
            behind *= cos(x[i, r] / root)


GRIEWANK = Objective(
    name="griewank",
    title="Griewank's function",
    formula=r"f(x) = \sum_{i=1}^{n} \frac{x_i^2}{4000} - \prod_{i=1}^{n} \cos\frac{x_i}{\sqrt i} + 1",
    source=f"{SOURCE}Griewank Function",
    kernel=objective_kernel(griewank),
    facts=uniform_facts(0.0, {"default": 7.0}, (-12.0, 12.0), lambda n: (0.0005 + 1.0) / (0.0005 + 1.0 / n), domain=(-600.0, 600.0)),
    dimension=None,
    notes="There are thousands of local minima in the domain; only the global minimum is listed.",
    expression="(x1**2 + x2**2)/4000 - cos(x1)*cos(x2/sqrt(2)) + 1",
    work=lambda dimension: 60.0 * dimension,
)


@compiled
def levy(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = sin^2 pi w_1 + sum_{i<n} (w_i - 1)^2 (1 + 10 sin^2(pi w_i + 1)) + (w_n - 1)^2 (1 + sin^2 2 pi w_n), w = 1 + (x - 1) / 4"""
    n = x.shape[0]
    for r in range(x.shape[1]):
        wave = sin(0.25 * pi * (x[0, r] - 1.0))
        values[r] = wave * wave
        gradients[0, r] = 0.25 * pi * sin(0.5 * pi * (x[0, r] - 1.0))
    for i in range(n):
        height, turns, shift = (10.0, pi, 1.0) if i < n - 1 else (1.0, 2.0 * pi, 0.0)
        for r in range(x.shape[1]):
            d = 0.25 * (x[i, r] - 1.0)
            wave = sin(turns * d + shift)
            values[r] += d * d * (1.0 + height * wave * wave)
            slope = 2.0 * d * (1.0 + height * wave * wave) + d * d * height * turns * sin(2.0 * (turns * d + shift))
            gradients[i, r] = (0.0 if i else gradients[i, r]) + 0.25 * slope


def levy_condition(n: int) -> float:
    """The curvatures are (2 pi^2 + 2 + 20 sin^2 1) / 16 once, (2 + 20 sin^2 1) / 16 in the middle, and 2 / 16."""
    return pi * pi + 1.0 + 10.0 * sin(1.0) ** 2 if n > 1 else 1.0


LEVY = Objective(
    name="levy",
    title="Levy's function",
    formula=r"f(x) = \sin^2 \pi w_1 + \sum_{i=1}^{n-1} (w_i - 1)^2 \left[1 + 10 \sin^2(\pi w_i + 1)\right]"
    r" + (w_n - 1)^2 \left[1 + \sin^2 2\pi w_n\right],\quad w_i = 1 + \frac{x_i - 1}{4}",
    source=f"{SOURCE}Levy Function",
    kernel=objective_kernel(levy),
    facts=uniform_facts(1.0, {"default": -6.0}, (-10.0, 10.0), levy_condition),
    dimension=None,
    separable=True,
    notes="There are many local minima; only the global minimum is listed.",
    expression="sin(pi*(1 + (x1 - 1)/4))**2 + ((x1 - 1)/4)**2*(1 + 10*sin(pi*(1 + (x1 - 1)/4) + 1)**2) "
    "+ ((x2 - 1)/4)**2*(1 + sin(2*pi*(1 + (x2 - 1)/4))**2)",
    work=lambda dimension: 20.0 + 45.0 * dimension,
)


@compiled
def schwefel(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 418.9828872724339 n - sum_i x_i sin sqrt|x_i|"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            root = sqrt(abs(x[i, r]))
            values[r] += 418.9828872724339 - x[i, r] * sin(root)
            gradients[i, r] = -sin(root) - 0.5 * root * cos(root)


SCHWEFEL = Objective(
    name="schwefel",
    title="Schwefel's function",
    formula=r"f(x) = 418.9828872724339\,n - \sum_{i=1}^{n} x_i \sin \sqrt{\lvert x_i \rvert}",
    source=f"{SOURCE}Schwefel Function (the constant with all digits)",
    kernel=objective_kernel(schwefel),
    facts=uniform_facts(420.96874635998205, {"default": 250.0, "far": -300.0}, (-500.0, 500.0), lambda _: 1.0, value=1.937252135648044e-13),
    dimension=None,
    bounded=False,
    separable=True,
    notes="The listed minimum is the lowest in the domain; there are many others. Outside the domain, the function has lower values "
    "without end.",
    expression="2*418.9828872724339 - x1*sin(sqrt(abs(x1))) - x2*sin(sqrt(abs(x2)))",
    work=lambda dimension: 20.0 * dimension,
)


@compiled
def michalewicz(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = -sum_i sin x_i sin^20(i x_i^2 / pi)"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            angle = (i + 1.0) * x[i, r] * x[i, r] / pi
            narrow = sin(angle) ** 19.0
            values[r] -= sin(x[i, r]) * narrow * sin(angle)
            slope = 40.0 * (i + 1.0) * x[i, r] / pi * cos(angle)
            gradients[i, r] = -narrow * (cos(x[i, r]) * sin(angle) + sin(x[i, r]) * slope)


@lru_cache
def michalewicz_well(i: int) -> tuple[float, float, float]:
    """Where the i-th coordinate has its lowest minimum in [0, pi], what it adds there, and the curvature.

    With h = sin x sin^20(i x^2 / pi), the slope of log h is 0 there. Newton's method begins near the peaks of the narrow factor.
    """
    peaks = [sqrt(pi * (0.5 * pi + k * pi) / i) for k in range(i)]
    wells = list[tuple[float, float, float]]()
    for x in sorted(peaks, key=lambda peak: abs(peak - 0.5 * pi))[:4]:
        for _ in range(50):
            slope, bend = _michalewicz_slopes(i, x)
            x -= slope / bend
        height = sin(x) * sin(i * x * x / pi) ** 20
        wells.append((x, -height, -height * _michalewicz_slopes(i, x)[1]))
    return min(wells, key=lambda well: well[1])


def _michalewicz_slopes(i: int, x: float) -> tuple[float, float]:
    """The first two derivatives of log h."""
    angle, speed = i * x * x / pi, 2.0 * i * x / pi
    return 1.0 / tan(x) + 20.0 * speed / tan(angle), -1.0 / sin(x) ** 2 + 40.0 * i / (pi * tan(angle)) - 20.0 * (speed / sin(angle)) ** 2


def michalewicz_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    wells = [michalewicz_well(i) for i in range(1, dimension + 1)]
    curvatures = [curvature for _, _, curvature in wells]
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[x for x, _, _ in wells]],
        value_at_minima=[sum(value for _, value, _ in wells)],
        starts={"default": [1.9] * dimension},
        window=[(0.0, pi)] * dimension,
        condition_number=max(curvatures) / min(curvatures),
    )


MICHALEWICZ = Objective(
    name="michalewicz",
    title="Michalewicz's function",
    formula=r"f(x) = -\sum_{i=1}^{n} \sin x_i\, \sin^{20} \frac{i\,x_i^2}{\pi}",
    source=f"{SOURCE}Michalewicz Function, with m = 10",
    kernel=objective_kernel(michalewicz),
    facts=michalewicz_facts,
    dimension=None,
    most_dimension=200,
    separable=True,
    notes="Valleys are narrow, and between them the gradient almost vanishes. Only the lowest minimum in the domain is listed.",
    expression="-sin(x1)*sin(x1**2/pi)**20 - sin(x2)*sin(2*x2**2/pi)**20",
    work=lambda dimension: 60.0 * dimension,
)
