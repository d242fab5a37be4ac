"""Schedule-Free: gradients at a point between fast params and their average, in place of a learning-rate schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan, sqrt
from typing import Any

from ..compiled.arithmetic import power, quotient_or_zero
from ..compiled.jit import inlined
from ..reading.faults import Fault
from .declaration import Hyperparameter, Optimizer, OptimizerFamily
from .hyperparameters import BETA1, BETA2, EPS, LR, WEIGHT_DECAY
from .kinds import elementwise
from .rule import FROM_PARAMS, Rule, RuleSettings
from .slots import NumberSlot, Slot

FAMILY = OptimizerFamily(
    "No schedule to choose",
    "The gradient is taken between fast params and their running average. The average takes the place of a learning rate that falls.",
)


@inlined
def warmed(t, warmup_steps):  # type: ignore[no-untyped-def]
    """The share of the learning rate that step t of a linear warm-up has."""
    return min(t / warmup_steps, 1.0) if warmup_steps > 0.0 else 1.0


@elementwise
def schedule_free_sgd(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, z: Slot, weight_sum: NumberSlot, max_lr: NumberSlot,
    beta1, weight_lr_power, warmup_steps, lag, decay_z, decay_y,
):  # fmt: skip
    for i in range(x.size):
        fast = x[i] if isnan(z[i]) else z[i]
        max_lr[i] = max(max_lr[i], lr[i] * warmed(t, warmup_steps))
        weight = max_lr[i] ** weight_lr_power
        weight_sum[i] += weight
        share = quotient_or_zero(weight, weight_sum[i])
        average = (x[i] - lr[i] * decay_y * x[i] - (1.0 - beta1) * fast) / beta1
        z[i] = fast - lr[i] * warmed(t - lag, warmup_steps) * (g[i] + decay_z * x[i])
        average = (1.0 - share) * average + share * z[i]
        step[i] = beta1 * average + (1.0 - beta1) * z[i] - x[i]


@elementwise
def schedule_free_adamw(  # type: ignore[no-untyped-def]
    t, x, g, step, lr, z: Slot, v: Slot, weight_sum: NumberSlot, max_lr: NumberSlot,
    beta1, beta2, eps, weight_lr_power, warmup_steps, lag, decay_z, decay_y,
):  # fmt: skip
    c2 = 1.0 - power(beta2, t)
    for i in range(x.size):
        fast = x[i] if isnan(z[i]) else z[i]
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i]
        max_lr[i] = max(max_lr[i], lr[i] * warmed(t, warmup_steps))
        weight = max_lr[i] ** weight_lr_power
        weight_sum[i] += weight
        share = quotient_or_zero(weight, weight_sum[i])
        average = (x[i] - lr[i] * decay_y * x[i] - (1.0 - beta1) * fast) / beta1
        direction = g[i] / (sqrt(v[i] / c2) + eps)
        z[i] = fast - lr[i] * warmed(t - lag, warmup_steps) * (direction + decay_z * x[i])
        average = (1.0 - share) * average + share * z[i]
        step[i] = beta1 * average + (1.0 - beta1) * z[i] - x[i]


POINT = replace(BETA1, meaning="how near to the average the point is where the gradient is computed; more than 0")
POWER = Hyperparameter(
    "weight_lr_power", "the weight of a step in the average is the largest learning rate so far to this power", 2.0, minimum=0.0
)
WARMUP_STEPS = Hyperparameter("warmup_steps", "the learning rate grows over so many steps; 0: no warm-up", 0.0, minimum=0.0, whole=True)
WARMUP_START = Hyperparameter(
    "warmup_start",
    "the learning rate of the first step with a warm-up: zero: 0; first: lr / warmup_steps",
    "zero",
    choices=("zero", "first"),
)
DECAY_AT = Hyperparameter(
    "decay_at",
    "z: weight_decay * params is added to the direction of z; y: lr * weight_decay * params is subtracted from the params",
    "z",
    choices=("z", "y"),
)
DECAYS = (replace(WEIGHT_DECAY, meaning="strength of the decay; decay_at says where"), DECAY_AT)


def terms(settings: RuleSettings) -> dict[str, float]:
    """What both kernels share."""
    at_z = settings["decay_at"] == "z"
    return {
        **{name: settings[name] for name in ("beta1", "weight_lr_power", "warmup_steps")},
        "lag": settings["warmup_start"] == "zero",
        "decay_z": settings["weight_decay"] if at_z else 0.0,
        "decay_y": 0.0 if at_z else settings["weight_decay"],
    }


def check_point(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """The average is found from the params by a division by beta1."""
    return [] if settings["beta1"] > 0 else [Fault(("beta1",), "expected a number above 0: the average is found by a division by beta1")]


SLOTS = {
    "z": "the fast params",
    "weight_sum": "sum of the weights of the average so far, one number",
    "max_lr": "largest learning rate so far, one number",
}
NOTES = "The params are y, where the gradient is computed. Evaluate a model at the average x = (y - (1 - beta1) z) / beta1."

SCHEDULE_FREE_SGD = Optimizer(
    name="schedule_free_sgd",
    title="Schedule-Free gradient descent",
    idea="Take gradients between fast params and their average: the average does what a falling learning rate would do.",
    authors=("Defazio", "Yang", "Mehta", "Mishchenko", "Khaled", "Cutkosky"),
    year=2024,
    formula=r"z \leftarrow z - \eta\,(g + \lambda y),\quad x \leftarrow (1-c)\,x + c\,z,\quad y \leftarrow (1-\beta_1)\,z + \beta_1 x,"
    r"\quad c = \frac{\eta_{\max}^2}{\sum \eta_{\max}^2}",
    source="arXiv:2405.15682; optax contrib schedule_free_sgd",
    hyperparameters=(LR, POINT, POWER, WARMUP_STEPS, WARMUP_START, *DECAYS),
    bind=lambda settings: Rule(schedule_free_sgd, terms(settings), starts={"z": FROM_PARAMS}),
    kernels=(schedule_free_sgd,),
    slot_meanings=SLOTS,
    check=check_point,
    notes=NOTES,
)

SCHEDULE_FREE_ADAMW = Optimizer(
    name="schedule_free_adamw",
    title="Schedule-Free AdamW",
    idea="Schedule-Free SGD with the steps of AdamW: no schedule of the learning rate is needed.",
    authors=("Defazio", "Yang", "Mehta", "Mishchenko", "Khaled", "Cutkosky"),
    year=2024,
    formula=r"v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad "
    r"z \leftarrow z - \eta\left(\frac{g}{\sqrt{v/(1-\beta_2^t)}+\epsilon} + \lambda y\right),\quad "
    r"x \leftarrow (1-c)\,x + c\,z,\quad y \leftarrow (1-\beta_1)\,z + \beta_1 x",
    source="arXiv:2405.15682; keras/src/optimizers/schedule_free_adamw.py; optax contrib schedule_free_adamw",
    hyperparameters=(LR, POINT, BETA2, replace(EPS, meaning="small number added to the root"), POWER, WARMUP_STEPS, WARMUP_START, *DECAYS),
    bind=lambda settings: Rule(
        schedule_free_adamw, {**terms(settings), "beta2": settings["beta2"], "eps": settings["eps"]}, starts={"z": FROM_PARAMS}
    ),
    kernels=(schedule_free_adamw,),
    slot_meanings={**SLOTS, "v": "running average of squared gradients"},
    check=check_point,
    notes=NOTES + " In keras each step has the same weight (weight_lr_power 0).",
)
