"""Requests over HTTP, sent again where that may help: every call of the service is pure, POST too."""

from __future__ import annotations

import logging
import os
from time import monotonic, sleep
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ReadTimeoutError

from stepgrade import settings
from stepgrade.errors import ConfigurationError, OfflineError, ServiceTimeout, ServiceUnreachable, StepgradeError
from stepgrade.messages import Answer, Request
from stepgrade.transports.retries import RETRIED_STATUSES, pause_after

log = logging.getLogger("stepgrade")

RETRIED_FAULTS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class HttpTransport:
    """HTTP on one `requests.Session` a process: kept connections, the environment's proxies and certificates, no redirects.

    Several threads may share one. A process that was forked off opens connections of its own.

    Parameters
    ----------
    base_url, timeout, max_retries, deadline
        As for `Client`.

    Raises
    ------
    ConfigurationError
        A parameter, or the variable that stands in for it, cannot be used.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        timeout: settings.Timeout | None = None,
        max_retries: int = settings.MAX_RETRIES,
        deadline: float | None = None,
    ) -> None:
        self.base_url = settings.base_url(base_url)
        self.timeouts = settings.timeouts(timeout)
        self.max_retries = settings.max_retries(max_retries)
        self.deadline = settings.deadline(deadline, self.timeouts)
        self._session, self._process = requests.Session(), os.getpid()

    def __repr__(self) -> str:
        """The address, without a password that it may hold."""
        parts = urlsplit(self.base_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def send(self, request: Request) -> Answer:
        """Send until there is an answer worth having, no retry is left, or the next would be past the deadline.

        The last answer is returned whatever its status.

        Raises
        ------
        OfflineError, ServiceUnreachable, ServiceTimeout, ConfigurationError
        """
        if settings.offline():
            raise OfflineError(
                f"STEPGRADE_OFFLINE is set, so {self!r} was not asked: unset it (or set it to 0) to use the network,"
                " or use Client.local() or a bundle (STEPGRADE_BUNDLE), which need none"
            )
        ends = monotonic() + self.deadline
        tries = 0
        while True:
            outcome, tries = self._try(request, ends - monotonic()), tries + 1
            if isinstance(outcome, Answer) and outcome.status not in RETRIED_STATUSES:
                return outcome
            pause = pause_after(tries, outcome if isinstance(outcome, Answer) else None)
            log.debug("%s %s: %s (request %s, try %d)", request.method, request.path, _said(outcome), request.id, tries)
            if tries > self.max_retries or pause is None or monotonic() + pause >= ends:
                break
            sleep(pause)
        if isinstance(outcome, Answer):
            return outcome
        raise self._fault(outcome, request, tries)

    def close(self) -> None:
        """Close the kept connections; a later request opens new ones."""
        self._session.close()

    def _try(self, request: Request, left: float) -> Answer | requests.RequestException:
        """Send once, with what is `left` of the call's seconds at most; what may be tried again is returned, not raised."""
        connect, read = (max(min(each, left), 0.001) for each in self.timeouts)
        if self._process != os.getpid():
            self._session, self._process = requests.Session(), os.getpid()
        try:
            got = self._session.request(
                request.method,
                self.base_url + request.path,
                headers=dict(request.headers),
                data=request.body or None,
                timeout=(connect, read),
                allow_redirects=False,
            )
        except RETRIED_FAULTS as fault:
            return fault
        except requests.RequestException as fault:
            raise ConfigurationError(f"base_url {self!r} cannot be used: {_reason(fault)}", request_id=request.id) from None
        return Answer(got.status_code, got.headers, got.content)

    def _fault(self, fault: requests.RequestException, request: Request, tries: int) -> StepgradeError:
        often = f"{tries} tries" if tries > 1 else "1 try"
        if isinstance(fault, requests.Timeout) or any(isinstance(each, ReadTimeoutError) for each in fault.args):
            connect, read = self.timeouts
            return ServiceTimeout(
                f"no answer from {self!r} in time ({often}; {connect:g} s to connect, {read:g} s to read, {self.deadline:g} s in all);"
                " timeout (or STEPGRADE_TIMEOUT) says how long to wait",
                request_id=request.id,
            )
        return ServiceUnreachable(
            f"cannot reach {self!r} ({often}): {_reason(fault)}; base_url (or STEPGRADE_URL) says where Stepgrade is",
            request_id=request.id,
        )


def _said(outcome: Answer | requests.RequestException) -> str:
    return str(outcome.status) if isinstance(outcome, Answer) else _reason(outcome)


def _reason(fault: BaseException) -> str:
    """The innermost cause in its own words: `Connection refused` rather than three layers of libraries."""
    causes = (getattr(fault, "reason", None), fault.__cause__, *reversed(fault.args))
    inner = next((cause for cause in causes if isinstance(cause, BaseException)), None)
    if inner is not None:
        return _reason(inner)
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
