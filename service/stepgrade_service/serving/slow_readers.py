"""Ends connections whose clients read nothing of their answer, so that they do not hold it in memory for ever."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from stat import S_ISSOCK
from struct import calcsize, unpack, unpack_from

#: So many seconds a client may leave an answer unread.
SECONDS = 30

#: Where in what TCP_INFO tells stands how many bytes the other side has taken, and what number it is.
TAKEN, NUMBER = 120, "=Q"

#: Asks how many bytes the other side has not taken yet; on Linux alone, as is TCP_USER_TIMEOUT.
SIOCOUTQ = 0x5411

STATUS = Path("/proc/self/status")


def limit_slow_readers(port: int) -> None:
    """Tell the sockets of this process that listen on a port. Every connection inherits it."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for _, one in _sockets(port):
        if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * SECONDS)


class SlowReaders:
    """Ends connections that do not move between two looks, once half of a worker's memory is in use."""

    def __init__(self, port: int, megabytes: int) -> None:
        self._port, self._most = port, megabytes << 19
        self._seen: dict[tuple[int, object], tuple[int, int]] = {}

    def look(self) -> None:
        """Somebody has to call this from time to time, while no connection is waited for."""
        seen = dict[tuple[int, object], tuple[int, int]]()
        if _in_use() > self._most:
            for number, one in _sockets(self._port):
                with suppress(OSError):
                    key, moved = (number, one.getpeername()), _moved(one)
                    if moved[0] and self._seen.get(key) == moved:
                        one.shutdown(socket.SHUT_RDWR)
                    elif moved[0]:
                        seen[key] = moved
        self._seen = seen


def _moved(one: socket.socket) -> tuple[int, int]:
    """How many bytes the other side has not taken yet, and how many it has: of two answers of equal length both may be under way."""
    [unread] = unpack("i", ioctl(one, SIOCOUTQ, bytes(4)))
    told = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TAKEN + calcsize(NUMBER))
    return unread, *(unpack_from(NUMBER, told, TAKEN) if len(told) == TAKEN + calcsize(NUMBER) else [0])


def _in_use() -> int:
    lines = STATUS.read_text().splitlines() if STATUS.exists() else []
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData"))


def _sockets(port: int) -> Iterator[tuple[int, socket.socket]]:
    """The TCP sockets of this process on a port, those that listen and those that are connections."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as one:
                    if one.family in (socket.AF_INET, socket.AF_INET6) and one.getsockname()[1] == port:
                        yield int(name), one
