"""Results for people: sentences, formulas, verdicts and tables, written as plain text, as HTML or as Markdown.

Names and labels come from outside. Text shows `?` for what does not print. HTML and Markdown escape everything.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import isnan
from typing import Any

from stepgrade.plain_math import plain_math
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

#: What begins a formula or a format in Markdown, or ends one.
MARKS = re.compile(r"([\\`*_{}\[\]#|$~])")


@dataclass(frozen=True)
class Table:
    """Rows under heads. A cell is text, a number, or None. Numbers are rounded and aligned on the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""

    def cells(self) -> list[list[str]]:
        """Every cell as text."""
        return [[cell(value) for value in row] for row in self.rows]

    def is_text(self) -> list[bool]:
        """For each column, whether it holds text."""
        return [any(isinstance(row[k], str) and row[k] != LEFT_OUT for row in self.rows) for k in range(len(self.heads))]


@dataclass(frozen=True)
class FormulaBlock:
    """A formula in LaTeX, after a few words that name it. A notebook renders it, and text has it as plain mathematics."""

    latex: str
    name: str = ""

    @property
    def source(self) -> str:
        """The formula without what would end it, on one line."""
        return printable(" ".join(self.latex.replace("$", "").split()))

    @property
    def line(self) -> str:
        """The name and the formula, for a terminal."""
        formula = plain_math(self.source)
        return f"{self.name}: {formula}" if self.name else formula


@dataclass(frozen=True)
class Verdict:
    """A headline, what follows it, and notes."""

    headline: str
    rest: str
    notes: Sequence[str]


Block = str | Table | FormulaBlock | Verdict


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
    parts = [("\n" if close else "\n\n").join(map(_text, group)) for close, group in groupby(blocks, _is_line)]
    return "\n\n".join(parts)


def as_html(blocks: Iterable[Block]) -> str:
    """The blocks as paragraphs and tables."""
    return "".join(map(_html, blocks))


def as_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown, where every notebook renders formulas; tables are HTML."""
    return "\n\n".join(map(_markdown, blocks))


def _is_line(block: Block) -> bool:
    """Whether it stands directly under its like: a sentence or a formula."""
    return isinstance(block, str | FormulaBlock)


def _text(block: Block) -> str:
    if isinstance(block, Table):
        return "\n".join(_lines(block))
    if isinstance(block, Verdict):
        rest = [_wrapped(block.rest, GAP, GAP)] if block.rest else []
        return "\n".join([_wrapped(block.headline), *rest, *(_wrapped(f"- {note}", GAP, 2 * GAP) for note in block.notes)])
    return _wrapped(block.line if isinstance(block, FormulaBlock) else block)


def _wrapped(sentence: str, first: str = "", others: str = GAP) -> str:
    return textwrap.fill(printable(sentence), WIDTH, initial_indent=first, subsequent_indent=others)


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


def _html(block: Block) -> str:
    if isinstance(block, Table):
        return _html_table(block)
    if isinstance(block, Verdict):
        notes = "".join(f"<li>{_escaped(note)}</li>" for note in block.notes)
        rest = f" {_escaped(block.rest)}" if block.rest else ""
        return f"<p><b>{_escaped(block.headline)}</b>{rest}</p>" + (f"<ul>{notes}</ul>" if notes else "")
    if isinstance(block, FormulaBlock):
        return f"<p>{_escaped(block.name)}</p>" * bool(block.name) + f"<div>$${escape(block.source)}$$</div>"
    return f"<p>{_escaped(block)}</p>"


def _escaped(text: str) -> str:
    return escape(printable(text))


def _markdown(block: Block) -> str:
    if isinstance(block, FormulaBlock):
        return (f"{plain(block.name)}\n\n" if block.name else "") + f"$$\n{block.source}\n$$"
    return plain(block) if isinstance(block, str) else _html(block)


def plain(text: str) -> str:
    """Text in which Markdown finds no formula and no format."""
    return MARKS.sub(r"\\\1", _escaped(text))


def _html_table(table: Table) -> str:
    sides = ["left" if text else "right" for text in table.is_text()]
    caption = f'<caption style="{CAPTION}">{_escaped(table.title)}</caption>' if table.title else ""
    head = _row("th", [*map(printable, table.heads)], sides)
    body = "".join(_row("td", row, sides) for row in table.cells())
    return f'<table style="{TABLE}">{caption}<thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(tag: str, texts: Sequence[str], sides: Sequence[str]) -> str:
    cells = (f'<{tag} style="{CELL}{side}">{escape(text)}</{tag}>' for text, side in zip(texts, sides, strict=True))
    return f"<tr>{''.join(cells)}</tr>"
