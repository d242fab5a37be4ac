"""Many steps, as POST /trajectory answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, cast

import numpy as np
from numpy.typing import NDArray

from stepgrade.checked import entries, members, members_or_none, named, text, text_or_none, whole, whole_or_none
from stepgrade.choices import Status, StopRule
from stepgrade.encoding import Floats, Layout_co, thawed
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.arrivals import TOUCHED, arrival_words
from stepgrade.results.axis_names import axis_names
from stepgrade.results.base import Draw, Pictured, called, common, subject
from stepgrade.results.blocks import LEFT_OUT, Block, Table
from stepgrade.results.borrowed import current_axes, frame, literal
from stepgrade.results.colors import INK, stroke
from stepgrade.results.columns import columns, listed
from stepgrade.results.layout import refuse_other_rows
from stepgrade.results.measures import RunMeasures, Summary
from stepgrade.results.recorded import recorded_steps

SHOWN_STEPS = 6  # in a table, half of them from either end
SHOWN_COORDINATES = 4
START = 60.0  # the area of the circle at a start, in square points


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Trajectory(Pictured, Generic[Layout_co]):
    """Many steps. The first axis of every array is the recorded steps.

    A type checker knows the layout: `Trajectory[Floats]` has arrays, `Trajectory[NamedFloats]` has dicts of arrays. It does not know
    what the request includes, so it does not ask for a check of None.

    Attributes
    ----------
    status : str
        `completed`, `converged`, `growing` (it ends far above its start) or `diverged`.
    stopped_by : str or None
        The stop rule that ended the run.
    diverged_at : int or None
        The step that was not finite. Everything here ends before it.
    detail : str or None
        Why the run diverged, if it did.
    steps : int
        The number of steps that it took.
    recorded : array of int, shape (recorded,)
        The numbers of the recorded steps. 0 is the start.
    points, gradients, updates : array of shape (recorded, *shape), dict of such arrays, or None
        A missing row is NaN: the update at step 0, the gradient after the last step of a replay.
    values : array of shape (recorded,), or None
        The objective at the points. In a replay: the posted `values`.
    states : tuple of dict, or None
        One per recorded step. Each can be the `state` of another request.
    measures : dict of arrays, or None
        One value per recorded step, by name. `effective_lr` has the layout of the points.
    state : dict
        The state at the end. With it and the last point, another request continues the run.
    summary : dict
        Measures of the whole run, None if undefined. `steps_to_target` is the first touch of the target; `settling_step` is the
        first step from which the run stays there; `tail_gap` is the mean value gap over the last tenth of the points.
    optimizer, objective : dict
        As resolved. They can be used in another request. `objective` is None for a replay.
    minimum : array, dict of arrays, or None
        The minimum that distances are measured to.
    """

    status: Status
    stopped_by: StopRule | None
    diverged_at: int | None
    detail: str | None
    steps: int
    recorded: NDArray[np.int64]
    points: Layout_co | Any
    values: Floats | Any
    gradients: Layout_co | Any
    updates: Layout_co | Any
    states: tuple[Json, ...] | Any
    measures: RunMeasures[Layout_co] | Any
    state: Json
    summary: Summary
    optimizer: Json
    objective: Json | None
    minimum: Any

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str, draw: Draw | None = None) -> Trajectory[Any]:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        summary = thawed(members(raw["summary"]))
        states, parts = raw.get("states"), recorded_steps(raw)
        refuse_other_rows(request.get("start"), (parts["points"], parts["gradients"], parts["updates"]))
        return cls(
            **common(raw, request, request_id),
            status=cast(Status, text(raw["status"])),
            stopped_by=cast(StopRule | None, text_or_none(raw.get("stopped_by"))),
            diverged_at=whole_or_none(raw.get("diverged_at")),
            detail=text_or_none(raw.get("detail")),
            steps=whole(raw["steps"]),
            **parts,
            states=None if states is None else tuple(thawed(each) for each in entries(states)),
            state=thawed(members(raw["state"])),
            summary=summary,
            optimizer=named(raw["optimizer"]),
            objective=members_or_none(raw.get("objective")),
            minimum=thawed(raw["minimum"]) if "minimum" in raw else summary.get("minimum"),
            _draw=draw,
        )

    def __repr__(self) -> str:
        """One line: the optimizer, the objective, the status, the last value and the arrival."""
        where = " replay" if self.objective is None else f" on {called(self.objective)}"
        last = np.nan if self.values is None or not self.values.size else self.values[-1]
        end = "" if np.isnan(last) else f", f = {last:.3g}"
        arrived = "" if self.summary.get(TOUCHED) is None else f", {arrival_words(self.summary)}"
        return f"Trajectory({called(self.optimizer)}{where}, {harmless(self.status)}, {self.steps} steps{end}{arrived})"

    def plot(self, ax: Any = None, **style: Any) -> Any:
        """Draw one line: the path on equal axes if there are two parameters, else the values against the steps.

        A circle marks the start of a path. Each line on the same axes has another colour and other dashes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            If left out, the current axes of pyplot.
        style
            Passed to `ax.plot`, as in `color="black"`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ConfigurationError
            There are no axes, and matplotlib is missing.
        InvalidArgument
            The result has neither points of two parameters nor values.
        """
        path = columns("point", self.points, 3)
        if len(path) != 2 and self.values is None:
            raise InvalidArgument("The result has neither points of two parameters nor values. Ask for them: include points or values.")
        ax = current_axes() if ax is None else ax
        rate = self.optimizer.get("lr")
        label = self.optimizer["name"] + (f", lr {rate:g}" if isinstance(rate, float) else "")
        style = {"label": literal(label), **stroke(ax, style), **style}
        if len(path) == 2:
            (line,) = ax.plot(*path.values(), **style)
            start = [column[:1] for column in path.values()]
            ax.scatter(*start, s=START, facecolors="white", edgecolors=INK, linewidths=1.5, zorder=line.get_zorder() + 0.5)
            across, up = axis_names(list(path), self.objective)
            ax.set(xlabel=literal(across), ylabel=literal(up), aspect="equal")
        else:
            ax.plot(self.recorded, self.values, **style)
            ax.set(xlabel="step", ylabel="value")
        return ax

    def to_pandas(self) -> Any:
        """Make a DataFrame, one row per recorded step.

        Its columns are `step`, one column per number of the included quantities (`point.0`, `point.W1.0.3`, `value`, `gradient.0`,
        `update.0`), and the measures by name (`distance`, `effective_lr.0`). They are the columns of the service's CSV, without the
        states. Raises ConfigurationError if pandas is missing.
        """
        return frame({"step": self.recorded, **self._recorded()})

    def _recorded(self) -> dict[str, Floats]:
        """One column per number of a recorded step."""
        named = {"point": self.points, "value": self.values, "gradient": self.gradients, "update": self.updates}
        parts = [columns(name, arrays) for name, arrays in named.items()]
        measures: Any = self.measures or {}
        parts += [columns(name, arrays) for name, arrays in measures.items()]
        return {name: column for part in parts for name, column in part.items()}

    def _blocks(self) -> list[Block]:
        ended = self.status + (f" by {self.stopped_by}" if self.stopped_by else "")
        ended += "" if self.diverged_at is None else f" at step {self.diverged_at}"
        why = "" if self.detail is None else f". {self.detail}"
        facts = [(name, listed(_yes_or_no(value))) for name, value in self.summary.items()]
        summary = Table(("summary", ""), facts, f"{self.optimizer['name']} on {subject(self.objective)}: {ended}, {self.steps} steps{why}")
        return [summary, self._ends()]

    def _ends(self) -> Table:
        """The first and the last recorded steps, as many as fit."""
        shown = {**columns("point", self.points, SHOWN_COORDINATES), **columns("value", self.values)}
        count, half = len(self.recorded), SHOWN_STEPS // 2
        chosen = range(count) if count <= SHOWN_STEPS else [*range(half), *range(count - half, count)]
        rows: list[tuple[Any, ...]] = [(int(self.recorded[k]), *(float(column[k]) for column in shown.values())) for k in chosen]
        if count > SHOWN_STEPS:
            rows.insert(half, (LEFT_OUT,) * (1 + len(shown)))
        return Table(("step", *shown), rows)


def _yes_or_no(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
