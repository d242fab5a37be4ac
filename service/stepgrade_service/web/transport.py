"""What every request goes through: its id, its body's length, the headers of its answer, a line in the log."""

from __future__ import annotations

import logging
import re
from time import perf_counter
from uuid import uuid4

import orjson
from flask import Flask, Response, g, request

from ..engine import VERSION
from .problems import ApiProblem

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
EXPOSED = "ETag, Retry-After, Server-Timing, Stepgrade-Engine, Stepgrade-Status, Stepgrade-Optimizer, Stepgrade-Objective, X-Request-Id"

#: A longer body than this is left to the connection, which then ends.
MOST_READ_IN_VAIN = 1 << 26

access = logging.getLogger("stepgrade_service.access")


def _begin() -> None:
    """Name the request; refuse a body of unknown length, or one that is too long."""
    g.began = perf_counter()
    offered = request.headers.get("X-Request-Id", "")
    g.request_id = offered if REQUEST_ID.fullmatch(offered) else uuid4().hex
    g.timing = {}
    g.unread = request.content_length or 0
    if request.method != "POST" or request.routing_exception is not None:
        return
    length = request.content_length
    if length is None or "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise ApiProblem(411, "length-required", "Length required", "send a Content-Length: a body of unknown length is not read")
    limit = request.max_content_length
    if limit is not None and length > limit:
        detail = f"the body has {length} bytes; at most {limit} are read"
        raise ApiProblem(413, "content-too-large", "The body is too large", detail, limit=limit)


def _read_the_rest() -> None:
    """Read a body that nobody read: a client that is still sending would lose its connection, and with it the answer."""
    left = g.pop("unread", 0)
    if left <= MOST_READ_IN_VAIN:
        while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 1 << 16))):
            left -= len(chunk)


def _finish(response: Response) -> Response:
    """Put the headers that every answer has."""
    _read_the_rest()
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers["Stepgrade-Engine"] = VERSION
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    headers["X-Content-Type-Options"] = "nosniff"
    timing = g.get("timing")
    if timing:
        headers["Server-Timing"] = ", ".join(f"{name};dur={1e3 * seconds:.3f}" for name, seconds in timing.items())
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, POST, OPTIONS")
        headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match, X-Request-Id"
        headers["Access-Control-Max-Age"] = "86400"
    if access.isEnabledFor(logging.INFO):
        _log(response)
    return response


def _log(response: Response) -> None:
    """One line of JSON; never a body."""
    line = {
        "request_id": g.get("request_id", ""),
        "method": request.method,
        "path": request.path[:500],
        "status": response.status_code,
        "milliseconds": round(1e3 * (perf_counter() - g.get("began", perf_counter())), 3),
        "bytes_in": request.content_length or 0,
        "bytes_out": response.content_length,
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
