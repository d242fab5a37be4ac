"""Mechanic: any optimizer, with a factor of its steps that is found on the way.

Cutkosky, Defazio & Mehta 2023, arXiv:2306.00144, Algorithm 1; optax contrib mechanize.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, sqrt
from typing import Any

from ..compiled.arithmetic import norm
from ..compiled.jit import inlined
from .declaration import Hyperparameter
from .kinds import global_norm
from .rule import FROM_PARAMS, Rule
from .slots import NumbersSlot, Slot


@inlined
def alignment(x, g, x0, total, weight_decay, eps, r):  # type: ignore[no-untyped-def]
    """The inner product of the decayed gradient with the path so far, in units of the factor."""
    pull, product = weight_decay * total * norm(g, r) / (norm(x, r) + eps), 0.0
    for i in range(x.shape[0]):
        product += (g[i, r] + pull * x[i, r]) * (x0[i, r] - x[i, r]) / (total + eps)
    return product


@inlined
def bet(h, s, m, v, wealth, eps, first, r):  # type: ignore[no-untyped-def]
    """Update the tuners of run r by h, each with its own decay 0.9, 0.99, ...; returns the sum of their factors."""
    total, count = 0.0, s.shape[0]
    for k in range(count):
        beta = 1.0 - 0.1 ** float(k + 1)
        wealth[k, r] = beta * wealth[k, r] + min(max(h, -m[k, r]), m[k, r]) * s[k, r]
        m[k, r] = max(beta * m[k, r], abs(h) + eps)
        v[k, r] = beta * beta * v[k, r] + h * h
        s[k, r] = (first / count * m[k, r] + max(wealth[k, r], 0.0)) / (sqrt(v[k, r]) + eps)
        total += s[k, r]
    return total


@global_norm
def mechanic(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, s: NumbersSlot, m: NumbersSlot, v: NumbersSlot, r: NumbersSlot, weight_decay, eps, s_init
):  # fmt: skip
    for run in range(x.shape[1]):
        before = 0.0
        for k in range(s.shape[0]):
            before += s[k, run]
        for i in range(x.shape[0]):
            x0[i, run] = x[i, run] if isnan(x0[i, run]) else x0[i, run]
        h = alignment(x, g, x0, before, weight_decay[0], eps[0], run)
        total = bet(h, s, m, v, r, eps[0], s_init[0], run)
        for i in range(x.shape[0]):
            path = (x0[i, run] - x[i, run]) / (before + eps[i]) - step[i, run]
            step[i, run] = x0[i, run] - total * path - x[i, run]


MECHANIC = Hyperparameter("mechanic", "find a factor for the steps during the run; lr should be 1, or a schedule that starts at 1", False)
MECHANIC_DECAY = Hyperparameter("mechanic_decay", "mechanic's weight decay, in proportion to the norm of the gradient", 0.01, minimum=0.0)
MECHANIC_EPS = Hyperparameter("mechanic_eps", "small number that keeps mechanic's denominators above zero", 1e-8, minimum=0.0)
MECHANIC_S_INIT = Hyperparameter("mechanic_s_init", "the first factor of each of mechanic's tuners", 1e-6, minimum=0.0)
MECHANIC_TUNERS = Hyperparameter(
    "mechanic_tuners",
    "how many tuners mechanic has, with the decays 0.9, 0.99, 0.999, ...; the factor is the sum of theirs",
    6.0,
    minimum=1.0,
    maximum=16.0,
    whole=True,
)
MECHANICS = (MECHANIC, MECHANIC_DECAY, MECHANIC_EPS, MECHANIC_S_INIT, MECHANIC_TUNERS)


def mechanic_rule(values: Mapping[str, Any]) -> Rule:
    """The link that stands around the optimizer."""
    decay, eps, first, count = (values.get(each.name, each.default) for each in MECHANICS[1:])
    tuners = int(count)
    numbers = {"weight_decay": decay, "eps": eps, "s_init": first}
    return Rule(mechanic, numbers, {"x0": FROM_PARAMS, "s": first}, depths=dict.fromkeys(("s", "m", "v", "r"), tuners))
