"""Methods whose step is as long as the tensor allows: the direction times a ratio of norms, one for each tensor (LARS, LAMB, Fromage)."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np

from ..compiled.arithmetic import lengths_of, power
from ..compiled.jit import inlined
from .adam import MOMENTS
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, EPS, EPS_ROOT, LR, MOMENTUM, NESTEROV, WEIGHT_DECAY, WEIGHT_DECAY_MODE
from .kinds import tensor_norm
from .rule import Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Steps in proportion to the tensor",
    "The step of each tensor is a share of the tensor's own norm. So layers of very different sizes can have one learning rate.",
)


@inlined
def trust(of_params, of_direction, gain, eps):  # type: ignore[no-untyped-def]
    """The trust ratio, or 1 where a norm is 0: params at 0 would never move."""
    return 1.0 if of_params == 0.0 or of_direction == 0.0 else gain * of_params / (of_direction + eps)


@tensor_norm
def lars(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, velocity: Slot, momentum, nesterov, trust_coefficient, eps, weight_decay, separate
):  # fmt: skip
    of_x, of_g = np.empty(x.shape[1]), np.empty(x.shape[1])
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            step[i, r] = g[i, r] + weight_decay * x[i, r]
    lengths_of(x, of_x)
    lengths_of(g if separate else step, of_g)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            length = of_g[r] + separate * weight_decay * of_x[r]
            push = -lr[i, r] * trust(of_x[r], length, trust_coefficient, eps) * step[i, r]
            velocity[i, r] = momentum * velocity[i, r] + push
            step[i, r] = momentum * velocity[i, r] + push if nesterov else velocity[i, r]


TRUST_COEFFICIENT = Hyperparameter("trust_coefficient", "how far a step goes, as a share of the norm of the params", 1e-3, minimum=0.0)
RATIO_NORM = Hyperparameter(
    "ratio_norm",
    "what the ratio divides by: together: the norm of gradient + weight_decay * params; apart: the norm of the gradient + weight_decay * "
    "the norm of the params",
    "together",
    choices=("together", "apart"),
)


def bind_lars(settings: RuleSettings) -> Rule:
    names = ("momentum", "nesterov", "trust_coefficient", "eps", "weight_decay")
    return Rule(
        lars,
        {**{name: settings[name] for name in names}, "separate": settings["ratio_norm"] == "apart"},
        hidden=frozenset() if settings.uses("momentum") else frozenset({"velocity"}),
    )


LARS = Optimizer(
    name="lars",
    title="LARS: momentum, with a learning rate of each tensor in proportion to its norm",
    idea="Momentum, where the step of each tensor is in proportion to the norm of the tensor.",
    authors=("You", "Gitman", "Ginsburg"),
    year=2017,
    formula=r"u = g + \lambda x,\quad r = c\,\frac{\lVert x\rVert}{\lVert u\rVert + \epsilon},\quad "
    r"b \leftarrow \mu b - \eta\, r\, u,\quad x \leftarrow x + b"
    r"\quad\text{(apart: } \lVert g\rVert + \lambda\lVert x\rVert \text{ for } \lVert u\rVert\text{)}",
    source="arXiv:1708.03888, Algorithm 1; optax lars, scale_by_trust_ratio",
    hyperparameters=(
        LR,
        replace(MOMENTUM, default=0.9),
        NESTEROV,
        TRUST_COEFFICIENT,
        replace(EPS, meaning="small number added to the norm that the ratio divides by", default=0.0),
        replace(WEIGHT_DECAY, meaning="weight_decay * params is added to the gradient, before its norm is taken"),
        RATIO_NORM,
    ),
    bind=bind_lars,
    kernels=(lars,),
    slot_meanings={"velocity": "running sum of steps; the learning rate is in it"},
    notes="The norms are those of each tensor by itself. The ratio is 1 where one of its norms is 0.",
)


@tensor_norm
def lamb(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, eps_root, in_ratio, decay
):  # fmt: skip
    c1, c2 = 1.0 - power(beta1, t), 1.0 - power(beta2, t)
    of_x, of_u = np.empty(x.shape[1]), np.empty(x.shape[1])
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            m[i, r] = beta1 * m[i, r] + (1.0 - beta1) * g[i, r]
            v[i, r] = beta2 * v[i, r] + (1.0 - beta2) * g[i, r] * g[i, r]
            step[i, r] = m[i, r] / c1 / (sqrt(v[i, r] / c2 + eps_root) + eps) + in_ratio * x[i, r]
    lengths_of(x, of_x)
    lengths_of(step, of_u)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            ratio = trust(abs(1.0 - lr[i, r] * decay) * of_x[r], of_u[r], 1.0, 0.0)
            step[i, r] = -lr[i, r] * (ratio * step[i, r] + decay * x[i, r])


LAMB_DECAY_MODE = replace(
    WEIGHT_DECAY_MODE,
    meaning="in_ratio: weight_decay * params is added to Adam's direction, before the ratio is taken; decoupled_first: lr * weight_decay * "
    "params is subtracted from the params first, and the ratio takes the norm of what is left",
    default="in_ratio",
    choices=("in_ratio", "decoupled_first"),
)


def bind_lamb(settings: RuleSettings) -> Rule:
    in_ratio = settings["weight_decay_mode"] == "in_ratio"
    decay = settings["weight_decay"]
    values = {name: settings[name] for name in ("beta1", "beta2", "eps", "eps_root")}
    return Rule(lamb, {**values, "in_ratio": decay if in_ratio else 0.0, "decay": 0.0 if in_ratio else decay})


LAMB = Optimizer(
    name="lamb",
    title="LAMB: Adam, with a learning rate of each tensor in proportion to its norm",
    idea="Adam, where the step of each tensor is in proportion to the norm of the tensor: it allows large batches.",
    authors=("You", "Li", "Reddi", "Hseu", "Kumar", "Bhojanapalli", "Song", "Demmel", "Keutzer", "Hsieh"),
    year=2019,
    formula=r"u = \frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)}+\epsilon} + \lambda x,\quad "
    r"x \leftarrow x - \eta\,\frac{\lVert x\rVert}{\lVert u\rVert}\,u",
    source="arXiv:1904.00962, Algorithm 2; keras/src/optimizers/lamb.py; optax lamb",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        replace(EPS, meaning="small number added to the root", default=1e-6),
        EPS_ROOT,
        WEIGHT_DECAY,
        LAMB_DECAY_MODE,
    ),
    bind=bind_lamb,
    kernels=(lamb,),
    slot_meanings=MOMENTS,
    notes="The norms are those of each tensor by itself. The ratio is 1 where one of its norms is 0.",
)


@tensor_norm
def fromage(t, x, g, step, lr, min_norm):  # type: ignore[no-untyped-def]
    of_x, of_g = np.empty(x.shape[1]), np.empty(x.shape[1])
    lengths_of(x, of_x)
    lengths_of(g, of_g)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            ratio = trust(max(of_x[r], min_norm), max(of_g[r], min_norm), 1.0, 0.0)
            shrink = 1.0 / sqrt(1.0 + lr[i, r] * lr[i, r])
            step[i, r] = (shrink - 1.0) * x[i, r] - shrink * lr[i, r] * ratio * g[i, r]


FROMAGE = Optimizer(
    name="fromage",
    title="Fromage: a step as long as a share of the tensor's norm, which then shrinks",
    idea="Each tensor moves by a fixed share of its own norm, and then shrinks a little, so that it does not grow.",
    authors=("Bernstein", "Vahdat", "Yue", "Liu"),
    year=2020,
    formula=r"x \leftarrow \frac{1}{\sqrt{1+\eta^2}}\left(x - \eta\,\frac{\lVert x\rVert}{\lVert g\rVert}\,g\right)",
    source="arXiv:2002.03432, Algorithm 1; optax fromage",
    hyperparameters=(LR, Hyperparameter("min_norm", "a norm that is smaller counts as this one", 0.0, minimum=0.0)),
    bind=lambda settings: Rule(fromage, {"min_norm": settings["min_norm"]}),
    kernels=(fromage,),
    notes="The norms are those of each tensor by itself. The ratio is 1 where one of its norms is 0.",
)
