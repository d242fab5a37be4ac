"""Where the server listens: whether it can, and how the address is written."""

from __future__ import annotations

import resource
import socket
from ipaddress import ip_address

#: File descriptors of a worker that are no connections: its files, its loop, what it draws and compiles.
OTHER_FILES = 128


class CannotListen(Exception):
    """The server cannot listen; the text is for the person at the terminal."""


def address_of(host: str) -> str:
    """The address of a host setting: an address, or the name of this machine; raises CannotListen."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(bare)) if "%" not in bare else _found(bare)
    except ValueError:
        return _found(bare)


def _found(name: str) -> str:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    # IPv4 first; granian takes no address that is valid on one network card alone, which has a number at its end.
    usable = [str(sockaddr[0]) for family, *_, sockaddr in sorted(found) if family == socket.AF_INET or not sockaddr[-1]]
    if not usable:
        expected = "use 127.0.0.1, ::1 or localhost, or use 0.0.0.0 for all addresses of this machine"
        raise CannotListen(f"STEPGRADE_SERVER_HOST: {name!r} is not an address of this machine; {expected}")
    return usable[0]


def hold_free(address: str, port: int) -> None:
    """Raise CannotListen where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        raise not_free(address, port, error.strerror or str(error)) from None


def not_free(address: str, port: int, reason: str) -> CannotListen:
    """That the address cannot be listened on, and what to do."""
    another = "Choose another port: STEPGRADE_SERVER_PORT=8001, or make serve PORT=8001"
    return CannotListen(f"cannot listen on {written(address, port)}: {reason}. {another}")


def written(address: str, port: int) -> str:
    """An address with its port, as it stands in a URL."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def connections(wanted: int) -> int:
    """How many connections a worker may hold, with as many files as the system lets it open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(16, min(wanted, soft - OTHER_FILES))
