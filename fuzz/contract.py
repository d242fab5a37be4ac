"""What every answer has to be, whatever was asked: the first sentence that is not true of one is a finding."""

from __future__ import annotations

import re
from typing import Any

import orjson
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from .case import Request
from .forms import READERS
from .service import Answer

PROBLEM = "application/problem+json"
MEMBERS = ["type", "title", "status", "detail", "instance", "errors"]
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

#: What a GET may have as well.
PAGES = (
    "text/html",
    "application/yaml",
    "text/css",
    "text/javascript",
    "application/javascript",
    "text/plain",
    "image/png",
    "text/markdown",
)


def broken_rule(request: Request, answer: Answer) -> str | None:
    """What is wrong with an answer, or None."""
    if answer.status >= 500:
        return f"status {answer.status}"
    for header in ("x-request-id", "stepgrade-engine", "access-control-allow-origin"):
        if header not in answer.headers:
            return f"no header {header}"
    sent = request.header("x-request-id")
    if REQUEST_ID.fullmatch(sent) and answer.headers["x-request-id"] != sent:
        return "another request id"
    if request.method == "HEAD" or answer.status in (204, 304):  # the server sends no body with these
        return None
    if answer.status >= 400:
        return _broken_problem(request, answer)
    return _broken_form(request, answer) if answer.status == 200 else None


def _broken_problem(request: Request, answer: Answer) -> str | None:
    """What is wrong with an error."""
    if answer.headers.get("content-type") != PROBLEM:
        return f"status {answer.status} as {answer.headers.get('content-type')}"
    try:
        problem = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return "a problem that is not JSON"
    if list(problem)[:6] != MEMBERS or problem["status"] != answer.status or not problem["title"] or not problem["detail"]:
        return "a problem without its members"
    if problem["instance"] != answer.headers["x-request-id"]:
        return "a problem with another instance"
    places = [(error["pointer"], str(error.get("position"))) for error in problem["errors"]]
    if len(places) != len(set(places)):
        return "one place is told twice"
    if answer.status == 422 and request.method == "POST":
        return _broken_pointer(request.body, [pointer for pointer, _ in places])
    return None


def _broken_pointer(body: bytes, pointers: list[str]) -> str | None:
    """A place of a 422 that is neither in the document nor a member that it should have."""
    if not pointers:
        return "a 422 without a place"
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "a 422 for a body that is not JSON"
    for pointer in pointers:
        if not (pointer.startswith("/query/") or pointer.endswith("...") or leads_somewhere(document, pointer)):
            return "a place that is not in the document"
    return None


def leads_somewhere(document: Any, pointer: str) -> bool:
    """Whether a JSON pointer leads to something in a document, or to what is not in it but may be."""
    *parents, _ = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]
    for part in parents[1:]:
        if isinstance(document, dict) and part in document:
            document = document[part]
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return False
    return True


def _broken_form(request: Request, answer: Answer) -> str | None:
    """What is wrong with the form of an answer: it has to be one that was accepted, and hold what it says."""
    accepted = request.header("accept")
    if accepted.isascii() and accepted and request.method == "POST" and not _accepts(accepted, answer.mimetype):
        return f"{answer.mimetype} was not accepted"
    reader = READERS.get(answer.mimetype)
    if reader is None:
        return None if answer.mimetype in PAGES else f"an unknown form {answer.mimetype}"
    try:
        return reader(answer.body)
    except Exception as error:
        return f"{answer.mimetype} that cannot be read: {type(error).__name__}"


def _accepts(accepted: str, mimetype: str) -> bool:
    """Whether a client takes a form; its parameters are not looked at, as the service does not."""
    wishes = [(wish.partition(";")[0].strip(), quality) for wish, quality in parse_accept_header(accepted, MIMEAccept)]
    return MIMEAccept(wishes)[mimetype] > 0


def differs(one: Answer, other: Answer) -> str | None:
    """What the second answer to a request has that the first did not have."""
    volatile = ("x-request-id", "server-timing")
    if one.status != other.status:
        return f"status {one.status}, then {other.status}"
    headers = [{name: value for name, value in answer.headers.items() if name not in volatile} for answer in (one, other)]
    bodies = [answer.body.replace(answer.headers.get("x-request-id", "").encode() or b"\0", b"") for answer in (one, other)]
    return (
        "other headers the second time" if headers[0] != headers[1] else "another body the second time" if bodies[0] != bodies[1] else None
    )
