"""Adams that divide by another average: AdaBelief, Yogi, ACProp, ADOPT, LaProp."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from ..compiled.arithmetic import power
from .adam import CORRECTED_AVERAGES, MOMENTS, adam_terms
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import (
    BETA1,
    BETA2,
    BIAS_CORRECTION,
    DECAY,
    EPS,
    EPS_ROOT,
    INITIAL_ACCUMULATOR,
    LR,
    NESTEROV,
    decay_faults,
    decay_terms,
    eps_mode,
)
from .kinds import elementwise
from .rule import Rule, RuleSettings
from .slots import Slot

FAMILY = OptimizerFamily(
    "Adam with another denominator",
    "Adam divides by the root of the average squared gradient. "
    "These methods divide by another average, or by the same average at another time.",
)

#: For those that have eps in one place only.
EPS_OF_ROOT = replace(EPS, meaning="small number added to the root")
EPS_IN_S = replace(EPS_ROOT, meaning="small number added to s in every step, so that it adds up", default=1e-16)
EPS_BESIDE_V = replace(EPS_ROOT, meaning="a second small number, added to v under the root, before the bias correction")
BETA2_OF_S = replace(BETA2, meaning="decay of the running average of squared deviations")
DEVIATIONS = "running average of squared deviations of the gradient from its running average, with eps_root added in every step"


@elementwise
def adabelief(t, x, g, step, lr, m: Slot, s: Slot, beta1, beta2, eps, eps_root, corrected, nesterov, l2, decay):  # type: ignore[no-untyped-def]
    c1, c1_next = 1.0 - corrected * power(beta1, t), 1.0 - corrected * power(beta1, t + 1)
    c2 = 1.0 - corrected * power(beta2, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        deviation = gradient - m[i]
        s[i] = beta2 * s[i] + (1.0 - beta2) * deviation * deviation + eps_root
        ahead = beta1 * m[i] / c1_next + (1.0 - beta1) * gradient / c1 if nesterov else m[i] / c1
        step[i] = -lr[i] * (ahead / (sqrt(s[i] / c2) + eps) + decay * x[i])


ADABELIEF = Optimizer(
    name="adabelief",
    title="AdaBelief: Adam that divides by how far gradients are from their running average",
    idea="Adam that divides by the distance of gradients from their average: where gradients agree, the steps are long.",
    authors=("Zhuang", "Tang", "Ding", "Tatikonda", "Dvornek", "Papademetris", "Duncan"),
    year=2020,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad s \leftarrow \beta_2 s + (1-\beta_2)(g-m)^2 + \bar{\epsilon},\quad "
    r"x \leftarrow x - \eta\,\frac{m/(1-\beta_1^t)}{\sqrt{s/(1-\beta_2^t)}+\epsilon}",
    source="arXiv:2010.07468, Algorithm 2; optax scale_by_belief",
    hyperparameters=(LR, BETA1, BETA2_OF_S, EPS_OF_ROOT, EPS_IN_S, BIAS_CORRECTION, NESTEROV, *DECAY),
    bind=lambda settings: Rule(
        adabelief,
        {
            **{name: settings[name] for name in ("beta1", "beta2", "eps", "eps_root", "nesterov")},
            "corrected": settings["bias_correction"],
            **decay_terms(settings),
        },
    ),
    kernels=(adabelief,),
    slot_meanings={"m": MOMENTS["m"], "s": DEVIATIONS},
    check=decay_faults,
    notes="The deviation is from the new m. A gradient that stays the same gives large steps, because s becomes small.",
)


@elementwise
def yogi(t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, eps_root, corrected_m, corrected_v, l2, decay):  # type: ignore[no-untyped-def]
    c1, c2 = 1.0 - corrected_m * power(beta1, t), 1.0 - corrected_v * power(beta2, t)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        square = gradient * gradient
        v[i] += (1.0 - beta2) * (0.0 if v[i] == square else -square if v[i] > square else square)
        step[i] = -lr[i] * (m[i] / c1 / (sqrt(v[i] / c2 + eps_root) + eps) + decay * x[i])


INITIAL_M = Hyperparameter(
    "initial_m", "first value of m: zero, or the same as the first value of v", "zero", choices=("zero", "initial_accumulator")
)


def bind_yogi(settings: RuleSettings) -> Rule:
    numbers = {name: settings[name] for name in ("beta1", "beta2", "eps", "eps_root")}
    corrected = {f"corrected_{average}": settings["bias_correction"] in (True, average) for average in "mv"}
    first = settings["initial_accumulator"]
    starts = {"m": first if settings["initial_m"] == "initial_accumulator" else 0.0, "v": first}
    return Rule(yogi, {**numbers, **corrected, **decay_terms(settings)}, starts)


YOGI = Optimizer(
    name="yogi",
    title="Yogi: Adam whose v changes by the squared gradient, up or down",
    idea="Adam whose average of squares grows or shrinks by a fixed share of the squared gradient, so that it never falls fast.",
    authors=("Zaheer", "Reddi", "Sachan", "Kale", "Kumar"),
    year=2018,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow v - (1-\beta_2)\,\mathrm{sign}(v-g^2)\,g^2,\quad "
    r"x \leftarrow x - \eta\,\frac{m}{\sqrt{v}+\epsilon}",
    source="Adaptive Methods for Nonconvex Optimization, Algorithm 2; optax scale_by_yogi",
    hyperparameters=(
        LR,
        BETA1,
        replace(BETA2, meaning="1 - beta2 is the share of the squared gradient by which v changes"),
        replace(EPS_OF_ROOT, default=1e-3),
        EPS_ROOT,
        replace(CORRECTED_AVERAGES, default=False),
        replace(INITIAL_ACCUMULATOR, meaning="first value of v"),
        INITIAL_M,
        *DECAY,
    ),
    bind=bind_yogi,
    kernels=(yogi,),
    slot_meanings={"m": MOMENTS["m"], "v": "estimate of the squared gradient"},
    check=decay_faults,
    notes="v falls more slowly than in Adam when gradients become small.",
)


@elementwise
def acprop(t, x, g, step, lr, m: Slot, s: Slot, beta1, beta2, eps, eps_root, before_update, l2, decay):  # type: ignore[no-untyped-def]
    c2 = 1.0 - power(beta2, t - 1)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        root = 1.0 if t == 1 else sqrt(s[i] / c2)
        before = m[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient
        deviation = gradient - (before if before_update else m[i])
        s[i] = beta2 * s[i] + (1.0 - beta2) * deviation * deviation + eps_root
        step[i] = -lr[i] * (gradient / (root + eps) + decay * x[i])


DEVIATION_FROM = Hyperparameter(
    "deviation_from", "the m that s is centered on: new: after this gradient; old: before it", "new", choices=("new", "old")
)

ACPROP = Optimizer(
    name="acprop",
    title="ACProp: the gradient over the root of the last step's s",
    idea="AdaBelief without momentum, divided by the average of the last step: a gradient has no influence on its own denominator.",
    authors=("Zhuang", "Ding", "Tang", "Dvornek", "Tatikonda", "Duncan"),
    year=2021,
    formula=r"x \leftarrow x - \eta\,\frac{g}{\sqrt{s/(1-\beta_2^{t-1})}+\epsilon},\quad m \leftarrow \beta_1 m + (1-\beta_1) g,\quad "
    r"s \leftarrow \beta_2 s + (1-\beta_2)(g-m)^2 + \bar{\epsilon}\quad\text{(first step: } x \leftarrow x - \eta\,g/(1+\epsilon)\text{)}",
    source="arXiv:2110.05454, Algorithm 2; optax contrib acprop",
    hyperparameters=(LR, BETA1, BETA2_OF_S, replace(EPS_OF_ROOT, default=1e-16), EPS_IN_S, DEVIATION_FROM, *DECAY),
    bind=lambda settings: Rule(
        acprop,
        {
            **{name: settings[name] for name in ("beta1", "beta2", "eps", "eps_root")},
            "before_update": settings["deviation_from"] == "old",
            **decay_terms(settings),
        },
    ),
    kernels=(acprop,),
    slot_meanings={"m": "running average of gradients; the step does not use it, only s", "s": DEVIATIONS},
    check=decay_faults,
    notes="The gradient of a step is divided by what was known before it. So one large gradient makes one large step.",
)


@elementwise
def adopt(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, clips, clip_power, nesterov, l2, decay
):  # fmt: skip
    limit = (t - 1.0) ** clip_power
    keep_m, keep_v = (1.0, 0.0) if t == 1 else (beta1, beta2)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        scaled = gradient / max(sqrt(v[i]), eps)
        if clips and abs(scaled) > limit:
            scaled = limit if scaled > 0.0 else -limit
        m[i] = keep_m * m[i] + (1.0 - keep_m) * scaled
        v[i] = keep_v * v[i] + (1.0 - keep_v) * gradient * gradient
        ahead = keep_m * m[i] + (1.0 - keep_m) * scaled if nesterov else m[i]
        step[i] = -lr[i] * (ahead + decay * x[i])


ADOPT = Optimizer(
    name="adopt",
    title="ADOPT: the gradient is divided by the root of the last step's v before it is averaged",
    idea="Adam with its two averages in the other order: divide the gradient by the old average of squares, then average the result; so it "
    "converges with every beta2.",
    authors=("Taniguchi", "Harada", "Minegishi", "Oshima", "Jeong", "Nagahara", "Iiyama", "Suzuki", "Iwasawa", "Matsuo"),
    year=2024,
    formula=r"m \leftarrow \beta_1 m + (1-\beta_1)\,\mathrm{clip}\left(\frac{g}{\max(\sqrt{v},\epsilon)},\ \pm(t-1)^{1/4}\right),\quad "
    r"x \leftarrow x - \eta\,m,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2\quad\text{(first step: only } v = g^2\text{)}",
    source="arXiv:2411.02853; optax contrib adopt",
    hyperparameters=(
        LR,
        replace(BETA1, meaning="decay of the running average of scaled gradients"),
        replace(BETA2, default=0.9999),
        replace(EPS, meaning="the root of v counts as no less than this", default=1e-6),
        Hyperparameter("use_clipping", "whether each number of the scaled gradient is limited to (t - 1)^clip_power", True),
        Hyperparameter("clip_power", "how fast the limit grows with the step t", 0.25, minimum=0.0, maximum=100.0),
        NESTEROV,
        *DECAY,
    ),
    bind=lambda settings: Rule(
        adopt,
        {
            **{name: settings[name] for name in ("beta1", "beta2", "eps", "clip_power", "nesterov")},
            "clips": settings["use_clipping"],
            **decay_terms(settings),
        },
    ),
    kernels=(adopt,),
    slot_meanings={"m": "running average of scaled gradients", "v": "running average of squared gradients; it starts as the first"},
    check=decay_faults,
    notes="The first step only fills v: it moves nothing but the weight decay.",
)


@elementwise
def laprop(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, m: Slot, v: Slot, beta1, beta2, eps, eps_root, eps_hat, corrected_m, corrected_v, l2, decay
):  # fmt: skip
    correct_m = 1.0 / (1.0 - corrected_m * power(beta1, t))
    correct_v = 1.0 / (1.0 - corrected_v * power(beta2, t))
    eps_outside = eps + eps_hat * sqrt(correct_v)
    for i in range(x.size):
        gradient = g[i] + l2 * x[i]
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient / (sqrt(correct_v * (v[i] + eps_root)) + eps_outside)
        step[i] = -lr[i] * (correct_m * m[i] + decay * x[i])


LAPROP = Optimizer(
    name="laprop",
    title="LaProp: the gradient is divided by the root of v before it is averaged",
    idea="Adam that divides first and averages afterwards, so that each gradient is scaled by its own time.",
    authors=("Ziyin", "Wang", "Ueda"),
    year=2020,
    formula=r"v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"m \leftarrow \beta_1 m + (1-\beta_1)\frac{g}{\sqrt{v/(1-\beta_2^t)}+\epsilon},\quad x \leftarrow x - \eta\,\frac{m}{1-\beta_1^t}",
    source="arXiv:2002.04839",
    hyperparameters=(
        LR,
        replace(BETA1, meaning="decay of the running average of scaled gradients"),
        BETA2,
        replace(EPS, default=1e-15),
        eps_mode("outside", "hat"),
        EPS_BESIDE_V,
        CORRECTED_AVERAGES,
        *DECAY,
    ),
    bind=lambda settings: Rule(laprop, adam_terms(settings)),
    kernels=(laprop,),
    slot_meanings={"m": "running average of scaled gradients", "v": MOMENTS["v"]},
    check=decay_faults,
)
