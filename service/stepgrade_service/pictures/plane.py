"""The plane of two parameters: contour lines, and one scale on both axes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from ..engine.contours import Contours, contours
from ..engine.objectives.resolve import Problem
from ..engine.reading.cost import TooCostly
from ..engine.reading.tensors import Layout
from .settings import shortened
from .theme import Theme
from .view import View

Array = NDArray[np.float64]


def contour_lines(problem: Problem, view: View, levels: Array) -> Contours | None:
    """The lines over a view; none where the landscape is too rugged for lines."""
    with suppress(TooCostly):
        return contours(problem, view.window, levels)
    return None


def draw_contour_lines(axes: Axes, lines: Contours | None, theme: Theme) -> None:
    """Contour lines below everything else, the fainter the higher."""
    if lines is None:
        return
    ramp = LinearSegmentedColormap.from_list("contours", [theme.valley, theme.ridge])
    shades = ramp(np.linspace(0.0, 1.0, max(len(lines.levels), 1)))
    for polylines, shade in zip(lines.polylines, shades, strict=False):
        axes.add_collection(LineCollection(list(polylines), colors=[shade], linewidths=1.0, zorder=1))


def about_contour_lines(every: Sequence[Contours | None]) -> str:
    """Said where there is no contour line at all."""
    return "" if any(lines is not None and any(lines.polylines) for lines in every) else "no contour lines can be drawn here"


def frame(axes: Axes, view: View) -> None:
    """One scale on both axes, over the view."""
    (left, right), (bottom, top) = view.window
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_aspect("equal", adjustable="box")
    axes.ticklabel_format(scilimits=(-3, 4))


def variables(layout: Layout | None, problem: Problem | None) -> tuple[str, str]:
    """What the two parameters are called: by their tensors, else by the expression, else x1 and x2."""
    names = layout.names if layout is not None else None
    if names is not None and len(names) == 2:
        first, second = names
        return shortened(first), shortened(second)
    if problem is not None and names is None and problem.objective.variables is not None:
        return problem.objective.variables
    name = shortened(names[0]) if names else "x"
    return f"{name}1", f"{name}2"
