"""Two optimizers on a map: where the second is ahead of the first, and where behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from .legend import Entry
from .map_panels import Counter, Heat
from .maps import Map, blank_in, gaps, what_is_left
from .patterns import DOTS, STRIPES, Overlay, swatch
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
        only="of these only {} settles",
        neither="neither settles",
    ),
    "steps_to_target": _Words(
        title="steps to the target",
        better="needs fewer steps",
        worse="needs more steps",
        only="of these only {} reaches the target",
        neither="neither reaches the target",
    ),
    "final_value": _Words(
        title="value at the end",
        better="ends lower",
        worse="ends higher",
        only="of these only {} does not diverge",
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
    first, second = (_held(shown, measure, label) for label in shown.labels)
    blank = blank_in(shown, first.shape)
    difference = _difference(shown, measure, np.where(blank, np.nan, first), np.where(blank, np.nan, second), theme)
    lost, gained, neither = (
        where & ~blank
        for where in (
            np.isnan(second) & ~np.isnan(first),
            np.isnan(first) & ~np.isnan(second),
            np.isnan(first) & np.isnan(second),
        )
    )
    painted = difference.scale.colors(difference.numbers)
    painted[gained], painted[lost] = to_rgba(colors.only_better), to_rgba(colors.only_worse)
    overlays = [
        Overlay(DOTS, colors.dots, difference.numbers > 0),
        Overlay(DOTS, colors.dots_on_only, lost),
        Overlay(STRIPES, colors.missing, neither),
    ]
    one, other = map(shortened, shown.labels)
    count = Counter(shown.counts[measure], first.size)
    entries = [
        Entry(swatch(colors.better[2]), f"{other} {words.better}: {count('ahead', shown.labels[1])}"),
        *count.any(swatch(colors.only_better), words.only.format(other), gained),
        Entry(swatch(colors.worse[2], overlays[0]), f"{one} {words.better}: {count('ahead', shown.labels[0])}"),
        *count.any(swatch(colors.only_worse, overlays[1]), words.only.format(one), lost),
        Entry(swatch(colors.better[0], edge=theme.muted), f"no difference: {count('equal')}"),
        *count.any(swatch(theme.background, overlays[2]), words.neither, neither),
        *count.any(swatch(theme.background, edge=theme.muted), "cannot be compared", blank),
    ]
    ends = (f"← {other} {words.better}", f"{other} {words.worse} →")
    heat = Heat(f"{words.title}: {other} against {one}", painted, overlays, entries, difference.scale, ends, [difference.quantity])
    return heat.without_bar() if np.isnan(difference.numbers).all() else heat


def _held(shown: Map, measure: str, label: str) -> Array:
    """What counts of a measure: a run that diverged has no value at the end."""
    numbers: Array = shown.measures[measure][label]
    return np.where(shown.diverged[label], np.nan, numbers) if measure == "final_value" else numbers


def _difference(shown: Map, measure: str, first: Array, second: Array, theme: Theme) -> _Difference:
    one, other = map(shortened, shown.labels)
    if measure in ("settling_step", "steps_to_target"):
        logarithms = _logarithm_of_ratio(first, second, np.log2)
        return _Difference(logarithms, about_ratio_of_steps(logarithms, theme.heat), f"steps of {other} / steps of {one}")
    if not shown.problem.facts.minima:
        return _Difference(second - first, about_zero(second - first, theme.heat), f"value of {other} − value of {one}")
    logarithms = _logarithm_of_ratio(gaps(shown, first), gaps(shown, second), np.log10)
    return _Difference(logarithms, about_ratio_of_gaps(logarithms, theme.heat), f"{what_is_left(shown)}: that of {other} / that of {one}")


def _logarithm_of_ratio(first: Array, second: Array, logarithm: Callable[[Array], Array]) -> Array:
    """0 where both are 0; infinite where one is."""
    with np.errstate(all="ignore"):
        found = logarithm(second) - logarithm(first)
    return np.where(first == second, 0.0, found)
