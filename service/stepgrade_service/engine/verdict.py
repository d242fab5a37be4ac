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
class Finding:
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


def find(trial: Trial) -> Finding:
    """Say whether the other optimizer, cells[3], did better than the plain one, cells[0], and why."""
    result = result_of(trial)
    because = reason_of(result, trial.effects)
    return Finding(result, because, _Telling(trial).sentence(result, because))


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


@dataclass(frozen=True)
class _Telling:
    """The sentences about one start."""

    trial: Trial

    @property
    def plain(self) -> str:
        return self.trial.cells[0].direction_of

    @property
    def other(self) -> str:
        return self.trial.cells[3].direction_of

    @property
    def has_seeds(self) -> bool:
        return (self.trial.seeds or 0) > 1

    def sentence(self, result: Result, because: Because | None) -> str:
        """Who came how far, why, how far that is certain, and what else has to be known."""
        words = {
            "helped": f"{self.other} helped",
            "hurt": f"{self.other} hurt",
            "tie": f"{self.other} made no difference worth the name",
            "undecided": f"it is undecided whether {self.other} helped or hurt",
        }
        place = "From here" if self.trial.start == "start" else f"From {self.trial.start}"
        sentences = [f"{place}, {words[result]}: {self._who_came_how_far()}.", *self._reasons(result, because)]
        if self.trial.minima_differ:
            sentences.append("They end at different minima, so this compares their ways to different places.")
        return " ".join(filter(None, sentences))

    def _who_came_how_far(self) -> str:
        plain, other = self.trial.cells[0], self.trial.cells[3]
        diverged = [f"{cell.direction_of} diverged at step {cell.diverged_at}" for cell in (other, plain) if cell.diverged_at is not None]
        if diverged:
            return " and ".join([*diverged, *(f"{cell.direction_of} did not" for cell in (other, plain) if cell.diverged_at is None)])
        mean = f", on average over {self.trial.seeds} seeds" if self.has_seeds else ""
        within = f"within {_steps(self.trial.steps)}"
        if plain.steps_to_target is not None and other.steps_to_target is not None:
            taken = f"it reached the target in {_steps(other.steps_to_target)}, {self.plain} in {_count(plain.steps_to_target)}"
            return f"{taken}{self._compared(self.trial.lead, 'fewer', 'more')}{mean}"
        every = " with every seed" if self.has_seeds else ""
        if other.steps_to_target is not None:
            return f"it reached the target in {_steps(other.steps_to_target)}{mean}, {self.plain} did not{every} {within}"
        if plain.steps_to_target is not None:
            return f"it did not reach the target{every} {within}, {self.plain} did in {_count(plain.steps_to_target)}{mean}"
        gaps = self._gaps(plain, other, self.trial.lead)
        return f"neither reached the target{every} {within}, so what counts is the value gap left at the end: {gaps}{mean}"

    def _gaps(self, plain: Cell, other: Cell, lead: Effect | None) -> str:
        if plain.value_gap is None or other.value_gap is None:
            return "it is not known"
        gaps = f"{_number(max(other.value_gap, 0.0))} for {self.other}, {_number(max(plain.value_gap, 0.0))} for {self.plain}"
        return gaps + self._compared(lead, "smaller", "larger")

    def _compared(self, lead: Effect | None, less: str, more: str) -> str:
        """How many times less or more, in brackets; nothing where that is not defined or not worth telling.

        With seeds the mean of the ratios' logarithms is told, of which effects are the parts.
        """
        ratio = -lead.size if lead is not None else 0.0
        if abs(ratio) < NEGLIGIBLE:
            return ""
        return f" ({'typically ' if self.has_seeds else ''}{_factor(ratio)} times {less if ratio > 0 else more})"

    def _reasons(self, result: Result, because: Because | None) -> list[str]:
        """What the step length and the direction did, and how far that is certain."""
        effects = self.trial.effects
        if effects.lead is None or effects.magnitude is None or effects.direction is None or effects.interaction is None:
            return [self._why_no_effects()]
        lead = {"lead": effects.lead}
        parts = {**lead, "step length": effects.magnitude, "direction": effects.direction, "interaction": effects.interaction}
        return [
            self._by_the_gap(),
            f"On average its step length {self._does(effects.magnitude)}, its direction {self._does(effects.direction)}: "
            f"{self._so(result, because)}.",
            self._alone(effects.interaction) if because == "interaction" else "",
            self._chance(parts),
        ]

    def _by_the_gap(self) -> str:
        """Where a graft missed the target: that the lead is split by the gap, and how large it is then."""
        if self.trial.in_steps or not any(self.trial.reached):
            return ""
        missed = _listed([_name(cell) for cell in self.trial.cells if cell.steps_to_target is None])
        gaps = self._gaps(self.trial.cells[0], self.trial.cells[3], self.trial.effects.lead)
        return f"Since the target was missed by {missed}, the value gap left at the end is what is split: {gaps}."

    def _why_no_effects(self) -> str:
        cells = self.trial.cells
        grafts = [_name(cell) for cell in cells[1:3] if cell.diverged_at is not None]
        if any(cell.diverged_at is not None for cell in cells):
            return f"The lead cannot be split: {_listed(grafts)} diverged." if grafts else "The lead cannot be split where a run diverged."
        if self.trial.in_steps:
            return "The start is within the target already, so there is nothing to split."
        return "The lead cannot be split: the start is no higher than the minimum, so that no ratio of value gaps is defined."

    def _does(self, effect: Effect) -> str:
        what = "the steps" if self.trial.in_steps else "the gap"
        if effect.is_level:
            return f"changes {what} little"
        if not effect.is_told:
            return f"changes {what} by no more than chance may"
        return f"{'divides' if effect.size < 0 else 'multiplies'} {what} by {_factor(effect.size)}"

    def _so(self, result: Result, because: Because | None) -> str:
        if because == "interaction" and result == "tie":
            return "but what they do together outweighs both, and cancels them"
        if because == "interaction":
            return "but neither is the reason by itself, for their interaction outweighs both"
        if because == "both":
            return f"both {'hurt' if result == 'hurt' else 'helped'}"
        if because is not None:
            return f"it was mostly the {because}"
        if result == "undecided":
            return "chance may explain that"
        lead = self.trial.effects.lead
        assert lead is not None
        if lead.matters and (result == "tie" or (lead.size < 0) != (result == "helped")):
            return f"measured by the gap {self.other} is {'ahead' if lead.size < 0 else 'behind'}"
        if result != "tie":
            return "which it was, cannot be told"
        effects = (self.trial.effects.magnitude, self.trial.effects.direction)
        return "the two cancel out" if any(effect is not None and effect.matters for effect in effects) else "neither matters here"

    def _alone(self, interaction: Effect) -> str:
        """What the two grafts did."""
        _, length, direction, _ = self.trial.cells
        by_length = f"{self.plain}'s direction at {self.other}'s step length {self._took(length)}"
        by_direction = f"{self.other}'s direction at {self.plain}'s step length {self._took(direction)}"
        plain, *others = (cell.outcome or 0.0 for cell in self.trial.cells)
        sense = together(*(outcome - plain for outcome in others))
        return f"Interaction {interaction.size:+.2f} in log10, {sense}: {by_length}, {by_direction}."

    def _took(self, cell: Cell) -> str:
        if self.trial.in_steps and cell.steps_to_target is not None:
            return f"took {_steps(cell.steps_to_target)}"
        return f"left a gap of {_number(cell.value_gap)}" if cell.value_gap is not None else "left nothing that can be compared"

    def _chance(self, effects: dict[str, Effect]) -> str:
        if self.trial.seeds is None:
            return ""
        known = [(name, effect.size, effect.within) for name, effect in effects.items() if effect.within is not None]
        ranges = [f"{name} {size:+.2f} ± {within:.2f}" for name, size, within in known]
        if not ranges:
            return "With one seed it is not known how much of this is chance."
        return f"In log10, with 95 % intervals over {self.trial.seeds} seeds: {', '.join(ranges)}."


def together(length: float, direction: float, both: float) -> str:
    """What the other's step length alone, its direction alone, and both do together: differences of log10 outcomes to the plain one."""
    if abs(both) < NEGLIGIBLE and min(abs(length), abs(direction)) >= NEGLIGIBLE:
        return "alone each makes a difference, and together none"
    if min(abs(length), abs(direction)) < NEGLIGIBLE:
        return "alone one of the two makes no difference, and with the other it does"
    if length * direction <= 0:
        return "alone the two pull apart, and together they do not add up"
    helps = length < 0
    if both * length < 0:
        return f"each alone {'helps' if helps else 'hurts'}, and together they {'hurt' if helps else 'help'}"
    if abs(both) < min(abs(length), abs(direction)):
        return f"each alone {'helps' if helps else 'hurts'} more than both together"
    if abs(both) > abs(length) + abs(direction):
        return f"together they {'help' if helps else 'hurt'} more than both alone add up to"
    if min(abs(length), abs(direction)) >= 0.5 * abs(both):
        return "either alone does most of what both do"
    return "both together do less than they add up to"


def _name(cell: Cell) -> str:
    if cell.length_of == cell.direction_of:
        return cell.direction_of
    return f"{cell.direction_of} at {cell.length_of}'s step length"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(steps: float) -> str:
    return f"{steps:.0f}" if steps == round(steps) else f"{steps:.1f}"


def _steps(steps: float) -> str:
    return f"{_count(steps)} step{'' if steps == 1 else 's'}"


def _number(number: float) -> str:
    return f"{number:.3g}"


def _factor(effect: float) -> str:
    """10^|effect| as one reads it."""
    size = abs(effect)
    return f"{10**size:.3g}" if size < 2 else f"{10**size:.0f}" if size < 3 else f"10^{size:.1f}"
