"""GET /schedules: the schedules of the learning rate, and how each framework writes them."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.optimizers import Hyperparameter
from ..engine.optimizers.declaration import LARGEST
from ..engine.reading.faults import plain, unknown
from ..engine.schedules import SCHEDULES, ScheduleKind
from ..engine.schedules.declaration import LR, Nested, NumberList, Parameter
from ..engine.schedules.frameworks import FRAMEWORKS, ScheduleRow
from .answers.schedules_answer import SchedulePageSchema, SchedulesSchema
from .catalogue import NAME, PAGE, tagged
from .documentation import Documented
from .negotiation import JSON, ask_nothing, chosen, json_bytes
from .problems import ApiProblem

blueprint = Blueprint("schedules", __name__)


@blueprint.get("/schedules")
@Documented(tag="catalogue", content={JSON: SchedulesSchema}, problems=PAGE, has_etag=True)
def schedules() -> Response:
    """List the schedules of the learning rate."""
    chosen([JSON])
    ask_nothing()
    return tagged(_schedules())


@blueprint.get("/schedules/<name>")
@Documented(tag="catalogue", content={JSON: SchedulePageSchema}, parameters=(NAME,), problems=(*PAGE, 404), has_etag=True)
def schedule(name: str) -> Response:
    """Give everything about one schedule."""
    chosen([JSON])
    ask_nothing()
    known = {plain(row.name): row.kind for framework in FRAMEWORKS.values() for row in framework.rows}
    known |= {plain(own): own for own in SCHEDULES}
    if plain(name) not in known:
        raise ApiProblem(404, "not-found", "There is no such schedule", unknown("schedule", name, SCHEDULES, known))
    return tagged(_schedule(known[plain(name)]))


@cache
def _schedules() -> bytes:
    entries = [
        {"name": kind.name, "title": kind.title, "conventions": _conventions(kind), "href": f"/schedules/{kind.name}"}
        for kind in SCHEDULES.values()
    ]
    return json_bytes({"schedules": entries, "engine": VERSION})


@cache
def _schedule(name: str) -> bytes:
    kind = SCHEDULES[name]
    return json_bytes(
        {
            "name": name,
            "title": kind.title,
            "meaning": kind.meaning,
            "formula": kind.latex,
            "source": kind.source,
            "needs": ["value"] if kind.remembers else [],
            "parameters": [_parameter(kind, each) for each in (*kind.parameters, *((LR,) if kind.takes_lr else ()))],
            "conventions": [
                {"name": framework.name, "schedule": row.name, "arguments": _arguments(row), "notes": row.notes}
                for framework in FRAMEWORKS.values()
                for row in framework.rows
                if row.kind == name
            ],
            "engine": VERSION,
        }
    )


def _conventions(kind: ScheduleKind) -> list[str]:
    return [name for name, framework in FRAMEWORKS.items() if any(row.kind == kind.name for row in framework.rows)]


def _parameter(kind: ScheduleKind, parameter: Parameter) -> dict[str, Any]:
    """A parameter: what it may be, and its default; null where it is needed, or where leaving it out says something."""
    told = {"name": parameter.name, "meaning": parameter.meaning, "required": parameter.name in kind.required, "default": parameter.default}
    return {**told, **_allowed(parameter)}


def _allowed(parameter: Parameter) -> dict[str, Any]:
    """The type of a parameter, and its range or choices."""
    if isinstance(parameter, Nested):
        return {"type": "schedules" if parameter.several else "schedule"}
    if isinstance(parameter, NumberList):
        return {"type": "numbers", "range": parameter.one.range}
    return {"type": "switch", "choices": list(parameter.allowed)} if parameter.type == "switch" else _numbers(parameter)


def _numbers(h: Hyperparameter) -> dict[str, Any]:
    most = LARGEST if h.maximum is None and h.below is None else h.maximum
    return {"type": "number", "range": h.range, "minimum": h.minimum, "maximum": most, "exclusive_maximum": h.below}


def _arguments(row: ScheduleRow) -> dict[str, Any]:
    """The arguments of a framework's schedule with their defaults, null where there is none."""
    return {argument.name: argument.default for argument in row.arguments}
