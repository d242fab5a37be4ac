"""The client: one method for each task of the service. The methods stand in `methods`, those for graders in `grading`."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from inspect import isfunction
from typing import Self

from stepgrade import settings
from stepgrade.bundles import Bundle
from stepgrade.caller import Caller
from stepgrade.grading.grader import Grader
from stepgrade.methods.comparing import Comparer
from stepgrade.methods.looking_up import Catalogues
from stepgrade.methods.running import Runner
from stepgrade.methods.sweeping import Sweeper
from stepgrade.transports import BundleTransport, HttpTransport, Transport, WsgiTransport
from stepgrade.transports.credentials import Auth


class Client(Runner, Comparer, Sweeper, Catalogues, Grader):
    """A client of a Stepgrade service, over HTTP or in this process.

    Numbers can be Python numbers, nested lists, or NumPy arrays of any float or integer type. Answers hold float64 arrays. Every call
    can raise `InvalidArgument` (before the request is sent: NaN, or text in place of a number), `InvalidRequest` (with a list of
    every fault), the other `ApiError`s, `ServiceUnreachable`, `ServiceTimeout` and `OfflineError`. The client prints nothing and
    gives no warnings. Only `sweep` and `check_many` draw a progress bar, and only on a terminal or in a notebook.
    Several threads can share a client. Use it in a `with` block, or call `close()`.

    Parameters
    ----------
    base_url : str, optional
        The address of the service. Default: STEPGRADE_URL, or http://127.0.0.1:8000.
    api_key : str, optional
        The API key, if the operator of the service gave you one. Default: STEPGRADE_API_KEY, or none. No error and no repr shows it.
    timeout : float or (float, float), optional
        Seconds to wait for an answer, or two numbers: to connect and to read. Default: STEPGRADE_TIMEOUT (`10`, or `2,10`), or
        2 and 10.
    max_retries : int, default 5
        How often the client repeats a call after 408, 429, 502, 503, 504, a lost connection or a time-out. The pauses grow, and
        they are at least as long as Retry-After. If it cannot connect at all, it repeats the call at most twice. No call changes
        anything in the service, so the client repeats POST too.
    deadline : float, optional
        Seconds for a whole call. After that time no retry starts, and the client stops reading. Default: 20, or more if `timeout`
        needs more.
    max_answer : float, optional
        The largest size of an answer in MiB, both compressed and uncompressed. Default: STEPGRADE_MAX_ANSWER, or 256.
    headers : mapping, optional
        Headers of your own for every request, for example `{"Authorization": "Bearer ..."}` if the service is behind a gateway. The
        client sets Accept, Content-Type and X-Request-Id itself. Default: none.
    auth : (str, str) or callable, optional
        The login for every request, as requests has it: a name and a password, or a function that changes the request. Default:
        none. No error and no repr shows a value of `headers` or `auth`.
    bundle : path or Bundle, optional
        A file that all answers come from, without a network. Default: STEPGRADE_BUNDLE, unless there is a `base_url`. A request
        that is not in the file raises `NotInBundle`.
    engine : str, optional
        The version of the engine that must answer, such as `"2.1"` or `"2.1.0"`. If another version answers, the call raises
        `ConfigurationError`, so numbers cannot change within a term. Default: STEPGRADE_ENGINE, or any version.
    transport : Transport, optional
        Sends the requests in place of HTTP. Then the other arguments but `engine` have no effect. Default: HTTP, or the bundle.

    Raises
    ------
    ConfigurationError
        An argument is wrong, or the variable that replaces it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        timeout: settings.Timeout | None = None,
        max_retries: int = settings.MAX_RETRIES,
        deadline: float | None = None,
        max_answer: float | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        bundle: str | os.PathLike[str] | Bundle | None = None,
        engine: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        if transport is None:
            answers = settings.answers(bundle, base_url)
            if answers is None:
                transport = HttpTransport(
                    base_url,
                    api_key=api_key,
                    timeout=timeout,
                    max_retries=max_retries,
                    deadline=deadline,
                    max_answer=max_answer,
                    headers=headers,
                    auth=auth,
                )
            else:
                transport = BundleTransport(answers if isinstance(answers, Bundle) else Bundle.read(answers))
        super().__init__(transport, settings.engine(engine))

    @classmethod
    def local(cls, *, engine: str | None = None) -> Client:
        """Make a client that runs the service in this process: the same numbers, without a server, a port or a network.

        Parameters
        ----------
        engine : str, optional
            The version of the engine that must answer. Default: STEPGRADE_ENGINE, or any version.

        Raises
        ------
        ConfigurationError
            The distribution stepgrade-service is not installed, or `engine` is no version.
        """
        return cls(transport=WsgiTransport(), engine=engine)

    def with_options(
        self,
        *,
        timeout: settings.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        max_answer: float | None = None,
    ) -> Self:
        """Make a client with other options, for example for one long call: `client.with_options(timeout=60).compare(...)`.

        It uses the connections of this client, also its headers and its login. Without a network (a bundle, `Client.local()`, a
        transport of your own) the options have no effect.

        Parameters
        ----------
        timeout : float or (float, float), optional
            Seconds to wait for an answer, or two numbers: to connect and to read. If left out: as this client.
        max_retries : int, optional
            How often the client repeats a call. If left out: as this client.
        deadline : float, optional
            Seconds for a whole call. If left out: as this client was made with it, or else 20, or more if `timeout` needs more.
        max_answer : float, optional
            The largest size of an answer in MiB. If left out: as this client.

        Raises
        ------
        ConfigurationError
            An option is wrong.
        """
        other = copy.copy(self)
        if isinstance(self.transport, HttpTransport):
            other.transport = self.transport.with_options(
                timeout=timeout, max_retries=max_retries, deadline=deadline, max_answer=max_answer
            )
        return other


# Python's own errors name the class in which a method stands: people know the client alone.
for part in (Runner, Comparer, Sweeper, Catalogues, Grader, Caller):
    for name, method in vars(part).items():
        if isfunction(method):
            method.__qualname__ = f"{Client.__name__}.{name}"
