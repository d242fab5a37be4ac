"""Contour lines as a PNG for a notebook, with their levels written on them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stepgrade.encoding import Floats
from stepgrade.results.blocks import cell
from stepgrade.results.borrowed import borrow, matplotlib_s

SIZE, DPI = (6.4, 4.8), 100

#: The least distance of two levels, across or up, in units of the axes.
APART = np.array([0.12, 0.06])


def contour_picture(plot: Callable[..., Any], levels: Floats, polylines: Sequence[Sequence[Floats]]) -> bytes:
    """Draw them on a figure that pyplot does not know, so that the notebook does not show it once more."""
    figure = matplotlib_s("figure").Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    canvas = matplotlib_s("backends.backend_agg").FigureCanvasAgg(figure)
    ax = plot(figure.add_subplot(), color="0.35", linewidth=1.0)
    canvas.draw()
    _write_levels(ax, levels, polylines)
    canvas.draw()
    buffer = io.BytesIO()
    borrow("PIL.Image", "pillow", "A picture").fromarray(np.asarray(canvas.buffer_rgba())).convert("L").save(
        buffer, "png"
    )  # all of it is grey
    return buffer.getvalue()


def _write_levels(ax: Any, levels: Floats, polylines: Sequence[Sequence[Floats]]) -> None:
    """Each as near to the middle as there is room."""
    to_axes, taken = ax.transData - ax.transAxes, np.empty((0, 2))
    for level, line in ((level, line) for level, lines in zip(levels, polylines, strict=True) for line in lines):
        places = to_axes.transform(line)
        away = (np.abs(places[:, None] - taken) > APART).any(axis=2).all(axis=1)
        if not away.any():
            continue
        k = int(np.where(away, np.hypot(*(places - 0.5).T), np.inf).argmin())
        taken = np.vstack([taken, places[k]])
        around = {"facecolor": "white", "linewidth": 0, "pad": 0.8}
        ax.annotate(cell(float(level)), line[k], size=8, ha="center", va="center", bbox=around)
