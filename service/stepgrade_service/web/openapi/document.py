"""The OpenAPI document: made from the schemas, written to openapi.yaml at the root, served with an ETag."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Blueprint, Response

from ...engine import VERSION
from ...pictures import MEDIA_TYPES, THEMES
from ..catalogue import tagged
from ..forms.answers import answers
from ..forms.writing import CSV, NDJSON, NPZ
from ..negotiation import JSON, ask_nothing, json_bytes
from ..problems import MEDIA_TYPE
from ..schemas import (
    AuditRequest,
    CheckRequest,
    CompareRequest,
    ContoursRequest,
    FlagField,
    ManySeedsRequest,
    MapRequest,
    NoiseRequest,
    Number,
    Part,
    ProbeRequest,
    StepRequest,
    TrajectoryRequest,
    Whole,
)
from .components import request_parts
from .vocabulary import NULL, allow_null, any_of, closed, one_of, ref

blueprint = Blueprint("openapi", __name__)

Json = dict[str, Any]

YAML = "application/yaml"

PROBLEMS = {
    400: "there is no body, or it is not JSON; NaN, Infinity, 1e400 and text that is not UTF-8 are not JSON",
    404: "unknown name",
    406: "this form is not available",
    408: "the body did not arrive in time",
    411: "the length of the body is unknown: it is chunked",
    412: "the ETag in If-Match is not the current one",
    413: "the body is too large",
    415: "the content type is not application/json",
    422: "the request is not valid (every fault is listed), or it costs more than one request may",
    429: "too many requests; see Retry-After",
    500: "an error of the service; the instance names the request",
    503: "overloaded or shutting down; see Retry-After",
}
GET_PROBLEMS = (406, 422, 429, 500, 503)
POST_PROBLEMS = (400, 406, 408, 411, 413, 415, 422, 429, 500, 503)

HEADERS = {
    "X-Request-Id": "the id of the request, as sent or generated",
    "Stepgrade-Engine": "the version of the engine; numbers change only if it changes",
    "Server-Timing": "the time of each part of the work, in milliseconds",
    "ETag": "the version of the answer, to be sent in If-None-Match",
    "Stepgrade-Status": "with CSV: completed, converged, growing or diverged",
    "Stepgrade-Optimizer": "with CSV: the optimizer with every setting, as JSON in ASCII, unless it is long",
    "Stepgrade-Objective": "with CSV: the objective with every setting, as JSON in ASCII, unless it is long",
    "Retry-After": "seconds after which to send the request again",
}

STEP_EXAMPLE = {"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
TRAJECTORY_EXAMPLE = {
    "optimizer": {"name": "adam", "lr": 0.05},
    "objective": {"name": "quadratic", "condition": 20},
    "start": "A",
    "steps": 200,
}
COMPARE_EXAMPLE = {
    "objective": "quadratic",
    "starts": ["A", "B"],
    "optimizers": [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}],
    "steps": 200,
    "decompose": ["gd", "rmsprop"],
    "rotate": [45],
}
MAP_EXAMPLE = {
    "objective": "quadratic",
    "optimizers": [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}],
    "grid": {"x": [-6, 6, 13], "y": [-3, 3, 7]},
    "measure": ["settling_step", "direction_effect", "magnitude_effect"],
    "steps": 200,
}
CHECK_EXAMPLE = {
    "reference": {"optimizer": {"name": "adam", "lr": 0.1, "eps": 0.01}, "params": [1.0, 2.0], "gradient": [0.5, -0.02]},
    "submission": {"params": [0.9019, 2.0873]},
    "tolerance": {"rtol": 1e-3},
    "hints": 2,
}
PROBE_EXAMPLE = {"optimizer": {"name": "adam", "lr": 0.1}}
AUDIT_EXAMPLE = {
    "reference": {"optimizer": {"name": "adam", "convention": "keras", "lr": 0.5}, "params": [1, 2, 3, 4], "gradient": [1, 6, 7, 2]},
    "tolerance": {"rtol": 1e-4, "atol": 1e-4},
    "compares": ["params"],
}
CONTOURS_EXAMPLE = {"objective": "rosenbrock", "levels": [1, 10, 100]}


def _part_property(_converter: OpenAPIConverter, field: Any, **_: Any) -> Json:
    return ref(field.component) if isinstance(field, Part) else {}


def _without_default(_converter: OpenAPIConverter, _field: Any, ret: Json, **_: Any) -> Json:
    """A default in words: generators make a member that has one required."""
    default = ret.pop("default", None)
    if default in (None, []):
        return {}
    said = (
        ", ".join(map(str, default)) if isinstance(default, list) else str(default).lower() if isinstance(default, bool) else str(default)
    )
    return {"description": "; ".join(filter(None, [str(ret.get("description", "")), f"{said} if left out"]))}


@cache
def document() -> Json:
    """The whole document."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Stepgrade",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        servers=[{"url": "http://127.0.0.1:8000", "description": "`make serve` on this machine; a service elsewhere has its own address"}],
        security=[],
        info={
            "summary": "The reference answer for gradient-descent steps",
            "description": "Exact steps of every optimizer in every framework's convention. Stateless: equal requests give equal bytes.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
    )
    plugin.map_to_openapi_type(Number, "number", None)
    plugin.map_to_openapi_type(Whole, "integer", None)
    plugin.map_to_openapi_type(FlagField, "boolean", None)
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_part_property)
    plugin.converter.add_attribute_function(_without_default)
    for request in (
        StepRequest,
        ContoursRequest,
        NoiseRequest,
        ManySeedsRequest,
        CompareRequest,
        MapRequest,
        CheckRequest,
        ProbeRequest,
        AuditRequest,
    ):
        spec.components.schema(request.__name__, schema=request)
    either = trajectory_schemas(plugin.converter.schema2jsonschema(TrajectoryRequest()))
    for schema in (*spec.components.schemas.values(), *either.values(), *(parts := request_parts()).values()):
        allow_null(schema)
    for name, schema in {**either, **parts, **answers()}.items():
        spec.components.schema(name, schema)
    for name, description in HEADERS.items():
        spec.components.header(name, {"description": description, "schema": {"type": "string"}})
    for status, description in PROBLEMS.items():
        spec.components.response(f"Problem{status}", problem_response(status, description))
    for path, operations in paths().items():
        spec.path(path, operations=operations)
    made: Json = spec.to_dict()
    return made


def trajectory_schemas(whole: Json) -> dict[str, Json]:
    """A run on an objective, or a replay of posted gradients: what each takes of all that a trajectory takes."""
    properties = whole["properties"]
    run = properties | {"gradients": NULL, "values": NULL}
    replay = properties | {"objective": NULL, "noise": NULL, "start": ref("Params")}
    return {
        "TrajectoryRequest": any_of(ref("RunRequest"), ref("ReplayRequest")),
        "RunRequest": closed({**run, "objective": ref("Objective")}, ["optimizer", "objective"], "Many steps on an objective."),
        "ReplayRequest": closed(replay, ["optimizer", "gradients", "start"], "One step for each posted gradient."),
    }


def problem_response(status: int, description: str) -> Json:
    retry = ("Retry-After",) if status in (429, 503) else ()
    return {"description": description, "headers": headers(*retry), "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}


def headers(*more: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *more)}


def problems(*statuses: int) -> Json:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def good(content: Json, description: str, *more: str) -> Json:
    return {"200": {"description": description, "headers": headers("Stepgrade-Engine", *more), "content": content}}


def fetched(identifier: str, summary: str, content: Json, *statuses: int) -> Json:
    """A GET."""
    return {"get": {"operationId": identifier, "summary": summary, "responses": {**good(content, summary), **problems(*statuses)}}}


def tagged_page(identifier: str, summary: str, content: Json, *statuses: int, parameters: tuple[Json, ...] = ()) -> Json:
    """A GET that is answered with an ETag."""
    unchanged = {"description": "not changed: the ETag that was sent is the current one", "headers": headers("ETag")}
    responses = {**good(content, summary, "ETag"), "304": unchanged, **problems(*statuses, 412)}
    asked = {"parameters": list(parameters)} if parameters else {}
    return {"get": {"operationId": identifier, "summary": summary, **asked, "responses": responses}}


def posted(identifier: str, summary: str, example: Json, content: Json, *more_headers: str, parameters: tuple[Json, ...] = ()) -> Json:
    """A POST of the schema that has the operation's name."""
    body = {"required": True, "content": {JSON: {"schema": ref(f"{identifier.title()}Request"), "example": example}}}
    asked = {"parameters": list(parameters)} if parameters else {}
    responses = {**good(content, summary, "Server-Timing", *more_headers), **problems(*POST_PROBLEMS)}
    return {"post": {"operationId": identifier, "summary": summary, **asked, "requestBody": body, "responses": responses}}


def content(component: str) -> Json:
    return {JSON: {"schema": ref(component)}}


def paths() -> dict[str, Json]:
    """Every path of the service."""
    text: Json = {"schema": {"type": "string"}}
    data: Json = {"schema": {"type": "string", "format": "binary"}}
    others = {NDJSON: text, CSV: text, NPZ: data, **dict.fromkeys(MEDIA_TYPES, data)}
    forms, compared, mapped = ({**content(name), **others} for name in ("Trajectory", "Comparison", "Map"))
    csv_headers = ("Stepgrade-Status", "Stepgrade-Optimizer", "Stepgrade-Objective")
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    theme = {"name": "theme", "in": "query", "schema": one_of(THEMES), "description": "the theme of a picture; light if left out"}
    about_optimizer, about_objective = "Everything about one optimizer", "Everything about one objective, at its default parameters"
    run = "Run an optimizer on an objective, or replay posted gradients"
    state = {JSON: {"schema": {"type": "object", "additionalProperties": True}}}
    return {
        "/": fetched("index", "The links of the service, and the limits of one request", content("Index"), *GET_PROBLEMS),
        "/step": posted("step", "Apply an optimizer to a posted gradient, once", STEP_EXAMPLE, content("Step")),
        "/trajectory": posted("trajectory", run, TRAJECTORY_EXAMPLE, forms, *csv_headers, parameters=(theme,)),
        "/compare": posted("compare", "Compare several optimizers from the same starts", COMPARE_EXAMPLE, compared, parameters=(theme,)),
        "/map": posted("map", "Ask the same question over a grid of starts or learning rates", MAP_EXAMPLE, mapped, parameters=(theme,)),
        "/check": posted(
            "check",
            "Compare a student's numbers with the reference",
            CHECK_EXAMPLE,
            {JSON: {"schema": any_of(ref("Check"), ref("Candidates"))}},
        ),
        "/probe": posted("probe", "Requests that distinguish mistakes", PROBE_EXAMPLE, content("Probe")),
        "/audit": posted("audit", "Which mistakes a test catches, and which it lets through", AUDIT_EXAMPLE, content("Audit")),
        "/mistakes": tagged_page("mistakes", "The catalogue of mistakes", content("Mistakes"), *GET_PROBLEMS),
        "/contours": posted("contours", "Contour lines of an objective of two parameters", CONTOURS_EXAMPLE, content("Contours")),
        "/optimizers": tagged_page("optimizers", "The optimizers", content("Optimizers"), *GET_PROBLEMS),
        "/optimizers/{name}": tagged_page("optimizer", about_optimizer, content("OptimizerPage"), 404, *GET_PROBLEMS, parameters=(name,)),
        "/objectives": tagged_page("objectives", "The objectives", content("Objectives"), *GET_PROBLEMS),
        "/objectives/{name}": tagged_page("objective", about_objective, content("ObjectivePage"), 404, *GET_PROBLEMS, parameters=(name,)),
        "/healthz": fetched("healthz", "Alive", state, 429, 500),
        "/readyz": fetched("readyz", "Ready: the kernels are loaded, and one known step is right", state, 429, 500, 503),
        "/openapi.yaml": tagged_page("openapi_yaml", "This document", {YAML: {"schema": {"type": "object"}}}, 422, 429, 500, 503),
        "/openapi.json": tagged_page("openapi_json", "This document as JSON", state, 422, 429, 500, 503),
    }


class Plain(yaml.SafeDumper):
    """YAML without anchors: what is said twice is written twice."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


@cache
def text() -> str:
    """The document as YAML, as it stands in openapi.yaml."""
    header = "# Made from the schemas in the code by `make openapi`; do not edit.\n"
    return header + yaml.dump(document(), Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)


@blueprint.get("/openapi.yaml")
def openapi_yaml() -> Response:
    """This document."""
    ask_nothing()
    return tagged(text().encode(), YAML)


@blueprint.get("/openapi.json")
def openapi_json() -> Response:
    """This document as JSON."""
    ask_nothing()
    return tagged(json_bytes(document()))
