"""Methods that find the length of their step from the loss and a lower bound of it: Polyak's step size, MoMo, MoMo-Adam."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt

from ..compiled.arithmetic import power
from ..compiled.jit import inlined
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPS, LR, WEIGHT_DECAY
from .kinds import valued
from .rule import FROM_GRADIENT, Rule, RuleSettings
from .slots import NumberSlot, Slot

FAMILY = OptimizerFamily(
    "Step sizes from the loss",
    "These methods compare the loss with a lower bound of it: the larger the difference, the longer the step. "
    "The learning rate that you give is the largest one.",
)

#: A squared norm up to this counts as 0, and there is no step: the machine epsilon of float64, as in optax.
NEGLIGIBLE = 2.220446049250313e-16


@valued
def polyak_sgd(t, x, g, step, lr, values, factor, divisor, f_min, eps, is_positive):  # type: ignore[no-untyped-def]
    for r in range(x.shape[1]):
        square, gap = eps, values[r] - f_min
        for i in range(x.shape[0]):
            square += divisor * g[i, r] * g[i, r]
        gap = 0.0 if is_positive and gap < 0.0 else gap
        rate = 0.0 if square <= NEGLIGIBLE else min(gap / square, lr[0, r])
        for i in range(x.shape[0]):
            step[i, r] = -rate * factor * g[i, r]


def bind_polyak_sgd(settings: RuleSettings) -> Rule:
    scaling, of_gradient = settings["scaling"], settings["scaling_form"] == "gradient"
    numbers = {"factor": scaling, "divisor": scaling * scaling} if of_gradient else {"factor": 1.0, "divisor": scaling}
    own = {"f_min": settings["f_min"], "eps": settings["eps"], "is_positive": settings["variant"] == "sps+"}
    return Rule(polyak_sgd, {**numbers, **own})


CAP = replace(LR, meaning="largest learning rate: the rate that the method finds is at most this", of_all=True)

POLYAK_SGD = Optimizer(
    name="polyak_sgd",
    title="Gradient descent with Polyak's step size",
    idea="Step against the gradient, as far as a straight line with this slope needs to fall to the smallest loss.",
    authors=("Polyak",),
    year=1987,
    formula=r"x \leftarrow x - \min\left(\frac{f(x) - f_\ast}{c\,\lVert g\rVert^2 + \epsilon}, \eta\right) g"
    r"\quad\text{(gradient: } x \leftarrow x - s\min\left(\frac{f(x) - f_\ast}{s^2\lVert g\rVert^2 + \epsilon}, \eta\right) g\text{)}",
    source="Introduction to Optimization; Loizou, Vaswani, Laradji & Lacoste-Julien 2020, arXiv:2002.10542 (SPS_max); Garrigos, Gower & "
    "Schaipp 2023, arXiv:2307.14528 (SPS+); optax polyak_sgd, scale_by_polyak",
    hyperparameters=(
        CAP,
        Hyperparameter("f_min", "the smallest value of the objective, or a lower bound of it", 0.0),
        Hyperparameter("scaling", "a factor; scaling_form says what it multiplies", 1.0, minimum=0.0),
        Hyperparameter(
            "scaling_form",
            "squared_norm: the squared norm is multiplied by scaling (the paper's c); gradient: the gradient is multiplied by scaling "
            "before anything else, as optax has it",
            "squared_norm",
            choices=("squared_norm", "gradient"),
        ),
        replace(EPS, meaning="small number added to the squared norm", default=0.0),
        Hyperparameter(
            "variant",
            "what happens where the value is below f_min: sps: the step goes uphill; sps+: there is no step",
            "sps",
            choices=("sps", "sps+"),
        ),
    ),
    bind=bind_polyak_sgd,
    kernels=(polyak_sgd,),
    notes="With f_min = f(minimum) and a large lr, this is Polyak's step of 1987. Where the denominator is at most 2.2e-16 there is no "
    "step. Noise is added to the gradient, but not to the value.",
)


@inlined
def averaged(average, new, beta):  # type: ignore[no-untyped-def]
    """The running average with a new entry; nan is one that the first entry fills."""
    return new if isnan(average) else beta * average + (1.0 - beta) * new


@inlined
def adapted(height, lb, lower_bound, rho, shrink):  # type: ignore[no-untyped-def]
    """The lower bound to go by: where the model is below it, one that is lower; height = shrink (f_bar - gamma) + <m, x>."""
    return max(height / (2.0 * rho * shrink), lower_bound) if height < shrink * rho * lb else lb


@inlined
def polyak_rate(height, bound, rho, shrink, square, lr):  # type: ignore[no-untyped-def]
    """How far the model may fall to its lower bound, in units of m, and no more than lr / rho."""
    gap = max(height - shrink * rho * bound, 0.0)
    return 0.0 if square <= NEGLIGIBLE else min(gap / square, lr / rho)


@valued
def momo(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, m: Slot, f_bar: NumberSlot, gamma: NumberSlot, lb: NumberSlot,
    beta, is_corrected, lower_bound, is_adapting, weight_decay, is_proximal,
):  # fmt: skip
    rho = 1.0 - power(beta, t) if is_corrected else 1.0
    for r in range(x.shape[1]):
        slope, product, square, shrink = 0.0, 0.0, 0.0, 1.0 + lr[0, r] * weight_decay
        for i in range(x.shape[0]):
            m[i, r] = averaged(m[i, r], g[i, r], beta)
            slope += g[i, r] * x[i, r]
            product += m[i, r] * x[i, r]
            square += m[i, r] * m[i, r]
        f_bar[0, r], gamma[0, r] = averaged(f_bar[0, r], values[r], beta), averaged(gamma[0, r], slope, beta)
        height = shrink * (f_bar[0, r] - gamma[0, r]) + product
        bound = adapted(height, lb[0, r], lower_bound, rho, shrink) if is_adapting else lower_bound
        rate = polyak_rate(height, bound, rho, shrink, square, lr[0, r])
        lb[0, r] = max((f_bar[0, r] + product - gamma[0, r] - 0.5 * rate * square) / rho, lower_bound)
        for i in range(x.shape[0]):
            push = rate * m[i, r] / shrink if is_proximal else rate * m[i, r]
            step[i, r] = -lr[0, r] * weight_decay / shrink * x[i, r] - push


@valued
def momo_adam(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, values, m: Slot, v: Slot, f_bar: NumberSlot, gamma: NumberSlot, lb: NumberSlot,
    beta1, beta2, eps, lower_bound, is_adapting, weight_decay, is_proximal,
):  # fmt: skip
    rho, c2 = 1.0 - power(beta1, t), 1.0 - power(beta2, t)
    for r in range(x.shape[1]):
        slope, product, square, shrink = 0.0, 0.0, 0.0, 1.0 + lr[0, r] * weight_decay
        for i in range(x.shape[0]):
            m[i, r] = beta1 * m[i, r] + (1.0 - beta1) * g[i, r]
            v[i, r] = beta2 * v[i, r] + (1.0 - beta2) * g[i, r] * g[i, r]
            step[i, r] = m[i, r] / (sqrt(v[i, r] / c2) + eps)
            slope += g[i, r] * x[i, r]
            product += m[i, r] * x[i, r]
            square += m[i, r] * step[i, r]
        f_bar[0, r], gamma[0, r] = averaged(f_bar[0, r], values[r], beta1), averaged(gamma[0, r], slope, beta1)
        height = shrink * (f_bar[0, r] - gamma[0, r]) + product
        bound = adapted(height, lb[0, r], lower_bound, rho, shrink) if is_adapting else lower_bound
        rate = polyak_rate(height, bound, rho, shrink, square, lr[0, r])
        lb[0, r] = max((f_bar[0, r] + product - gamma[0, r] - 0.5 * rate * square) / rho, lower_bound)
        for i in range(x.shape[0]):
            push = rate * step[i, r] / shrink if is_proximal else rate * step[i, r]
            step[i, r] = -lr[0, r] * weight_decay / shrink * x[i, r] - push


LOWER_BOUND = Hyperparameter("lower_bound", "a lower bound of the loss", 0.0)
ADAPT_LOWER_BOUND = Hyperparameter("adapt_lower_bound", "estimate a higher lower bound on the way; it is never below lower_bound", False)
MOMO_DECAY = (
    WEIGHT_DECAY,
    Hyperparameter(
        "weight_decay_mode",
        "proximal: the params after the step are divided by 1 + lr * weight_decay; before_step: the params are divided by it before the "
        "step, as optax has it",
        "proximal",
        choices=("proximal", "before_step"),
    ),
)
MODEL_MEANINGS = {
    "f_bar": "running average of the loss",
    "gamma": "running average of the inner products of gradient and params",
    "lb": "the estimated lower bound; only with adapt_lower_bound",
}


def bind_momo(settings: RuleSettings) -> Rule:
    """The rule of both: MoMo-Adam always corrects its averages, which start at 0."""
    kernel = momo if "beta" in settings else momo_adam
    names = ("beta", "beta1", "beta2", "eps", "lower_bound", "weight_decay")
    values = {name: settings[name] for name in names if name in settings}
    values |= {"is_adapting": settings["adapt_lower_bound"], "is_proximal": settings["weight_decay_mode"] == "proximal"}
    if kernel is momo:
        values["is_corrected"] = settings["bias_correction"]
    filled = () if settings.get("bias_correction", True) else ("m", "f_bar", "gamma")
    starts = {"lb": settings["lower_bound"], **dict.fromkeys(filled, FROM_GRADIENT)}
    return Rule(kernel, values, starts, frozenset() if settings["adapt_lower_bound"] else frozenset({"lb"}))


MOMO = Optimizer(
    name="momo",
    title="MoMo: momentum whose learning rate follows from the loss",
    idea="Average the gradients and the losses, and step as far as a straight line of these averages needs to fall to the lower bound.",
    authors=("Schaipp", "Ohana", "Eickenberg", "Defazio", "Gower"),
    year=2023,
    formula=r"m \leftarrow \beta m + (1-\beta) g,\quad \bar{f} \leftarrow \beta\bar{f} + (1-\beta) f(x),\quad "
    r"\gamma \leftarrow \beta\gamma + (1-\beta)\langle g, x\rangle,\quad "
    r"\tau = \min\left(\eta, \frac{\max\left((1+\lambda\eta)(\bar{f} - f_\ast - \gamma) + \langle m, x\rangle, 0\right)}"
    r"{\lVert m\rVert^2}\right),\quad x \leftarrow \frac{x - \tau m}{1 + \lambda\eta}",
    source="arXiv:2305.07583, Algorithm 1; optax contrib momo",
    hyperparameters=(
        CAP,
        replace(BETA1, name="beta", meaning="decay of the running averages"),
        LOWER_BOUND,
        ADAPT_LOWER_BOUND,
        replace(BIAS_CORRECTION, default=False, meaning="start the running averages at 0 and correct them; else the first step fills them"),
        *MOMO_DECAY,
    ),
    bind=bind_momo,
    kernels=(momo,),
    slot_meanings={"m": "running average of gradients", **MODEL_MEANINGS},
    notes="lr is the largest learning rate. Where the squared norm of m is at most 2.2e-16 there is no step. All tensors together have "
    "one rate.",
)

MOMO_ADAM = Optimizer(
    name="momo_adam",
    title="MoMo-Adam: Adam whose learning rate follows from the loss",
    idea="Adam's direction, with the step size of MoMo.",
    authors=("Schaipp", "Ohana", "Eickenberg", "Defazio", "Gower"),
    year=2023,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"D = \sqrt{\hat v} + \epsilon,\quad \rho = 1 - \beta_1^t,\quad "
    r"\tau = \min\left(\frac{\eta}{\rho}, \frac{\max\left((1+\lambda\eta)(\bar{f} - \rho f_\ast - \gamma) + \langle m, x\rangle, 0\right)}"
    r"{\langle m, m / D\rangle}\right),\quad x \leftarrow \frac{x - \tau m / D}{1 + \lambda\eta}",
    source="arXiv:2305.07583, Algorithm 2; optax contrib momo_adam",
    hyperparameters=(
        CAP,
        BETA1,
        BETA2,
        replace(EPS, meaning="small number added to the root"),
        LOWER_BOUND,
        ADAPT_LOWER_BOUND,
        *MOMO_DECAY,
    ),
    bind=bind_momo,
    kernels=(momo_adam,),
    slot_meanings={"m": "running average of gradients", "v": "running average of squared gradients", **MODEL_MEANINGS},
    notes="The averages of the losses and of the products of gradient and params (f with a bar, and gamma) are as in MoMo, with beta1. "
    "lr is the largest learning rate. All tensors together have one rate.",
)
