"""Many steps, as POST /trajectory answers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade.encoding import Arrays, Floats, stacked, thawed
from stepgrade.messages import Json
from stepgrade.results.base import Draw, Pictured, common


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Trajectory(Pictured):
    """Many steps; the first axis of every array is the recorded steps.

    Attributes
    ----------
    status : str
        `completed`, `converged` or `diverged`.
    stopped_by : str or None
        The stop rule that ended the run.
    diverged_at : int or None
        The step that was not finite; everything here ends before it.
    steps : int
        How many were taken.
    recorded : array of int, shape (recorded,)
        Step numbers, from 0, the start.
    points, gradients, updates : array of shape (recorded, *shape), dict of such arrays, or None
        A row of NaN where there is none: the update at 0, the gradient after a replay's last step.
    values : array of shape (recorded,), or None
    states : tuple of dict, or None
        One for each recorded step; each can be posted as `state`.
    measures : dict of arrays, or None
        Of each recorded step, by name.
    state : dict
        At the end: with the last point the run goes on from there.
    summary : dict
        Measures of the whole run, None where undefined.
    optimizer, objective : dict
        As resolved, to be posted back; `objective` is None for a replay.
    minimum : array, dict of arrays, or None
        The one that distances are to.
    """

    status: str
    stopped_by: str | None
    diverged_at: int | None
    steps: int
    recorded: NDArray[np.int64]
    points: Arrays | None
    values: Floats | None
    gradients: Arrays | None
    updates: Arrays | None
    states: tuple[Json, ...] | None
    measures: dict[str, Arrays] | None
    state: Json
    summary: Json
    optimizer: Json
    objective: Json | None
    minimum: Any

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str, draw: Draw | None = None) -> Trajectory:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        summary = thawed(raw["summary"])
        values, states, measures = raw.get("values"), raw.get("states"), raw.get("measures")
        return cls(
            **common(raw, request, request_id),
            status=raw["status"],
            stopped_by=raw.get("stopped_by"),
            diverged_at=raw.get("diverged_at"),
            steps=raw["steps"],
            recorded=np.asarray(raw["recorded"], dtype=np.int64),
            points=_rows(raw.get("points")),
            values=None if values is None else np.asarray(values, dtype=np.float64),
            gradients=_rows(raw.get("gradients")),
            updates=_rows(raw.get("updates")),
            states=None if states is None else tuple(thawed(each) for each in states),
            measures=None if measures is None else _columns(measures),
            state=thawed(raw["state"]),
            summary=summary,
            optimizer=raw["optimizer"],
            objective=raw.get("objective"),
            minimum=thawed(raw["minimum"]) if "minimum" in raw else summary.get("minimum"),
            _draw=draw,
        )

    def __repr__(self) -> str:
        """One line: whose run on what, how it ended, and how low."""
        subject = " replay" if self.objective is None else f" on {self.objective.get('name', 'an expression')}"
        last = np.nan if self.values is None or not self.values.size else self.values[-1]
        end = "" if np.isnan(last) else f", f = {last:.3g}"
        return f"Trajectory({self.optimizer['name']}{subject}, {self.status}, {self.steps} steps{end})"


def _rows(rows: Any) -> Arrays | None:
    return None if rows is None else stacked(rows)


def _columns(measures: Json | Sequence[Json]) -> dict[str, Arrays]:
    """Measures by name, whether they came so or a recorded step at a time."""
    if not isinstance(measures, dict):
        measures = {name: [row[name] for row in measures] for name in (measures[0] if measures else ())}
    return {name: stacked(column) for name, column in measures.items()}
