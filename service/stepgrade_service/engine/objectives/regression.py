"""Regressions small enough to do by hand: a line through five points, and a classifier of six."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log1p
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, objective_kernel

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
    notes="At the start 'backwards' the classifier gives wrong answers with high confidence.",
    # An exponential and a logarithm a point, each at the cost of about ten coordinates.
    work=lambda _: 20.0 * CLASS_INPUTS.size,
)
