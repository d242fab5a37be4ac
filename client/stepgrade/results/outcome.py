"""What came of a comparison, as it was asked for and with the problem turned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stepgrade.checked import entries, members, number, text
from stepgrade.encoding import thawed
from stepgrade.messages import Json
from stepgrade.results.decomposition import Decomposition
from stepgrade.results.run import Run


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Outcome:
    """What came of a comparison. `outcome["rmsprop", "A"]` is one run; iterating gives all.

    Attributes
    ----------
    runs : tuple of Run
        One for each optimizer and start.
    ranking : dict of tuple of dict
        By start, best first: `rank`, `label`, `steps_to_target`, `value_gap`. Those that tie share a rank.
    matching : dict
        `mode`, `baseline`, and `changes`: what was changed, and how.
    decompose : tuple of Decomposition
        One for each start; empty where it was not asked for.
    """

    runs: tuple[Run, ...]
    ranking: dict[str, tuple[Json, ...]]
    matching: Json
    decompose: tuple[Decomposition, ...]

    @property
    def verdicts(self) -> dict[str, str]:
        """The sentences of `decompose`, by start."""
        return {each.start: each.verdict for each in self.decompose}

    def __getitem__(self, key: tuple[str, str]) -> Run:
        """The run of `[label, start]`; raises KeyError."""
        for run in self.runs:
            if (run.label, run.start) == key:
                return run
        raise KeyError(f"no run {key!r}; there are: {', '.join(repr((run.label, run.start)) for run in self.runs)}")

    def __iter__(self) -> Iterator[Run]:
        """The runs."""
        return iter(self.runs)

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self.runs)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Rotation(Outcome):
    """The same with problem and starts turned by `degrees`.

    `flips` is what comes out otherwise than at 0 degrees, dicts of `start`, `of` (ranking, result or because), `at_0` and `here`.
    """

    degrees: float
    flips: tuple[Json, ...]

    @classmethod
    def read(cls, raw: Json) -> Rotation:
        """Read one entry of `rotations`."""
        return cls(degrees=number(raw["degrees"]), flips=_flips(raw["flips"]), **outcome_fields(raw))

    def __repr__(self) -> str:
        """One line: how far it was turned, and how much that changed."""
        return f"Rotation({self.degrees:g} degrees, {len(self.runs)} runs, {len(self.flips)} flips)"


def outcome_fields(raw: Json) -> dict[str, Any]:
    """The fields of `Outcome`, as arguments."""
    return {
        "runs": tuple(Run.read(run) for run in raw["runs"]),
        "ranking": {start: _ranked(places) for start, places in raw["ranking"].items()},
        "matching": _matching(members(raw["matching"])),
        "decompose": tuple(Decomposition.read(each) for each in raw.get("decompose") or ()),
    }


def _ranked(places: Any) -> tuple[Json, ...]:
    for each in entries(places):
        number(each["rank"]), text(each["label"])
    return tuple(places)


def _matching(raw: Json) -> Json:
    text(raw["mode"])
    changes = entries(raw.get("changes") or [])
    for each in changes:
        if each.get("reason") is not None:
            text(each["reason"]), text(each["label"]), text(each["start"])
    return {**raw, "changes": tuple(thawed(change) for change in changes)}


def _flips(flips: Any) -> tuple[Json, ...]:
    for each in entries(flips):
        text(each["of"]), text(each["start"]), each["here"], each["at_0"]
    return tuple(flips)
