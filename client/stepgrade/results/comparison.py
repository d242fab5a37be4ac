"""Several optimizers on one problem, as POST /compare answers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepgrade.checked import entries, flat, members, members_or_none, named, number, text, text_or_none, whole, whole_or_none
from stepgrade.checked import listed as listed_json
from stepgrade.encoding import Arrays, tensor, thawed
from stepgrade.messages import Json
from stepgrade.plain_text import harmless
from stepgrade.results.base import Draw, Pictured, aim, called, common, subject
from stepgrade.results.blocks import Block, Table, cell
from stepgrade.results.borrowed import current_axes, frame, literal
from stepgrade.results.columns import flattened, listed

#: A head of the table, and the measure of the summary under it; as in the table of the documentation of measures.
MEASURES = {
    "T": "steps_to_target",
    "first": "first_step",
    "effic.": "path_efficiency",
    "descent": "descent_cosine",
    "target": "target_cosine",
    "turning": "turning_cosine",
    "flips": "sign_flips",
}


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


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Decomposition:
    """A lead split in two, the step length and the direction. Positive effects are worse.

    Attributes
    ----------
    start, plain, other : str
        From where, and the labels of the two.
    cells : tuple of 4 dict
        `step_length_of`, `direction_of`, `steps_to_target`, `value_gap`, `status` and `outcome`: plain and plain, the other's length
        with plain's direction, plain's length with the other's direction, other and other.
    outcome : str
        What the effects are measured in: `log10_steps_to_target` or `log10_value_gap`.
    magnitude_effect, direction_effect, interaction : float or None
    standard_errors : dict or None
        With noise those of the three, over `seeds` seeds.
    seeds : int or None
    result : str
        `helped`, `hurt`, `tie` or `undecided`.
    because : str or None
        `step length`, `direction`, `both` or `interaction`.
    verdict : str
        The same as a sentence.
    """

    start: str
    plain: str
    other: str
    cells: tuple[Json, ...]
    outcome: str
    magnitude_effect: float | None
    direction_effect: float | None
    interaction: float | None
    standard_errors: Json | None
    seeds: int | None
    result: str
    because: str | None
    verdict: str

    @classmethod
    def read(cls, raw: Json) -> Decomposition:
        """Read one entry of `decompose`."""
        names = ("start", "plain", "other", "outcome", "magnitude_effect", "direction_effect", "interaction", "result", "verdict")
        fields: Json = {name: raw[name] for name in names} | {name: raw.get(name) for name in ("standard_errors", "seeds", "because")}
        for name in ("start", "plain", "other", "outcome", "result", "verdict"):
            text(fields[name])
        flat(fields, ("magnitude_effect", "direction_effect", "interaction", "seeds"))
        text_or_none(fields["because"]), members_or_none(fields["standard_errors"])
        return cls(cells=entries(raw["cells"]), **fields)

    def __repr__(self) -> str:
        """One line: who against whom, from where, and what came of it."""
        return harmless(f"Decomposition({self.other} against {self.plain} from {self.start}: {self.result})")


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

    def __repr__(self) -> str:
        """One line: how far it was turned, and how much that changed."""
        return f"Rotation({self.degrees:g} degrees, {len(self.runs)} runs, {len(self.flips)} flips)"


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
        turned = raw.get("rotations") or ()
        return cls(
            **common(raw, request, request_id),
            **_outcome(raw),
            rotations=tuple(Rotation(degrees=number(each["degrees"]), flips=_flips(each["flips"]), **_outcome(each)) for each in turned),
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
        blocks = _outcome_blocks(self, title)
        for turned in self.rotations:
            blocks += _outcome_blocks(turned, f"turned by {turned.degrees:g} degrees")
            blocks += [_flip(flip) for flip in turned.flips]
        return blocks


def _outcome(raw: Json) -> dict[str, Any]:
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


def _row(run: Run) -> Json:
    told = {"start": run.start, "label": run.label, "status": run.status}
    numbers = {"diverged_at": run.diverged_at, "steps": run.steps, "lr": run.optimizer.get("lr"), **flattened(run.summary)}
    return {**told, **{name: np.nan if number is None else number for name, number in numbers.items()}}


def _outcome_blocks(outcome: Outcome, title: str) -> list[Block]:
    """A table of the runs, then the ranking, what could not be matched, and the verdicts as sentences."""
    starts = list(dict.fromkeys(run.start for run in outcome.runs))
    runs = sorted(outcome.runs, key=lambda run: starts.index(run.start))
    measured = [[listed(run.summary.get(name)) for name in MEASURES.values()] for run in runs]
    rows = [(run.start, run.label, _rate(run), *row, _end(run)) for run, row in zip(runs, measured, strict=True)]
    places = [f"From {start}: {_places(ranked)}." for start, ranked in outcome.ranking.items()]
    unmatched = [f"{each['label']} from {each['start']}: {each['reason']}" for each in outcome.matching["changes"] if each.get("reason")]
    return [Table(("start", "label", "lr", *MEASURES, "end"), rows, title), *places, *unmatched, *outcome.verdicts.values()]


def _rate(run: Run) -> Any:
    rate = run.optimizer.get("lr")
    return "by tensor" if isinstance(rate, Mapping) else rate


def _end(run: Run) -> Any:
    """The value at the end, if it is one."""
    return run.summary.get("final_value") if run.status != "diverged" else run.ended


def _places(ranked: Sequence[Json]) -> str:
    return ", ".join(f"{each['rank']}. {each['label']} ({_result(each)})" for each in ranked)


def _result(place: Json) -> str:
    steps, gap, value = (place.get(name) for name in ("steps_to_target", "value_gap", "final_value"))
    if steps is not None:
        return f"{cell(steps)} steps"
    if gap is not None:
        return f"missed, value gap {cell(gap)}"
    return "diverged" if value is None else f"value {cell(value)}"


def _flip(flip: Json) -> str:
    what = {"because": "reason"}.get(flip["of"], flip["of"])
    return f"From {flip['start']} the {what} is {_told(flip['here'])} here; it was {_told(flip['at_0'])}."


def _told(value: Any) -> str:
    if value is None:
        return "none that can be named"
    return ", ".join(map(_told, value)) if isinstance(value, list) else str(value)
