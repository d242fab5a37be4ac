"""Two optimizers on a map: where the second is ahead of the first, and where behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from ..engine.comparing.standings import race
from .legend import Entry
from .map_panels import DIFFERENT_MINIMA, Counter, Heat
from .maps import Map, blank_in, no_race_in
from .patterns import CROSSES, DOTS, STRIPES, Mask, Overlay, swatch
from .scales import Scale, about_ratio_of_gaps, about_ratio_of_steps, about_zero
from .settings import shortened
from .theme import Theme

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Words:
    """How a measure is told; `better` and `worse` are said of one of the two."""

    title: str
    better: str
    worse: str
    only: str
    neither: str


_WORDS = {
    "settling_step": _Words(
        title="settling step",
        better="settles sooner",
        worse="settles later",
        only="among these, only {} settles",
        neither="neither settles",
    ),
    "steps_to_target": _Words(
        title="steps to the target",
        better="needs fewer steps",
        worse="needs more steps",
        only="among these, only {} reaches the target",
        neither="neither reaches the target",
    ),
    "final_value": _Words(
        title="value at the end",
        better="ends lower",
        worse="ends higher",
        only="among these, only {} does not diverge",
        neither="both diverge",
    ),
}


@dataclass(frozen=True)
class _Difference:
    """How the second compares with the first, below 0 better; the scale of that, and what the numbers at it are."""

    numbers: Array
    scale: Scale
    quantity: str


def read_duel(shown: Map, measure: str, theme: Theme) -> Heat:
    """Compare the two in a measure of which less is better."""
    words, colors = _WORDS[measure], theme.heat
    first, second = (shown.raced[measure][label] for label in shown.labels)
    blank, apart = blank_in(shown, first.shape), no_race_in(shown, measure)
    left_out = blank | apart
    _, _, equal, neither = race(first, second)
    difference = _difference(shown, measure, np.where(left_out, np.nan, first), np.where(left_out, np.nan, second), equal, theme)
    lost, gained, neither = (
        where & ~left_out for where in (np.isnan(second) & ~np.isnan(first), np.isnan(first) & ~np.isnan(second), neither)
    )
    painted = difference.scale.colors(difference.numbers)
    painted[gained], painted[lost] = to_rgba(colors.only_better), to_rgba(colors.only_worse)
    overlays = [
        Overlay(DOTS, colors.dots, difference.numbers > 0),
        Overlay(DOTS, colors.dots_on_only, lost),
        Overlay(STRIPES, colors.missing, neither),
        Overlay(CROSSES, colors.apart, apart),
    ]
    one, other = map(shortened, shown.labels)
    count = Counter(shown.counts[measure], first.size)
    entries = [
        Entry(swatch(colors.better[2]), f"{other} {words.better}: {count('ahead', shown.labels[1])}"),
        *count.any(swatch(colors.only_better), words.only.format(other), gained),
        Entry(swatch(colors.worse[2], overlays[0]), f"{one} {words.better}: {count('ahead', shown.labels[0])}"),
        *count.any(swatch(colors.only_worse, overlays[1]), words.only.format(one), lost),
        Entry(swatch(colors.better[0], edge=theme.muted), f"equal (less than 5 % apart): {count('equal')}"),
        *count.any(swatch(theme.background, overlays[2]), words.neither, neither),
        *count.any(swatch(theme.background, overlays[3]), DIFFERENT_MINIMA, apart),
        *count.any(swatch(theme.background, edge=theme.muted), "cannot be compared", blank),
    ]
    ends = (f"←\N{NO-BREAK SPACE}{other} {words.better}", f"{other} {words.worse}\N{NO-BREAK SPACE}→")
    heat = Heat(f"{words.title}: {other} against {one}", painted, overlays, entries, difference.scale, ends, [difference.quantity])
    return heat.without_bar() if np.isnan(difference.numbers).all() else heat


def _difference(shown: Map, measure: str, first: Array, second: Array, equal: Mask, theme: Theme) -> _Difference:
    """What is painted; `equal` cells have no difference."""
    one, other = map(shortened, shown.labels)
    if measure != "final_value":
        logarithms = np.where(equal & ~np.isnan(first), 0.0, _logarithm_of_ratio(first, second, np.log2))
        quantity = f"{_WORDS[measure].title} of {other} / {_WORDS[measure].title} of {one}"
        return _Difference(logarithms, about_ratio_of_steps(logarithms, theme.heat), quantity)
    if not shown.problem.facts.minima:
        return _Difference(second - first, about_zero(second - first, theme.heat), f"value of {other} − value of {one}")
    logarithms = np.where(equal & ~np.isnan(first), 0.0, _logarithm_of_ratio(first, second, np.log10))
    return _Difference(logarithms, about_ratio_of_gaps(logarithms, theme.heat), f"value gap of {other} / value gap of {one}")


def _logarithm_of_ratio(first: Array, second: Array, logarithm: Callable[[Array], Array]) -> Array:
    """0 where both are 0; infinite where one is."""
    with np.errstate(all="ignore"):
        found = logarithm(second) - logarithm(first)
    return np.where(first == second, 0.0, found)
