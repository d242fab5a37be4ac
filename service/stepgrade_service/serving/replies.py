"""Answers as they are sent, whoever made them: the application, or the server in its place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

import orjson
from flask import Flask, g

from ..web.clients import named
from ..web.problems import MEDIA_TYPE, ApiProblem
from ..web.transport import EVERY, TRACED, access, log


class Reply(NamedTuple):
    """What is sent."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Answered(NamedTuple):
    """An answer, the route that gave it, the price of the request in units of work, and the optimizers that it asked for."""

    reply: Reply
    route: str | None = None
    work: float = 0.0
    optimizers: Sequence[str] = ()


def reply_of(app: Flask, environ: dict[str, Any]) -> Answered:
    """What the application answers.

    This is `Flask.wsgi_app` without the detour over start_response and an iterator, which would cost as much as a small step.
    """
    with app.request_context(environ) as context:
        response = app.full_dispatch_request()
        route = context.request.url_rule
        if response.is_streamed or response.status_code != 200:
            chunks, status, headers = response.get_wsgi_response(environ)
            reply = Reply(int(status[:3]), headers, b"".join(chunks))
            response.close()
        else:
            reply = Reply(200, response.headers.to_wsgi_list(), response.get_data())
        price = g.get("price")
        return Answered(reply, route.rule if route else None, price.work if price else 0.0, g.get("optimizers", ()))


def told(problem: ApiProblem, request_id: str) -> Reply:
    """A problem of the server's own."""
    headers = [("Content-Type", MEDIA_TYPE), *problem.headers.items(), ("X-Request-Id", request_id), *EVERY]
    return Reply(problem.status, headers, orjson.dumps(problem.document(request_id)))


def routes_of(app: Flask) -> frozenset[str]:
    """The routes that are paths themselves: those of what the server refuses without the application."""
    return frozenset(rule.rule for rule in app.url_map.iter_rules() if not rule.arguments)


def log_told(
    problem: ApiProblem,
    reply: Reply,
    environ: dict[str, Any],
    asked: tuple[str, str, str],
    route: str | None,
    arrived: float,
    bytes_in: int,
) -> None:
    """The line in the log of an answer that the application knows nothing of; `asked` is the request id, the method and the path."""
    if access.isEnabledFor(logging.INFO):
        sizes = (bytes_in, len(reply.body))
        more: dict[str, Any] = {**named(environ), "problem": problem.slug}
        log(*asked, reply.status, perf_counter() - arrived, *sizes, environ.get(TRACED, ""), route, **more)
