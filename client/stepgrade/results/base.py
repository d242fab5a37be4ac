"""What every result has, and what those have that can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stepgrade.errors import ConfigurationError
from stepgrade.messages import Json

Draw = Callable[[str, str], bytes]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Result:
    """What every result has.

    Attributes
    ----------
    engine : str
        The version of the engine: numbers change only with it.
    request_id : str
        The id under which the service logged the call.
    request : dict
        The request's body as it was sent.
    raw : dict
        The answer's body, parsed and otherwise untouched.
    """

    engine: str
    request_id: str
    request: Json
    raw: Json


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Pictured(Result):
    """A result that has a picture; `_draw(format, theme)` fetches it."""

    _draw: Draw | None = field(default=None)

    def picture(self, format: str = "png", theme: str = "light") -> bytes:
        """Fetch the picture of this very request from the service.

        Parameters
        ----------
        format : {"png", "svg"}
        theme : {"light", "dark"}

        Raises
        ------
        InvalidArgument
            Another format.
        ConfigurationError
            The result was unpickled or copied, and has no client any more.
        ApiError, ServiceUnreachable
            As for the call that made the result.
        """
        if self._draw is None:
            raise ConfigurationError("this result was unpickled or copied, and has no client to fetch a picture with: make the call again")
        return self._draw(format, theme)

    def __getstate__(self) -> Json:
        """Pickle all but the client, which is bound to its process."""
        return {**self.__dict__, "_draw": None}


def common(raw: Json, request: Json, request_id: str) -> dict[str, Any]:
    """The fields of `Result`, as arguments."""
    return {"engine": str(raw["engine"]), "request_id": request_id, "request": request, "raw": raw}
