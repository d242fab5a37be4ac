"""From numbers to colours: scales about no difference, and scales from little to much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .logarithm import power_of_ten
from .theme import HeatColors

Array = NDArray[np.float64]

#: A scale about no difference covers so large a share of the cells; what is beyond has the colour of its end.
COVERED = 0.98

#: Numbers that span more than this factor are shown on a logarithmic scale, which reaches no lower than this share of the largest.
DECADES, DEEPEST = 30.0, 1e-16

#: How many ticks a side of a scale about no difference has at most, and how many a scale from little to much.
TICKS_A_SIDE, MOST_TICKS = 4, 7


@dataclass(frozen=True)
class Scale:
    """Colours for numbers from `low` to `high`, and the ticks of its bar; on a logarithmic scale these are exponents of 10.

    `folds` is whether its two halves are alike in greyscale.
    """

    low: float
    high: float
    colormap: LinearSegmentedColormap
    ticks: Sequence[float]
    labels: Sequence[str]
    logarithmic: bool = False
    folds: bool = False

    def colors(self, numbers: Array) -> Array:
        """(..., 4), transparent where there is no number."""
        if self.logarithmic:
            numbers = np.log10(np.where(numbers > 0, numbers, 10.0**self.low) + 0.0 * numbers)
        share = np.clip((numbers - self.low) / (self.high - self.low), 0.0, 1.0)
        unknown = np.isnan(share)
        colors: Array = self.colormap(np.where(unknown, 0.0, share))
        colors[unknown] = 0.0
        return colors


def about_ratio_of_steps(logarithms: Array, colors: HeatColors) -> Scale:
    """For log2 of ratios."""
    return _about_zero(logarithms, colors, _power_of_two)


def about_ratio_of_gaps(logarithms: Array, colors: HeatColors) -> Scale:
    """For log10 of ratios."""
    return _about_zero(logarithms, colors, lambda tick: _power(tick) if tick == round(tick) else f"{10.0**tick:.2g}")


def about_zero(numbers: Array, colors: HeatColors) -> Scale:
    """For the numbers themselves."""
    return _about_zero(numbers, colors, lambda tick: f"{tick:+.3g}".replace("-", "−") if tick else "0")


def _about_zero(numbers: Array, colors: HeatColors, written: Callable[[float], str]) -> Scale:
    """The same reach on both sides, to a round number; its last ticks say so where there are numbers beyond."""
    known = np.abs(numbers[~np.isnan(numbers)])
    finite = known[np.isfinite(known) & (known > 0)]
    covered, largest = (float(np.quantile(finite, COVERED)), float(finite.max())) if finite.size else (1.0, 1.0)
    wanted = largest if largest <= 1.5 * covered else covered
    stride = _stride(wanted)
    count = ceil(wanted / stride - 1e-9)
    ticks = [stride * number for number in range(-count, count + 1)]
    labels = [written(tick) for tick in ticks]
    if (known > count * stride * (1.0 + 1e-9)).any():
        labels[0], labels[-1] = f"≤ {labels[0]}", f"≥ {labels[-1]}"
    colormap = LinearSegmentedColormap.from_list("difference", [*colors.better[::-1], *colors.worse[1:]], N=511)
    return Scale(ticks[0], ticks[-1], colormap, ticks, labels, folds=True)


def _stride(reach: float) -> float:
    """The least round number that divides a reach into few parts."""
    unit = 10.0 ** floor(log10(reach / TICKS_A_SIDE))
    return next(factor * unit for factor in (1.0, 2.0, 5.0, 10.0) if factor * unit >= reach / TICKS_A_SIDE * (1.0 - 1e-9))


def _power_of_two(exponent: float) -> str:
    """1/4, 1, 4 for -2, 0, 2."""
    if exponent != round(exponent):
        return f"{2.0**exponent:.2f}"
    if abs(exponent) > 13:
        return "2" + power_of_ten(10.0**exponent)[2:]
    return f"{2 ** round(exponent)}" if exponent >= 0 else f"1/{2 ** round(-exponent)}"


def _power(exponent: float) -> str:
    return power_of_ten(10.0**exponent) if exponent else "1"


def from_little_to_much(numbers: Array, colors: HeatColors, deepest: float = DEEPEST) -> Scale:
    """For numbers of which some are known; logarithmic where they are positive and span decades."""
    known = numbers[np.isfinite(numbers)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    colormap = LinearSegmentedColormap.from_list("amount", list(colors.ramp), N=256)
    if low >= 0 and high > DECADES * max(low, deepest * high):
        positive = known[known > 0]
        low, high = log10(max(float(positive.min()), deepest * high)), log10(high)
        ticks, labels = _logarithmic_ticks(low, high)
        return Scale(low, high, colormap, ticks, labels, logarithmic=True)
    if low == high:
        low, high = low - max(0.5, 0.1 * abs(low)), high + max(0.5, 0.1 * abs(high))
    ticks = [float(tick) for tick in MaxNLocator(MOST_TICKS - 1).tick_values(low, high) if low <= tick <= high]
    return Scale(low, high, colormap, ticks, [f"{tick:.6g}".replace("-", "−") for tick in ticks])


def _logarithmic_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Exponents and what is written at them: 1, 2, 5, 10 over few decades, powers of 10 over many."""
    first, last = floor(low), ceil(high)
    if high - low <= MOST_TICKS / 3.0:
        numbers = [digit * 10.0**exponent for exponent in range(first, last + 1) for digit in (1, 2, 5)]
        shown = [number for number in numbers if low <= log10(number) <= high]
        return [log10(number) for number in shown], [f"{number:.3g}" for number in shown]
    stride = ceil((high - low) / MOST_TICKS)
    ticks = [float(exponent) for exponent in range(first, last + 1) if low <= exponent <= high and exponent % stride == 0]
    return ticks, [_plain(tick) for tick in ticks]


def _plain(exponent: float) -> str:
    return f"{10.0**exponent:g}" if -3 <= exponent <= 5 else power_of_ten(10.0**exponent)
