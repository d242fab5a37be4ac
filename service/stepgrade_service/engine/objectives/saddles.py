"""Saddles: the plain one, which has no bottom, one between two minima, and the monkey's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..compiled.jit import compiled
from .declaration import Facts, Objective, constant_facts, objective_kernel


@compiled
def saddle(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = u^2 - v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        values[r] = u * u - v * v
        gradients[0, r] = 2.0 * u
        gradients[1, r] = -2.0 * v


def saddle_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[],
        value_at_minima=[],
        starts={"default": [1.0, 1e-3], "ridge": [1.0, 0.0]},
        window=[(-1.0, 1.0), (-1.0, 1.0)],
        condition_number=None,
        saddles=[[0.0, 0.0]],
    )


SADDLE = Objective(
    name="saddle",
    title="Saddle",
    variables=("x", "y"),
    formula=r"f(x, y) = x^2 - y^2",
    source="the saddle of the textbooks; its saddle point is the origin",
    kernel=objective_kernel(saddle),
    facts=saddle_facts,
    expression="x**2 - y**2",
    bounded=False,
    separable=True,
    notes=(
        "Unbounded below: when a run leaves the saddle point, the value decreases without end. From the start 'ridge', gradient "
        "descent ends at the saddle point."
    ),
)


@compiled
def bounded_saddle(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = 0.5 u^2 + 0.25 v^4 - 0.5 v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        values[r] = 0.5 * u * u + 0.25 * v * v * (v * v - 2.0)
        gradients[0, r] = u
        gradients[1, r] = v * (v * v - 1.0)


def bounded_saddle_facts(parameters: Mapping[str, Any], dimension: int) -> Facts:
    return Facts(
        kernel_parameters=np.empty(0),
        minima=[[0.0, 1.0], [0.0, -1.0]],
        value_at_minima=[-0.25, -0.25],
        starts={"default": [1.5, 1e-3], "ridge": [1.0, 0.0]},
        window=[(-2.0, 2.0), (-2.0, 2.0)],
        condition_number=2.0,
        saddles=[[0.0, 0.0]],
    )


BOUNDED_SADDLE = Objective(
    name="bounded_saddle",
    title="Saddle between two minima",
    variables=("x", "y"),
    formula=r"f(x, y) = \tfrac12 x^2 + \tfrac14 y^4 - \tfrac12 y^2",
    source="Nesterov, Introductory Lectures on Convex Optimization, 2004, example 1.2.2",
    kernel=objective_kernel(bounded_saddle),
    facts=bounded_saddle_facts,
    expression="0.5*x**2 + 0.25*y**4 - 0.5*y**2",
    separable=True,
    notes=(
        "From the default start, a run stays near the saddle point (the origin) for a long time. From 'ridge', gradient descent "
        "ends at the saddle point."
    ),
)


@compiled
def monkey_saddle(x, parameters, values, gradients):  # type: ignore[no-untyped-def]
    """f = u^3 - 3 u v^2"""
    for r in range(x.shape[1]):
        u, v = x[0, r], x[1, r]
        values[r] = u * (u * u - 3.0 * v * v)
        gradients[0, r] = 3.0 * (u - v) * (u + v)
        gradients[1, r] = -6.0 * u * v


MONKEY_SADDLE = Objective(
    name="monkey_saddle",
    title="Monkey saddle",
    variables=("x", "y"),
    formula=r"f(x, y) = x^3 - 3xy^2",
    source="the saddle of the textbooks with three valleys: two for the legs, one for the tail",
    kernel=objective_kernel(monkey_saddle),
    facts=constant_facts({}, {"default": [0.9, 1e-3], "ridge": [0.9, 0.0]}, [(-1.0, 1.0)] * 2, None, saddles=[[0.0, 0.0]]),
    bounded=False,
    notes="At the saddle point the whole Hessian is 0, so second derivatives do not show that it is one. Unbounded below: when a run "
    "leaves the saddle point, the value decreases without end.",
    expression="x**3 - 3*x*y**2",
)
