"""Results for people: sentences and tables, written as plain text or as HTML.

Names and labels come from outside. In text what does not print is shown as `?`, in HTML everything is escaped.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import isnan
from typing import Any

from stepgrade.plain_text import harmless
from stepgrade.plain_text import printable as printable

WIDTH = 100
GAP = "  "
NARROWEST = 6  # a column of text is not cut shorter
NOTHING = "-"
LEFT_OUT = "..."

# Colours are the notebook's own, so that a dark one stays readable.
TABLE = "border-collapse:collapse;color:inherit;background:transparent;margin:0.5em 0"
CAPTION = "text-align:left;white-space:nowrap;color:inherit;font-weight:bold"
CELL = "padding:0.15em 0.6em;color:inherit;background:transparent;text-align:"


@dataclass(frozen=True)
class Table:
    """Rows under heads. A cell is text, a number, or None; numbers are rounded and stand on the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""

    def cells(self) -> list[list[str]]:
        """Every cell as text."""
        return [[cell(value) for value in row] for row in self.rows]

    def is_text(self) -> list[bool]:
        """For each column, whether it holds text."""
        return [any(isinstance(row[k], str) and row[k] != LEFT_OUT for row in self.rows) for k in range(len(self.heads))]


Block = str | Table


def cell(value: Any) -> str:
    """A value as text: a number with four digits, `-` where there is none."""
    if isinstance(value, str):
        return printable(value)
    if value is None or (isinstance(value, float) and isnan(value)):
        return NOTHING
    if isinstance(value, int):
        return str(value)
    try:
        return f"{float(value):.4g}"
    except (TypeError, ValueError):  # a list or an object where a number belongs
        return harmless(value, WIDTH)


def as_text(blocks: Iterable[Block]) -> str:
    """The blocks as lines of at most 100 columns."""
    parts = [("\n" if told else "\n\n").join(map(_text, group)) for told, group in groupby(blocks, lambda block: isinstance(block, str))]
    return "\n\n".join(parts)


def as_html(blocks: Iterable[Block]) -> str:
    """The blocks as paragraphs and tables."""
    return "".join(f"<p>{escape(printable(block))}</p>" if isinstance(block, str) else _html(block) for block in blocks)


def _text(block: Block) -> str:
    return _wrapped(block) if isinstance(block, str) else "\n".join(_lines(block))


def _wrapped(sentence: str) -> str:
    return textwrap.fill(printable(sentence), WIDTH, subsequent_indent=GAP)


def _lines(table: Table) -> list[str]:
    rows, left = [[*map(printable, table.heads)], *table.cells()], table.is_text()
    widths = _fitted([max(len(row[k]) for row in rows) for k in range(len(left))], left)
    lines = [GAP.join(_fill(*each) for each in zip(row, widths, left, strict=True)).rstrip() for row in rows]
    return [_wrapped(table.title), *lines] if table.title else lines


def _fitted(widths: list[int], is_text: list[bool]) -> list[int]:
    """The widths with the widest columns of text cut until the line fits."""
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        widest = max(range(len(widths)), key=lambda k: widths[k] * is_text[k])
        if not is_text[widest] or widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _fill(text: str, width: int, left: bool) -> str:
    short = text if len(text) <= width else text[: width - len(LEFT_OUT)] + LEFT_OUT
    return short.ljust(width) if left else short.rjust(width)


def _html(table: Table) -> str:
    sides = ["left" if text else "right" for text in table.is_text()]
    caption = f'<caption style="{CAPTION}">{escape(printable(table.title))}</caption>' if table.title else ""
    head = _row("th", [*map(printable, table.heads)], sides)
    body = "".join(_row("td", row, sides) for row in table.cells())
    return f'<table style="{TABLE}">{caption}<thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(tag: str, texts: Sequence[str], sides: Sequence[str]) -> str:
    cells = (f'<{tag} style="{CELL}{side}">{escape(text)}</{tag}>' for text, side in zip(texts, sides, strict=True))
    return f"<tr>{''.join(cells)}</tr>"
