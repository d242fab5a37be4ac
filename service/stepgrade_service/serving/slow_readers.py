"""Ends connections whose clients read nothing of their answer, so that they do not hold it in memory for ever."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from stat import S_ISSOCK

#: So many seconds a client may leave an answer unread.
SECONDS = 30


def limit_slow_readers(port: int) -> None:
    """Tell the sockets of this process that listen on a port. Every connection inherits it; on Linux alone, as is the option."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if S_ISSOCK(os.fstat(int(name)).st_mode):
                _limit(os.dup(int(name)), port)


def _limit(descriptor: int, port: int) -> None:
    with socket.socket(fileno=descriptor) as one:
        listens = one.family in (socket.AF_INET, socket.AF_INET6) and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if listens and one.getsockname()[1] == port:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * SECONDS)
