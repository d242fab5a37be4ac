"""From a schedule as somebody wrote it to its kernel, its numbers and the echo that says everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optimizers.declaration import LARGEST, Hyperparameter
from ..reading.bounds import MOST_STEPS, few_keys
from ..reading.faults import Collector, Fault, Refusal, plain, refuse, unknown
from ..reading.nulls import without_null
from ..reading.tensors import expected
from .catalogue import COMPOSED, EXPLICIT, SCHEDULES, packed
from .declaration import GIVEN, LR, MOST_NESTED, MOST_PIECES, Nested, Piece, Schedule, ScheduleKind, faults_of, read_value
from .frameworks.calls import CALL, uncalled
from .frameworks.translate import framework_of, names_elsewhere, translate
from .nesting import CHAIN, HOLD, JOIN, WARMUP

#: Where a learning rate of a list is wrong, so many are looked at at a time.
RATES_AT_A_TIME = 1000

CONSTANT = Schedule(EXPLICIT, np.empty(0), None, on=False)

BY_NAME = {plain(name): kind for name, kind in SCHEDULES.items()}


@dataclass(frozen=True)
class NamedSchedule:
    """A named schedule as read: its kind, its values, and the pieces that it is made of."""

    kind: ScheduleKind
    echo: dict[str, Any]
    pieces: tuple[Piece, ...]


def resolve(request: Any) -> Schedule:
    """Resolve a list of learning rates, `{"name": "inverse_time", "decay_rate": 0.1, ...}` or a framework's; raises Refusal."""
    if request is None:
        return CONSTANT
    if isinstance(request, list | tuple):
        return _explicit(request)
    if isinstance(request, str):
        try:
            return resolve({"name": request})
        except Refusal as refusal:
            raise refusal.of_a_name() from None
    written = _read(request)
    pieces, numbers = written.pieces, np.array(written.pieces[0].numbers, dtype=np.float64)
    sets_rates = any(piece.sets_rates for piece in pieces)
    if len(pieces) == 1 and pieces[0] == Piece(written.kind.name, pieces[0].numbers) and written.kind.kernel is not None:
        return Schedule(written.kind.kernel, numbers, written.echo, sets_rates=sets_rates, remembers=written.kind.remembers)
    if len(pieces) > MOST_PIECES:
        raise refuse(f"expected a schedule of at most {MOST_PIECES} parts, this one has {len(pieces)}")
    return Schedule(COMPOSED, packed(pieces), written.echo, sets_rates=sets_rates)


def rate_at(schedule: Schedule, step: int) -> float:
    """The learning rate after so many steps, of a schedule with rates of its own."""
    base, lr = np.ones(1), np.ones(1)
    schedule.kernel.call(step, base, schedule.parameters, lr)
    return float(lr[0])


def held(schedule: Schedule, steps: float) -> Schedule:
    """The schedule with each of its rates for so many steps; raises Refusal where it has too many schedules in one another."""
    return resolve({"name": HOLD, "steps": steps, "then": schedule.echo}) if steps > 1 else schedule


def _read(request: Any, depth: int = 0) -> NamedSchedule:
    """One of the named schedules, in the service's words or a framework's, with its parameters."""
    wanted = f"a list of learning rates or an object with a name, one of: {', '.join(SCHEDULES)}"
    if depth:
        wanted = f"an object with a name, one of: {', '.join(SCHEDULES)}"
    if isinstance(request, str) and depth:
        return _read({"name": request}, depth)
    if not isinstance(request, Mapping):
        raise refuse(expected(wanted, request))
    if depth > MOST_NESTED:
        raise refuse(f"expected at most {MOST_NESTED} schedules in one another")
    if many := few_keys(request):
        raise refuse(many)
    if CALL in request:
        return _called(request, depth)
    if framework_of(request, BY_NAME) is not None:
        return _own(translate(request, BY_NAME), depth)
    _hold_name(request, wanted)
    return _own({name: value for name, value in request.items() if name != "convention" or value is not None}, depth)


def _hold_name(request: Mapping[str, Any], wanted: str) -> None:
    """Raise Refusal where a schedule in the service's words has no known name."""
    if "name" not in request:
        raise refuse(f"expected {wanted}")
    if not isinstance(request["name"], str):
        raise refuse(expected(f"one of {', '.join(SCHEDULES)}", request["name"]), "name")
    if plain(request["name"]) not in BY_NAME:
        raise refuse(unknown("schedule", request["name"], SCHEDULES, also=names_elsewhere()), "name")


def _called(request: Mapping[str, Any], depth: int) -> NamedSchedule:
    """A schedule that is written as a call; what is wrong with its arguments is told at the call."""
    try:
        return _read(uncalled(request), depth)
    except Refusal as refusal:
        raise refusal.at_text(CALL, beside=("convention", *(key for key in request))) from None


def _own(request: Mapping[str, Any], depth: int) -> NamedSchedule:
    """A schedule in the service's words."""
    kind = BY_NAME[plain(request["name"])]
    if depth and kind.remembers:
        raise refuse(f"expected no {kind.name} inside another schedule: it stands alone", "name")
    names = {parameter.name for parameter in kind.parameters} | ({LR.name} if kind.takes_lr else set())
    request = without_null(request, names - kind.required)
    values, faults = _values(request, kind, sorted(names))
    nested, more = _nested(request, kind, depth)
    faults += more
    if not faults:
        faults += kind.check(values)
    if not faults and kind.name == JOIN:
        faults += _boundaries(values, nested["schedules"])
    if faults:
        raise Refusal(faults)
    lr = values.pop(LR.name, None)
    told = [(LR.name, lr)] if lr is not None else []
    shown = {parameter.name: _shown(parameter.name, values, nested) for parameter in kind.parameters if parameter is not LR}
    echo = {"name": kind.name, **dict(told), **{name: value for name, value in shown.items() if value is not None}}
    start = (Piece(GIVEN, (lr,)),) if lr is not None else ()
    return NamedSchedule(kind, echo, start + _pieces(kind, values, nested))


def _shown(name: str, values: Mapping[str, Any], nested: Mapping[str, list[NamedSchedule]]) -> Any:
    """A parameter as it is echoed; None where it was left out."""
    if name not in nested:
        return values.get(name)
    echoes = [each.echo for each in nested[name]]
    return echoes if name == "schedules" else next(iter(echoes), None)


def _pieces(kind: ScheduleKind, values: Mapping[str, Any], nested: Mapping[str, list[NamedSchedule]]) -> tuple[Piece, ...]:
    """What a schedule is made of."""
    if kind.name == WARMUP:
        steps = values["steps"]
        ramp = Piece("linear", (steps, values["start_factor"], 1.0), last=steps)
        return (ramp, *(piece.within(steps, float("inf")) for each in nested["then"] for piece in each.pieces))
    if kind.name == JOIN:
        edges = [0.0, *values["boundaries"], float("inf")]
        spans = zip(nested["schedules"], edges, edges[1:], strict=False)
        return tuple(piece.within(first, last) for each, first, last in spans for piece in each.pieces)
    if kind.name == CHAIN:
        return tuple(piece for each in nested["schedules"] for piece in each.pieces)
    if kind.name == HOLD:
        return tuple(piece.slowed(values["steps"]) for each in nested["then"] for piece in each.pieces)
    return (Piece(kind.name, tuple(float(number) for number in kind.numbers(values))),)


def _boundaries(values: Mapping[str, Any], schedules: Sequence[NamedSchedule]) -> list[Fault]:
    if len(values["boundaries"]) != len(schedules) - 1:
        told = f"expected one number less than the schedules, {len(schedules) - 1}; got {len(values['boundaries'])}"
        return [Fault(("boundaries",), told)]
    return []


def _nested(request: Mapping[str, Any], kind: ScheduleKind, depth: int) -> tuple[dict[str, list[NamedSchedule]], list[Fault]]:
    """The schedules in a schedule, and what is wrong with them."""
    read, faults = dict[str, list[NamedSchedule]](), Collector()
    for parameter in kind.nested:
        value = request.get(parameter.name)
        read[parameter.name] = []
        if parameter.several:
            wanted = f"a list of schedules, from 1 to {MOST_PIECES} of them"
            if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_PIECES:
                if parameter.name in request:
                    faults.add(f"expected {wanted}" if isinstance(value, list | tuple) else expected(wanted, value), parameter.name)
                continue
            for place, each in enumerate(value):
                with faults.at(parameter.name, place):
                    read[parameter.name].append(_read(each, depth + 1))
        elif parameter.name in request and (value is not None or parameter.name in kind.required):
            with faults.at(parameter.name):
                read[parameter.name].append(_read(value, depth + 1))
    return read, faults.faults


def _values(request: Mapping[str, Any], kind: ScheduleKind, names: Sequence[str]) -> tuple[dict[str, Any], list[Fault]]:
    """Every parameter of a schedule that is no schedule itself, and what is wrong with those given."""
    known = [parameter.name for parameter in kind.parameters]
    strange = [key for key in request if key != "name" and key not in names]
    faults = [Fault((key,), unknown(f"parameter of {kind.name}", key, known, before=before)) for before, key in enumerate(strange)]
    values = dict[str, Any]()
    for parameter in (*kind.parameters, *((LR,) if kind.takes_lr else ())):
        if parameter.name not in request and parameter.name in kind.required:
            faults.append(Fault((parameter.name,), f"expected a value: {parameter.meaning}"))
        elif isinstance(parameter, Nested) or (parameter.name not in request and (parameter.name in kind.optional or parameter is LR)):
            continue
        elif found := faults_of(parameter, request.get(parameter.name, parameter.default)):
            faults += found
        else:
            values[parameter.name] = read_value(request.get(parameter.name, parameter.default))
    return values, faults


def _explicit(request: list[Any] | tuple[Any, ...]) -> Schedule:
    """A list of learning rates, one a step."""
    if len(request) > MOST_STEPS:
        raise refuse(f"expected at most {MOST_STEPS} learning rates, got {len(request)}")
    rates = _rates(request)
    if rates is None:
        raise Refusal(_wrong_rates(request))
    return Schedule(EXPLICIT, rates, rates.tolist(), length=len(request), sets_rates=True)


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
