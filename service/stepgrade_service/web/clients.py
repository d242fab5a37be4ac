"""Whose request it is: an address, one that many people share, or an API key; what each may spend, and its weight in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from ..budgets.api_keys import ApiKey, KeyRing
from ..budgets.ledger import Budget
from .settings import Settings

#: Where a server that stands in front has put the client into the environ.
CLIENT = "stepgrade.client"


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a client: its name in the accounts, its budget if it has one, how many clients it counts as in the queue.

    `key` is the name of its key, empty for an address.
    """

    name: str
    budget: Budget | None
    weight: float = 1.0
    key: str = ""


class Clients:
    """The clients of a server."""

    def __init__(self, settings: Settings) -> None:
        self._ring, self._settings = KeyRing(settings.keys), settings
        self._keyed = {key.name: self._of_key(key) for key in settings.keys}
        self._of_address = lru_cache(maxsize=4096)(self._found)

    def of(self, environ: dict[str, Any]) -> Share | None:
        """The client of a request; None for a key that is not known here."""
        offered = offered_key(environ) if self._ring.keys else ""
        if not offered:
            return self.at(environ)
        key = self._ring.find(offered)
        return None if key is None else self._keyed[key.name]

    def at(self, environ: dict[str, Any]) -> Share:
        """The client that the address of a request is."""
        return self._of_address(environ.get("REMOTE_ADDR", ""))

    def _of_key(self, key: ApiKey) -> Share:
        """A key with ten times the budget of an address has ten times its turns."""
        ours = self._settings.budget
        work = ours if key.budget is None else key.budget
        return Share(f"key:{key.name}", self._budget(work), max(1.0, work / ours) if ours else 1.0, key.name)

    def _found(self, address: str) -> Share:
        people = self._people(address)
        return Share(f"address:{address}", self._budget(people * self._settings.budget), people)

    def _people(self, address: str) -> int:
        """For how many clients an address stands: what the smallest network says that it is in."""
        try:
            own = ip_network(address)
        except ValueError:
            return 1
        shares = self._settings.shares.items()
        fits = [(network.prefixlen, people) for network, people in shares if network.version == own.version and own.subnet_of(network)]  # type: ignore[arg-type]
        return max(fits)[1] if fits else 1

    def _budget(self, work: float) -> Budget | None:
        return Budget(work, self._settings.budget_seconds) if work else None


def named(environ: dict[str, Any]) -> dict[str, str]:
    """The name of the key of a request, as the log tells it; nothing for an address, which the gateway logs."""
    client: Share | None = environ.get(CLIENT)
    return {"key": client.key} if client is not None and client.key else {}


def offered_key(environ: dict[str, Any]) -> str:
    """The key that a request brings, empty where there is none. Another login than a bearer's is not ours."""
    key: str = environ.get("HTTP_X_API_KEY", "")
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return key or (credentials.strip() if scheme.lower() == "bearer" else "")
