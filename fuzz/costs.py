"""What is dear: the dearest requests that the service takes, and the price of a case beside them."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

from .case import Request
from .service import Service
from .valid import Catalogue, written

HEADERS = [("Content-Type", "application/json"), ("Accept", "application/json")]

#: A request is asked for less so often until the service takes it.
ATTEMPTS = 6


def dearest(service: Service) -> float:
    """The seconds of a processor that the dearest requests take which are answered: the examples, with as many steps as may be."""
    bodies = Catalogue(service.ask).bodies
    examples = [(path, body["example"]) for path, body in bodies.items() if "steps" in body["example"]]
    return max(_with_most_steps(service, path, example) for path, example in examples)


def _with_most_steps(service: Service, path: str, example: dict[str, Any]) -> float:
    steps = 10_000_000
    for _ in range(ATTEMPTS):
        seldom = {"record_every": 10_000_000} if path == "/trajectory" else {}
        answer = service.send(Request("POST", path, HEADERS, written({**example, **seldom, "steps": max(steps, 1)})))
        if answer.status == 200:
            return answer.cpu
        problem = orjson.loads(answer.body)
        steps = int(steps * 0.98 * problem.get("limit", 1.0) / problem.get("cost", 10.0))
    return 0.0


class Prices:
    """Tells what a request would cost, as a share of what one may: a service that may do next to nothing refuses it with its price."""

    def __init__(self) -> None:
        self._poor = Service(create_app(dataclasses.replace(Settings(), max_work=1.0)))
        self._most = Settings().max_work

    def share(self, request: Request) -> float | None:
        """The price of the work; None for a request that is refused anyway."""
        answer = self._poor.send(request)
        problem = orjson.loads(answer.body) if answer.status == 422 else {}
        return problem["cost"] / self._most if problem.get("what") == "units of work" else None
