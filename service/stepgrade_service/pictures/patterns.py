"""Patterns laid over colours, so that a map can be read in greyscale: glyphs on a lattice that does not depend on the cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.path import Path
from numpy.typing import NDArray

from .canvas import POINTS

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: The distance of two glyphs in inches.
PITCH = 0.085

_SLASH = Path([(-0.5, -0.5), (0.5, 0.5)])


@dataclass(frozen=True)
class Pattern:
    """A glyph and its size in units of the lattice's pitch; `hatch` is what stands for it in a legend."""

    glyph: Any
    size: float
    width: float
    staggered: bool
    hatch: str


DOTS = Pattern("o", 0.36, 0.0, True, "....")
CROSSES = Pattern("x", 0.5, 1.0, True, "xxxx")
STRIPES = Pattern(_SLASH, 1.0, 0.9, False, "////")


@dataclass(frozen=True)
class Overlay:
    """A pattern in a colour, and the cells (rows, columns) that it lies over."""

    pattern: Pattern
    color: str
    where: Mask


def lay_over(axes: Axes, overlay: Overlay, size: tuple[float, float], cell_at: Callable[[Array, Array], tuple[Any, Any, Mask]]) -> None:
    """Draw a pattern over axes of a size in inches; `cell_at` finds row and column at points in units of the axes, and if there are any."""
    across, up = _lattice(size, overlay.pattern.staggered)
    rows, columns, inside = cell_at(across, up)
    shown = inside & overlay.where[rows, columns]
    pattern = overlay.pattern
    axes.plot(
        across[shown], up[shown], transform=axes.transAxes, linestyle="", marker=pattern.glyph, color=overlay.color,
        markersize=pattern.size * PITCH * POINTS, markeredgewidth=pattern.width, zorder=2,
    )  # fmt: skip


def _lattice(size: tuple[float, float], staggered: bool) -> tuple[Array, Array]:
    """Points (points,) across and up in units of the axes."""
    width, height = size
    columns, rows = int(np.ceil(width / PITCH)), int(np.ceil(height / PITCH))
    up, across = np.mgrid[0:rows, 0:columns].astype(np.float64)
    if staggered:
        across[1::2] += 0.5
    return (across.ravel() + 0.5) * PITCH / width, (up.ravel() + 0.5) * PITCH / height


def swatch(color: Any, overlay: Overlay | None = None, edge: str | None = None) -> Patch:
    """What stands for a colour, and a pattern on it, in a legend."""
    if overlay is None:
        return Patch(facecolor=color, edgecolor=edge, linewidth=0.8 if edge else 0.0)
    return Patch(facecolor=color, edgecolor=overlay.color, hatch=overlay.pattern.hatch, linewidth=0.0)
