"""Panels: the axes, and what belongs to one of them alone: title, colour bar, legend. Lengths are inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .canvas import wrapped
from .legend import TEXT_SIZE, Entry
from .theme import Theme

LABEL_SIZE = 14.0
LABEL_LINE, TEXT_LINE = 0.28, 0.24
GAP = 0.12

#: The room that a colour bar and its ticks take, and how high it is itself.
BAR_ROOM, BAR = 0.55, 0.16

#: How far a colour bar ends from the sides of its panel, so that what is written at its ticks stays below the panel.
BAR_INSET = 0.3

#: A panel's title has at most so many lines, and each text below it, in which no result may be lost, so many.
MOST_LINES, MOST_TEXT_LINES = 3, 10


@dataclass(frozen=True)
class Box:
    """A panel: where in the grid it stands, the size of its axes, and what belongs to it alone.

    `lines` stand below its title. `ends` are what is written below a colour bar: at its two ends, or one text in its
    middle; without any there is no colour bar.
    """

    width: float
    height: float
    title: str = ""
    lines: Sequence[str] = ()
    row: int = 0
    column: int = 0
    ends: Sequence[str] = ()
    entries: Sequence[Entry] = ()

    @cached_property
    def titles(self) -> list[str]:
        return wrapped(self.title, self.width, LABEL_SIZE, MOST_LINES)

    @cached_property
    def texts(self) -> list[str]:
        return [part for text in self.lines for part in wrapped(text, self.width, TEXT_SIZE, MOST_TEXT_LINES)]

    @cached_property
    def below_bar(self) -> list[list[str]]:
        return [wrapped(text, self.width / len(self.ends) - GAP, TEXT_SIZE) for text in self.ends]

    @property
    def above(self) -> float:
        """The room for its title and lines."""
        return GAP + LABEL_LINE * len(self.titles) + TEXT_LINE * len(self.texts) + (GAP / 2 if self.titles or self.texts else 0.0)

    @property
    def bar(self) -> float:
        """The room for its colour bar."""
        return BAR_ROOM + TEXT_LINE * max(map(len, self.below_bar)) if self.ends else 0.0


@dataclass(frozen=True)
class PlacedPanel:
    """The axes of a panel as laid out; `bar` are those of its colour bar."""

    box: Box
    axes: Axes
    bar: Axes | None


@dataclass(frozen=True)
class Pen:
    """Writes on a figure whose size is settled, at places in inches from its lower left corner."""

    figure: Figure
    theme: Theme

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        page_width, page_height = self.figure.get_size_inches()
        axes = self.figure.add_axes((left / page_width, bottom / page_height, width / page_width, height / page_height))
        axes.set_facecolor(self.theme.background)
        axes.tick_params(labelsize=TEXT_SIZE, color=self.theme.muted, labelcolor=self.theme.ink)
        for spine in axes.spines.values():
            spine.set_color(self.theme.muted)
        return axes

    def write(
        self, lines: Sequence[str], left: float, top: float, size: float, advance: float, muted: bool = False, align: str = "left"
    ) -> None:
        """Write lines of text from a height downwards."""
        width, height = self.figure.get_size_inches()
        color = self.theme.muted if muted else self.theme.ink
        for number, text in enumerate(lines):
            self.figure.text(left / width, (top - number * advance) / height, text, size=size, color=color, ha=align, va="top")

    def head(self, box: Box, left: float, top: float) -> None:
        """Write a panel's title and lines from a height downwards: those of a row begin at one height."""
        top, middle = top - GAP, left + box.width / 2
        self.write(box.titles, middle, top, LABEL_SIZE, LABEL_LINE, align="center")
        self.write(box.texts, middle, top - LABEL_LINE * len(box.titles), TEXT_SIZE, TEXT_LINE, muted=True, align="center")

    def bar(self, box: Box, left: float, top: float) -> Axes:
        """The axes of a colour bar, and what is said at its ends."""
        bar = self.axes(left + BAR_INSET, top - BAR, box.width - 2.0 * BAR_INSET, BAR)
        aligned = {1: ["center"], 2: ["left", "right"]}[len(box.ends)]
        for lines, align in zip(box.below_bar, aligned, strict=True):
            at = {"left": left, "center": left + box.width / 2, "right": left + box.width}[align]
            self.write(lines, at, top - BAR - 0.3, TEXT_SIZE, TEXT_LINE, align=align)
        return bar
