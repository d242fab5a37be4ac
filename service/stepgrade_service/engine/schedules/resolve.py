"""From a schedule as somebody wrote it to its kernel, its numbers and the echo that says everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers.declaration import LARGEST, Hyperparameter
from ..reading.bounds import MOST_STEPS, few_keys
from ..reading.faults import Collector, Fault, Refusal, refuse, unknown
from ..reading.nulls import without_null
from ..reading.tensors import expected
from .declaration import Schedule, ScheduleKind
from .kernels import EXPLICIT, SCHEDULES

#: Where a learning rate of a list is wrong, so many are looked at at a time.
RATES_AT_A_TIME = 1000

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
    return _named(request)


def _named(request: Any) -> Schedule:
    """One of the named schedules, with its parameters."""
    wanted = f"a list of learning rates or an object with a name, one of: {', '.join(SCHEDULES)}"
    if not isinstance(request, Mapping):
        raise refuse(expected(wanted, request))
    if "name" not in request:
        raise refuse(f"expected {wanted}")
    if not isinstance(request["name"], str):
        raise refuse(expected(f"one of {', '.join(SCHEDULES)}", request["name"]), "name")
    if many := few_keys(request):
        raise refuse(many)
    kind = SCHEDULES.get(request["name"])
    if kind is None:
        raise refuse(unknown("schedule", request["name"], SCHEDULES), "name")
    optional = {parameter.name for parameter in kind.parameters} - kind.required
    values, faults = _values(without_null(request, optional), kind)
    if faults:
        raise Refusal(faults)
    return Schedule(kind.kernel, np.array([float(v) for v in values.values()]), {"name": kind.name, **values})


def _explicit(request: list[Any] | tuple[Any, ...]) -> Schedule:
    """A list of learning rates, one a step."""
    if len(request) > MOST_STEPS:
        raise refuse(f"expected at most {MOST_STEPS} learning rates, got {len(request)}")
    rates = _rates(request)
    if rates is None:
        raise Refusal(_wrong_rates(request))
    return Schedule(EXPLICIT, rates, rates.tolist(), length=len(request))


def _wrong_rates(request: list[Any] | tuple[Any, ...]) -> list[Fault]:
    """Where there are learning rates that are none."""
    if not request:
        return [Fault((), "expected at least one learning rate")]
    rate, faults = Hyperparameter("lr", "learning rate", minimum=0.0), Collector()
    for first in range(0, len(request), RATES_AT_A_TIME):
        some = request[first : first + RATES_AT_A_TIME]
        for index, value in enumerate(some if _rates(some) is None else (), start=first):
            if detail := rate.fault(value):
                faults.add(detail, index)
        if faults.is_full:
            break
    return faults.faults


def _rates(request: list[Any] | tuple[Any, ...]) -> NDArray[np.float64] | None:
    """Learning rates that are all right, read at once; None where one of them is not."""
    if not request or not set(map(type, request)) <= {int, float}:
        return None
    try:
        rates = np.array(request, dtype=np.float64)
    except OverflowError:
        return None
    return rates if (rates >= 0.0).all() and (rates <= LARGEST).all() else None


def _values(request: Mapping[str, Any], kind: ScheduleKind) -> tuple[dict[str, Any], list[Fault]]:
    """Every parameter of a schedule, and what is wrong with those given."""
    names = [parameter.name for parameter in kind.parameters]
    strange = [key for key in request if key != "name" and key not in names]
    faults = [Fault((key,), unknown(f"parameter of {kind.name}", key, names, before=before)) for before, key in enumerate(strange)]
    values = dict[str, Any]()
    for parameter in kind.parameters:
        value = request.get(parameter.name, parameter.default)
        if parameter.name not in request and parameter.name in kind.required:
            faults.append(Fault((parameter.name,), f"expected a value: {parameter.meaning}"))
        elif detail := parameter.fault(value):
            faults.append(Fault((parameter.name,), detail))
        else:
            values[parameter.name] = value if isinstance(value, bool) else float(value)
    return values, faults
