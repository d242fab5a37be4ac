"""For teachers: probes that distinguish mistakes, and audits of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stepgrade.checked import entries, named, number_or_none, text, whole
from stepgrade.messages import Json
from stepgrade.results.base import Result, called, common


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Probe(Result):
    """Requests whose answers distinguish every known mistake from the correct answer, and from the other mistakes.

    Attributes
    ----------
    reference : tuple of dict
        Requests of /step or /trajectory, for `Client.check`.
    gap : float or None
        The smallest relative difference between two formulas, for each pair on the input that shows it best.
    same : tuple of (str, str)
        Pairs of codes with the same formula. No input can distinguish them.
    catalogue : int
        The number of mistakes that were tried.
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
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        return cls(
            **common(raw, request, request_id),
            reference=entries(raw["reference"]),
            gap=number_or_none(raw.get("gap")),
            same=tuple((text(one), text(other)) for one, other in raw.get("same", ())),
            catalogue=whole(raw.get("catalogue", 0)),
            optimizer=named(raw["optimizer"]),
        )

    def __repr__(self) -> str:
        """One line: the optimizer and the counts."""
        return f"Probe({called(self.optimizer)}, {len(self.reference)} requests, {self.catalogue} mistakes)"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Audit(Result):
    """The mistakes that a test catches and misses. Both are empty if the service knows no mistakes of the optimizer.

    Attributes
    ----------
    catches : tuple of dict
        `code` and `title` of each mistake that the test catches.
    lets_through : tuple of dict
        The mistakes that the test misses: `code`, `title`, `kind`, and `probe`, a request that shows the mistake. The probe is None
        if the mistake is the same formula.
    probes : tuple of dict
        The smallest list of requests that catches the missed mistakes.
    optimizer : dict
        As resolved.
    """

    catches: tuple[Json, ...]
    lets_through: tuple[Json, ...]
    probes: tuple[Json, ...]
    optimizer: Json

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str) -> Audit:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        parts: dict[str, Any] = {name: entries(raw[name]) for name in ("catches", "lets_through", "probes")}
        for each in parts["lets_through"]:
            text(each["code"]), text(each["kind"]), text(each["title"])
        return cls(**common(raw, request, request_id), **parts, optimizer=named(raw["optimizer"]))

    def __repr__(self) -> str:
        """One line: the optimizer and the counts."""
        return f"Audit({called(self.optimizer)}, catches {len(self.catches)}, misses {len(self.lets_through)})"
