"""What is said of a mistake in an expression."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from keyword import iskeyword

from .tokens import Token
from .vocabulary import OPERATORS

NO_OPERAND = "expected a number, a name or ("

ACCEPTED = f"an expression has numbers, names, the signs {OPERATORS} ( ) and functions"

COMPARISONS = {"<", ">", "<=", ">=", "==", "!=", "≤", "≥"}

LONGEST_QUOTED = 40


def quoted(name: str) -> str:
    """A name in bearable length."""
    return name if len(name) <= LONGEST_QUOTED else name[: LONGEST_QUOTED - 3] + "..."


def foreign(written: str) -> str:
    """What is said of something that no expression has."""
    if written in ("=", ":="):
        return "an expression has no =: write one side only, without ="
    if written in ("|", "||"):
        return "write abs(x) in place of |x|"
    if written in COMPARISONS:
        return f"a comparison is not accepted ({written}): use min, max, abs or sign"
    if written[:1] in "\"'" and written:
        return f"a text in quotes is not accepted: {ACCEPTED}"
    if written == ".":
        return "expected a number or a name, got a dot"
    shown = quoted(written) if written.isprintable() else ascii(written)
    return f"{shown} is not accepted: {ACCEPTED}"


def left_side(tokens: Sequence[Token]) -> int:
    """How many tokens a name with = stand before an expression, as in `f(x, y) = x + y`; 0 where none do."""
    if tokens[0].kind != "name":
        return 0
    at = 1
    if tokens[1].written == "(":
        inside = takewhile(lambda token: token.kind == "name" or token.written in (",", ")"), tokens[2:])
        at = 2 + len(list(inside))
        if tokens[at - 1].written != ")":
            return 0
    return at + 1 if tokens[at].written in ("=", ":=") and tokens[at + 1].kind != "end" else 0


def shown(tokens: Sequence[Token]) -> str:
    """Tokens as one types them."""
    return quoted("".join(token.written for token in tokens).replace(",", ", ").replace("=", " ="))


def word_of_python(name: str) -> str:
    """What is said of a word such as `if` or `lambda`; nothing of other names."""
    return f"the word {name} is not accepted: {ACCEPTED}" if iskeyword(name) else ""


def comma(before: Token, behind: Token) -> str:
    """What is said of a comma that stands between no arguments."""
    if before.kind == behind.kind == "number":
        return f"write {before.written}.{behind.written}: a decimal number has a point"
    return "a comma stands only between the arguments of min and max"
