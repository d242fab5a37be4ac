"""Answers that need no work thread: whether the worker lives, whether it should be sent requests, and its numbers."""

from __future__ import annotations

from flask import Flask

from ..web.problems import ApiProblem
from ..web.transport import EVERY
from .metrics import MEDIA_TYPE, Metrics
from .replies import Reply, told

HEALTH, READINESS, METRICS = "/healthz", "/readyz", "/metrics"


class HealthProbes:
    """What is answered beside the work."""

    def __init__(self, app: Flask, metrics: Metrics) -> None:
        self.is_ending = False
        self._metrics = metrics
        client = app.test_client()
        # As the application answers them now: its kernels are loaded, and it has taken the known step.
        answers = {path: client.get(path) for path in (HEALTH, READINESS)}
        self._made = {path: (answer.mimetype or "", answer.data) for path, answer in answers.items() if answer.status_code == 200}

    def reply(self, path: str, request_id: str) -> Reply | None:
        """The answer to a GET, None where the application has to be asked."""
        if path == READINESS and self.is_ending:
            return told(shutting_down(), request_id)
        if path == METRICS:
            return _reply(MEDIA_TYPE, self._metrics.text(), request_id)
        return _reply(*self._made[path], request_id) if path in self._made else None


def shutting_down() -> ApiProblem:
    """503 for a worker that is about to end."""
    detail = "this server is shutting down; send requests to another"
    return ApiProblem(503, "shutting-down", "Shutting down", detail, headers={"Retry-After": "5"})


def _reply(mimetype: str, body: bytes, request_id: str) -> Reply:
    return Reply(200, [("Content-Type", mimetype), ("X-Request-Id", request_id), *EVERY], body)
