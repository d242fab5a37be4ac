"""Paths of two parameters over level lines, with one scale on both axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine.contours import Contours
from ..engine.faults import refuse
from ..engine.objectives.resolve import Problem
from .canvas import drawing, render
from .page import Page
from .runs import Labelled, one_line, subject, tell_apart
from .theme import Stroke, Theme, look_up
from .view import View, view_of

Array = NDArray[np.float64]
Panel = tuple[str, Sequence[Labelled]]

#: A path has at most this many dots.
MOST_DOTS = 200

#: Width of a panel in inches, by the number of panels, and how high it may be against its width.
PANEL_WIDTHS = {1: 7.4, 2: 6.4}
NARROW_PANEL = 5.2
LEAST_HEIGHT, MOST_HEIGHT = 0.5, 0.95

#: A path that leaves is followed this many times the view's size.
FAR = 1e4


def draw_paths(runs: Sequence[Labelled], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw paths over the level lines of their objective; the arguments and what is raised are those of `draw_panels`."""
    return draw_panels([("", runs)], format, theme, title)


def draw_panels(panels: Sequence[Panel], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw groups of paths side by side, each (title, runs), all at one scale over the same part of the plane.

    Every trajectory is of the same objective of two parameters and has its points; raises Refusal where it has not. What a
    run is called and which settings it does not share with the others stands in the legend; what all share, below the title.
    """
    look = look_up(theme)
    heading = one_line(title) if title else subject(panels[0][1][0])
    with drawing(look) as figure:
        compose(figure, panels, look, heading)
        return render(figure, format, heading)


def compose(figure: Figure, panels: Sequence[Panel], theme: Theme, title: str) -> None:
    """Put the panels, and what is said about them, on an empty figure."""
    paths = _Paths.of([run for _, group in panels for run in group], theme)
    width = PANEL_WIDTHS.get(len(panels), NARROW_PANEL)
    page = Page(
        panel=(width, width * paths.view.size[1] / paths.view.size[0]),
        panel_titles=[one_line(name) for name, _ in panels],
        title=title,
        notes=[paths.told.common, paths.about_dots],
        entries=paths.legend(panels),
        theme=theme,
    )
    for axes, (_, group) in zip(page.lay_out(figure), panels, strict=True):
        paths.draw(axes, group)


@dataclass(frozen=True)
class _Paths:
    """All the runs of a picture, and what their panels have in common."""

    problem: Problem
    view: View
    lines: Contours
    told: Told
    strokes: Mapping[str, Stroke]
    texts: Mapping[int, str]
    dots: int
    theme: Theme

    @classmethod
    def of(cls, runs: Sequence[Labelled], theme: Theme) -> _Paths:
        """What the runs have in common; raises Refusal where they have no points."""
        problem = runs[0].trajectory.plan.problem
        if problem is None or any(run.trajectory.points is None for run in runs):
            raise refuse("expected points among them, and an objective: the picture is drawn from these", "include")
        view = view_of(problem, [run.trajectory for run in runs]).shaped(LEAST_HEIGHT, MOST_HEIGHT)
        told = tell_apart(runs)
        return cls()
