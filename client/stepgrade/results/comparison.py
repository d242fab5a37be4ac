"""Several optimizers on one problem, as POST /compare answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stepgrade.checked import listed as listed_json
from stepgrade.checked import members, members_or_none, named, text, whole
from stepgrade.encoding import Arrays, tensor
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.base import Draw, Pictured, aim, called, common, subject
from stepgrade.results.blocks import Block
from stepgrade.results.borrowed import current_axes, frame, literal
from stepgrade.results.columns import flattened
from stepgrade.results.outcome import Outcome, Rotation, outcome_fields
from stepgrade.results.outcome_blocks import flip_sentence, outcome_blocks
from stepgrade.results.run import Run


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Comparison(Outcome, Pictured):
    """Several optimizers on one problem. `comparison["rmsprop", "A"]` is one run; iterating gives all.

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
    verdicts : dict of str
        The sentences of `decompose`, by start.
    rotations : tuple of Rotation
        The same with the problem turned; empty where it was not asked for.
    starts : dict of arrays
        By name.
    steps : int
        How many each may take.
    target : dict or None
        What `steps_to_target` counts to; None where the objective has no minimum.
    baseline : str
        The label that matching goes by.
    objective : dict
    optimizers : tuple of dict
        As resolved, with labels, before anything was matched.
    """

    rotations: tuple[Rotation, ...]
    starts: dict[str, Arrays]
    steps: int
    target: Json | None
    baseline: str
    objective: Json
    optimizers: tuple[Json, ...]

    @classmethod
    def read(cls, raw: Json, request: Json, request_id: str, draw: Draw | None = None) -> Comparison:
        """Read an answer; raises KeyError, TypeError or ValueError where it is not one."""
        return cls(
            **common(raw, request, request_id),
            **outcome_fields(raw),
            rotations=tuple(Rotation.read(each) for each in raw.get("rotations") or ()),
            starts={name: tensor(start) for name, start in raw["starts"].items()},
            steps=whole(raw["steps"]),
            target=members_or_none(raw.get("target")),
            baseline=text(raw["baseline"]),
            objective=members(raw["objective"]),
            optimizers=tuple(named(each, "label") for each in listed_json(raw["optimizers"])),
            _draw=draw,
        )

    def __repr__(self) -> str:
        """One line: who, on what, from how many starts."""
        labels = ", ".join(each["label"] for each in self.optimizers)
        starts = f"{len(self.starts)} start{'s' if len(self.starts) != 1 else ''}"
        return harmless(f"Comparison({labels} on {called(self.objective)}, {starts}, {self.steps} steps)")

    def plot(self, ax: Any = None, **style: Any) -> Any:
        """Draw the steps to the target, a bar a run; one that missed it has an empty bar as long as the run.

        The paths are not in the answer: `client.trajectory(run.optimizer, comparison.objective, start=..., steps=...)` has one.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Else the axes of the moment, as pyplot has them.
        style
            Passed to `ax.barh`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ConfigurationError
            No axes were given, and matplotlib is missing.
        """
        ax = current_axes() if ax is None else ax
        names = [literal(f"{run.label} from {run.start}" if len(self.starts) > 1 else run.label) for run in self.runs]
        reached = [run.summary.get("steps_to_target") for run in self.runs]
        lengths = [run.steps if steps is None else steps for run, steps in zip(self.runs, reached, strict=True)]
        bars = ax.barh(range(len(names)), lengths, tick_label=names, **style)
        for bar, run, steps in zip(bars, self.runs, reached, strict=True):
            bar.set_fill(steps is not None)
            note = f"{steps:g}" if steps is not None else run.ended if run.status == "diverged" else "missed"
            ax.annotate(note, (bar.get_width(), bar.get_y() + bar.get_height() / 2), (3, 0), textcoords="offset points", va="center")
        ax.set(xlabel="steps to the target", ylim=(len(names) - 0.5, -0.5))
        return ax

    def to_pandas(self) -> Any:
        """Make a DataFrame, a row a run, those of turned problems (`degrees`) below the others.

        Its columns are `degrees`, `start`, `label`, `status`, `diverged_at`, `steps`, `lr` and the summary, every number under a name
        of its own (`sign_flips.0`). Raises ConfigurationError where pandas is missing.
        """
        turned = [(0.0, run) for run in self.runs] + [(each.degrees, run) for each in self.rotations for run in each.runs]
        rows = [{"degrees": degrees, **_row(run)} for degrees, run in turned]
        names = dict.fromkeys(name for row in rows for name in row)
        return frame({name: [row.get(name, np.nan) for row in rows] for name in names})

    def _blocks(self) -> list[Block]:
        mode = self.matching["mode"]
        matched = "not matched" if mode == "none" else f"matched by {mode} to {self.baseline}"
        title = f"{subject(self.objective)}, {self.steps} steps{aim(self.target)}, {matched}"
        blocks = outcome_blocks(self, title)
        for turned in self.rotations:
            blocks += outcome_blocks(turned, f"turned by {turned.degrees:g} degrees")
            blocks += [flip_sentence(flip) for flip in turned.flips]
        return blocks


def _row(run: Run) -> Json:
    told = {"start": run.start, "label": run.label, "status": run.status}
    numbers = {"diverged_at": run.diverged_at, "steps": run.steps, "lr": run.optimizer.get("lr"), **flattened(run.summary)}
    return {**told, **{name: np.nan if number is None else number for name, number in numbers.items()}}
