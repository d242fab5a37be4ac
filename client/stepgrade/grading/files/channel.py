"""What the grader and the process of the student's code say to each other: a line of JSON each.

The student's process has no address and no network: it asks the grader, and the grader asks the service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, Any

from requests.structures import CaseInsensitiveDict

from stepgrade import errors
from stepgrade.errors import ApiError, InvalidArgument, StepgradeError
from stepgrade.messages import Answer, Json, Request

LONGEST = 1 << 28  # bytes of a line
BYTES = "latin-1"  # has a letter for each byte

KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, StepgradeError)}


@dataclass
class Channel:
    """The two ends of a conversation."""

    incoming: IO[bytes]
    outgoing: IO[bytes]

    def say(self, what: str, content: Any) -> None:
        """Write a line."""
        self.outgoing.write(json.dumps({what: content}).encode() + b"\n")
        self.outgoing.flush()

    def hear(self) -> tuple[str, Any]:
        """Read a line: what it is, and its content. Raises EOFError at the end, ValueError if it is no such line."""
        line = self.incoming.readline(LONGEST)
        if not line.endswith(b"\n"):
            raise EOFError
        said = json.loads(line)
        if not isinstance(said, dict) or len(said) != 1:
            raise ValueError("a line says one thing")
        return next(iter(said.items()))


def request_as_json(request: Request) -> Json:
    """A request for the other side."""
    return {"method": request.method, "path": request.path, "headers": dict(request.headers), "body": request.body.decode(BYTES)}


def request_of(said: Json) -> Request:
    """The request that the other side wrote."""
    return Request(str(said["method"]), str(said["path"]), dict(said["headers"]), str(said["body"]).encode(BYTES))


def answer_as_json(answer: Answer) -> Json:
    """An answer for the other side."""
    return {"status": answer.status, "headers": dict(answer.headers), "body": answer.body.decode(BYTES)}


def answer_of(said: Json) -> Answer:
    """The answer that the other side wrote."""
    return Answer(said["status"], CaseInsensitiveDict(said["headers"]), said["body"].encode(BYTES))


def error_as_json(error: StepgradeError) -> Json:
    """An error for the other side."""
    more: Json = {"request_id": error.request_id}
    if isinstance(error, ApiError):
        more |= {"status": error.status, "problem": error.problem}
    if isinstance(error, InvalidArgument):
        more = {"pointer": error.pointer}
    return {"kind": type(error).__name__, "message": error.message, "more": more}


def error_of(said: Json) -> StepgradeError:
    """The error that the other side wrote."""
    return KINDS.get(said["kind"], StepgradeError)(str(said["message"]), **said["more"])
