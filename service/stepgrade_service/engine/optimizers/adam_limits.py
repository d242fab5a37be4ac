"""Adams that limit their step: AdaBound, AdaMod, DiffGrad, Padam, and StableAdamW, which limits it tensor by tensor."""

from __future__ import annotations

from dataclasses import replace
from math import exp, sqrt

from ..compiled.arithmetic import power
from .adam import AMSGRAD, CORRECTED_AVERAGES, MOMENTS, adam_terms
from .adam_denominators import EPS_BESIDE_V, EPS_OF_ROOT
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, BIAS_CORRECTION, DECAY, EPS, LR, decay_faults, decay_terms, eps_mode
from .kinds import elementwise, tensor_norm
from .rule import Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Adam with limits",
    "Adam's rates can become very large or very different. These methods limit them, each parameter or each tensor by itself.",
)

V_MAX = "largest v so far; only with amsgrad"


def limited(kernel, names, settings: RuleSettings) -> Rule:  # type: ignore[no-untyped-def]
    """A rule of a kernel that has v_max, which without amsgrad is v."""
    numbers = {name: settings[name] for name in (*names, "beta1", "beta2", "eps", "eps_root", "amsgrad")}
    values = {**numbers, "corrected": settings["bias_correction"], **decay_terms(settings)}
    return Rule(kernel, values, hidden=frozenset() if settings["amsgrad"] else frozenset({"v_max"}))


@elementwise
def adabound(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, v_max: Slot,
    beta1, beta2, final_lr, gamma, eps, eps_root, corrected, amsgrad, l2, decay,
):  # fmt: skip
    correct = sqrt(1.0 - corrected * power(beta2, t)) / (1.0 - corrected * power(beta1, t))
    lowest, highest = final_lr * (1.0 - 1.0 / (gamma * t + 1.0)), final_lr * (1.0 + 1.0 / (gamma * t))
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        v_max[i] = max(amsgrad * v_max[i], v[i])
        rate = lr[i] * correct / (sqrt(v_max[i] + eps_root) + eps)
        rate = 0.0 if lr[i] == 0.0 else lowest if rate < lowest else highest if rate > highest else rate
        step[i] = -rate * m[i] - lr[i] * decay * x[i]


ADABOUND = Optimizer(
    name="adabound",
    title="AdaBound: Adam whose rates have bounds that meet in the end",
    idea="Adam whose rates are kept between two bounds that come together: it starts as Adam and ends as gradient descent.",
    authors=("Luo", "Xiong", "Liu", "Sun"),
    year=2019,
    formula=r"x \leftarrow x - \mathrm{clip}\left(\frac{\eta\sqrt{1-\beta_2^t}}{(1-\beta_1^t)(\sqrt{v}+\epsilon)},\ "
    r"\eta_\infty\left(1-\frac{1}{\gamma t+1}\right),\ \eta_\infty\left(1+\frac{1}{\gamma t}\right)\right) m",
    source="arXiv:1902.09843, Algorithms 2 and 3 (AMSBound)",
    hyperparameters=(
        LR,
        Hyperparameter("final_lr", "the rate that both bounds go to", 0.1, minimum=0.0),
        BETA1,
        BETA2,
        Hyperparameter("gamma", "how fast the bounds go to final_lr", 1e-3, minimum=1e-100),
        EPS_OF_ROOT,
        EPS_BESIDE_V,
        BIAS_CORRECTION,
        replace(AMSGRAD, meaning=AMSGRAD.meaning + " (AMSBound)"),
        *DECAY,
    ),
    bind=lambda settings: limited(adabound, ("final_lr", "gamma"), settings),
    kernels=(adabound,),
    slot_meanings={**MOMENTS, "v_max": V_MAX},
    check=decay_faults,
    notes="m and v are as in Adam. "
    "final_lr is a rate of its own: lr does not multiply it. With lr 0 nothing moves. The bias corrections are those of the "
    "authors' code.",
)


@elementwise
def adamod(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, s: Slot,
    beta1, beta2, beta3, eps, eps_root, eps_hat, corrected_m, corrected_v, in_rate, l2, decay,
):  # fmt: skip
    correct_m = 1.0 / (1.0 - corrected_m * power(beta1, t))
    correct_v = 1.0 / (1.0 - corrected_v * power(beta2, t))
    of_rate, of_m = (correct_m, 1.0) if in_rate else (1.0, correct_m)
    eps_outside = eps + eps_hat * sqrt(correct_v)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        rate = lr[i] * of_rate / (sqrt(correct_v * (v[i] + eps_root)) + eps_outside)
        s[i] = beta3 * s[i] + (1.0 - beta3) * rate
        step[i] = -min(rate, s[i]) * of_m * m[i] - lr[i] * decay * x[i]


M_CORRECTION = Hyperparameter(
    "m_correction",
    "where 1 / (1 - beta1^t) stands: direction: it multiplies m; rate: it multiplies the rate, before the rate is averaged",
    "direction",
    choices=("direction", "rate"),
)

ADAMOD = Optimizer(
    name="adamod",
    title="AdaMod: Adam whose rates are at most their running average",
    idea="Adam whose rates are at most their own running average, so that no rate is suddenly large.",
    authors=("Ding", "Ren", "Luo", "Sun"),
    year=2019,
    formula=r"r \leftarrow \frac{\eta}{\sqrt{v/(1-\beta_2^t)}+\epsilon},\quad s \leftarrow \beta_3 s + (1-\beta_3) r,\quad "
    r"x \leftarrow x - \min(r, s)\,\frac{m}{1-\beta_1^t}",
    source="arXiv:1910.12249, Algorithm 2",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        Hyperparameter("beta3", "decay of the running average of the rates", 0.999, minimum=0.0, maximum=1.0),
        EPS,
        eps_mode("outside", "hat"),
        EPS_BESIDE_V,
        CORRECTED_AVERAGES,
        M_CORRECTION,
        *DECAY,
    ),
    bind=lambda settings: Rule(adamod, {**adam_terms(settings), "beta3": settings["beta3"], "in_rate": settings["m_correction"] == "rate"}),
    kernels=(adamod,),
    slot_meanings={**MOMENTS, "s": "running average of the rates; it starts at 0, so the first steps are small"},
    check=decay_faults,
)


@elementwise
def diffgrad(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, g_prev: Slot,
    beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, l2, decay,
):  # fmt: skip
    correct_m = 1.0 / (1.0 - corrected_m * power(beta1, t))
    correct_v = 1.0 / (1.0 - corrected_v * power(beta2, t))
    eps_outside = eps + eps_hat * sqrt(correct_v)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        friction = 1.0 / (1.0 + exp(-abs(g_prev[i] - gradient)))
        g_prev[i] = gradient
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        root = sqrt(correct_v * (v[i] + eps_root)) + eps_outside
        step[i] = -lr[i] * (friction * correct_m * m[i] / root + decay * x[i])


DIFFGRAD = Optimizer(
    name="diffgrad",
    title="diffGrad: Adam that slows down where the gradient does not change",
    idea="Adam times a friction that is smaller where the gradient has hardly changed since the last step.",
    authors=("Dubey", "Chakraborty", "Roy", "Mukherjee", "Singh", "Chaudhuri"),
    year=2019,
    formula=r"\xi = \frac{1}{1+e^{-|g'-g|}},\quad x \leftarrow x - \eta\,\xi\,\frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)}+\epsilon}",
    source="arXiv:1909.11015",
    hyperparameters=(LR, BETA1, BETA2, EPS, eps_mode("outside", "hat"), EPS_BESIDE_V, CORRECTED_AVERAGES, *DECAY),
    bind=lambda settings: Rule(diffgrad, adam_terms(settings)),
    kernels=(diffgrad,),
    slot_meanings={**MOMENTS, "g_prev": "the gradient of the last step; it starts at 0"},
    check=decay_faults,
    notes="g' is the gradient of the last step. The factor is 1/2 where the gradient stays the same, and close to 1 where it changes much.",
)


@elementwise
def padam(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, v_max: Slot, beta1, beta2, p, eps, eps_root, corrected, amsgrad, l2, decay
):  # fmt: skip
    correct = sqrt(1.0 - corrected * power(beta2, t)) / (1.0 - corrected * power(beta1, t))
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        v_max[i] = max(amsgrad * v_max[i], v[i])
        step[i] = -lr[i] * (correct * m[i] / (sqrt(v_max[i] + eps_root) + eps) ** (2.0 * p) + decay * x[i])


PADAM = Optimizer(
    name="padam",
    title="Padam: between momentum and AMSGrad, by the power of v",
    idea="Divide by a smaller power than the root: a choice between AMSGrad and momentum.",
    authors=("Chen", "Zhou", "Tang", "Yang", "Cao", "Gu"),
    year=2018,
    formula=r"v_{\max} \leftarrow \max(v_{\max}, v),\quad x \leftarrow x - \eta\,\frac{m}{v_{\max}^{\,p}}",
    source="arXiv:1806.06763, Algorithm 1",
    hyperparameters=(
        LR,
        BETA1,
        BETA2,
        Hyperparameter("p", "the power of v: 1/2 is AMSGrad, and close to 0 it is momentum", 0.125, minimum=0.0, maximum=1.0),
        EPS_OF_ROOT,
        EPS_BESIDE_V,
        replace(BIAS_CORRECTION, meaning="multiply the step by sqrt(1 - beta2^t) / (1 - beta1^t), for any p"),
        AMSGRAD,
        *DECAY,
    ),
    bind=lambda settings: limited(padam, ("p",), settings),
    kernels=(padam,),
    slot_meanings={**MOMENTS, "v_max": V_MAX},
    check=decay_faults,
    notes="The denominator is (sqrt(v) + eps)^(2p).",
)


@tensor_norm
def stableadamw(t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, l2, decay):  # type: ignore[no-untyped-def]
    keep_m = beta1 * (1.0 - power(beta1, t - 1)) / (1.0 - power(beta1, t))
    keep_v = beta2 * (1.0 - power(beta2, t - 1)) / (1.0 - power(beta2, t))
    for r in range(x.shape[1]):
        total = 0.0
        for i in range(x.shape[0]):
            gradient = g[i, r] + l2 * x[i, r]
            m[i, r] = keep_m * m[i, r] + (1.0 - keep_m) * gradient
            v[i, r] = keep_v * v[i, r] + (1.0 - keep_v) * gradient * gradient
            total += gradient * gradient / max(v[i, r], eps * eps)
        rms = max(1.0, sqrt(total / x.shape[0]))
        for i in range(x.shape[0]):
            step[i, r] = -lr[i, r] / rms * (m[i, r] / (sqrt(v[i, r]) + eps) + decay * x[i, r])


STABLEADAMW = Optimizer(
    name="stableadamw",
    title="StableAdamW: AdamW with a smaller rate where a tensor's gradients are larger than v expects",
    idea="AdamW with a smaller rate for a tensor whose gradients are larger than its average of squares expects.",
    authors=("Wortsman", "Dettmers", "Zettlemoyer", "Morcos", "Farhadi", "Schmidt"),
    year=2023,
    formula=r"\hat\beta_i = \beta_i\frac{1-\beta_i^{t-1}}{1-\beta_i^t},\quad m \leftarrow \hat\beta_1 m + (1-\hat\beta_1) g,\quad "
    r"v \leftarrow \hat\beta_2 v + (1-\hat\beta_2) g^2,\quad R = \sqrt{\mathrm{mean}\left(\frac{g^2}{\max(v,\epsilon^2)}\right)},\quad "
    r"x \leftarrow x - \frac{\eta}{\max(1,R)}\left(\frac{m}{\sqrt{v}+\epsilon} + \lambda x\right)",
    source="arXiv:2304.13013, Algorithm 2",
    hyperparameters=(
        LR,
        BETA1,
        replace(BETA2, default=0.99),
        replace(EPS, meaning="small number added to the root; its square is the least v"),
        *DECAY,
    ),
    bind=lambda settings: Rule(stableadamw, {**{name: settings[name] for name in ("beta1", "beta2", "eps")}, **decay_terms(settings)}),
    kernels=(stableadamw,),
    slot_meanings={name: f"{meaning}, with its bias correction in it" for name, meaning in MOMENTS.items()},
    check=decay_faults,
    notes="The mean is over the numbers of one tensor. It divides the decay too.",
)
