"""The error that an answer is: by its status, in the words of its problem document (RFC 9457) if it has one."""

from __future__ import annotations

from http.client import responses

from stepgrade.errors import (
    ApiError,
    BadRequest,
    InvalidRequest,
    NotFound,
    ServerError,
    ServiceOverloaded,
    TooManyRequests,
    UnexpectedAnswer,
)
from stepgrade.messages import Answer, Json

KINDS: dict[int, type[ApiError]] = {
    **dict.fromkeys((400, 405, 406, 411, 413, 415), BadRequest),
    404: NotFound,
    422: InvalidRequest,
    429: TooManyRequests,
    503: ServiceOverloaded,
}


def from_answer(answer: Answer, request_id: str) -> ApiError:
    """The error that an answer with a status of 300 or more is, whatever its body."""
    kind = KINDS.get(answer.status) or (UnexpectedAnswer, ApiError, ServerError)[min(answer.status // 100, 5) - 3]
    problem = _problem(answer)
    sentence = problem.get("detail") or problem.get("title") or _foreign(answer)
    return kind(str(sentence), status=answer.status, problem=problem, request_id=answer.headers.get("X-Request-Id", request_id))


def _problem(answer: Answer) -> Json:
    """The problem document; empty where the body is none, as from a proxy in between."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) and {"title", "detail"} & body.keys() else {}


def _foreign(answer: Answer) -> str:
    words = responses.get(answer.status, "")
    if "Location" in answer.headers:
        return f"{answer.status} {words}: sent on to {answer.headers['Location']}; give base_url (or STEPGRADE_URL) the final address"
    form = answer.headers.get("Content-Type") or "nothing"
    return f"{answer.status} {words} with {form} instead of a problem document: a proxy in between, or a base_url that is not Stepgrade's"
