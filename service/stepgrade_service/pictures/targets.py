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


def smallest_radius(runs: Cast) -> float:
    """Of all the circles, those of radius 0 left out; infinite where there is none."""
    return min((radius for group in runs.panels for _, radius in circles_of(group) if radius > 0), default=inf)


def _start(drawn: Drawn) -> tuple[float, ...]:
    return tuple(drawn.trajectory.plan.start.tolist())


def draw_targets(axes: Axes, view: View, group: Sequence[Drawn], theme: Theme) -> None:
    """The circles of a panel, dashed."""
    for center, radius in _drawn(view, group):
        axes.add_patch(Circle(center, radius, fill=False, color=theme.ink, linestyle=(0, TARGET_DASHES), linewidth=1.2, zorder=6.5))


def _drawn(view: View, group: Sequence[Drawn]) -> list[Ring]:
    """Those that can be seen, as far as they are not too many: dash by dash, a circle of 1e9 would never be finished."""
    return [(center, radius) for center, radius in circles_of(group) if view.reaches(center, radius)][:MOST_CIRCLES]


def target_entries(runs: Cast, views: Sequence[View], theme: Theme) -> list[Entry]:
    """What the circles are, in the legend, and which of them are not drawn."""
    circles = {circle for group in runs.panels for circle in circles_of(group)}
    if not circles:
        return []
    drawn = {circle for view, group in zip(views, runs.panels, strict=True) for circle in _drawn(view, group)}
    larger = {
        (center, radius)
        for view, group in zip(views, runs.panels, strict=True)
        for center, radius in circles_of(group)
        if not view.reaches(center, radius)
    } - drawn
    left_out = len(circles) - len(drawn | larger)
    texts = [f"target: {target_in_words(runs.all[0].trajectory.plan.target)}", *_about_larger(len(larger), len(circles))]
    if left_out:
        texts.append(f"{left_out} of {len(circles)} circles are not drawn, because there are too many")
    return [Entry(ring(theme.ink), "; ".join(texts))]


def _about_larger(count: int, of: int) -> list[str]:
    """Said of the circles that do not fit into the picture."""
    if not count:
        return []
    if of == 1:
        return ["its circle is larger than the picture, so it is not drawn"]
    return [f"{count} of {of} circles are larger than the picture, so they are not drawn"]
