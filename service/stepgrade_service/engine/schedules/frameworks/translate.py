"""From a schedule in a framework's words to the same in the service's own."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ...reading.bounds import few_keys
from ...reading.faults import Collector, Fault, Refusal, plain, refuse, unknown
from ...reading.nulls import without_null
from ...reading.tensors import expected, is_number
from ..declaration import MOST_LISTED, MOST_NESTED, MOST_PIECES, Nested, faults_of, read_value
from . import FRAMEWORKS
from .declaration import Argument, FrameworkSchedules, ListOfArguments, ScheduleRow, StepsAndNumbers

#: How keras serializes: a class, and its arguments by themselves.
CLASS, CONFIG = "class_name", "config"


def framework_of(request: Mapping[str, Any], own: Container[str]) -> str | None:
    """The framework in whose words a schedule is written; None where they are the service's own, or nobody's. Raises Refusal."""
    asked = request.get("convention")
    if asked is not None:
        if not isinstance(asked, str):
            raise refuse(expected(f"one of {', '.join(FRAMEWORKS)}", asked), "convention")
        if plain(asked) not in FRAMEWORKS:
            told = f"{unknown('convention of schedules', asked, FRAMEWORKS)}. Leave it out for the service's own schedules"
            raise refuse(told, "convention")
        return plain(asked)
    if CLASS in request:
        return "keras"
    name = request.get("name")
    if not isinstance(name, str) or plain(name) in own:
        return None
    having = [each.name for each in FRAMEWORKS.values() if plain(name) in each.by_name or plain(name) in each.refused_by_name]
    if len(having) > 1:
        raise refuse(f"{' and '.join(having)} have a schedule of this name: say which, as convention", "name")
    return next(iter(having), None)


def names_elsewhere() -> list[str]:
    """The names that the frameworks have."""
    return [row.name for framework in FRAMEWORKS.values() for row in framework.rows]


def translate(request: Mapping[str, Any], own: Container[str], inherited: str | None = None, depth: int = 0) -> dict[str, Any]:
    """The service's schedule that a framework's stands for; raises Refusal with every fault, told in the framework's words."""
    if many := few_keys(request):
        raise refuse(many)
    if depth > MOST_NESTED:
        raise refuse(f"expected at most {MOST_NESTED} schedules in one another")
    framework = FRAMEWORKS[framework_of(request, ()) or inherited or "keras"]
    name_key = CLASS if CLASS in request else "name"
    row = row_of(request, name_key, framework)
    written, path = _arguments(request, name_key, framework)
    try:
        values = _values(written, row, framework, own, depth)
    except Refusal as refusal:
        raise refusal.under(*path) if path else refusal from None
    return row.owned(values)


def row_of(request: Mapping[str, Any], key: str, framework: FrameworkSchedules) -> ScheduleRow:
    """The framework's schedule of that name."""
    if key not in request:
        raise refuse(f"expected a name, one of: {', '.join(row.name for row in framework.rows)}", key)
    name = request[key]
    if not isinstance(name, str):
        raise refuse(expected("a string", name), key)
    if reason := framework.refused_by_name.get(plain(name)):
        raise refuse(reason, key)
    if plain(name) not in framework.by_name:
        elsewhere = [other.name for other in FRAMEWORKS.values() if plain(name) in other.by_name]
        if elsewhere:
            raise refuse(f"{framework.name} has no {name}; these conventions have it: {', '.join(elsewhere)}", key)
        raise refuse(unknown(f"schedule of {framework.name}", name, [row.name for row in framework.rows]), key)
    return framework.by_name[plain(name)]


def _arguments(request: Mapping[str, Any], key: str, framework: FrameworkSchedules) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """What stands for arguments, and where: beside the name, or under `config` as keras serializes it."""
    if key == CLASS:
        config = request.get(CONFIG)
        strange = [name for name in request if name not in (CLASS, CONFIG, "convention", *framework.ignored)]
        if strange:
            raise Refusal([Fault((name,), unknown("key", name, (CLASS, CONFIG, *sorted(framework.ignored)))) for name in strange])
        if not isinstance(config, Mapping):
            raise refuse(expected("an object of arguments", config) if CONFIG in request else "expected an object of arguments", CONFIG)
        if many := few_keys(config):
            raise refuse(many, CONFIG)
        return {name: value for name, value in config.items() if name != "name"}, (CONFIG,)
    return {name: value for name, value in request.items() if name not in ("name", "convention")}, ()


def _values(written: Mapping[str, Any], row: ScheduleRow, framework: FrameworkSchedules, own: Container[str], depth: int) -> dict[str, Any]:
    """The arguments as read, defaults included; raises Refusal with every fault."""
    arguments = {argument.name: argument for argument in row.arguments}
    written = without_null(written, {*arguments, *row.absent} - row.required)
    faults, values = Collector(), dict[str, Any]()
    for before, (name, value) in enumerate(written.items()):
        if name in row.absent:
            if not any(type(value) is type(known) and value == known for known in row.absent[name]):
                told = f"{framework.name}'s {row.name} has {name}; this service does not have it yet"
                faults.add(row.needed.get(name, told), name)
        elif name not in arguments:
            faults.add(unknown(f"argument of {row.name}", name, [*arguments, *row.absent], before=before), name)
    for name, told in row.needed.items():
        if name not in written:
            faults.add(told, name)
    for name, argument in arguments.items():
        if name not in written and name in row.required:
            faults.add(f"expected a value: {argument.meaning}", name)
        elif name in written or argument.default is not None:
            with faults.at(name):
                values[name] = _read(argument, written.get(name, argument.default), row, framework, own, depth)
    faults.settle()
    faults.gather(row.check(values))
    faults.settle()
    return values


def _read(argument: Argument, value: Any, row: ScheduleRow, framework: FrameworkSchedules, own: Container[str], depth: int) -> Any:
    """An argument's value; raises Refusal."""
    if isinstance(argument, Nested):
        return _children(value, row, framework, own, depth)
    if isinstance(argument, StepsAndNumbers):
        return _steps_and_numbers(value)
    if isinstance(argument, ListOfArguments):
        return _rounds(argument, value, framework, own, depth)
    if found := faults_of(argument, value):
        raise Refusal(Fault(fault.path[1:], fault.detail) for fault in found)
    return read_value(value)


def _children(value: Any, row: ScheduleRow, framework: FrameworkSchedules, own: Container[str], depth: int) -> list[dict[str, Any]]:
    """The schedules in a schedule, each in its framework's words or in the service's own."""
    wanted = f"a list of schedules, from 1 to {MOST_PIECES} of them"
    if not isinstance(value, list | tuple):
        raise refuse(expected(wanted, value))
    if not 1 <= len(value) <= MOST_PIECES:
        raise refuse(f"expected {wanted}")
    faults, read = Collector(), list[dict[str, Any]]()
    for place, each in enumerate(value):
        with faults.at(place):
            if not isinstance(each, Mapping):
                raise refuse(expected("a schedule, an object with a name", each))
            if row.children is not None and plain(str(each.get("name"))) not in map(plain, row.children):
                told = f"expected one of {', '.join(sorted(row.children))}: {row.why_not}"
                raise refuse(told, "name")
            read.append(translate(each, own, framework.name, depth + 1))
    faults.settle()
    return read


def _steps_and_numbers(value: Any) -> dict[str, float]:
    wanted = f'an object of numbers by steps such as {{"10": 0.5}}, at most {MOST_LISTED}'
    if not isinstance(value, Mapping):
        raise refuse(expected(wanted, value))
    if len(value) >= MOST_LISTED:
        raise refuse(f"expected {wanted}")
    faults = Collector()
    for step, scale in value.items():
        if not (isinstance(step, str) and step.isascii() and step.isdecimal() and len(step) <= 15):
            faults.add('expected a number of steps, such as "10"', step)
        if not is_number(scale):
            faults.add(expected("a number", scale), step)
        elif not 0 <= scale <= 1e300:
            faults.add("expected a number of at least 0", step)
    faults.settle()
    return {step: float(scale) for step, scale in value.items()}


def _rounds(argument: ListOfArguments, value: Any, framework: FrameworkSchedules, own: Container[str], depth: int) -> list[dict[str, Any]]:
    """The arguments of each of several schedules of one kind."""
    wanted = f"a list of objects, from 1 to {MOST_PIECES} of them, each with the arguments of {argument.of}"
    if not isinstance(value, list | tuple):
        raise refuse(expected(wanted, value))
    if not 1 <= len(value) <= MOST_PIECES:
        raise refuse(f"expected {wanted}")
    faults, read = Collector(), list[dict[str, Any]]()
    row = framework.by_name[plain(argument.of)]
    for place, each in enumerate(value):
        with faults.at(place):
            if not isinstance(each, Mapping):
                raise refuse(expected("an object", each))
            if many := few_keys(each):
                raise refuse(many)
            read.append(_values(each, row, framework, own, depth + 1))
    faults.settle()
    return read
