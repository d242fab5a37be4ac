"""One optimizer from one start, in a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, cast

import numpy as np
from numpy.typing import NDArray

from stepgrade.checked import entries, flat, members, members_or_none, text, text_or_none, whole, whole_or_none
from stepgrade.choices import Status
from stepgrade.encoding import Floats, Layout_co, thawed
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.arrivals import END_GAP, SETTLED, TOUCHED, arrival_words
from stepgrade.results.measures import RunMeasures, Summary
from stepgrade.results.recorded import recorded_steps


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Run(Generic[Layout_co]):
    """One optimizer from one start.

    Attributes
    ----------
    label, start : str
        The label of the optimizer, and the name of the start.
    status : str
        `completed`, `converged`, `growing` (it ends far above its start) or `diverged`.
    diverged_at : int or None
        With noise: the earliest step over the seeds.
    detail : str or None
        Why it diverged, if it did.
    steps : int
        The number of steps that it took.
    summary : dict
        As for a `Trajectory`. With noise: the means over the seeds.
    optimizer : dict
        The optimizer as it ran, with the learning rate that matching gave it.
    matched : bool or None
        Whether the service found a learning rate that matches. None without matching.
    step_length_of : str or None
        With `graft`: the label of the run that it takes its step length from.
    seeds : tuple of dict
        With noise: the outcome of each seed.
    spread : dict or None
        With noise: the sample standard deviation over the seeds, by measure.
    recorded, points, values, gradients, updates, measures : arrays, or None
        With `include`: as for a `Trajectory`. With noise: of the run of the first seed. None if they are not included.
    """

    label: str
    start: str
    status: Status
    diverged_at: int | None
    detail: str | None
    steps: int
    summary: Summary
    optimizer: Json
    matched: bool | None
    step_length_of: str | None
    seeds: tuple[Json, ...]
    spread: Json | None
    recorded: NDArray[np.int64] | Any = None
    points: Layout_co | Any = None
    values: Floats | Any = None
    gradients: Layout_co | Any = None
    updates: Layout_co | Any = None
    measures: RunMeasures[Layout_co] | Any = None

    @classmethod
    def read(cls, raw: Json) -> Run[Any]:
        """Read one entry of `runs`."""
        summary = members(raw["summary"])
        flat(summary, (TOUCHED, SETTLED, END_GAP, "final_value"))
        summary[SETTLED]  # engine 1 had none
        return cls(
            label=text(raw["label"]),
            start=text(raw["start"]),
            status=cast(Status, text(raw["status"])),
            diverged_at=whole_or_none(raw.get("diverged_at")),
            detail=text_or_none(raw.get("detail")),
            steps=whole(raw["steps"]),
            summary=thawed(summary),
            optimizer=members(raw["optimizer"]),
            matched=raw.get("matched"),
            step_length_of=text_or_none(raw.get("step_length_of")),
            seeds=entries(raw.get("seeds") or []),
            spread=thawed(members_or_none(raw.get("spread"))),
            **(recorded_steps(raw) if "recorded" in raw else {}),
        )

    @property
    def ended(self) -> str:
        """The status, with the step where it diverged."""
        return self.status + ("" if self.diverged_at is None else f" at {self.diverged_at}")

    def __repr__(self) -> str:
        """One line: the optimizer, the start, the status and the arrival."""
        return harmless(f"Run({self.label} from {self.start}, {self.ended}, {arrival_words(self.summary)})")
