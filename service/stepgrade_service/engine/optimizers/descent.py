"""Gradient descent and its kin: plain, with momentum, normalized, by sign."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np

from ..compiled.arithmetic import norms, power, quotient_or_zero, sign
from ..reading.faults import Fault
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BIAS_CORRECTION, DECAY, EPS, LR, LR_IN_VELOCITY, MOMENTUM, NESTEROV, decay_faults, decay_terms
from .kinds import elementwise, global_norm
from .rule import FROM_GRADIENT, Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Gradient descent",
    "Each step goes against the gradient, or against a running sum of gradients. The methods differ in how long the step is.",
)


@elementwise
def gradient_descent(t, x, g, step, lr, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        step[i] = -lr[i] * (g[i] + l2 * x[i] + decay * x[i])


@elementwise
def momentum(t, x, g, step, lr, velocity: Slot, momentum, gain, nesterov, corrected, l2, decay):  # type: ignore[no-untyped-def]
    correct = 1.0 / (1.0 - power(momentum, t)) if corrected else 1.0
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        velocity[i] = gradient if isnan(velocity[i]) else momentum * velocity[i] + gain * gradient
        direction = gain * gradient + momentum * velocity[i] if nesterov else correct * velocity[i]
        step[i] = -lr[i] * (direction + decay * x[i])


@elementwise
def heavy_ball(t, x, g, step, lr, velocity: Slot, momentum, gain, nesterov, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        push = -lr[i] * gain * (g[i] + l2 * x[i])
        velocity[i] = momentum * velocity[i] + push
        step[i] = (momentum * velocity[i] + push if nesterov else velocity[i]) - lr[i] * decay * x[i]


DAMPENING = Hyperparameter("dampening", "share of the gradient that does not enter the velocity (momentum_form classic)", 0.0)
MOMENTUM_FORM = Hyperparameter(
    "momentum_form",
    "what enters the velocity: classic: (1 - dampening) * gradient; ema: (1 - momentum) * gradient, an exponential moving average",
    "classic",
    choices=("classic", "ema"),
)
FIRST_BUFFER = Hyperparameter(
    "first_buffer",
    "the velocity of the first step: zero: it starts at 0; gradient: it is the gradient itself, without dampening",
    "zero",
    choices=("zero", "gradient"),
)


VELOCITY_CORRECTION = replace(
    BIAS_CORRECTION,
    meaning="divide the velocity by 1 - momentum^t in the step, because its start at zero makes it too small (momentum_form ema)",
    default=False,
)


def bind_sgd(settings: RuleSettings) -> Rule:
    if not settings.uses("momentum"):
        return Rule(gradient_descent, decay_terms(settings))
    ema = settings["momentum_form"] == "ema"
    gain = 1 - (settings["momentum"] if ema else settings["dampening"]) if settings["momentum"] else 1.0
    values = {"momentum": settings["momentum"], "gain": gain, "nesterov": settings["nesterov"], **decay_terms(settings)}
    if settings["lr_in_velocity"]:
        return Rule(heavy_ball, values)
    first = FROM_GRADIENT if settings["first_buffer"] == "gradient" and gain != 1 else 0.0
    return Rule(momentum, {**values, "corrected": settings["bias_correction"]}, starts={"velocity": first})


def check_sgd(settings: Mapping[str, Any]) -> Sequence[Fault]:
    faults = list(decay_faults(settings))
    if settings["dampening"] and settings["nesterov"]:
        faults.append(Fault(("dampening",), "expected 0 with nesterov: Nesterov's momentum takes no dampening"))
    if settings["dampening"] and settings["momentum_form"] == "ema":
        faults.append(
            Fault(("dampening",), 'expected 0 with momentum_form "ema", because there the gradient enters with the factor 1 - momentum')
        )
    if settings["first_buffer"] == "gradient" and settings["lr_in_velocity"]:
        faults.append(Fault(("first_buffer",), 'expected "zero" with lr_in_velocity'))
    return [*faults, *(bias_correction_faults(settings) if settings["bias_correction"] else ())]


def bias_correction_faults(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """What does not go with a bias correction: it is of a running average that starts at 0."""
    needed = {"momentum_form": "ema", "first_buffer": "zero", "nesterov": False, "lr_in_velocity": False}
    faults = [
        Fault((name,), f"expected {json.dumps(value)} with bias_correction: it corrects a running average of gradients that starts at 0")
        for name, value in needed.items()
        if settings[name] != value
    ]
    if not 0 < settings["momentum"] < 1:
        faults.append(Fault(("momentum",), "expected a number above 0 and less than 1 with bias_correction"))
    return faults


SGD = Optimizer(
    name="sgd",
    title="Gradient descent, with momentum and Nesterov's momentum",
    idea="Walk against the gradient; momentum keeps a share of the last velocity, so that steps in the same direction add up and steps "
    "back and forth cancel.",
    authors=("Robbins", "Monro"),
    year=1951,
    formula=r"b \leftarrow \mu b + (1-\tau)\,g,\quad x \leftarrow x - \eta\,b"
    r"\quad\text{(nesterov: } x \leftarrow x - \eta\,(g + \mu b)\text{; lr\_in\_velocity: } b \leftarrow \mu b - \eta g,\ x \leftarrow "
    r"x + b)",
    source="A Stochastic Approximation Method; Polyak 1964 (momentum); Nesterov 1983; Sutskever, Martens, Dahl & Hinton 2013; "
    "torch/optim/sgd.py; keras/src/optimizers/sgd.py; optax trace; deep learning course 2, week 2 (momentum_form ema)",
    hyperparameters=(LR, MOMENTUM, DAMPENING, NESTEROV, MOMENTUM_FORM, LR_IN_VELOCITY, FIRST_BUFFER, VELOCITY_CORRECTION, *DECAY),
    bind=bind_sgd,
    kernels=(gradient_descent, momentum, heavy_ball),
    slot_meanings={"velocity": "running sum (or average) of gradients or steps; only with momentum; of steps with lr_in_velocity"},
    check=check_sgd,
    notes="With Nesterov's momentum all conventions return the look-ahead point. Post the gradient at this point. "
    "momentum_form ema equals classic at lr * (1 - momentum).",
)


@global_norm
def normalized_gd(t, x, g, step, lr, eps, l2, decay):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] + l2[i] * x[i, r]
    norms(step, length)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = -lr[i, r] * (quotient_or_zero(step[i, r], length[r] + eps[i]) + decay[i] * x[i, r])


NORMALIZED_GD = Optimizer(
    name="normalized_gd",
    title="Normalized gradient descent",
    idea="Use only the direction of the gradient: each step is as long as the learning rate.",
    authors=("Nesterov",),
    year=1984,
    formula=r"x \leftarrow x - \eta\,\frac{g}{\lVert g\rVert + \epsilon}",
    source="Minimization Methods for Nonsmooth Convex and Quasiconvex Functions; the norm is that of all tensors together, norm([dW, db])",
    hyperparameters=(LR, EPS, *DECAY),
    bind=lambda settings: Rule(normalized_gd, {"eps": settings["eps"], **decay_terms(settings)}),
    kernels=(normalized_gd,),
    check=decay_faults,
    notes=(
        "Every step has the length lr (with one lr and eps 0). Compare an optimizer with it to see whether only longer steps made "
        "the difference."
    ),
)


@global_norm
def clipped_gd(t, x, g, step, lr, max_norm, l2, decay):  # type: ignore[no-untyped-def]
    length = np.empty(x.shape[1])
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] + l2[i] * x[i, r]
    norms(step, length)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = -lr[i, r] * (step[i, r] * (max_norm[i] / max(length[r], max_norm[i])) + decay[i] * x[i, r])


CLIPPED_GD = Optimizer(
    name="clipped_gd",
    title="Clipped gradient descent",
    idea="Shorten a gradient that is longer than max_norm, and leave all others as they are.",
    authors=("Pascanu", "Mikolov", "Bengio"),
    year=2012,
    formula=r"x \leftarrow x - \eta\,g\,\min\left(1, \frac{c}{\lVert g\rVert}\right)",
    source="arXiv:1211.5063, Algorithm 1; the norm is that of all tensors together",
    hyperparameters=(LR, Hyperparameter("max_norm", "c: a gradient with a larger norm is scaled to this norm", 1.0, above=0.0), *DECAY),
    bind=lambda settings: Rule(clipped_gd, {"max_norm": settings["max_norm"], **decay_terms(settings)}),
    kernels=(clipped_gd,),
    check=decay_faults,
    notes="It is sgd with clip_global_norm, written as one method. No step is longer than lr * max_norm.",
)


@elementwise
def sign_gd(t, x, g, step, lr, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        step[i] = -lr[i] * (sign(g[i] + l2 * x[i]) + decay * x[i])


SIGN_GD = Optimizer(
    name="sign_gd",
    title="Sign gradient descent",
    idea="Use only the signs of the gradient: each parameter moves by the learning rate.",
    authors=("Bernstein", "Wang", "Azizzadenesheli", "Anandkumar"),
    year=2018,
    formula=r"x \leftarrow x - \eta\,\mathrm{sign}(g)",
    source="arXiv:1802.04434; optax sign_sgd",
    hyperparameters=(LR, *DECAY),
    bind=lambda settings: Rule(sign_gd, decay_terms(settings)),
    kernels=(sign_gd,),
    check=decay_faults,
)
