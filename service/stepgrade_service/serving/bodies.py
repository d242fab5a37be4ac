"""Receives bodies: within a time, and within a room in memory, of which one address has at most half."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from granian.rsgi import HTTPProtocol  # type: ignore[attr-defined]

from ..web.problems import ApiProblem

#: A body has so many seconds to arrive, and more for a long one: a second for each so many bytes.
SECONDS, BYTES_A_SECOND = 15.0, 1 << 16

#: A body that is refused is still read, for a client that is sending would lose the answer; not a longer one than this.
MOST_READ_IN_VAIN = 1 << 26

#: After an answer to a body that was not read at all, so many seconds go into reading it.
LINGER = 2.0

#: Bodies up to this length need no room. So many bytes of longer ones may arrive at the same time, but in any case one.
SMALL, ROOM = 1 << 16, 1 << 27


class Bodies:
    """The bodies that arrive at this worker; `limit` is the length of the longest that is taken."""

    def __init__(self, limit: int) -> None:
        self._limit, self._room = limit, max(ROOM, 2 * limit)
        self._arriving: dict[str, int] = {}

    async def receive(self, environ: dict[str, Any], proto: HTTPProtocol, address: str) -> bytes:
        """The body; raises ApiProblem 400, 408 or 503. One that the application refuses for its length is not kept."""
        length = _length(environ)
        if length == 0 or "HTTP_TRANSFER_ENCODING" in environ:
            return b""
        try:
            async with asyncio.timeout(SECONDS + length / BYTES_A_SECOND):
                if length > self._limit:
                    if length <= MOST_READ_IN_VAIN:
                        await _read_in_vain(proto)
                    return b""
                return await proto() if length <= SMALL else await self._receive_long(proto, length, address)
        except TimeoutError:
            detail, closing = "the body did not arrive in time; send it again", {"Connection": "close"}
            raise ApiProblem(408, "request-timeout", "The body did not arrive in time", detail, headers=closing) from None
        except RuntimeError:  # granian's, for a connection that ended
            raise ApiProblem(400, "incomplete", "The body is incomplete", "the body ended before its Content-Length was reached") from None

    async def _receive_long(self, proto: HTTPProtocol, length: int, address: str) -> bytes:
        own = self._arriving.get(address, 0)
        if own + length > self._room // 2 or sum(self._arriving.values()) + length > self._room:
            detail = "too many long bodies arrive at the same time; send this one again"
            raise ApiProblem(503, "too-many-bodies", "Too many long bodies", detail, headers={"Retry-After": "5", "Connection": "close"})
        self._arriving[address] = own + length
        try:
            return await proto()
        finally:
            self._arriving[address] -= length
            if not self._arriving[address]:
                del self._arriving[address]

    async def read_off(self, proto: HTTPProtocol) -> None:
        """Read on for a while, after the answer, what a client still sends of a body that was refused."""
        with suppress(TimeoutError, RuntimeError):
            async with asyncio.timeout(LINGER):
                await _read_in_vain(proto)


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
