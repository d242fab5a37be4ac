"""Text from outside, made safe to show: nothing in it moves a cursor, colours a terminal or shows a password."""

from __future__ import annotations

import re

LONGEST = 2000

_SECRET = re.compile(r"(?<=://)\S*@")  # begins at a fixed text: a pattern before it would look at every letter again and again


def printable(text: str) -> str:
    """One line of `text`, without what would move the cursor or colour a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def harmless(text: object, longest: int = LONGEST) -> str:
    """A sentence of somebody else's as one printable line without passwords, not longer than a page, however long it is."""
    words = without_password(str(text)[: 2 * longest]).split()
    line = printable(" ".join(words))
    return line if len(line) <= longest else line[: longest - 3] + "..."


def lines_of(text: str) -> str:
    """Lines of text, and tabs in them, without control characters."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def without_password(text: str) -> str:
    """`text` without the user's name and password in the addresses that stand in it."""
    return _SECRET.sub("", text)


def address(text: str) -> str:
    """An address, right or wrong, without a user's name and password: also where the password has a slash or a space in it."""
    login, mark, rest = text.rpartition("@")
    scheme, slashes, _ = login.partition("://")
    return harmless((scheme + slashes if slashes and scheme.isalnum() else "") + rest) if mark else harmless(text)
