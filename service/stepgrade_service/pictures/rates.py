"""The picture of a map over one axis: a curve an optimizer, with gaps where there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .boxes import Box, PlacedPanel
from .grid import positions, tick_logarithmically
from .legend import TEXT_SIZE, Entry, dashes, line
from .logarithm import scale_logarithmically
from .map_caption import axis_name
from .maps import Map, gaps, measured_in, what_is_left
from .page import Page
from .scales import DECADES, MOST_OF_EFFECTS
from .settings import shortened
from .theme import Stroke, Theme

Array = NDArray[np.float64]

#: The size of one panel, and that of each of several.
ONE_PANEL, OF_SEVERAL = (7.4, 4.6), (5.8, 3.6)

#: Markers of two optimizers that reached the same minimum stand so far beside each other.
ASIDE = 0.12

#: Where runs stand that reached no minimum.
NONE = -1.0

EFFECTS = {"direction_effect": "direction", "magnitude_effect": "step length"}


@dataclass(frozen=True)
class Series:
    """What is drawn of one measure: numbers by label, (n,) each, nan where there is nothing."""

    quantity: str
    numbers: Mapping[str, Array]
    is_kind: bool = False
    is_signed: bool = False
    lines: Sequence[str] = ()
    in_gaps: NDArray[np.bool_] | None = None

    @property
    def is_logarithmic(self) -> bool:
        """Whether the numbers are positive and span decades."""
        known = np.concatenate([numbers[np.isfinite(numbers)] for numbers in self.numbers.values()])
        if self.is_kind or self.is_signed or not (known > 0).any() or (known < 0).any():
            return False
        return bool(known.max() > DECADES * known[known > 0].min())


def series_of(shown: Map) -> list[Series]:
    """What is drawn, a measure a panel."""
    found = []
    for measure in shown.plan.measures:
        numbers = shown.measures[measure]
        if measure in EFFECTS:
            one, other = map(shortened, shown.labels)
            quantity = f"{other}'s {EFFECTS[measure]} instead of {one}'s"
            in_gaps = None if shown.outcome is None else shown.outcome == 1
            found.append(Series(quantity, {shown.labels[1]: numbers}, is_signed=True, lines=measured_in(shown), in_gaps=in_gaps))
        elif measure == "final_value":
            quantity = f"{what_is_left(shown)} after {shown.plan.steps} steps"
            found.append(Series(quantity, {label: gaps(shown, numbers[label]) for label in shown.labels}))
        else:
            is_kind = measure == "minimum_reached"
            found.append(Series("minimum reached" if is_kind else "steps to the target", numbers, is_kind))
    return found


def compose(figure: Figure, shown: Map, theme: Theme, title: str, settings: str) -> list[PlacedPanel]:
    """Put the panels, and what is said about them, on an empty figure."""
    drawn = series_of(shown)
    width, height = ONE_PANEL if len(drawn) == 1 else OF_SEVERAL
    columns = min(len(drawn), 2)
    strokes = {label: theme.stroke(number) for number, label in enumerate(shown.labels)}
    told = {label: stroke for label, stroke in strokes.items() if any(label in series.numbers for series in drawn)}
    page = Page(
        boxes=[Box(width, height, series.quantity, series.lines, *divmod(number, columns)) for number, series in enumerate(drawn)],
        title=title,
        settings=settings,
        entries=[Entry(line(stroke, theme), shortened(label)) for label, stroke in told.items()],
        theme=theme,
        apart=True,
    )
    places, across = page.lay_out(figure), positions(shown.axes[0])
    for place, series in zip(places, drawn, strict=True):
        _draw(place.axes, across, series, strokes, theme)
        _scale(place.axes, series, shown, theme)
        _frame(place.axes, across, shown.axes[0].logarithmic)
        page.label(place, (axis_name(shown, 0), ""))
    return places


def _draw(axes: Axes, across: Array, series: Series, strokes: Mapping[str, Stroke], theme: Theme) -> None:
    """The curves; what stands alone between gaps is a dot."""
    if series.is_logarithmic:
        shown = [np.where(numbers > 0, numbers, np.nan) for numbers in series.numbers.values()]
        scale_logarithmically([axes], shown)
    for number, (label, numbers) in enumerate(series.numbers.items()):
        stroke = strokes[label]
        numbers = np.where(numbers > 0, numbers, np.nan) if series.is_logarithmic else numbers
        if series.is_kind:
            numbers = np.where(np.isnan(numbers), NONE, numbers) - ASIDE * number
        in_gaps = np.zeros(len(numbers), np.bool_) if series.in_gaps is None else series.in_gaps
        axes.plot(
            across, np.where(in_gaps, np.nan, numbers), color=stroke.color, linestyle="" if series.is_kind else dashes(stroke),
            linewidth=2.0, marker=stroke.marker, markersize=5.0, markeredgecolor=theme.background, markeredgewidth=0.5,
        )  # fmt: skip
        if in_gaps.any():
            axes.plot(
                across[in_gaps], np.clip(numbers[in_gaps], -MOST_OF_EFFECTS, MOST_OF_EFFECTS), color=stroke.color, linestyle="",
                marker=stroke.marker, markersize=6.0, markerfacecolor="none", markeredgewidth=1.2,
            )  # fmt: skip


def _scale(axes: Axes, series: Series, shown: Map, theme: Theme) -> None:
    """CellGrid lines, and what the vertical axis needs besides."""
    axes.grid(color=theme.grid, linewidth=0.8)
    if series.is_signed:
        axes.axhline(0.0, color=theme.muted, linewidth=1.2, zorder=1.5)
        for text, at, side in (("hurts", 0.97, "top"), ("helps", 0.03, "bottom")):
            axes.text(0.98, at, text, transform=axes.transAxes, size=TEXT_SIZE, color=theme.muted, ha="right", va=side)
        reach = min(max(map(abs, axes.get_ylim())), MOST_OF_EFFECTS)
        axes.set_ylim(-reach, reach)
    if series.is_kind:
        count = len(shown.problem.facts.minima)
        axes.set_yticks([NONE, *range(count)], ["none", *map(str, range(count))])
        axes.set_ylim(NONE - 0.5, count - 0.5)


def _frame(axes: Axes, across: Array, logarithmic: bool) -> None:
    margin = 0.03 * float(across[-1] - across[0]) or 0.5
    low, high = float(across[0]) - margin, float(across[-1]) + margin
    axes.set_xlim(low, high)
    if logarithmic:
        tick_logarithmically(axes, low, high)
