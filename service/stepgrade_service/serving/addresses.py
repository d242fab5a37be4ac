"""Whose request it is: the address of a client."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

#: An IPv6 network of this length is one client: a home has at least so much of it.
ONE_CLIENT = 64

UNKNOWN = "unknown"


class Addresses:
    """Tells clients apart: by the peer's address, and behind a proxy that is trusted by what that says."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self._of_host = lru_cache(maxsize=4096)(self._found)

    def of(self, peer: str, forwarded: str = "") -> str:
        """The client of a peer (`1.2.3.4:5` or `[::1]:5`), with the peer's X-Forwarded-For."""
        return self._of_host(peer.rpartition(":")[0], forwarded if self._trusted else "")

    def _found(self, host: str, forwarded: str) -> str:
        address = _address(host.strip("[]"))
        hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
        while hops and address is not None and any(address in network for network in self._trusted):
            hop = _address(hops.pop())
            if hop is None:
                break
            address = hop
        return _name(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _name(address: IPv4Address | IPv6Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, ONE_CLIENT), strict=False))
    return UNKNOWN if address is None else str(address)
