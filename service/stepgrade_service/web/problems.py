"""Every error as problem+json (RFC 9457): what is wrong, where, and what was expected."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from traceback import format_tb
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from ..engine.reading.cost import TooCostly
from ..engine.reading.faults import MOST_FAULTS, Fault, Refusal

MEDIA_TYPE = "application/problem+json"

#: A fault is told in so many characters, and its place.
MOST_CHARACTERS = 1000

logger = logging.getLogger("stepgrade_service")


class ApiProblem(Exception):
    """An error to be told to the client."""

    def __init__(self, status: int, slug: str, title: str, detail: str, **more: Any) -> None:
        self.status, self.slug, self.title, self.detail = status, slug, title, detail
        self.headers: dict[str, str] = more.pop("headers", {})
        self.errors: list[dict[str, Any]] = more.pop("errors", [])
        self.more = more
        super().__init__(detail)

    def document(self, request_id: str) -> dict[str, Any]:
        """The members of the problem, as an answer to the request of this id."""
        return {
            "type": f"urn:stepgrade:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": request_id,
            "errors": self.errors,
            **self.more,
        }

    def response(self) -> Response:
        g.problem = self.slug
        return Response(orjson.dumps(self.document(g.get("request_id", ""))), self.status, self.headers, mimetype=MEDIA_TYPE)


class NotBegun(ApiProblem):
    """An error that is told before any work on what was asked: its client pays for the reading alone."""

    def response(self) -> Response:
        g.is_begun = False
        return super().response()


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def invalid(faults: Iterable[Fault], untold: int = 0) -> ApiProblem:
    """422 for a request that was understood and is wrong; each place is told once, also within a text; `untold` more faults are counted."""
    told: dict[tuple[Any, ...], Fault] = {}
    for fault in faults:
        told.setdefault((fault.path, fault.position), fault)
    errors = [in_json(fault) for fault in islice(told.values(), MOST_FAULTS)]
    first = shortened(f"{errors[0]['pointer'] or 'the request'}: {errors[0]['detail']}")
    others = len(told) - 1 + untold
    more = f" (and {others} more)" if others else ""
    return ApiProblem(422, "invalid-request", "The request is not valid", first + more, errors=errors)


def in_json(fault: Fault) -> dict[str, Any]:
    """One fault as it is told."""
    told: dict[str, Any] = {"pointer": shortened(pointer(fault.path)), "detail": shortened(fault.detail)}
    if fault.position is not None:
        told["position"] = dict(zip(("offset", "length"), fault.position, strict=True))
    return told


def shortened(text: str) -> str:
    """A text that quotes what was posted, in a length that is meant to be read."""
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."


def too_costly(refusal: TooCostly) -> ApiProblem:
    """422 for more work, or a larger answer, than a request may cost."""
    problem = invalid(refusal.faults, refusal.more)
    problem.slug, problem.title = "too-costly", "The request costs more than one request may"
    problem.more = {"what": refusal.what, "cost": refusal.cost, "limit": refusal.limit}
    return problem


def not_found(path: str, known: Iterable[str]) -> ApiProblem:
    """404, with the nearest known paths."""
    near = get_close_matches(path, list(known), n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else "GET / lists the links"
    return ApiProblem(404, "not-found", "There is nothing at this path", f"nothing at {path[:200]}; {hint}")


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        paths = sorted({rule.rule for rule in current_app.url_map.iter_rules() if "<" not in rule.rule})
        return not_found(request.path, paths).response()
    headers = {}
    detail = error.description or error.name
    if status == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
        headers["Allow"] = allowed
        detail = f"{request.path[:200]} accepts {allowed}, not {request.method[:40]}"
    if 300 <= status < 400:
        return Response(status=status, headers=dict(error.get_headers()))
    return ApiProblem(status, error.name.lower().replace(" ", "-"), error.name, detail, headers=headers).response()


def _from_refusal(refusal: Refusal) -> Response:
    problem = too_costly(refusal) if isinstance(refusal, TooCostly) else invalid(refusal.faults, refusal.more)
    return problem.response()


def fault_of_ours(error: BaseException, request_id: str, trace_id: str = "") -> ApiProblem:
    """500 for an error that nobody expected; the log has more of it."""
    # The error's text stays out of the log: it may quote what was posted. Its notes say where else it came from.
    trace = "".join((*format_tb(error.__traceback__), *getattr(error, "__notes__", ())))
    logger.error("request %s failed: %s\n%s", named(request_id, trace_id), type(error).__name__, trace)
    detail = (
        "something went wrong in the service. This is a fault of the service, so a second try may give the same answer. Please report it "
        "with this instance: the log of the service names the request by it"
    )
    return ApiProblem(500, "internal", "Internal error", detail)


def named(request_id: str, trace_id: str) -> str:
    """A request as the log names it."""
    return f"{request_id} (trace {trace_id})" if trace_id else request_id


def _from_fault_of_ours(error: Exception) -> Response:
    return fault_of_ours(error, g.get("request_id", ""), g.get("trace_id", "")).response()


def _from_memory(_: MemoryError) -> Response:
    logger.error("request %s: the worker had no memory left", named(g.get("request_id", ""), g.get("trace_id", "")))
    detail = (
        "the service did not have enough memory for this request. The request may need much memory, or other requests use it now. Send it"
        " again later, or ask for less"
    )
    return ApiProblem(503, "out-of-memory", "Not enough memory", detail, headers={"Retry-After": "60"}).response()


def install(app: Flask) -> None:
    """Answer every error of this app as a problem."""
    app.register_error_handler(ApiProblem, lambda problem: problem.response())
    app.register_error_handler(Refusal, _from_refusal)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(MemoryError, _from_memory)
    app.register_error_handler(Exception, _from_fault_of_ours)
