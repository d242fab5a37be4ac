"""The pictures of the page: those of the service, one that is wrong on purpose, and whether two pictures show the same."""

from __future__ import annotations

import re
from io import BytesIO

import matplotlib
import matplotlib.image
import numpy as np

from stepgrade_service.pictures.canvas import drawing, render
from stepgrade_service.pictures.theme import THEMES

from .dupont import FUNCTION, SHIPPED, STARTS
from .questions import Questions

#: Points of a picture by which two drawings of one may differ: the last digits depend on the processor.
TOLERANCE = 0.05

#: Mean difference of the pixels of two PNGs, of 1, that nobody sees.
FAINT = 0.002

DRAWN_BY = f"<!-- matplotlib {matplotlib.__version__} -->\n"
LINE, LONG = re.compile(r'\b[dxy]="[^"]*"|translate\([^)]*\)'), re.compile(r"-?\d+\.\d{3,}")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
MADE_UP = re.compile(r'((?:id="|#))[a-zA-Z]*[0-9a-f]{10}\b')

#: Its page draws a square domain on 960 by 500 pixels, y downwards.
WIDE, HIGH = 9.6, 5.0
LEVELS = np.arange(-2, 8.5, 0.5)


def pictures(ask: Questions) -> dict[str, bytes]:
    """All of them by the name of their file: as SVG, but for the map, whose thousands of marks are smaller as a PNG."""
    answers = {
        "a-and-b": ask.paths,
        "length-and-direction": ask.four_paths,
        "turned": ask.turned_paths,
        "dupont-corrected": ask.dupont.paths,
    }
    drawn = {name: answer.picture("svg") for name, answer in answers.items()} | {"dupont-as-shipped": as_shipped(ask)}
    as_svg = {f"{name}.svg": rounded(picture) + DRAWN_BY.encode() for name, picture in drawn.items()}
    return as_svg | {"where.png": ask.where.picture("png")}


def rounded(picture: bytes) -> bytes:
    """The same picture with its lines to a hundredth of a point, which nobody sees and which saves a third."""
    return LINE.sub(lambda line: LONG.sub(lambda number: f"{float(number[0]):.2f}", line[0]), picture.decode()).encode()


def as_shipped(ask: Questions) -> bytes:
    """Dupont's four as his page draws them: one unit of x as long as 1.92 of y, y downwards, each with steps of its own."""
    theme, title = THEMES["light"], "Dupont's two Gaussians, as the page draws them"
    with drawing(theme) as figure:
        figure.set_size_inches(WIDE + 0.8, HIGH + 1.0)
        axes = figure.add_axes((0.5 / (WIDE + 0.8), 0.6 / (HIGH + 1.0), WIDE / (WIDE + 0.8), HIGH / (HIGH + 1.0)))
        ask.client.contours(FUNCTION, levels=LEVELS).plot(axes, color=theme.valley)
        for name, start in STARTS.items():
            for number, shown in enumerate(SHIPPED):
                stroke = theme.stroke(number)
                label = f"{shown.name}, lr {shown.optimizer['lr']:g}, {shown.steps} steps" if name == "P" else None
                style = {"color": stroke.color, "linewidth": 2, "dashes": stroke.dashes or (None, None), "label": label}
                ask.dupont.run(shown, start).plot(axes, zorder=2, **style)
            axes.annotate(name, start, (0, -12), textcoords="offset points", ha="center", va="top", weight="bold")
        axes.set(xlim=(-2, 2), ylim=(2, -2), aspect="auto", title=title)
        axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.06), frameon=False)
        return render(figure, "svg", title)


def same_pixels(old: bytes, new: bytes) -> bool:
    """Whether two PNGs show the same: another processor, or another version of a font, moves a few pixels."""
    before, after = (matplotlib.image.imread(BytesIO(picture)) for picture in (old, new))
    return before.shape == after.shape and bool(np.abs(before - after).mean() < FAINT)


def same(old: bytes, new: bytes) -> bool:
    """Whether two SVGs show the same; those of two versions of matplotlib are not compared."""
    if old[-len(DRAWN_BY) :] != DRAWN_BY.encode() and old.rstrip().endswith(b"-->"):
        return True
    before, after = (MADE_UP.sub(r"\1", picture.decode()) for picture in (old, new))
    if NUMBER.sub("", before) != NUMBER.sub("", after):
        return False
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (before, after)]
    return bool(np.allclose(*numbers, rtol=0, atol=TOLERANCE))
