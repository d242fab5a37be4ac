"""Why the result is what it is: what the step length and the direction did, each alone and together."""

from __future__ import annotations

from collections.abc import Iterator

from . import sentences as say
from .saying import Saying
from .standings import is_same_value
from .verdict import NEGLIGIBLE
from .wording import count_text, gap_text, listed, name_of


class Reasons(Saying):
    """The sentences about the reason."""

    def sentences(self) -> Iterator[str]:
        """What the step length and the direction did."""
        if self.trial.is_grafted:
            yield self.filled(say.SAME_LENGTHS)
            return
        if self.trial.steps == 0:
            yield say.NO_STEP
            return
        if not self.is_split:
            if reason := self._why_no_split():
                yield reason
            return
        plain, length, direction, other = (count_text(cell.steps) if self.trial.in_steps else gap_text(cell) for cell in self.trial.cells)
        outcomes = say.OUTCOMES[self.arrival if self.trial.in_steps else "gap"]
        yield self.filled(say.FOUR, outcomes=outcomes, of_plain=plain, of_length=length, of_direction=direction, of_other=other)
        if self.because is not None:
            yield self._together() if self.because == "interaction" or self._overshoots else self._because(self.because)

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

    @property
    def _overshoots(self) -> bool:
        """Whether one part alone does all of it, and both together do less: the parts do not add up."""
        effects = (self.trial.effects.magnitude, self.trial.effects.direction, self.trial.effects.interaction)
        sizes = [abs(effect.size) for effect in effects if effect is not None]
        return self.because in ("step length", "direction") and sizes[2] > max(sizes[:2])

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
            return say.NO_SPLIT_MINIMA if self.are_there else say.NO_SPLIT_MINIMA_AWAY
        start_gap, least = self.plain.start_gap, self.plain.minimum_value
        elsewhere = [name_of(cell) for cell in self.trial.cells[1:3] if not is_same_value(least, cell.minimum_value, start_gap)]
        if elsewhere:
            is_there = all(self.is_there(cell) for cell in self.trial.cells)
            return self.filled(say.NO_SPLIT_GRAFT if is_there else say.NO_SPLIT_GRAFT_AWAY, names=listed(elsewhere))
        if any(cell.is_below for cell in self.trial.cells):
            return say.NO_SPLIT_BELOW
        if all(cell.steps == 0 for cell in self.trial.cells):
            return say.NO_SPLIT_START
        return say.NO_SPLIT_LEVEL
