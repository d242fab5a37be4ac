"""From numbers to colours: scales about no difference, and scales from little to much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, expm1, floor, inf, log, log10

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .bounds import LARGEST, SMALLEST, cut
from .logarithm import number_of, superscript, ticks_within
from .theme import HeatColors

Array = NDArray[np.float64]

#: Where a few cells differ by far more than the others, a scale about no difference goes to this many times what so large a
#: share of the cells stays within, and what is beyond has the colour of its end. Far is more than this many times.
COVERED, ROOM, FAR = 0.9, 1.5, 3.0

#: A ratio that differs from 1 by less is written as that difference.
NEAR_ONE = 0.02

#: A scale about no difference goes no further than so many decades, of effects (a factor of 64) and of ratios: what is beyond is clear.
MOST_OF_EFFECTS, MOST_OF_RATIOS = 6.0 * log10(2.0), 6.0

#: Numbers that span more than this factor are shown on a logarithmic scale, which reaches no lower than this share of the largest.
DECADES, DEEPEST = 30.0, 1e-16

#: Numbers that differ by no more than this share of them are one number for a scale.
TOO_CLOSE = 1e-12

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
            numbers = np.where(np.isnan(numbers), np.nan, np.log10(np.where(numbers > 0, numbers, 10.0**self.low)))
        share = np.clip((numbers - self.low) / (self.high - self.low), 0.0, 1.0)
        unknown = np.isnan(share)
        colors: Array = self.colormap(np.where(unknown, 0.0, share))
        colors[unknown] = 0.0
        return colors


def about_ratio_of_steps(logarithms: Array, colors: HeatColors) -> Scale:
    """For log2 of ratios."""
    return _about_zero(logarithms, colors, lambda tick: _ratio(tick, 2))


def about_ratio_of_gaps(logarithms: Array, colors: HeatColors) -> Scale:
    """For log10 of ratios."""
    return _about_zero(logarithms, colors, lambda tick: _ratio(tick, 10), MOST_OF_RATIOS)


def about_effects(decades: Array, colors: HeatColors) -> Scale:
    """For effects, which are differences of log10, with factors at the ticks."""
    octave = log10(2.0)
    scale = _about_zero(decades / octave, colors, lambda tick: _ratio(tick, 2), MOST_OF_EFFECTS / octave)
    return replace(scale, low=scale.low * octave, high=scale.high * octave, ticks=[tick * octave for tick in scale.ticks])


def about_zero(numbers: Array, colors: HeatColors) -> Scale:
    """For any differences."""
    return _about_zero(numbers, colors, _signed)


def _signed(number: float) -> str:
    return f"{number:+.3g}".replace("-", "−") if number else "0"


def _about_zero(numbers: Array, colors: HeatColors, written: Callable[[float], str], most: float = inf) -> Scale:
    """The same reach on both sides; where there are numbers beyond, it goes to a round number, and the last ticks say so."""
    known = np.abs(numbers[~np.isnan(numbers)])
    finite = np.clip(known[np.isfinite(known) & (known > 0)], SMALLEST, LARGEST / 10.0)
    covered, largest = (float(np.quantile(finite, COVERED)), float(finite.max())) if finite.size else (1.0, 1.0)
    is_cut = bool((known > LARGEST / 10.0).any()) or largest > min(FAR * covered, most)
    reach = min(ROOM * covered, largest, most) if is_cut else largest
    stride = _stride(reach)
    count = ceil(reach / stride - 1e-9) if is_cut else floor(reach / stride + 1e-9)
    ticks = [stride * number for number in range(-count, count + 1)]
    labels = [written(tick) for tick in ticks]
    if is_cut:
        reach = ticks[-1]
        labels[0], labels[-1] = f"≤ {labels[0]}", f"≥ {labels[-1]}"
    colormap = LinearSegmentedColormap.from_list("difference", [*colors.better[::-1], *colors.worse[1:]], N=511)
    return Scale(-reach, reach, colormap, ticks, labels, folds=True)


def _stride(reach: float) -> float:
    """The least round number that divides a reach into few parts."""
    unit = 10.0 ** floor(log10(reach / TICKS_A_SIDE))
    return next(factor * unit for factor in (1.0, 2.0, 5.0, 10.0) if factor * unit >= reach / TICKS_A_SIDE * (1.0 - 1e-9))


def _ratio(exponent: float, base: int) -> str:
    """1/4, 1, 4 for -2, 0, 2 of 2; 10⁻², 1, 10² of 10; else the number."""
    if exponent == 0:
        return "1"
    difference = expm1(exponent * log(base))
    if abs(difference) < NEAR_ONE:
        return f"1{difference:+.2g}".replace("-", "−")
    if exponent != round(exponent):
        ratio = base**exponent
        return f"{ratio:.2f}" if 0.1 < ratio < 10.0 else f"{ratio:.3g}"
    if base == 10 or abs(exponent) > 13:
        return f"{base}" + superscript(round(exponent))
    return f"{base ** round(exponent)}" if exponent > 0 else f"1/{base ** round(-exponent)}"


def from_little_to_much(numbers: Array, colors: HeatColors, deepest: float = DEEPEST) -> Scale:
    """For numbers of which some are known; logarithmic where they are positive and span decades."""
    known = cut(numbers[~np.isnan(numbers)])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    colormap = LinearSegmentedColormap.from_list("amount", list(colors.ramp), N=256)
    positive = known[known > 0]
    if positive.size and low >= 0 and high > DECADES * float(positive.min()):
        low, high = log10(max(float(positive.min()), deepest * high)), log10(high)
        low = low if low < high else high - 1.0
        ticks, labels = _logarithmic_ticks(low, high)
        return Scale(low, high, colormap, ticks, labels, logarithmic=True)
    if high - low <= TOO_CLOSE * max(abs(low), abs(high), SMALLEST):
        low, high = low - max(0.5, 0.1 * abs(low)), high + max(0.5, 0.1 * abs(high))
    ticks = [float(tick) for tick in MaxNLocator(MOST_TICKS - 1).tick_values(low, high) if low <= tick <= high]
    return Scale(low, high, colormap, ticks, [f"{tick:.6g}".replace("-", "−") for tick in ticks])


def _logarithmic_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Exponents and what is written at them: 1, 2, 5, 10 over few decades, powers of 10 over many."""
    if high - low <= MOST_TICKS / 3.0:
        return ticks_within(low, high, (1, 2, 5))
    ticks, _ = ticks_within(low, high, (1,), ceil((high - low) / MOST_TICKS))
    return ticks, [_plain(round(tick)) for tick in ticks]


def _plain(exponent: int) -> str:
    return number_of(1, exponent) if -3 <= exponent <= 5 else "10" + superscript(exponent)
