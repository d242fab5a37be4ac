"""A lead split in two: how much of it is the step length, and how much the direction."""

from __future__ import annotations

from dataclasses import dataclass

from stepgrade.checked import entries, flat, members_or_none, text, text_or_none
from stepgrade.messages import Json
from stepgrade.plain_text import harmless


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Decomposition:
    """A lead split in two, the step length and the direction. Positive effects are worse.

    Attributes
    ----------
    start, plain, other : str
        From where, and the labels of the two.
    cells : tuple of 4 dict
        `step_length_of`, `direction_of`, `steps_to_target`, `value_gap`, `status` and `outcome`: plain and plain, the other's length
        with plain's direction, plain's length with the other's direction, other and other.
    outcome : str
        What the effects are measured in: `log10_steps_to_target` or `log10_value_gap`.
    magnitude_effect, direction_effect, interaction : float or None
    standard_errors : dict or None
        With noise those of the three, over `seeds` seeds.
    seeds : int or None
    result : str
        `helped`, `hurt`, `tie` or `undecided`.
    because : str or None
        `step length`, `direction`, `both` or `interaction`.
    verdict : str
        The same as a sentence.
    """

    start: str
    plain: str
    other: str
    cells: tuple[Json, ...]
    outcome: str
    magnitude_effect: float | None
    direction_effect: float | None
    interaction: float | None
    standard_errors: Json | None
    seeds: int | None
    result: str
    because: str | None
    verdict: str

    @classmethod
    def read(cls, raw: Json) -> Decomposition:
        """Read one entry of `decompose`."""
        names = ("start", "plain", "other", "outcome", "magnitude_effect", "direction_effect", "interaction", "result", "verdict")
        fields: Json = {name: raw[name] for name in names} | {name: raw.get(name) for name in ("standard_errors", "seeds", "because")}
        for name in ("start", "plain", "other", "outcome", "result", "verdict"):
            text(fields[name])
        flat(fields, ("magnitude_effect", "direction_effect", "interaction", "seeds"))
        text_or_none(fields["because"]), members_or_none(fields["standard_errors"])
        return cls(cells=entries(raw["cells"]), **fields)

    def __repr__(self) -> str:
        """One line: who against whom, from where, and what came of it."""
        return harmless(f"Decomposition({self.other} against {self.plain} from {self.start}: {self.result})")
