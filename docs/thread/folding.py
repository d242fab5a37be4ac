"""Prose in lines of one length, after numbers of any length have been filled in."""

from __future__ import annotations

import re
import textwrap

WIDTH, GLUE = 138, "\0"

FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
ITEM = re.compile(r"\n(?=- )")
MARK = re.compile(r"- |> |\d+\. |")

#: What stays on one line: code, and the text of a link.
WHOLE = re.compile(r"`[^`]+`|\[[^\]]+\]\(")

#: What is not prose: tables, headings, HTML, pictures.
AS_IT_IS = ("|", "#", "<", "!")


def folded(page: str) -> str:
    """A page in Markdown with its paragraphs, lists and quotations folded; blocks of code stay as they are."""
    parts = FENCED.split(page)
    return "".join(part if part.startswith("```") else "\n\n".join(map(_block, part.split("\n\n"))) for part in parts)


def _block(block: str) -> str:
    inner = block.strip("\n")
    if not inner or inner.startswith(AS_IT_IS):
        return block
    before, after = block[: block.index(inner)], block[block.index(inner) + len(inner) :]
    return before + "\n".join(_item(item) for item in ITEM.split(inner)) + after


def _item(item: str) -> str:
    """A paragraph, or one item of a list."""
    found = MARK.match(item)
    mark = found[0] if found else ""
    below = mark if mark == "> " else " " * len(mark)
    text = WHOLE.sub(lambda whole: whole[0].replace(" ", GLUE), " ".join(item[len(mark) :].split()))
    lines = textwrap.fill(text, WIDTH, initial_indent=mark, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)
    return lines.replace(GLUE, " ")
