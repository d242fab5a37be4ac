"""Receives bodies: within a time, and within a room in memory, of which one client has at most half, until they are answered."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Task
from collections.abc import Awaitable
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

from granian.rsgi import HTTPProtocol  # type: ignore[attr-defined]

from ..web.problems import ApiProblem

T = TypeVar("T")

#: A body has so many seconds to arrive, and more for a long one: a second for each so many bytes.
SECONDS, BYTES_A_SECOND = 15.0, 1 << 16

#: A body that is refused is still read, for a client that is sending would lose the answer; not a longer one than this.
MOST_READ_IN_VAIN = 1 << 26

#: After an answer to a body that was not read at all, so many seconds go into reading it.
LINGER = 2.0

#: Bodies up to this length need no room. So many bytes of longer ones may arrive or wait at the same time, but in any case one.
SMALL, ROOM = 1 << 16, 1 << 27


class Bodies:
    """The bodies that arrive at this worker; `limit` is the length of the longest that is taken. Somebody has to call `look` often."""

    def __init__(self, limit: int) -> None:
        self._limit, self._room = limit, max(ROOM, 2 * limit)
        self._held: dict[str, int] = {}
        self._deadlines: dict[Task[Any], float] = {}

    async def receive(self, environ: dict[str, Any], proto: HTTPProtocol, client: str) -> bytes:
        """The body; raises ApiProblem 400, 408 or 503. One that the application refuses for its length is not kept."""
        length = _length(environ)
        if length == 0 or "HTTP_TRANSFER_ENCODING" in environ:
            return b""
        expects = "HTTP_EXPECT" in environ  # whoever asks first has sent nothing yet
        if length <= SMALL:
            return await self._in_time(proto(), length)
        if length <= self._limit:
            return await self._receive_long(proto, length, client, expects)
        if length <= MOST_READ_IN_VAIN and not expects:
            await self._in_time(_read_in_vain(proto), length)
        return b""

    async def read_off(self, proto: HTTPProtocol) -> None:
        """Read on for a while, after the answer, what a client still sends of a body that was refused."""
        with suppress(TimeoutError, RuntimeError):
            async with asyncio.timeout(LINGER):
                await _read_in_vain(proto)

    def let_go(self, client: str, length: int) -> None:
        """A body that was received is answered: its room is free."""
        if length > SMALL:
            self._held[client] -= length
            if not self._held[client]:
                del self._held[client]

    def look(self) -> bool:
        """Give up bodies whose time is over; returns whether others are awaited."""
        now = monotonic()
        for task, deadline in self._deadlines.items():
            if now > deadline:
                task.cancel()
        return bool(self._deadlines)

    async def _receive_long(self, proto: HTTPProtocol, length: int, client: str, expects: bool) -> bytes:
        own = self._held.get(client, 0)
        if own + length > self._room // 2 or sum(self._held.values()) + length > self._room:
            detail = "the server holds too many long bodies; send this request again later"
            if not expects:
                await self._in_time(_read_in_vain(proto), length)
            raise ApiProblem(503, "too-many-bodies", "Too many long bodies", detail, headers={"Retry-After": "5"})
        self._held[client] = own + length
        try:
            return await self._in_time(proto(), length)
        except BaseException:
            self.let_go(client, length)
            raise

    async def _in_time(self, body: Awaitable[T], length: int) -> T:
        """Wait for a body. One clock for all: a timer of its own would be set and unset for each body, and hardly ever end."""
        task = asyncio.current_task()
        assert task is not None
        self._deadlines[task] = monotonic() + SECONDS + length / BYTES_A_SECOND
        try:
            return await body
        except CancelledError:
            detail, closing = "the body did not arrive in time; send it again", {"Connection": "close"}
            raise ApiProblem(408, "request-timeout", "The body did not arrive in time", detail, headers=closing) from None
        except RuntimeError:  # granian's, for a connection that ended
            raise ApiProblem(400, "incomplete", "The body is incomplete", "the body ended before its Content-Length was reached") from None
        finally:
            del self._deadlines[task]


def _length(environ: dict[str, Any]) -> int:
    given = environ.get("CONTENT_LENGTH", "0")
    if not (given.isascii() and given.isdigit()):
        raise ApiProblem(400, "bad-request", "The request is not valid HTTP", "expected one Content-Length, a number of bytes")
    return int(given)


async def _read_in_vain(proto: HTTPProtocol) -> None:
    size = 0
    async for chunk in proto:
        size += len(chunk)
        if size > MOST_READ_IN_VAIN:
            return
