"""The difference between two optimizers, split into the effect of the step length and the effect of the direction."""

from __future__ import annotations

from dataclasses import dataclass

from stepgrade.checked import entries, flat, members_or_none, text, text_or_none, texts
from stepgrade.choices import Effect, EffectOf, Reason
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.arrivals import END_GAP, SETTLED, TOUCHED
from stepgrade.results.blocks import Block, Table, Verdict, as_html, as_text
from stepgrade.results.recorded import recorded_steps

#: The heads of the table of the four runs, and what stands under each.
CELLS = {
    "step length of": "step_length_of",
    "direction of": "direction_of",
    "status": "status",
    "settled": SETTLED,
    "touched": TOUCHED,
    "end gap": END_GAP,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Decomposition:
    """The difference between two optimizers, split into step length and direction. A positive effect is worse.

    Attributes
    ----------
    start, plain, other : str
        The start, and the labels of the two optimizers.
    cells : tuple of 4 dict
        `step_length_of`, `direction_of`, `status`, `settling_step`, `steps_to_target`, `tail_gap` and `outcome` of four runs. In
        order: the plain optimizer; the other's step length with the plain direction; the plain step length with the other's
        direction; the other optimizer. With `include` each also has `recorded`, `points` and so on, as a `Run` has them.
    outcome : str
        The quantity of the effects: `log10_settling_step`, `log10_steps_to_target` or `log10_tail_gap`.
    magnitude_effect, direction_effect, interaction : float or None
        How the outcome changes with the step length, with the direction, and how much the effect of one depends on the other. -1 is
        ten times fewer steps, or a gap ten times smaller. None if a run diverges, grows, or ends at a minimum of another value.
    standard_errors : dict or None
        With noise: the standard errors of the three effects, over `seeds` seeds.
    seeds : int or None
        The number of seeds, with noise.
    result : str
        `helped`, `hurt`, `tie`, `undecided` or `other_minimum`.
    because : str or None
        `step length`, `direction`, `both` or `interaction`.
    headline : str
        Who did better, in at most 15 words.
    verdict : str
        The headline, how both runs ended, and the reason, in at most 60 words.
    notes : tuple of str
        More facts, one sentence each.
    """

    start: str
    plain: str
    other: str
    cells: tuple[Json, ...]
    outcome: EffectOf
    magnitude_effect: float | None
    direction_effect: float | None
    interaction: float | None
    standard_errors: Json | None
    seeds: int | None
    result: Effect
    because: Reason | None
    headline: str
    verdict: str
    notes: tuple[str, ...]

    @classmethod
    def read(cls, raw: Json) -> Decomposition:
        """Read one entry of `decompose`."""
        names = (
            "start",
            "plain",
            "other",
            "outcome",
            "magnitude_effect",
            "direction_effect",
            "interaction",
            "result",
            "headline",
            "verdict",
        )
        fields: Json = {name: raw[name] for name in names} | {name: raw.get(name) for name in ("standard_errors", "seeds", "because")}
        for name in ("start", "plain", "other", "outcome", "result", "headline", "verdict"):
            text(fields[name])
        flat(fields, ("magnitude_effect", "direction_effect", "interaction", "seeds"))
        text_or_none(fields["because"]), members_or_none(fields["standard_errors"])
        return cls(cells=tuple(_cell(each) for each in entries(raw["cells"])), notes=texts(raw["notes"]), **fields)

    def __repr__(self) -> str:
        """One line: the two optimizers, the start and the result."""
        return harmless(f"Decomposition({self.other} against {self.plain} from {self.start}: {self.result})")

    def table(self) -> str:
        """Write it as plain text: the verdict, the notes, and the four runs."""
        return as_text(self._blocks())

    def _repr_html_(self) -> str:
        return as_html(self._blocks())

    @property
    def said(self) -> Verdict:
        """The headline, what the verdict adds to it, and the notes."""
        return Verdict(self.headline, self.verdict.removeprefix(self.headline).strip(), self.notes)

    def _blocks(self) -> list[Block]:
        rows = [[cell.get(name) for name in CELLS.values()] for cell in self.cells]
        return [self.said, Table((*CELLS,), rows)]


def _cell(raw: Json) -> Json:
    """A cell, what was recorded of it as arrays."""
    if "recorded" not in raw:
        return raw
    steps = {name: column for name, column in recorded_steps(raw).items() if column is not None}
    return {**raw, **steps}
