"""Chooses what a comparison says of one start: a headline, a verdict of at most 60 words, and notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import sentences as say
from .standings import is_same_value
from .verdict import LEAST_GAP, NEGLIGIBLE, Because, Cell, Effect, Result, Trial, contradiction, gap_ratio, reason_of, result_of

#: How many words a verdict has at most.
MOST_WORDS = 60

#: Names of a start that say nothing of it.
UNNAMED = ("start", "default")


@dataclass(frozen=True)
class Conclusion:
    """What the numbers say: in two words, in a headline, in a verdict that begins with it, and in notes."""

    result: Result
    because: Because | None
    headline: str
    verdict: str
    notes: tuple[str, ...]


def conclude(trial: Trial) -> Conclusion:
    """Say whether the other optimizer, cells[3], did better than the plain one, cells[0], and why."""
    telling = _Telling(trial)
    headline = telling.headline()
    verdict, left = [headline], list[str]()
    for sentence in telling.body():
        fits = telling.words(" ".join([*verdict, sentence])) <= MOST_WORDS
        (verdict if fits else left).append(sentence)
    return Conclusion(telling.result, telling.because, headline, " ".join(verdict), (*left, *telling.notes()))


@dataclass(frozen=True)
class _Telling:
    """The sentences about one start."""

    trial: Trial

    @cached_property
    def result(self) -> Result:
        return result_of(self.trial)

    @cached_property
    def because(self) -> Because | None:
        return reason_of(self.result, self.trial.effects)

    @property
    def plain(self) -> Cell:
        return self.trial.plain

    @property
    def other(self) -> Cell:
        return self.trial.other

    @property
    def arrival(self) -> str:
        return "touch" if self.trial.by_touch else "settle"

    @cached_property
    def known(self) -> dict[str, Any]:
        """What the templates may ask for."""
        plain, other, arrival = self.plain, self.other, self.arrival
        return {
            "place": "" if self.trial.start in UNNAMED else f"From {self.trial.start}, ",
            "plain": plain.direction_of,
            "other": other.direction_of,
            "arrived": say.ARRIVED[arrival],
            "arrived_alone": say.ARRIVED_ALONE[arrival],
            "sooner": say.SOONER[arrival],
            "later": say.LATER[arrival],
            "arrive": say.ARRIVE[arrival],
            "steps": steps_text(other.steps),
            "plain_steps": steps_text(plain.steps) if other.steps is None or plain.steps == 1 else count_text(plain.steps),
            "factor": factor_text(gap_ratio(self.trial)),
            "gap": gap_text(other),
            "plain_gap": gap_text(plain),
            "value": number_text(other.minimum_value),
            "plain_value": number_text(plain.minimum_value),
            "lost": lost_text(other if other.is_lost else plain),
        }

    def filled(self, template: str, **more: Any) -> str:
        """A sentence from its template."""
        text = template.format(**{**self.known, **more})
        return text[0].upper() + text[1:] if template.startswith("{place}") and not self.known["place"] and template[7] != "{" else text

    def words(self, text: str) -> int:
        """How many words a text has, a label or the name of a start being one."""
        names = {self.trial.start, *(cell.direction_of for cell in self.trial.cells)}
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "x")
        return len(text.split())

    def headline(self) -> str:
        """Who did better, in at most 15 words; an end that contradicts it is said first."""
        key = self._headline_key()
        headlines = {**say.HEADLINES, **say.GRAFTED_HEADLINES} if self.trial.is_grafted else say.HEADLINES
        return self.filled(headlines[key], **self._alone())

    def _alone(self) -> dict[str, str]:
        """Where no number of steps follows."""
        return {"arrived": say.ARRIVED_ALONE[self.arrival]} if not self.trial.goes_by_steps else {}

    def _headline_key(self) -> str:
        trial, result = self.trial, self.result
        if self.plain.is_lost and self.other.is_lost:
            return "both lost"
        if self.plain.is_lost or self.other.is_lost:
            return f"{result}, lost"
        if result == "other_minimum":
            return "lower minimum" if (self.other.minimum_value or 0.0) < (self.plain.minimum_value or 0.0) else "higher minimum"
        if result == "undecided":
            return "undecided" if trial.lead is not None else "unknown"
        if against := contradiction(trial, result):
            return f"tie, {against}" if result == "tie" else f"{against}, {self._who}"
        if not trial.goes_by_steps:
            return f"{result}, {'neither' if trial.seeds is None else 'noise'}"
        return f"{'same' if result == 'tie' and self._is_same else result}, {self._who}"

    @property
    def _who(self) -> str:
        """Who arrived."""
        return "both" if all(self.trial.arrived) else "other" if self.trial.arrived[1] else "plain"

    @property
    def _is_same(self) -> bool:
        """Whether both arrived in the same number of steps, as it is written."""
        return all(self.trial.arrived) and count_text(self.plain.steps) == count_text(self.other.steps)

    def body(self) -> Iterator[str]:
        """Who settled, the ends, the reason; the first that fit stand in the verdict."""
        yield from self._who_arrived()
        if self.trial.seeds is not None and not self.trial.goes_by_steps and not (self.plain.is_lost or self.other.is_lost):
            yield say.WITH_NOISE
        if self.tells_ends and (self.trial.in_steps or not self.is_split):
            is_alike = gap_text(self.plain) == gap_text(self.other)
            yield self.filled(say.ENDS_ALIKE if is_alike else say.ENDS)
        yield from self._reason()
        yield from self._details()

    @property
    def tells_ends(self) -> bool:
        """Whether both have an end gap, above minima of equal value."""
        return self.result != "other_minimum" and not (self.plain.tail_gap is None or self.other.tail_gap is None)

    @property
    def is_split(self) -> bool:
        """Whether the result is split into step length and direction."""
        return self.trial.effects.magnitude is not None and self.trial.effects.direction is not None

    def _who_arrived(self) -> Iterator[str]:
        """Who arrived, where the headline does not say it."""
        key, (plain, other) = self._headline_key(), self.trial.arrived
        if self.plain.is_lost and self.other.is_lost:
            yield from (self.filled(say.WAS_LOST, label=cell.direction_of, lost=lost_text(cell)) for cell in (self.other, self.plain))
        elif self.plain.is_lost and other:
            yield self.filled(say.OTHER_ARRIVED)
        elif self.other.is_lost and plain:
            yield self.filled(say.PLAIN_ARRIVED, plain_steps=steps_text(self.plain.steps))
        elif ("higher" in key or "lower" in key) and (self.trial.by_touch or not key.endswith("both")):
            if not (plain or other):
                yield self.filled(say.NOBODY, arrived=say.ARRIVED_ALONE[self.arrival])
            elif self._is_same:
                yield self.filled(say.BOTH_ALIKE)
            else:
                yield self.filled(say.BOTH if plain and other else say.ONLY_OTHER if other else say.ONLY_PLAIN)

    def _details(self) -> Iterator[str]:
        """Who left the target, and who circles it."""
        for cell in (self.other, self.plain):
            label = cell.direction_of
            if cell.is_lost or self.trial.seeds is not None:
                continue
            if cell.is_cycling:
                yield self.filled(say.LIMIT_CYCLE, label=label, radius=number_text(cell.radius))
            elif cell.settling_step is None and cell.steps_to_target is not None:
                yield self.filled(say.LEFT_AND_STAYED_OUT, label=label, step=count_text(cell.steps_to_target))
            elif cell.exits and cell.settling_step is not None:
                often = say.OFTEN.get(int(cell.exits), say.TIMES.format(count=int(cell.exits)))
                yield self.filled(say.LEFT_AND_SETTLED, label=label, times=often, outside=steps_text(cell.steps_outside))

    def _reason(self) -> Iterator[str]:
        """What the step length and the direction did."""
        if self.trial.is_grafted:
            yield self.filled(say.SAME_LENGTHS)
            return
        if not self.is_split:
            if reason := self._why_no_split():
                yield reason
            return
        plain, length, direction, other = (count_text(cell.steps) if self.trial.in_steps else gap_text(cell) for cell in self.trial.cells)
        outcomes = say.OUTCOMES[self.arrival if self.trial.in_steps else "gap"]
        yield self.filled(say.FOUR, outcomes=outcomes, of_plain=plain, of_length=length, of_direction=direction, of_other=other)
        if self.because is not None:
            yield self._together() if self.because == "interaction" else self._because(self.because)

    def _alone_changes(self) -> tuple[float, float, float]:
        """What the step length alone changes, the direction alone, and both."""
        plain, length, direction, both = (cell.outcome or 0.0 for cell in self.trial.cells)
        return length - plain, direction - plain, both - plain

    def _matter(self) -> tuple[bool, ...]:
        """Which of these changes are more than next to nothing; one step is not."""
        plain, in_steps = self.plain, self.trial.in_steps
        return tuple(
            abs(change) >= NEGLIGIBLE and not (in_steps and abs((cell.steps or 0.0) - (plain.steps or 0.0)) <= 1)
            for change, cell in zip(self._alone_changes(), self.trial.cells[1:], strict=True)
        )

    def _because(self, part: str) -> str:
        """What made the difference, where it is the one part, the other, or both."""
        length, direction, both = self._alone_changes()
        if length * direction < 0 and min(abs(length), abs(direction)) >= NEGLIGIBLE:
            slight = [name for name, matters in zip(say.PARTS.values(), self._matter(), strict=False) if not matters]
            if not slight or slight == [part] or part == "both":
                return self._opposite(length)
            return f"{say.BECAUSE[part]} {say.ALMOST_NO_CHANGE.format(part=slight[0])}"
        return say.BOTH_PARTS.format(verb=say.HELP if both < 0 else say.HURT) if part == "both" else say.BECAUSE[part]

    @staticmethod
    def _opposite(length: float) -> str:
        """One part helps and the other one hurts."""
        helping, hurting = ("length", "direction") if length < 0 else ("direction", "length")
        return say.OPPOSITE_PARTS.format(helping=say.PARTS[helping], hurting=say.PARTS[hurting])

    def _together(self) -> str:
        """What the step length alone, the direction alone, and both do, where neither explains the result by itself."""
        length, direction, both = self._alone_changes()
        matters = self._matter()
        if not (matters[0] or matters[1]):
            return say.ONLY_TOGETHER
        if not matters[2]:
            return say.NOTHING_TOGETHER
        if matters[0] != matters[1]:
            alone, part = (length, "length") if matters[0] else (direction, "direction")
            verb, opposite = (say.HELPS, say.HURT) if alone < 0 else (say.HURTS, say.HELP)
            if both * alone < 0:
                return say.ONE_PART_OPPOSITE.format(part=say.PARTS[part], verb=verb, opposite=opposite)
            return self._beyond(part, alone, both)
        if length * direction < 0:
            return self._opposite(length)
        verb, together, opposite = (say.HELPS, say.HELP, say.HURT) if length < 0 else (say.HURTS, say.HURT, say.HELP)
        if both * length < 0:
            return say.OPPOSITE_TOGETHER.format(verb=verb, opposite=opposite)
        if abs(both) < min(abs(length), abs(direction)):
            return say.MORE_ALONE.format(verb=verb)
        if abs(both) > abs(length) + abs(direction):
            return say.MORE_TOGETHER.format(together=together)
        return say.EITHER_PART

    def _beyond(self, part: str, alone: float, both: float) -> str:
        """What one part does alone, beside what both do."""
        cells, in_steps = self.trial.cells, self.trial.in_steps
        one, together = (
            (count_text(cell.steps) if in_steps else gap_text(cell)) for cell in (cells[1 if part == "length" else 2], cells[3])
        )
        how = say.HOW[f"{'steps' if in_steps else 'gap'}, {'less' if alone < both else 'more'}"]
        return self.filled(say.ONE_PART, part=say.PARTS[part], how=how, alone=one, together=together)

    def _why_no_split(self) -> str:
        lost = [cell for cell in self.trial.cells if cell.is_lost]
        grafts = [cell for cell in self.trial.cells[1:3] if cell.is_lost]
        if grafts and len(grafts) == len(lost):
            ways = {cell.status for cell in grafts}
            how = say.LOST_EITHER_WAY if len(ways) > 1 else say.LOST_WITHOUT_STEP[ways.pop()]
            return self.filled(say.NO_SPLIT_LOST, names=listed([name_of(cell) for cell in grafts]), lost=how)
        if lost:
            pair = [cell for cell in (self.plain, self.other) if cell.is_lost]
            said = {"label": pair[0].direction_of, "lost": say.LOST_WITHOUT_STEP[pair[0].status]}
            return self.filled(say.NO_SPLIT_PAIR, **said) if len(pair) == 1 else ""
        if self.trial.minima_differ:
            return say.NO_SPLIT_MINIMA
        start_gap, least = self.plain.start_gap, self.plain.minimum_value
        elsewhere = [name_of(cell) for cell in self.trial.cells[1:3] if not is_same_value(least, cell.minimum_value, start_gap)]
        if elsewhere:
            return self.filled(say.NO_SPLIT_GRAFT, names=listed(elsewhere))
        if all(cell.steps == 0 for cell in self.trial.cells):
            return say.NO_SPLIT_START
        return say.NO_SPLIT_LEVEL

    def notes(self) -> Iterator[str]:
        """What else has to be known."""
        trial = self.trial
        if not trial.in_steps and trial.effects.lead is not None and any(trial.arrived) and trial.seeds is None:
            yield self.filled(say.NOTE_BY_GAP, arrived=say.ARRIVED_ALONE[self.arrival])
        yield from self._first_touch()
        yield from self._cured()
        for cell in (self.other, self.plain):
            if cell.stopped_at is not None:
                yield say.NOTE_STOPPED.format(label=cell.direction_of, what=cell.stopped_at)
        yield from self._places()
        yield from self._chance()
        if self.tells_ends:
            yield say.NOTE_END_GAP

    def _cured(self) -> Iterator[str]:
        """What settles a run in a limit cycle."""
        for cure in self.trial.cures:
            if cure.tenth is not None:
                yield say.NOTE_TENTH.format(label=cure.label, steps=steps_text(cure.tenth))
            if cure.cosine is not None:
                yield say.NOTE_COSINE.format(label=cure.label, steps=steps_text(cure.cosine))

    def _places(self) -> Iterator[str]:
        """Where the two ended, if not at the same minimum."""
        if self.plain.minimum != self.other.minimum and not (self.plain.is_lost or self.other.is_lost):
            for cell in (self.other, self.plain):
                if cell.minimum and cell.stopped_at is None:
                    yield say.NOTE_MINIMUM.format(label=cell.direction_of, minimum=place_text(cell.minimum))
        elif self._both_are_higher:
            yield say.NOTE_NOT_LOWEST.format(minimum=place_text(self.plain.minimum))

    @property
    def _both_are_higher(self) -> bool:
        """Whether both ended at the same minimum, and another one is lower."""
        cells = (self.plain, self.other)
        if not self.plain.minimum or any(cell.is_lost or cell.stopped_at is not None for cell in cells):
            return False
        return not is_same_value(self.plain.minimum_value, self.trial.lowest, self.plain.start_gap)

    def _first_touch(self) -> Iterator[str]:
        """Where the first touch of the target tells another story than settling."""
        other, plain = self.other, self.plain
        touched = (plain.steps_to_target, other.steps_to_target)
        if self.trial.by_touch or self.trial.seeds is not None or touched[0] is None or touched[1] is None:
            return
        if self.result == "hurt" and touched[1] < touched[0]:
            first, step, second = other, touched[1], touched[0]
        elif self.result == "helped" and touched[0] < touched[1]:
            first, step, second = plain, touched[0], touched[1]
        else:
            return
        yield say.NOTE_FIRST_TOUCH.format(first=first.direction_of, step=count_text(step), second_step=count_text(second))

    def _chance(self) -> Iterator[str]:
        seeds, effects = self.trial.seeds, self.trial.effects
        if seeds is None:
            return
        if seeds == 1:
            yield say.NOTE_ONE_SEED
            return
        yield say.NOTE_MEAN.format(seeds=seeds)
        what = "the steps" if self.trial.in_steps else "the end gap"
        for name, part in say.NOTE_PARTS.items():
            effect: Effect | None = getattr(effects, name)
            if effect is not None and effect.within is not None:
                low, high = 10 ** (effect.size - effect.within), 10 ** (effect.size + effect.within)
                yield say.NOTE_RANGE.format(seeds=seeds, part=part, what=what, low=number_text(low), high=number_text(high))


def gap_text(cell: Cell) -> str:
    """A tail gap; one that is rounding is almost nothing."""
    if cell.tail_gap is not None and cell.tail_gap < LEAST_GAP * cell.start_gap:
        return say.ALMOST_NOTHING
    return number_text(cell.tail_gap)


def name_of(cell: Cell) -> str:
    """A graft by its two parts."""
    if cell.length_of == cell.direction_of:
        return cell.direction_of
    return say.GRAFT.format(label=cell.direction_of, length=cell.length_of)


def listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def lost_text(cell: Cell) -> str:
    """How a run left the race; nothing of one that did not."""
    return say.LOST[cell.status].format(step=cell.diverged_at) if cell.is_lost else ""


def count_text(steps: float | None) -> str:
    if steps is None:
        return "no number"
    return f"{steps:.0f}" if steps == round(steps) else f"{steps:.1f}"


def steps_text(steps: float | None) -> str:
    return say.ONE_STEP if steps == 1 else say.STEPS.format(count=count_text(steps))


def number_text(number: float | None) -> str:
    """Three digits; a power of ten where it is needed."""
    if number is None:
        return "unknown"
    return f"{number:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def place_text(point: tuple[float, ...]) -> str:
    """The coordinates of a minimum, not all of many."""
    shown = ", ".join(number_text(number) for number in point[:4])
    return f"({shown}{', ...' if len(point) > 4 else ''})"


def factor_text(ratio: float | None) -> str:
    """How many times larger or smaller, as one reads it."""
    if ratio is None or ratio <= 0:
        return say.ABOVE_A_MILLION
    times = ratio if ratio >= 1 else 1.0 / ratio
    if times >= 1e6:
        return say.ABOVE_A_MILLION
    return f"{times:.3g}" if times < 1000 else f"{round(times, -2):,.0f}"
