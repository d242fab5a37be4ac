"""The pace of a sweep's requests: a service that says 429, and when to come back, is waited for by all threads together."""

from __future__ import annotations

import copy
import logging
from threading import Condition
from time import monotonic
from typing import TypeVar

from stepgrade.caller import Caller
from stepgrade.errors import ServiceUnreachable
from stepgrade.messages import Answer, Request
from stepgrade.transports import BundleTransport, HttpTransport, Transport, WsgiTransport
from stepgrade.transports.retries import retry_after

log = logging.getLogger("stepgrade.sweeps")

TOO_MANY = 429

#: So often one request is sent: refused as often, while no other of ours is under way, it will never fit.
TRIES = 20

#: So many good answers in a row, and one more request goes at a time.
EASE = 16

C = TypeVar("C", bound=Caller)


class Pacing:
    """A transport that several threads share. It sends a request again where a 429 has Retry-After, and not before that time.

    Each refused try costs a part of the client's budget. So after a 429 one request goes at a time, and later slowly more.
    """

    def __init__(self, transport: Transport, threads: int) -> None:
        self._plain = transport
        self._transport = transport.leaving_429() if isinstance(transport, HttpTransport) else transport
        self._turn, self._threads, self._most = Condition(), threads, threads
        self._under_way, self._good, self._until = 0, 0, 0.0
        self._waits, self._stopped = False, False

    def __repr__(self) -> str:
        """Where it goes."""
        return repr(self._transport)

    def send(self, request: Request) -> Answer:
        """Send when it is time; a 429 that does not say when to come back is the answer.

        Raises ServiceUnreachable where it still waits at the end of the sweep. After it, a result may fetch its picture.
        """
        if self._stopped:
            return self._plain.send(request)
        for _ in range(TRIES):
            self._begin(request)
            try:
                answer = self._transport.send(request)
            finally:
                self._end()
            seconds = retry_after(answer.headers.get("Retry-After")) if answer.status == TOO_MANY else None
            if seconds is None:
                self._ease()
                break
            self._wait(seconds)
        return answer

    def stop(self) -> None:
        """Let no thread wait any longer: nobody reads what it would bring."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()

    def close(self) -> None:
        """Close what carries the requests."""
        self._transport.close()

    def _begin(self, request: Request) -> None:
        with self._turn:
            while not self._stopped and (self._under_way >= self._most or monotonic() < self._until):
                self._turn.wait(max(self._until - monotonic(), 0.0) or None)
            if self._stopped:
                raise ServiceUnreachable("The sweep is over, so the request was not sent.", request_id=request.id)
            self._under_way += 1

    def _end(self) -> None:
        with self._turn:
            self._under_way -= 1
            self._turn.notify_all()

    def _wait(self, seconds: float) -> None:
        with self._turn:
            self._most, self._good = 1, 0
            self._until = max(self._until, monotonic() + seconds)
            is_first, self._waits = not self._waits, True
        if is_first:
            log.info(
                "The service answered 429: too many requests. The sweep waits %.0f s. It waits again whenever the service asks for it.",
                seconds,
            )

    def _ease(self) -> None:
        with self._turn:
            self._good += 1
            if self._good >= EASE and self._most < self._threads:
                self._most, self._good = self._most + 1, 0
                self._turn.notify_all()


def paced(client: C, threads: int) -> tuple[C, Pacing | None]:
    """The client with a pace for so many threads; without one where no network and no budget is in between."""
    if isinstance(client.transport, (WsgiTransport, BundleTransport)):
        return client, None
    other = copy.copy(client)
    other.transport = pacing = Pacing(client.transport, threads)
    return other, pacing
