"""What a client needs from its transport."""

from typing import Protocol

from stepgrade.messages import Answer, Request


class Transport(Protocol):
    """Sends one request and returns its answer, whatever the status. Raises StepgradeError only if there is no answer."""

    def send(self, request: Request) -> Answer:
        """Send a request, and repeat it if that can help.

        Parameters
        ----------
        request : Request
            The request, with its id.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
