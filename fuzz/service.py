"""The service in this process, asked in the way its server asks it; and what that costs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from time import perf_counter, process_time
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from stepgrade_service.serving.replies import reply_of

from .case import Request

#: The application that is fuzzed; a test names others.
APP = "stepgrade_service.web:create_app"

#: Bytes of an answer that is read to make a further request of it.
LONGEST_READ = 1 << 22


@dataclass(frozen=True)
class Answer:
    """What came back, and the seconds that it took: of a processor, and of a clock."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cpu: float = 0.0
    seconds: float = 0.0

    @property
    def mimetype(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


def named(app: str) -> Flask:
    """The application that `module:factory` names."""
    module, _, factory = app.partition(":")
    made: Flask = getattr(import_module(module), factory)()
    return made


class Service:
    """An application, and the requests to it."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def send(self, request: Request) -> Answer:
        """Ask, and measure it. What the application raises passes."""
        environ = environ_of(request)
        began, cpu = perf_counter(), process_time()
        reply, *_ = reply_of(self.app, environ)
        cpu, seconds = process_time() - cpu, perf_counter() - began
        return Answer(reply.status, {name.lower(): value for name, value in reply.headers}, reply.body, cpu, seconds)

    def ask(self, path: str, document: Any = None) -> Any:
        """The JSON of a page, or of an answer to a document; an empty object for an answer that is not JSON, or is very long."""
        headers = [("Content-Type", "application/json")]
        body = b"" if document is None else json.dumps(document).encode("utf-8", "surrogatepass")
        answer = self.send(Request("GET" if document is None else "POST", path, headers, body))
        with suppress(ValueError):
            return json.loads(answer.body) if len(answer.body) <= LONGEST_READ else {}
        return {}


def environ_of(request: Request) -> dict[str, Any]:
    """The environ that the server makes of a request, but that a body is all there."""
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "service",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": BytesIO(request.body),
    }
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        environ["CONTENT_LENGTH"] = str(len(request.body))
    for name in {name.lower() for name, _ in request.headers}:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = request.header(name)
    return environ


Send = Callable[[Request], Answer]
