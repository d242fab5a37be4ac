"""The answer exactly as it came, for `--json`: the client's results hold what was read from it."""

from __future__ import annotations

from stepgrade.client import Client
from stepgrade.messages import Answer, Request
from stepgrade.settings import MAX_ANSWER
from stepgrade.transports import BundleTransport, Transport


class RememberingTransport:
    """Sends with another transport, and keeps the body of the last answer."""

    def __init__(self, inner: Transport) -> None:
        self.inner, self.last = inner, b""
        self.max_answer: float = getattr(inner, "max_answer", MAX_ANSWER)

    def send(self, request: Request) -> Answer:
        """Send it with the other one."""
        answer = self.inner.send(request)
        self.last = answer.body
        return answer

    def close(self) -> None:
        """Close the other one."""
        self.inner.close()


def remembering(client: Client) -> Client:
    """The client, from now on with a transport that remembers."""
    client.transport = RememberingTransport(client.transport)
    return client


def forgetting(client: Client) -> Client:
    """The client without such a transport."""
    client.transport = getattr(client.transport, "inner", client.transport)
    return client


def last_answer(client: Client) -> bytes:
    """The body of the last answer; nothing where the client does not remember."""
    return client.transport.last if isinstance(client.transport, RememberingTransport) else b""


def uses_bundle(client: Client) -> bool:
    """Whether the answers come from a bundle."""
    return isinstance(getattr(client.transport, "inner", client.transport), BundleTransport)
