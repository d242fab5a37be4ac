"""Paths of two parameters over level lines, with one scale on both axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ..engine.contours import automatic_levels
from ..engine.faults import refuse
from ..engine.objectives.resolve import Problem
from .canvas import drawable, drawing, render
from .legend import Entry, dashes, run_entries, star
from .page import LABEL_SIZE, Box, Page
from .plane import draw_level_lines, draw_minima, frame, level_lines, variables
from .runs import Cast, Drawn, Labelled, cast
from .settings import one_line, subject
from .sheet import Heading, Sheet
from .theme import Theme, look_up
from .view import View, together, views_of

Array = NDArray[np.float64]
Panel = tuple[str, Sequence[Labelled]]

#: A path has at most this many dots.
MOST_DOTS = 200

#: Of one panel and of several: their width together in inches, and the least and the most height in units of it.
ONE_PANEL, SEVERAL_PANELS = (7.4, 0.5, 0.95), (12.6, 0.3, 0.55)

#: By how much a view is enlarged where panels are small, so that the names of starts have room in them.
ROOM = 1.1

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
    sheet = sheet_of(panels, look, title)
    with drawing(look) as figure:
        compose(figure, sheet, look)
        return render(figure, format, sheet.title)


def sheet_of(panels: Sequence[Panel], theme: Theme, title: str | None = None) -> Sheet:
    """What is said of panels side by side."""
    runs = cast([group for _, group in panels], theme)
    heading = one_line(title) if title else subject(runs.all[0].trajectory.plan.problem)
    headings = [Heading(one_line(name), column=number) for number, (name, _) in enumerate(panels)]
    return Sheet(heading, [], runs, headings)


def compose(figure: Figure, sheet: Sheet, theme: Theme) -> list[Axes]:
    """Put the panels, and what is said about them, on an empty figure."""
    runs, problem, every = sheet.runs, _problem(sheet.runs), dots_every(sheet.runs)
    views, scale = _arranged(sheet, problem)
    page = Page(
        boxes=[
            Box(scale * view.size[0], scale * view.size[1], heading.title, heading.lines, heading.row, heading.column)
            for view, heading in zip(views, sheet.headings, strict=True)
        ],
        title=sheet.title,
        settings="; ".join(filter(None, [runs.common, _about_dots(runs, every)])),
        notes=sheet.notes,
        entries=_legend(sheet, problem, views, theme),
        theme=theme,
    )
    levels = automatic_levels(problem, together(views).window)
    places = page.lay_out(figure)
    for place, view, group in zip(places, views, runs.panels, strict=True):
        draw_level_lines(place.axes, level_lines(problem, view, levels), theme)
        draw_minima(place.axes, problem.minima, theme)
        for drawn in group:
            _draw_path(place.axes, drawn, view, every, theme)
        _draw_starts(place.axes, group, theme)
        frame(place.axes, view)
    page.label_axes(places, variables(runs.all[0].trajectory.plan.layout, problem))
    return [place.axes for place in places]


def _arranged(sheet: Sheet, problem: Problem) -> tuple[list[View], float]:
    """The view of each panel, and how many inches a unit has. Panels in several rows share one view."""
    groups = [[drawn.trajectory for drawn in group] for group in sheet.runs.panels]
    width, least, most = ONE_PANEL if len(groups) == 1 else SEVERAL_PANELS
    if sheet.is_row:
        views = views_of(problem, groups, least, most)
        return views, width / sum(view.size[0] for view in views)
    _, least, most = ONE_PANEL
    (view,) = views_of(problem, [[run for group in groups for run in group]], least, most)
    view = view.at_least(ROOM * view.size)
    return [view] * len(groups), width / (sheet.columns * view.size[0])


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


def _legend(sheet: Sheet, problem: Problem, views: Sequence[View], theme: Theme) -> list[Entry]:
    """An entry a caption, with how its runs ended, and one for the minima in view."""
    outside = [
        None if view.holds(drawn.trajectory.end) else "ends outside the picture"
        for view, group in zip(views, sheet.runs.panels, strict=True)
        for drawn in group
    ]
    entries = run_entries(sheet.runs, sheet.titles, outside, theme)
    if any(view.holds(problem.minima).any() for view in views):
        entries.append(Entry(star(theme), "minimum"))
    return entries


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
            drawable(drawn.start), (x, y), xytext=(0.0, -11.0 if upward else 11.0), textcoords="offset points",
            ha="center", va="top" if upward else "bottom", size=LABEL_SIZE, weight="bold", color=theme.ink, zorder=8,
            path_effects=[withStroke(linewidth=3.0, foreground=theme.background)], annotation_clip=True,
        )  # fmt: skip
