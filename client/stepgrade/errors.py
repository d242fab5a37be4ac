"""All errors, in one tree. Every error can be pickled and copied with all its attributes.

StepgradeError
    ConfigurationError      an argument or a variable of the environment is wrong
    InvalidArgument         a value is wrong, and nothing was sent: NaN, text in place of a number
    ServiceUnreachable      no answer; also a ConnectionError
        ServiceTimeout      no answer in time; also a TimeoutError
        OfflineError        STEPGRADE_OFFLINE forbids the network
        NotInBundle         the client uses a bundle, and the bundle has no answer; also a LookupError
    ApiError                the service answered with a problem (RFC 9457)
        BadRequest, NotFound, InvalidRequest    the request is wrong
        RequestTimeout                          the request came too slowly; also a ServiceTimeout
        TooManyRequests                         the request came too early
        ServerError, ServiceOverloaded          the service failed
        UnexpectedAnswer                        the answer is not from Stepgrade

ReferenceMismatch is not in this tree. It is an AssertionError: a student's numbers differ from the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepgrade.carets import underlined
from stepgrade.check_record import CheckRecord
from stepgrade.messages import Json
from stepgrade.plain_text import harmless

MOST_FAULTS = 100  # that are read from an answer


class StepgradeError(Exception):
    """The base class of all errors of this library. `request_id` is the id of the call, if there was one."""

    def __init__(self, message: str = "", *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id

    def __str__(self) -> str:
        """The sentence, and the request's id."""
        return self.message + (f" (request {self.request_id})" if self.request_id else "")


class ConfigurationError(StepgradeError, ValueError):
    """An argument of the client is wrong, or a variable of the environment."""


class InvalidArgument(StepgradeError, ValueError):
    """A value that no service could use. `pointer` is its place in the request, such as `/params/W1/0`."""

    def __init__(self, message: str = "", *, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class ServiceUnreachable(StepgradeError, ConnectionError):
    """There was no answer: the connection was refused, reset or cut, or the host is unknown."""


class ServiceTimeout(ServiceUnreachable, TimeoutError):
    """There was no answer in time."""


class OfflineError(ServiceUnreachable):
    """STEPGRADE_OFFLINE is set, so the client did not try to connect."""


class NotInBundle(ServiceUnreachable, LookupError):
    """The client uses a bundle, and the bundle has no answer to this request. The message says how to add it."""


@dataclass(frozen=True)
class FieldError:
    """One fault of a request: a JSON pointer to its place, and what the service expected there.

    Of a fault in an expression, `position` is the offset and the length of the wrong part, in characters, and `excerpt` shows it: the
    text, and a line with carets under that part.
    """

    pointer: str
    detail: str
    position: tuple[int, int] | None = None
    excerpt: str = ""


class ApiError(StepgradeError):
    """The service answered with a problem.

    Attributes
    ----------
    status : int
        The status of HTTP, for example 422.
    title, detail, type : str
        The service's own words, each on one line and without control characters.
    errors : tuple of FieldError
        Every fault of the request.
    request_id : str
        The id of the request in the service's log.
    problem : dict
        The whole problem document, with members such as a limit. Empty if the answer was no problem document.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        problem: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        posted: object = None,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.status = status
        self.problem: Json = dict(problem or {})
        self.title, self.detail = _said(self.problem.get("title")), _said(self.problem.get("detail"))
        self.type = _said(self.problem.get("type")) or "about:blank"
        self.errors = _field_errors(self.problem.get("errors"), posted)

    def __str__(self) -> str:
        """The sentence and the request's id, then one line per fault that is not in the sentence."""
        lines = [super().__str__()]
        for error in self.errors:
            if error.detail not in self.detail or len(self.errors) > 1:
                lines.append(f"  {error.pointer or '/'}: {error.detail}")
            lines += [f"    {line}" for line in error.excerpt.splitlines()]
        return "\n".join(lines)


class BadRequest(ApiError, ValueError):
    """The service could not read the request (400), or does not accept its form, size or method (405, 406, 411, 413, 415)."""


class InvalidRequest(ApiError, ValueError):
    """The request is wrong (422). `errors` names every fault."""


class NotFound(ApiError, LookupError):
    """No such path, optimizer or objective (404)."""


class RequestTimeout(ApiError, ServiceTimeout):
    """The request did not arrive at the service in time (408), also after the retries: the connection is slow, or it was interrupted."""


class TooManyRequests(ApiError):
    """Too many requests (429), also after the retries."""


class ServerError(ApiError):
    """The service failed (5xx)."""


class ServiceOverloaded(ServerError):
    """The service is overloaded, not ready, or shutting down (503), also after the retries."""


class UnexpectedAnswer(ApiError):
    """The answer is not from Stepgrade (a redirect, a login page, another service), or it is too large."""


class ReferenceMismatch(AssertionError):
    """Numbers differ from the reference. The first line is the diagnosis. It is no StepgradeError, because the call succeeded.

    `verdict` is the `CheckResult` with everything that the check found.
    """

    def __init__(self, message: str = "", verdict: CheckRecord | Any = None) -> None:
        super().__init__(message)
        self.verdict = verdict


def _field_errors(listed: object, posted: object) -> tuple[FieldError, ...]:
    faults = listed if isinstance(listed, list) else []
    known = [each for each in faults if isinstance(each, dict)][:MOST_FAULTS]
    return tuple(_field_error(each, posted) for each in known)


def _field_error(fault: Json, posted: object) -> FieldError:
    """One fault; of a text in what was posted, with the part that is wrong."""
    pointer, detail, position = _said(fault.get("pointer")), _said(fault.get("detail")), fault.get("position")
    offset, length = (position.get("offset"), position.get("length")) if isinstance(position, dict) else (None, None)
    if not (isinstance(offset, int) and isinstance(length, int)):
        return FieldError(pointer, detail)
    text = at(posted, pointer)
    return FieldError(pointer, detail, (offset, length), underlined(text, offset, length) if isinstance(text, str) else "")


def at(document: object, pointer: str) -> object:
    """What stands at a JSON pointer (RFC 6901); None where there is nothing."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def _said(value: object) -> str:
    """A sentence of a service, safe to show; empty if it is no text."""
    return harmless(value) if isinstance(value, str) else ""


#: What is no fault of the request: another try may get an answer.
NO_ANSWER = (ServiceUnreachable, ServerError, TooManyRequests, UnexpectedAnswer)
