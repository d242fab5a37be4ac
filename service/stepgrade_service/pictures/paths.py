"""Paths of two parameters over contour lines, with one scale on both axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ..engine.contours import automatic_levels
from ..engine.objectives.resolve import Problem
from ..engine.reading.faults import refuse
from .bounds import MOST_DOTS, MOST_IN_LINE, cut
from .boxes import LABEL_SIZE, Box
from .canvas import LETTER, POINTS, drawable, drawing, render
from .legend import Entry, dashes, run_entries
from .minima import draw_minima, minimum_entries, star_sizes
from .page import Page
from .plane import about_contour_lines, contour_lines, draw_contour_lines, frame, variables
from .results import results_of
from .runs import Cast, Drawn, Labelled, cast, is_lost
from .settings import one_line, subject
from .sheet import Heading, Sheet
from .targets import draw_targets, smallest_radii, target_entries
from .theme import Theme, look_up
from .view import View, together, views_of

Array = NDArray[np.float64]
Panel = tuple[str, Sequence[Labelled]]

#: Of one panel and of several: their width together in inches, and the least and the most height in units of it.
ONE_PANEL, SEVERAL_PANELS = (7.4, 0.5, 0.95), (12.6, 0.3, 0.55)

#: How far a start keeps from the edge at which its name stands, in inches.
ROOM_FOR_NAME = 0.45

#: A path that leaves is followed for this many times the view's size, which no screen shows and no arithmetic minds.
FAR = 1e4


def draw_paths(runs: Sequence[Labelled], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw paths over the contour lines of their objective; the arguments and what is raised are those of `draw_panels`."""
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
    named = zip(panels, runs.panels, strict=True)
    headings = [Heading(one_line(name), results_of(group), column=number) for number, ((name, _), group) in enumerate(named)]
    return Sheet(heading, [], runs, headings)


def compose(figure: Figure, sheet: Sheet, theme: Theme) -> list[Axes]:
    """Put the panels, and what is said about them, on an empty figure."""
    runs, problem, every = sheet.runs, _problem(sheet.runs), dots_every(sheet.runs)
    views, scale = _arranged(sheet, problem)
    levels = automatic_levels(problem, together(views).window)
    lines = [contour_lines(problem, view, levels) for view in views]
    page = Page(
        boxes=[
            Box(scale * view.size[0], scale * view.size[1], heading.title, heading.lines, heading.row, heading.column)
            for view, heading in zip(views, sheet.headings, strict=True)
        ],
        title=sheet.title,
        settings="; ".join(filter(None, [runs.common, _about_dots(runs, every), about_contour_lines(lines)])),
        verdicts=sheet.verdicts,
        notes=sheet.notes,
        entries=_legend(sheet, problem, views, scale, theme),
        theme=theme,
    )
    places, stars = page.lay_out(figure), star_sizes(problem, smallest_radii(runs, POINTS * scale))
    for place, view, below, group in zip(places, views, lines, runs.panels, strict=True):
        draw_contour_lines(place.axes, below, theme)
        draw_minima(place.axes, problem, theme.minimum, theme.ink, stars)
        draw_targets(place.axes, view, group, POINTS * scale, theme)
        for drawn in group:
            _draw_path(place.axes, drawn, view, every, theme)
        _draw_starts(place.axes, group, view, scale, theme)
        frame(place.axes, view)
    page.label_axes(places, variables(runs.all[0].trajectory.plan.layout, problem))
    return [place.axes for place in places]


def _arranged(sheet: Sheet, problem: Problem) -> tuple[list[View], float]:
    """The view of each panel, and how many inches a unit has. Panels in several rows share one view."""
    groups = [[drawn.trajectory for drawn in group] for group in sheet.runs.panels]
    width, least, most = ONE_PANEL if len(groups) == 1 else SEVERAL_PANELS
    if sheet.is_row:
        views = views_of(problem, groups, least, most)
        scale = width / sum(view.size[0] for view in views)
    else:
        _, least, most = ONE_PANEL
        views = views_of(problem, [[run for group in groups for run in group]], least, most) * len(groups)
        scale = width / (sheet.columns * views[0].size[0])
    return _with_room_for_names(sheet.runs, views, scale), scale


def _with_room_for_names(runs: Cast, views: Sequence[View], scale: float) -> list[View]:
    """Views of one vertical range, which is enlarged where the names of starts would leave it."""
    bottom, top = views[0].low[1], views[0].high[1]
    for drawn in runs.all:
        height = float(cut(drawn.trajectory.plan.start)[1])
        if leads_upward(drawn):
            bottom = min(bottom, height - ROOM_FOR_NAME / scale)
        else:
            top = max(top, height + ROOM_FOR_NAME / scale)
    return [View(np.array([view.low[0], bottom]), np.array([view.high[0], top])) for view in views]


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
    steps = "one dot per step" if stride == 1 else f"one dot per {stride} steps" if not strides else "dots at some of the steps"
    through = max(line_every(drawn) * drawn.trajectory.plan.record_every for drawn in runs.all)
    line = f"; the line connects one point per {through} steps" if any(line_every(drawn) > 1 for drawn in runs.all) else ""
    return f"{steps}, a large one at the end{line}"


def line_every(drawn: Drawn) -> int:
    """Through every how many recorded points the line of a path goes."""
    return ceil(len(drawn.trajectory.recorded) / MOST_IN_LINE)


def _legend(sheet: Sheet, problem: Problem, views: Sequence[View], scale: float, theme: Theme) -> list[Entry]:
    """The entries of the runs, of the minima in view, and of the targets."""
    outside = [_outside(view, drawn) for view, group in zip(views, sheet.runs.panels, strict=True) for drawn in group]
    return [
        *run_entries(sheet.runs, sheet.titles, outside, theme),
        *minimum_entries(problem, views, theme.minimum, theme.ink),
        *target_entries(sheet.runs, views, POINTS * scale, theme),
    ]


def _outside(view: View, drawn: Drawn) -> str | None:
    """What of a path cannot be seen: one that left the race is drawn only as far as the picture goes."""
    if is_lost(drawn.trajectory) and not view.holds(_points(drawn)).all():
        return "leaves the picture"
    ends = {"starts": drawn.trajectory.plan.start, "ends": drawn.trajectory.end}
    lost = [name for name, point in ends.items() if not view.holds(point)]
    return f"{' and '.join(lost)} outside the picture" if lost else None


def _draw_path(axes: Axes, drawn: Drawn, view: View, every: int, theme: Theme) -> None:
    """The path, its dots, and a large marker at its end."""
    points = np.clip(_points(drawn), view.low - FAR * view.size, view.high + FAR * view.size)
    color, marker = drawn.stroke.color, drawn.stroke.marker
    joined = np.concatenate([points[:: line_every(drawn)], points[-1:]]) if line_every(drawn) > 1 else points
    axes.plot(*joined.T, color=color, linestyle=dashes(drawn.stroke), linewidth=1.8, zorder=3)
    axes.plot(*points[::every].T, linestyle="", marker=marker, markersize=3.6, color=color, markeredgewidth=0.0, zorder=5)
    axes.plot(*points[-1], marker=marker, markersize=8.5, color=color, markeredgecolor=theme.background, zorder=6)


def leads_upward(drawn: Drawn) -> bool:
    """Whether a path leaves its start upwards, so that there is room for a name below."""
    points = _points(drawn)[:2, 1]
    return bool(points.max() > points[0])


def _draw_starts(axes: Axes, group: Sequence[Drawn], view: View, scale: float, theme: Theme) -> None:
    """A ring and a name at each distinct start, the name on the side from which the path leads away."""
    starts = {tuple(drawn.trajectory.plan.start.tolist()): drawn for drawn in group}
    for (x, y), drawn in starts.items():
        axes.plot(x, y, marker="o", markersize=11.0, color=theme.background, markeredgecolor=theme.ink, markeredgewidth=2.2, zorder=7)
        upward, name = leads_upward(drawn), drawable(drawn.start)
        half = LETTER * LABEL_SIZE / POINTS * len(name) / 2.0
        side = "left" if (x - view.low[0]) * scale < half else "right" if (view.high[0] - x) * scale < half else "center"
        axes.annotate(
            name, (x, y), xytext=({"left": -8.0, "center": 0.0, "right": 8.0}[side], -11.0 if upward else 11.0),
            textcoords="offset points", ha=side, va="top" if upward else "bottom", size=LABEL_SIZE, weight="bold", color=theme.ink,
            path_effects=[withStroke(linewidth=3.0, foreground=theme.background)], zorder=8, annotation_clip=True,
        )  # fmt: skip
