"""Formulas as MathML, which every browser renders by itself."""

from __future__ import annotations

import re
from functools import lru_cache

from latex2mathml.converter import convert

#: In a text an underscore is written as it is; a word with one that stands outside a text is a name, and is set upright.
TEXT = re.compile(r"\\(?:text|mathrm)\{[^}]*\}")
NAME = re.compile(r"(?<![\\A-Za-z])([A-Za-z]+(?:\\_[A-Za-z0-9]+)+)")


@lru_cache(maxsize=512)
def mathml(formula: str) -> str:
    """The MathML of a formula in LaTeX, made once; of posted ones only the last are kept."""
    texts = TEXT.findall(formula)
    parts = [NAME.sub(r"\\text{\1}", part) for part in TEXT.split(formula)]
    joined = "".join(part + text for part, text in zip(parts, [*texts, ""], strict=True))
    return convert(TEXT.sub(lambda found: found[0].replace(r"\_", "_"), joined), display="block")
