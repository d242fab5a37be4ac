"""Sharpness-aware minimization (SAM): any optimizer, with the gradient at a point that is uphill.

Foret, Kleiner, Mobahi & Neyshabur 2021, arXiv:2010.01412, Algorithm 1; optax contrib sam.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..compiled.arithmetic import norms, quotient_or_zero
from ..reading.cost import Effort, StepPrice
from .chain import Link
from .declaration import Hyperparameter
from .kinds import asking_objective, global_norm
from .rule import Rule
from .slots import Slot


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


@global_norm
def sharpness_seen(t, x, g, step, lr, origin: Slot, rho, period):  # type: ignore[no-untyped-def]
    length, place = np.empty(x.shape[1]), (t - 1) % period[0]
    norms(g, length)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            origin[i, r] = x[i, r] if place == 0.0 else origin[i, r]
            is_last = place == period[i] - 1.0
            step[i, r] = g[i, r] if is_last else rho[i] * quotient_or_zero(g[i, r], length[r])


SAM_RHO = Hyperparameter(
    "sam_rho",
    "sharpness-aware minimization: the optimizer gets the gradient at a point that is so far uphill from the params; it needs the "
    "objective, unless sam_visible is true",
    above=0.0,
)
SAM_PERIOD = Hyperparameter(
    "sam_period",
    "how many gradients one step takes, as in optax: all but the last go sam_rho further uphill, and the last moves the params",
    2.0,
    minimum=1.0,
    maximum=100.0,
    whole=True,
)


SAM_VISIBLE = Hyperparameter(
    "sam_visible",
    "each of these gradients is a separate call, as in optax without opaque_mode: between the calls the params are uphill, and no "
    "objective is needed",
    False,
)


def sharpness(values: Mapping[str, Any], waiting: int) -> Link:
    """The link in front of `waiting` others, to which it hands the gradient uphill; for who goes uphill, downhill."""
    rho, period = -values["sam_rho"] if values.get("maximize") else values["sam_rho"], values.get("sam_period", SAM_PERIOD.default)
    if not values.get("sam_visible"):
        return Link(Rule(sharpness_aware, {"rho": rho, "climbs": period - 1.0}))
    rule = Rule(sharpness_seen, {"rho": rho, "period": period})
    return Link(rule, every=int(period), waiting=waiting, returns=True)
