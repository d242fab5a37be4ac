"""What every sentence about one start may ask for: who ran, what came of it, and how that is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import sentences as say
from .verdict import Because, Cell, Result, Trial, gap_ratio, reason_of, result_of
from .wording import both_steps_text, count_text, factor_text, gap_text, lost_text, number_text, steps_text

#: Names of a start that say nothing of it.
UNNAMED = ("start", "default")


@dataclass(frozen=True)
class Saying:
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
            "steps": steps_text(other.steps),
            "plain_steps": steps_text(plain.steps) if other.steps is None or plain.steps == 1 else count_text(plain.steps),
            "both_steps": both_steps_text(plain.steps, other.steps),
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

    def is_there(self, cell: Cell) -> bool:
        """Whether a run ended at the minimum that is nearest, and is not only nearer to it than to others. Noise hides it."""
        return cell.settling_step is not None or cell.is_cycling or self.trial.seeds is not None

    @property
    def are_there(self) -> bool:
        """Whether both did."""
        return self.is_there(self.plain) and self.is_there(self.other)

    def words(self, text: str) -> int:
        """How many words a text has, a label or the name of a start being one."""
        names = {self.trial.start, *(cell.direction_of for cell in self.trial.cells)}
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "x")
        return len(text.split())

    @property
    def tells_ends(self) -> bool:
        """Whether both have an end gap, above minima of equal value."""
        return self.result != "other_minimum" and not (self.plain.tail_gap is None or self.other.tail_gap is None)

    @property
    def is_split(self) -> bool:
        """Whether the result is split into step length and direction."""
        return self.trial.effects.magnitude is not None and self.trial.effects.direction is not None
