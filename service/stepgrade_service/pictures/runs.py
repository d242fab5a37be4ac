"""Runs to be drawn: what they are called, and what tells them apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from ..engine.conventions import CONVENTIONS
from ..engine.conventions.resolve import default_convention, resolve
from ..engine.faults import plain
from ..engine.trajectory import Trajectory
from .theme import Stroke, Theme

#: Labels and names of axes longer than this are cut: a picture is no place for them.
LONGEST_LABEL, LONGEST_NAME = 60, 30


@dataclass(frozen=True)
class Labelled:
    """A trajectory under a name; without one it goes by its optimizer's."""

    label: str | None
    trajectory: Trajectory

    @property
    def optimizer(self) -> str:
        return self.trajectory.plan.choice.optimizer.name

    @property
    def name(self) -> str:
        """The label, and the optimizer's own name where the label does not say it."""
        if self.label is None:
            return self.optimizer
        label = shortened(self.label, LONGEST_LABEL)
        return label if self._says_optimizer else f"{label} ({self.optimizer})"

    @property
    def _says_optimizer(self) -> bool:
        """Whether a word of the label is one of the optimizer's names in any convention, as gd is one of sgd's."""
        assert self.label is not None
        words = {plain(word) for word in (self.label, *re.split(r"[^\w-]+", self.label))}
        named = [convention.by_name[word][0].optimizer for convention in CONVENTIONS.values() for word in words & set(convention.by_name)]
        return self.optimizer in named

    @property
    def convention(self) -> str:
        return self.trajectory.plan.choice.convention

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Everything that was set: hyperparameters and switches, schedule, noise and the number of steps."""
        plan = self.trajectory.plan
        settings = {"convention": self.convention, **plan.choice.settings, "steps": plan.steps}
        for name in ("schedule", "noise", "stop"):
            if name in plan.echoes:
                settings[name] = plan.echoes[name]
        return settings

    @cached_property
    def untouched(self) -> Mapping[str, Any]:
        """The hyperparameters with every mode as the convention has it, and the convention that goes without saying."""
        numbers = {name: value for name, value in self.trajectory.plan.choice.settings.items() if not isinstance(value, bool | str)}
        choice = resolve({"name": self.optimizer, "convention": self.convention, **numbers})
        return {"convention": default_convention(self.optimizer), **choice.settings}

    @property
    def ending(self) -> str | None:
        """How the run ended, if otherwise than by its last step."""
        run = self.trajectory
        if run.diverged_at is not None:
            return f"diverged at step {run.diverged_at}"
        return f"stopped by {run.stopped_by} after step {run.steps}" if run.stopped_by else None


@dataclass(frozen=True)
class Drawn:
    """A run as it appears: its caption in the legend, and its stroke. Runs of one caption share a stroke."""

    run: Labelled
    caption: str
    stroke: Stroke

    @property
    def trajectory(self) -> Trajectory:
        return self.run.trajectory


@dataclass(frozen=True)
class Cast:
    """All the runs of a picture, by panel, and the settings that they share."""

    panels: tuple[tuple[Drawn, ...], ...]
    common: str

    @property
    def all(self) -> tuple[Drawn, ...]:
        return tuple(drawn for panel in self.panels for drawn in panel)


def cast(panels: Sequence[Sequence[Labelled]], theme: Theme) -> Cast:
    """Give each run its caption, which names what sets it apart from the others, and its stroke."""
    runs = [run for panel in panels for run in panel]
    own, common = tell_apart(runs)
    captions = [f"{run.name}: {settings}" if settings else run.name for run, settings in zip(runs, own, strict=True)]
    strokes = {caption: theme.stroke(number) for number, caption in enumerate(dict.fromkeys(captions))}
    drawn = iter([Drawn(run, caption, strokes[caption]) for run, caption in zip(runs, captions, strict=True)])
    return Cast(tuple(tuple(islice(drawn, len(panel))) for panel in panels), common)


def tell_apart(runs: Sequence[Labelled]) -> tuple[list[str], str]:
    """Say of each run which settings set it apart, and of all which they share.

    What says nothing is left out: a number that is 0 and a mode as the convention has it, unless another run of the same
    optimizer has something else there.
    """
    told = [{name for name in run.settings if _worth_telling(name, run, runs)} for run in runs]
    first = runs[0].settings
    common = [name for name in first if name in told[0] and all(run.settings.get(name) == first[name] for run in runs)]
    own = [
        _listed({name: value for name, value in run.settings.items() if name in names and name not in common})
        for run, names in zip(runs, told, strict=True)
    ]
    return own, _listed({name: first[name] for name in common})


def _worth_telling(name: str, run: Labelled, runs: Sequence[Labelled]) -> bool:
    """Whether a reader of these runs needs to know one setting of one of them."""
    value = run.settings[name]
    alike = [other for other in runs if other.optimizer == run.optimizer]
    if any(other.settings.get(name) != value for other in alike):
        return True
    return bool(value != run.untouched.get(name)) if isinstance(value, bool | str) else bool(value != 0)


def _listed(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={written(value)}" for name, value in settings.items())


def written(value: Any) -> str:
    """A setting's value as it is read in a legend."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {written(part)}" for name, part in value.items()) + ")"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "(" + ", ".join(map(written, value[:3])) + (", ...)" if len(value) > 3 else ")")
    return shortened(str(value))


def one_line(text: str) -> str:
    """A text from outside in one line, without what cannot be printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """A name from outside in one line of bearable length."""
    line = one_line(name)
    return line if len(line) <= longest else line[: longest - 3] + "..."


def named_start(run: Labelled) -> str:
    """The name of the run's start among those of its objective, else `start`."""
    plan = run.trajectory.plan
    starts = plan.problem.facts.starts if plan.problem else {}
    names = [name for name, point in starts.items() if list(point) == plan.start.tolist()]
    return names[0] if names and names[0] != "default" else "start"


def subject(run: Labelled) -> str:
    """What the run ran on: the objective's title, and the parameters that shape it."""
    problem = run.trajectory.plan.problem
    if problem is None:
        return "Replay of posted gradients"
    shape = {name: value for name, value in problem.echo.items() if name not in ("name", "dimension") and np.any(value)}
    size = "" if problem.dimension == 2 else f", {problem.dimension} parameter{'s' if problem.dimension > 1 else ''}"
    return problem.objective.title + size + (f", {_listed(shape)}" if shape else "")
