"""What else has to be known: notes beside a verdict, which do not count among its words."""

from __future__ import annotations

from collections.abc import Iterator

from . import sentences as say
from .saying import Saying
from .standings import is_same_value
from .verdict import Effect
from .wording import count_text, number_text, place_text, steps_text


class Notes(Saying):
    """The sentences of the notes."""

    def sentences(self) -> Iterator[str]:
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
                    told = say.NOTE_MINIMUM if self.is_there(cell) else say.NOTE_NEAREST
                    yield told.format(label=cell.direction_of, minimum=place_text(cell.minimum))
        elif self._both_are_higher:
            yield say.NOTE_NOT_LOWEST.format(minimum=place_text(self.plain.minimum))

    @property
    def _both_are_higher(self) -> bool:
        """Whether both ended at the same minimum, and another one is lower."""
        cells = (self.plain, self.other)
        if not self.plain.minimum or not self.are_there or any(cell.is_lost or cell.stopped_at is not None for cell in cells):
            return False
        return not is_same_value(self.plain.minimum_value, self.trial.lowest, self.plain.start_gap)

    def _first_touch(self) -> Iterator[str]:
        """Where the first touch of the target tells another story than settling."""
        other, plain = self.other, self.plain
        touched = (plain.steps_to_target, other.steps_to_target)
        if (
            self.trial.by_touch
            or self.trial.seeds is not None
            or touched[0] is None
            or touched[1] is None
            or other.is_lost
            or plain.is_lost
        ):
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
