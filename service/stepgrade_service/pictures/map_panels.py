"""What a map says of one measure: colours, patterns, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from ..engine.comparing.map import REACHED_WITHIN
from ..engine.comparing.verdict import NEGLIGIBLE
from .bounds import about_what_is_cut
from .legend import Entry
from .maps import Map, blank_in, diverged_in, gaps, measured_in, no_race_in, what_is_left
from .minima import lowest_of
from .patterns import CROSSES, DOTS, STRIPES, Mask, Overlay, swatch
from .scales import Scale, about_effects, from_little_to_much
from .settings import held, shortened
from .theme import Theme

Array = NDArray[np.float64]


#: Said of the cells in which two optimizers run no race.
DIFFERENT_MINIMA = "no race: they end at different minima"


@dataclass(frozen=True)
class Heat:
    """A panel of a map: colours (rows, columns, 4), patterns over them, and what is said; `ends` stand at the colour bar's."""

    title: str
    colors: Array
    overlays: Sequence[Overlay]
    entries: Sequence[Entry]
    scale: Scale | None = None
    ends: Sequence[str] = ()
    lines: Sequence[str] = ()
    numbered: bool = False

    def without_bar(self) -> Heat:
        """The same where there is no number: a bar of colours that stand for nothing would only be asked about."""
        return replace(self, scale=None, ends=())


@dataclass(frozen=True)
class Counter:
    """Writes of how many of the cells something holds."""

    counts: Mapping[str, Any]
    cells: int

    def __call__(self, name: str, label: str | None = None) -> str:
        return self.of(self.counts[name] if label is None else self.counts[name][label])

    def of(self, number: int) -> str:
        return f"{held(f'{number} of {self.cells}')} {held(f'({share(number, self.cells)})')}"

    def any(self, handle: Any, text: str, where: Mask) -> list[Entry]:
        """An entry for some of the cells, if there are any."""
        number = int(where.sum())
        return [Entry(handle, f"{text}: {self.of(number)}")] if number else []


def share(number: int, of: int) -> str:
    """In percent."""
    return held(f"{100.0 * number / of:.1f} %")


def read_effect(shown: Map, measure: str, theme: Theme) -> Heat:
    """What the direction, or the step length, of the second optimizer does in place of the first's."""
    colors, numbers = theme.heat, shown.measures[measure]
    scale, count = about_effects(_mostly(shown, numbers), colors), Counter(shown.counts[measure], numbers.size)
    blank = blank_in(shown, numbers.shape)
    apart = no_race_in(shown, measure) & np.isnan(numbers) & ~blank
    undefined = np.isnan(numbers) & ~blank & ~apart
    overlays = [
        Overlay(DOTS, colors.dots, numbers >= NEGLIGIBLE),
        Overlay(STRIPES, colors.missing, undefined),
        Overlay(CROSSES, colors.apart, apart),
    ]
    entries = [
        Entry(swatch(colors.better[2]), f"helps: {count('helps')}"),
        Entry(swatch(colors.worse[2], overlays[0]), f"hurts: {count('hurts')}"),
        Entry(swatch(colors.better[0], edge=theme.muted), f"changes it by less than 5 %: {count('ties')}"),
        *count.any(swatch(theme.background, overlays[1]), "cannot be split", undefined),
        *count.any(swatch(theme.background, overlays[2]), DIFFERENT_MINIMA, apart),
        *count.any(swatch(theme.background, edge=theme.muted), "cannot be compared", blank),
    ]
    part = "direction" if measure == "direction_effect" else "step length"
    title = f"{shortened(shown.labels[1])}'s {part} instead of {shortened(shown.labels[0])}'s"
    heat = Heat(title, scale.colors(numbers), overlays, entries, scale, ("← helps", "hurts →"), measured_in(shown))
    return heat.without_bar() if np.isnan(numbers).all() else heat


def _mostly(shown: Map, numbers: Array) -> Array:
    """The effects in the one outcome that most cells are measured in: value gaps differ by far more than steps."""
    if shown.outcome is None:
        return numbers
    in_gaps = float((shown.outcome == 1).sum() > (shown.outcome == 0).sum())
    return np.where(shown.outcome == in_gaps, numbers, np.nan)


def read_alone(shown: Map, measure: str, theme: Theme) -> Heat:
    """How the one optimizer does."""
    (label,), steps = shown.labels, shown.plan.steps
    numbers, what, missed = shown.measures[measure][label], "steps to the target", f"target not reached within {steps} steps"
    if measure == "settling_step":
        what, missed = "settling step", f"not settled within {steps} steps"
    lines = list[str]()
    if measure == "final_value":
        numbers, what, missed = gaps(shown, numbers), f"{what_is_left(shown)} after {steps} steps", "no value"
        lines = [*diverged_in(shown), *about_what_is_cut(numbers)]
    scale, blank = from_little_to_much(numbers, theme.heat), blank_in(shown, numbers.shape)
    missing, count = np.isnan(numbers) & ~blank, Counter({}, numbers.size)
    overlays = [Overlay(STRIPES, theme.heat.missing, missing)]
    entries = [
        *count.any(swatch(theme.background, overlays[0]), missed, missing),
        *count.any(swatch(theme.background, edge=theme.muted), "the objective or its gradient is not finite", blank),
    ]
    heat = Heat(f"{what}: {shortened(label)}", scale.colors(numbers), overlays, entries, scale, (what,), lines)
    return heat.without_bar() if np.isnan(numbers).all() else heat


def read_minima(shown: Map, label: str, theme: Theme) -> Heat:
    """Which minimum an optimizer ends at; more of them than there are colours have dots."""
    kinds, reached = theme.heat.kinds, shown.measures["minimum_reached"][label]
    none = np.isnan(reached) & ~blank_in(shown, reached.shape)
    colors, counts = np.zeros((*reached.shape, 4)), shown.counts["minimum_reached"][label]
    entries, overlays = list[Entry](), [Overlay(STRIPES, theme.heat.missing, none)]
    lowest = lowest_of(shown.problem)
    for number, minimum in enumerate(shown.problem.facts.minima):
        color, dots = kinds[number % len(kinds)], Overlay(DOTS, theme.ink, reached == number)
        colors[reached == number] = to_rgba(color)
        if number >= len(kinds):
            overlays.append(dots)
        place = ", ".join(f"{coordinate:.4g}".replace("-", "−") for coordinate in minimum)
        handle = swatch(color, dots) if number >= len(kinds) else swatch(color, edge=theme.muted)
        lower = " (lowest)" if lowest[number] and not lowest.all() else ""
        entries.append(Entry(handle, f"{number}{lower}: {held(f'({place})')}, {share(counts[number], reached.size)}"))
    entries.append(Entry(swatch(theme.background, overlays[0]), f"none: {share(counts[-1], reached.size)}"))
    lines = [f"a minimum is reached if the distance from the last point to it is at most {REACHED_WITHIN:g}"]
    return Heat(f"minimum reached: {shortened(label)}", colors, overlays, entries, lines=lines, numbered=True)
