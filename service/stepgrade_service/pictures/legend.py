"""Legends: what stands for a run, and where it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from .canvas import POINTS, wrapped
from .runs import Cast, starts_of
from .theme import Stroke, Theme

TEXT_SIZE = 12.0

#: The room around a legend, in inches.
PAD = 0.06

#: What a legend's entry has in front of its text in inches, and how many entries may stand side by side.
HANDLE, MOST_COLUMNS = 1.0, 4


#: The ring around a target.
TARGET_DASHES = (3.0, 2.0)


@dataclass(frozen=True)
class Entry:
    """A line of a legend: an artist, or several that are drawn on top of each other, and a text."""

    handle: Any
    text: str


def add_legend(figure: Figure, entries: Sequence[Entry], width: float, theme: Theme) -> Legend:
    """Put a legend into a figure, to be moved to its place, in as many columns as fit into a width in inches."""
    texts = ["\n".join(wrapped(entry.text, width - HANDLE, TEXT_SIZE)) for entry in entries]
    for columns in range(min(len(texts), MOST_COLUMNS), 0, -1):
        legend = figure.legend(
            [entry.handle for entry in entries], texts, ncols=columns, loc="lower left",
            bbox_to_anchor=(0.0, 0.0), bbox_transform=figure.dpi_scale_trans, borderaxespad=0.0,
            handler_map={tuple: HandlerTuple(ndivide=1, pad=0.0)},
            fontsize=TEXT_SIZE, labelcolor=theme.ink, handlelength=3.2, frameon=False, borderpad=POINTS * PAD / TEXT_SIZE,
        )  # fmt: skip
        if columns == 1 or legend.get_window_extent().width <= width * figure.dpi:
            break
        legend.remove()
    return legend


def height_of(legend: Legend, figure: Figure) -> float:
    """In inches."""
    return float(legend.get_window_extent().height / figure.dpi)


def dashes(stroke: Stroke) -> Literal["-"] | tuple[float, Sequence[float]]:
    """A stroke's dashes as matplotlib takes them."""
    return (0, stroke.dashes) if stroke.dashes else "-"


def line(stroke: Stroke, theme: Theme) -> Line2D:
    """What stands for a run in the legend."""
    return Line2D(
        [], [], color=stroke.color, linestyle=dashes(stroke), linewidth=2.0,
        marker=stroke.marker, markersize=8.0, markeredgecolor=theme.background,
    )  # fmt: skip


def star(color: str, outline: str, size: float = 13.0) -> Line2D:
    """What stands for a minimum."""
    return Line2D([], [], linestyle="", marker="*", markersize=size, color=color, markeredgecolor=outline)


def ring(color: str) -> Line2D:
    """What stands for a target."""
    return Line2D([], [], color=color, linestyle=(0, TARGET_DASHES), linewidth=1.2)


def run_entries(runs: Cast, titles: Sequence[str], remarks: Sequence[str | None], theme: Theme) -> list[Entry]:
    """An entry per caption, with what is said of its runs in which panel; there is one of `remarks` per run."""
    endings: dict[str, dict[str, list[str]]] = {}
    left = iter(remarks)
    for title, panel in zip(titles, runs.panels, strict=True):
        for drawn in panel:
            if ending := ", ".join(filter(None, [drawn.run.ending, next(left)])):
                place = " ".join(filter(None, [f"from {drawn.start}" if len(starts_of(panel)) > 1 else "", title and f"({title})"]))
                endings.setdefault(drawn.caption, {}).setdefault(ending, []).append(place)
    strokes = {drawn.caption: drawn.stroke for drawn in runs.all}
    return [Entry(line(stroke, theme), "; ".join([caption, *_placed(endings.get(caption, {}))])) for caption, stroke in strokes.items()]


def _placed(endings: Mapping[str, Sequence[str]]) -> list[str]:
    """What is said of runs, each text once, with the places where it holds."""
    return [" ".join(filter(None, [ending, ", ".join(filter(None, places))])) for ending, places in endings.items()]
