"""What stands around the panels of every picture: title, settings, notes, legends. Lengths are inches.

A panel has the size that its scale asks for, and the page grows around it. matplotlib's constrained layout divides a page that is given;
to find one that fits it has to be drawn several times, and a picture then takes two to three times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.figure import Figure
from matplotlib.legend import Legend

from .boxes import GAP, LABEL_LINE, LABEL_SIZE, TEXT_LINE, Box, Pen, PlacedPanel
from .canvas import drawable, wrapped
from .legend import PAD, TEXT_SIZE, Entry, add_legend, height_of
from .theme import Theme

TITLE_SIZE, TITLE_LINE = 17.0, 0.34

EDGE, BETWEEN = 0.2, 0.25
LEFT, RIGHT, BELOW = 1.05, 0.25, 0.7


@dataclass(frozen=True)
class _Text:
    """Lines above the panels, and how far they keep from what is above them."""

    lines: Sequence[str]
    size: float
    advance: float
    muted: bool = False
    gap: float = 0.0

    @property
    def height(self) -> float:
        return self.gap + self.advance * len(self.lines)


@dataclass(frozen=True)
class _Row:
    """Panels side by side with their legends; `labels` is the room for what is written at their horizontal axes."""

    boxes: Sequence[Box]
    keys: Mapping[int, Legend]
    labels: float
    between: float

    @property
    def above(self) -> float:
        return max(box.above for box in self.boxes)

    def height(self, figure: Figure) -> float:
        """From the titles to the legends."""
        keys = max((height_of(key, figure) for key in self.keys.values()), default=0.0)
        return self.above + max(box.height for box in self.boxes) + self.labels + max(box.bar for box in self.boxes) + keys

    def put(self, pen: Pen, top: float) -> dict[int, PlacedPanel]:
        """Put the panels below a height."""
        places, left = dict[int, PlacedPanel](), LEFT
        for box in self.boxes:
            bottom = top - self.above - box.height
            axes = pen.axes(left, bottom, box.width, box.height)
            pen.head(box, left, top)
            bar = pen.bar(box, left, bottom - self.labels) if box.ends else None
            if key := self.keys.get(id(box)):
                at = (left - PAD, bottom - self.labels - box.bar - height_of(key, pen.figure))
                key.set_bbox_to_anchor(at, transform=pen.figure.dpi_scale_trans)
            places[id(box)] = PlacedPanel(box, axes, bar)
            left += box.width + self.between
        return places


@dataclass(frozen=True)
class Page:
    """Panels in rows, each row from left to right, and what is said about them: `verdicts` are main sentences, each with what explains it.

    Panels `apart` have scales of their own; else those of a row share the vertical one, and those of a column the
    horizontal one.
    """

    boxes: Sequence[Box]
    title: str
    settings: str
    entries: Sequence[Entry]
    theme: Theme
    verdicts: Sequence[tuple[str, str]] = ()
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
        """Whether a panel shows the horizontal axis: not every panel of its row has one below that shares it."""
        below = {other.column for other in self.boxes if other.row > box.row}
        beside = {other.column for other in self.boxes if other.row == box.row}
        return self.apart or bool(box.ends or box.entries) or not beside <= below

    def lay_out(self, figure: Figure) -> list[PlacedPanel]:
        """Write what stands around, give the figure its size, and return the panels as they were given."""
        figure.set_size_inches(self.width, self.width)
        legend = add_legend(figure, self.entries, self.width - EDGE, self.theme) if self.entries else None
        rows, texts = [self._row(row, figure) for row in self.rows], self._texts()
        foot = EDGE / 2 + (height_of(legend, figure) if legend else 0.0)
        heights = [row.height(figure) for row in rows]
        height = EDGE + sum(text.height for text in texts) + sum(heights) + foot
        figure.set_size_inches(self.width, height)
        if legend:
            legend.set_bbox_to_anchor((EDGE - PAD, EDGE / 2), transform=figure.dpi_scale_trans)
        pen, top = Pen(figure, self.theme), height - EDGE
        for text in texts:
            pen.write(text.lines, EDGE, top - text.gap, text.size, text.advance, muted=text.muted)
            top -= text.height
        places = dict[int, PlacedPanel]()
        for row, taken in zip(rows, heights, strict=True):
            places |= row.put(pen, top)
            top -= taken
        return [places[id(box)] for box in self.boxes]

    def _row(self, boxes: Sequence[Box], figure: Figure) -> _Row:
        """A row with the legends of its panels, which are still to be moved to their places."""
        keys = {id(box): add_legend(figure, box.entries, box.width, self.theme) for box in boxes if box.entries}
        return _Row(boxes, keys, BELOW if any(map(self.is_lowest, boxes)) else GAP, self.between)

    def _texts(self) -> list[_Text]:
        """What stands above the panels."""
        width = self.width - 2 * EDGE
        notes = [line for note in self.notes for line in wrapped(note, width, TEXT_SIZE)]
        verdicts = [
            text
            for headline, rest in self.verdicts
            for text in (
                _Text(wrapped(headline, width, LABEL_SIZE), LABEL_SIZE, LABEL_LINE, gap=GAP / 2),
                _Text(wrapped(rest, width, TEXT_SIZE), TEXT_SIZE, TEXT_LINE),
            )
        ]
        return [
            _Text(wrapped(self.title, width, TITLE_SIZE), TITLE_SIZE, TITLE_LINE),
            _Text(wrapped(self.settings, width, TEXT_SIZE), TEXT_SIZE, TEXT_LINE, muted=True),
            *verdicts,
            _Text(notes, TEXT_SIZE, TEXT_LINE, gap=GAP / 2 if notes else 0.0),
        ]

    def label_axes(self, places: Sequence[PlacedPanel], names: tuple[str, str]) -> None:
        """Name the axes: the vertical one at the left of each row, the horizontal one below; a short name stands upright."""
        for place in places:
            self.label(place, names)

    def label(self, place: PlacedPanel, names: tuple[str, str]) -> None:
        """Name the axes of one panel, as far as they are not its neighbours' too."""
        across, up = map(drawable, names)
        lowest, leftmost = self.is_lowest(place.box), self.apart or any(row[0] is place.box for row in self.rows)
        place.axes.tick_params(labelbottom=lowest, labelleft=leftmost)
        if lowest:
            place.axes.set_xlabel(across, size=LABEL_SIZE, color=self.theme.ink)
        if leftmost:
            upright = len(up) <= 3
            place.axes.set_ylabel(up, size=LABEL_SIZE, color=self.theme.ink, labelpad=4)
            if upright:
                place.axes.yaxis.label.set(rotation=0, horizontalalignment="right")
