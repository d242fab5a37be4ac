"""Colours, dashes and patterns of plots: those of the service's pictures on a white background.

The colour-blind can distinguish them, and in black and white the dashes and the patterns stay.
"""

from __future__ import annotations

from typing import Any

INK = "#1b1f24"
RUNS = ("#0072b2", "#d55e00", "#783060", "#689868", "#54480c", "#1b1f24", "#0098bc", "#c0183c")

#: In multiples of the line's width, on and off; () is a solid line.
DASHES = ((), (4.0, 1.5), (1.2, 1.2), (6.0, 1.5, 1.2, 1.5), (8.0, 2.5), (3.0, 1.2, 1.2, 1.2, 1.2, 1.2), (2.0, 2.5))

#: Of a map, from the largest difference to none, and on to the largest of the other side, which has dots too.
BETTER = ("#f1f2f3", "#b5d3ea", "#5ba0d3", "#1566ad")
WORSE = ("#f1f2f3", "#f8cda3", "#ec984b", "#c6600f")
ONLY_BETTER, ONLY_WORSE = "#08305f", "#7a2f00"
DOTS, DOTS_ON_ONLY, MISSING = "#2b1400", "#ffd9b8", "#8c98a6"

#: From little to much, and for what has no order.
RAMP = ("#f4f7ea", "#a9d8b8", "#45a3a6", "#22669a", "#2a2a72")
KINDS = ("#0b4f8a", "#f3bf58", "#c77fb0", "#cfeaf7", "#3f8f6b", "#6b3a12", "#a9a9a9", "#e2e27a")

COLOR_NAMES, DASH_NAMES = {"color", "c"}, {"linestyle", "ls", "dashes"}


def stroke(ax: Any, style: dict[str, Any]) -> dict[str, Any]:
    """How the next line on the axes is drawn, unlike those before it that have a label; what is in `style` is left out."""
    number = sum(not str(line.get_label()).startswith("_") for line in ax.lines)
    dashes = DASHES[number % len(DASHES)]
    color = {} if COLOR_NAMES & style.keys() else {"color": RUNS[number % len(RUNS)]}
    return color | ({} if DASH_NAMES & style.keys() else {"linestyle": (0, dashes) if dashes else "-"})
