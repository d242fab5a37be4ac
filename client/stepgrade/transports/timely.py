"""Connections that keep to the limits of a call: every use of a socket ends in time, and the bytes of an answer are counted.

The time-out of requests and urllib3 is for one use of the socket. A server that sends or takes a byte a second never meets it.
"""

from __future__ import annotations

import io
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from stepgrade.transports.unpacking import TooLarge

HEAD = 1 << 20  # bytes for the head of an answer, and for the frames of chunks
RECORD = 1 << 14  # bytes that TLS sends at once; each record has the whole time-out again


@dataclass(frozen=True)
class CallLimits:
    """When a call ends (on the monotonic clock), how many seconds one read may take, and how many bytes an answer may have."""

    ends: float
    read: float
    most: int

    def wait(self) -> float:
        """How long the next read may take; raises TimeoutError where there is no time left."""
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return min(self.read, left)


_now = threading.local()


@contextmanager
def limited(limits: CallLimits) -> Iterator[None]:
    """Everything that this thread sends and reads meanwhile keeps to `limits`."""
    _now.limits = limits
    try:
        yield
    finally:
        _now.limits = None


def _in_force() -> CallLimits | None:
    found: CallLimits | None = getattr(_now, "limits", None)
    return found


class _Reader(io.RawIOBase):
    """The bytes of a socket, in time and counted."""

    def __init__(self, sock: Any, raw: Any, limits: CallLimits) -> None:
        self._sock, self._raw, self._limits = sock, raw, limits
        self._left = 2 * limits.most + HEAD  # the frames of chunks of one byte are longer than that byte; the body is counted by itself

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._limits.wait())
        count: int = self._raw.readinto(buffer) or 0
        self._left -= count
        if self._left < 0:
            raise TooLarge
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimelyResponse(HTTPResponse):
    """An answer that is read under the limits of its thread."""

    def __init__(self, sock: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        limits = _in_force()
        if limits is not None:
            self.fp = io.BufferedReader(_Reader(sock, self.fp.detach(), limits))


class TimelySocket(ssl.SSLSocket):
    """TLS with a proxy. TLS with a server behind the proxy lies within it, and urllib3 moves that here a piece at a time."""

    def recv(self, *arguments: Any, **named: Any) -> bytes:
        self._keep_time()
        return super().recv(*arguments, **named)

    def send(self, *arguments: Any, **named: Any) -> int:
        self._keep_time()
        return super().send(*arguments, **named)

    def _keep_time(self) -> None:
        limits = _in_force()
        if limits is not None:
            self.settimeout(limits.wait())


class TimelyConnection(HTTPConnection):
    """What a connection of urllib3 does under the limits of its thread: it begins TLS, sends, and has a `TimelyResponse`."""

    response_class = TimelyResponse

    def send(self, data: Any) -> None:
        """Send a piece at a time, for a server may be as slow to take as to answer."""
        limits = _in_force()
        if limits is None or not isinstance(data, bytes):
            super().send(data)
            return
        if self.sock is None:
            self.connect()
        for begin in range(0, len(data), RECORD):
            self.sock.settimeout(limits.wait())
            super().send(data[begin : begin + RECORD])

    def _new_conn(self) -> Any:
        """A socket that is connected; TLS has no more time than is left after that."""
        sock, limits = super()._new_conn(), _in_force()  # type: ignore[misc]  # urllib3's
        if limits is not None:
            sock.settimeout(min(sock.gettimeout() or limits.read, max(limits.ends - monotonic(), 0.001)))
        return sock

    def _tunnel(self) -> None:
        """Ask a proxy for a connection to the server; TLS with the server has no more time than is left after that."""
        super()._tunnel()  # type: ignore[misc]  # of http.client or of urllib3
        limits = _in_force()
        if limits is not None:
            self.sock.settimeout(limits.wait())

    def _connect_tls_proxy(self, *arguments: Any) -> Any:
        """TLS with a proxy."""
        sock = super()._connect_tls_proxy(*arguments)  # type: ignore[misc]  # urllib3's
        if isinstance(sock, ssl.SSLSocket):
            sock.__class__ = TimelySocket  # urllib3 makes the context, which could name the class, within this call
        return sock


class TimelyAdapter(HTTPAdapter):
    """Connects as requests does, also through proxies, and reads under the limits."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **named)
        _make_timely(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **named: Any) -> Any:
        """Make the pools of a proxy."""
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **named)
        if is_new:
            _make_timely(manager)
        return manager


class Session(requests.Session):
    """A session that reads nothing by itself: requests would read all of a redirect's body, and parse where it leads."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, TimelyAdapter())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is followed."""


def _make_timely(manager: Any) -> None:
    """Have the pools of a manager make connections that are timely."""
    manager.pool_classes_by_scheme = {scheme: _timely(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}


def _timely(pool: Any) -> Any:
    connection = type(pool.ConnectionCls.__name__, (TimelyConnection, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
