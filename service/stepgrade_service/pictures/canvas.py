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
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from ..engine.running.giving_way import give_way, holding, patient
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
    with patient(as_short=0.0), holding(_lock), matplotlib.rc_context(SETTINGS):
        figure = Figure(facecolor=theme.background)
        Canvas(figure)
        yield figure


class Pixels(RendererAgg):
    """matplotlib's renderer of pixels, which gives way between two strokes."""

    def open_group(self, s: str, gid: str | None = None) -> None:  # noqa: ARG002 (matplotlib names them)
        give_way()

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        give_way()
        return super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]


class Strokes(RendererSVG):
    """matplotlib's renderer of SVG, which gives way between two strokes."""

    def open_group(self, s: str, gid: str | None = None) -> None:
        give_way()
        super().open_group(s, gid)  # type: ignore[no-untyped-call]


class Canvas(FigureCanvasAgg):
    """Draws with the renderers that give way."""

    def get_renderer(self) -> RendererAgg:
        width, height = self.get_width_height(physical=True)
        pixels: Pixels | None = getattr(self, "renderer", None)
        if pixels is None or (pixels.width, pixels.height, pixels.dpi) != (width, height, self.figure.dpi):
            self.renderer = pixels = Pixels(width, height, self.figure.dpi)  # type: ignore[no-untyped-call]
        return pixels


def render(figure: Figure, format: str, title: str) -> bytes:
    """The figure as PNG or SVG; neither says when or by what it was made."""
    if format == "png":
        canvas: Any = figure.canvas
        canvas.draw()
        return as_png(np.asarray(canvas.buffer_rgba()), title, figure.dpi)
    buffer, dpi, figure.dpi = io.StringIO(), figure.dpi, POINTS
    width, height = POINTS * figure.get_size_inches()
    about = {"Title": title, "Date": None, "Creator": None}
    lines: Any = Strokes(width, height, buffer, image_dpi=dpi, metadata=about)  # type: ignore[no-untyped-call]
    renderer: Any = MixedModeRenderer(figure, width, height, dpi, lines)  # type: ignore[no-untyped-call]
    figure.draw(renderer)
    renderer.finalize()
    return buffer.getvalue().encode()


@cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FONT)).get_charmap())


def drawable(text: str) -> str:
    """The text with a box in place of each letter that the font does not have."""
    return "".join(letter if ord(letter) in _letters() else "\N{WHITE SQUARE}" for letter in text)


def wrapped(text: str, inches: float, size: float, most: int | None = None) -> list[str]:
    """The text in lines that fit into a width at a font size; what is beyond the most lines is cut."""
    return textwrap.wrap(drawable(text), max(int(POINTS * inches / (LETTER * size)), 10), max_lines=most, placeholder=" ...")
