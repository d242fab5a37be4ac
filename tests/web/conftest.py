"""The service in this process, with the settings it has when nobody sets anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

Post = Callable[..., TestResponse]


@pytest.fixture(scope="session")
def app() -> Flask:
    return create_app(Settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """`post(path, document, **headers)`: a document is sent as JSON, bytes as they are."""

    def send(path: str, document: Any, **headers: str) -> TestResponse:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return client.post(path, data=body, headers=named, environ_overrides={"CONTENT_LENGTH": str(len(body))})

    return send


@pytest.fixture
def problem() -> Callable[[TestResponse, int], dict[str, Any]]:
    """`problem(answer, status)`: asserts that it is a problem of this status, with all its members, and returns it."""

    def assert_problem(answer: TestResponse, status: int) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        document: dict[str, Any] = json.loads(answer.data)
        assert list(document)[:6] == ["type", "title", "status", "detail", "instance", "errors"]
        assert document["status"] == status
        assert document["type"].startswith("urn:stepgrade:problem:")
        assert document["title"]
        assert document["detail"]
        assert document["instance"] == answer.headers["X-Request-Id"]
        assert all(list(error) == ["pointer", "detail"] for error in document["errors"])
        return document

    return assert_problem


@pytest.fixture
def faults(post: Post, problem: Callable[[TestResponse, int], dict[str, Any]]) -> Callable[..., dict[str, str]]:
    """`faults(path, document)`: what a 422 says, by pointer."""

    def told(path: str, document: Any, **headers: str) -> dict[str, str]:
        errors = problem(post(path, document, **headers), 422)["errors"]
        by_pointer = {error["pointer"]: error["detail"] for error in errors}
        assert len(by_pointer) == len(errors), "a place is told once"
        return by_pointer

    return told
