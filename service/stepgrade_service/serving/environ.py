"""From what the server received to what a WSGI application takes; what no server should take is refused."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from granian.rsgi import Scope

from ..web.problems import ApiProblem

#: Most bytes of a path with its query, of one header, and of all headers; nginx has the same.
MOST_OF_TARGET, MOST_OF_HEADER, MOST_OF_HEADERS = 8192, 8192, 32768

BASE: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def environ_of(scope: Scope, server: tuple[str, str]) -> dict[str, Any]:
    """The environ of a request without its body; raises ApiProblem 400, 414 or 431."""
    path, query = scope.path, scope.query_string
    if len(path) + len(query) > MOST_OF_TARGET:
        raise ApiProblem(414, "uri-too-long", "The address is too long", "the path and the query are too long; send the data in the body")
    environ = {
        **BASE,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": path if path.isascii() else path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1" if scope.http_version == "1.1" else "HTTP/1.0",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "wsgi.url_scheme": scope.scheme,
    }
    hosts = _add_headers(environ, scope.headers.items())
    if hosts > 1 or (hosts == 0 and scope.http_version == "1.1"):
        raise ApiProblem(400, "bad-request", "The request is not valid HTTP", f"expected one Host header, got {hosts}")
    return environ


def _add_headers(environ: dict[str, Any], headers: list[tuple[str, str]]) -> int:
    """Add the headers, one that came several times as one; returns how many Hosts there were."""
    size = hosts = 0
    for name, value in headers:
        size += len(name) + len(value)
        if len(value) > MOST_OF_HEADER or size > MOST_OF_HEADERS:
            detail = "the headers are too long; send the data in the body"
            raise ApiProblem(431, "request-header-fields-too-large", "The headers are too long", detail)
        key = _key(name)
        if key == "HTTP_HOST":
            hosts += 1
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return hosts


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    """A header's name in an environ; a name with `_` is kept apart, so that it is not taken for the one with `-`."""
    if "_" in name:
        return f"OTHER_{name.upper()}"
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
