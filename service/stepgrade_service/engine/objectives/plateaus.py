"""Wells in a plateau, where gradients vanish far away."""

from __future__ import annotations

from math import exp, expm1, log1p

from ..compiled.jit import compiled
from .declaration import Objective, objective_kernel, uniform_facts


@compiled
def log_plateau(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = log(1 + |x|^2)"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] += x[i, r] * x[i, r]
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            gradients[i, r] = 2.0 * x[i, r] / (1.0 + values[r])
    for r in range(x.shape[1]):
        values[r] = log1p(values[r])


LOG_PLATEAU = Objective(
    name="log_plateau",
    title="Logarithmic well",
    formula=r"f(x) = \log\left(1 + \lVert x \rVert^2\right)",
    source="the negative logarithm of Cauchy's density (Lorentz's loss): gradients are small far away and steepest at distance 1",
    kernel=objective_kernel(log_plateau),
    facts=uniform_facts(0.0, {"default": 3.0, "near": 0.5}, (-5.0, 5.0), lambda _: 1.0),
    dimension=None,
    expression="log(1 + x1**2 + x2**2)",
    work=lambda dimension: 10.0 + 2.0 * dimension,
)


@compiled
def welsch(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 1 - exp(-|x|^2 / 2)"""
    values[:] = 0.0
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            values[r] -= 0.5 * x[i, r] * x[i, r]
    for r in range(x.shape[1]):
        bell = exp(values[r])
        values[r] = -expm1(values[r])
        for i in range(x.shape[0]):
            gradients[i, r] = x[i, r] * bell


WELSCH = Objective(
    name="welsch",
    title="Welsch's well",
    formula=r"f(x) = 1 - e^{-\lVert x \rVert^2 / 2}",
    source="Welsch's loss (Holland & Welsch 1977): an inverted Gaussian in a plateau",
    kernel=objective_kernel(welsch),
    facts=uniform_facts(0.0, {"default": 1.5, "plateau": 3.0}, (-4.0, 4.0), lambda _: 1.0),
    dimension=None,
    notes="From 'plateau' the value is 0.99988, and gradient descent makes almost no progress.",
    expression="1 - exp(-(x1**2 + x2**2)/2)",
    work=lambda dimension: 20.0 + 2.0 * dimension,
)
