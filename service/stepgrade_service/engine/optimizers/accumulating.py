"""Methods that divide by a root of accumulated squares: Adagrad, Adadelta, RMSprop."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from ..compiled.arithmetic import power
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import (
    BIAS_CORRECTION,
    DECAY,
    EPS,
    INITIAL_ACCUMULATOR,
    LR,
    LR_IN_VELOCITY,
    MOMENTUM,
    NESTEROV,
    RHO,
    decay_faults,
    decay_terms,
    eps_mode,
)
from .kinds import elementwise
from .rule import Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Accumulated squares",
    "Each parameter has its own rate: the gradient is divided by the root of what its squares have summed up. "
    "A steep direction then gets no longer steps than a flat one.",
)


@elementwise
def adagrad(t, x, g, step, lr, accumulator: Slot, eps, eps_root, stays_at_zero, lr_decay, l2, decay):  # type: ignore[no-untyped-def]
    slowed = 1.0 + (t - 1) * lr_decay
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        accumulator[i] += gradient * gradient
        scaled = 0.0 if stays_at_zero and accumulator[i] == 0.0 else gradient / (sqrt(accumulator[i] + eps_root) + eps)
        step[i] = -lr[i] * (scaled / slowed + decay * x[i])


ZERO_ACCUMULATOR = Hyperparameter(
    "zero_accumulator",
    "what happens where the accumulator is 0: divide: the gradient is divided all the same, so with eps 0 it is 0 / 0; stay: no step",
    "divide",
    choices=("divide", "stay"),
)
LR_DECAY = Hyperparameter("lr_decay", "the learning rate of step t is lr / (1 + (t - 1) * lr_decay)", 0.0, minimum=0.0)


def eps_terms(settings: RuleSettings) -> dict[str, float]:
    """The kernel's two epsilons: the one added to the root, the one under it."""
    inside = settings["eps_mode"] == "inside"
    return {"eps": 0.0 if inside else settings["eps"], "eps_root": settings["eps"] if inside else 0.0}


ADAGRAD = Optimizer(
    name="adagrad",
    title="Adagrad",
    idea="Divide each gradient by the root of the sum of all its squares: parameters with rare or small gradients take larger steps.",
    authors=("Duchi", "Hazan", "Singer"),
    year=2011,
    formula=r"a \leftarrow a + g^2,\quad x \leftarrow x - \frac{\eta}{1+(t-1)\,\mathtt{lr\_decay}}\,\frac{g}{\sqrt{a}+\epsilon}"
    r"\quad\text{(inside: } \sqrt{a+\epsilon})",
    source="Adaptive Subgradient Methods for Online Learning and Stochastic Optimization; torch/optim/adagrad.py; "
    "keras/src/optimizers/adagrad.py; optax scale_by_rss",
    hyperparameters=(LR, EPS, eps_mode("outside", "inside"), INITIAL_ACCUMULATOR, ZERO_ACCUMULATOR, LR_DECAY, *DECAY),
    bind=lambda settings: Rule(
        adagrad,
        {
            **eps_terms(settings),
            "stays_at_zero": settings["zero_accumulator"] == "stay",
            "lr_decay": settings["lr_decay"],
            **decay_terms(settings),
        },
        starts={"accumulator": settings["initial_accumulator"]},
    ),
    kernels=(adagrad,),
    slot_meanings={"accumulator": "sum of squared gradients"},
    check=decay_faults,
)


@elementwise
def adadelta(t, x, g, step, lr, v: Slot, u: Slot, rho, eps, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        v[i] = rho * v[i] + (1.0 - rho) * gradient * gradient
        delta = sqrt(u[i] + eps) * gradient / sqrt(v[i] + eps)
        u[i] = rho * u[i] + (1.0 - rho) * delta * delta
        step[i] = -lr[i] * (delta + decay * x[i])


ADADELTA = Optimizer(
    name="adadelta",
    title="Adadelta",
    idea="Divide by the root of a running average of squared gradients, and multiply by the root of a running average of squared steps: "
    "the step then has the unit of the params.",
    authors=("Zeiler",),
    year=2012,
    formula=r"v \leftarrow \rho v + (1-\rho) g^2,\quad \Delta = \frac{\sqrt{u+\epsilon}}{\sqrt{v+\epsilon}}\,g,"
    r"\quad u \leftarrow \rho u + (1-\rho)\Delta^2,\quad x \leftarrow x - \eta\Delta",
    source="arXiv:1212.5701, Algorithm 1; torch/optim/adadelta.py; keras/src/optimizers/adadelta.py; optax scale_by_adadelta",
    hyperparameters=(LR, RHO, EPS, *DECAY),
    bind=lambda settings: Rule(adadelta, {"rho": settings["rho"], "eps": settings["eps"], **decay_terms(settings)}),
    kernels=(adadelta,),
    slot_meanings={"v": "running average of squared gradients", "u": "running average of squared updates, before the learning rate"},
    check=decay_faults,
)


@elementwise
def rmsprop(t, x, g, step, lr, v: Slot, rho, eps, eps_root, corrected, l2, decay):  # type: ignore[no-untyped-def]
    c = 1.0 - corrected * power(rho, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        v[i] = rho * v[i] + (1.0 - rho) * gradient * gradient
        step[i] = -lr[i] * (gradient / (sqrt(v[i] / c + eps_root) + eps) + decay * x[i])


@elementwise
def rmsprop_with_velocity(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, v: Slot, g_mean: Slot, velocity: Slot,
    rho, eps, eps_root, corrected, centered, momentum, nesterov, lr_in_velocity, l2, decay,
):  # fmt: skip
    c = 1.0 - corrected * power(rho, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        v[i] = rho * v[i] + (1.0 - rho) * gradient * gradient
        g_mean[i] = rho * g_mean[i] + (1.0 - rho) * gradient
        mean = centered * (g_mean[i] / c)
        scaled = gradient / (sqrt(v[i] / c - mean * mean + eps_root) + eps)
        before, after = (lr[i], 1.0) if lr_in_velocity else (1.0, lr[i])
        velocity[i] = momentum * velocity[i] + before * scaled
        direction = before * scaled + momentum * velocity[i] if nesterov else velocity[i]
        step[i] = -after * direction - lr[i] * decay * x[i]


CENTERED = Hyperparameter("centered", "divide by the root of the gradients' variance, v - mean^2, instead of v", False)


def bind_rmsprop(settings: RuleSettings) -> Rule:
    plain = {"rho": settings["rho"], **eps_terms(settings), "corrected": settings["bias_correction"], **decay_terms(settings)}
    starts = {"v": settings["initial_accumulator"]}
    if not settings["centered"] and not settings.uses("momentum"):
        return Rule(rmsprop, plain, starts)
    switches = {name: settings[name] for name in ("centered", "momentum", "nesterov", "lr_in_velocity")}
    hidden = {"g_mean": not settings["centered"], "velocity": not settings.uses("momentum")}
    return Rule(rmsprop_with_velocity, {**plain, **switches}, starts, frozenset(slot for slot in hidden if hidden[slot]))


RMSPROP = Optimizer(
    name="rmsprop",
    title="RMSprop, plain, centered, with momentum",
    idea="Divide each gradient by the root of a running average of its squares, so that all parameters take steps of about the same size.",
    authors=("Tieleman", "Hinton"),
    year=2012,
    formula=r"v \leftarrow \rho v + (1-\rho) g^2,\quad x \leftarrow x - \eta\,\frac{g}{\sqrt{v}+\epsilon}"
    r"\quad\text{(inside: } \sqrt{v+\epsilon}\text{; centered: } v - \bar g^2 \text{ for } v\text{; momentum: } b \leftarrow "
    r"\mu b + g/(\sqrt{v}+\epsilon))",
    source="Neural Networks for Machine Learning, lecture 6e (slides by Hinton, Srivastava & Swersky); Graves 2013, arXiv:1308.0850 "
    "(centered); torch/optim/rmsprop.py; keras/src/optimizers/rmsprop.py; optax rmsprop",
    hyperparameters=(
        LR,
        replace(RHO, maximum=None),
        EPS,
        eps_mode("outside", "inside"),
        CENTERED,
        MOMENTUM,
        NESTEROV,
        LR_IN_VELOCITY,
        replace(BIAS_CORRECTION, default=False),
        INITIAL_ACCUMULATOR,
        *DECAY,
    ),
    bind=bind_rmsprop,
    kernels=(rmsprop, rmsprop_with_velocity),
    slot_meanings={
        "v": "running average of squared gradients",
        "g_mean": "running average of gradients; only when centered",
        "velocity": "velocity: the params move against it; only with momentum",
    },
    check=decay_faults,
    notes="Without bias correction the first step is 1 / sqrt(1 - rho) times lr: 3.2 for rho 0.9, 10 for rho 0.99. The frameworks "
    "take a rho above 1, and so does this service. Then v is negative, and no step is defined.",
)
