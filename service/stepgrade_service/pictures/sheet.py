"""What a picture of runs shows and says, before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .runs import Cast


@dataclass(frozen=True)
class Heading:
    """What stands above a panel, and where in the grid the panel stands."""

    title: str = ""
    lines: Sequence[str] = ()
    row: int = 0
    column: int = 0


@dataclass(frozen=True)
class Sheet:
    """The runs by panel, a heading for each panel, and what is said of all: main sentences with what explains them, and notes."""

    title: str
    notes: Sequence[str]
    runs: Cast
    headings: Sequence[Heading]
    verdicts: Sequence[tuple[str, str]] = ()

    @property
    def titles(self) -> list[str]:
        return [heading.title for heading in self.headings]

    @property
    def columns(self) -> int:
        return max(heading.column for heading in self.headings) + 1

    @property
    def is_row(self) -> bool:
        """Whether all panels stand side by side."""
        return len({heading.row for heading in self.headings}) == 1
