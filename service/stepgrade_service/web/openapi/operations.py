"""The operations of openapi.yaml: what stands at a view, and what all views of a method have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import getdoc
from typing import Any

from ..answers.service_answer import ProblemSchema
from ..documentation import Documented
from ..negotiation import JSON
from ..problems import MEDIA_TYPE
from .vocabulary import Json, ref

PROBLEMS = {
    400: "there is no body, or it is not JSON; NaN, Infinity, 1e400 and text that is not UTF-8 are not JSON",
    401: "the API key is not known",
    404: "unknown name",
    406: "this form is not available",
    408: "the body did not arrive in time",
    411: "the length of the body is unknown: it is chunked",
    412: "the ETag in If-Match is not the current one",
    413: "the body is too large",
    415: "the content type is not application/json",
    422: "the request is not valid (every fault is listed), or it costs more than one request may",
    429: "too many requests, or too much work for one client; see Retry-After",
    500: "an error of the service; the instance names the request",
    503: "overloaded or shutting down; see Retry-After",
}

#: The problems that every view may answer with, and those of every view that takes a body.
ANYWHERE, POSTED = (401, 429, 500), (400, 406, 408, 411, 413, 415, 422, 503)

HEADERS = {
    "X-Request-Id": "the id of the request, as sent or generated",
    "Stepgrade-Engine": "the version of the engine; numbers change only if it changes",
    "Server-Timing": "the time of each part of the work, in milliseconds",
    "ETag": "the version of the answer, to be sent in If-None-Match",
    "Stepgrade-Status": "with CSV: completed, converged, growing or diverged",
    "Stepgrade-Optimizer": "with CSV: the optimizer with every setting, as JSON in ASCII, unless it is long",
    "Stepgrade-Objective": "with CSV: the objective with every setting, as JSON in ASCII, unless it is long",
    "Retry-After": "seconds after which to send the request again",
    "RateLimit-Policy": "where work is limited per client: the budget q in units of work, and the seconds w in which it comes back",
    "RateLimit": "where work is limited per client: the units r that are left, and the seconds t until the whole budget is back",
    "WWW-Authenticate": "that a key is a bearer token",
}

#: What is limited where an operator has set a budget, and says so.
LIMITED = ("RateLimit-Policy", "RateLimit")

#: An API key is known by either of these headers. No service demands one.
SECURITY_SCHEMES: Mapping[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key, if the operator of the service gave you one"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "the same key, where Authorization is used otherwise"},
}
OPTIONAL_KEY: list[Json] = [{}, *({name: []} for name in SECURITY_SCHEMES)]


def operation(identifier: str, view: Callable[..., Any], documented: Documented) -> Json:
    """The operation of a view, its schemas still classes."""
    summary = summary_of(view)
    found: Json = {"operationId": identifier, "tags": [documented.tag], "summary": summary}
    if documented.parameters:
        found["parameters"] = list(documented.parameters)
    if documented.request is not None:
        body = {"schema": ref(documented.request.__name__), "example": dict(documented.example)}
        found["requestBody"] = {"required": True, "content": {JSON: body}}
    return {**found, "responses": responses(summary, documented)}


def summary_of(view: Callable[..., Any]) -> str:
    """The first line of a view's docstring."""
    return (getdoc(view) or "").partition("\n")[0].removesuffix(".")


def responses(summary: str, documented: Documented) -> Json:
    """What a view answers, by status."""
    is_posted, own = documented.request is not None, list(documented.headers)
    own += (["Server-Timing", *LIMITED] if is_posted else []) + (["ETag"] if documented.has_etag else [])
    statuses = {*ANYWHERE, *documented.problems, *(POSTED if is_posted else ()), *((412,) if documented.has_etag else ())}
    content = {form: {"schema": schema} for form, schema in documented.content.items()}
    unchanged = {"description": "not changed: the ETag that was sent is the current one", "headers": headers("ETag")}
    return {
        "200": {"description": summary, "headers": headers("Stepgrade-Engine", *own), "content": content},
        **({"304": unchanged} if documented.has_etag else {}),
        **{str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)},
    }


def problem_responses() -> Mapping[str, Json]:
    """The answer for each status of a problem, by the name of its component."""
    return {f"Problem{status}": problem_response(status, description) for status, description in PROBLEMS.items()}


def problem_response(status: int, description: str) -> Json:
    more = {401: ("WWW-Authenticate",), 429: ("Retry-After", *LIMITED), 503: ("Retry-After",)}
    return {"description": description, "headers": headers(*more.get(status, ())), "content": {MEDIA_TYPE: {"schema": ProblemSchema}}}


def headers(*more: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *more)}
