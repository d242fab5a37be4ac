"""The results of a comparison: of the problem as it is, and of the rotated problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic

from stepgrade.checked import entries, flat, members, number, text
from stepgrade.encoding import Layout_co, thawed
from stepgrade.messages import Json
from stepgrade.results.arrivals import END_GAP, SETTLED, TOUCHED
from stepgrade.results.decomposition import Decomposition
from stepgrade.results.run import Run


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Outcome(Generic[Layout_co]):
    """The results of a comparison. `outcome["rmsprop", "A"]` is one run. A loop over it gives all runs.

    Attributes
    ----------
    runs : tuple of Run
        One per optimizer and start.
    ranking : dict of tuple of dict
        By start, the best first: `rank`, `label`, `status`, `settling_step`, `steps_to_target`, `tail_gap`, `tail_value` and
        `final_value`. Equal runs have the same rank.
    matching : dict
        `mode`, `baseline` and `changes`. With `tuned` each change has `rates`, and for each rate `settling_step` (or
        `steps_to_target`) and `tail_gap`.
    decompose : tuple of Decomposition
        One per start; empty without `decompose`.
    """

    runs: tuple[Run[Layout_co], ...]
    ranking: dict[str, tuple[Json, ...]]
    matching: Json
    decompose: tuple[Decomposition, ...]

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdicts of `decompose`, by start."""
        return {each.start: each.verdict for each in self.decompose}

    @property
    def headlines(self) -> dict[str, str]:
        """The headlines of `decompose`, by start."""
        return {each.start: each.headline for each in self.decompose}

    def __getitem__(self, key: tuple[str, str]) -> Run[Layout_co]:
        """The run of `[label, start]`; raises KeyError."""
        for run in self.runs:
            if (run.label, run.start) == key:
                return run
        raise KeyError(f"There is no run {key!r}. The runs are: {', '.join(repr((run.label, run.start)) for run in self.runs)}")

    def __iter__(self) -> Iterator[Run[Layout_co]]:
        """The runs."""
        return iter(self.runs)

    def __len__(self) -> int:
        """The number of runs."""
        return len(self.runs)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Rotation(Outcome[Layout_co]):
    """The same comparison with the problem and its starts rotated by `degrees`.

    `flips` lists what differs from 0 degrees, as dicts of `start`, `of` (ranking, result or because), `at_0` and `here`.
    """

    degrees: float
    flips: tuple[Json, ...]

    @classmethod
    def read(cls, raw: Json) -> Rotation[Any]:
        """Read one entry of `rotations`."""
        return cls(degrees=number(raw["degrees"]), flips=_flips(raw["flips"]), **outcome_fields(raw))

    def __repr__(self) -> str:
        """One line: the angle, and the number of differences."""
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
        number(each["rank"]), text(each["label"]), text(each["status"])
        flat(each, (SETTLED, TOUCHED, END_GAP, "tail_value", "final_value"))
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
