"""Loss curves: how far a run is from the minimum, step by step, where there is no plane to draw it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..engine.compiled.arithmetic import euclidean
from ..engine.reading.faults import refuse
from ..engine.running.trajectory import Trajectory
from .bounds import about_what_is_cut, cut_finite, least_size
from .boxes import Box
from .canvas import drawing, render
from .legend import dashes, run_entries
from .logarithm import HIGHEST, logarithmic_range, scale_logarithmically
from .page import Page
from .paths import Panel, sheet_of
from .runs import Drawn, Labelled, is_lost
from .sheet import Sheet
from .theme import Theme, look_up

Array = NDArray[np.float64]

#: One panel's size, and the width of several together with their height in units of theirs.
ONE_PANEL, SEVERAL_PANELS = (7.4, 4.6), (12.6, 0.62)

#: How far a scale that a run leaves goes beyond the others, in shares of their range.
MARGIN = 0.05

#: How many markers a curve has, so that it is known in greyscale.
MARKS = 12


@dataclass(frozen=True)
class Curves:
    """What is drawn against the step: one series per run, (recorded,) each, nan where there is nothing to draw.

    `racing` are those of the runs that neither diverged nor are growing, all of them where there is no such run: they set the scale.
    """

    quantity: str
    logarithmic: bool
    series: Sequence[Array]
    racing: Sequence[Array]
    highest: float = HIGHEST

    @cached_property
    def limits(self) -> tuple[float, float] | None:
        """Those of a logarithmic scale, and of one that a run leaves; another finds its own."""
        if self.logarithmic:
            return logarithmic_range(self.racing, self.highest)
        if len(self.racing) == len(self.series):
            return None
        shown = np.concatenate([cut_finite(series) for series in self.racing])
        low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
        margin = MARGIN * max(high - low, least_size(low, high))
        return low - margin, high + margin

    def remark(self, series: Array) -> str | None:
        """Where one curve leaves the picture."""
        (low, high), shown = self.limits or (-inf, inf), cut_finite(series)
        lost = [name for name, is_lost in (("below", (shown < low).any()), ("above", (shown > high).any())) if is_lost]
        return f"continues {' and '.join(lost)} the picture" if lost else None


def _curves(quantity: str, logarithmic: bool, series: Sequence[Array], runs: Sequence[Trajectory], highest: float = HIGHEST) -> Curves:
    """Curves whose scale is set by the runs in the race."""
    racing = [each for each, run in zip(series, runs, strict=True) if not is_lost(run) and not np.isnan(each).all()]
    return Curves(quantity, logarithmic, series, racing or series, highest)


def draw_curves(runs: Sequence[Labelled], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw one curve per run against the step: the value gap to the lowest known minimum, on a logarithmic scale, or the value.

    A replay shows the values that were posted with it, and without them the norms of the posted gradients. All runs are of
    one objective, or all are replays. Raises Refusal where the runs of an objective do not have their values.
    """
    look = look_up(theme)
    panels: list[Panel] = [("", runs)]
    sheet = sheet_of(panels, look, title)
    with drawing(look) as figure:
        compose(figure, sheet, look)
        return render(figure, format, sheet.title)


def compose(figure: Figure, sheet: Sheet, theme: Theme) -> list[Axes]:
    """Put the panels of curves, and what is said about them, on an empty figure; all share their scales."""
    every = sheet.runs.all
    curves = curves_of([drawn.trajectory for drawn in every])
    width, height = ONE_PANEL
    if len(sheet.headings) > 1:
        width = SEVERAL_PANELS[0] / sheet.columns
        height = width * SEVERAL_PANELS[1]
    page = Page(
        boxes=[Box(width, height, heading.title, heading.lines, heading.row, heading.column) for heading in sheet.headings],
        title=sheet.title,
        settings="; ".join(filter(None, [sheet.runs.common, *about_what_is_cut(*curves.series)])),
        verdicts=sheet.verdicts,
        notes=sheet.notes,
        entries=run_entries(sheet.runs, sheet.titles, [curves.remark(series) for series in curves.series], theme),
        theme=theme,
    )
    places, series = page.lay_out(figure), iter(map(cut_finite, curves.series))
    if curves.limits is not None and curves.logarithmic:
        scale_logarithmically([place.axes for place in places], *curves.limits)
    for place, group in zip(places, sheet.runs.panels, strict=True):
        for drawn in group:
            _draw_curve(place.axes, drawn, next(series), theme)
        place.axes.grid(color=theme.grid, linewidth=0.8)
    axes = [place.axes for place in places]
    _share_scales(axes, curves)
    page.label_axes(places, ("step", curves.quantity))
    return axes


def _draw_curve(axes: Axes, drawn: Drawn, series: Array, theme: Theme) -> None:
    stroke = drawn.stroke
    axes.plot(
        drawn.trajectory.recorded, series, color=stroke.color, linestyle=dashes(stroke), linewidth=2.0,
        marker=stroke.marker, markersize=7.0, markeredgecolor=theme.background, markevery=max(1, len(series) // MARKS),
    )  # fmt: skip


def _share_scales(every: Sequence[Axes], curves: Curves) -> None:
    """Give all panels the widest range that one of them has; where the curves have limits, these."""
    for axes in every if curves.limits is not None else ():
        axes.set_ylim(*curves.limits or ())
    for across in (True, False) if len(every) > 1 else ():
        if not across and curves.limits is not None:
            continue
        limits = np.array([axes.get_xlim() if across else axes.get_ylim() for axes in every])
        for axes in every:
            set_limits = axes.set_xlim if across else axes.set_ylim
            set_limits(limits[:, 0].min(), limits[:, 1].max())


def curves_of(runs: Sequence[Trajectory]) -> Curves:
    """Choose what is drawn; raises Refusal where the runs of an objective do not have their values."""
    problem = runs[0].plan.problem
    if problem is None:
        return _replayed(runs)
    values = [run.values for run in runs if run.values is not None]
    if len(values) < len(runs):
        raise refuse("expected values among them: a loss curve is drawn from these", "include")
    if problem.facts.minima:
        gaps = [above - problem.minimum_values.min() for above in values]
        # Near the minimum a gap is what rounding left of it, and may be less than nothing.
        rounding = 1e-9 * max(np.abs(above).max() for above in values)
        if all(gap.min() >= -rounding for gap in gaps) and any(gap.max() > 0 for gap in gaps):
            return _curves("value gap", True, [_positive(gap) for gap in gaps], runs)
    return _curves("value", False, values, runs)


def _replayed(runs: Sequence[Trajectory]) -> Curves:
    """The posted values if every replay has them, else the lengths of the posted gradients."""
    if all(run.plan.posted_values is not None for run in runs):
        return _curves("posted value", False, [_at_recorded(run, run.plan.posted_values) for run in runs], runs)
    lengths = [_lengths(run.plan.gradients) for run in runs if run.plan.gradients is not None]
    series = [_at_recorded(run, length) for run, length in zip(runs, lengths, strict=True)]
    logarithmic = any((length > 0).any() for length in lengths)
    return _curves("gradient norm", logarithmic, [_positive(each) for each in series] if logarithmic else series, runs, inf)


def _lengths(gradients: Array) -> Array:
    """Of each gradient; one whose length is no number any more has the largest there is, so that it is drawn as what it is: large."""
    return np.minimum([euclidean(gradient) for gradient in gradients], np.finfo(np.float64).max)


def _at_recorded(run: Trajectory, posted: Array | None) -> Array:
    """What was posted for each step, at the recorded ones; there is nothing for the end."""
    assert posted is not None
    return np.append(posted, np.nan)[run.recorded]


def _positive(numbers: Array) -> Array:
    return np.where(numbers > 0, numbers, np.nan)
