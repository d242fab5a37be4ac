"""The sentences that a comparison says, made from the numbers that `verdict` judges."""

from __future__ import annotations

from dataclasses import dataclass

from .verdict import NEGLIGIBLE, Because, Cell, Conclusion, Effect, Result, Trial, reason_of, result_of


def conclude(trial: Trial) -> Conclusion:
    """Say whether the other optimizer, cells[3], did better than the plain one, cells[0], and why."""
    result = result_of(trial)
    because = reason_of(result, trial.effects)
    return Conclusion(result, because, _Telling(trial).sentence(result, because))


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
