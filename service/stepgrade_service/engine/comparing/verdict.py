"""The rules of a verdict: who did better from here, and was it the direction or the step length? Made from the numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log10
from typing import Any, Literal

import numpy as np

Result = Literal["helped", "hurt", "tie", "undecided", "other_minimum"]
Because = Literal["step length", "direction", "both", "interaction"]
Status = Literal["completed", "growing", "diverged"]

#: Outcomes with a ratio below this one are equal, and so are effects that change them by less.
ALIKE = 1.05
NEGLIGIBLE = log10(ALIKE)

#: Value gaps below this share of the start's are taken for it: what is below is rounding.
LEAST_GAP = 1e-10

#: Values at minima that differ by at most this share of the start's value gap are equal.
SAME_VALUE = 1e-9

#: An end that is so many times higher contradicts a lead in steps.
CONTRADICTS = 10.0

#: One effect is the reason where it is so many times the other; short of that, both are.
MOSTLY = 2.0

#: Student's t: what share 95 % of a mean's interval is of its standard error, by the degrees of freedom from 1 on.
T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09)


def floored(gap: Any, start_gap: Any) -> Any:
    """A value gap, no smaller than the floor: numbers or arrays."""
    return np.maximum(gap, LEAST_GAP * start_gap)


def is_below(gap: Any, start_gap: Any) -> Any:
    """Whether a value is below the minimum that it is held against by more than rounding, so that no gap tells how good it is."""
    return gap < -LEAST_GAP * abs(start_gap)


def same_value(one: Any, other: Any, start_gap: Any) -> Any:
    """Whether the values at two minima are equal, for all that counts: numbers or arrays; nan is not known, and equal to any."""
    difference = abs(one - other)
    is_unknown = difference != difference  # what is nan, without NumPy where they are numbers
    return is_unknown | (difference <= SAME_VALUE * abs(start_gap)) | (difference == 0)


def interval(error: float, seeds: int) -> float:
    """Half the width of the 95 % interval of a mean over so many seeds, from its standard error."""
    return error * (T_95[seeds - 2] if seeds - 2 < len(T_95) else 1.96 + 2.4 / (seeds - 1))


@dataclass(frozen=True)
class Cell:
    """One of the four runs: whose step length, whose direction, and how it ended; numbers are means over the seeds. None is unknown.

    `steps` is the arrival that counts, the settling step or the first at the target, None unless every seed has it. `outcome`
    is what is compared, in log10. `stopped_at` says what a run has stopped at that is no known minimum. `is_too_short` is whether its
    steps are surely why it never touched the target.
    """

    length_of: str
    direction_of: str
    status: Status
    steps: float | None
    settling_step: float | None
    steps_to_target: float | None
    tail_gap: float | None
    diverged_at: int | None
    outcome: float | None
    exits: float = 0.0
    steps_outside: float = 0.0
    radius: float | None = None
    is_cycling: bool = False
    stopped_at: str | None = None
    is_too_short: bool = False
    minimum: tuple[float, ...] = ()
    minimum_value: float | None = None
    start_gap: float = 0.0

    @property
    def is_lost(self) -> bool:
        """Whether the run is in no race: it diverged or is growing."""
        return self.status != "completed"

    @property
    def is_below(self) -> bool:
        """Whether the run ended lower than the known minimum that is nearest."""
        return self.tail_gap is not None and bool(is_below(self.tail_gap, self.start_gap))


@dataclass(frozen=True)
class Effect:
    """A difference of log10 outcomes, below 0 better; half the width of its 95 % interval where there were several seeds."""

    size: float
    error: float | None = None
    within: float | None = None

    @property
    def is_certain(self) -> bool:
        """Whether it is larger than chance may make it, as far as that is known."""
        return self.within is None or abs(self.size) > self.within

    @property
    def matters(self) -> bool:
        return abs(self.size) >= NEGLIGIBLE

    @property
    def is_level(self) -> bool:
        """Whether it is next to nothing, for all that chance may have hidden."""
        return abs(self.size) + (self.within or 0.0) < NEGLIGIBLE or (self.is_certain and not self.matters)


@dataclass(frozen=True)
class Effects:
    """What the 2 x 2 gives: the lead of the other over the plain one, and its parts; None where it is undefined."""

    lead: Effect | None = None
    magnitude: Effect | None = None
    direction: Effect | None = None
    interaction: Effect | None = None


@dataclass(frozen=True)
class Cure:
    """What a run in a limit cycle does with other learning rates: the settling step at a tenth of its rate and with a cosine schedule."""

    label: str
    tenth: int | None = None
    cosine: int | None = None


@dataclass(frozen=True)
class Trial:
    """What is known of the four runs from one start: cells in the order plain, other's length, other's direction, other.

    `in_steps` is whether effects are of the steps, else of the tail gap. `lead` is what the two themselves are ranked by: the steps where
    both arrive, else the tail gap. `by_touch` is whether the first arrival counts. `seeds` is None without noise.
    `lowest` is the least value at a known minimum. With `is_grafted` the other takes the plain one's step length, and stands in the
    place of both cells that have its direction.
    """

    start: str
    cells: tuple[Cell, ...]
    effects: Effects
    in_steps: bool
    steps: int
    lead: Effect | None = None
    by_touch: bool = False
    seeds: int | None = None
    minima_differ: bool = False
    cures: tuple[Cure, ...] = ()
    is_grafted: bool = False
    lowest: float | None = None

    @property
    def plain(self) -> Cell:
        return self.cells[0]

    @property
    def other(self) -> Cell:
        return self.cells[3]

    @property
    def arrived(self) -> tuple[bool, bool]:
        """Whether the plain one and the other arrived, with every seed."""
        return self.plain.steps is not None, self.other.steps is not None

    @property
    def goes_by_steps(self) -> bool:
        """Whether the two are ranked by their steps; with noise only where both arrive with every seed."""
        return all(self.arrived) if self.seeds is not None else any(self.arrived)


def result_of(trial: Trial) -> Result:
    """As a ranking has it: who diverged or is growing is behind; then who did not arrive; else by the steps, or by the tail gap."""
    plain, other = trial.plain, trial.other
    if plain.is_lost != other.is_lost:
        return "helped" if plain.is_lost else "hurt"
    if plain.is_lost:
        return "undecided"
    if trial.minima_differ:
        return "other_minimum"
    if trial.goes_by_steps and trial.arrived[0] != trial.arrived[1]:
        return "helped" if trial.arrived[1] else "hurt"
    if trial.lead is None:
        steps = (plain.steps, other.steps)
        if plain.steps is None or other.steps is None:
            return "undecided"
        return "tie" if steps[0] == steps[1] else "helped" if other.steps < plain.steps else "hurt"
    if trial.lead.is_level:
        return "tie"
    if not trial.lead.is_certain:
        return "undecided"
    return "helped" if trial.lead.size < 0 else "hurt"


def gap_ratio(trial: Trial) -> float | None:
    """How many times as large the other's tail gap is. None where one of the gaps is unknown, or negative."""
    gaps = [cell.tail_gap for cell in (trial.plain, trial.other)]
    if None in gaps or trial.plain.is_below or trial.other.is_below:
        return None
    plain, other = (float(floored(gap or 0.0, trial.plain.start_gap)) for gap in gaps)
    return other / plain if plain > 0 else inf if other > 0 else 1.0


def contradiction(trial: Trial, result: Result) -> Literal["higher", "lower"] | None:
    """How the other ended where that contradicts who arrived first: ten times higher, or ten times lower."""
    ratio = gap_ratio(trial)
    if ratio is None or not trial.goes_by_steps or trial.plain.is_lost or trial.other.is_lost:
        return None
    if result in ("helped", "tie") and ratio >= CONTRADICTS:
        return "higher"
    return "lower" if result in ("hurt", "tie") and ratio <= 1.0 / CONTRADICTS else None


def reason_of(result: Result, effects: Effects) -> Because | None:
    """What a lead comes from; nothing where there is none, where it is unknown, or where the effects say otherwise."""
    lead, magnitude, direction, interaction = effects.lead, effects.magnitude, effects.direction, effects.interaction
    if lead is None or magnitude is None or direction is None or interaction is None:
        return None
    if result in ("undecided", "other_minimum") or (result == "tie" and lead.matters):
        return None
    if result in ("helped", "hurt") and (lead.size < 0) != (result == "helped"):
        return None
    larger, smaller = sorted((magnitude, direction), key=lambda effect: -abs(effect.size))
    if interaction.matters and interaction.is_certain and abs(interaction.size) > abs(larger.size):
        return _enough_alone(effects) if result in ("helped", "hurt") else "interaction"
    if result not in ("helped", "hurt") or not larger.is_certain or not larger.matters:
        return None
    if smaller.matters and smaller.is_certain and larger.size * smaller.size > 0 and abs(larger.size) < MOSTLY * abs(smaller.size):
        return "both"
    return "step length" if larger is magnitude else "direction"


def _enough_alone(effects: Effects) -> Because:
    """The one part that does all of it alone, where the other alone does nothing of it; else neither explains it."""
    lead, magnitude, direction, interaction = (
        effect.size if effect is not None else 0.0 for effect in (effects.lead, effects.magnitude, effects.direction, effects.interaction)
    )
    sign = -1.0 if lead < 0 else 1.0
    alone: list[tuple[Because, float]] = [
        ("step length", sign * (magnitude - interaction / 2)),
        ("direction", sign * (direction - interaction / 2)),
    ]
    for (part, does), (_, rest) in (alone, alone[::-1]):
        if does >= abs(lead) - NEGLIGIBLE and rest < NEGLIGIBLE:
            return part
    return "interaction"
