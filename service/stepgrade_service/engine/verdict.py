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

#: With noise, what is within so many standard errors of nothing is not told apart from it.
STANDARD_ERRORS = 2.0


@dataclass(frozen=True)
class Cell:
    """One of the four runs: whose step length, whose direction, and how it ended. None is never reached, diverged or unknown."""

    length_of: str
    direction_of: str
    steps_to_target: float | None
    value_gap: float | None
    diverged_at: int | None
    outcome: float | None


@dataclass(frozen=True)
class Effect:
    """A difference of log10 outcomes, below 0 better; its standard error where there were several seeds."""

    size: float
    error: float | None = None

    @property
    def is_told(self) -> bool:
        """Whether it is larger than chance may make it, as far as that is known."""
        return self.error is None or abs(self.size) > STANDARD_ERRORS * self.error

    @property
    def matters(self) -> bool:
        return abs(self.size) >= NEGLIGIBLE


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

    `in_steps` is whether they are measured by their steps to the target, else by the value gap after `steps`; `seeds` is None
    without noise.
    """

    start: str
    cells: tuple[Cell, ...]
    effects: Effects
    in_steps: bool
    steps: int
    seeds: int | None = None
    minima_differ: bool = False


def find(trial: Trial) -> Finding:
    """Say whether the other optimizer, cells[3], did better than the plain one, cells[0], and why."""
    result = result_of(trial)
    because = reason_of(result, trial.effects)
    return Finding(result, because, _Telling(trial).sentence(result, because))


def result_of(trial: Trial) -> Result:
    """By the outcomes of the two themselves; where one of them diverged, by that."""
    plain, other, lead = trial.cells[0], trial.cells[3], trial.effects.lead
    if plain.diverged_at is not None or other.diverged_at is not None:
        if plain.diverged_at is not None and other.diverged_at is not None:
            return "undecided"
        return "hurt" if other.diverged_at is not None else "helped"
    if lead is None:
        return "tie" if _ended_alike(plain, other, trial.in_steps) else "undecided"
    if not lead.matters:
        return "tie"
    return "undecided" if not lead.is_told else "helped" if lead.size < 0 else "hurt"


def _ended_alike(plain: Cell, other: Cell, in_steps: bool) -> bool:
    """Whether both were at the target from the start, or both ended exactly at the minimum."""
    if in_steps:
        return plain.steps_to_target == other.steps_to_target
    return plain.value_gap is not None and plain.value_gap == other.value_gap


def reason_of(result: Result, effects: Effects) -> Because | None:
    """What a lead comes from; nothing where there is none, or where it cannot be told."""
    magnitude, direction, interaction = effects.magnitude, effects.direction, effects.interaction
    if magnitude is None or direction is None or interaction is None:
        return None
    larger, smaller = sorted((magnitude, direction), key=lambda effect: -abs(effect.size))
    if interaction.matters and interaction.is_told and abs(interaction.size) > abs(larger.size):
        return "interaction"
    if result not in ("helped", "hurt"):
        return None
    if smaller.matters and larger.size * smaller.size > 0 and abs(larger.size) < MOSTLY * abs(smaller.size):
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

    def sentence(self, result: Result, because: Because | None) -> str:
        """Who came how far, why, how far that is certain, and what else has to be known."""
        words = {
            "helped": f"{self.other} helped",
            "hurt": f"{self.other} hurt",
            "tie": f"{self.other} made no difference worth the name",
            "undecided": f"it is undecided whether {self.other} helped or hurt",
        }
        sentences = [f"From {self.trial.start}, {words[result]}: {self._who_came_how_far()}", *self._reasons(result, because)]
        if self.trial.minima_differ:
            sentences.append("They end at different minima, so this compares their ways to different places.")
        return " ".join(filter(None, sentences))

    def _who_came_how_far(self) -> str:
        plain, other = self.trial.cells[0], self.trial.cells[3]
        diverged = [f"{cell.direction_of} diverged at step {cell.diverged_at}" for cell in (other, plain) if cell.diverged_at is not None]
        if diverged:
            return " and ".join([*diverged, *(f"{cell.direction_of} did not" for cell in (other, plain) if cell.diverged_at is None)]) + "."
        mean = f", on average over {self.trial.seeds} seeds" if (self.trial.seeds or 0) > 1 else ""
        if plain.steps_to_target is not None and other.steps_to_target is not None and self.trial.in_steps:
            taken = f"it reached the target in {_steps(other.steps_to_target)}, {self.plain} in {_count(plain.steps_to_target)}"
            return f"{taken}{_compared(plain.steps_to_target, other.steps_to_target, 'fewer', 'more')}{mean}."
        return f"{self._why_the_gap()}{self._gaps(plain, other)}{mean}."

    def _why_the_gap(self) -> str:
        missed = [_name(cell) for cell in self.trial.cells if cell.steps_to_target is None]
        always = " with every seed" if (self.trial.seeds or 0) > 1 else ""
        if len(missed) == len(self.trial.cells) and not always:
            return f"none of the four runs reached the target within {self.trial.steps} steps, so the value gap left then counts: "
        return f"{_listed(missed)} did not reach the target within {self.trial.steps} steps{always}, so the value gap left then counts: "

    def _gaps(self, plain: Cell, other: Cell) -> str:
        if plain.value_gap is None or other.value_gap is None:
            return "it is not known"
        gaps = f"{_number(other.value_gap)} for {self.other}, {_number(plain.value_gap)} for {self.plain}"
        return gaps + _compared(plain.value_gap, other.value_gap, "smaller", "larger")

    def _reasons(self, result: Result, because: Because | None) -> list[str]:
        """What the step length and the direction did, and how far that is certain."""
        magnitude, direction, interaction = self.trial.effects.magnitude, self.trial.effects.direction, self.trial.effects.interaction
        if magnitude is None or direction is None or interaction is None:
            return [self._why_no_effects()]
        return [
            f"Its step length {self._does(magnitude)}, its direction {self._does(direction)}: {self._so(result, because)}.",
            self._alone(interaction) if because == "interaction" else "",
            self._chance({"step length": magnitude, "direction": direction, "interaction": interaction}),
        ]

    def _why_no_effects(self) -> str:
        cells = self.trial.cells
        grafts = [_name(cell) for cell in cells[1:3] if cell.diverged_at is not None]
        if any(cell.diverged_at is not None for cell in cells):
            return f"The lead cannot be split: {_listed(grafts)} diverged." if grafts else "The lead cannot be split where a run diverged."
        if self.trial.in_steps:
            return "The start is within the target already, so there is nothing to split."
        return "The lead cannot be split: a run ended exactly at the minimum, where no ratio of value gaps is defined."

    def _does(self, effect: Effect) -> str:
        what = "the steps" if self.trial.in_steps else "the gap"
        if not effect.matters:
            return f"changes {what} little"
        return f"{'divides' if effect.size < 0 else 'multiplies'} {what} by {_factor(effect.size)}"

    def _so(self, result: Result, because: Because | None) -> str:
        if because == "interaction":
            return "but neither is the reason by itself, for their interaction outweighs both"
        if because == "both":
            return f"both {'hurt' if result == 'hurt' else 'helped'}"
        if because is not None:
            return f"it was mostly the {because}"
        if result == "undecided":
            return "chance may explain that"
        effects = (self.trial.effects.magnitude, self.trial.effects.direction)
        return "the two cancel out" if any(effect is not None and effect.matters for effect in effects) else "neither matters here"

    def _alone(self, interaction: Effect) -> str:
        """What the two grafts did."""
        _, length, direction, _ = self.trial.cells
        by_length = f"{self.plain}'s direction at {self.other}'s step length {self._took(length)}"
        by_direction = f"{self.other}'s direction at {self.plain}'s step length {self._took(direction)}"
        return f"Interaction {interaction.size:+.2f} in log10, {self._sense(interaction)}: {by_length}, {by_direction}."

    def _sense(self, interaction: Effect) -> str:
        plain, length, direction, other = (cell.outcome or 0.0 for cell in self.trial.cells)
        if all(abs(alone - other) < abs(alone - plain) for alone in (length, direction)):
            return "either alone does most of what both do"
        return "one undoes what the other does" if interaction.size > 0 else "each needs the other"

    def _took(self, cell: Cell) -> str:
        if self.trial.in_steps and cell.steps_to_target is not None:
            return f"took {_steps(cell.steps_to_target)}"
        return f"left a gap of {_number(cell.value_gap)}" if cell.value_gap is not None else "left nothing that can be compared"

    def _chance(self, effects: dict[str, Effect]) -> str:
        if self.trial.seeds is None:
            return ""
        known = [(name, effect.size, effect.error) for name, effect in effects.items() if effect.error is not None]
        ranges = [f"{name} {size:+.2f} ± {STANDARD_ERRORS * error:.2f}" for name, size, error in known]
        if not ranges:
            return "With one seed it is not known how much of this is chance."
        return f"In log10, ± two standard errors over {self.trial.seeds} seeds: {', '.join(ranges)}."


def _name(cell: Cell) -> str:
    if cell.length_of == cell.direction_of:
        return cell.direction_of
    return f"{cell.direction_of}'s direction at {cell.length_of}'s step length"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(steps: float) -> str:
    return f"{steps:.0f}" if steps == round(steps) else f"{steps:.1f}"


def _steps(steps: float) -> str:
    return f"{_count(steps)} step{'' if steps == 1 else 's'}"


def _number(number: float) -> str:
    return f"{number:.2g}"


def _factor(effect: float) -> str:
    """10^|effect| as one reads it."""
    size = abs(effect)
    return f"{10**size:.3g}" if size < 2 else f"{10**size:.0f}" if size < 3 else f"10^{size:.1f}"


def _compared(plain: float, other: float, less: str, more: str) -> str:
    """How many times less or more, in brackets; nothing where that is not defined or not worth telling."""
    if plain <= 0 or other <= 0 or abs(log10(other / plain)) < NEGLIGIBLE:
        return ""
    ratio = log10(plain) - log10(other)
    return f" ({_factor(ratio)} times {less if ratio > 0 else more})"
