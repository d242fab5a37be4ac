"""Runs to be drawn: what they are called, and what tells them apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..engine.conventions import CONVENTIONS
from ..engine.conventions.resolve import default_convention, resolve
from ..engine.faults import plain
from ..engine.trajectory import Trajectory

#: Names longer than this are cut: a picture is no place for them.
LONGEST_NAME = 40


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
        label = shortened(self.label)
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

    @property
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
        """The hyperparameters with every mode as the convention has it."""
        choice = self.trajectory.plan.choice
        numbers = {name: value for name, value in choice.settings.items() if not isinstance(value, bool | str)}
        return resolve({"name": self.optimizer, "convention": choice.convention, **numbers}).settings

    @property
    def ending(self) -> str | None:
        """How the run ended, if otherwise than by its last step."""
        run = self.trajectory
        if run.diverged_at is not None:
            return f"diverged at step {run.diverged_at}"
        return f"stopped by {run.stopped_by} after step {run.steps}" if run.stopped_by else None


@dataclass(frozen=True)
class Told:
    """The settings of several runs in words: of each what sets it apart, and what is common to all."""

    own: tuple[str, ...]
    common: str


def tell_apart(runs: Sequence[Labelled]) -> Told:
    """Say of each run which settings set it apart, and of all which they share.

    A setting differs where it has another value in another run, or is not there. What is off in every run (a momentum
    of 0) and modes that nobody touched go without saying.
    """
    every = [run.settings for run in runs]
    names = dict.fromkeys(name for settings in every for name in settings)
    told = [name for name in names if _worth_telling(name, runs)]
    common = [name for name in told if all(name in settings and settings[name] == every[0][name] for settings in every)]
    own = [{name: settings[name] for name in told if name in settings and name not in common} for settings in every]
    return Told(tuple(map(_listed, own)), _listed({name: every[0][name] for name in common}))


def _worth_telling(name: str, runs: Sequence[Labelled]) -> bool:
    """Whether a reader needs to know a setting: a number that is not 0 everywhere, a mode or a convention that was chosen."""
    holders = [run for run in runs if name in run.settings]
    values = [run.settings[name] for run in holders]
    if name == "convention":
        chosen = any(run.convention != default_convention(run.optimizer) for run in runs)
        return chosen or any(a.optimizer == b.optimizer and a.convention != b.convention for a in runs for b in runs)
    if any(isinstance(value, bool | str) for value in values):
        return any(value != values[0] or value != run.untouched[name] for run, value in zip(holders, values, strict=True))
    return any(value != 0 for value in values)


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


def shortened(name: str) -> str:
    """A name from outside in one line of bearable length."""
    line = one_line(name)
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 3] + "..."


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
    return problem.objective.title + (f", {_listed(shape)}" if shape else "")
