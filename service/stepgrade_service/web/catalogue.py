"""GET /optimizers and /objectives: what there is, and everything that is known of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request

from ..engine import VERSION
from ..engine.conventions import CONVENTIONS, Row
from ..engine.conventions.resolve import default_convention
from ..engine.objectives import OBJECTIVES
from ..engine.objectives.resolve import BY_NAME
from ..engine.objectives.resolve import Problem as ResolvedObjective
from ..engine.objectives.resolve import resolve as resolve_objective
from ..engine.optimizers import OPTIMIZERS, Hyperparameter, Optimizer
from ..engine.optimizers.declaration import LARGEST
from ..engine.reading.faults import plain as plainly
from ..engine.reading.faults import unknown
from .answers.catalogue_answer import ObjectivePageSchema, ObjectivesSchema, OptimizerPageSchema, OptimizersSchema
from .documentation import Documented, Json
from .negotiation import JSON, ask_nothing, chosen, json_bytes
from .problems import ApiProblem

blueprint = Blueprint("catalogue", __name__)

CACHE = "public, max-age=300"

#: The problems of a page of the catalogue, and the parameter in the path of one.
PAGE = (406, 422, 503)
NAME: Json = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def tagged(body: bytes, mimetype: str = JSON) -> Response:
    """An answer with an ETag, 304 where the client has it already; raises ApiProblem 412 where it asks for another."""
    answer = Response(body, mimetype=mimetype)
    answer.set_etag(sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = CACHE
    answer.make_conditional(request)
    if answer.status_code == 412:
        detail, current = "the ETag in If-Match is not the current one; send the request without If-Match", {"ETag": answer.headers["ETag"]}
        raise ApiProblem(412, "precondition-failed", "The version has changed", detail, headers=current)
    return answer


def page(make: Callable[[], bytes]) -> Response:
    """A page of the catalogue."""
    chosen([JSON])
    ask_nothing()
    return tagged(make())


@blueprint.get("/optimizers")
@Documented(tag="catalogue", content={JSON: OptimizersSchema}, problems=PAGE, has_etag=True)
def optimizers() -> Response:
    """List the optimizers."""
    return page(_optimizers)


@blueprint.get("/optimizers/<name>")
@Documented(tag="catalogue", content={JSON: OptimizerPageSchema}, parameters=(NAME,), problems=(*PAGE, 404), has_etag=True)
def optimizer(name: str) -> Response:
    """Give everything about one optimizer."""
    return page(lambda: _optimizer(_known("optimizer", name, _optimizer_names(), OPTIMIZERS)))


@blueprint.get("/objectives")
@Documented(tag="catalogue", content={JSON: ObjectivesSchema}, problems=PAGE, has_etag=True)
def objectives() -> Response:
    """List the objectives."""
    return page(_objectives)


@blueprint.get("/objectives/<name>")
@Documented(tag="catalogue", content={JSON: ObjectivePageSchema}, parameters=(NAME,), problems=(*PAGE, 404), has_etag=True)
def objective(name: str) -> Response:
    """Give everything about one objective, at its default parameters."""
    own = {known: entry.name for known, entry in BY_NAME.items()}
    return page(lambda: _objective(_known("objective", name, own, OBJECTIVES)))


@cache
def _optimizer_names() -> dict[str, str]:
    """Every name that some convention knows, as it is looked up, and the catalogue's own."""
    return {plainly(known): row.optimizer for c in CONVENTIONS.values() for row in c.rows for known in (row.optimizer, *row.names)}


def _known(what: str, name: str, own: Mapping[str, str], listed: Iterable[str]) -> str:
    """The catalogue's own name for `name`; raises ApiProblem 404 with the nearest."""
    if plainly(name) not in own:
        raise ApiProblem(404, "not-found", f"There is no such {what}", unknown(what, name, listed, own))
    return own[plainly(name)]


@cache
def _optimizers() -> bytes:
    entries = [
        {
            "name": entry.name,
            "title": entry.title,
            "conventions": conventions_of(entry.name),
            "default_convention": default_convention(entry.name),
            "href": f"/optimizers/{entry.name}",
        }
        for entry in OPTIMIZERS.values()
    ]
    return json_bytes({"optimizers": entries, "engine": VERSION})


@cache
def _optimizer(name: str) -> bytes:
    entry = OPTIMIZERS[name]
    return json_bytes(
        {
            "name": name,
            "title": entry.title,
            "formula": entry.formula,
            "source": entry.source,
            "notes": entry.notes,
            "needs": ["gradient", "objective"] if entry.asks_objective else ["gradient"],
            "norm": entry.norm,
            "default_convention": default_convention(name),
            "hyperparameters": [hyperparameter(entry, h) for h in entry.hyperparameters],
            "slots": [slot(entry, name) for name in dict.fromkeys(slot for kernel in entry.kernels for slot in kernel.slots)],
            "conventions": [convention(entry, row, name) for name, row in rows_of(name).items()],
            "engine": VERSION,
        }
    )


def rows_of(name: str) -> dict[str, Row]:
    """The conventions that have an optimizer, and their rows for it."""
    return {c.name: c.by_optimizer[name] for c in CONVENTIONS.values() if name in c.by_optimizer}


def conventions_of(name: str) -> list[str]:
    return list(rows_of(name))


def hyperparameter(entry: Optimizer, h: Hyperparameter) -> dict[str, Any]:
    """Meaning, range, and the default in each convention; null where it must be given."""
    allowed: dict[str, Any] = {"choices": list(h.allowed)} if h.type == "switch" else {"range": h.range}
    if h.type == "number":
        allowed |= {
            "minimum": h.minimum,
            "maximum": LARGEST if h.maximum is None and h.below is None else h.maximum,
            "exclusive_maximum": h.below,
        }
    return {"name": h.name, "meaning": h.meaning, "type": h.type, **allowed, "defaults": defaults(entry, h)}


def defaults(entry: Optimizer, h: Hyperparameter) -> dict[str, Any]:
    """The default of a hyperparameter in each convention that has the optimizer."""
    rows = rows_of(entry.name)
    return {name: None if h.name in row.required else row.defaults.get(h.name, h.default) for name, row in rows.items()}


def slot(entry: Optimizer, name: str) -> dict[str, Any]:
    """A slot and its shape."""
    kind = next(kernel.slot_kinds[name] for kernel in entry.kernels if name in kernel.slot_kinds)
    return {"name": name, "meaning": entry.slot_meanings.get(name, ""), "shape": kind.says}


def convention(entry: Optimizer, row: Row, name: str) -> dict[str, Any]:
    """How one convention writes the optimizer."""
    return {
        "name": name,
        "title": CONVENTIONS[name].title,
        "names": {known: dict(implied) for known, implied in row.names.items()},
        "arguments": {argument: list(meant.targets) for argument, meant in row.arguments.items()},
        "required": sorted(row.required | {h.name for h in entry.hyperparameters if h.default is None and h.name not in row.defaults}),
        "not_yet": list(row.absent),
        "notes": row.notes,
    }


@cache
def _objectives() -> bytes:
    entries = [
        {
            "name": entry.name,
            "title": entry.title,
            "dimension": entry.dimension,
            "starts": list(resolve_objective(entry.name).facts.starts),
            "href": f"/objectives/{entry.name}",
        }
        for entry in OBJECTIVES.values()
    ]
    return json_bytes({"objectives": entries, "engine": VERSION})


@cache
def _objective(name: str) -> bytes:
    entry, problem = OBJECTIVES[name], resolve_objective(name)
    facts = problem.facts
    return json_bytes(
        {
            "name": name,
            "title": entry.title,
            "formula": entry.formula,
            "source": entry.source,
            "notes": entry.notes,
            "dimension": entry.dimension,
            "dimensions": [entry.dimension or entry.least_dimension, entry.dimension or entry.most_dimension],
            "parameters": [
                {
                    "name": p.name,
                    "meaning": p.meaning,
                    "default": p.default,
                    "minimum": p.minimum,
                    "maximum": p.maximum,
                    "per_coordinate": p.per_coordinate,
                }
                for p in entry.parameters
            ],
            "objective": problem.echo,
            "window": _window(problem),
            "minima": [{"point": list(point), "value": value} for point, value in zip(facts.minima, facts.value_at_minima, strict=True)],
            "condition_number": facts.condition_number,
            "starts": {name: list(point) for name, point in facts.starts.items()},
            "variables": list(entry.variables) if entry.variables is not None else None,
            "smooth": entry.smooth,
            "bounded": entry.bounded,
            "separable": entry.separable,
            "engine": VERSION,
        }
    )


def _window(problem: ResolvedObjective) -> list[list[float]]:
    """From and to, for each coordinate."""
    return [list(span) for span in problem.facts.window]
