"""What can go wrong, in one tree. Every error can be pickled and copied with all it carries.

StepgradeError
    ConfigurationError      an argument or a variable of the environment
    InvalidArgument         found before anything was sent: NaN, text where a number belongs
    ServiceUnreachable      no answer; also a ConnectionError
        ServiceTimeout      not in time; also a TimeoutError
        OfflineError        STEPGRADE_OFFLINE forbids the network
        NotInBundle         the client answers from a bundle, and this is not in it; also a LookupError
    ApiError                the service answered, with a problem (RFC 9457)
        BadRequest, NotFound, InvalidRequest    the request is at fault
        TooManyRequests                         later
        ServerError, ServiceOverloaded          the service is at fault
        UnexpectedAnswer                        something that is not Stepgrade answered

ReferenceMismatch stands outside it, under AssertionError: it is what a check says of a student's numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepgrade.check_record import CheckRecord
from stepgrade.messages import Json
from stepgrade.plain_text import harmless

MOST_FAULTS = 100  # that are told of an answer


class StepgradeError(Exception):
    """The root of everything this library raises on purpose; `request_id` is that of the call, where there was one."""

    def __init__(self, message: str = "", *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id

    def __str__(self) -> str:
        """The sentence, and the request's id."""
        return self.message + (f" (request {self.request_id})" if self.request_id else "")


class ConfigurationError(StepgradeError, ValueError):
    """An argument of the client, or a variable of the environment, cannot be used."""


class InvalidArgument(StepgradeError, ValueError):
    """A value that no service could take; `pointer` says where it stands in the request, as in `/params/W1/0`."""

    def __init__(self, message: str = "", *, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class ServiceUnreachable(StepgradeError, ConnectionError):
    """No answer came: refused, reset, cut off, or no such host."""


class ServiceTimeout(ServiceUnreachable, TimeoutError):
    """No answer came in time."""


class OfflineError(ServiceUnreachable):
    """STEPGRADE_OFFLINE is set, so no connection was tried."""


class NotInBundle(ServiceUnreachable, LookupError):
    """The client answers from a bundle, which was not made for this request; the message says what it lacks, and how to add it."""


@dataclass(frozen=True)
class FieldError:
    """One fault of a request: a JSON pointer to it, and what was expected there."""

    pointer: str
    detail: str


class ApiError(StepgradeError):
    """The service answered with a problem.

    Attributes
    ----------
    status : int
    title, detail, type : str
        In the service's words, each on one line and without control characters.
    errors : tuple of FieldError
        Every fault of the request.
    request_id : str
    problem : dict
        The whole problem document, with members such as a limit; empty where the answer was none.
    """

    def __init__(
        self, message: str = "", *, status: int = 0, problem: Mapping[str, Any] | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.status = status
        self.problem: Json = dict(problem or {})
        self.title, self.detail = _said(self.problem.get("title")), _said(self.problem.get("detail"))
        self.type = _said(self.problem.get("type")) or "about:blank"
        self.errors = _field_errors(self.problem.get("errors"))

    def __str__(self) -> str:
        """The sentence and the request's id, then a line for each fault that the sentence does not tell."""
        untold = [error for error in self.errors if error.detail not in self.detail or len(self.errors) > 1]
        return "\n".join([super().__str__(), *(f"  {error.pointer or '/'}: {error.detail}" for error in untold)])


class BadRequest(ApiError, ValueError):
    """Not understood (400), or not in a form, size or method that the service takes (405, 406, 411, 413, 415)."""


class InvalidRequest(ApiError, ValueError):
    """Understood, but wrong (422); `errors` names every fault."""


class NotFound(ApiError, LookupError):
    """No such path, optimizer or objective (404)."""


class TooManyRequests(ApiError):
    """The rate limit (429), still after the retries."""


class ServerError(ApiError):
    """The service's own fault (5xx)."""


class ServiceOverloaded(ServerError):
    """Overloaded, not ready, or shutting down (503), still after the retries."""


class UnexpectedAnswer(ApiError):
    """A redirect, a login page, or another service: what answered is not Stepgrade."""


class ReferenceMismatch(AssertionError):
    """Numbers that are not the reference's; the first line is the diagnosis. No StepgradeError: it is about the numbers, not the call.

    `verdict` is the `CheckRecord` with all that was found: the `CheckResult` that raised it.
    """

    def __init__(self, message: str = "", verdict: CheckRecord | None = None) -> None:
        super().__init__(message)
        self.verdict = verdict


def _field_errors(listed: object) -> tuple[FieldError, ...]:
    faults = listed if isinstance(listed, list) else []
    known = [each for each in faults if isinstance(each, dict)][:MOST_FAULTS]
    return tuple(FieldError(_said(each.get("pointer")), _said(each.get("detail"))) for each in known)


def _said(value: object) -> str:
    """What a service says, safe to show; nothing where it is no text."""
    return harmless(value) if isinstance(value, str) else ""
