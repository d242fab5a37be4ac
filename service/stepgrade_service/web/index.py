"""GET /, /healthz and /readyz: what there is, whether it lives, whether it is right."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app

from ..engine import VERSION
from ..engine.running.step import take_step
from . import playground
from .answers.service_answer import AliveSchema, IndexSchema, ReadySchema
from .documentation import Documented, Json
from .limiting import own_budget
from .negotiation import JSON, answer, ask_nothing, chosen
from .problems import ApiProblem

blueprint = Blueprint("index", __name__)

LINKS = {
    "step": "/step",
    "trajectory": "/trajectory",
    "compare": "/compare",
    "map": "/map",
    "contours": "/contours",
    "convert": "/convert",
    "check": "/check",
    "probe": "/probe",
    "audit": "/audit",
    "mistakes": "/mistakes",
    "optimizers": "/optimizers",
    "objectives": "/objectives",
    "schedules": "/schedules",
    "data": "/data",
    "openapi": "/openapi.yaml",
    "docs": "/docs/",
    "health": "/healthz",
    "ready": "/readyz",
}

PAGE: Json = {
    "type": "string",
    "description": "the playground, a page for a browser: it draws the steps of optimizers by the requests of this document",
}

#: One step that can be worked out by hand: gradient descent from 1 with gradient 2 and lr 0.25.
KNOWN_STEP = {"optimizer": {"name": "sgd", "lr": 0.25}, "params": [1.0], "gradient": [2.0]}
KNOWN_ANSWER = [0.5]


@blueprint.get("/")
@Documented(tag="service", content={JSON: IndexSchema, playground.HTML: PAGE}, problems=(406, 412, 422, 503))
def index() -> Response:
    """Give the links of the service, the limits of one request, and the budget of the client; for a browser, the playground."""
    if chosen([JSON, playground.HTML]) == playground.HTML:
        return playground.page()
    ask_nothing()
    settings = current_app.config["SETTINGS"]
    held = settings.limits
    limits = {"body_bytes": settings.max_body, "work": held.work, "answer_numbers": held.answer, "memory_bytes": held.memory}
    response = answer({"name": "Stepgrade", "engine": VERSION, "links": LINKS, "limits": limits | own_budget()})
    response.vary.update(("Accept", "Authorization", "X-Api-Key") if settings.keys else ("Accept",))
    return response


@blueprint.get("/healthz")
@Documented(tag="service", content={JSON: AliveSchema})
def healthz() -> Response:
    """Say that the service is alive."""
    return answer({"status": "alive"})


@blueprint.get("/readyz")
@Documented(tag="service", content={JSON: ReadySchema}, problems=(503,))
def readyz() -> Response:
    """Say whether the kernels are loaded and one known step is right."""
    if not current_app.config.get("READY"):
        current_app.config["READY"] = is_ready()
    if not current_app.config["READY"]:
        raise ApiProblem(503, "not-ready", "Not ready", "a step with a known answer gives a wrong answer", headers={"Retry-After": "5"})
    return answer({"status": "ready", "engine": VERSION})


def is_ready() -> bool:
    """Whether the known step comes out right."""
    result: Any = take_step(KNOWN_STEP).params.tolist()
    return bool(result == KNOWN_ANSWER)
