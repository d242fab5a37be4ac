"""Requests over HTTP, repeated if that can help: no call changes anything in the service, POST neither."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Mapping
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from time import monotonic, sleep
from urllib.parse import unquote, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    InvalidChunkLength,
    InvalidHeader,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from stepgrade import settings
from stepgrade.errors import ConfigurationError, OfflineError, ServiceTimeout, ServiceUnreachable, StepgradeError, UnexpectedAnswer
from stepgrade.messages import Answer, Request
from stepgrade.plain_text import harmless
from stepgrade.proxy import Proxy
from stepgrade.transports import credentials
from stepgrade.transports.retries import RETRIED_STATUSES, pause_after, retry_after
from stepgrade.transports.timely import CallLimits, Session, limited
from stepgrade.transports.unpacking import PACKED, Body, Broken, TooLarge

log = logging.getLogger("stepgrade")

MIB = 1 << 20
PIECE = 1 << 16

#: What may come of a try in place of an answer, and is tried again. The rest is the address's fault, or the answer's.
RETRIED_FAULTS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.InvalidHeader,
    HTTPError,
    HTTPException,
    Broken,
    TimeoutError,
    ConnectionError,
)
#: The other side ended a connection that was there: in place of an answer, or within one.
ENDED = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, RemoteDisconnected, IncompleteRead)
ENDED_EARLY = "ended prematurely"  # as urllib3 says of chunks that do not end
NEVER_THERE = (NewConnectionError, requests.exceptions.SSLError, requests.exceptions.ProxyError)
#: How often a request is sent again at most where there is no connection.
WITH_NOBODY_THERE = 2
#: Something answered, and it does not speak HTTP.
GARBAGE = (HTTPException, ProtocolError, InvalidHeader, DecodeError, Broken)


class HttpTransport:
    """HTTP with one `requests.Session` per process: open connections, the environment's proxies and certificates, no redirects.

    Several threads can share one. A forked process opens its own connections.

    Parameters
    ----------
    base_url : str, optional
        The address of the service. Default: STEPGRADE_URL, or http://127.0.0.1:8000.
    api_key : str, optional
        The API key, if the operator of the service gave you one. Default: STEPGRADE_API_KEY, or none. No error and no repr shows it.
    timeout : float or (float, float), optional
        Seconds to wait for an answer, or two numbers: to connect and to read. Default: STEPGRADE_TIMEOUT, or 2 and 10.
    max_retries : int, default 5
        How often a call is repeated; at most twice if there is no connection at all.
    deadline : float, optional
        Seconds for a whole call. Default: 20, or more if `timeout` needs more.
    max_answer : float, optional
        The largest size of an answer in MiB, both compressed and uncompressed. Default: STEPGRADE_MAX_ANSWER, or 256.
    headers : mapping, optional
        Headers of your own for every request. Default: none.
    auth : (str, str) or callable, optional
        The login for every request, as requests has it: a name and a password, or a function that changes the request. Default: none.

    Raises
    ------
    ConfigurationError
        A parameter is wrong, or the variable that replaces it.
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
        auth: credentials.Auth | None = None,
    ) -> None:
        self.base_url, login = _apart(settings.base_url(base_url))
        self.timeouts = settings.timeouts(timeout)
        self.max_retries = settings.max_retries(max_retries)
        self._deadline = deadline
        self.deadline = settings.whole_call(deadline, self.timeouts)
        self.max_answer = settings.max_answer(max_answer)
        self._headers, self._auth = credentials.headers(headers, settings.api_key(api_key)), credentials.auth(auth) or login
        self._leaves_429 = False
        self._connections = _Connections()

    def __repr__(self) -> str:
        """The address, without a password."""
        return self.base_url

    def with_options(
        self,
        *,
        timeout: settings.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        max_answer: float | None = None,
    ) -> HttpTransport:
        """Make a transport with other options that uses the same connections. What is left out stays as it is.

        Parameters
        ----------
        timeout : float or (float, float), optional
            Seconds to wait for an answer, or two numbers: to connect and to read. If left out: as this transport.
        max_retries : int, optional
            How often a call is repeated. If left out: as this transport.
        deadline : float, optional
            Seconds for a whole call. If left out: as this transport was made with it, or else 20, or more if `timeout` needs more.
        max_answer : float, optional
            The largest size of an answer in MiB. If left out: as this transport.

        Raises
        ------
        ConfigurationError
            An option is wrong.
        """
        other = copy.copy(self)
        if timeout is not None:
            other.timeouts = settings.timeouts(timeout)
        if max_retries is not None:
            other.max_retries = settings.max_retries(max_retries)
        if max_answer is not None:
            other.max_answer = settings.max_answer(max_answer)
        other._deadline = self._deadline if deadline is None else deadline
        other.deadline = settings.whole_call(other._deadline, other.timeouts)
        return other

    def leaving_429(self) -> HttpTransport:
        """Make a transport that returns a 429 with Retry-After at once, for who waits it out himself. It uses the same connections."""
        other = copy.copy(self)
        other._leaves_429 = True
        return other

    def send(self, request: Request) -> Answer:
        """Send until there is a final answer, no retry is left, or the next retry would be after the deadline.

        It returns the last answer, whatever its status.

        Parameters
        ----------
        request : Request
            The request, with its id.

        Raises
        ------
        OfflineError, ServiceUnreachable, ServiceTimeout, ConfigurationError
        UnexpectedAnswer
            The answer is not HTTP, or it is larger than `max_answer`.
        """
        if settings.offline():
            raise OfflineError(
                f"STEPGRADE_OFFLINE is set, so the client did not connect to {self!r}. Set it to 0 to use the network."
                " Client.local() and a bundle (STEPGRADE_BUNDLE) need no network."
            )
        ends = monotonic() + self.deadline
        tries = 0
        while True:
            outcome, tries = self._try(request, ends), tries + 1
            if isinstance(outcome, Answer) and (outcome.status not in RETRIED_STATUSES or self._leaves(outcome)):
                return outcome
            pause = pause_after(tries, outcome if isinstance(outcome, Answer) else None)
            log.debug("%s %s: %s (request %s, try %d)", request.method, request.path, _said(outcome), request.id, tries)
            if tries > self._most_retries(outcome) or pause is None or monotonic() + pause >= ends:
                break
            sleep(pause)
        if isinstance(outcome, Answer):
            return outcome
        raise self._fault(outcome, request, tries)

    def close(self) -> None:
        """Close the connections. A later request opens new ones."""
        self._connections.close()

    @property
    def _session(self) -> Session:
        return self._connections.session

    def _leaves(self, answer: Answer) -> bool:
        return self._leaves_429 and answer.status == 429 and retry_after(answer.headers.get("Retry-After")) is not None

    def _try(self, request: Request, ends: float) -> Answer | Exception:
        """Send once, and read until `ends` at the latest; what may be tried again is returned, not raised."""
        left = ends - monotonic()
        connect, read = (max(min(each, left), 0.001) for each in self.timeouts)
        limits = CallLimits(ends, read, int(self.max_answer * MIB))
        try:
            with (
                limited(limits),
                self._session.request(
                    request.method,
                    self.base_url + request.path,
                    headers={**request.headers, **self._headers, "Accept-Encoding": PACKED},
                    data=request.body or None,
                    auth=self._auth,
                    timeout=(connect, read),
                    allow_redirects=False,
                    stream=True,
                ) as got,
            ):
                return Answer(got.status_code, got.headers, _body(got, limits), self.base_url)
        except StepgradeError:  # of the caller's own login
            raise
        except (TooLarge, MemoryError):
            too_large = UnexpectedAnswer(
                f"The answer of {self!r} is larger than {self.max_answer:g} MiB. The client stopped reading it. Ask for less,"
                " for example with fewer steps. Or allow more: max_answer (or STEPGRADE_MAX_ANSWER) is the largest size in MiB.",
                request_id=request.id,
            )
        except RETRIED_FAULTS as fault:
            return fault
        except (requests.RequestException, ValueError, OSError, TypeError) as fault:  # requests has a TypeError for a proxy without a host
            reason = _reason(fault)
            message = f"The address base_url {self!r} does not work: {reason}.{_through(Proxy.of(self.base_url))}"
            raise ConfigurationError(message, request_id=request.id) from None
        raise too_large

    def _most_retries(self, outcome: Answer | Exception) -> int:
        """How often to send again what came out so; where nobody is there, the address may be wrong, and a person waits to hear it."""
        is_there = isinstance(outcome, Answer) or not any(isinstance(each, NEVER_THERE) for each in _causes(outcome))
        return self.max_retries if is_there else min(self.max_retries, WITH_NOBODY_THERE)

    def _fault(self, fault: Exception, request: Request, tries: int) -> StepgradeError:
        often, causes, reason = f"{tries} tries" if tries > 1 else "1 try", _causes(fault), _reason(fault)
        proxy = Proxy.of(self.base_url)
        if proxy is not None and any(isinstance(each, requests.exceptions.ProxyError) for each in causes):
            message = f"Cannot reach {self!r} through the proxy {proxy.address} ({often}): {reason}. {proxy.way_out}"
            return ServiceUnreachable(message, request_id=request.id)
        if any(isinstance(each, requests.Timeout | ReadTimeoutError | TimeoutError) for each in causes):
            connect, read = self.timeouts
            return ServiceTimeout(
                f"There was no answer from {self!r} in time ({often}; {connect:g} s to connect, {read:g} s to read,"
                f" {self.deadline:g} s in all). Set a longer time with timeout (or STEPGRADE_TIMEOUT).{_through(proxy)}",
                request_id=request.id,
            )
        if _was_ended(causes):
            return ServiceUnreachable(
                f"The service ended the request before the answer was complete ({often}). {self!r} closed the connection: {reason}."
                " The request may take too long for the service. Ask for less, for example fewer steps, or try again later.",
                request_id=request.id,
            )
        if any(isinstance(each, GARBAGE) for each in causes):
            return UnexpectedAnswer(
                f"The answer of {self!r} cannot be read ({often}): {reason}. Is base_url (or STEPGRADE_URL) the address of Stepgrade?"
                f"{_through(proxy)}",
                request_id=request.id,
            )
        return ServiceUnreachable(
            f"Cannot reach {self!r} ({often}): {reason}. Is base_url (or STEPGRADE_URL) the address of Stepgrade?{_through(proxy)}",
            request_id=request.id,
        )


class _Connections:
    """The open connections of a process. Several transports may share them; a forked process has its own."""

    def __init__(self) -> None:
        self._session, self._process = Session(), os.getpid()

    @property
    def session(self) -> Session:
        if self._process != os.getpid():
            self._session, self._process = Session(), os.getpid()
        return self._session

    def close(self) -> None:
        self._session.close()


def _through(proxy: Proxy | None) -> str:
    """What to say besides where a request went through a proxy."""
    return f" The request goes through the proxy {proxy.address}. {proxy.way_out}" if proxy is not None else ""


def _apart(url: str) -> tuple[str, AuthBase | None]:
    """An address without the user's name and password, and these. No message of another library can show what it was not given."""
    parts = urlsplit(url)
    login, mark, host = parts.netloc.rpartition("@")
    name, _, password = login.partition(":")
    auth = HTTPBasicAuth(unquote(name).encode(), unquote(password).encode()) if mark and login else None
    return parts._replace(netloc=host).geturl(), auth


def _body(got: requests.Response, limits: CallLimits) -> bytes:
    """The body, unpacked, as far as the limits go."""
    body = Body(got.headers.get("Content-Encoding", ""), limits.most)
    length = got.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > limits.most:
        raise TooLarge
    try:
        for piece in got.raw.stream(PIECE, decode_content=False):
            body.add(piece)
            limits.wait()
    except ValueError as fault:  # a chunk of a negative length
        raise Broken(str(fault)) from None
    if got.raw.length_remaining:  # urllib3 1.26 takes half an answer for a whole one
        raise ConnectionResetError(f"{got.raw.length_remaining} bytes of the answer are missing")
    return body.whole()


def _said(outcome: Answer | Exception) -> str:
    return str(outcome.status) if isinstance(outcome, Answer) else _reason(outcome)


def _was_ended(causes: list[BaseException]) -> bool:
    """Whether the connection was there, and the other side ended it before the answer was whole."""
    if any(isinstance(each, NEVER_THERE) for each in causes) or any(
        isinstance(each, InvalidChunkLength) and each.length for each in causes
    ):
        return False
    return any(isinstance(each, ENDED) or ENDED_EARLY in str(each) for each in causes)


def _causes(fault: BaseException) -> list[BaseException]:
    """A fault, and those that it was made of: in its arguments, as its reason."""
    inner = next((cause for cause in _within(fault) if isinstance(cause, BaseException)), None)
    return [fault] if inner is None else [fault, *_causes(inner)]


def _within(fault: BaseException) -> tuple[object, ...]:
    raised_from = fault.__context__ if isinstance(fault, NewConnectionError) else fault.__cause__  # urllib3 1.26 names no cause
    return (getattr(fault, "reason", None), raised_from, *reversed(fault.args))


def _reason(fault: BaseException) -> str:
    """The innermost cause in its own words: `Connection refused` rather than three layers of libraries."""
    inner = _causes(fault)[-1]
    words = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return harmless(words, 300).rstrip(".")
