"""The service in this process: the same application, called through WSGI. No server, no port, no network."""

from __future__ import annotations

import importlib
import io
import math
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from typing import Any

from requests.structures import CaseInsensitiveDict

from stepgrade.errors import ConfigurationError
from stepgrade.messages import Answer, Request

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FACTORY, MANY = ("stepgrade_service.web", "create_app"), ("stepgrade_service.web.many", "trajectories")

_lock = threading.Lock()
_shared: list[Application] = []


class WsgiTransport:
    """Calls a WSGI application. The default is the service itself: the first request makes it, and the process shares it.

    Parameters
    ----------
    application : callable, optional
        Another WSGI application, for example in a test. It needs the package werkzeug.

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
        from werkzeug.test import EnvironBuilder, run_wsgi_app  # werkzeug comes with the service
        from werkzeug.wsgi import ClosingIterator

        asked = EnvironBuilder(
            request.path,
            method=request.method,
            headers=request.headers.items(),
            input_stream=io.BytesIO(request.body),
            errors_stream=io.StringIO(),  # a grader may read anything on stderr as a failure
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
            multithread=True,
        )
        parts, status, headers = run_wsgi_app(application, asked.get_environ())
        with closing(ClosingIterator(parts)) as body:
            return Answer(int(status[:3]), CaseInsensitiveDict(list(headers)), b"".join(body))

    def many(self, engine: str | None) -> Callable[..., Any] | None:
        """What runs one request of /trajectory many times in this process: `trajectories` of the service, without its application.

        Parameters
        ----------
        engine : str or None
            The version of the engine that must run it.

        Returns
        -------
        callable or None
            None if this is not the service itself, or its engine has another version.
        """
        if self._application is not None:
            return None
        application, (name, function) = _service(), MANY
        try:
            module = importlib.import_module(name)
        except ImportError:  # an older service
            return None
        version = getattr(module, "VERSION", "")
        return partial(getattr(module, function), application) if f"{version}.".startswith(f"{engine or version}.") else None

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
