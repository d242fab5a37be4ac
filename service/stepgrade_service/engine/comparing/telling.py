"""Chooses what a comparison says of one start: a headline, a verdict of at most 60 words, and notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import sentences as say
from .notes import Notes
from .reasons import Reasons
from .saying import Saying
from .verdict import Because, Result, Trial, contradiction
from .wording import count_text, gap_text, lost_text, number_text, steps_text

#: How many words a verdict has at most.
MOST_WORDS = 60


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
    telling = Telling(trial)
    headline = telling.headline()
    verdict, left = [headline], list[str]()
    for sentence in telling.body():
        fits = telling.words(" ".join([*verdict, sentence])) <= MOST_WORDS
        (verdict if fits else left).append(sentence)
    return Conclusion(telling.result, telling.because, headline, " ".join(verdict), (*left, *Notes(trial).sentences()))


class Telling(Saying):
    """The headline, and the sentences that follow it."""

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
            is_lower = (self.other.minimum_value or 0.0) < (self.plain.minimum_value or 0.0)
            return f"{'lower' if is_lower else 'higher'} minimum{'' if self.are_there else ', away'}"
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
        yield from Reasons(self.trial).sentences()
        yield from self._details()

    def _who_arrived(self) -> Iterator[str]:
        """Who arrived, where the headline does not say it."""
        key, (plain, other) = self._headline_key(), self.trial.arrived
        if self.plain.is_lost and self.other.is_lost:
            yield from (self.filled(say.WAS_LOST, label=cell.direction_of, lost=lost_text(cell)) for cell in (self.other, self.plain))
        elif self.plain.is_lost and other:
            yield self.filled(say.OTHER_ARRIVED)
        elif self.other.is_lost and plain:
            yield self.filled(say.PLAIN_ARRIVED, plain_steps=steps_text(self.plain.steps))
        elif self.trial.is_grafted and key.endswith("neither") and self.result != "tie":
            yield self.filled(say.NOBODY, arrived=say.ARRIVED_ALONE[self.arrival])
        elif ("higher" in key or "lower" in key) and not (key.endswith("both") and self.trial.in_steps and self.is_split):
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
            elif cell.is_too_short:
                yield self.filled(say.TOO_SHORT, label=label, steps=steps_text(self.trial.steps))
            elif cell.settling_step is None and cell.steps_to_target is not None:
                yield self.filled(say.LEFT_AND_STAYED_OUT, label=label, step=count_text(cell.steps_to_target))
            elif cell.exits and cell.settling_step is not None:
                often = say.OFTEN.get(int(cell.exits), say.TIMES.format(count=int(cell.exits)))
                yield self.filled(say.LEFT_AND_SETTLED, label=label, times=often, outside=steps_text(cell.steps_outside))
