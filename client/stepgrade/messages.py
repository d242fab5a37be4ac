"""What goes to the service and what comes back, whatever carries it. Does no I/O."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from requests.structures import CaseInsensitiveDict

from stepgrade.strict_json import parse
from stepgrade.version import USER_AGENT

Json = dict[str, Any]

ID = re.compile(r"[\w .:-]{1,128}", re.ASCII)


@dataclass(frozen=True)
class Request:
    """One request; `path` starts with a slash and includes the query, `body` is empty where there is none."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def make(cls, method: str, path: str, body: Json | None, query: Mapping[str, str] | None, accept: str) -> Request:
        """Write the body, and give the request an id, which every retry keeps.

        Parameters
        ----------
        method, path : str
            For example `"POST", "/trajectory"`.
        body : dict or None
            The body, in JSON's own types.
        query : mapping or None
            The query of the address, by name.
        accept : str
            The form of the answer, for example `"application/json"`.
        """
        headers = {"Accept": accept, "User-Agent": USER_AGENT, "X-Request-Id": uuid.uuid4().hex}
        path = "/" + path.lstrip("/") + ("?" + urlencode(query) if query else "")
        if body is None:
            return cls(method, path, headers)
        headers["Content-Type"] = "application/json"
        return cls(method, path, headers, json.dumps(body, allow_nan=False, separators=(",", ":")).encode())

    @property
    def id(self) -> str:
        """The id the client gave it."""
        return self.headers["X-Request-Id"]

    @property
    def document(self) -> Any:
        """What was posted; None where nothing was."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Answer:
    """One answer as it arrived, decompressed; `headers` are looked up without regard to case, `url` is where HTTP got it, if it did."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes
    url: str = ""

    def json(self) -> Any:
        """Parse the body; raises ValueError where it is not JSON, has NaN or a number beyond a float64, or is deeper than 100 levels."""
        return parse(self.body)

    def id_or(self, own: str) -> str:
        """The id that the service gives the request.

        Parameters
        ----------
        own : str
            The id that the client gave it. It is returned if the service gives none that can be one.
        """
        theirs = self.headers.get("X-Request-Id", own)
        return theirs if ID.fullmatch(theirs) else own
