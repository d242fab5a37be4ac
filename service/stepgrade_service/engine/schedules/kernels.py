"""Learning-rate schedules: how the rate of a step follows from the steps taken before it."""

from __future__ import annotations

from math import cos, floor, pi

from ..compiled.jit import Kernel, compiled
from ..compiled.signatures import SCHEDULE
from ..optimizers.declaration import Hyperparameter
from .declaration import ScheduleKind, entry


@compiled
def explicit(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = parameters[s]"""
    for i in range(lr.size):
        lr[i] = parameters[s]


@compiled
def inverse_time(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base / (1 + decay_rate s / decay_steps), s / decay_steps rounded down with staircase"""
    decay_rate, decay_steps, staircase = parameters
    spent = floor(s / decay_steps) if staircase else s / decay_steps
    for i in range(lr.size):
        lr[i] = base[i] / (1.0 + decay_rate * spent)


@compiled
def step(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base gamma^floor(s / step_size)"""
    step_size, gamma = parameters
    factor = gamma ** floor(s / step_size)
    for i in range(lr.size):
        lr[i] = base[i] * factor


@compiled
def exponential(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = base decay_rate^(s / decay_steps), the exponent rounded down with staircase"""
    decay_rate, decay_steps, staircase = parameters
    spent = floor(s / decay_steps) if staircase else s / decay_steps
    factor = decay_rate**spent
    for i in range(lr.size):
        lr[i] = base[i] * factor


@compiled
def cosine(s, base, parameters, lr):  # type: ignore[no-untyped-def]
    """lr = lr_min + (base - lr_min) (1 + cos(pi min(s, decay_steps) / decay_steps)) / 2"""
    decay_steps, lr_min = parameters
    share = (1.0 + cos(pi * min(float(s), decay_steps) / decay_steps)) / 2.0
    for i in range(lr.size):
        lr[i] = lr_min + (base[i] - lr_min) * share


_DECAY_STEPS = Hyperparameter("decay_steps", "number of steps in one unit of decay", 1.0, minimum=1.0, whole=True)
_STAIRCASE = Hyperparameter("staircase", "whether the rate changes only after whole units of decay", False)

SCHEDULES: dict[str, ScheduleKind] = {
    kind.name: kind
    for kind in (
        entry(
            inverse_time,
            Hyperparameter("decay_rate", "how much each unit of decay adds to the divisor", minimum=0.0),
            _DECAY_STEPS,
            _STAIRCASE,
            required=("decay_rate",),
        ),
        entry(
            step,
            Hyperparameter("step_size", "steps between two drops", minimum=1.0, whole=True),
            Hyperparameter("gamma", "factor of each drop", 0.1, minimum=0.0),
            required=("step_size",),
        ),
        entry(
            exponential,
            Hyperparameter("decay_rate", "factor of each unit of decay", minimum=0.0),
            _DECAY_STEPS,
            _STAIRCASE,
            required=("decay_rate",),
        ),
        entry(
            cosine,
            Hyperparameter("decay_steps", "steps after which the rate stays at lr_min", minimum=1.0, whole=True),
            Hyperparameter("lr_min", "the rate at the end", 0.0, minimum=0.0),
            required=("decay_steps",),
        ),
    )
}

EXPLICIT = Kernel(explicit, SCHEDULE)
