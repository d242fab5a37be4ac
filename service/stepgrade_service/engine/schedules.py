"""Learning-rate schedules: how the rate of a step follows from the steps taken before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import cos, floor, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Kernel, compiled
from .faults import Fault, Refusal, refuse, unknown
from .loop import SCHEDULE_SIGNATURE
from .optimizers.declaration import Hyperparameter


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


@dataclass(frozen=True)
class ScheduleKind:
    """One entry of the catalogue of schedules; its parameters stand in the order in which the kernel takes them."""

    name: str
    formula: str
    kernel: Kernel
    parameters: tuple[Hyperparameter, ...]
    required: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()


def _entry(function: Callable[..., None], *parameters: Hyperparameter, required: tuple[str, ...] = ()) -> ScheduleKind:
    formula = (function.__doc__ or "").strip()
    kernel = Kernel(function, SCHEDULE_SIGNATURE)
    whole = frozenset({"decay_steps", "step_size"}) & {parameter.name for parameter in parameters}
    return ScheduleKind(function.__name__, formula, kernel, parameters, frozenset(required), whole)


_DECAY_STEPS = Hyperparameter("decay_steps", "how many steps one unit of decay takes", 1.0, minimum=1.0)
_STAIRCASE = Hyperparameter("staircase", "decay in whole units only", False)

SCHEDULES: dict[str, ScheduleKind] = {
    entry.name: entry
    for entry in (
        _entry(
            inverse_time,
            Hyperparameter("decay_rate", "how much a unit of decay adds to the divisor", minimum=0.0),
            _DECAY_STEPS,
            _STAIRCASE,
            required=("decay_rate",),
        ),
        _entry(
            step,
            Hyperparameter("step_size", "steps between two drops", minimum=1.0),
            Hyperparameter("gamma", "factor of each drop", 0.1, minimum=0.0),
            required=("step_size",),
        ),
        _entry(
            exponential,
            Hyperparameter("decay_rate", "factor of a unit of decay", minimum=0.0),
            _DECAY_STEPS,
            _STAIRCASE,
            required=("decay_rate",),
        ),
        _entry(
            cosine,
            Hyperparameter("decay_steps", "steps after which the rate stays at lr_min", minimum=1.0),
            Hyperparameter("lr_min", "the rate at the end", 0.0, minimum=0.0),
            required=("decay_steps",),
        ),
    )
}

EXPLICIT = Kernel(explicit, SCHEDULE_SIGNATURE)


@dataclass(frozen=True)
class Schedule:
    """A schedule as resolved: the kernel, its numbers, and the echo."""

    kernel: Kernel
    parameters: NDArray[np.float64]
    echo: Any
    on: bool = True
    length: int | None = field(default=None)


CONSTANT = Schedule(EXPLICIT, np.empty(0), None, on=False)


def resolve(request: Any) -> Schedule:
    """Resolve a list of learning rates or `{"name": "inverse_time", "decay_rate": 0.1, ...}`; raises Refusal."""
    if request is None:
        return CONSTANT
    if isinstance(request, list | tuple):
        return _explicit(request)
    if isinstance(request, str):
        try:
            return resolve({"name": request})
        except Refusal as refusal:
            raise refusal.of_a_name() from None
    if not isinstance(request, Mapping) or not isinstance(request.get("name"), str):
        raise refuse(f"expected a list of learning rates or an object with a name, one of: {', '.join(SCHEDULES)}")
    kind = SCHEDULES.get(request["name"])
    if kind is None:
        raise refuse(unknown("schedule", request["name"], SCHEDULES), "name")
    values, faults = _values(request, kind)
    if faults:
        raise Refusal(faults)
    return Schedule(kind.kernel, np.array([float(v) for v in values.values()]), {"name": kind.name, **values})


def _explicit(request: list[Any] | tuple[Any, ...]) -> Schedule:
    """A list of learning rates, one a step."""
    rate = Hyperparameter("lr", "learning rate", minimum=0.0)
    faults = [Fault((index,), detail) for index, value in enumerate(request) if (detail := rate.fault(value))]
    if not request:
        faults = [Fault((), "expected at least one learning rate")]
    if faults:
        raise Refusal(faults[:20])
    return Schedule(EXPLICIT, np.array(request, dtype=np.float64), [float(value) for value in request], length=len(request))


def _values(request: Mapping[str, Any], kind: ScheduleKind) -> tuple[dict[str, Any], list[Fault]]:
    """Every parameter of a schedule, and what is wrong with those given."""
    names = [parameter.name for parameter in kind.parameters]
    faults = [Fault((key,), unknown(f"parameter of {kind.name}", key, names)) for key in request if key != "name" and key not in names]
    values = dict[str, Any]()
    for parameter in kind.parameters:
        value = request.get(parameter.name, parameter.default)
        if parameter.name not in request and parameter.name in kind.required:
            faults.append(Fault((parameter.name,), f"expected a value: {parameter.meaning}"))
        elif detail := parameter.fault(value):
            faults.append(Fault((parameter.name,), detail))
        elif parameter.name in kind.whole and value != floor(value):
            faults.append(Fault((parameter.name,), "expected a whole number"))
        else:
            values[parameter.name] = value if isinstance(value, bool) else float(value)
    return values, faults
