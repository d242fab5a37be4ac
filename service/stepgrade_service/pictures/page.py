"""What stands around the axes of every picture: title, settings, legend. Lengths are inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from .canvas import drawable, wrapped
from .runs import Cast
from .theme import Stroke, Theme

TITLE_SIZE, TEXT_SIZE, LABEL_SIZE = 17.0, 12.0, 14.0
TITLE_LINE, TEXT_LINE = 0.34, 0.24

EDGE = 0.2
LEFT, RIGHT, BELOW = 0.85, 0.25, 0.7
BETWEEN = 0.65
PANEL_TITLE = 0.36


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    handle: Artist
    text: str


def dashes(stroke: Stroke) -> str | tuple[int, tuple[float, ...]]:
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
    """A row of panels, each (width, height), and what is said about them."""

    panel: tuple[float, float]
    panel_titles: Sequence[str]
    title: str
    notes: Sequence[str]
    entries: Sequence[Entry]
    theme: Theme

    @property
    def width(self) -> float:
        panels = len(self.panel_titles)
        return LEFT + panels * self.panel[0] + (panels - 1) * BETWEEN + RIGHT

    def lay_out(self, figure: Figure) -> list[Axes]:
        """Write what stands around, give the figure its size, and return the axes, one a panel."""
        width, (panel_width, panel_height) = self.width, self.panel
        titles = wrapped(self.title, width - 2 * EDGE, TITLE_SIZE)
        notes = [line for note in self.notes for line in wrapped(note, width - 2 * EDGE, TEXT_SIZE)]
        above = EDGE + TITLE_LINE * len(titles) + TEXT_LINE * len(notes) + 0.12 + (PANEL_TITLE if any(self.panel_titles) else 0.0)
        legend = self._legend(figure)
        below = EDGE / 2 + legend.get_window_extent().height / figure.dpi + BELOW
        height = above + panel_height + below
        figure.set_size_inches(width, height)
        line = height - EDGE
        for texts, size, advance, color in ((titles, TITLE_SIZE, TITLE_LINE, self.theme.ink), (notes, TEXT_SIZE, TEXT_LINE, self.theme.muted)):
            for text in texts:
                figure.text(EDGE / width, line / height, text, size=size, color=color, ha="left", va="top")
                line -= advance
        lefts = [LEFT + number * (panel_width + BETWEEN) for number in range(len(self.panel_titles))]
        panels = [figure.add_axes((left / width, below / height, panel_width / width, panel_height / height)) for left in lefts]
        for axes, title in zip(panels, self.panel_titles, strict=True):
            self._dress(axes, title)
        return panels

    def _legend(self, figure: Figure) -> Legend:
        """The legend at the foot, in as many columns as fit."""
        figure.set_size_inches(self.width, self.width)
        for columns in range(min(len(self.entries), 4), 0, -1):
            legend = figure.legend(
                [entry.handle for entry in self.entries],
                [self._folded(entry.text) for entry in self.entries],
                ncols=columns,
                loc="lower left",
                bbox_to_anchor=(EDGE / 2 / self.width, EDGE / 2 / self.width),
                fontsize=TEXT_SIZE,
                labelcolor=self.theme.ink,
                handlelength=3.2,
                frameon=False,
                borderpad=0.2,
            )
            if columns == 1 or legend.get_window_extent().width <= (self.width - EDGE) * figure.dpi:
                break
            legend.remove()
        return legend

    def _folded(self, text: str) -> str:
        return "\n".join(wrapped(text, self.width - 2 * EDGE - 1.0, TEXT_SIZE))

    def _dress(self, axes: Axes, title: str) -> None:
        """Give axes the colours and sizes of the page."""
        axes.set_facecolor(self.theme.background)
        axes.set_title(drawable(title), size=LABEL_SIZE, color=self.theme.ink, pad=8)
        axes.tick_params(labelsize=TEXT_SIZE, color=self.theme.muted, labelcolor=self.theme.ink)
        for spine in axes.spines.values():
            spine.set_color(self.theme.muted)


def label_axes(axes: Axes, x: str, y: str, theme: Theme) -> None:
    """Name the axes; a short name stands upright."""
    axes.set_xlabel(drawable(x), size=LABEL_SIZE, color=theme.ink)
    upright = len(y) <= 3
    axes.set_ylabel(drawable(y), size=LABEL_SIZE, color=theme.ink, rotation=0 if upright else 90, labelpad=12 if upright else 4)
