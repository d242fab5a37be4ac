"""Formulas as MathML, which every browser renders by itself."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.sax.saxutils import escape

from latex2mathml.converter import convert

from ..grading.solutions.alphabet import ESCAPED

#: In a text an underscore is written as it is; a word with one that stands outside a text is a name, and is set upright.
TEXT = re.compile(r"\\(?:text|mathrm)\{[^}]*\}")
NAME = re.compile(r"(?<![\\A-Za-z])([A-Za-z]+(?:\\_[A-Za-z0-9]+)+)")

#: A name as it is typed in a program, which may be anything that a client calls a tensor; what stands for it meanwhile, and its letters.
TYPED, HELD = re.compile(r"\\mathtt\{((?:\\[{}]|[^{}])*)\}"), re.compile(r"\(typed (\d+)\)")
LETTER = re.compile("|".join(re.escape(written) for written in sorted(ESCAPED.values(), key=len, reverse=True)))
MEANT = {written: letter for letter, written in ESCAPED.items() if written != "?"}

#: How LaTeX asks for room between two rows; the converter does not know it.
ROOM = re.compile(r"\\\\\[\d+pt\]")


@lru_cache(maxsize=512)
def mathml(formula: str) -> str:
    """The MathML of a formula in LaTeX, made once; of posted ones only the last are kept."""
    texts = TEXT.findall(formula)
    parts = [NAME.sub(r"\\text{\1}", part) for part in TEXT.split(formula)]
    joined = "".join(part + text for part, text in zip(parts, [*texts, ""], strict=True))
    return convert(TEXT.sub(lambda found: found[0].replace(r"\_", "_"), joined), display="block")


def mathml_of_work(formula: str) -> str:
    """The MathML of a line of a worked solution: it has rows, and names that a client chose, of which nothing is read as LaTeX."""
    names: list[str] = []

    def hold(found: re.Match[str]) -> str:
        names.append(LETTER.sub(lambda letter: MEANT.get(letter[0], letter[0]), found[1]))
        return rf"\text{{(typed {len(names) - 1})}}"

    latex = ROOM.sub(r"\\\\", TYPED.sub(hold, formula)).replace("{aligned}", "{align*}")
    made = convert(latex, display="block").replace("&#x000A0;", " ")
    return HELD.sub(lambda found: escape(names[int(found[1])]), made)
