"""Methods that average params or gradients over all steps: ASGD and MADGRAD."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt

import numpy as np

from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import DECAY, EPS, LR, MOMENTUM, decay_faults, decay_terms
from .kinds import elementwise
from .rule import FROM_GRADIENT, FROM_PARAMS, Rule
from .slots import Slot

FAMILY = OptimizerFamily(
    "Averages over all steps",
    "These methods go by the average of all points or of all gradients, and not by the last ones. "
    "Noise then has little influence on the answer.",
)


@elementwise
def asgd(t, x, g, step, lr, eta: Slot, average: Slot, lambd, alpha, t0, l2, decay):  # type: ignore[no-untyped-def]
    share = 1.0 / max(1.0, t - 1.0 - t0)
    for i in range(x.size):
        rate = lr[i] if isnan(eta[i]) else eta[i]
        step[i] = -rate * (g[i] + (l2 + lambd) * x[i]) - lr[i] * decay * x[i]
        new = x[i] + step[i]
        average[i] = new if share == 1.0 else average[i] + share * (new - average[i])
        eta[i] = lr[i] / (1.0 + lambd * lr[i] * t) ** alpha


ASGD = Optimizer(
    name="asgd",
    title="ASGD: averaged gradient descent",
    idea="Gradient descent with a learning rate that falls; the answer is the average of the points on the way.",
    authors=("Polyak", "Juditsky"),
    year=1992,
    formula=r"x \leftarrow x - \eta_t\,(g + \lambda' x),\quad \bar x \leftarrow \bar x + \mu_t\,(x - \bar x),\quad "
    r"\eta_{t+1} = \frac{\eta}{(1+\lambda'\eta t)^{\alpha}},\quad \mu_{t+1} = \frac{1}{\max(1,\,t - t_0)}",
    source="Acceleration of Stochastic Approximation by Averaging; Bottou 2010, Large-Scale Machine Learning with Stochastic Gradient "
    "Descent; torch/optim/asgd.py",
    hyperparameters=(
        LR,
        Hyperparameter("lambd", "decay of the params towards zero; it also slows the learning rate", 1e-4, minimum=0.0),
        Hyperparameter("alpha", "power with which the learning rate shrinks", 0.75),
        Hyperparameter("t0", "after so many steps the average starts; until then it is the params", 1e6),
        *DECAY,
    ),
    bind=lambda settings: Rule(
        asgd, {**{name: settings[name] for name in ("lambd", "alpha", "t0")}, **decay_terms(settings)}, starts={"eta": FROM_GRADIENT}
    ),
    kernels=(asgd,),
    slot_meanings={
        "eta": "learning rate of the next step; it starts as lr",
        "average": "average of the params after each step; it has no influence on the params",
    },
    check=decay_faults,
    notes="The result of the method is the average, and not the params. With the default t0 the average starts after a million steps.",
)


@elementwise
def madgrad(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, s: Slot, v: Slot, momentum, eps, lr_offset, l2, decay
):  # fmt: skip
    root = sqrt(float(t))
    for i in range(x.size):
        gradient, weight = g[i] + l2 * x[i], (lr[i] + lr_offset) * root
        x0[i] = x[i] if isnan(x0[i]) else x0[i]
        s[i] += weight * gradient
        v[i] += weight * gradient * gradient
        away = x0[i] - s[i] / (np.cbrt(v[i]) + eps) - x[i]
        step[i] = (1.0 - momentum) * away - lr[i] * decay * x[i]


MADGRAD = Optimizer(
    name="madgrad",
    title="MADGRAD: adaptive dual averaging with momentum",
    idea="Sum all gradients with growing weights, divide by the cube root of the sum of their squares, and step from the start towards the "
    "result.",
    authors=("Defazio", "Jelassi"),
    year=2021,
    formula=r"\omega_t = \eta\sqrt{t},\quad s \leftarrow s + \omega_t g,\quad v \leftarrow v + \omega_t g^2,\quad "
    r"z = x_0 - \frac{s}{\sqrt[3]{v}+\epsilon},\quad x \leftarrow \mu x + (1-\mu)\,z",
    source="arXiv:2101.11075, Algorithm 1; optax.contrib madgrad",
    hyperparameters=(
        LR,
        replace(MOMENTUM, meaning="share of the params that is kept in the step", default=0.9, maximum=1.0),
        replace(EPS, meaning="small number added to the cube root", default=1e-6),
        Hyperparameter("eps_in_lr", "whether eps is also added to the learning rate", False),
        *DECAY,
    ),
    bind=lambda settings: Rule(
        madgrad,
        {
            "momentum": settings["momentum"],
            "eps": settings["eps"],
            "lr_offset": settings["eps"] if settings["eps_in_lr"] else 0.0,
            **decay_terms(settings),
        },
        starts={"x0": FROM_PARAMS},
    ),
    kernels=(madgrad,),
    slot_meanings={
        "x0": "the params before the first step",
        "s": "weighted sum of gradients",
        "v": "weighted sum of squared gradients",
    },
    check=decay_faults,
    notes="In the paper the share is c = 1 - momentum.",
)
