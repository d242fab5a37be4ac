"""GET /optimizers: what there is, and everything that is known of each; and what the pages of the catalogue have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, get_args

from flask import Blueprint, Response, request

from ..engine import VERSION
from ..engine.conventions import CONVENTIONS, Row
from ..engine.conventions.differences import default_in, differences, rows_of
from ..engine.conventions.resolve import default_convention
from ..engine.optimizers import FAMILIES_BY_KIND, KINDS, OPTIMIZERS, Hyperparameter, Optimizer
from ..engine.optimizers.declaration import LARGEST
from ..engine.optimizers.kinds import Needs
from ..engine.optimizers.wrapping import WRAPPERS
from ..engine.reading.faults import Fault, unknown
from ..engine.reading.faults import plain as plainly
from ..grading.solutions.solution import is_written
from .answers.catalogue_answer import OptimizerPageSchema, OptimizersSchema
from .documentation import Documented, Json
from .mathml import mathml
from .negotiation import JSON, ask_nothing, asked, chosen, json_bytes
from .openapi.vocabulary import one_of
from .problems import ApiProblem, invalid

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
    """A page of the catalogue that takes no query."""
    chosen([JSON])
    ask_nothing()
    return tagged(make())


#: What the list can be narrowed to: by each parameter of the query, the values that it may have.
FILTERS: Mapping[str, tuple[str, ...]] = {"kind": tuple(KINDS), "convention": tuple(CONVENTIONS), "needs": get_args(Needs)}


def filter_parameters() -> tuple[Json, ...]:
    """What openapi.yaml says of the query."""
    told = {"kind": "only the optimizers of a kind", "convention": "only those of a convention", "needs": "only those that need this"}
    return tuple({"name": name, "in": "query", "schema": one_of(FILTERS[name]), "description": text} for name, text in told.items())


@blueprint.get("/optimizers")
@Documented(tag="catalogue", content={JSON: OptimizersSchema}, parameters=filter_parameters(), problems=PAGE, has_etag=True)
def optimizers() -> Response:
    """List the optimizers, all of them or those that the query asks for."""
    chosen([JSON])
    query, faults = asked(*FILTERS)
    known = {name: value for name, value in query.items() if name in FILTERS}
    faults += [Fault(("query", name), unknown(name, value, FILTERS[name])) for name, value in known.items() if value not in FILTERS[name]]
    if faults:
        raise invalid(faults)
    return tagged(_optimizers(**known))


@blueprint.get("/optimizers/<name>")
@Documented(tag="catalogue", content={JSON: OptimizerPageSchema}, parameters=(NAME,), problems=(*PAGE, 404), has_etag=True)
def optimizer(name: str) -> Response:
    """Give everything about one optimizer."""
    return page(lambda: _optimizer(known_name("optimizer", name, _optimizer_names(), OPTIMIZERS)))


@cache
def _optimizer_names() -> dict[str, str]:
    """Every name that some convention knows, as it is looked up, and the catalogue's own, which hold where a framework's is the same."""
    known = {plainly(name): row.optimizer for convention in CONVENTIONS.values() for row in convention.rows for name in row.names}
    return known | {plainly(name): name for name in OPTIMIZERS}


def known_name(what: str, name: str, own: Mapping[str, str], listed: Iterable[str]) -> str:
    """The catalogue's own name for `name`; raises ApiProblem 404 with the nearest."""
    if plainly(name) not in own:
        raise ApiProblem(404, "not-found", f"There is no such {what}", unknown(what, name, listed, own))
    return own[plainly(name)]


@cache
def _optimizers(kind: str | None = None, convention: str | None = None, needs: str | None = None) -> bytes:
    listed = [
        entry
        for entry in OPTIMIZERS.values()
        if kind in (None, kind_of(entry)) and convention in (None, *conventions_of(entry.name)) and needs in (None, *entry.needs)
    ]
    entries = [
        {
            "name": entry.name,
            "title": entry.title,
            "authors": list(entry.authors),
            "year": entry.year,
            "kind": kind_of(entry),
            "needs": list(entry.needs),
            "conventions": conventions_of(entry.name),
            "default_convention": default_convention(entry.name),
            "href": f"/optimizers/{entry.name}",
        }
        for entry in listed
    ]
    kinds = [{"name": name, "title": family.title, "meaning": family.meaning} for name, family in FAMILIES_BY_KIND.items()]
    around = [wrapper(each) for each in WRAPPERS.values()]
    return json_bytes({"optimizers": entries, "kinds": kinds, "wrappers": around, "engine": VERSION})


def kind_of(entry: Optimizer) -> str:
    """The kind that an optimizer is of."""
    return next(kind for kind, entries in KINDS.items() if entry in entries)


def wrapper(h: Hyperparameter) -> dict[str, Any]:
    """A member that may stand beside every optimizer's name."""
    return {"name": h.name, "meaning": h.meaning, "type": h.type, **allowed(h), "default": h.default}


@cache
def _optimizer(name: str) -> bytes:
    entry = OPTIMIZERS[name]
    return json_bytes(
        {
            "name": name,
            "title": entry.title,
            "idea": entry.idea,
            "authors": list(entry.authors),
            "year": entry.year,
            "kind": kind_of(entry),
            "formula": entry.formula,
            "formula_mathml": mathml(entry.formula),
            "worked_solution": all(map(is_written, entry.kernels)),
            "source": entry.source,
            "notes": entry.notes,
            "needs": list(entry.needs),
            "norm": entry.norm,
            "default_convention": default_convention(name),
            "hyperparameters": [hyperparameter(entry, h) for h in entry.hyperparameters],
            "slots": [slot(entry, name) for name in dict.fromkeys(slot for kernel in entry.kernels for slot in kernel.slots)],
            "conventions": [convention(entry, row, name) for name, row in rows_of(name).items()],
            "engine": VERSION,
        }
    )


def conventions_of(name: str) -> list[str]:
    return list(rows_of(name))


def hyperparameter(entry: Optimizer, h: Hyperparameter) -> dict[str, Any]:
    """Meaning, range, and the default in each convention; null where it must be given, or follows from another."""
    return {"name": h.name, "meaning": h.meaning, "type": h.type, **allowed(h), "defaults": defaults(entry, h)}


def allowed(h: Hyperparameter) -> dict[str, Any]:
    """What a hyperparameter may be."""
    if h.type == "switch":
        return {"choices": list(h.allowed)}
    most = LARGEST if h.maximum is None and h.below is None else h.maximum
    return {"range": h.range, "minimum": h.minimum, "exclusive_minimum": h.above, "maximum": most, "exclusive_maximum": h.below}


def defaults(entry: Optimizer, h: Hyperparameter) -> dict[str, Any]:
    """The default of a hyperparameter in each convention that has the optimizer."""
    return {name: default_in(row, h) for name, row in rows_of(entry.name).items()}


def slot(entry: Optimizer, name: str) -> dict[str, Any]:
    """A slot and its shape."""
    kind = next(kernel.slot_kinds[name] for kernel in entry.kernels if name in kernel.slot_kinds)
    return {"name": name, "meaning": entry.slot_meanings.get(name, ""), "shape": kind.says}


def convention(entry: Optimizer, row: Row, name: str) -> dict[str, Any]:
    """How one convention writes the optimizer."""
    given = {**row.defaults, **row.derived}
    return {
        "name": name,
        "title": CONVENTIONS[name].title,
        "names": {known: dict(implied) for known, implied in row.names.items()},
        "arguments": {argument: list(meant.targets) for argument, meant in row.arguments.items()},
        "required": sorted(row.required | {h.name for h in entry.hyperparameters if h.default is None and h.name not in given}),
        "not_yet": list(row.absent),
        "differences": differences(entry.name, name),
        "notes": row.notes,
    }
