"""Sharpness-aware minimization (SAM): any optimizer, with the gradient at a point that is uphill.

Foret, Kleiner, Mobahi & Neyshabur 2021, arXiv:2010.01412, Algorithm 1; optax contrib sam.
"""

from __future__ import annotations

import numpy as np

from ..compiled.arithmetic import norms, quotient_or_zero
from ..reading.cost import Effort, StepPrice
from .declaration import Hyperparameter
from .kinds import asking_objective
from .rule import Rule


def climbed(effort: Effort) -> StepPrice:
    """The objective is evaluated once at each point uphill."""
    return (effort.objective + StepPrice(0.2 * effort.dimension, 0.05 * effort.dimension)) * effort.climbs


@asking_objective(climbed)
def sharpness_aware(t, x, g, step, lr, values, objective, parameters, rho, climbs):  # type: ignore[no-untyped-def]
    point, gradient, reached, length = np.empty(x.shape), np.empty(x.shape), np.empty(x.shape[1]), np.empty(x.shape[1])
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            point[i, r], gradient[i, r] = x[i, r], g[i, r]
    for _ in range(int(climbs)):
        norms(gradient, length)
        for i in range(x.shape[0]):
            for r in range(x.shape[1]):
                point[i, r] += rho * quotient_or_zero(gradient[i, r], length[r])
        objective(point, parameters, reached, gradient)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = gradient[i, r]


SAM_RHO = Hyperparameter(
    "sam_rho",
    "sharpness-aware minimization: the optimizer gets the gradient at a point uphill, so far from the params; it needs the objective",
    above=0.0,
)
SAM_PERIOD = Hyperparameter(
    "sam_period",
    "the gradients of one step, as in optax: each but the last leads sam_rho further uphill, and the last moves the params",
    2.0,
    minimum=1.0,
    maximum=100.0,
    whole=True,
)


def sharpness_rule(rho: float, period: float) -> Rule:
    """The link that writes the gradient uphill."""
    return Rule(sharpness_aware, {"rho": rho, "climbs": period - 1.0})
