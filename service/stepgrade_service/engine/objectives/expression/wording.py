"""What is said of a mistake in an expression."""

from __future__ import annotations

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
        return "an expression has no =: write only what stands to the right of it"
    if written in COMPARISONS:
        return f"a comparison is not accepted ({written}): use min, max, abs or sign"
    if written[:1] in "\"'" and written:
        return f"a text in quotes is not accepted: {ACCEPTED}"
    if written == ".":
        return "expected a number or a name, got a dot"
    shown = quoted(written) if written.isprintable() else ascii(written)
    return f"{shown} is not accepted: {ACCEPTED}"


def word_of_python(name: str) -> str:
    """What is said of a word such as `if` or `lambda`; nothing of other names."""
    return f"the word {name} is not accepted: {ACCEPTED}" if iskeyword(name) else ""


def comma(before: Token, behind: Token) -> str:
    """What is said of a comma that stands between no arguments."""
    if before.kind == behind.kind == "number":
        return f"write {before.written}.{behind.written}: a decimal number has a point"
    return "a comma stands only between the arguments of min and max"
