"""Logarithmic axes that stay readable whatever is drawn on them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator
from numpy.typing import NDArray

from .bounds import LARGEST, SMALLEST

Array = NDArray[np.float64]

#: How far below and above its first point a curve on a logarithmic scale is followed.
DEEPEST, HIGHEST = 1e-17, 30.0

#: The scale where there is nothing to draw.
EMPTY = (0.1, 10.0)

#: Over more decades matplotlib finds no ticks: it looks for them beyond the finite numbers.
MOST_DECADES = 40.0

#: How many powers of 10 are written over so many decades, at most.
MOST_TICKS = 8.0


def logarithmic_range(series: Sequence[Array], highest: float = HIGHEST) -> tuple[float, float]:
    """From where to where a logarithmic scale goes that neither a diverged run nor one that came to within rounding stretches
    out of use; `highest` is how far above its first point a curve is followed."""
    drawn = [np.clip(known, SMALLEST, LARGEST) for each in series if (known := each[~np.isnan(each)]).size]
    if not drawn:  # a run that never moves has no step length that a logarithm can show
        return EMPTY
    first = max(float(each[0]) for each in drawn)
    low = max(min(float(each.min()) for each in drawn), DEEPEST * first)
    high = min(max(float(each.max()) for each in drawn), highest * first)
    return low / 2.0, high * 2.0


def scale_logarithmically(every: Sequence[Axes], low: float, high: float) -> None:
    """Logarithmic scales with powers of ten."""
    for axes in every:
        axes.set_yscale("log")
        axes.set_ylim(low, high)
        axes.yaxis.set_major_formatter(lambda value, _: power_of_ten(value) if 0.0 < value < inf else "")
        axes.yaxis.set_minor_formatter(NullFormatter())
        if (decades := log10(high) - log10(low)) > MOST_DECADES:
            places, _ = ticks_within(log10(low), log10(high), (1,), stride_of(decades / MOST_TICKS))
            axes.yaxis.set_major_locator(FixedLocator([10.0**place for place in places]))
            axes.yaxis.set_minor_locator(NullLocator())


def power_of_ten(value: float) -> str:
    """10⁻³ for 0.001."""
    return "10" + superscript(round(log10(value)))


def number_of(digit: int, exponent: int) -> str:
    """0.02 for 2 and -2; whatever the exponent, as some rates are no numbers any more where their ticks stand."""
    return f"{digit * 10.0**exponent:g}" if -300 <= exponent <= 300 else f"{digit}e{exponent:+d}"


def ticks_within(low: float, high: float, digits: Sequence[int], stride: int = 1) -> tuple[list[float], list[str]]:
    """Where numbers of these first digits stand between two exponents of 10, at every so many of them, and what they are."""
    numbers = [(digit, exponent) for exponent in range(floor(low), ceil(high) + 1) if exponent % stride == 0 for digit in digits]
    shown = [(place, number_of(*number)) for number in numbers if low <= (place := number[1] + log10(number[0])) <= high]
    return [place for place, _ in shown], [text for _, text in shown]


def stride_of(decades: float) -> int:
    """At every how many powers of 10 there is a tick that should keep at least so many decades apart: a round number."""
    unit = 50 if decades > 50.0 else 10 if decades > 5.0 else 1
    return unit * ceil(decades / unit)


def superscript(number: int) -> str:
    """⁻³ for -3."""
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
