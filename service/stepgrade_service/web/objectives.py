"""GET /objectives, and the facts of an objective: at its default parameters, with a query, or as posted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import orjson
from flask import Blueprint, Response, request

from ..engine import VERSION
from ..engine.objectives import KIND_OF, KINDS, OBJECTIVES, Objective
from ..engine.objectives.resolve import BY_NAME, MODEL_BY_NAME, Problem, resolve
from ..engine.reading.cost import Advice, Price
from ..engine.reading.faults import Collector, Fault, Refusal
from ..engine.reading.faults import plain as plainly
from . import pricing
from .answers.catalogue_answer import ObjectivePageSchema, ObjectivesSchema
from .catalogue import NAME, PAGE, known_name, page, tagged
from .documentation import Documented, Json
from .mathml import mathml
from .negotiation import JSON, answer, chosen, json_bytes, posted
from .negotiation import asked as queried
from .problems import ApiProblem, invalid
from .schemas import FactsRequest, read
from .transport import Stopwatch

blueprint = Blueprint("objectives", __name__)
schema = FactsRequest()

ADVICE = Advice(work="ask for fewer dimensions", at_work="objective", answer="ask for fewer dimensions", at_answer="objective")
OF_A_QUERY = replace(ADVICE, at_work="query", at_answer="query")

#: The work of writing a number, and of finding it.
A_NUMBER, A_FACT = 3.0, 10.0

EXAMPLE = {"objective": {"name": "quadratic", "condition": 50, "rotation": 45}}

#: A parameter in a query: a number, or a list of numbers with commas between, in brackets or not.
SEVERAL = re.compile(r"[^\[\]]*,[^\[\]]*")


def query_parameters() -> tuple[Json, ...]:
    """What openapi.yaml says of the query: the parameters that some objective has."""
    taken: dict[str, list[str]] = {}
    for entry in OBJECTIVES.values():
        for parameter in entry.parameters:
            taken.setdefault(parameter.name, []).append(entry.name)
    told = {name: f"a parameter of {', '.join(names)}: a number, or JSON" for name, names in taken.items()}
    described = {"dimension": "the number of dimensions, where the objective has any", **told}
    return tuple({"name": name, "in": "query", "schema": {"type": "string"}, "description": text} for name, text in described.items())


@blueprint.get("/objectives")
@Documented(tag="catalogue", content={JSON: ObjectivesSchema}, problems=PAGE, has_etag=True)
def objectives() -> Response:
    """List the objectives."""
    return page(_objectives)


@blueprint.get("/objectives/<name>")
@Documented(
    tag="catalogue", content={JSON: ObjectivePageSchema}, parameters=(NAME, *query_parameters()), problems=(*PAGE, 404), has_etag=True
)
def objective(name: str) -> Response:
    """Give everything about one objective, at its default parameters or at those of the query."""
    chosen([JSON])
    own = {known: entry.name for known, entry in BY_NAME.items()}
    if model := MODEL_BY_NAME.get(plainly(name)):
        raise ApiProblem(
            404, "not-found", f"{model.name} needs data", "GET /data lists it; post it with X and y to /objectives to get its facts"
        )
    known = known_name("objective", name, own, OBJECTIVES)
    return tagged(json_bytes(facts_of(_asked(OBJECTIVES[known]))) if request.query_string else _objective(known))


@blueprint.post("/objectives")
@Documented(tag="catalogue", content={JSON: ObjectivePageSchema}, request=FactsRequest, example=EXAMPLE)
def facts() -> Response:
    """Give everything about one objective, at the parameters that are posted."""
    chosen([JSON])
    _, wrong = queried()
    with Stopwatch("parse"):
        asked, wrong = read(schema, posted(), wrong)
        problem = _well_formed(asked, wrong)
        price = _price(problem)
        pricing.hold(price, Price(A_NUMBER * price.answer), ADVICE)
    return answer(facts_of(problem))


def _well_formed(asked: dict[str, Any], wrong: Iterable[Fault]) -> Problem:
    faults, problem = Collector(wrong), None
    if "objective" in asked:
        with faults.at("objective"):
            problem = resolve(asked["objective"])
    faults.settle()
    assert problem is not None
    return problem


def _asked(entry: Objective) -> Problem:
    """The objective with the parameters of the query; raises ApiProblem 422 with every fault, TooCostly."""
    texts, wrong = queried("dimension", *(parameter.name for parameter in entry.parameters))
    faults, given = Collector(wrong), dict[str, Any]()
    for name in texts.keys() - {fault.path[-1] for fault in wrong}:
        given[name] = _value(texts[name])
    try:
        with faults.at("query"):
            problem = resolve({"name": entry.name, **given})
        faults.settle()
    except Refusal as refusal:
        raise invalid(refusal.faults) from None
    price = _price(problem)
    pricing.hold_least(price + Price(A_NUMBER * price.answer), OF_A_QUERY)
    return problem


def _value(text: str) -> Any:
    """A value of the query: what JSON reads in it, else the text, to be refused."""
    try:
        return orjson.loads(f"[{text}]" if SEVERAL.fullmatch(text) else text)
    except orjson.JSONDecodeError:
        return text


def _price(problem: Problem) -> Price:
    """What telling the facts costs: a few numbers a coordinate for each point."""
    known = problem.facts
    points = 4 + len(known.minima) + len(known.saddles) + len(known.maxima) + len(known.starts)
    numbers = float(problem.dimension * points) + problem.echoed
    starts = len(known.starts) if problem.model is not None else 1
    return Price(problem.work_before(starts) + A_FACT * numbers, numbers, 60.0 * numbers)


@cache
def _objectives() -> bytes:
    entries = [
        {
            "name": entry.name,
            "title": entry.title,
            "kind": KIND_OF[entry.name],
            "dimension": entry.dimension,
            "starts": list(resolve(entry.name).facts.starts),
            "href": f"/objectives/{entry.name}",
        }
        for entry in OBJECTIVES.values()
    ]
    kinds = [{"name": name, "title": title} for name, (title, _) in KINDS.items()]
    return json_bytes({"objectives": entries, "kinds": kinds, "engine": VERSION})


@cache
def _objective(name: str) -> bytes:
    return json_bytes(facts_of(resolve(name)))


def facts_of(problem: Problem) -> dict[str, Any]:
    """All that is known of an objective, as resolved."""
    entry, known, is_of_the_catalogue = problem.objective, problem.facts, problem.expression is None and problem.model is None
    is_usual = is_of_the_catalogue and problem.echo == resolve(entry.name).echo  # the expression has these parameters' numbers
    minima = [{"point": point, "value": value} for point, value in zip(known.minima, known.value_at_minima, strict=True)]
    return {
        "name": entry.name,
        "title": entry.title,
        "aliases": list(entry.aliases),
        "formula": problem.formula,
        "formula_mathml": mathml(problem.formula),
        "expression": entry.as_expression if is_usual or not is_of_the_catalogue else None,
        "source": entry.source,
        "notes": entry.notes,
        "dimension": entry.dimension,
        "dimensions": [entry.dimension or entry.least_dimension, entry.dimension or entry.most_dimension],
        "parameters": [parameter_facts(entry, p.name) for p in entry.parameters],
        "objective": problem.echo,
        "window": known.window,
        "domain": known.domain or known.window,
        "minima": minima,
        "critical_points": [point._asdict() for point in problem.critical_points],
        "condition_number": known.condition_number,
        "starts": {name: list(point) for name, point in known.starts.items()},
        "variables": list(entry.variables) if entry.variables is not None else None,
        **(problem.flags if is_of_the_catalogue else dict.fromkeys(problem.flags)),
        "engine": VERSION,
    }


def parameter_facts(entry: Objective, name: str) -> dict[str, Any]:
    """A parameter, and those that cannot be given beside it."""
    p = next(parameter for parameter in entry.parameters if parameter.name == name)
    beside = {other for group in entry.alternatives if name in group for other in group - {name}}
    return {
        "name": name,
        "meaning": p.meaning,
        "default": p.default,
        "minimum": p.minimum,
        "maximum": p.maximum,
        "per_coordinate": p.per_coordinate,
        "matrix": p.is_matrix,
        "excludes": [other.name for other in entry.parameters if other.name in beside],
    }
