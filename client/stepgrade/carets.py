"""A text with a line of carets under the part that is wrong."""

from __future__ import annotations

from stepgrade.plain_text import printable

#: Of a long line so much is shown, and so much of it before the part that is wrong.
LONGEST, BEFORE = 100, 60


def underlined(text: str, offset: int, length: int) -> str:
    """Two lines: the line of `text` in which `offset` stands, cut to a bearable length, and carets under `length` characters of it.

    Parameters
    ----------
    text : str
        The whole text.
    offset, length : int
        Where the part is, in characters. Of no length it is something that is missing: then one caret shows where.
    """
    offset = min(max(offset, 0), len(text))
    begin = max(text.rfind("\n", 0, offset) + 1, offset - BEFORE)
    line = text[begin : begin + LONGEST].partition("\n")[0]
    carets = min(max(length, 1), max(len(line) - (offset - begin), 1))
    return f"{printable(line)}\n{' ' * (offset - begin)}{'^' * carets}"
