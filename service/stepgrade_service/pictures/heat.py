"""The picture of a map: where an optimizer helps and where it hurts, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ..engine.contours import Contours, automatic_levels
from . import rates
from .boxes import BAR_INSET, LABEL_SIZE, Box, PlacedPanel
from .canvas import LETTER, POINTS, drawing, render
from .grid import CellGrid, about_scale, grid_of, tick
from .legend import TEXT_SIZE, Entry
from .map_caption import axis_name, settings_of
from .map_panels import Heat, read_alone, read_effect, read_minima
from .maps import Map
from .minima import SMALLER, draw_minima, lowest_of, minimum_entries
from .page import Page
from .patterns import Mask, lay_over
from .plane import about_contour_lines, contour_lines, frame
from .scales import Scale
from .settings import one_line, subject
from .theme import Theme, look_up
from .two_optimizers import read_duel

Array = NDArray[np.float64]

#: The width of one panel, and that of several together.
ONE_PANEL, SEVERAL_PANELS = 7.4, 12.6

#: A panel's height in units of its width: the least and the most in the plane, and where the axes have scales of their own.
LEAST, MOST, FREE = 0.25, 1.2, 0.62

#: So many panels stand in rows of two, more in rows of three.
IN_TWO_COLUMNS = 4

#: A picture of cells is embedded with about so many pixels along its longer side, that no viewer may blur them.
PIXELS = 1200

#: How many pixels high the picture in a colour bar is, for the same reason.
THICK = 24

#: How far the numbers below a colour bar keep apart, in inches.
TICK_GAP = 0.1

STAR = 17.0


def draw_map(shown: Map, format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw a map: cells over two axes, curves over one.

    Two optimizers are compared, the second against the first, on a scale that is centred on no difference; of one its measure
    is shown. In the plane of the two parameters both axes have one scale. Raises Refusal where there is no such theme. Equal
    maps give equal bytes.
    """
    look = look_up(theme)
    heading = one_line(title) if title else subject(shown.problem)
    with drawing(look) as figure:
        (compose if len(shown.axes) == 2 else rates.compose)(figure, shown, look, heading, settings_of(shown))
        return render(figure, format, heading)


def compose(figure: Figure, shown: Map, theme: Theme, title: str, settings: str) -> list[PlacedPanel]:
    """Put the panels, and what is said about them, on an empty figure."""
    heats, grid = heats_of(shown, theme), grid_of(shown.axes, shown.problem, LEAST, MOST)
    columns = 1 if len(heats) == 1 else 2 if len(heats) <= IN_TWO_COLUMNS else 3
    width = ONE_PANEL if columns == 1 else SEVERAL_PANELS / columns
    height = width * (float(grid.view.size[1] / grid.view.size[0]) if grid.in_plane else FREE)
    names, lines = (axis_name(shown, 0), axis_name(shown, 1)), _lines(shown, grid)
    if grid.in_plane:
        settings = "; ".join(filter(None, [settings, about_contour_lines([lines])]))
    elif unlike := about_scale([grid.across, grid.up], names):
        settings = "; ".join([settings, *unlike])
    elif not any(axis.logarithmic for axis in shown.axes):
        settings = f"{settings}; the axes have different scales"

    def stars(heat: Heat) -> list[Entry]:
        is_shown = grid.in_plane and not heat.numbered
        return minimum_entries(shown.problem, [grid.view], theme.minimum, theme.heat.outline) if is_shown else []

    page = Page(
        boxes=[
            Box(width, height, heat.title, heat.lines, *divmod(number, columns), heat.ends, [*heat.entries, *stars(heat)])
            for number, heat in enumerate(heats)
        ],
        title=title,
        settings=settings,
        entries=[],
        theme=theme,
    )
    places = page.lay_out(figure)
    for place, heat in zip(places, heats, strict=True):
        _draw_cells(place, heat, grid)
        if grid.in_plane:
            _draw_plane(place.axes, shown, grid, heat, lines, theme)
        else:
            _frame_freely(place.axes, grid)
        if place.bar is not None:
            _draw_bar(place.bar, place.box, heat)
    page.label_axes(places, names)
    return places


def heats_of(shown: Map, theme: Theme) -> list[Heat]:
    """A panel a measure; of the minima that are reached, one an optimizer."""
    heats = list[Heat]()
    for measure in shown.plan.measures:
        if measure == "minimum_reached":
            heats += [read_minima(shown, label, theme) for label in shown.labels]
        elif measure.endswith("_effect"):
            heats.append(read_effect(shown, measure, theme))
        else:
            heats.append((read_duel if len(shown.labels) == 2 else read_alone)(shown, measure, theme))
    return heats


def _draw_cells(place: PlacedPanel, heat: Heat, grid: CellGrid) -> None:
    """The colours, and the patterns over them."""
    times = max(1, PIXELS // max(heat.colors.shape[:2]))
    cells = np.rint(255.0 * heat.colors).astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)
    place.axes.imshow(cells, extent=grid.extent, origin="lower", interpolation="none", aspect="auto", zorder=1)
    for overlay in heat.overlays:
        lay_over(place.axes, overlay, (place.box.width, place.box.height), grid.cell_at)


def _lines(shown: Map, grid: CellGrid) -> Contours | None:
    """The contour lines, where the cells are in the plane."""
    problem = shown.problem
    return contour_lines(problem, grid.view, automatic_levels(problem, grid.view.window)) if grid.in_plane else None


def _draw_plane(axes: Axes, shown: Map, grid: CellGrid, heat: Heat, lines: Contours | None, theme: Theme) -> None:
    """Contour lines over the cells, so that one sees the bowl, and the minima."""
    problem = shown.problem
    if lines:
        polylines = [line for lines_of_level in lines.polylines for line in lines_of_level]
        axes.add_collection(LineCollection(polylines, colors=[theme.heat.lines], linewidths=0.8, zorder=3))
    draw_minima(axes, problem, theme.minimum, theme.heat.outline, STAR * np.where(lowest_of(problem), 1.0, SMALLER))
    for number, minimum in enumerate(problem.facts.minima if heat.numbered else ()):
        axes.annotate(
            str(number), (minimum[0], minimum[1]), xytext=(9.0, 9.0), textcoords="offset points", size=LABEL_SIZE, weight="bold",
            ha="center", va="center", color=theme.ink, zorder=8, annotation_clip=True,
            path_effects=[withStroke(linewidth=3.0, foreground=theme.background)],
        )  # fmt: skip
    frame(axes, grid.view)


def _frame_freely(axes: Axes, grid: CellGrid) -> None:
    """Both axes to the ends of the cells."""
    left, right, bottom, top = grid.extent
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.ticklabel_format(scilimits=(-3, 4))
    tick(axes.xaxis, grid.across)
    tick(axes.yaxis, grid.up)


def _draw_bar(bar: Axes, box: Box, heat: Heat) -> None:
    """The scale from end to end, with the pattern of its upper half."""
    scale = heat.scale
    assert scale is not None
    numbers = np.linspace(scale.low, scale.high, 513)
    shades = np.rint(255.0 * scale.colormap((numbers - scale.low) / (scale.high - scale.low))).astype(np.uint8)
    bar.imshow(np.tile(shades, (THICK, 1, 1)), extent=(scale.low, scale.high, 0.0, 1.0), interpolation="none", aspect="auto", zorder=1)
    if scale.folds:
        height = float(bar.get_position().height * bar.figure.get_size_inches()[1])  # type: ignore[union-attr]
        lay_over(bar, replace(heat.overlays[0], where=np.array([[False, True]])), (box.width, height), _halves)
    bar.set_yticks([])
    bar.set_xticks(*thinned(scale, box.width - 2.0 * BAR_INSET))


def thinned(scale: Scale, width: float) -> tuple[list[float], list[str]]:
    """As many of a scale's ticks as can be read below a bar of a width in inches, the middle one of a scale about 0 among them."""
    ticks, first = list(scale.ticks), len(scale.ticks) // 2 if scale.folds else 0
    needed = TICK_GAP + LETTER * TEXT_SIZE / POINTS * max(map(len, scale.labels))
    apart = width * (ticks[1] - ticks[0]) / (scale.high - scale.low) if len(ticks) > 1 else width
    kept = range(first % ceil(needed / apart), len(ticks), ceil(needed / apart))
    return [ticks[number] for number in kept], [scale.labels[number] for number in kept]


def _halves(across: Array, _: Array) -> tuple[Any, Any, Mask]:
    """A bar's lower half and its upper one."""
    return np.zeros(across.shape, dtype=np.intp), (across > 0.5).astype(np.intp), np.ones(across.shape, dtype=np.bool_)
