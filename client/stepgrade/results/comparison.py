"""Several optimizers on one problem, as POST /compare answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic

import numpy as np

from stepgrade.checked import listed as listed_json
from stepgrade.checked import members, members_or_none, named, text, whole
from stepgrade.encoding import Layout_co, tensor
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.arrivals import SETTLED, TOUCHED
from stepgrade.results.base import Draw, Pictured, aim, called, common, subject, touches
from stepgrade.results.blocks import Block
from stepgrade.results.borrowed import current_axes, frame, literal
from stepgrade.results.columns import flattened
from stepgrade.results.outcome import Outcome, Rotation, outcome_fields
from stepgrade.results.outcome_blocks import flip_sentence, outcome_blocks
from stepgrade.results.run import Run

#: The ways of matching that have no baseline, in words.
WITHOUT_BASELINE = {"none": "not matched", "tuned": "each learning rate tuned"}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Comparison(Outcome[Layout_co], Pictured, Generic[Layout_co]):
    """Several optimizers on one problem. `comparison["rmsprop", "A"]` is one run. A loop over it gives all runs.

    Attributes
    ----------
    runs : tuple of Run
        One per optimizer and start.
    ranking : dict of tuple of dict
        By start, the best first: `rank`, `label`, `status`, `settling_step`, `steps_to_target`, `tail_gap`, `tail_value` and
        `final_value`. Equal runs have the same rank.
    matching : dict
        `mode`, `baseline` and `changes`: the learning rates that were changed, and how.
    decompose : tuple of Decomposition
        One per start; empty without `decompose`.
    headlines, verdicts : dict of str
        Those of `decompose`, by start.
    rotations : tuple of Rotation
        The same comparison with the problem rotated; empty without `rotate`.
    starts : dict of arrays
        By name.
    steps : int, or dict of int
        The number of steps that each run may take; by label, if they differ.
    unequal_budgets : dict or None
        What differs by label, and a `note` that says what it means: `steps`, `schedule`. None if all labels have the same.
    target : dict or None
        The target, with `arrival`: `settle` or `touch`. None if the objective has no known minimum.
    baseline : str
        The label of the run that the others are matched to.
    objective : dict
        As resolved.
    optimizers : tuple of dict
        As resolved, with labels, before matching.
    """

    rotations: tuple[Rotation[Layout_co], ...]
    starts: dict[str, Layout_co]
    steps: int | dict[str, int]
    unequal_budgets: Json | None
    target: Json | None
    baseline: str
    objective: Json
    optimizers: tuple[Json, ...]

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str, draw: Draw | None = None) -> Comparison[Any]:
        """Read an answer; raises KeyError, TypeError or ValueError if it is not one."""
        starts: dict[str, Any] = {name: tensor(start) for name, start in raw["starts"].items()}
        return cls(
            **common(raw, request, request_id),
            **outcome_fields(raw),
            rotations=tuple(Rotation.read(each) for each in raw.get("rotations") or ()),
            starts=starts,
            steps=by_label(raw["steps"]),
            unequal_budgets=members_or_none(raw.get("unequal_budgets")),
            target=members_or_none(raw.get("target")),
            baseline=text(raw["baseline"]),
            objective=members(raw["objective"]),
            optimizers=tuple(named(each, "label") for each in listed_json(raw["optimizers"])),
            _draw=draw,
        )

    def __repr__(self) -> str:
        """One line: the optimizers, the objective, the number of starts and of steps."""
        labels = ", ".join(each["label"] for each in self.optimizers)
        starts = f"{len(self.starts)} start{'s' if len(self.starts) != 1 else ''}"
        return harmless(f"Comparison({labels} on {called(self.objective)}, {starts}, {self._counts} steps)")

    @property
    def _counts(self) -> str:
        """The number of steps; several if they differ by label."""
        return str(self.steps) if isinstance(self.steps, int) else " or ".join(map(str, sorted(set(self.steps.values()))))

    def plot(self, ax: Any = None, **style: Any) -> Any:
        """Draw one bar per run: its length is the settling step, and a mark shows the first touch of the target.

        A run that did not settle has an empty bar, as long as the run. With `arrival: touch` the length is the first touch.
        With `include=["points"]` each run has its path, `run.points`.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            If left out, the current axes of pyplot.
        style
            Passed to `ax.barh`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ConfigurationError
            There are no axes, and matplotlib is missing.
        """
        ax = current_axes() if ax is None else ax
        names = [literal(f"{run.label} from {run.start}" if len(self.starts) > 1 else run.label) for run in self.runs]
        by_touch = touches(self.target)
        arrived = [run.summary.get(TOUCHED if by_touch else SETTLED) for run in self.runs]
        lengths = [run.steps if steps is None else steps for run, steps in zip(self.runs, arrived, strict=True)]
        bars = ax.barh(range(len(names)), lengths, tick_label=names, **style)
        for bar, run, steps in zip(bars, self.runs, arrived, strict=True):
            bar.set_fill(steps is not None)
            missed = "target not reached" if by_touch else "not settled"
            note = f"{steps:g}" if steps is not None else missed if run.status in ("completed", "converged") else run.ended
            middle = bar.get_y() + bar.get_height() / 2
            ax.annotate(note, (bar.get_width(), middle), (3, 0), textcoords="offset points", va="center")
            if run.summary.get(TOUCHED) is not None:
                ax.plot(run.summary[TOUCHED], middle, marker="|", color="black", markersize=12)
        ax.set(xlabel="first step at the target" if by_touch else "settling step (mark: first touch)", ylim=(len(names) - 0.5, -0.5))
        return ax

    def to_pandas(self) -> Any:
        """Make a DataFrame, one row per run. The runs of rotated problems (`degrees`) stand below the others.

        Its columns are `degrees`, `start`, `label`, `status`, `diverged_at`, `steps`, `lr` and the summary, one column per number
        (`sign_flips.0`). Raises ConfigurationError if pandas is missing.
        """
        at_angles = [(0.0, run) for run in self.runs] + [(each.degrees, run) for each in self.rotations for run in each.runs]
        rows = [{"degrees": degrees, **_row(run)} for degrees, run in at_angles]
        names = dict.fromkeys(name for row in rows for name in row)
        return frame({name: [row.get(name, np.nan) for row in rows] for name in names})

    def _blocks(self) -> list[Block]:
        mode = self.matching["mode"]
        matched = WITHOUT_BASELINE.get(mode, f"matched by {mode} to {self.baseline}")
        title = f"{subject(self.objective)}, {self._counts} steps{aim(self.target)}, {matched}"
        by_touch = touches(self.target)
        blocks = outcome_blocks(self, title, by_touch=by_touch)
        for rotated in self.rotations:
            blocks += outcome_blocks(rotated, f"rotated by {rotated.degrees:g} degrees", by_touch=by_touch)
            blocks += [flip_sentence(flip) for flip in rotated.flips]
        return [*blocks, text(self.unequal_budgets["note"])] if self.unequal_budgets else blocks


def _row(run: Run[Any]) -> Json:
    facts = {"start": run.start, "label": run.label, "status": run.status}
    numbers = {"diverged_at": run.diverged_at, "steps": run.steps, "lr": run.optimizer.get("lr"), **flattened(run.summary)}
    return {**facts, **{name: np.nan if number is None else number for name, number in numbers.items()}}


def by_label(steps: Any) -> int | dict[str, int]:
    """A number of steps, or one by label."""
    return {label: whole(count) for label, count in steps.items()} if isinstance(steps, dict) else whole(steps)
