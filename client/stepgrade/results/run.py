"""One optimizer from one start, in a comparison."""

from __future__ import annotations

from dataclasses import dataclass

from stepgrade.checked import entries, flat, members, members_or_none, text, text_or_none, whole, whole_or_none
from stepgrade.encoding import thawed
from stepgrade.messages import Json
from stepgrade.plain_text import harmless


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Run:
    """One optimizer from one start.

    Attributes
    ----------
    label, start : str
    status : str
        `completed` or `diverged`.
    diverged_at : int or None
        With noise the earliest of the seeds'.
    steps : int
        How many were taken.
    summary : dict
        As of a `Trajectory`; with noise the means over the seeds.
    optimizer : dict
        As it ran, with the learning rate that matching gave it.
    matched : bool or None
        Whether a learning rate was found that matches; None where none was looked for.
    step_length_of : str or None
        Whose step length it took, where it was grafted.
    seeds : tuple of dict
        With noise the outcome of each seed.
    spread : dict or None
        With noise the sample standard deviation over the seeds, by measure.
    """

    label: str
    start: str
    status: str
    diverged_at: int | None
    steps: int
    summary: Json
    optimizer: Json
    matched: bool | None
    step_length_of: str | None
    seeds: tuple[Json, ...]
    spread: Json | None

    @classmethod
    def read(cls, raw: Json) -> Run:
        """Read one entry of `runs`."""
        flat(members(raw["summary"]), ("steps_to_target", "final_value"))
        return cls(
            label=text(raw["label"]),
            start=text(raw["start"]),
            status=text(raw["status"]),
            diverged_at=whole_or_none(raw.get("diverged_at")),
            steps=whole(raw["steps"]),
            summary=thawed(raw["summary"]),
            optimizer=members(raw["optimizer"]),
            matched=raw.get("matched"),
            step_length_of=text_or_none(raw.get("step_length_of")),
            seeds=entries(raw.get("seeds") or []),
            spread=thawed(members_or_none(raw.get("spread"))),
        )

    @property
    def ended(self) -> str:
        """How it ended, in a word or two."""
        return self.status + ("" if self.diverged_at is None else f" at {self.diverged_at}")

    def __repr__(self) -> str:
        """One line: who from where, and when it was there."""
        reached = self.summary.get("steps_to_target")
        told = f"Run({self.label} from {self.start}, {self.ended}, target {'missed' if reached is None else f'at {reached:g}'})"
        return harmless(told)
