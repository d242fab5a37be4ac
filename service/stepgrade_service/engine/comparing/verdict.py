"""The verdict: did it help or hurt from here, and was it the direction or the step length? A sentence made from the numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import Literal

Result = Literal["helped", "hurt", "tie", "undecided"]
Because = Literal["step length", "direction", "both", "interaction"]

#: Outcomes that differ by less than this share are a tie, and effects that change them by less are none.
NEGLIGIBLE = log10(1.05)

#: One effect is the reason where it is so many times the other; short of that, both are.
MOSTLY = 2.0

#: Student's t: what share 95 % of a mean's interval is of its standard error, by the degrees of freedom from 1 on.
T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09)


def interval(error: float, seeds: int) -> float:
    """Half the width of the 95 % interval of a mean over so many seeds, from its standard error."""
    return error * (T_95[seeds - 2] if seeds - 2 < len(T_95) else 1.96 + 2.4 / (seeds - 1))


@dataclass(frozen=True)
class Cell:
    """One of the four runs: whose step length, whose direction, and how it ended. None is never reached, diverged or unknown.

    `outcome` is what is compared, in log10.
    """

    length_of: str
    direction_of: str
    steps_to_target: float | None
    value_gap: float | None
    diverged_at: int | None
    outcome: float | None


@dataclass(frozen=True)
class Effect:
    """A difference of log10 outcomes, below 0 better; half the width of its 95 % interval where there were several seeds."""

    size: float
    error: float | None = None
    within: float | None = None

    @property
    def is_told(self) -> bool:
        """Whether it is larger than chance may make it, as far as that is known."""
        return self.within is None or abs(self.size) > self.within

    @property
    def matters(self) -> bool:
        return abs(self.size) >= NEGLIGIBLE

    @property
    def is_level(self) -> bool:
        """Whether it is next to nothing, for all that chance may have hidden."""
        return abs(self.size) + (self.within or 0.0) < NEGLIGIBLE or (self.is_told and not self.matters)


@dataclass(frozen=True)
class Effects:
    """What the 2 x 2 gives: the lead of the other over the plain one, and its parts; None where it is undefined."""

    lead: Effect | None = None
    magnitude: Effect | None = None
    direction: Effect | None = None
    interaction: Effect | None = None


@dataclass(frozen=True)
class Conclusion:
    """What the numbers say, in two words and in a sentence."""

    result: Result
    because: Because | None
    verdict: str


@dataclass(frozen=True)
class Trial:
    """What is known of the four runs from one start: cells in the order plain, other's length, other's direction, other.

    `in_steps` is whether effects are of the steps to the target, else of the value gap after `steps`. `lead` is what the two
    themselves are ranked by, of the steps where both reach the target, else of the gap. `seeds` is None without noise.
    """

    start: str
    cells: tuple[Cell, ...]
    effects: Effects
    in_steps: bool
    steps: int
    lead: Effect | None = None
    seeds: int | None = None
    minima_differ: bool = False

    @property
    def reached(self) -> tuple[bool, bool]:
        """Whether the plain one and the other reached the target, with every seed."""
        return self.cells[0].steps_to_target is not None, self.cells[3].steps_to_target is not None


def result_of(trial: Trial) -> Result:
    """As a ranking has it: who diverged is behind, then who missed the target; else by the steps, or by the gap that is left."""
    plain, other = trial.cells[0], trial.cells[3]
    for lost, won in (
        (plain.diverged_at is not None, other.diverged_at is not None),
        (not trial.reached[0], not trial.reached[1]),
    ):
        if lost != won:
            return "helped" if lost else "hurt"
    if plain.diverged_at is not None:
        return "undecided"
    if trial.lead is None:
        alike = plain.steps_to_target == other.steps_to_target and all(trial.reached)
        return "tie" if alike else "undecided"
    if trial.lead.is_level:
        return "tie"
    if not trial.lead.is_told:
        return "undecided"
    return "helped" if trial.lead.size < 0 else "hurt"


def reason_of(result: Result, effects: Effects) -> Because | None:
    """What a lead comes from; nothing where there is none, where it cannot be told, or where the effects say otherwise."""
    lead, magnitude, direction, interaction = effects.lead, effects.magnitude, effects.direction, effects.interaction
    if lead is None or magnitude is None or direction is None or interaction is None:
        return None
    if result == "undecided" or (result == "tie" and lead.matters):
        return None
    if result in ("helped", "hurt") and (lead.size < 0) != (result == "helped"):
        return None
    larger, smaller = sorted((magnitude, direction), key=lambda effect: -abs(effect.size))
    if interaction.matters and interaction.is_told and abs(interaction.size) > abs(larger.size):
        return "interaction"
    if result not in ("helped", "hurt") or not larger.is_told or not larger.matters:
        return None
    if smaller.matters and smaller.is_told and larger.size * smaller.size > 0 and abs(larger.size) < MOSTLY * abs(smaller.size):
        return "both"
    return "step length" if larger is magnitude else "direction"
