"""The real application with two more routes, behind the same hooks and the same server: what a request costs that asks for no work.

`python bench/app.py` serves it as `python -m stepgrade_service serve` serves the other.
"""

from __future__ import annotations

from functools import cache

from flask import Flask, Response, request

from stepgrade_service.serving import server, worker
from stepgrade_service.serving.front import Front
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

JSON = "application/json"


@cache
def ready_made(size: int) -> bytes:
    """So many bytes, made once."""
    return b"0" * size


def ready_bytes() -> Response:
    """Read the body and send bytes that were there before: ?n= says how many."""
    request.get_data(cache=False)
    return Response(ready_made(int(request.args["n"])), mimetype=JSON)


def empty() -> Response:
    """Read the body and send next to nothing."""
    request.get_data(cache=False)
    return Response(b"{}", mimetype=JSON)


def with_two_routes(settings: Settings) -> Flask:
    """What the service serves, and the two routes."""
    app = create_app(settings)
    app.add_url_rule("/bench/bytes", view_func=ready_bytes, methods=["POST"])
    app.add_url_rule("/bench/empty", view_func=empty, methods=["POST"])
    return app


def application() -> Front:
    """It as a worker serves it."""
    return worker.application(with_two_routes)


if __name__ == "__main__":
    raise SystemExit(server.run("app:application"))
