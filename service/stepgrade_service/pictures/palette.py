"""A PNG with at most 256 colours, half as large or smaller. Areas keep their colours; the edges of lines and letters almost do."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, fromarray
from PIL.PngImagePlugin import PngInfo

#: How many colours a PNG of one byte a pixel can have, and how many of them are the most frequent ones, which stay as they are.
COLORS, KEPT = 256, 64

#: A picture with more colours than this keeps all of them.
MOST = 65_536

#: Rows that are translated at a time, so that this needs little memory.
ROWS = 64

#: How many numbers the red, green and blue of a pixel make together.
CODES = 1 << 24

Colors = NDArray[np.uint8]


def as_png(pixels: Colors, title: str, dpi: float) -> bytes:
    """Opaque pixels of shape (rows, columns, 4) as a PNG. Equal pixels give equal bytes."""
    whole = fromarray(pixels)
    frequent: Any = whole.getcolors(MOST)  # None if there are more
    drawn = whole.convert("RGB") if frequent is None else _with_palette(pixels, sorted(frequent, key=lambda each: (-each[0], each[1])))
    texts, buffer = PngInfo(), io.BytesIO()
    texts.add_text("Title", title)
    drawn.save(buffer, "png", pnginfo=texts, dpi=(dpi, dpi))
    return buffer.getvalue()


def _with_palette(pixels: Colors, frequent: list[tuple[int, tuple[int, ...]]]) -> Image:
    """The picture with a byte a pixel, from how often it has each colour, the most frequent first."""
    counts, colors = np.array([count for count, _ in frequent]), np.array([color for _, color in frequent], dtype=np.uint8)
    chosen, nearest = _choose(colors[:, :3].astype(np.int64), counts)
    table = np.zeros(CODES, dtype=np.uint8)  # only the parts of it that are written to take memory
    table[_codes(colors)] = nearest
    numbers = np.empty(pixels.shape[:2], dtype=np.uint8)
    for row in range(0, len(pixels), ROWS):
        numbers[row : row + ROWS] = table[_codes(pixels[row : row + ROWS])]
    drawn = fromarray(numbers)
    drawn.putpalette(colors[chosen, :3].tobytes())
    return drawn


def _codes(colors: Colors) -> NDArray[np.uint32]:
    """One number for each colour, without its opacity."""
    codes: NDArray[np.uint32] = colors.view("<u4")[..., 0] & np.uint32(CODES - 1)
    return codes


def _choose(colors: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[NDArray[np.intp], Colors]:
    """The colours of a palette, and for each colour the nearest of them.

    They are the most frequent ones, then always the one that is farthest away from them all, where four times as many pixels count
    like twice the distance.
    """
    chosen = np.arange(min(len(colors), COLORS))
    nearest = np.zeros(len(colors), dtype=np.uint8)
    distances = np.full(len(colors), np.iinfo(np.int32).max)
    for number in range(len(chosen)):
        if number >= KEPT and len(colors) > COLORS:
            chosen[number] = (distances * counts).argmax()
        away = np.square(colors - colors[chosen[number]]).sum(axis=1)
        is_nearer = away < distances
        distances[is_nearer], nearest[is_nearer] = away[is_nearer], number
    return chosen, nearest
