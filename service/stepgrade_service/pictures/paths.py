"""Paths of two parameters over level lines, with one scale on both axes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ..engine.contours import Contours, automatic_levels, contours
from ..engine.faults import refuse
from ..engine.objectives.resolve import Problem
from ..engine.pricing import TooCostly
from ..engine.tensors import Layout
from .canvas import drawable, drawing, render
from .page import LABEL_SIZE, Entry, Page, dashes, label_axes, run_entries
from .runs import Cast, Drawn, Labelled, cast, named_start, one_line, shortened, subject
from .theme import Theme, look_up
from .view import View, together, views_of

Array = NDArray[np.float64]
Panel = tuple[str, Sequence[Labelled]]

#: A path has at most this many dots.
MOST_DOTS = 200

#: Of one panel and of several: their width together in inches, and the least and the most height in units of it.
ONE_PANEL, SEVERAL_PANELS = (7.4, 0.5, 0.95), (12.6, 0.3, 0.55)

#: A path that leaves is followed for this many times the view's size, which no screen shows and no arithmetic minds.
FAR = 1e4


def draw_paths(runs: Sequence[Labelled], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw paths over the level lines of their objective; the arguments and what is raised are those of `draw_panels`."""
    return draw_panels([("", runs)], format, theme, title)


def draw_panels(panels: Sequence[Panel], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw groups of paths side by side, each (title, runs), all at one scale and over one vertical range.

    Every trajectory is of the same objective of two parameters and has its points; raises Refusal where it has not. What a
    run is called, and the settings it does not share with the others, stand in the legend; what all share, below the title.
    """
    look = look_up(theme)
    heading = one_line(title) if title else subject(panels[0][1][0])
    with drawing(look) as figure:
        compose(figure, panels, look, heading)
        return render(figure, format, heading)


def compose(figure: Figure, panels: Sequence[Panel], theme: Theme, title: str) -> list[Axes]:
    """Put the panels, and what is said about them, on an empty figure."""
    runs = cast([group for _, group in panels], theme)
    problem, every = _problem(runs), dots_every(runs)
    width, least, most = ONE_PANEL if len(panels) == 1 else SEVERAL_PANELS
    views = views_of(problem, [[drawn.trajectory for drawn in group] for group in runs.panels], least, most)
    scale = width / sum(view.size[0] for view in views)
    titles = [one_line(name) for name, _ in panels]
    page = Page(
        panels=[(scale * view.size).tolist() for view in views],
        panel_titles=titles,
        title=title,
        notes="; ".join(filter(None, [runs.common, _about_dots(runs, every)])),
        entries=_legend(runs, titles, problem, views, theme),
        theme=theme,
    )
    levels = automatic_levels(problem, together(views).window)
    every_axes = page.lay_out(figure)
    for axes, view, group in zip(every_axes, views, runs.panels, strict=True):
        with suppress(TooCostly):  # a landscape too rugged for lines is drawn without
            _draw_level_lines(axes, contours(problem, view.window, levels), theme)
        _draw_minima(axes, problem, theme)
        for drawn in group:
            _draw_path(axes, drawn, view, every, theme)
        _draw_starts(axes, group, theme)
        _frame(axes, view)
    label_axes(every_axes, variables(runs.all[0].trajectory.plan.layout, problem), theme)
    return every_axes


def _problem(runs: Cast) -> Problem:
    """The objective under the paths; raises Refusal where there is none, or no points."""
    problem = runs.all[0].trajectory.plan.problem
    if problem is None or any(drawn.trajectory.points is None for drawn in runs.all):
        raise refuse("expected points among them: paths are drawn from these, over an objective", "include")
    return problem


def _points(drawn: Drawn) -> Array:
    assert drawn.trajectory.points is not None
    return drawn.trajectory.points


def dots_every(runs: Cast) -> int:
    """Every how many recorded points there is a dot."""
    return max(1, ceil(max(len(drawn.trajectory.recorded) - 1 for drawn in runs.all) / MOST_DOTS))


def _about_dots(runs: Cast, every: int) -> str:
    strides = {every * drawn.trajectory.plan.record_every for drawn in runs.all}
    stride = strides.pop()
    steps = "a dot a step" if stride == 1 else f"a dot every {stride} steps" if not strides else "dots at some of the steps"
    return f"{steps}, a large one at the end"


def _legend(runs: Cast, titles: Sequence[str], problem: Problem, views: Sequence[View], theme: Theme) -> list[Entry]:
    """An entry a caption, with how its runs ended, and one for the minima in view."""
    outside = [
        None if view.holds(drawn.trajectory.end) else "ends outside the picture"
        for view, group in zip(views, runs.panels, strict=True)
        for drawn in group
    ]
    entries = run_entries(runs, titles, outside, theme)
    if any(view.holds(problem.minima).any() for view in views):
        star = Line2D([], [], linestyle="", marker="*", markersize=13.0, color=theme.minimum, markeredgecolor=theme.ink)
        entries.append(Entry(star, "minimum"))
    return entries


def _draw_level_lines(axes: Axes, lines: Contours, theme: Theme) -> None:
    """Level lines, the fainter the higher."""
    ramp = LinearSegmentedColormap.from_list("levels", [theme.valley, theme.ridge])
    shades = ramp(np.linspace(0.0, 1.0, max(len(lines.levels), 1)))
    for polylines, shade in zip(lines.polylines, shades, strict=False):
        axes.add_collection(LineCollection(list(polylines), colors=[shade], linewidths=1.0, zorder=1))


def _draw_minima(axes: Axes, problem: Problem, theme: Theme) -> None:
    """A star at each minimum: filled below the paths, its outline above them."""
    for color, layer in ((theme.minimum, 4), ("none", 8)):
        axes.plot(*problem.minima.T, linestyle="", marker="*", markersize=26.0, color=color, markeredgecolor=theme.ink, zorder=layer)


def _draw_path(axes: Axes, drawn: Drawn, view: View, every: int, theme: Theme) -> None:
    """The path, its dots, and a large marker at its end."""
    points = np.clip(_points(drawn), view.low - FAR * view.size, view.high + FAR * view.size)
    color, marker = drawn.stroke.color, drawn.stroke.marker
    axes.plot(*points.T, color=color, linestyle=dashes(drawn.stroke), linewidth=1.8, zorder=3)
    axes.plot(*points[::every].T, linestyle="", marker=marker, markersize=3.6, color=color, markeredgewidth=0.0, zorder=5)
    axes.plot(*points[-1], marker=marker, markersize=8.5, color=color, markeredgecolor=theme.background, zorder=6)


def _draw_starts(axes: Axes, group: Sequence[Drawn], theme: Theme) -> None:
    """A ring and a name at each distinct start, the name on the side from which the path leads away."""
    starts = {tuple(drawn.trajectory.plan.start.tolist()): drawn for drawn in group}
    for (x, y), drawn in starts.items():
        axes.plot(x, y, marker="o", markersize=11.0, color=theme.background, markeredgecolor=theme.ink, markeredgewidth=2.2, zorder=7)
        upward = _points(drawn)[:2, 1].max() > y
        axes.annotate(
            drawable(named_start(drawn.run)), (x, y), xytext=(0.0, -11.0 if upward else 11.0), textcoords="offset points",
            ha="center", va="top" if upward else "bottom", size=LABEL_SIZE, weight="bold", color=theme.ink, zorder=8,
            path_effects=[withStroke(linewidth=3.0, foreground=theme.background)],
        )  # fmt: skip


def _frame(axes: Axes, view: View) -> None:
    """One scale on both axes, over the view."""
    (left, right), (bottom, top) = view.window
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_aspect("equal", adjustable="box")
    axes.ticklabel_format(scilimits=(-3, 4))


def variables(layout: Layout, problem: Problem | None) -> tuple[str, str]:
    """What the two parameters are called: by their tensors, else by the expression, else x1 and x2."""
    if layout.names is not None and len(layout.names) == 2:
        first, second = layout.names
        return shortened(first), shortened(second)
    if problem is not None and "variables" in problem.echo:
        first, second = problem.echo["variables"]
        return shortened(first), shortened(second)
    name = shortened(layout.names[0]) if layout.names else "x"
    return f"{name}1", f"{name}2"
