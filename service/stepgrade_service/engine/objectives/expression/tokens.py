"""A text cut into tokens: numbers, names and signs, each with its place in characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Signs of two characters stand before those of one, which they begin with.
PATTERN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
      | (?P<name>[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*)
      | (?P<text>"[^"]*"?|'[^']*'?)
      | (?P<sign>\*\*|//|==|!=|<=|>=|:=|&&|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)

#: What some keyboards and documents write for a sign.
TYPESET = {"\N{MINUS SIGN}": "-", "\N{MULTIPLICATION SIGN}": "*", "\N{MIDDLE DOT}": "*", "\N{DOT OPERATOR}": "*", "\N{DIVISION SIGN}": "/"}


#: Raised digits: what they are written for.
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: its kind (number, name, text, sign or end), what is written, and where, in characters."""

    kind: str
    written: str
    offset: int

    @property
    def end(self) -> int:
        return self.offset + len(self.written)

    @property
    def position(self) -> tuple[int, int]:
        """Offset and length; of the end of the text one character behind it."""
        return self.offset, max(len(self.written), 1)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, without the space between them, and an end. Raised digits are a power: `x²` is `x**2`."""
    for found in PATTERN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "power":
            yield Token("sign", "**", found.start())
            yield Token("number", found.group().translate(RAISED), found.start())
        elif kind != "space":
            yield Token(kind, found.group(), found.start())
    yield Token("end", "", len(text))
