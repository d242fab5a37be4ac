"""Methods that find their own learning rate from the distance to the start: DoG, DoWG, COCOB, D-Adaptation, Prodigy."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt
from typing import Any

from ..compiled.arithmetic import power
from ..compiled.jit import inlined
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, DECAY, EPS, LR, WEIGHT_DECAY, decay_faults, decay_terms
from .kinds import elementwise, global_norm
from .rule import FROM_GRADIENT, FROM_PARAMS, Rule, RuleSettings
from .slots import NumberSlot, Slot

FAMILY = OptimizerFamily(
    "No learning rate to tune",
    "These methods estimate the learning rate from the distance to the start, or from what was won so far. "
    "The learning rate that you give is a factor, and usually 1.",
)

START = "the params before the first step"
ESTIMATE_MEANING = "estimate of the distance from the start to a minimum; it never becomes smaller"


@inlined
def started(x, x0):  # type: ignore[no-untyped-def]
    """x0 = x where it is not filled yet."""
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            if isnan(x0[i, r]):
                x0[i, r] = x[i, r]


@inlined
def squared_distance(x, x0, r):  # type: ignore[no-untyped-def]
    """The squared distance from x0 to x in run r."""
    total = 0.0
    for i in range(x.shape[0]):
        total += (x[i, r] - x0[i, r]) ** 2
    return total


@inlined
def squared_norm(g, x, l2, r):  # type: ignore[no-untyped-def]
    """The squared norm of the gradient with its decay in run r."""
    total = 0.0
    for i in range(x.shape[0]):
        total += (g[i, r] + l2[i] * x[i, r]) ** 2
    return total


@inlined
def no_less(estimate, before):  # type: ignore[no-untyped-def]
    """The larger of both, and nan where the estimate is nan."""
    return before if estimate <= before else estimate


@global_norm
def dog(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, distance: NumberSlot, squares: NumberSlot, initial, of_norm, is_rate, eps, l2, decay
):  # fmt: skip
    started(x, x0)
    for r in range(x.shape[1]):
        is_first = isnan(distance[0, r])
        if is_first:
            norm = 0.0
            for i in range(x.shape[0]):
                norm += x0[i, r] * x0[i, r]
            distance[0, r] = 0.0 if is_rate[0] else initial[0] * (1.0 + of_norm[0] * sqrt(norm))
        distance[0, r] = max(distance[0, r], sqrt(squared_distance(x, x0, r)))
        squares[0, r] += squared_norm(g, x, l2, r)
        for i in range(x.shape[0]):
            rate = initial[i] if is_first and is_rate[i] else distance[0, r] / sqrt(squares[0, r] + eps[i])
            step[i, r] = -lr[i, r] * (rate * (g[i, r] + l2[i] * x[i, r]) + decay[i] * x[i, r])


def bind_dog(settings: RuleSettings) -> Rule:
    mode = settings["initial_step_mode"]
    values = {"initial": settings["initial_step"], "of_norm": mode == "heuristic", "is_rate": mode == "learning_rate"}
    return Rule(dog, {**values, "eps": settings["eps"], **decay_terms(settings)}, starts={"x0": FROM_PARAMS, "distance": FROM_GRADIENT})


DOG = Optimizer(
    name="dog",
    title="DoG: distance over gradients",
    idea="The step size is the largest distance from the start over the root of the sum of squared gradients: nothing is left to tune.",
    authors=("Ivgi", "Hinder", "Carmon"),
    year=2023,
    formula=r"\bar r \leftarrow \max(\bar r, \lVert x - x_0\rVert),\quad G \leftarrow G + \lVert g\rVert^2,\quad "
    r"x \leftarrow x - \eta\,\frac{\bar r}{\sqrt{G + \epsilon}}\,g",
    source="arXiv:2302.12022; optax contrib dog",
    hyperparameters=(
        LR,
        Hyperparameter("initial_step", "the number that initial_step_mode uses for the first step", 1e-6, minimum=0.0, of_all=True),
        Hyperparameter(
            "initial_step_mode",
            "heuristic: the distance starts at initial_step (1 + norm of the params); distance: it starts at initial_step; "
            "learning_rate: the learning rate of the first step is initial_step",
            "heuristic",
            choices=("heuristic", "distance", "learning_rate"),
        ),
        replace(EPS, meaning="small number added to the sum under the root"),
        *DECAY,
    ),
    bind=bind_dog,
    kernels=(dog,),
    slot_meanings={"x0": START, "distance": "largest distance from the start so far", "squares": "sum of squared gradient norms"},
    check=decay_faults,
    notes="lr is a factor of the rate that the method finds. All tensors together have one distance and one sum. "
    "The authors recommend to average the params.",
)


@global_norm
def dowg(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, distance: NumberSlot, squares: NumberSlot, eps, l2, decay
):  # fmt: skip
    started(x, x0)
    for r in range(x.shape[1]):
        distance[0, r] = max(distance[0, r], squared_distance(x, x0, r))
        squares[0, r] += distance[0, r] * squared_norm(g, x, l2, r)
        for i in range(x.shape[0]):
            rate = distance[0, r] / (sqrt(squares[0, r]) + eps[i])
            step[i, r] = -lr[i, r] * (rate * (g[i, r] + l2[i] * x[i, r]) + decay[i] * x[i, r])


def bind_dowg(settings: RuleSettings) -> Rule:
    starts = {"x0": FROM_PARAMS, "distance": settings["initial_distance"]}
    return Rule(dowg, {"eps": settings["eps"], **decay_terms(settings)}, starts)


DOWG = Optimizer(
    name="dowg",
    title="DoWG: distance over weighted gradients",
    idea="DoG, where each squared gradient counts with the squared distance at its time, so that late gradients count more.",
    authors=("Khaled", "Mishchenko", "Jin"),
    year=2023,
    formula=r"d \leftarrow \max(d, \lVert x - x_0\rVert^2),\quad q \leftarrow q + d\,\lVert g\rVert^2,\quad "
    r"x \leftarrow x - \eta\,\frac{d}{\sqrt{q} + \epsilon}\,g",
    source="arXiv:2305.16284; optax contrib dowg",
    hyperparameters=(
        LR,
        Hyperparameter("initial_distance", "first guess of the squared distance; if left out, it is eps", minimum=0.0, of_all=True),
        replace(EPS, meaning="small number added to the root", default=1e-4, of_all=True),
        *DECAY,
    ),
    bind=bind_dowg,
    kernels=(dowg,),
    slot_meanings={
        "x0": START,
        "distance": "largest squared distance from the start so far",
        "squares": "sum of squared gradient norms, each times the squared distance at that time",
    },
    check=decay_faults,
    notes="lr is a factor of the rate that the method finds.",
)


@elementwise
def cocob(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, largest: Slot, total: Slot, reward: Slot, bet: Slot, alpha, l2
):  # fmt: skip
    for i in range(x.size):
        gradient = lr[i] * (g[i] + l2 * x[i])
        x0[i] = x[i] if isnan(x0[i]) else x0[i]
        largest[i] = max(largest[i], abs(gradient))
        total[i] += abs(gradient)
        reward[i] = max(reward[i] - gradient * (x[i] - x0[i]), 0.0)
        bet[i] -= gradient
        fraction = bet[i] / (largest[i] * max(total[i] + largest[i], alpha * largest[i]))
        step[i] = -x[i] + (x0[i] + fraction * (largest[i] + reward[i]))


COCOB = Optimizer(
    name="cocob",
    title="COCOB: continuous coin betting",
    idea="Each parameter bets on the sign of its next gradient, with a share of what it has won so far: there is no learning rate to tune.",
    authors=("Orabona", "Tommasi"),
    year=2017,
    formula=r"L \leftarrow \max(L, |g|),\quad G \leftarrow G + |g|,\quad R \leftarrow \max(R - g(x - x_0), 0),\quad "
    r"\theta \leftarrow \theta - g,\quad x \leftarrow x_0 + \frac{\theta\,(L + R)}{L\max(G + L, \alpha L)}",
    source="arXiv:1705.07795, Algorithm 2; optax contrib cocob",
    hyperparameters=(
        LR,
        Hyperparameter("alpha", "the larger it is, the smaller are the first bets", 100.0, minimum=0.0),
        replace(EPS, meaning="first value of the largest gradient; it keeps the denominator above zero"),
        replace(WEIGHT_DECAY, meaning="weight_decay * params is added to the gradient"),
    ),
    bind=lambda settings: Rule(
        cocob, {"alpha": settings["alpha"], "l2": settings["weight_decay"]}, starts={"x0": FROM_PARAMS, "largest": settings["eps"]}
    ),
    kernels=(cocob,),
    slot_meanings={
        "x0": START,
        "largest": "largest gradient so far",
        "total": "sum of the sizes of the gradients",
        "reward": "what the bets have won",
        "bet": "sum of the negative gradients",
    },
    notes="The learning rate multiplies the gradient and not the step. So it changes the path only while eps matters.",
)


@global_norm
def dadapt_adamw(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, s: Slot, d: NumberSlot, numerator: NumberSlot, beta1, beta2, eps, decay
):  # fmt: skip
    for r in range(x.shape[1]):
        product, length, q = 0.0, 0.0, sqrt(beta2[0])
        for i in range(x.shape[0]):
            rate = d[0, r] * lr[i, r] * sqrt(1.0 - power(beta2[0], t)) / (1.0 - power(beta1[0], t))
            product += rate * g[i, r] * s[i, r] / (sqrt(v[i, r]) + eps[i])
            m[i, r] = beta1[0] * m[i, r] + (1.0 - beta1[0]) * rate * g[i, r]
            v[i, r] = beta2[0] * v[i, r] + (1.0 - beta2[0]) * g[i, r] * g[i, r]
            s[i, r] = q * s[i, r] + (1.0 - q) * rate * g[i, r]
            length += abs(s[i, r])
            step[i, r] = -decay[i] * rate * x[i, r] - m[i, r] / (sqrt(v[i, r]) + eps[i])
        numerator[0, r] = q * numerator[0, r] + (1.0 - q) * product
        d[0, r] = no_less(numerator[0, r] / ((1.0 - q) * length), d[0, r])


FIRST_ESTIMATE = Hyperparameter("estim_lr0", "first value of the estimate d", 1e-6, minimum=1e-300, of_all=True)
ADAM_TERMS = (replace(BETA1, of_all=True), replace(BETA2, of_all=True), replace(EPS, meaning="small number added to the root"))
SCALED_DECAY = replace(
    WEIGHT_DECAY, meaning="weight_decay * params, times the learning rate that the method finds, is subtracted from the params"
)
AVERAGES = {"m": "running average of scaled gradients", "v": "running average of squared gradients"}


def adam_terms(settings: RuleSettings) -> dict[str, Any]:
    """What both Adams here share."""
    return {**{name: settings[name] for name in ("beta1", "beta2", "eps")}, "decay": settings["weight_decay"]}


DADAPT_ADAMW = Optimizer(
    name="dadapt_adamw",
    title="D-Adapt AdamW: AdamW that estimates its learning rate",
    idea="AdamW whose learning rate is an estimate of the distance to the solution, which only grows.",
    authors=("Defazio", "Mishchenko"),
    year=2023,
    formula=r"\delta = d\,\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t},\quad m \leftarrow \beta_1 m + (1-\beta_1)\,\delta g,\quad "
    r"x \leftarrow x - \lambda\delta x - \frac{m}{\sqrt{v}+\epsilon},\quad "
    r"d \leftarrow \max\left(d, \frac{r}{(1-\sqrt{\beta_2})\lVert s\rVert_1}\right)",
    source="arXiv:2301.07733; optax contrib dadapt_adamw",
    hyperparameters=(LR, *ADAM_TERMS, FIRST_ESTIMATE, SCALED_DECAY),
    bind=lambda settings: Rule(dadapt_adamw, adam_terms(settings), starts={"d": settings["estim_lr0"]}),
    kernels=(dadapt_adamw,),
    slot_meanings={
        **AVERAGES,
        "s": "running average of scaled gradients, with the root of beta2",
        "d": ESTIMATE_MEANING,
        "numerator": "running average that the estimate is made from",
    },
    notes="v is as in Adam. s is the running average of the scaled gradients, and r (the slot numerator) that of their products with s / "
    "(root of v + eps); both decay with the root of beta2. lr is a factor of the rate that the method finds. If all gradients of the first "
    "step are 0, the estimate is 0 / 0. optax and this service then have no finite number.",
)


@global_norm
def prodigy(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, x0: Slot, m: Slot, v: Slot, s: Slot, d: NumberSlot, numerator: NumberSlot,
    beta1, beta2, eps, beta3, estim_lr0, estim_lr_coef, safeguard_warmup, decay,
):  # fmt: skip
    started(x, x0)
    for r in range(x.shape[1]):
        product, length, before, q = 0.0, 0.0, d[0, r], beta3[0]
        correction = sqrt(1.0 - power(beta2[0], t)) / (1.0 - power(beta1[0], t))
        for i in range(x.shape[0]):
            rate, scaled = before * lr[i, r] * correction, before * g[i, r]
            product += rate * g[i, r] * (x0[i, r] - x[i, r])
            m[i, r] = beta1[0] * m[i, r] + (1.0 - beta1[0]) * scaled
            v[i, r] = beta2[0] * v[i, r] + (1.0 - beta2[0]) * scaled * scaled
            s[i, r] = q * s[i, r] + (before if safeguard_warmup[0] else rate) * scaled / estim_lr0[0]
            length += abs(s[i, r])
        numerator[0, r] = q * numerator[0, r] + before / estim_lr0[0] * product
        d[0, r] = no_less(estim_lr_coef[0] * numerator[0, r] / length, before)
        for i in range(x.shape[0]):
            rate = before * lr[i, r] * correction
            step[i, r] = -rate * (decay[i] * x[i, r] + m[i, r] / (sqrt(v[i, r]) + d[0, r] * eps[i]))


def bind_prodigy(settings: RuleSettings) -> Rule:
    own = {name: settings[name] for name in ("estim_lr0", "estim_lr_coef", "safeguard_warmup")}
    values = {**adam_terms(settings), **own, "beta3": settings["beta3"]}
    return Rule(prodigy, values, starts={"x0": FROM_PARAMS, "d": settings["estim_lr0"]})


PRODIGY = Optimizer(
    name="prodigy",
    title="Prodigy: AdamW that estimates its learning rate faster than D-Adaptation",
    idea="D-Adaptation with weights that make the estimate of the distance grow faster.",
    authors=("Mishchenko", "Defazio"),
    year=2023,
    formula=r"\delta = d\,\eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t},\quad r \leftarrow \beta_3 r + "
    r"\frac{d}{d_0}\,\delta\,\langle g, x_0 - x\rangle,\quad s \leftarrow \beta_3 s + \frac{d}{d_0}\,\delta g,\quad "
    r"d \leftarrow \max\left(d, \frac{r}{\lVert s\rVert_1}\right),\quad "
    r"x \leftarrow x - \delta\left(\lambda x + \frac{m}{\sqrt{v}+d\,\epsilon}\right)",
    source="arXiv:2306.06101; optax contrib prodigy",
    hyperparameters=(
        LR,
        *ADAM_TERMS,
        Hyperparameter(
            "beta3", "decay of the sums that the estimate is made from; if left out, it is the root of beta2", minimum=0.0, below=1.0,
            of_all=True,
        ),
        FIRST_ESTIMATE,
        Hyperparameter("estim_lr_coef", "factor of the estimate", 1.0, minimum=0.0, of_all=True),
        Hyperparameter("safeguard_warmup", "do not multiply s by the learning rate, for schedules that start near 0", False),
        SCALED_DECAY,
    ),
    bind=bind_prodigy,
    kernels=(prodigy,),
    slot_meanings={
        "x0": START,
        **AVERAGES,
        "s": "decayed sum of scaled gradients",
        "d": ESTIMATE_MEANING,
        "numerator": "decayed sum that the estimate is made from",
    },
    notes="m and v are as in Adam, of the gradients times d. "
    "lr is a factor of the rate that the method finds. If all gradients of the first step are 0, the estimate is 0 / 0. "
    "optax and this service then have no finite number. With beta3 = 0 this is so at every step whose gradient is 0.",
)  # fmt: skip
