"""Other forms of momentum: optimistic, quasi-hyperbolic, aggregated, accelerated, positive and negative."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt

from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, DECAY, LR, MOMENTUM, decay_faults, decay_terms
from .kinds import elementwise, whole
from .rule import FROM_GRADIENT, FROM_PARAMS, Rule, RuleSettings
from .slots import Slot, StackSlot

FAMILY = OptimizerFamily(
    "Other forms of momentum",
    "These methods keep running averages of the gradient, as momentum does. "
    "They mix them with the gradient, or with each other, in another way.",
)


@elementwise
def optimistic_gd(t, x, g, step, lr, g_prev: Slot, alpha, beta, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        before = gradient if isnan(g_prev[i]) else g_prev[i]
        step[i] = -lr[i] * ((alpha + beta) * gradient - beta * before + decay * x[i])
        g_prev[i] = gradient


OPTIMISTIC_GD = Optimizer(
    name="optimistic_gd",
    title="Optimistic gradient descent",
    idea="Guess the next gradient from how the gradient has just changed, and step with the guess.",
    authors=("Daskalakis", "Ilyas", "Syrgkanis", "Zeng"),
    year=2017,
    formula=r"x \leftarrow x - \eta\left((\alpha+\beta)\,g_t - \beta\,g_{t-1}\right)",
    source="arXiv:1711.00141; Mokhtari, Ozdaglar & Pattathil 2019, arXiv:1901.08511 (alpha and beta); optax scale_by_optimistic_gradient",
    hyperparameters=(
        LR,
        Hyperparameter("alpha", "factor of the gradient", 1.0),
        Hyperparameter("beta", "factor of the change of the gradient since the last step", 1.0),
        *DECAY,
    ),
    bind=lambda settings: Rule(
        optimistic_gd,
        {"alpha": settings["alpha"], "beta": settings["beta"], **decay_terms(settings)},
        starts={"g_prev": FROM_GRADIENT},
    ),
    kernels=(optimistic_gd,),
    slot_meanings={"g_prev": "gradient of the last step; in the first step it is the gradient itself"},
    check=decay_faults,
    notes="It is for games, where gradient descent goes round in circles. With beta 0 it is gradient descent with the rate lr * alpha.",
)


@elementwise
def qhm(t, x, g, step, lr, velocity: Slot, momentum, nu, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        velocity[i] = momentum * velocity[i] + (1.0 - momentum) * gradient
        step[i] = -lr[i] * ((1.0 - nu) * gradient + nu * velocity[i] + decay * x[i])


QHM = Optimizer(
    name="qhm",
    title="QHM: quasi-hyperbolic momentum",
    idea="Step along a mixture of the gradient and its running average.",
    authors=("Ma", "Yarats"),
    year=2018,
    formula=r"b \leftarrow \mu b + (1-\mu)\,g,\quad x \leftarrow x - \eta\left((1-\nu)\,g + \nu b\right)",
    source="arXiv:1810.06801; checked with pytorch_optimizer 4.1.0",
    hyperparameters=(
        LR,
        replace(MOMENTUM, meaning="share of the last velocity that is kept", default=0.999, maximum=1.0),
        Hyperparameter("nu", "share of the velocity in the step; the rest is the gradient itself", 0.7, minimum=0.0, maximum=1.0),
        *DECAY,
    ),
    bind=lambda settings: Rule(qhm, {"momentum": settings["momentum"], "nu": settings["nu"], **decay_terms(settings)}),
    kernels=(qhm,),
    slot_meanings={"velocity": "running average of gradients"},
    check=decay_faults,
    notes="With nu 0 it is gradient descent, with nu 1 momentum in the form ema. With nu = momentum it is Nesterov's momentum.",
)


@whole
def aggmo(t, x, g, step, lr, velocities: StackSlot, count, scale, l2, decay):  # type: ignore[no-untyped-def]
    size, runs = x.shape
    depth = velocities.shape[0] // size
    for i in range(size):
        for r in range(runs):
            gradient, total = g[i, r] + l2[i] * x[i, r], 0.0
            for k in range(min(int(count[i]), depth)):
                row = k * size + i
                velocities[row, r] = (1.0 - scale[i] ** float(k)) * velocities[row, r] + gradient
                total += velocities[row, r]
            step[i, r] = -lr[i, r] * (total / count[i] + decay[i] * x[i, r])


#: AggMo keeps an array like the params for each velocity.
MOST_VELOCITIES = 16


def bind_aggmo(settings: RuleSettings) -> Rule:
    values = {"count": settings["count"], "scale": settings["scale"], **decay_terms(settings)}
    return Rule(aggmo, values, depths={"velocities": int(settings.largest("count"))})


AGGMO = Optimizer(
    name="aggmo",
    title="AggMo: the mean of several velocities",
    idea="Keep several velocities with different momenta, and step along their mean: the slow ones carry far, the fast ones damp.",
    authors=("Lucas", "Sun", "Zemel", "Grosse"),
    year=2018,
    formula=r"\beta_i = 1 - a^{i-1},\quad b_i \leftarrow \beta_i b_i + g,\quad x \leftarrow x - \frac{\eta}{K}\sum_{i=1}^{K} b_i",
    source="arXiv:1804.00325; checked with pytorch_optimizer 4.1.0",
    hyperparameters=(
        LR,
        Hyperparameter("count", "K, how many velocities there are", 3.0, minimum=1.0, maximum=float(MOST_VELOCITIES), whole=True),
        Hyperparameter(
            "scale", "a: velocity i keeps the share 1 - a^(i-1) in each step, so 0, 1 - a, 1 - a^2, ...", 0.1, above=0.0, maximum=1.0
        ),
        *DECAY,
    ),
    bind=bind_aggmo,
    kernels=(aggmo,),
    slot_meanings={"velocities": "the K velocities, one after another"},
    check=decay_faults,
    notes="With the defaults the velocities keep the shares 0, 0.9 and 0.99. With count 1 it is gradient descent.",
)


@elementwise
def accsgd(t, x, g, step, lr, average: Slot, reach, beta, zeta, l2, decay):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        before = x[i] if isnan(average[i]) else average[i]
        average[i] = before + beta * (x[i] - lr[i] * reach * gradient - before)
        step[i] = (1.0 - zeta) * (average[i] - x[i]) - lr[i] * (zeta * gradient + decay * x[i])


def bind_accsgd(settings: RuleSettings) -> Rule:
    constant = settings["constant"]
    beta = settings["xi"] * constant * constant / settings["kappa"]
    values = {"reach": settings["kappa"] / constant, "beta": beta, "zeta": constant / (constant + beta), **decay_terms(settings)}
    return Rule(accsgd, values, starts={"average": FROM_PARAMS})


ACCSGD = Optimizer(
    name="accsgd",
    title="AccSGD: accelerated gradient descent with a long and a short step",
    idea="Mix a short step from the current point with a long step from an average of points, as in Nesterov's method, with parameters "
    "that suit noisy gradients.",
    authors=("Kidambi", "Netrapalli", "Jain", "Kakade"),
    year=2018,
    formula=r"\bar x \leftarrow (1-\beta)\,\bar x + \beta\left(x - \frac{\eta\kappa}{c}\,g\right),\quad "
    r"x \leftarrow \zeta\,(x - \eta g) + (1-\zeta)\,\bar x,\quad \beta = \frac{c^2\xi}{\kappa},\ \zeta = \frac{c}{c+\beta}",
    source="arXiv:1803.05591; checked with pytorch_optimizer 4.1.0",
    hyperparameters=(
        replace(LR, meaning="learning rate of the short step"),
        Hyperparameter("kappa", "how many times the long step is longer than the short step", 1000.0, above=0.0),
        Hyperparameter("xi", "statistical advantage, at most the root of kappa", 10.0, minimum=0.0),
        Hyperparameter("constant", "c, a small constant", 0.7, above=0.0, below=1.0),
        *DECAY,
    ),
    bind=bind_accsgd,
    kernels=(accsgd,),
    slot_meanings={"average": "running average of the ends of the long steps; it starts as the params"},
    check=decay_faults,
)


@elementwise
def pnm(t, x, g, step, lr, m: Slot, m_prev: Slot, beta1, beta0, l2, decay):  # type: ignore[no-untyped-def]
    length, kept = sqrt((1.0 + beta0) * (1.0 + beta0) + beta0 * beta0), beta1 * beta1
    for i in range(x.size):
        newest = kept * m_prev[i] + (1.0 - kept) * (g[i] + l2 * x[i])
        m_prev[i], m[i] = m[i], newest
        step[i] = -lr[i] * (((1.0 + beta0) * m[i] - beta0 * m_prev[i]) / length + decay * x[i])


PNM = Optimizer(
    name="pnm",
    title="PNM: positive-negative momentum",
    idea="Keep two running averages, of every second gradient each, and step along one minus a share of the other: this adds noise that "
    "helps to leave sharp minima.",
    authors=("Xie", "Yuan", "Zhu", "Sugiyama"),
    year=2021,
    formula=r"m_t = \beta_1^2\,m_{t-2} + (1-\beta_1^2)\,g,\quad "
    r"x \leftarrow x - \frac{\eta}{\sqrt{(1+\beta_0)^2+\beta_0^2}}\left((1+\beta_0)\,m_t - \beta_0\,m_{t-1}\right)",
    source="arXiv:2103.17155, Algorithm 1; checked with pytorch_optimizer 4.1.0",
    hyperparameters=(
        LR,
        replace(BETA1, meaning="beta1^2 is the decay of each of the two running averages", below=None, maximum=1.0),
        Hyperparameter("beta0", "how much of the older average is subtracted", 1.0, minimum=0.0, maximum=1.0),
        *DECAY,
    ),
    bind=lambda settings: Rule(pnm, {"beta1": settings["beta1"], "beta0": settings["beta0"], **decay_terms(settings)}),
    kernels=(pnm,),
    slot_meanings={"m": "running average of the gradients of every other step, this one among them", "m_prev": "m of the step before"},
    check=decay_faults,
    notes="One average has the gradients of the odd steps, the other those of the even steps. Their difference is noise.",
)
