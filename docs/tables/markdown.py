"""Numbers, points and tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: The order of the columns: the frameworks, then the books.
COLUMNS = ("torch", "keras", "optax", "paper", "course")
NONE, GIVEN = "–", "*required*"

#: Of a point with more coordinates only the first are shown.
MOST_SHOWN = 4


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names) or NONE


def number(value: float, digits: int = 6) -> str:
    """A number without the zeros that nobody needs: 1e-8, 0.001, 20."""
    return re.sub(r"e([+-])0*(\d)", lambda found: "e" + found[1].strip("+") + found[2], f"{value:.{digits}g}")


def point(coordinates: Sequence[float]) -> str:
    """A point; of more than four coordinates the first three."""
    shown = [number(coordinate, 4) for coordinate in (coordinates if len(coordinates) <= MOST_SHOWN else coordinates[:3])]
    return f"({', '.join([*shown, *(['...'] if len(coordinates) > MOST_SHOWN else [])])})"


def box(spans: Sequence[tuple[float, float]]) -> str:
    """A range for each coordinate, or one for all."""
    texts = [f"[{number(low, 4)}, {number(high, 4)}]" for low, high in spans]
    return f"each {texts[0]}" if len(set(texts)) == 1 and len(texts) > 2 else " × ".join(texts)
