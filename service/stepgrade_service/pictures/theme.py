"""Colours, dashes and markers: told apart by the colour-blind, on a bad projector, and in greyscale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..engine.faults import refuse, unknown

#: Dashes in multiples of the line's width, on and off; () is a solid line.
DASHES = ((), (4.0, 1.5), (1.2, 1.2), (6.0, 1.5, 1.2, 1.5), (8.0, 2.5), (3.0, 1.2, 1.2, 1.2, 1.2, 1.2), (2.0, 2.5))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<")


@dataclass(frozen=True)
class Stroke:
    """How one run is drawn, the same wherever it appears."""

    color: str
    dashes: tuple[float, ...]
    marker: str


@dataclass(frozen=True)
class Theme:
    """The colours of a picture; `valley` and `ridge` are those of the lowest and the highest level line."""

    background: str
    ink: str
    muted: str
    grid: str
    valley: str
    ridge: str
    minimum: str
    runs: tuple[str, ...]

    def stroke(self, number: int) -> Stroke:
        """The stroke of a run. Colours, dashes and markers have cycles of their own lengths, so that no two of many are alike."""
        return Stroke(self.runs[number % len(self.runs)], DASHES[number % len(DASHES)], MARKERS[number % len(MARKERS)])


#: The colours of runs are Okabe & Ito's (Color Universal Design, 2008), darkened or lightened where the background asks for it.
THEMES: Mapping[str, Theme] = {
    "light": Theme(
        background="#ffffff",
        ink="#1b1f24",
        muted="#57606a",
        grid="#d8dee4",
        valley="#8c98a6",
        ridge="#d9dfe6",
        minimum="#f0e442",
        runs=("#0072b2", "#d55e00", "#00805d", "#b8528f", "#c98500", "#2b95d6", "#1b1f24", "#7a3e00"),
    ),
    "dark": Theme(
        background="#12161b",
        ink="#f0f3f6",
        muted="#a8b1bb",
        grid="#2a3139",
        valley="#67727e",
        ridge="#2f3740",
        minimum="#f0e442",
        runs=("#56b4e9", "#ff7f3f", "#2fc49a", "#e79fc9", "#e6a700", "#8aa8ff", "#ffffff", "#d8c06a"),
    ),
}


def look_up(name: str) -> Theme:
    """A theme by name; raises Refusal with the nearest known names."""
    if name not in THEMES:
        raise refuse(unknown("theme", name, THEMES), "theme")
    return THEMES[name]
