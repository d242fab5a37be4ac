"""What the bundles need of a client: that it asks. The client has more; they need not know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from stepgrade.messages import Answer


class Asker(Protocol):
    """Sends one request and brings the answer, or raises what the service said against it."""

    def request(self, method: str, path: str, json: Mapping[str, Any] | None = None, *, accept: str = ...) -> Answer:
        """Send any request and return the answer as it came."""
        ...
