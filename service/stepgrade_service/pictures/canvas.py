"""From a figure to bytes that are the same on every machine, whatever the process has set matplotlib to."""

from __future__ import annotations

import io
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from .palette import as_png
from .theme import Theme

#: Pixels in an inch of a PNG: a picture eight inches wide fills most of a projector.
DPI = 150

FONT = "DejaVu Sans"

#: Points in an inch.
POINTS = 72.0

#: How wide a letter is on average, in units of the font's size.
LETTER = 0.56

#: A longer path is drawn in parts: of one that goes to and fro very often the renderer says that it is too much.
LONGEST_PART = 5_000

#: matplotlib's own defaults, so that nobody's matplotlibrc shows; text as outlines, so that no font is missing anywhere;
#: and no mathematics in text, which may come from outside.
SETTINGS: Any = {
    **{name: value for name, value in matplotlib.rcParamsDefault.items() if name not in ("backend", "toolbar", "interactive")},
    "figure.dpi": DPI,
    "font.sans-serif": [FONT],
    "text.parse_math": False,
    "agg.path.chunksize": LONGEST_PART,
    "svg.fonttype": "path",
    "svg.hashsalt": "stepgrade",
}

#: Neither matplotlib's settings nor its fonts may be used by two threads at once.
_lock = threading.Lock()


@contextmanager
def drawing(theme: Theme) -> Iterator[Figure]:
    """An empty figure on the theme's background, to be drawn on and rendered within the block."""
    with _lock, matplotlib.rc_context(SETTINGS):
        figure = Figure(facecolor=theme.background)
        FigureCanvasAgg(figure)
        yield figure


def render(figure: Figure, format: str, title: str) -> bytes:
    """The figure as PNG or SVG; neither says when or by what it was made."""
    if format == "png":
        canvas: Any = figure.canvas
        canvas.draw()
        return as_png(np.asarray(canvas.buffer_rgba()), title, figure.dpi)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=format, metadata={"Title": title, "Date": None, "Creator": None})
    return buffer.getvalue()


@cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FONT)).get_charmap())


def drawable(text: str) -> str:
    """The text with a box in place of each letter that the font does not have."""
    return "".join(letter if ord(letter) in _letters() else "\N{WHITE SQUARE}" for letter in text)


def wrapped(text: str, inches: float, size: float, most: int | None = None) -> list[str]:
    """The text in lines that fit into a width at a font size; what is beyond the most lines is cut."""
    return textwrap.wrap(drawable(text), max(int(POINTS * inches / (LETTER * size)), 10), max_lines=most, placeholder=" ...")
