"""What a map says: of each measure what is drawn, what is counted, and how it is put in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engine.conventions.resolve import Choice
from ..engine.objectives.resolve import Problem
from .grid import Axis
from .legend import Entry
from .patterns import DOTS, STRIPES, Mask, Overlay, swatch
from .scales import Scale, about_ratio_of_gaps, about_ratio_of_steps, about_zero, from_little_to_much
from .settings import shortened
from .theme import Theme

Array = NDArray[np.float64]


class MapPlan(Protocol):
    """What of a map's plan is told."""

    @property
    def choices(self) -> Sequence[Choice]: ...
    @property
    def measures(self) -> Sequence[str]: ...
    @property
    def start(self) -> Array: ...
    @property
    def steps(self) -> int: ...
    @property
    def target(self) -> tuple[float, float]: ...
    @property
    def schedule(self) -> Any: ...
    @property
    def noise(self) -> Any: ...
    @property
    def match(self) -> Any: ...


class Map(Protocol):
    """A map as the engine has it: arrays are (rows, columns), or (n,) over one axis, nan where there is nothing."""

    @property
    def plan(self) -> MapPlan: ...
    @property
    def axes(self) -> Sequence[Axis]: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def problem(self) -> Problem: ...
    @property
    def measures(self) -> Mapping[str, Any]: ...
    @property
    def counts(self) -> Mapping[str, Any]: ...
    @property
    def outcome(self) -> Array | None: ...


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


def heats_of(shown: Map, theme: Theme) -> list[Heat]:
    """A panel a measure; of the minima that are reached, one an optimizer."""
    heats = list[Heat]()
    for measure in shown.plan.measures:
        if measure == "minimum_reached":
            heats += [_minima(shown, label, theme) for label in shown.labels]
        elif measure.endswith("_effect"):
            heats.append(_effect(shown, measure, theme))
        else:
            heats.append((_duel if len(shown.labels) == 2 else _alone)(shown, measure, theme))
    return heats


def gaps(shown: Map, values: Array) -> tuple[Array, str]:
    """Values as they are compared: above the least known minimum, if there is one."""
    if shown.problem.facts.minima:
        return np.maximum(values - float(shown.problem.minimum_values.min()), 0.0), "value above the minimum"
    return values, "value"


def undefined_in(shown: Map, shape: tuple[int, ...]) -> Mask:
    """Which cells have a start where the objective has no finite value."""
    if not shown.counts.get("undefined") or any(axis.logarithmic for axis in shown.axes) or len(shown.axes) < 2:
        return np.zeros(shape, dtype=np.bool_)
    x, y = np.meshgrid(*(axis.values for axis in shown.axes))
    with np.errstate(all="ignore"):
        values, gradients = shown.problem.evaluate(np.array([x.ravel(), y.ravel()]))
    return ~(np.isfinite(values) & np.isfinite(gradients).all(axis=0)).reshape(shape)


@dataclass(frozen=True)
class _Words:
    """How two optimizers are compared in one measure; `better` and `worse` are said of the other one."""

    title: str
    ratio: str
    better: str
    worse: str
    ahead: str
    neither: str
    only: str


_WORDS = {
    "steps_to_target": _Words(
        "steps to the target",
        "steps",
        "needs fewer steps",
        "needs more steps",
        "needs fewer steps",
        "neither reaches the target",
        "only {} reaches it",
    ),
    "final_value": _Words("value at the end", "", "ends lower", "ends higher", "ends lower", "neither has a value", "only {} has a value"),
}


def _duel(shown: Map, measure: str, theme: Theme) -> Heat:
    """Where the other optimizer is ahead of the plain one, and where behind."""
    words, colors = _WORDS[measure], theme.heat
    plain, other = (shown.measures[measure][label] for label in shown.labels)
    difference, scale, ratio = _difference(shown, measure, plain, other, theme)
    lost, gained = np.isnan(other) & ~np.isnan(plain), np.isnan(plain) & ~np.isnan(other)
    painted = scale.colors(difference)
    painted[gained], painted[lost] = _rgba(colors.only_better), _rgba(colors.only_worse)
    neither = np.isnan(plain) & np.isnan(other) & ~undefined_in(shown, plain.shape)
    overlays = [
        Overlay(DOTS, colors.dots, difference > 0),
        Overlay(DOTS, colors.dots_on_only, lost),
        Overlay(STRIPES, colors.missing, neither),
    ]
    names = [shortened(label) for label in shown.labels]
    count = _Counter(shown.counts[measure], plain.size)
    entries = [
        Entry(swatch(colors.better[2]), f"{names[1]} {words.ahead}: {count('ahead', shown.labels[1])}"),
        Entry(swatch(colors.worse[2], overlays[0]), f"{names[0]} {words.ahead}: {count('ahead', shown.labels[0])}"),
        Entry(swatch(colors.better[0], edge=theme.muted), f"no difference: {count('ties')}"),
        *_only(Entry(swatch(colors.only_better), words.only.format(names[1])), gained, count),
        *_only(Entry(swatch(colors.only_worse, overlays[1]), words.only.format(names[0])), lost, count),
        *_only(Entry(swatch(theme.background, overlays[2]), words.neither), neither, count),
    ]
    ends = (f"← {names[1]} {words.better}", f"{names[1]} {words.worse} →")
    return Heat(f"{words.title}: {names[1]} against {names[0]}", painted, overlays, entries, scale, ends, [ratio])


def _difference(shown: Map, measure: str, plain: Array, other: Array, theme: Theme) -> tuple[Array, Scale, str]:
    """How the other compares with the plain one, below 0 better; its scale; and what the scale's numbers are."""
    names = [shortened(label) for label in shown.labels]
    if measure == "steps_to_target":
        logarithms = _logarithm_of_ratio(plain, other, np.log2)
        return logarithms, about_ratio_of_steps(logarithms, theme.heat), f"steps of {names[1]} / steps of {names[0]}"
    (plain, what), (other, _) = gaps(shown, plain), gaps(shown, other)
    if not shown.problem.facts.minima:
        return other - plain, about_zero(other - plain, theme.heat), f"value of {names[1]} − value of {names[0]}"
    logarithms = _logarithm_of_ratio(plain, other, np.log10)
    return logarithms, about_ratio_of_gaps(logarithms, theme.heat), f"{what}: that of {names[1]} / that of {names[0]}"


def _logarithm_of_ratio(plain: Array, other: Array, logarithm: Callable[[Array], Array]) -> Array:
    """0 where both are 0; infinite where one is."""
    with np.errstate(all="ignore"):
        found = logarithm(other) - logarithm(plain)
    return np.where(plain == other, 0.0, found)


def _effect(shown: Map, measure: str, theme: Theme) -> Heat:
    """What the direction, or the step length, of the other optimizer does."""
    colors, numbers = theme.heat, shown.measures[measure]
    scale, count = about_zero(numbers, colors), _Counter(shown.counts[measure], numbers.size)
    undefined = np.isnan(numbers)
    overlays = [Overlay(DOTS, colors.dots, numbers > 0), Overlay(STRIPES, colors.missing, undefined & ~undefined_in(shown, numbers.shape))]
    part, name = ("direction" if measure == "direction_effect" else "step length"), shortened(shown.labels[1])
    entries = [
        Entry(swatch(colors.better[2]), f"helps: {count('helps')}"),
        Entry(swatch(colors.worse[2], overlays[0]), f"hurts: {count('hurts')}"),
        Entry(swatch(colors.better[0], edge=theme.muted), f"makes no difference: {count('ties')}"),
        *_only(Entry(swatch(theme.background, overlays[1]), "undefined"), undefined, count),
    ]
    title = f"what the {part} of {name} does, against {shortened(shown.labels[0])}"
    return Heat(title, scale.colors(numbers), overlays, entries, scale, ("← helps", "hurts →"), [_measured_in(shown)])


def _measured_in(shown: Map) -> str:
    """What effects are differences of."""
    in_gaps = int((shown.outcome == 1).sum()) if shown.outcome is not None else 0
    in_steps = int((shown.outcome == 0).sum()) if shown.outcome is not None else 0
    if not in_gaps:
        return "difference in log10 of the steps to the target"
    if not in_steps:
        return "difference in log10 of the value gap at the end"
    return f"difference in log10 of the steps to the target; of the value gap at the end in {in_gaps} cells, where a run misses the target"


def _alone(shown: Map, measure: str, theme: Theme) -> Heat:
    """How one optimizer does."""
    (label,), steps = shown.labels, shown.plan.steps
    numbers, what = shown.measures[measure][label], "steps to the target"
    if measure == "final_value":
        numbers, what = gaps(shown, numbers)
        what = f"{what} after {steps} steps"
    scale, missing = from_little_to_much(numbers, theme.heat), np.isnan(numbers) & ~undefined_in(shown, numbers.shape)
    overlays = [Overlay(STRIPES, theme.heat.missing, missing)]
    count = _Counter({}, numbers.size)
    text = f"target not reached within {steps} steps" if measure == "steps_to_target" else "no value"
    entries = _only(Entry(swatch(theme.background, overlays[0]), text), missing, count)
    return Heat(f"{what}: {shortened(label)}", scale.colors(numbers), overlays, entries, scale, (what,))


def _minima(shown: Map, label: str, theme: Theme) -> Heat:
    """Which minimum an optimizer ends at."""
    kinds, reached = theme.heat.kinds, shown.measures["minimum_reached"][label]
    none = np.isnan(reached)
    painted = np.zeros((*reached.shape, 4))
    entries, overlays = list[Entry](), [Overlay(STRIPES, theme.heat.missing, none & ~undefined_in(shown, reached.shape))]
    counts = shown.counts["minimum_reached"][label]
    for number, minimum in enumerate(shown.problem.facts.minima):
        color, pattern = kinds[number % len(kinds)], Overlay(DOTS, theme.ink, reached == number)
        painted[reached == number] = _rgba(color)
        if number >= len(kinds):
            overlays.append(pattern)
        place = ", ".join(f"{coordinate:.4g}".replace("-", "−") for coordinate in minimum)
        text = f"{number + 1}: ({place}), {_share(counts[number], reached.size)}"
        entries.append(Entry(swatch(color, pattern if number >= len(kinds) else None, theme.muted), text))
    entries.append(Entry(swatch(theme.background, overlays[0]), f"none: {_share(counts[-1], reached.size)}"))
    return Heat(f"minimum reached: {shortened(label)}", painted, overlays, entries, numbered=True)


@dataclass(frozen=True)
class _Counter:
    """Writes how many of the cells something holds for."""

    counts: Mapping[str, Any]
    cells: int

    def __call__(self, name: str, label: str | None = None) -> str:
        return self.of(self.counts[name] if label is None else self.counts[name][label])

    def of(self, number: int) -> str:
        return f"{number} of {self.cells} ({_share(number, self.cells)})"


def _only(entry: Entry, where: Mask, count: _Counter) -> list[Entry]:
    """An entry with its count, if there is anything to it."""
    number = int(where.sum())
    return [Entry(entry.handle, f"{entry.text}: {count.of(number)}")] if number else []


def _share(number: int, of: int) -> str:
    return f"{100.0 * number / of:.1f} %"


def _rgba(color: str) -> Array:
    return np.array([*(int(color[at : at + 2], 16) / 255.0 for at in (1, 3, 5)), 1.0])
