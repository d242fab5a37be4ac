"""What the caller adds to every request: headers and a login. They are checked, and no message and no repr shows a value of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from stepgrade.errors import ConfigurationError

#: As requests has them: a name and a password, or what changes a request before it is sent.
Auth = tuple[str, str] | Callable[[PreparedRequest], PreparedRequest]

#: The headers that the client sets itself, in lower case.
OURS = {"accept", "accept-encoding", "content-encoding", "content-length", "content-type", "transfer-encoding", "x-request-id"}

API_KEY = "X-Api-Key"

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"(?!\s)[^\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]*(?<!\s)")


class _Function(AuthBase):
    """A function of the caller. What it raises may show what it holds: only the kind of the error is told."""

    def __init__(self, function: Callable[[PreparedRequest], PreparedRequest]) -> None:
        self._function = function

    def __call__(self, prepared: PreparedRequest) -> PreparedRequest:
        """Change a request."""
        try:
            changed: Any = self._function(prepared)
        except Exception as fault:
            raised = type(fault).__name__
        else:
            if isinstance(changed, PreparedRequest):
                return changed
            raised = ""
        if raised:
            raise ConfigurationError(f"The function auth raised {raised}.")
        raise ConfigurationError("The function auth must return the request that it gets.")


def headers(given: Mapping[str, str] | None, api_key: str = "") -> dict[str, str]:
    """The caller's own headers, and that of a key, beside which a login may stand; raises ConfigurationError where there cannot be such."""
    ours = {API_KEY: api_key} if api_key else {}
    if given is None:
        return ours
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"headers must be a mapping of names to texts, not {type(given).__name__}.")
    for name, value in given.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ConfigurationError("headers must have names of letters, digits and hyphens. One of the names has other characters.")
        if name.lower() in OURS:
            raise ConfigurationError(f"headers must not have {name}: the client sets it.")
        if not isinstance(value, str) or not VALUE.fullmatch(value):
            raise ConfigurationError(
                f"The value of {name} in headers must be text in one line, without spaces at its ends, and with letters of Latin-1 only."
            )
    return {**({} if API_KEY.lower() in map(str.lower, given) else ours), **given}


def auth(given: Auth | None) -> AuthBase | None:
    """The caller's login; raises ConfigurationError where it is none."""
    if given is None:
        return None
    if callable(given):
        return _Function(given)
    if isinstance(given, (tuple, list)) and len(given) == 2 and all(isinstance(part, str) for part in given):
        name, password = given
        return HTTPBasicAuth(name.encode(), password.encode())
    raise ConfigurationError("auth must be a pair (name, password), or a function or an object that requests accepts as auth.")
