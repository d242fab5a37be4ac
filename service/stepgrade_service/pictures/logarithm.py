"""Logarithmic axes that stay readable whatever is drawn on them."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: How far below and above its first point a curve on a logarithmic scale is followed.
DEEPEST, HIGHEST = 1e-17, 30.0


def scale_logarithmically(every: Sequence[Axes], series: Sequence[Array]) -> None:
    """Logarithmic scales that neither a diverged run nor one that came to within rounding stretches out of use."""
    drawn = [each[np.isfinite(each)] for each in series]
    first = max(float(each[0]) for each in drawn if each.size)
    low = max(min(float(each.min()) for each in drawn if each.size), DEEPEST * first)
    high = min(max(float(each.max()) for each in drawn if each.size), HIGHEST * first)
    for axes in every:
        axes.set_yscale("log")
        axes.set_ylim(low / 2.0, high * 2.0)
        axes.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
        axes.yaxis.set_minor_formatter(NullFormatter())


def power_of_ten(value: float) -> str:
    """10⁻³ for 0.001."""
    return "10" + superscript(round(log10(value)))


def superscript(number: int) -> str:
    """⁻³ for -3."""
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
