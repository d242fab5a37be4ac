"""Runs to be drawn: what they are called, and how each is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ..engine.running.trajectory import Trajectory
from .settings import Setup, listed, tell_apart
from .theme import Stroke, Theme


def is_lost(run: Trajectory) -> bool:
    """Whether a run is in no race: it diverged or is growing. Such a run never decides what a picture shows."""
    return run.status in ("diverged", "growing")


@dataclass(frozen=True)
class Labelled:
    """A trajectory under a name; without one it goes by its optimizer's."""

    label: str | None
    trajectory: Trajectory

    @property
    def name(self) -> str:
        return self.setup.name

    @cached_property
    def setup(self) -> Setup:
        """What was set for it: hyperparameters and switches, schedule, noise and the number of steps."""
        plan = self.trajectory.plan
        echoes = {name: plan.echoes[name] for name in ("schedule", "noise", "stop") if name in plan.echoes}
        return Setup(self.label, plan.choice, {"steps": plan.steps, **echoes})

    @property
    def ending(self) -> str | None:
        """Which stop rule ended the run, if one did."""
        run = self.trajectory
        return f"stopped by {run.stopped_by} after step {run.steps}" if run.stopped_by else None

    @property
    def start(self) -> str | None:
        """The name of the run's start among those of its objective, if it has one there."""
        plan = self.trajectory.plan
        starts = plan.problem.facts.starts if plan.problem else {}
        names = [name for name, point in starts.items() if list(point) == plan.start.tolist()]
        return names[0] if names and names[0] != "default" else None


@dataclass(frozen=True)
class Drawn:
    """A run as it appears: its caption in the legend, its stroke, and what its start is called. Runs of one caption share a stroke."""

    run: Labelled
    caption: str
    stroke: Stroke
    start: str

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
    own, common = tell_apart([run.setup for run in runs])
    captions = [f"{run.name}: {listed(settings)}" if settings else run.name for run, settings in zip(runs, own, strict=True)]
    return assign(panels, captions, [run.start or "start" for run in runs], listed(common), theme)


def assign(panels: Sequence[Sequence[Labelled]], captions: Sequence[str], starts: Sequence[str], common: str, theme: Theme) -> Cast:
    """Give the runs of all panels, in their order, these captions and names of starts, and each caption a stroke."""
    strokes = {caption: theme.stroke(number) for number, caption in enumerate(dict.fromkeys(captions))}
    runs = [run for panel in panels for run in panel]
    each = zip(runs, captions, starts, strict=True)
    drawn = iter([Drawn(run, caption, strokes[caption], start) for run, caption, start in each])
    return Cast(tuple(tuple(islice(drawn, len(panel))) for panel in panels), common)


def starts_of(group: Sequence[Drawn]) -> set[tuple[float, ...]]:
    """The distinct points that runs start at."""
    return {tuple(drawn.trajectory.plan.start.tolist()) for drawn in group}
