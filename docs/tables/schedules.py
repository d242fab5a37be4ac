"""Tables of schedules and of kinds of noise."""

from __future__ import annotations

from stepgrade_service.engine.conventions.differences import written as shown
from stepgrade_service.engine.running.noises import LAWS
from stepgrade_service.engine.schedules import SCHEDULES, ScheduleKind
from stepgrade_service.engine.schedules.declaration import Parameter
from stepgrade_service.engine.schedules.frameworks import FRAMEWORKS, ScheduleRow
from stepgrade_service.engine.schedules.frameworks.declaration import Argument

from .markdown import GIVEN, NONE, code, table


def schedules() -> str:
    """The schedules of the learning rate."""
    return table(["name", "rate of the step after `s` steps", "parameters"], [_schedule(kind) for kind in SCHEDULES.values()])


def _schedule(kind: ScheduleKind) -> list[str]:
    parameters = [f"{code(p.name)} ({_schedule_default(kind, p)}): {p.meaning}" for p in kind.parameters]
    formula = code(kind.formula) if kind.kernel is not None else kind.meaning
    return [code(kind.name), formula, "<br>".join(parameters)]


def _schedule_default(kind: ScheduleKind, parameter: Parameter) -> str:
    if parameter.name in kind.required:
        return GIVEN
    return NONE if parameter.default is None else shown(parameter.default)


def framework_schedules() -> str:
    """The frameworks' schedules, and what they are here."""
    rows = []
    for framework in FRAMEWORKS.values():
        for row in framework.rows:
            arguments = [f"{argument.name}={_framework_default(row, argument)}" for argument in row.arguments]
            rows.append([framework.name, code(row.name), code(", ".join(arguments)), code(row.kind), row.notes or NONE])
    return table(["convention", "name", "arguments", "here", "notes"], rows)


def _framework_default(row: ScheduleRow, argument: Argument) -> str:
    if argument.name in row.required:
        return "required"
    return "none" if argument.default is None else shown(argument.default)


def noises() -> str:
    """The kinds of noise."""
    rows = []
    for law in LAWS.values():
        members = "<br>".join(f"{code(p.name)}: {p.meaning} ({p.range.removeprefix('a number of ')})" for p in law.parameters)
        rows.append([code(law.name), law.meaning, members, law.source or NONE])
    return table(["kind", "what it does", "members", "source"], rows)
