"""What the service knows for teachers: probes that tell mistakes apart, and what a test of theirs lets through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stepgrade.checked import entries, named, number_or_none, text, whole
from stepgrade.messages import Json
from stepgrade.results.base import Result, called, common


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Probe(Result):
    """Requests whose answers tell every mistake in the catalogue from the right answer and from each other.

    Attributes
    ----------
    reference : tuple of dict
        /step or /trajectory requests, as `Client.check` takes them.
    gap : float or None
        The smallest relative difference between two formulas, each pair on the input that shows it best.
    same : tuple of (str, str)
        Codes that no input tells apart, for they are the same formula.
    catalogue : int
        How many mistakes were tried.
    optimizer : dict
        As resolved.
    """

    reference: tuple[Json, ...]
    gap: float | None
    same: tuple[tuple[str, str], ...]
    catalogue: int
    optimizer: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Probe:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        return cls(
            **common(raw, request, request_id),
            reference=entries(raw["reference"]),
            gap=number_or_none(raw.get("gap")),
            same=tuple((text(one), text(other)) for one, other in raw.get("same", ())),
            catalogue=whole(raw.get("catalogue", 0)),
            optimizer=named(raw["optimizer"]),
        )

    def __repr__(self) -> str:
        """One line: of what, and how many."""
        return f"Probe({called(self.optimizer)}, {len(self.reference)} requests, {self.catalogue} mistakes)"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Audit(Result):
    """What a test catches and what it lets through; both are empty where the service does not know mistakes of the optimizer yet.

    Attributes
    ----------
    catches : tuple of dict
        `code` and `title` of each mistake that the test catches.
    lets_through : tuple of dict
        Of each that it does not: `code`, `title`, `kind`, and `probe`, a request that shows it; None where it is the same formula.
    probes : tuple of dict
        The fewest requests that, added to the test, leave no hole.
    optimizer : dict
        As resolved.
    """

    catches: tuple[Json, ...]
    lets_through: tuple[Json, ...]
    probes: tuple[Json, ...]
    optimizer: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Audit:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        told: dict[str, Any] = {name: entries(raw[name]) for name in ("catches", "lets_through", "probes")}
        for each in told["lets_through"]:
            text(each["code"]), text(each["kind"]), text(each["title"])
        return cls(**common(raw, request, request_id), **told, optimizer=named(raw["optimizer"]))

    def __repr__(self) -> str:
        """One line: of what, and how many."""
        return f"Audit({called(self.optimizer)}, catches {len(self.catches)}, lets {len(self.lets_through)} through)"
