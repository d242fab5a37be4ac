"""The OpenAPI document: made from the schemas, written to openapi.yaml at the root, served with an ETag."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Blueprint, Response

from ..engine import VERSION
from .catalogue import tagged
from .components import answers, ref, request_parts
from .exchange import JSON, ask_nothing, json_bytes
from .forms import CSV, NDJSON, NPZ
from .problems import MEDIA_TYPE
from .schemas import ContoursRequest, NoiseRequest, Number, Part, StepRequest, TrajectoryRequest, Whole

blueprint = Blueprint("openapi", __name__)

Json = dict[str, Any]

YAML = "application/yaml"

PROBLEMS = {
    400: "not JSON: also NaN, Infinity, 1e400, and what is not UTF-8",
    404: "unknown name",
    406: "no such form is offered",
    411: "no Content-Length",
    413: "the body is too large",
    415: "another content type than application/json",
    422: "understood, but wrong: every fault at once; or it costs more than one request may",
    429: "too many requests; see Retry-After",
    500: "our fault; the instance names the request",
    503: "overloaded or shutting down; see Retry-After",
}
ANY_PROBLEM = (406, 422, 429, 500, 503)
POST_PROBLEMS = (400, 406, 411, 413, 415, 422, 429, 500, 503)

STEP_EXAMPLE = {"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
TRAJECTORY_EXAMPLE = {
    "optimizer": {"name": "adam", "lr": 0.05},
    "objective": {"name": "quadratic", "condition": 20},
    "start": "A",
    "steps": 200,
}
CONTOURS_EXAMPLE = {"objective": "rosenbrock", "levels": [1, 10, 100]}


def _part_property(_converter: OpenAPIConverter, field: Any, **_: Any) -> Json:
    return ref(field.component) if isinstance(field, Part) else {}


@cache
def document() -> Json:
    """The whole document."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Stepgrade",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={
            "summary": "The reference answer for gradient-descent steps",
            "description": "Exact steps of every optimizer in every framework's convention. Stateless: equal requests give equal bytes.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
    )
    plugin.map_to_openapi_type(Number, "number", None)
    plugin.map_to_openapi_type(Whole, "integer", None)
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_part_property)
    for name, schema in {**request_parts(), **answers()}.items():
        spec.components.schema(name, schema)
    spec.components.schema("Noise", schema=NoiseRequest)
    for request in (StepRequest, TrajectoryRequest, ContoursRequest):
        spec.components.schema(request.__name__, schema=request)
    for status, description in PROBLEMS.items():
        spec.components.response(f"Problem{status}", {"description": description, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}})
    for path, operations in paths().items():
        spec.path(path, operations=operations)
    made: Json = spec.to_dict()
    return made


def problems(*statuses: int) -> Json:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def good(content: Json, description: str) -> Json:
    headers = {
        "X-Request-Id": {"description": "the request's id: as sent, or made", "schema": {"type": "string"}},
        "Stepgrade-Engine": {"description": "the engine's version", "schema": {"type": "string"}},
    }
    return {"200": {"description": description, "headers": headers, "content": content}}


def fetched(summary: str, identifier: str, content: Json, *, parameters: list[Json] | None = None, conditional: bool = False) -> Json:
    """A GET."""
    named = (404,) if parameters else ()
    unchanged = {"304": {"description": "not changed since the ETag that was sent"}} if conditional else {}
    operation = {"operationId": identifier, "summary": summary, **({"parameters": parameters} if parameters else {})}
    return {"get": {**operation, "responses": {**good(content, summary), **unchanged, **problems(*sorted((*named, *ANY_PROBLEM)))}}}


def posted(summary: str, identifier: str, request: str, example: Json, content: Json, parameters: list[Json] | None = None) -> Json:
    """A POST."""
    body = {"required": True, "content": {JSON: {"schema": ref(request), "example": example}}}
    operation = {"operationId": identifier, "summary": summary, **({"parameters": parameters} if parameters else {}), "requestBody": body}
    return {"post": {**operation, "responses": {**good(content, summary), **problems(*POST_PROBLEMS)}}}


def paths() -> dict[str, Json]:
    """Every path of the service."""
    anything = {JSON: {"schema": {"type": "object"}}}
    text: Json = {"schema": {"type": "string"}}
    binary: Json = {"schema": {}}
    name = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]
    theme = [{"name": "theme", "in": "query", "schema": {"enum": ["light", "dark"], "default": "light"}, "description": "of a picture"}]
    trajectory = {
        JSON: {"schema": ref("Trajectory")},
        NDJSON: text,
        CSV: text,
        NPZ: binary,
        "image/svg+xml": binary,
        "image/png": binary,
    }
    return {
        "/": fetched("What there is, and what one request may cost", "index", anything),
        "/step": posted(
            "Apply an optimizer to a posted gradient, once", "step", "StepRequest", STEP_EXAMPLE, {JSON: {"schema": ref("Step")}}
        ),
        "/trajectory": posted(
            "Run an optimizer on an objective, or replay posted gradients",
            "trajectory",
            "TrajectoryRequest",
            TRAJECTORY_EXAMPLE,
            trajectory,
            theme,
        ),
        "/contours": posted(
            "Level lines of an objective of two parameters",
            "contours",
            "ContoursRequest",
            CONTOURS_EXAMPLE,
            {JSON: {"schema": ref("Contours")}},
        ),
        "/optimizers": fetched("The optimizers", "optimizers", anything, conditional=True),
        "/optimizers/{name}": fetched("Everything about one optimizer", "optimizer", anything, parameters=name, conditional=True),
        "/objectives": fetched("The objectives", "objectives", anything, conditional=True),
        "/objectives/{name}": fetched("Everything about one objective", "objective", anything, parameters=name, conditional=True),
        "/healthz": fetched("Alive", "healthz", anything),
        "/readyz": fetched("Ready: kernels loaded, one known step right", "readyz", anything),
        "/openapi.yaml": fetched("This document", "openapi_yaml", {YAML: text}, conditional=True),
        "/openapi.json": fetched("This document as JSON", "openapi_json", anything, conditional=True),
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
