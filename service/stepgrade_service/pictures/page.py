"""What stands around the axes of every picture: title, settings, legends. Lengths are inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from .canvas import drawable, wrapped
from .legend import PAD, TEXT_SIZE, Entry, add_legend, height_of
from .theme import Theme

TITLE_SIZE, LABEL_SIZE = 17.0, 14.0
TITLE_LINE, LABEL_LINE, TEXT_LINE = 0.34, 0.28, 0.24

EDGE, GAP, BETWEEN = 0.2, 0.12, 0.25
LEFT, RIGHT, BELOW = 1.0, 0.25, 0.7

#: The room that a colour bar and its ticks take, and how high it is itself.
BAR_ROOM, BAR = 0.55, 0.16

#: A panel's title, and each text below it, has at most this many lines.
MOST_LINES = 3


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
        return [part for text in self.lines for part in wrapped(text, self.width, TEXT_SIZE, MOST_LINES)]

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
class Place:
    """The axes of a panel as laid out; `bar` are those of its colour bar."""

    box: Box
    axes: Axes
    bar: Axes | None


@dataclass(frozen=True)
class Page:
    """Panels in rows, each row from left to right, and what is said about them.

    Panels `apart` have scales of their own; else those of a row share the vertical one, and those of a column the
    horizontal one.
    """

    boxes: Sequence[Box]
    title: str
    settings: str
    entries: Sequence[Entry]
    theme: Theme
    notes: Sequence[str] = ()
    apart: bool = False

    @cached_property
    def rows(self) -> list[list[Box]]:
        numbers = sorted({box.row for box in self.boxes})
        return [sorted((box for box in self.boxes if box.row == number), key=lambda box: box.column) for number in numbers]

    @property
    def between(self) -> float:
        return LEFT if self.apart else BETWEEN

    @property
    def width(self) -> float:
        return LEFT + max(sum(box.width for box in row) + self.between * (len(row) - 1) for row in self.rows) + RIGHT

    def is_lowest(self, box: Box) -> bool:
        """Whether a panel shows the horizontal axis: there is none below it that shares it."""
        below = any(other.row > box.row and other.column == box.column for other in self.boxes)
        return self.apart or bool(box.ends or box.entries) or not below

    def lay_out(self, figure: Figure) -> list[Place]:
        """Write what stands around, give the figure its size, and return the panels as they were given."""
        figure.set_size_inches(self.width, self.width)
        titles = wrapped(self.title, self.width - 2 * EDGE, TITLE_SIZE)
        settings, *notes = (wrapped(text, self.width - 2 * EDGE, TEXT_SIZE) for text in (self.settings, *self.notes))
        said = [line for note in notes for line in note]
        legend = add_legend(figure, self.entries, self.width - EDGE, self.theme) if self.entries else None
        keys = {id(box): add_legend(figure, box.entries, box.width, self.theme) for box in self.boxes if box.entries}
        heights = {name: height_of(key, figure) for name, key in keys.items()}
        feet = [self._foot(row, heights) for row in self.rows]
        foot = EDGE / 2 + (height_of(legend, figure) if legend else 0.0)
        rows = sum(max(box.above for box in row) + max(box.height for box in row) for row in self.rows) + sum(feet)
        top = EDGE + TITLE_LINE * len(titles) + TEXT_LINE * (len(settings) + len(said)) + (GAP if said else 0.0)
        figure.set_size_inches(self.width, top + rows + foot)
        if legend:
            legend.set_bbox_to_anchor((EDGE - PAD, EDGE / 2), transform=figure.dpi_scale_trans)
        pen = _Pen(figure, self.theme)
        below_title = top + rows + foot - EDGE - TITLE_LINE * len(titles)
        pen.write(titles, EDGE, top + rows + foot - EDGE, TITLE_SIZE, TITLE_LINE)
        pen.write(settings, EDGE, below_title, TEXT_SIZE, TEXT_LINE, muted=True)
        pen.write(said, EDGE, below_title - TEXT_LINE * len(settings) - GAP / 2, TEXT_SIZE, TEXT_LINE)
        return self._add_panels(pen, rows + foot, feet, keys)

    def _foot(self, row: Sequence[Box], heights: dict[int, float]) -> float:
        """The room below the axes of a row: for their labels, colour bars and legends."""
        labels = BELOW if any(self.is_lowest(box) for box in row) else GAP
        return labels + max(box.bar for box in row) + max(heights.get(id(box), 0.0) for box in row)

    def _add_panels(self, pen: _Pen, top: float, feet: Sequence[float], keys: dict[int, Legend]) -> list[Place]:
        places: dict[int, Place] = {}
        for row, foot in zip(self.rows, feet, strict=True):
            left, above, height = LEFT, max(box.above for box in row), max(box.height for box in row)
            for box in row:
                bottom = top - above - box.height
                axes, bar = pen.axes(left, bottom, box.width, box.height), None
                pen.head(box, left, bottom + box.height)
                if box.ends:
                    bar = pen.bar(box, left, bottom - BELOW)
                if id(box) in keys:
                    anchor = (left - PAD, bottom - BELOW - box.bar - height_of(keys[id(box)], pen.figure))
                    keys[id(box)].set_bbox_to_anchor(anchor, transform=pen.figure.dpi_scale_trans)
                places[id(box)] = Place(box, axes, bar)
                left += box.width + self.between
            top -= above + height + foot
        return [places[id(box)] for box in self.boxes]

    def label_axes(self, places: Sequence[Place], names: tuple[str, str]) -> None:
        """Name the axes: the vertical one at the left of each row, the horizontal one below; a short name stands upright."""
        for place in places:
            self.label(place, names)

    def label(self, place: Place, names: tuple[str, str]) -> None:
        """Name the axes of one panel, as far as they are not its neighbours' too."""
        across, up = map(drawable, names)
        lowest, leftmost = self.is_lowest(place.box), self.apart or any(row[0] is place.box for row in self.rows)
        place.axes.tick_params(labelbottom=lowest, labelleft=leftmost)
        if lowest:
            place.axes.set_xlabel(across, size=LABEL_SIZE, color=self.theme.ink)
        if leftmost:
            upright = len(up) <= 3
            rotation, pad = (0, 8) if upright else (90, 4)
            place.axes.set_ylabel(up, size=LABEL_SIZE, color=self.theme.ink, rotation=rotation, labelpad=pad)


@dataclass(frozen=True)
class _Pen:
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

    def head(self, box: Box, left: float, bottom: float) -> None:
        """Write a panel's title and lines above it."""
        top, middle = bottom + box.above - GAP, left + box.width / 2
        self.write(box.titles, middle, top, LABEL_SIZE, LABEL_LINE, align="center")
        self.write(box.texts, middle, top - LABEL_LINE * len(box.titles), TEXT_SIZE, TEXT_LINE, muted=True, align="center")

    def bar(self, box: Box, left: float, top: float) -> Axes:
        """The axes of a colour bar, and what is said at its ends."""
        bar = self.axes(left, top - BAR, box.width, BAR)
        aligned = {1: ["center"], 2: ["left", "right"]}[len(box.ends)]
        for lines, align in zip(box.below_bar, aligned, strict=True):
            at = {"left": left, "center": left + box.width / 2, "right": left + box.width}[align]
            self.write(lines, at, top - BAR - 0.3, TEXT_SIZE, TEXT_LINE, align=align)
        return bar
