"""Regressions small enough to do by hand: a line through five points, a classifier of six, and one with more weights than points."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log1p
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel

LINE_INPUTS = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
LINE_TARGETS = np.array([1.0, 3.0, 2.0, 5.0, 4.0])

CLASS_INPUTS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
CLASS_LABELS = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])


@compiled
def linreg_tiny(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 mean_k (w x_k + b - y_k)^2"""
    share = 1.0 / LINE_INPUTS.size
    values[:] = 0.0
    gradients[:] = 0.0
    for k in range(LINE_INPUTS.size):
        for r in range(x.shape[1]):
            residual = x[0, r] * LINE_INPUTS[k] + x[1, r] - LINE_TARGETS[k]
            values[r] += 0.5 * share * residual * residual
            gradients[0, r] += share * residual * LINE_INPUTS[k]
            gradients[1, r] += share * residual


def linreg_tiny_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[0.8, 1.4]],
        value_at_minima=[0.36],
        starts={"default": [0.0, 0.0], "A": [-0.2, 4.25], "B": [1.9, 1.8]},
        window=[(-1.0, 3.0), (-1.0, 5.0)],
        condition_number=22.455467415507485,
    )


LINREG_TINY = Objective(
    name="linreg_tiny",
    title="Line through five points",
    variables=("w", "b"),
    formula=r"f(w, b) = \tfrac12 \,\mathrm{mean}_k\,(w x_k + b - y_k)^2,\quad x = (0, 1, 2, 3, 4),\ y = (1, 3, 2, 5, 4)",
    source="least squares; the condition number is high because x is not centred (with centred x it is 2)",
    kernel=objective_kernel(linreg_tiny),
    facts=linreg_tiny_facts,
    convex=True,
    expression="((b - 1)**2 + (w + b - 3)**2 + (2*w + b - 2)**2 + (3*w + b - 5)**2 + (4*w + b - 4)**2)/10",
    notes="A is far out along the flat axis, B along the steep axis, as on the quadratic bowl.",
    work=lambda _: 2.0 * LINE_INPUTS.size,
)


@compiled
def logreg_tiny(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = mean_k log(1 + e^z_k) - y_k z_k with z_k = w x_k + b"""
    share = 1.0 / CLASS_INPUTS.size
    values[:] = 0.0
    gradients[:] = 0.0
    for k in range(CLASS_INPUTS.size):
        # With labels 0 and 1 a term is log(1 + e^doubt), doubt being z against the label: no overflow and no cancellation.
        sign = 1.0 - 2.0 * CLASS_LABELS[k]
        for r in range(x.shape[1]):
            doubt = sign * (x[0, r] * CLASS_INPUTS[k] + x[1, r])
            tail = exp(-abs(doubt))
            slope = sign * (1.0 if doubt > 0.0 else tail) / (1.0 + tail)
            values[r] += share * (max(doubt, 0.0) + log1p(tail))
            gradients[0, r] += share * slope * CLASS_INPUTS[k]
            gradients[1, r] += share * slope


def logreg_tiny_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[1.2140275858514202, -0.6070137929257101]],
        value_at_minima=[0.4129978058416021],
        starts={"default": [0.0, 0.0], "backwards": [-2.0, 2.0]},
        window=[(-2.5, 4.0), (-4.0, 3.0)],
        condition_number=2.6784400512911376,
    )


LOGREG_TINY = Objective(
    name="logreg_tiny",
    title="Classifier of six points",
    variables=("w", "b"),
    formula=r"f(w, b) = \mathrm{mean}_k\left[\log(1 + e^{z_k}) - y_k z_k\right],\quad z_k = w x_k + b,"
    r"\ x = (-2, -1, 0, 1, 2, 3),\ y = (0, 0, 1, 0, 1, 1)",
    source="logistic regression on six points that no threshold separates, so that the minimum is finite",
    kernel=objective_kernel(logreg_tiny),
    facts=logreg_tiny_facts,
    convex=True,
    expression="(softplus(-2*w + b) + softplus(-w + b) + softplus(b) - b + softplus(w + b) + softplus(2*w + b) - (2*w + b) "
    "+ softplus(3*w + b) - (3*w + b))/6",
    notes="At the start 'backwards' the classifier gives wrong answers with high confidence.",
    # An exponential and a logarithm a point, each at the cost of about ten coordinates.
    work=lambda _: 20.0 * CLASS_INPUTS.size,
)


#: Wilson et al. 2017, section 3.3, with the labels 1, 1, -1: the label, two constants, and features of one example alone.
WILSON_INPUTS = np.array(
    [
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [-1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    ]
)
WILSON_LABELS = np.array([1.0, 1.0, -1.0])


@compiled
def wilson_separable(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 sum_k (w' x_k - y_k)^2"""
    values[:] = 0.0
    gradients[:] = 0.0
    for k in range(3):
        for r in range(x.shape[1]):
            residual = -WILSON_LABELS[k]
            for i in range(10):
                residual += WILSON_INPUTS[k, i] * x[i, r]
            values[r] += 0.5 * residual * residual
            for i in range(10):
                gradients[i, r] += residual * WILSON_INPUTS[k, i]


def wilson_minima() -> list[list[float]]:
    """Of all weights that fit, the shortest, where gradient descent from 0 ends; and the signs, where adaptive methods from 0 end."""
    shortest = WILSON_INPUTS.T @ np.linalg.solve(WILSON_INPUTS @ WILSON_INPUTS.T, WILSON_LABELS)
    signs = 0.25 * np.sign(WILSON_INPUTS.T @ WILSON_LABELS)
    return [shortest.tolist(), signs.tolist()]


WILSON_SEPARABLE = Objective(
    name="wilson_separable",
    title="Three examples with ten features",
    formula=r"f(w) = \tfrac12 \sum_{k=1}^{3} (w^\top x_k - y_k)^2",
    source="Wilson et al., The Marginal Value of Adaptive Gradient Methods in Machine Learning, 2017, section 3.3, with three examples",
    kernel=objective_kernel(wilson_separable),
    facts=constant_facts({tuple(minimum): 0.0 for minimum in wilson_minima()}, {"default": [0.0] * 10}, [(-1.0, 1.0)] * 10, None),
    dimension=10,
    convex=True,
    notes="Many weights fit all three examples. From 0, gradient descent ends at the first minimum, the weights of least length. Methods "
    "that rescale each coordinate end near the second, where all weights that count have one size: 1/4 or -1/4. Other minima are not "
    "listed, so use a target of value_gap for other starts.",
    expression="0.5*((x1 + x2 + x3 + x4 - 1)**2 + (x1 + x2 + x3 + x5 - 1)**2 + (-x1 + x2 + x3 + x6 + x7 + x8 + x9 + x10 + 1)**2)",
    work=lambda _: 60.0,
)
