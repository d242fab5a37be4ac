"""The Adam family: Adam, AMSGrad, AdamW, Adamax, NAdam, RAdam."""

from __future__ import annotations

from dataclasses import replace
from math import nextafter, sqrt

from ..compiled.arithmetic import power
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, BIAS_CORRECTION, DECAY, EPS, EPS_ROOT, LR, NESTEROV, decay_faults, decay_terms, eps_mode
from .kinds import elementwise
from .rule import Rule, RuleSettings
from .slots import NumberSlot, Slot

FAMILY = OptimizerFamily(
    "Adam",
    "A running average of gradients is divided by the root of a running average of squared gradients. "
    "The members differ in what they average, and in how they treat the first steps.",
)


@elementwise
def adam(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, l2, decay
):  # fmt: skip
    correct_m = 1.0 / (1.0 - corrected_m * power(beta1, t))
    correct_v = 1.0 / (1.0 - corrected_v * power(beta2, t))
    eps_outside = eps + eps_hat * sqrt(correct_v)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        step[i] = -lr[i] * (correct_m * m[i] / (sqrt(correct_v * v[i] + eps_root) + eps_outside) + decay * x[i])


@elementwise
def amsgrad(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, v_max: Slot,
    beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, max_of_corrected, l2, decay,
):  # fmt: skip
    correct_m = 1.0 / (1.0 - corrected_m * power(beta1, t))
    correct_v = 1.0 / (1.0 - corrected_v * power(beta2, t))
    eps_outside = eps + eps_hat * sqrt(correct_v)
    before, after = (correct_v, 1.0) if max_of_corrected else (1.0, correct_v)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        v_max[i] = max(v_max[i], before * v[i])
        step[i] = -lr[i] * (correct_m * m[i] / (sqrt(after * v_max[i] + eps_root) + eps_outside) + decay * x[i])


AMSGRAD = Hyperparameter("amsgrad", "divide by the largest v so far instead of the current v", False)
AMSGRAD_MAX = Hyperparameter(
    "amsgrad_max",
    (
        "which v the maximum is of: raw: v before its bias correction (the maximum is corrected afterwards); corrected: v after its "
        "bias correction"
    ),
    "raw",
    choices=("raw", "corrected"),
)
CORRECTED_AVERAGES = replace(BIAS_CORRECTION, meaning=BIAS_CORRECTION.meaning + '; "m" or "v": only that average', choices=("m", "v"))
MOMENTS = {"m": "running average of gradients", "v": "running average of squared gradients"}


def adam_terms(settings: RuleSettings) -> dict[str, float]:
    """What Adam's kernels share: three epsilons, one of which is set, and the rest as it stands."""
    place = {"outside": "eps", "inside": "eps_root", "hat": "eps_hat"}[settings["eps_mode"]]
    terms = {"eps": 0.0, "eps_root": settings["eps_root"], "eps_hat": 0.0}
    terms[place] += settings["eps"]
    betas = {"beta1": settings["beta1"], "beta2": settings["beta2"]}
    corrected = {f"corrected_{average}": settings["bias_correction"] in (True, average) for average in "mv"}
    return {**betas, **terms, **corrected, **decay_terms(settings)}


def bind_adam(settings: RuleSettings) -> Rule:
    if not settings["amsgrad"]:
        return Rule(adam, adam_terms(settings))
    return Rule(amsgrad, {**adam_terms(settings), "max_of_corrected": settings["amsgrad_max"] == "corrected"})


ADAM = Optimizer(
    name="adam",
    title="Adam, with AMSGrad",
    idea="Momentum and RMSprop together: a running average of gradients over the root of a running average of their squares, both "
    "corrected for their start at zero.",
    authors=("Kingma", "Ba"),
    year=2014,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"x \leftarrow x - \eta\,\frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)}+\epsilon}"
    r"\quad\text{(hat: } \sqrt{v}+\epsilon \text{ before the correction; amsgrad: } v_{\max} \text{ for } v)",
    source="arXiv:1412.6980, Algorithm 1; Reddi, Kale & Kumar 2018 (AMSGrad); torch/optim/adam.py; keras/src/optimizers/adam.py; optax "
    "scale_by_adam, scale_by_amsgrad",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        EPS,
        eps_mode("outside", "inside", "hat"),
        EPS_ROOT,
        CORRECTED_AVERAGES,
        AMSGRAD,
        AMSGRAD_MAX,
        *DECAY,
    ),
    bind=bind_adam,
    kernels=(adam, amsgrad),
    slot_meanings={**MOMENTS, "v_max": "largest v so far; only with amsgrad"},
    check=decay_faults,
)

ADAMW = Optimizer(
    name="adamw",
    title="AdamW: Adam with decoupled weight decay",
    idea="Adam, where weight decay shrinks the params directly and does not pass through the averages of gradients.",
    authors=("Loshchilov", "Hutter"),
    year=2017,
    formula=r"x \leftarrow x - \eta\left(\frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)}+\epsilon} + \lambda x\right)",
    source="arXiv:1711.05101, Algorithm 2; torch/optim/adamw.py; keras/src/optimizers/adamw.py; optax adamw",
    hyperparameters=ADAM.hyperparameters,
    bind=bind_adam,
    kernels=(adam, amsgrad),
    slot_meanings=ADAM.slot_meanings,
    check=decay_faults,
    notes=(
        "m and v are as in Adam. "
        "The paper multiplies the decay only by the schedule's factor (weight_decay_mode decoupled_unscaled). The frameworks also "
        "multiply it by lr."
    ),
)


@elementwise
def adamax(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, u: Slot, beta1, beta2, eps, eps_in_max, corrected, l2, decay
):  # fmt: skip
    c1 = 1.0 - corrected * power(beta1, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        u[i] = max(beta2 * u[i], abs(gradient) + eps_in_max)
        step[i] = -lr[i] * (m[i] / c1 / (u[i] + eps) + decay * x[i])


def bind_adamax(settings: RuleSettings) -> Rule:
    in_max = settings["eps_mode"] == "in_max"
    values = {
        "beta1": settings["beta1"],
        "beta2": settings["beta2"],
        "eps": 0.0 if in_max else settings["eps"],
        "eps_in_max": settings["eps"] if in_max else 0.0,
        "corrected": settings["bias_correction"],
        **decay_terms(settings),
    }
    return Rule(adamax, values)


ADAMAX = Optimizer(
    name="adamax",
    title="Adamax: Adam with the largest gradient in place of the root mean square",
    idea="Adam, divided by the largest gradient of the last steps instead of their root mean square.",
    authors=("Kingma", "Ba"),
    year=2014,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad u \leftarrow \max(\beta_2 u, |g|),\quad "
    r"x \leftarrow x - \frac{\eta}{1-\beta_1^t}\,\frac{m}{u+\epsilon}\quad\text{(in\_max: } |g|+\epsilon)",
    source="arXiv:1412.6980, Algorithm 2; torch/optim/adamax.py; keras/src/optimizers/adamax.py; optax scale_by_adamax",
    hyperparameters=(LR, BETA1, BETA2, EPS, eps_mode("outside", "in_max"), BIAS_CORRECTION, *DECAY),
    bind=bind_adamax,
    kernels=(adamax,),
    slot_meanings={"m": MOMENTS["m"], "u": "largest gradient, decayed by beta2"},
    check=decay_faults,
)


@elementwise
def nadam(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, mu_product: NumberSlot,
    beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, warming, momentum_decay, warming_average, v_gain, l2, decay,
):  # fmt: skip
    c2 = 1.0 - corrected_v * power(beta2, t)
    mu = beta1 * (1.0 - 0.5 * warming * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1.0 - 0.5 * warming * 0.96 ** ((t + 1) * momentum_decay))
    average = mu if warming_average else beta1
    eps_outside = eps + eps_hat / sqrt(c2)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = average * m[i] + (1.0 - average) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        mu_product[i] *= mu
        past = mu_next * m[i] / (1.0 - corrected_m * mu_product[i] * mu_next)
        present = (1.0 - mu) * gradient / (1.0 - corrected_m * mu_product[i])
        step[i] = -lr[i] * ((past + present) / (sqrt(v_gain * v[i] / c2 + eps_root) + eps_outside) + decay * x[i])


MOMENTUM_DECAY = Hyperparameter(
    "momentum_decay", "how fast the momentum warms up: beta1 (1 - 0.96^(t momentum_decay) / 2)", 0.004, minimum=0.0
)
MOMENTUM_SCHEDULE = Hyperparameter(
    "momentum_schedule", "warming: the momentum warms up; constant: it is beta1", "warming", choices=("warming", "constant")
)
MOMENTUM_AVERAGE = Hyperparameter(
    "momentum_average", "the decay of m: beta1, or the momentum of the step, which warms up", "beta1", choices=("beta1", "warming")
)
V_CORRECTION = Hyperparameter(
    "v_correction", "v over 1 - beta2^t (plain), or beta2 times that (scaled, as the paper prints it)", "plain", choices=("plain", "scaled")
)


def bind_nadam(settings: RuleSettings) -> Rule:
    values = {
        **adam_terms(settings),
        "warming": settings["momentum_schedule"] == "warming",
        "momentum_decay": settings["momentum_decay"],
        "warming_average": settings["momentum_average"] == "warming",
        "v_gain": settings["beta2"] if settings["v_correction"] == "scaled" else 1.0,
    }
    return Rule(nadam, values, starts={"mu_product": 1.0})


NADAM = Optimizer(
    name="nadam",
    title="NAdam: Adam with Nesterov's momentum",
    idea="Adam that looks one step ahead, as Nesterov's momentum does.",
    authors=("Dozat",),
    year=2016,
    formula=r"\mu_t = \beta_1(1-\tfrac12 0.96^{t\psi}),\quad "
    r"x \leftarrow x - \eta\left(\frac{\mu_{t+1} m}{1-\prod_{i\le t+1}\mu_i} + \frac{(1-\mu_t) g}{1-\prod_{i\le t}\mu_i}\right)"
    r"\Big/\left(\sqrt{v/(1-\beta_2^t)}+\epsilon\right)",
    source="Incorporating Nesterov Momentum into Adam; torch/optim/nadam.py; keras/src/optimizers/nadam.py; optax nadam",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        EPS,
        eps_mode("outside", "inside", "hat"),
        EPS_ROOT,
        CORRECTED_AVERAGES,
        MOMENTUM_DECAY,
        MOMENTUM_SCHEDULE,
        MOMENTUM_AVERAGE,
        V_CORRECTION,
        *DECAY,
    ),
    bind=bind_nadam,
    kernels=(nadam,),
    slot_meanings={**MOMENTS, "mu_product": "product of the momenta so far, one number"},
    notes="m and v are as in Adam.",
    check=decay_faults,
)


@elementwise
def radam(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot,
    beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, threshold, nesterov, l2, decay,
):  # fmt: skip
    c1, c1_next = 1.0 - corrected_m * power(beta1, t), 1.0 - corrected_m * power(beta1, t + 1)
    c2 = 1.0 - corrected_v * power(beta2, t)
    rho_inf = 2.0 / (1.0 - beta2) - 1.0
    rho = rho_inf - 2.0 * t * power(beta2, t) / (1.0 - power(beta2, t))
    rectified = rho > threshold
    length = sqrt((rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho)) if rectified else 1.0
    eps_outside = eps + eps_hat / sqrt(c2)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        ahead = beta1 * m[i] / c1_next + (1.0 - beta1) * gradient / c1 if nesterov else m[i] / c1
        direction = ahead / (sqrt(v[i] / c2 + eps_root) + eps_outside) if rectified else ahead
        step[i] = -lr[i] * (length * direction + decay * x[i])


THRESHOLD = Hyperparameter(
    "threshold", "if rho_t is above this, the step is divided by the root of v; otherwise the step follows m alone", 5.0, minimum=4.0
)
AT_THRESHOLD = Hyperparameter("at_threshold", "whether the step is also divided where rho_t equals the threshold", False)


def bind_radam(settings: RuleSettings) -> Rule:
    threshold = settings["threshold"]
    values = {
        **adam_terms(settings),
        "threshold": nextafter(threshold, 0.0) if settings["at_threshold"] else threshold,
        "nesterov": settings["nesterov"],
    }
    return Rule(radam, values)


RADAM = Optimizer(
    name="radam",
    title="RAdam: Adam whose first steps are not divided by the root of v",
    idea="Adam that does not trust its average of squares in the first steps: there it steps along the momentum alone.",
    authors=("Liu", "Jiang", "He", "Chen", "Liu", "Gao", "Han"),
    year=2019,
    formula=r"\rho_\infty = \tfrac{2}{1-\beta_2}-1,\quad \rho_t = \rho_\infty - \frac{2t\beta_2^t}{1-\beta_2^t},\quad "
    r"r_t = \sqrt{\frac{(\rho_t-4)(\rho_t-2)\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\rho_t}},\quad "
    r"x \leftarrow x - \eta\, r_t\frac{\hat m}{\sqrt{\hat v}+\epsilon}\ \text{if}\ \rho_t > 5,"
    r"\ \text{else}\ x \leftarrow x - \eta\,\hat m",
    source="arXiv:1908.03265; torch/optim/radam.py; optax scale_by_radam",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        EPS,
        eps_mode("outside", "inside", "hat"),
        EPS_ROOT,
        CORRECTED_AVERAGES,
        THRESHOLD,
        AT_THRESHOLD,
        NESTEROV,
        *DECAY,
    ),
    bind=bind_radam,
    kernels=(radam,),
    slot_meanings=MOMENTS,
    check=decay_faults,
    notes="With beta2 0.999 the first five steps are not divided. The paper has the threshold 4 and no eps.",
)
