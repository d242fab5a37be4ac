"""What a client needs from its transport."""

from typing import Protocol

from stepgrade.messages import Answer, Request


class Transport(Protocol):
    """Sends one request and returns its answer, whatever the status. Raises StepgradeError only if there is no answer."""

    def send(self, request: Request) -> Answer:
        """Send `request`, and repeat it if that can help."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
