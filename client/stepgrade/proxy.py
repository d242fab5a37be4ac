"""The proxy that the environment sets for an address: an error that may be the proxy's names it, and the way around it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from stepgrade.plain_text import address


@dataclass(frozen=True)
class Proxy:
    """A proxy, without a password, and the host that it stands before."""

    address: str
    host: str

    @classmethod
    def of(cls, url: str) -> Proxy | None:
        """The one that requests to this address go through; None where they go through none."""
        found = select_proxy(url, get_environ_proxies(url, no_proxy=None)) if url else None
        return cls(address(found), urlsplit(url).hostname or "") if found else None

    @property
    def way_out(self) -> str:
        """What to do where the proxy should not be used."""
        return f"The environment sets this proxy. To connect without it, add {self.host} to the variable NO_PROXY."
