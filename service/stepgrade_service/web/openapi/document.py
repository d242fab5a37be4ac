"""The OpenAPI document: made from the views of the service and what stands at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from threading import Lock
from typing import Any

import yaml
from apispec import APISpec
from flask import Flask
from marshmallow import Schema

from ...engine import VERSION
from ..documentation import TAGS, Documented, documentation_of
from ..schemas import TrajectoryRequest
from .components import answer_parts, request_parts
from .converter import Plugin
from .operations import HEADERS, OPTIONAL_KEY, SECURITY_SCHEMES, operation, problem_responses
from .vocabulary import NULL, Json, allow_null, any_of, closed, ref

#: The one in C needs a quarter of the time, and writes the same.
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

#: Several that ask at once wait for one who makes it: each alone would make the others so slow that none ends in time.
_making = Lock()


def documented_views(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any], Documented]]:
    """Path, name, view and documentation of every view that has some."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        documented = documentation_of(view)
        if documented is not None:
            yield rule.rule.replace("<", "{").replace(">", "}"), rule.endpoint.rpartition(".")[2], view, documented


def document(app: Flask) -> Json:
    """The whole document."""
    with _making:
        return _document(app)


def text(app: Flask) -> str:
    """The document as YAML, as it stands in openapi.yaml."""
    with _making:
        return _text(app)


@lru_cache(maxsize=1)
def _document(app: Flask) -> Json:
    plugin = Plugin()
    spec = APISpec(
        title="Stepgrade",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        servers=[{"url": "http://127.0.0.1:8000", "description": "`make serve` on this machine; a service elsewhere has its own address"}],
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        security=OPTIONAL_KEY,
        info={
            "summary": "The reference answer for gradient-descent steps",
            "description": "Exact steps of every optimizer in every framework's convention. Stateless: equal requests give equal bytes.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
    )
    views = list(documented_views(app))
    for request in dict.fromkeys(documented.request for *_, documented in views if documented.request is not None):
        add_request(spec, plugin, request)
    for schema in (*spec.components.schemas.values(), *(parts := request_parts()).values()):
        allow_null(schema)
    for name, schema in {**parts, **answer_parts()}.items():
        spec.components.schema(name, schema)
    for name, description in HEADERS.items():
        spec.components.header(name, {"description": description, "schema": {"type": "string"}})
    for name, scheme in SECURITY_SCHEMES.items():
        spec.components.security_scheme(name, dict(scheme))
    for name, response in problem_responses().items():
        spec.components.response(name, response)
    for path, name, view, documented in views:
        method = "get" if documented.request is None else "post"
        spec.path(path, operations={method: operation(name, view, documented)})
    made: Json = spec.to_dict()
    return made


def add_request(spec: APISpec, plugin: Plugin, request: type[Schema]) -> None:
    """The component of a request; a trajectory has one for each of the two things that it may be."""
    if request is not TrajectoryRequest:
        spec.components.schema(request.__name__, schema=request)
        return
    assert plugin.converter is not None
    for name, schema in trajectory_schemas(plugin.converter.schema2jsonschema(TrajectoryRequest())).items():
        spec.components.schema(name, schema)


def trajectory_schemas(whole: Json) -> dict[str, Json]:
    """A run on an objective, or a replay of posted gradients: what each takes of all that a trajectory takes."""
    properties = whole["properties"]
    run = properties | dict.fromkeys(("gradients", "values", "hessian_diagonals"), NULL)
    replay = properties | {"objective": NULL, "noise": NULL, "start": ref("Params")}
    return {
        "TrajectoryRequest": any_of(ref("RunRequest"), ref("ReplayRequest")),
        "RunRequest": closed({**run, "objective": ref("Objective")}, ["optimizer", "objective"], "Many steps on an objective."),
        "ReplayRequest": closed(replay, ["optimizer", "gradients", "start"], "One step for each posted gradient."),
    }


class Plain(DUMPER):  # type: ignore[misc, valid-type]
    """YAML without anchors: what is said twice is written twice."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


@lru_cache(maxsize=1)
def _text(app: Flask) -> str:
    header = "# Made from the schemas in the code by `make openapi`; do not edit.\n"
    return header + yaml.dump(_document(app), Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)
