"""One keep-alive connection that costs next to nothing: bytes made beforehand go out, and little is read of what comes back."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from typing import Any

SERVER_TIMING = re.compile(rb"server-timing: ([^\r]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    head: bytes
    body: bytes


def server_timing(head: bytes) -> dict[str, float]:
    """Seconds, by what the server spent them on: the Server-Timing of an answer's head."""
    found = SERVER_TIMING.search(head)
    entries = found[1].decode().split(", ") if found else []
    return {name: float(milliseconds) / 1e3 for name, milliseconds in (entry.split(";dur=") for entry in entries)}


def post(path: str, document: Any, accept: str = "application/json") -> bytes:
    """A POST of a document, ready to be sent."""
    body = json.dumps(document).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAccept: {accept}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One connection that stays open."""

    def __init__(self, port: int, client: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(client, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> tuple[bytes, bytes]:
        """Send a request; returns the head and the body of its answer. This is what is timed."""
        self.socket.sendall(request)
        received = self.socket.recv(1 << 20)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        lengths = received[:end].lower().partition(b"content-length:")[2]
        parts, missing = [received[end + 4 :]], int(lengths.split(b"\r\n", 1)[0]) - len(received) + end + 4
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return received[:end], b"".join(parts)

    def _more(self) -> bytes:
        received = self.socket.recv(1 << 20)
        if not received:
            raise ConnectionError("the server hung up")
        return received

    def ask(self, request: bytes) -> Answer:
        """Send a request and read the answer; raises RuntimeError unless it is a 200."""
        head, body = self.send(request)
        if head.split(b" ", 2)[1] != b"200":
            raise RuntimeError(f"{head.decode('latin-1')}\n\n{body[:500].decode(errors='replace')}")
        return Answer(head, body)

    def close(self) -> None:
        self.socket.close()
