"""Adams that step along something else than the running average m: Adan, AdEMAMix, optimistic Adam, QHAdam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, isnan, log, sqrt
from typing import Any

from ..compiled.arithmetic import power
from ..reading.faults import Fault
from .adam import MOMENTS
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import (
    BETA1,
    BETA2,
    DECAY,
    EPS,
    EPS_ROOT,
    LR,
    NESTEROV,
    WEIGHT_DECAY,
    WEIGHT_DECAY_MODE,
    decay_faults,
    decay_terms,
)
from .kinds import elementwise
from .rule import FROM_GRADIENT, Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Adam with another direction",
    "Adam steps along one running average of gradients. These methods step along something else, and divide it as Adam does.",
)

EPS_OF_ROOT = replace(EPS, meaning="small number added to the root")


def chosen(settings: RuleSettings, *names: str) -> dict[str, Any]:
    """Some settings as they stand."""
    return {name: settings[name] for name in names}


@elementwise
def adan(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, n: Slot, g_prev: Slot, beta1, beta2, beta3, eps, eps_root, weight, l2, decay, proximal
):  # fmt: skip
    c1, c2, c3 = 1.0 - power(beta1, t), 1.0 - power(beta2, t), 1.0 - power(beta3, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        change = 0.0 if isnan(g_prev[i]) else gradient - g_prev[i]
        g_prev[i] = gradient
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * change
        ahead = gradient + weight * change
        n[i] = beta3 * n[i] + (1.0 - beta3) * ahead * ahead
        direction = (m[i] / c1 + weight * v[i] / c2) / (sqrt(n[i] / c3 + eps_root) + eps)
        step[i] = -lr[i] * (direction + decay * x[i]) / (1.0 + lr[i] * proximal)


CHANGE_WEIGHT = Hyperparameter(
    "change_weight",
    "what multiplies the change of the gradient: beta2; or one_minus_beta2: 1 - beta2, as optax has it by mistake",
    "beta2",
    choices=("beta2", "one_minus_beta2"),
)
ADAN_DECAY_MODE = replace(
    WEIGHT_DECAY_MODE,
    meaning=WEIGHT_DECAY_MODE.meaning + "; proximal: the params after the step are divided by 1 + lr * weight_decay",
    choices=(*WEIGHT_DECAY_MODE.choices, "proximal"),
)


def bind_adan(settings: RuleSettings) -> Rule:
    proximal = settings["weight_decay"] if settings["weight_decay_mode"] == "proximal" else 0.0
    decays = {"l2": 0.0, "decay": proximal} if settings["weight_decay_mode"] == "proximal" else decay_terms(settings)
    weight = settings["beta2"] if settings["change_weight"] == "beta2" else 1.0 - settings["beta2"]
    numbers = chosen(settings, "beta1", "beta2", "beta3", "eps", "eps_root")
    return Rule(adan, {**numbers, "weight": weight, **decays, "proximal": proximal}, starts={"g_prev": FROM_GRADIENT})


ADAN = Optimizer(
    name="adan",
    title="Adan: Adam that also follows how the gradient changes",
    idea="Adam with Nesterov's look ahead, written as an average of gradients and an average of their changes.",
    authors=("Xie", "Zhou", "Li", "Lin", "Yan"),
    year=2022,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2)(g-g'),\quad "
    r"n \leftarrow \beta_3 n + (1-\beta_3)\left(g+\beta_2(g-g')\right)^2,\quad "
    r"x \leftarrow x - \eta\,\frac{m/(1-\beta_1^t)+\beta_2 v/(1-\beta_2^t)}{\sqrt{n/(1-\beta_3^t)}+\epsilon}",
    source="arXiv:2208.06677, Algorithm 1; optax scale_by_adan",
    hyperparameters=(
        LR,
        replace(BETA1, default=0.98),
        replace(BETA2, meaning="decay of the running average of changes of the gradient", default=0.92),
        replace(BETA2, name="beta3", meaning="decay of the running average of squares", default=0.99),
        EPS_OF_ROOT,
        EPS_ROOT,
        CHANGE_WEIGHT,
        WEIGHT_DECAY,
        ADAN_DECAY_MODE,
    ),
    bind=bind_adan,
    kernels=(adan,),
    slot_meanings={
        "m": MOMENTS["m"],
        "v": "running average of changes of the gradient",
        "n": "running average of squares of the gradient and its weighted change",
        "g_prev": "the gradient of the last step",
    },
    check=decay_faults,
    notes="g' is the gradient of the last step. The change is 0 in the first step. "
    "The paper writes 1 - beta for each beta: its values are 0.02, 0.08 and 0.01.",
)


@elementwise
def ademamix(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m1: Slot, m2: Slot, v: Slot, beta1, beta2, beta3, alpha, warmup_steps, eps, eps_root, l2, decay
):  # fmt: skip
    c1, c2 = 1.0 - power(beta1, t), 1.0 - power(beta2, t)
    slow, share = beta3, alpha
    if t < warmup_steps:
        part = t / warmup_steps
        share = part * alpha
        slow = min(beta3, exp(log(beta1) * log(beta3) / ((1.0 - part) * log(beta3) + part * log(beta1))))
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m1[i] = beta1 * m1[i] + (1.0 - beta1) * gradient
        m2[i] = slow * m2[i] + (1.0 - slow) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        step[i] = -lr[i] * ((m1[i] / c1 + share * m2[i]) / (sqrt(v[i] / c2 + eps_root) + eps) + decay * x[i])


def ademamix_faults(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """The warm-up goes from beta1 to beta3 by their logarithms."""
    wrong = [name for name in ("beta1", "beta3") if not 0 < settings[name] < 1] if settings["warmup_steps"] else []
    return [*decay_faults(settings), *(Fault((name,), "expected a number between 0 and 1 with warmup_steps") for name in wrong)]


ADEMAMIX = Optimizer(
    name="ademamix",
    title="AdEMAMix: Adam with a second, slow running average of gradients",
    idea="Adam with two averages of gradients: a fast one that reacts, and a slow one that remembers many thousand steps.",
    authors=("Pagliardini", "Ablin", "Grangier"),
    year=2024,
    formula=r"m_1 \leftarrow \beta_1 m_1 + (1-\beta_1) g,\quad m_2 \leftarrow \beta_3 m_2 + (1-\beta_3) g,\quad "
    r"v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"x \leftarrow x - \eta\,\frac{m_1/(1-\beta_1^t)+\alpha m_2}{\sqrt{v/(1-\beta_2^t)}+\epsilon}",
    source="arXiv:2409.03137, Algorithm 1; optax contrib ademamix",
    hyperparameters=(
        LR,
        replace(BETA1, meaning="decay of the fast running average of gradients"),
        BETA2,
        Hyperparameter("beta3", "decay of the slow running average of gradients", 0.9999, minimum=0.0, maximum=1.0),
        Hyperparameter("alpha", "how much the slow average counts", 5.0),
        Hyperparameter("warmup_steps", "steps in which alpha grows from 0 and beta3 from beta1", 0.0, minimum=0.0),
        EPS_OF_ROOT,
        EPS_ROOT,
        *DECAY,
    ),
    bind=lambda settings: Rule(
        ademamix,
        {**chosen(settings, "beta1", "beta2", "beta3", "alpha", "warmup_steps", "eps", "eps_root"), **decay_terms(settings)},
    ),
    kernels=(ademamix,),
    slot_meanings={"m1": "fast running average of gradients", "m2": "slow running average of gradients", "v": MOMENTS["v"]},
    check=ademamix_faults,
    notes="The slow average has no bias correction, so it grows from 0.",
)


@elementwise
def simplified_ademamix(t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, alpha, eps, eps_root, l2, decay):  # type: ignore[no-untyped-def]
    c2 = 1.0 - power(beta2, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        step[i] = -lr[i] * ((m[i] + alpha * gradient) / (sqrt(v[i] / c2 + eps_root) + eps) + decay * x[i])


SIMPLIFIED_ADEMAMIX = Optimizer(
    name="simplified_ademamix",
    title="Simplified AdEMAMix: a sum of gradients and the last gradient",
    idea="One sum of gradients does the work of both averages of AdEMAMix: the step mixes it with the last gradient.",
    authors=("Morwani", "Vyas", "Zhang", "Kakade"),
    year=2025,
    formula=r"m \leftarrow \beta_1 m + g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"x \leftarrow x - \eta\,\frac{m+\alpha g}{\sqrt{v/(1-\beta_2^t)}+\epsilon}",
    source="arXiv:2502.02431; optax contrib simplified_ademamix",
    hyperparameters=(
        LR,
        Hyperparameter("beta1", "decay of the sum of gradients", 0.99, minimum=0.0, maximum=1.0),
        replace(BETA2, default=0.95),
        Hyperparameter("alpha", "how much the last gradient counts beside the sum", 0.0),
        EPS_OF_ROOT,
        EPS_ROOT,
        *DECAY,
    ),
    bind=lambda settings: Rule(
        simplified_ademamix, {**chosen(settings, "beta1", "beta2", "alpha", "eps", "eps_root"), **decay_terms(settings)}
    ),
    kernels=(simplified_ademamix,),
    slot_meanings={"m": "sum of gradients, decayed by beta1", "v": MOMENTS["v"]},
    check=decay_faults,
    notes="m is a sum and not an average: with beta1 0.99 it grows to 100 times the gradient.",
)


@elementwise
def optimistic_adam(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, r: Slot, beta1, beta2, alpha, beta, optimism, eps, eps_root, nesterov, l2, decay
):  # fmt: skip
    c1, c1_next, c2 = 1.0 - power(beta1, t), 1.0 - power(beta1, t + 1), 1.0 - power(beta2, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        ahead = beta1 * m[i] / c1_next + (1.0 - beta1) * gradient / c1 if nesterov else m[i] / c1
        direction = ahead / (sqrt(v[i] / c2 + eps_root) + eps)
        change = 0.0 if isnan(r[i]) else direction - r[i]
        r[i] = direction
        step[i] = -lr[i] * (alpha * direction + beta * change + decay * x[i]) - optimism * change


BETA_SCALE = Hyperparameter(
    "beta_scale", "what multiplies beta: lr: the learning rate; one: nothing, so that beta is itself a rate", "lr", choices=("lr", "one")
)
FIRST_CHANGE = Hyperparameter(
    "first_change",
    "the change of the direction in the first step: zero; or direction: the direction itself, as if the one before it were 0",
    "zero",
    choices=("zero", "direction"),
)


def bind_optimistic_adam(settings: RuleSettings) -> Rule:
    numbers = chosen(settings, "beta1", "beta2", "alpha", "eps", "eps_root", "nesterov")
    scaled = settings["beta_scale"] == "lr"
    shares = {"beta": settings["beta"] if scaled else 0.0, "optimism": 0.0 if scaled else settings["beta"]}
    starts = {"r": FROM_GRADIENT if settings["first_change"] == "zero" else 0.0}
    return Rule(optimistic_adam, {**numbers, **shares, **decay_terms(settings)}, starts)


OPTIMISTIC_ADAM = Optimizer(
    name="optimistic_adam",
    title="Optimistic Adam: Adam that also follows how its direction changes",
    idea="Adam that guesses its next direction from how the direction has just changed.",
    authors=("Daskalakis", "Ilyas", "Syrgkanis", "Zeng"),
    year=2017,
    formula=r"r \leftarrow \frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)}+\epsilon},\quad "
    r"x \leftarrow x - \eta\left((\alpha+\beta)\,r - \beta\,r'\right)",
    source="arXiv:1711.00141, Algorithm 1; optax optimistic_adam, optimistic_adam_v2",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        Hyperparameter("alpha", "how much the direction counts", 1.0),
        Hyperparameter("beta", "how much the change of the direction counts", 1.0),
        BETA_SCALE,
        FIRST_CHANGE,
        EPS_OF_ROOT,
        EPS_ROOT,
        NESTEROV,
        *DECAY,
    ),
    bind=bind_optimistic_adam,
    kernels=(optimistic_adam,),
    slot_meanings={**MOMENTS, "r": "the direction of the last step"},
    check=decay_faults,
    notes="r' is the direction of the last step. The method is made for games of two players, where Adam goes round in circles.",
)


@elementwise
def qhadam(t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, nu1, nu2, eps, l2, decay):  # type: ignore[no-untyped-def]
    c1, c2 = 1.0 - power(beta1, t), 1.0 - power(beta2, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        square = gradient * gradient
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * square
        above = (1.0 - nu1) * gradient + nu1 * m[i] / c1
        below = sqrt((1.0 - nu2) * square + nu2 * v[i] / c2) + eps
        step[i] = -lr[i] * (above / below + decay * x[i])


QHADAM = Optimizer(
    name="qhadam",
    title="QHAdam: Adam between the gradient and its running average",
    idea="Adam with mixtures: of the gradient and its average above, of the squared gradient and its average below.",
    authors=("Ma", "Yarats"),
    year=2018,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"x \leftarrow x - \eta\,\frac{(1-\nu_1) g + \nu_1 m/(1-\beta_1^t)}{\sqrt{(1-\nu_2) g^2 + \nu_2 v/(1-\beta_2^t)}+\epsilon}",
    source="arXiv:1810.06801",
    hyperparameters=(
        LR,
        replace(BETA1, default=0.995),
        BETA2,
        Hyperparameter("nu1", "share of the running average of gradients; the rest is the gradient itself", 0.7, minimum=0.0, maximum=1.0),
        Hyperparameter("nu2", "share of the running average of squared gradients", 1.0, minimum=0.0, maximum=1.0),
        EPS_OF_ROOT,
        *DECAY,
    ),
    bind=lambda settings: Rule(qhadam, {**chosen(settings, "beta1", "beta2", "nu1", "nu2", "eps"), **decay_terms(settings)}),
    kernels=(qhadam,),
    slot_meanings=MOMENTS,
    check=decay_faults,
    notes="With nu1 1 and nu2 1 it is Adam.",
)
