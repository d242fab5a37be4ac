"""The Flask application, put together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_swagger_ui import get_swaggerui_blueprint

from . import (
    catalogue,
    check,
    compare,
    contours,
    convert,
    data,
    index,
    limiting,
    map,
    mistakes,
    objectives,
    playground,
    policies,
    probe,
    problems,
    schedules,
    step,
    trajectory,
    transport,
)
from .openapi import views as openapi
from .settings import Settings, read_settings

logging.getLogger("stepgrade_service").addHandler(logging.NullHandler())

#: Swagger UI: it asks no other address for anything, and its page is the same whatever host was asked.
DOCS = {"app_name": "Stepgrade", "validatorUrl": None, "oauth2RedirectUrl": "/docs/oauth2-redirect.html"}

RESOURCES = (
    index, playground, step, trajectory, compare, map, contours, convert, check, probe,
    mistakes, catalogue, objectives, data, schedules, openapi,
)  # fmt: skip


class Service(Flask):
    """Flask, told that no function here is a coroutine: it asks of each hook in each request, which costs more than the hooks do."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application; without settings they are read from the STEPGRADE_SERVER_* variables."""
    settings = read_settings() if settings is None else settings
    app = Service(__name__, static_folder=None)
    app.config.update(SETTINGS=settings, MAX_CONTENT_LENGTH=settings.max_body)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # else `//` leads away by a redirect
    policies.install(app)
    transport.install(app)
    limiting.install(app)
    problems.install(app)
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint)
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.yaml", config=DOCS))
    playground.playground()  # read now, so that a request finds it there
    return app
