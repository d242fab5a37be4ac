"""The picture of a map over one axis: a curve an optimizer, with gaps where there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .bounds import about_what_is_cut, cut_finite
from .boxes import Box, PlacedPanel
from .grid import Side, about_scale, side_of, tick
from .legend import TEXT_SIZE, Entry, dashes, line
from .logarithm import logarithmic_range, scale_logarithmically
from .map_caption import axis_name
from .maps import Map, diverged_in, gaps, measured_in, what_is_left
from .page import Page
from .scales import DECADES, MOST_OF_EFFECTS, about_effects
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
    """What is drawn of one measure: numbers by label, (n,) each, nan where there is nothing; `without` is said where all are."""

    quantity: str
    numbers: Mapping[str, Array]
    without: str = ""
    is_kind: bool = False
    is_signed: bool = False
    lines: Sequence[str] = ()
    in_gaps: NDArray[np.bool_] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.is_kind and all(np.isnan(numbers).all() for numbers in self.numbers.values())

    @property
    def told(self) -> list[str]:
        """What stands above the panel."""
        return [*self.lines, self.without] if self.is_empty else [*self.lines]

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
            without, lines = "the result cannot be split at any point", measured_in(shown)
            found.append(Series(quantity, {shown.labels[1]: numbers}, without, is_signed=True, lines=lines, in_gaps=in_gaps))
        elif measure == "final_value":
            found.append(_left_at_end(shown, numbers))
        else:
            is_kind = measure == "minimum_reached"
            quantity = {"minimum_reached": "minimum reached", "settling_step": "settling step"}.get(measure, "steps to the target")
            within = f"within {shown.plan.steps} steps"
            without = f"no run settles {within}" if measure == "settling_step" else f"no run reaches the target {within}"
            found.append(Series(quantity, numbers, without, is_kind))
    return found


def _left_at_end(shown: Map, values: Mapping[str, Array]) -> Series:
    """The values at the end, above the minimum where one is known."""
    left = {label: gaps(shown, values[label]) for label in shown.labels}
    return Series(
        quantity=f"{what_is_left(shown)} after {shown.plan.steps} steps",
        numbers={label: cut_finite(numbers) for label, numbers in left.items()},
        without="the objective is not finite at any point",
        lines=[*diverged_in(shown), *about_what_is_cut(*left.values())],
    )


def compose(figure: Figure, shown: Map, theme: Theme, title: str, settings: str) -> list[PlacedPanel]:
    """Put the panels, and what is said about them, on an empty figure."""
    drawn = series_of(shown)
    width, height = ONE_PANEL if len(drawn) == 1 else OF_SEVERAL
    columns = min(len(drawn), 2)
    strokes = {label: theme.stroke(number) for number, label in enumerate(shown.labels)}
    side, name = _across(shown), axis_name(shown, 0)
    told = {label: stroke for label, stroke in strokes.items() if any(label in series.numbers for series in drawn)}
    page = Page(
        boxes=[Box(width, height, series.quantity, series.told, *divmod(number, columns)) for number, series in enumerate(drawn)],
        title=title,
        settings="; ".join([settings, *about_scale([side], [name])]),
        entries=[Entry(line(stroke, theme), shortened(label)) for label, stroke in told.items()],
        theme=theme,
        apart=True,
    )
    places = page.lay_out(figure)
    for place, series in zip(places, drawn, strict=True):
        _draw(place.axes, side.places, series, strokes, theme)
        _scale(place.axes, series, shown, theme)
        place.axes.set_xlim(side.low, side.high)
        tick(place.axes.xaxis, side)
        page.label(place, (name, ""))
    return places


def _draw(axes: Axes, across: Array, series: Series, strokes: Mapping[str, Stroke], theme: Theme) -> None:
    """The curves; what stands alone between gaps is a dot."""
    if series.is_logarithmic:
        shown = [np.where(numbers > 0, numbers, np.nan) for numbers in series.numbers.values()]
        scale_logarithmically([axes], *logarithmic_range(shown))
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
    """Grid lines, and what the vertical axis needs besides."""
    axes.grid(color=theme.grid, linewidth=0.8)
    if series.is_empty:
        axes.set_yticks([])
        return
    if series.is_signed:
        axes.axhline(0.0, color=theme.muted, linewidth=1.2, zorder=1.5)
        for text, at, side in (("hurts", 0.97, "top"), ("helps", 0.03, "bottom")):
            axes.text(0.98, at, text, transform=axes.transAxes, size=TEXT_SIZE, color=theme.muted, ha="right", va=side)
        scale = about_effects(np.concatenate(list(series.numbers.values())), theme.heat)
        axes.set_ylim(1.05 * scale.low, 1.05 * scale.high)
        axes.set_yticks(scale.ticks, scale.labels)
    if series.is_kind:
        count = len(shown.problem.facts.minima)
        axes.set_yticks([NONE, *range(count)], ["none", *map(str, range(count))])
        axes.set_ylim(NONE - 0.5, count - 0.5)


def _across(shown: Map) -> Side:
    """The axis from its first value to its last, with some room."""
    (axis,) = shown.axes
    first, last = (float(np.log10(value)) if axis.logarithmic else float(value) for value in axis.values[[0, -1]])
    return side_of(axis, 0.03 * (last - first) or 0.5)
