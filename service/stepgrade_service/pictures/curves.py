"""Loss curves: how far a run is from the bottom, step by step, where there is no plane to draw it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from ..engine.faults import refuse
from ..engine.step import euclidean
from ..engine.trajectory import Trajectory
from .canvas import drawing, render
from .page import Page, dashes, label_axes, run_entries
from .runs import Labelled, cast, one_line, subject
from .theme import Theme, look_up

Array = NDArray[np.float64]

PANEL = (7.4, 4.6)

#: How many markers a curve has, so that it is known in greyscale.
MARKS = 12

#: How far below and above its first point a curve on a logarithmic scale is followed.
DEEPEST, HIGHEST = 1e-17, 30.0


@dataclass(frozen=True)
class Curves:
    """What is drawn against the step: one series a run, (recorded,) each, nan where there is nothing to draw."""

    quantity: str
    logarithmic: bool
    series: Sequence[Array]


def draw_curves(runs: Sequence[Labelled], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw a curve a run against the step: the value above the known minimum, on a logarithmic scale, or the value.

    A replay shows the values that were posted with it, and without them the length of the posted gradients. All runs are of
    one objective, or all are replays. Raises Refusal where the runs of an objective do not have their values.
    """
    look = look_up(theme)
    heading = one_line(title) if title else subject(runs[0])
    with drawing(look) as figure:
        compose(figure, runs, look, heading)
        return render(figure, format, heading)


def compose(figure: Figure, runs: Sequence[Labelled], theme: Theme, title: str) -> Axes:
    """Put the curves, and what is said about them, on an empty figure."""
    drawn, curves = cast([runs], theme), curves_of([run.trajectory for run in runs])
    entries = run_entries(drawn, [""], [None] * len(runs), theme)
    page = Page(panels=[PANEL], panel_titles=[""], title=title, notes=drawn.common, entries=entries, theme=theme)
    (axes,) = page.lay_out(figure)
    for each, series in zip(drawn.all, curves.series, strict=True):
        stroke = each.stroke
        axes.plot(
            each.trajectory.recorded, series, color=stroke.color, linestyle=dashes(stroke), linewidth=2.0,
            marker=stroke.marker, markersize=7.0, markeredgecolor=theme.background, markevery=max(1, len(series) // MARKS),
        )  # fmt: skip
    if curves.logarithmic:
        _scale_logarithmically(axes, curves.series)
    axes.grid(color=theme.grid, linewidth=0.8)
    label_axes([axes], ("step", curves.quantity), theme)
    return axes


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
            return Curves("value above the minimum", True, [_positive(gap) for gap in gaps])
    return Curves("value", False, values)


def _replayed(runs: Sequence[Trajectory]) -> Curves:
    """The posted values if every replay has them, else the lengths of the posted gradients."""
    if all(run.plan.posted_values is not None for run in runs):
        return Curves("posted value", False, [_at_recorded(run, run.plan.posted_values) for run in runs])
    lengths = [np.array([euclidean(gradient) for gradient in run.plan.gradients]) for run in runs if run.plan.gradients is not None]
    series = [_at_recorded(run, length) for run, length in zip(runs, lengths, strict=True)]
    logarithmic = any((length > 0).any() for length in lengths)
    return Curves("length of the gradient", logarithmic, [_positive(each) for each in series] if logarithmic else series)


def _at_recorded(run: Trajectory, posted: Array | None) -> Array:
    """What was posted for each step, at the recorded ones; there is nothing for the end."""
    assert posted is not None
    return np.append(posted, np.nan)[run.recorded]


def _positive(numbers: Array) -> Array:
    return np.where(numbers > 0, numbers, np.nan)


def _scale_logarithmically(axes: Axes, series: Sequence[Array]) -> None:
    """A logarithmic scale that neither a diverged run nor one that came to within rounding stretches out of use."""
    drawn = [each[np.isfinite(each)] for each in series]
    first = max(float(each[0]) for each in drawn if each.size)
    low = max(min(float(each.min()) for each in drawn if each.size), DEEPEST * first)
    high = min(max(float(each.max()) for each in drawn if each.size), HIGHEST * first)
    axes.set_yscale("log")
    axes.set_ylim(low / 2.0, high * 2.0)
    axes.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
    axes.yaxis.set_minor_formatter(NullFormatter())


def power_of_ten(value: float) -> str:
    """10⁻³ for 0.001."""
    exponent = round(log10(value))
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
