"""From a request's bytes to its document, from an answer to its bytes, and which form the client asked for."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from flask import Response, g, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import ClientDisconnected

from ..engine.reading.bounds import LONGEST_LABEL, hold_document
from ..engine.reading.faults import Fault, unknown
from .not_json import not_json
from .problems import ApiProblem, invalid
from .transport import Stopwatch

JSON = "application/json"

#: Bytes from which on a body is long.
LONG = 1 << 16

#: So many numbers of an array are written at a time. While they are, no other thread runs, and /healthz waits for that.
PART = 1 << 13

#: Lists that are longer are of numbers or of texts, and hold no large array.
MOST_IN_LIST = 2000


def posted() -> Any:
    """The document that was posted; raises ApiProblem 415 or 400, Refusal where there is more in it than any request has."""
    mimetype = request.mimetype
    if mimetype != JSON:
        sent = mimetype[:100] or "nothing"
        detail = f"expected Content-Type: {JSON}, got {sent}; with curl: -H 'Content-Type: {JSON}' (without it, curl's -d sends a form)"
        raise ApiProblem(415, "unsupported-media-type", "The content type is not supported", detail, headers={"Accept-Post": JSON})
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise ApiProblem(400, "not-json", "The body is not JSON", f"expected JSON in UTF-8, got {charset[:40]}")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        detail, headers = "expected a body without Content-Encoding", {"Accept-Encoding": "identity"}
        raise ApiProblem(415, "unsupported-media-type", "The content encoding is not supported", detail, headers=headers)
    try:
        body = request.get_data(cache=False)
    except ClientDisconnected:
        raise ApiProblem(400, "incomplete", "The body is incomplete", "the body ended before its Content-Length was reached") from None
    g.length, g.opened = len(body), 0
    try:
        document = _parsed(body)
    except orjson.JSONDecodeError as error:
        raise not_json(body, error) from None
    g.opened = hold_document(document, body)
    return document


def _parsed(body: bytes) -> Any:
    """A body's document. It has no cycles: to look for them while a long one is made would take longer than making it."""
    if len(body) < LONG or not gc.isenabled():
        return orjson.loads(body)
    gc.disable()
    try:
        return orjson.loads(body)
    finally:
        gc.enable()


def chosen(offered: Sequence[str]) -> str:
    """The form that the client accepts, the first offered where it has no wish; raises ApiProblem 406."""
    accepted = request.headers.get("Accept")
    if not accepted or accepted == "*/*" or accepted == offered[0]:
        return offered[0]
    wishes = MIMEAccept([(wish.partition(";")[0].strip(), quality) for wish, quality in request.accept_mimetypes])
    best = wishes.best_match(offered)
    if best is None:
        raise ApiProblem(
            406, "not-acceptable", "This form is not available", f"this is available as {', '.join(offered)}", offered=list(offered)
        )
    return best


def asked(*known: str) -> tuple[dict[str, str], list[Fault]]:
    """The query's parameters, and what is wrong with them: one that is not known, or is given twice."""
    if not request.query_string:
        return {}, []
    query = request.args
    faults = [Fault(("query", name), _unknown_parameter(name, known)) for name in query if name not in known]
    faults += [Fault(("query", name), "expected once") for name in known if len(query.getlist(name)) > 1]
    return query.to_dict(), faults


def _unknown_parameter(name: str, known: Sequence[str]) -> str:
    """What is said of a query parameter that is not known."""
    return unknown("query parameter", name, known) if known else f"leave out {name[:LONGEST_LABEL]}: this address takes no query parameters"


def ask_nothing() -> None:
    """Hold a GET to a query without parameters; raises ApiProblem 422."""
    _, faults = asked()
    if faults:
        raise invalid(faults)


def json_bytes(document: Any) -> bytes:
    """JSON; arrays are written as they are, and what is not a number is null."""
    if isinstance(document, dict) and _holds_large(document):
        return b"".join(_parts(document))
    return _dumped(document)


def _dumped(document: Any) -> bytes:
    return orjson.dumps(document, default=_as_orjson_takes_it, option=orjson.OPT_SERIALIZE_NUMPY)


def _holds_large(document: Any) -> bool:
    """Whether a document has an array that is written in parts. Every answer is asked this, so it is written to be quick."""
    for value in document.values() if type(document) is dict else document:
        kind = type(value)
        if kind is np.ndarray:
            if value.size > PART:
                return True
        elif (kind is dict or (kind is list and len(value) <= MOST_IN_LIST)) and _holds_large(value):
            return True
    return False


def _parts(document: Any) -> Iterator[bytes | memoryview]:
    """The JSON of a document in parts, which are put together once: to copy an answer of 10 MB keeps other threads waiting too."""
    if isinstance(document, np.ndarray) and document.size > PART:
        yield from _parts_of_array(document)
    elif isinstance(document, dict) and _holds_large(document):
        comma = b"{"
        for key, value in document.items():
            yield comma + _dumped(key) + b":"
            yield from _parts(value)
            comma = b","
        yield b"}"
    elif isinstance(document, list) and len(document) <= MOST_IN_LIST and _holds_large(document):
        comma = b"["
        for value in document:
            yield comma
            yield from _parts(value)
            comma = b","
        yield b"]"
    else:
        yield _dumped(document)


def _parts_of_array(array: np.ndarray[Any, Any]) -> Iterator[bytes | memoryview]:
    """The JSON of a large array in parts."""
    rows, comma = PART // array[0].size, b"["
    for begin in range(0, len(array), rows or 1):
        yield comma
        if rows:
            yield memoryview(_dumped(array[begin : begin + rows]))[1:-1]
        else:
            yield from _parts_of_array(array[begin])
        comma = b","
    yield b"]"


def _as_orjson_takes_it(value: Any) -> Any:
    """An array of no dimension as its number, one that is not contiguous as one that is."""
    if isinstance(value, np.ndarray):
        return value.copy() if value.ndim else value.item()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def answer(document: Any, mimetype: str = JSON) -> Response:
    """A document as JSON, timed."""
    with Stopwatch("encode"):
        body = json_bytes(document)
    return Response(body, mimetype=mimetype)
