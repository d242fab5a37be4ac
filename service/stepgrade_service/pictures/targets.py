"""The targets in a picture: the circle around the minimum that a run has to reach, one for every start."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from ..engine.loop.measures import TO_DISTANCE
from ..engine.running.stops import Target
from ..engine.running.trajectory import nearest_minimum
from .legend import TARGET_DASHES, Entry, ring
from .runs import Cast, Drawn, is_lost
from .theme import Theme
from .view import View

#: A panel has at most this many circles: more of them cannot be told apart.
MOST_CIRCLES = 24

#: A circle of a smaller radius in points is hidden by the marker of an end, and is not drawn.
SMALLEST = 4.5

#: A centre and a radius.
Ring = tuple[tuple[float, float], float]


def target_in_words(target: Target) -> str:
    """`5 % of the start's distance to the minimum`."""
    return target.in_words + (" to the minimum" if target.kind == TO_DISTANCE else "")


def circles_of(group: Sequence[Drawn]) -> list[Ring]:
    """The circles that are the targets of a panel's runs, in the order of the starts; none where the targets are no distances.

    Each is around the minimum that the run is nearest to in the end. A run that left the race has a circle only where it is the
    only one from its start.
    """
    circles: dict[Ring, None] = {}
    racing = {_start(drawn) for drawn in group if not is_lost(drawn.trajectory)}
    for drawn in group:
        run = drawn.trajectory
        problem, target = run.plan.problem, run.plan.target
        if problem is None or not problem.facts.minima or target.kind != TO_DISTANCE:
            return []
        if is_lost(run) and _start(drawn) in racing:
            continue
        x, y = problem.minima[nearest_minimum(problem, run.end)].tolist()
        circles[((x, y), target.share * float(np.hypot(*(run.plan.start - (x, y)))))] = None
    return list(circles)


def smallest_radii(runs: Cast, points: float) -> dict[tuple[float, ...], float]:
    """In points, by the centre, of the circles that are large enough to be drawn."""
    radii: dict[tuple[float, ...], float] = {}
    for center, radius in (each for group in runs.panels for each in circles_of(group)):
        if points * radius >= SMALLEST:
            radii[center] = min(points * radius, radii.get(center, inf))
    return radii


def _start(drawn: Drawn) -> tuple[float, ...]:
    return tuple(drawn.trajectory.plan.start.tolist())


def draw_targets(axes: Axes, view: View, group: Sequence[Drawn], points: float, theme: Theme) -> None:
    """The circles of a panel, dashed, above the stars; `points` is how many points a unit has."""
    for color, style, width in ((theme.background, "-", 2.4), (theme.ink, (0, TARGET_DASHES), 1.2)):
        for center, radius in _drawn(view, group, points):
            axes.add_patch(Circle(center, radius, fill=False, color=color, linestyle=style, linewidth=width, zorder=8.5))


def _drawn(view: View, group: Sequence[Drawn], points: float) -> list[Ring]:
    """Those that can be seen, as far as they are not too many: dash by dash, a circle of 1e9 would never be finished."""
    return [each for each in circles_of(group) if each[1] * points >= SMALLEST and view.reaches(*each)][:MOST_CIRCLES]


def target_entries(runs: Cast, views: Sequence[View], points: float, theme: Theme) -> list[Entry]:
    """What the circles are, in the legend, and which of them are not drawn."""
    panels = list(zip(views, runs.panels, strict=True))
    every = {each for _, group in panels for each in circles_of(group)}
    if not every:
        return []
    left = every - {each for view, group in panels for each in _drawn(view, group, points)}
    smaller = {each for each in left if each[1] * points < SMALLEST}
    larger = {each for view, group in panels for each in circles_of(group) if each in left - smaller and not view.reaches(*each)}
    said = [
        _about(len(smaller), len(every), "too small to see"),
        _about(len(larger), len(every), "larger than the picture"),
        _about(len(left - smaller - larger), len(every), "too many to tell apart"),
    ]
    target = target_in_words(runs.all[0].trajectory.plan.target)
    return [Entry(ring(theme.ink), "; ".join([f"target: {target}", *filter(None, said)]))]


def _about(count: int, of: int, why: str) -> str:
    """Said of the circles that are not drawn."""
    if of == count == 1:
        return f"its circle is {why}, so it is not drawn"
    if count == 1:
        return f"1 of {of} circles is {why}, so it is not drawn"
    return f"{count} of {of} circles are {why}, so they are not drawn" if count else ""
