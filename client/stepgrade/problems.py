"""The error that an answer is: by its status, in the words of its problem document (RFC 9457) if it has one."""

from __future__ import annotations

from http.client import responses

from stepgrade.errors import (
    ApiError,
    BadRequest,
    InvalidRequest,
    NotFound,
    RequestTimeout,
    ServerError,
    ServiceOverloaded,
    TooManyRequests,
    UnexpectedAnswer,
)
from stepgrade.messages import Answer, Json
from stepgrade.plain_text import address, harmless
from stepgrade.proxy import Proxy

KINDS: dict[int, type[ApiError]] = {
    **dict.fromkeys((400, 405, 406, 411, 413, 415), BadRequest),
    404: NotFound,
    408: RequestTimeout,
    422: InvalidRequest,
    429: TooManyRequests,
    407: UnexpectedAnswer,
    503: ServiceOverloaded,
}
PROXY_REFUSED = 407


def from_answer(answer: Answer, request_id: str, posted: object = None) -> ApiError:
    """The error that an answer is whose status is not 200 to 299, whatever its body; `posted` is the document it answers."""
    kind = KINDS.get(answer.status) or (UnexpectedAnswer, ApiError, ServerError)[min(max(answer.status // 100, 3), 5) - 3]
    problem = _problem(answer)
    sentence = problem.get("detail") or problem.get("title") or _foreign(answer)
    return kind(harmless(sentence), status=answer.status, problem=problem, request_id=answer.id_or(request_id), posted=posted)


def _problem(answer: Answer) -> Json:
    """The problem document; empty where the body is none, as from a proxy in between."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) and {"title", "detail"} & body.keys() else {}


def _foreign(answer: Answer) -> str:
    words = responses.get(answer.status, "")
    if "Location" in answer.headers:
        to = address(answer.headers["Location"])
        return f"{answer.status} {words}: the address redirects to {to}. Set base_url (or STEPGRADE_URL) to the final address."
    proxy, form = Proxy.of(answer.url), harmless(answer.headers.get("Content-Type") or "nothing", 100)
    if proxy is not None and answer.status == PROXY_REFUSED:
        return f"The proxy {proxy.address} refused the request: {answer.status} {words}. {proxy.way_out}"
    if answer.status == 401:
        return f"{answer.status} {words}: the address asks for a login. Set auth or headers of the client."
    if proxy is not None:
        return (
            f"{answer.status} {words} with {form} instead of a problem document. It is from the proxy {proxy.address}, or base_url is not"
            f" Stepgrade's address. {proxy.way_out}"
        )
    return f"{answer.status} {words} with {form} instead of a problem document. It is from a proxy, or base_url is not Stepgrade's address."
