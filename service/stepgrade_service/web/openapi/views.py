"""GET /openapi.yaml and /openapi.json: the document itself, with an ETag."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app

from ..catalogue import tagged
from ..documentation import Documented
from ..negotiation import JSON, ask_nothing, json_bytes
from .document import document, text

blueprint = Blueprint("openapi", __name__)

YAML = "application/yaml"


@blueprint.get("/openapi.yaml")
@Documented(tag="service", content={YAML: {"type": "object"}}, problems=(422, 503), has_etag=True)
def openapi_yaml() -> Response:
    """Give this document."""
    ask_nothing()
    return tagged(text(_this_app()).encode(), YAML)


@blueprint.get("/openapi.json")
@Documented(tag="service", content={JSON: {"type": "object", "additionalProperties": True}}, problems=(422, 503), has_etag=True)
def openapi_json() -> Response:
    """Give this document as JSON."""
    ask_nothing()
    return tagged(json_bytes(document(_this_app())))


def _this_app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
