"""What stands around the axes of every picture: title, settings, legend. Lengths are inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .canvas import drawable, wrapped
from .runs import Cast
from .theme import Stroke, Theme

TITLE_SIZE, TEXT_SIZE, LABEL_SIZE = 17.0, 12.0, 14.0
TITLE_LINE, TEXT_LINE = 0.34, 0.24

EDGE, GAP, BETWEEN = 0.2, 0.12, 0.25
LEFT, RIGHT, BELOW = 1.0, 0.25, 0.7
PANEL_TITLE = 0.42

#: What a legend's entry has in front of its text, and how many entries may stand side by side.
HANDLE, MOST_COLUMNS = 1.0, 4


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    handle: Artist
    text: str


def dashes(stroke: Stroke) -> Literal["-"] | tuple[float, Sequence[float]]:
    """A stroke's dashes as matplotlib takes them."""
    return (0, stroke.dashes) if stroke.dashes else "-"


def run_entries(runs: Cast, titles: Sequence[str], remarks: Sequence[str | None], theme: Theme) -> list[Entry]:
    """An entry a caption, with how its runs ended in which panel; `remarks`, one a run, speak for runs that ended as asked."""
    endings: dict[str, list[str]] = {}
    left = iter(remarks)
    for title, panel in zip(titles, runs.panels, strict=True):
        for drawn in panel:
            remark = next(left)
            if ending := drawn.run.ending or remark:
                endings.setdefault(drawn.caption, []).append(f"{ending} in {title}" if title else ending)
    strokes = {drawn.caption: drawn.stroke for drawn in runs.all}
    return [Entry(_line(stroke, theme), "; ".join([caption, *endings.get(caption, [])])) for caption, stroke in strokes.items()]


def _line(stroke: Stroke, theme: Theme) -> Line2D:
    return Line2D(
        [], [], color=stroke.color, linestyle=dashes(stroke), linewidth=2.0,
        marker=stroke.marker, markersize=8.0, markeredgecolor=theme.background,
    )  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A row of panels, each (width, height) and all of one height, and what is said about them."""

    panels: Sequence[Sequence[float]]
    panel_titles: Sequence[str]
    title: str
    notes: str
    entries: Sequence[Entry]
    theme: Theme

    @property
    def width(self) -> float:
        return LEFT + sum(width for width, _ in self.panels) + BETWEEN * (len(self.panels) - 1) + RIGHT

    def lay_out(self, figure: Figure) -> list[Axes]:
        """Write what stands around, give the figure its size, and return the axes, one a panel."""
        titles = wrapped(self.title, self.width - 2 * EDGE, TITLE_SIZE)
        notes = wrapped(self.notes, self.width - 2 * EDGE, TEXT_SIZE)
        above = EDGE + TITLE_LINE * len(titles) + TEXT_LINE * len(notes) + (PANEL_TITLE if any(self.panel_titles) else GAP)
        below = EDGE / 2 + self._add_legend(figure) + BELOW
        height = above + self.panels[0][1] + below
        figure.set_size_inches(self.width, height)
        self._write(figure, titles, height - EDGE, TITLE_SIZE, TITLE_LINE, self.theme.ink)
        self._write(figure, notes, height - EDGE - TITLE_LINE * len(titles), TEXT_SIZE, TEXT_LINE, self.theme.muted)
        return self._add_panels(figure, below)

    def _add_legend(self, figure: Figure) -> float:
        """Put the legend at the foot, in as many columns as fit, and return its height."""
        figure.set_size_inches(self.width, self.width)
        texts = ["\n".join(wrapped(entry.text, self.width - 2 * EDGE - HANDLE, TEXT_SIZE)) for entry in self.entries]
        for columns in range(min(len(texts), MOST_COLUMNS), 0, -1):
            legend = figure.legend(
                [entry.handle for entry in self.entries], texts, ncols=columns, loc="lower left",
                bbox_to_anchor=(EDGE / 2, EDGE / 2), bbox_transform=figure.dpi_scale_trans,
                fontsize=TEXT_SIZE, labelcolor=self.theme.ink, handlelength=3.2, frameon=False, borderpad=0.2,
            )  # fmt: skip
            size = legend.get_window_extent()
            if columns == 1 or size.width <= (self.width - EDGE) * figure.dpi:
                break
            legend.remove()
        return float(size.height / figure.dpi)

    def _write(self, figure: Figure, lines: Sequence[str], top: float, size: float, advance: float, color: str) -> None:
        """Write lines of text from a height downwards."""
        width, height = figure.get_size_inches()
        for number, text in enumerate(lines):
            figure.text(EDGE / width, (top - number * advance) / height, text, size=size, color=color, ha="left", va="top")

    def _add_panels(self, figure: Figure, below: float) -> list[Axes]:
        page_width, page_height = figure.get_size_inches()
        every_axes, left = list[Axes](), LEFT
        for (width, height), title in zip(self.panels, self.panel_titles, strict=True):
            axes = figure.add_axes((left / page_width, below / page_height, width / page_width, height / page_height))
            self._dress(axes, title)
            every_axes.append(axes)
            left += width + BETWEEN
        return every_axes

    def _dress(self, axes: Axes, title: str) -> None:
        """Give axes the colours and sizes of the page."""
        axes.set_facecolor(self.theme.background)
        axes.set_title(drawable(title), size=LABEL_SIZE, color=self.theme.ink, pad=8)
        axes.tick_params(labelsize=TEXT_SIZE, color=self.theme.muted, labelcolor=self.theme.ink)
        for spine in axes.spines.values():
            spine.set_color(self.theme.muted)


def label_axes(row: Sequence[Axes], names: tuple[str, str], theme: Theme) -> None:
    """Name the axes of a row of panels, the vertical one at its left; a short name stands upright."""
    across, up = map(drawable, names)
    for axes in row:
        axes.set_xlabel(across, size=LABEL_SIZE, color=theme.ink)
        axes.tick_params(labelleft=axes is row[0])
    upright = len(up) <= 3
    row[0].set_ylabel(up, size=LABEL_SIZE, color=theme.ink, rotation=0 if upright else 90, labelpad=8 if upright else 4)
