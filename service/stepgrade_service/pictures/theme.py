"""Colours, dashes and markers: told apart by the colour-blind, on a bad projector, and in greyscale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..engine.reading.faults import refuse, unknown

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
class HeatColors:
    """The colours of a map.

    `better` and `worse` lead from no difference to the largest. In greyscale they are alike, and the worse side has `dots`.
    `only_better` and `only_worse` are for where only one optimizer arrives, the latter with `dots_on_only`; `missing` are the
    stripes where none does, `apart` the crosses where there is no race. `lines` are the contour lines over the cells, `outline` is
    that of stars. `ramp` leads from little to much; `kinds` are for what has no order.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    only_better: str
    only_worse: str
    dots: str
    dots_on_only: str
    missing: str
    apart: str
    lines: str
    outline: str
    ramp: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Theme:
    """The colours of a picture, and of the page; `valley` and `ridge` are those of the lowest and the highest contour line.

    Of the page alone are `panel`, the ground of what lies beside the plot, `edge`, the border of a control, `focus`, which is that of
    links too, and `error`.
    """

    background: str
    panel: str
    ink: str
    muted: str
    edge: str
    focus: str
    error: str
    grid: str
    valley: str
    ridge: str
    minimum: str
    runs: tuple[str, ...]
    heat: HeatColors

    def stroke(self, number: int) -> Stroke:
        """The stroke of a run. Colours, dashes and markers have cycles of their own lengths, so that no two of many are alike."""
        return Stroke(self.runs[number % len(self.runs)], DASHES[number % len(DASHES)], MARKERS[number % len(MARKERS)])


#: The first two colours of runs are Okabe & Ito's (Color Universal Design, 2008). The others are chosen so that each stands out from both
#: grounds, and so that the colour-blind tell every two apart (tests/pictures/test_theme.py).
THEMES: Mapping[str, Theme] = {
    "light": Theme(
        background="#ffffff",
        panel="#f6f8fa",
        ink="#1b1f24",
        muted="#57606a",
        edge="#6e7781",
        focus="#0a58a8",
        error="#b3261e",
        grid="#d0d7de",
        valley="#8c98a6",
        ridge="#d3dae1",
        minimum="#f0e442",
        runs=("#0072b2", "#d55e00", "#783060", "#689868", "#54480c", "#1b1f24", "#0098bc", "#c0183c"),
        heat=HeatColors(
            better=("#f1f2f3", "#b5d3ea", "#5ba0d3", "#1566ad"),
            worse=("#f1f2f3", "#f8cda3", "#ec984b", "#c6600f"),
            only_better="#08305f",
            only_worse="#7a2f00",
            dots="#2b1400",
            dots_on_only="#ffd9b8",
            missing="#8c98a6",
            apart="#57606a",
            lines="#5f687399",
            outline="#1b1f24",
            ramp=("#f4f7ea", "#a9d8b8", "#45a3a6", "#22669a", "#2a2a72"),
            kinds=("#0b4f8a", "#f3bf58", "#c77fb0", "#cfeaf7", "#3f8f6b", "#6b3a12", "#a9a9a9", "#e2e27a"),
        ),
    ),
    "dark": Theme(
        background="#12161b",
        panel="#1a2027",
        ink="#f0f3f6",
        muted="#a8b1bb",
        edge="#8b949e",
        focus="#7cc0ff",
        error="#ff8f87",
        grid="#39424d",
        valley="#67727e",
        ridge="#2f3740",
        minimum="#f0e442",
        runs=("#56b4e9", "#ff7f3f", "#9050ff", "#0c8c6c", "#fcf000", "#ffffff", "#54e4f0", "#ff3c96"),
        heat=HeatColors(
            better=("#3b434d", "#34648a", "#4a9ad0", "#8fd0ff"),
            worse=("#3b434d", "#8a5626", "#d0812f", "#ffbf80"),
            only_better="#def1ff",
            only_worse="#ffe8d1",
            dots="#0b0703",
            dots_on_only="#5a2c00",
            missing="#67727e",
            apart="#a8b1bb",
            lines="#98a3ae99",
            outline="#12161b",
            ramp=("#f2f0b8", "#8fd09a", "#3f9c9c", "#2f6590", "#2c3560"),
            kinds=("#2f78bd", "#e0b653", "#8a4f7c", "#9ccbd6", "#4fa37d", "#8a5530", "#8d959e", "#c9c95e"),
        ),
    ),
}


def look_up(name: str) -> Theme:
    """A theme by name; raises Refusal with the nearest known names."""
    if name not in THEMES:
        raise refuse(unknown("theme", name, THEMES), "theme")
    return THEMES[name]
