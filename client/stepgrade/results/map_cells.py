"""The cells of a map on axes: the colours and the patterns of the service's picture, and a bar that says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.encoding import Floats
from stepgrade.results import colors
from stepgrade.results.borrowed import literal, matplotlib_s

#: Amounts that span more than this factor are shown on a logarithmic scale.
DECADES = 30.0

#: Where a few cells differ by more than `FAR` times what most of them stay within, a scale about 0 ends at `ROOM` times that.
MOST, FAR, ROOM = 0.9, 3.0, 1.5

TICKS = 5  # at the bar of a scale about 0
BEYOND = 2.0  # where a cell that is infinite lies, in units of the scale's end


@dataclass(frozen=True)
class Cells:
    """What is drawn: numbers of shape (rows, columns), what they are, and how they are to be read.

    `ends` are the words at the two ends of a scale about 0, for logarithms of a ratio, and `most` is how far such a scale goes.
    `kinds` is how many kinds there are, if the numbers count kinds.
    """

    title: str
    numbers: Floats
    ends: tuple[str, str] | None = None
    most: float = 6.0
    kinds: int | None = None


def draw_cells(ax: Any, edges: tuple[Floats, Floats], cells: Cells, colorbar: bool, style: dict[str, Any]) -> None:
    """Draw cells between their edges; what has no number is striped, and the upper half of a scale about 0 is dotted."""
    numbers = cells.numbers
    _lay_over(ax, edges, np.isnan(numbers), "////", colors.MISSING)
    if cells.ends:
        scale, end = _about_zero(numbers, cells.most)
        numbers = np.where(np.isinf(numbers), BEYOND * end * np.sign(numbers), np.clip(numbers, -end, end))
        _lay_over(ax, edges, (numbers > 0) & (numbers <= end), "....", colors.DOTS)
        _lay_over(ax, edges, numbers > end, "....", colors.DOTS_ON_ONLY)
    else:
        scale = _kinds(cells.kinds) if cells.kinds else _amounts(numbers)
    drawn = ax.pcolormesh(*edges, numbers, **{**scale, **style})
    ax.set_title(literal(cells.title))
    if colorbar:
        _draw_bar(ax, drawn, cells)


def _about_zero(numbers: Floats, most: float) -> tuple[dict[str, Any], float]:
    """A scale that is nearly white at 0, with other colours for what is infinite, and where it ends."""
    finite = np.abs(numbers[np.isfinite(numbers)])
    end, within = (float(finite.max()), float(np.quantile(finite, MOST))) if finite.size else (0.0, 0.0)
    end = min(ROOM * within if 0 < FAR * within < end else end, most) or 1.0
    made = matplotlib_s("colors").LinearSegmentedColormap.from_list("difference", [*colors.BETTER[::-1], *colors.WORSE[1:]], N=511)
    return {"cmap": made.with_extremes(under=colors.ONLY_BETTER, over=colors.ONLY_WORSE), "vmin": -end, "vmax": end}, end


def _kinds(count: int) -> dict[str, Any]:
    own = matplotlib_s("colors")
    chosen = [colors.KINDS[number % len(colors.KINDS)] for number in range(count)]
    return {"cmap": own.ListedColormap(chosen), "norm": own.BoundaryNorm(np.arange(count + 1) - 0.5, count)}


def _amounts(numbers: Floats) -> dict[str, Any]:
    """From little to much; logarithmic where the numbers are above 0 and span decades."""
    own, known = matplotlib_s("colors"), numbers[np.isfinite(numbers)]
    scale: dict[str, Any] = {"cmap": own.LinearSegmentedColormap.from_list("amount", colors.RAMP)}
    if known.size and known.min() > 0 and known.max() > DECADES * known.min():
        scale["norm"] = own.LogNorm(float(known.min()), float(known.max()))
    return scale


def _lay_over(ax: Any, edges: tuple[Floats, Floats], where: NDArray[np.bool_], hatch: str, color: str) -> None:
    """A pattern over some cells, as one patch."""
    rows, columns = np.nonzero(where)
    if not len(rows):
        return
    x, y = edges
    across = x[columns[:, None] + [0, 1, 1, 0, 0]]
    up = y[rows[:, None] + [0, 0, 1, 1, 0]]
    path = matplotlib_s("path").Path
    codes = np.tile(np.array([path.MOVETO, path.LINETO, path.LINETO, path.LINETO, path.CLOSEPOLY], dtype=np.uint8), len(rows))
    outline = path(np.stack([across.ravel(), up.ravel()], axis=1), codes)
    ax.add_patch(matplotlib_s("patches").PathPatch(outline, facecolor="none", edgecolor=color, linewidth=0, hatch=hatch, zorder=1.5))


def _draw_bar(ax: Any, drawn: Any, cells: Cells) -> None:
    """The bar below the axes. A ratio is written at it as a factor."""
    kept: dict[str, Any] = {"ax": ax, "location": "bottom"}
    if not cells.ends:
        ax.figure.colorbar(drawn, **kept, **({"ticks": range(cells.kinds)} if cells.kinds else {}))
        return
    low, high = drawn.get_clim()
    numbers = cells.numbers
    only = bool((numbers == -np.inf).any()), bool((numbers == np.inf).any())
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(only, "neither")
    bar = ax.figure.colorbar(drawn, **kept, extend=extend)
    bar.ax.axvspan(0.0, high, facecolor="none", edgecolor=colors.DOTS, linewidth=0, hatch="....")
    ticks = np.linspace(low, high, TICKS)
    finite = numbers[np.isfinite(numbers)]
    signs = [
        "\N{LESS-THAN OR EQUAL TO} " * bool((finite < low).any()),
        *[""] * (TICKS - 2),
        "\N{GREATER-THAN OR EQUAL TO} " * bool((finite > high).any()),
    ]
    bar.set_ticks(ticks, labels=[f"{sign}{10.0**tick:.3g}" for sign, tick in zip(signs, ticks, strict=True)])
    less, more = map(literal, cells.ends)
    bar.set_label(f"\N{LEFTWARDS ARROW} {less}    {more} (dotted) \N{RIGHTWARDS ARROW}")
