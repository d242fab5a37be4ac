"""The one thing a client needs of its transport."""

from typing import Protocol

from stepgrade.messages import Answer, Request


class Transport(Protocol):
    """Carries one request and brings its answer, whatever the status; raises StepgradeError only where none came."""

    def send(self, request: Request) -> Answer:
        """Send `request`, and again where that may help."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
