"""What every request goes through: its id, its body's length, the headers of its answer, a line in the log."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from os import urandom
from time import perf_counter
from typing import Any

import orjson
from flask import Flask, Response, g, request

from ..engine import VERSION
from .clients import named
from .problems import ApiProblem

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
EXPOSED = (
    "ETag, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, Stepgrade-Engine, Stepgrade-Status, Stepgrade-Optimizer,"
    " Stepgrade-Objective, X-Request-Id"
)

#: The headers that every answer has, beside its request's id.
EVERY = (
    ("Stepgrade-Engine", VERSION),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", EXPOSED),
    ("X-Content-Type-Options", "nosniff"),
)

#: Those of the files of our own page, which no page elsewhere asks for: there are many, and they are small.
ALONE = tuple(pair for pair in EVERY if not pair[0].startswith("Access-Control"))

#: Where a server that stands in front has put the id into the environ.
IDENTIFIED = "stepgrade.request_id"

#: Where it has put the id of the trace that the request belongs to, if there is one.
TRACED = "stepgrade.trace_id"

access = logging.getLogger("stepgrade_service.access")


def identified(offered: str) -> str:
    """The id of a request: the client's where it has the agreed form, else a new one."""
    return offered if offered and REQUEST_ID.fullmatch(offered) else urandom(16).hex()


def _begin() -> None:
    """Name the request; refuse a body that is missing, of unknown length, or too long."""
    environ = request.environ
    g.began = perf_counter()
    g.request_id = environ.get(IDENTIFIED) or identified(environ.get("HTTP_X_REQUEST_ID", ""))
    g.trace_id = environ.get(TRACED, "")
    g.timing = {}
    if environ["REQUEST_METHOD"] != "POST" or request.routing_exception is not None:
        return
    length = request.content_length
    if "HTTP_TRANSFER_ENCODING" in environ:
        detail = "send a Content-Length header: the service does not read a body of unknown length"
        raise ApiProblem(411, "length-required", "Length required", detail)
    if length is None:
        raise ApiProblem(400, "no-body", "The body is missing", "expected a JSON body with a Content-Length header")
    limit = request.max_content_length
    if limit is not None and length > limit:
        detail = f"the body has {length} bytes; at most {limit} are read"
        raise ApiProblem(413, "content-too-large", "The body is too large", detail, limit=limit)


def _finish(response: Response) -> Response:
    """Put the headers that every answer has."""
    headers = response.headers
    headers.add("X-Request-Id", g.request_id)
    for name, value in EVERY if g.get("is_shared", True) else ALONE:
        headers.add(name, value)
    timing = g.timing
    if timing:
        headers["Server-Timing"] = ", ".join(f"{name};dur={1e3 * seconds:.3f}" for name, seconds in timing.items())
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, POST, OPTIONS")
        headers["Access-Control-Allow-Headers"] = "Accept, Authorization, Content-Type, If-None-Match, X-Api-Key, X-Request-Id"
        headers["Access-Control-Max-Age"] = "86400"
    if access.isEnabledFor(logging.INFO):
        sizes, seconds = (request.content_length, response.content_length), perf_counter() - g.began
        more = {**named(request.environ), **_of_the_problem(), **_of_the_work()}
        route = request.url_rule.rule if request.url_rule else None
        log(g.request_id, request.method, request.path, response.status_code, seconds, *sizes, g.trace_id, route, **more)
    return response


def _of_the_problem() -> dict[str, str]:
    """The kind of the error that is answered: one status has several."""
    return {"problem": g.problem} if "problem" in g else {}


def _of_the_work() -> dict[str, Any]:
    """What the log tells of a request that was priced: its work, the milliseconds of each part, the optimizers by their names here."""
    price = g.get("price")
    if price is None:
        return {}
    times = {name: round(1e3 * seconds, 3) for name, seconds in g.timing.items()}
    return {"work": round(price.work), **times, "optimizers": g.get("optimizers", [])}


def log(
    request_id: str,
    method: str,
    path: str,
    status: int,
    seconds: float,
    bytes_in: int | None,
    bytes_out: int | None,
    trace_id: str = "",
    route: str | None = None,
    **more: Any,
) -> None:
    """One line of JSON; never a body."""
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "request_id": request_id,
        "method": method,
        "path": path[:500],
        **({"route": route} if route else {}),
        "status": status,
        "milliseconds": round(1e3 * seconds, 3),
        "bytes_in": bytes_in or 0,
        "bytes_out": bytes_out,
        **({"trace_id": trace_id} if trace_id else {}),
        **more,
    }
    access.info(orjson.dumps(line).decode())


class Stopwatch:
    """Notes in the request's timing how long what is done within it took."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.began = perf_counter()

    def __exit__(self, *_: object) -> None:
        g.timing[self.name] = perf_counter() - self.began


def install(app: Flask) -> None:
    """Let every request of this app go through here."""
    app.before_request(_begin)
    app.after_request(_finish)
