"""What every method of the client needs: send a request, then read the answer or raise its error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from stepgrade.checked import entries, members, text
from stepgrade.choices import PictureFormat, Theme
from stepgrade.encoding import plain
from stepgrade.errors import ConfigurationError, InvalidArgument, UnexpectedAnswer
from stepgrade.messages import Answer, Json, Request
from stepgrade.plain_text import harmless
from stepgrade.problems import from_answer
from stepgrade.proxy import Proxy
from stepgrade.results.catalogue_entry import Catalogue, CatalogueEntry
from stepgrade.settings import MAX_ANSWER
from stepgrade.transports import Transport
from stepgrade.transports.unpacking import Broken, TooLarge, refuse_npz_bomb
from stepgrade.version import ENGINE

PICTURES: dict[PictureFormat, str] = {"png": "image/png", "svg": "image/svg+xml"}
DRAWN: dict[PictureFormat, tuple[bytes, int]] = {
    "png": (b"\x89PNG", 4),
    "svg": (b"<svg", 1000),
}  # what is in the first so many bytes of a picture
JSON = "application/json"
NPZ = "application/x-npz"
ENGINE_NUMBER = re.compile(r"(\d{1,6})\.")

#: What reading an answer raises where it is none of Stepgrade's.
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, MemoryError)

R = TypeVar("R")


class Caller:
    """Sends requests with a transport. The end of a `with` block closes it. `engine` is the version that must answer, None for any."""

    def __init__(self, transport: Transport, engine: str | None = None) -> None:
        self.transport, self.engine = transport, engine

    def request(
        self, method: str, path: str, json: Mapping[str, Any] | None = None, *, query: Mapping[str, str] | None = None, accept: str = JSON
    ) -> Answer:
        """Send any request and return the answer without changes: status, headers, body.

        Parameters
        ----------
        method, path : str
            For example `"POST", "/trajectory"`.
        json : mapping, optional
            The body. It can contain NumPy arrays. Default: none.
        query : mapping, optional
            The query of the address, for example `{"theme": "dark"}`. Default: none.
        accept : str, default "application/json"
            The form of the answer, for example `"text/csv"`. An npz is safe for `numpy.load`: unpacked it is not larger than
            `max_answer`.
        """
        request = Request.make(method, path, None if json is None else plain(json), query, accept)
        answer = self._send(request)
        if accept == NPZ or answer.headers.get("Content-Type", "").startswith(NPZ):
            self._refuse_npz_bomb(request, answer)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def __repr__(self) -> str:
        """Show where it sends requests."""
        return f"{type(self).__name__}({self.transport!r})"

    def _send(self, request: Request) -> Answer:
        answer = self.transport.send(request)
        self._hold_engine(request, answer, answer.headers.get("Stepgrade-Engine"))
        if not 200 <= answer.status < 300:
            raise from_answer(answer, request.id, request.document)
        return answer

    def ask(self, path: str, fields: Json, read: Callable[[Json, Json, str], R]) -> R:
        """POST a request, and make a result of the answer.

        Parameters
        ----------
        path : str
            For example `"/step"`.
        fields : dict
            The body, in JSON's own types.
        read : callable
            Makes the result, as in `read(raw, fields, request_id)`. `Step.read` is one.
        """
        return self._read(Request.make("POST", path, fields, None, JSON), lambda raw, request_id: read(raw, fields, request_id))

    def fetch(self, path: str) -> Json:
        """GET an answer as parsed JSON.

        Parameters
        ----------
        path : str
            For example `"/optimizers/adam"`.
        """
        return self._read(Request.make("GET", path, None, None, JSON), lambda raw, _: raw)

    def picture(self, path: str, fields: Json, format: PictureFormat = "png", theme: Theme = "light") -> bytes:
        """POST a request, and return its picture as bytes.

        Parameters
        ----------
        path : str
            `"/trajectory"`, `"/compare"` or `"/map"`.
        fields : dict
            The body, in JSON's own types.
        format : {"png", "svg"}, default "png"
            The kind of file.
        theme : {"light", "dark"}, default "light"
            The colours.

        Raises
        ------
        InvalidArgument
            The format is another one.
        """
        if format not in PICTURES:
            raise InvalidArgument(f"format must be one of {', '.join(PICTURES)}, not {format!r}.", pointer="/format")
        request = Request.make("POST", path, fields, {"theme": theme}, PICTURES[format])
        answer, (mark, within) = self._send(request), DRAWN[format]
        if mark not in answer.body[:within]:
            raise _unexpected(request, answer)
        return answer.body

    def _catalogue(self, kind: str, key: str = "name") -> Catalogue:
        request = Request.make("GET", f"/{kind}", None, None, JSON)
        return self._read(request, lambda raw, _: Catalogue({text(each[key]): CatalogueEntry(each) for each in entries(raw[kind])}))

    def _entry(self, kind: str, name: str) -> CatalogueEntry:
        return CatalogueEntry(self.fetch(f"/{kind}/{name}"))

    def _read(self, request: Request, read: Callable[[Json, str], R]) -> R:
        answer = self._send(request)
        request_id = answer.id_or(request.id)
        raw: Any = None
        try:
            raw = answer.json()
            self._hold_engine(request, answer, members(raw).get("engine"))
            return read(raw, request_id)
        except ConfigurationError:  # which is a ValueError
            raise
        except UNREADABLE:
            pass
        raise _of_another_engine(request, answer, raw) or _unexpected(request, answer)

    def _hold_engine(self, request: Request, answer: Answer, engine: Any) -> None:
        """Raise ConfigurationError where an answer names another version than the one that must answer."""
        if self.engine is None or not isinstance(engine, str) or f"{engine}.".startswith(f"{self.engine}."):
            return
        raise ConfigurationError(
            f"The answer to {request.method} {request.path} is from engine {harmless(engine, 100)}. This client accepts only engine"
            f" {self.engine} (engine, or STEPGRADE_ENGINE). Numbers can be different. CHANGELOG.md says what changed.",
            request_id=answer.id_or(request.id),
        )

    def _refuse_npz_bomb(self, request: Request, answer: Answer) -> None:
        most: float = getattr(self.transport, "max_answer", MAX_ANSWER)
        try:
            refuse_npz_bomb(answer.body, most * (1 << 20))
            return
        except TooLarge:
            message = f"The unpacked answer to {request.method} {request.path} is larger than max_answer ({most:g} MiB)."
        except Broken as fault:
            message = f"The answer to {request.method} {request.path} cannot be used: {harmless(fault, 200)}."
        raise UnexpectedAnswer(message, status=answer.status, request_id=answer.id_or(request.id))


def _of_another_engine(request: Request, answer: Answer, raw: Any) -> UnexpectedAnswer | None:
    """The error for an answer that another version of the engine wrote in another form; None for an answer of ours."""
    written = raw.get("engine") if isinstance(raw, dict) else None
    number = ENGINE_NUMBER.match(written) if isinstance(written, str) else None
    if number is None or int(number[1]) == ENGINE:
        return None
    if int(number[1]) < ENGINE:
        remedy = "Is it from a bundle or a journal? Then make a new one. Is it from a service? Then update the service."
    else:
        remedy = "Update this client."
    message = (
        f"The answer to {request.method} {request.path} is from engine {harmless(written, 100)}. Its form is different: this client"
        f" reads the form of engine {ENGINE}. {remedy}"
    )
    return UnexpectedAnswer(message, status=answer.status, request_id=answer.id_or(request.id))


def _unexpected(request: Request, answer: Answer) -> UnexpectedAnswer:
    form = harmless(answer.headers.get("Content-Type", "something"), 100)
    message = f"The answer to {request.method} {request.path} is not from Stepgrade ({form}). Check base_url (or STEPGRADE_URL)."
    if proxy := Proxy.of(answer.url):
        message += f" The request went through the proxy {proxy.address}. {proxy.way_out}"
    return UnexpectedAnswer(message, status=answer.status, request_id=answer.id_or(request.id))
