"""The picture of a comparison: several optimizers from the same starts, or the 2 x 2 of step length and direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engine.running.trajectory import Trajectory
from . import curves, paths
from .canvas import drawing, render
from .results import results_of
from .runs import Cast, Labelled, assign
from .settings import listed, one_line, shortened, subject, tell_apart
from .sheet import Heading, Sheet
from .targets import circles_of, target_in_words
from .theme import Theme, look_up

Array = NDArray[np.float64]

#: So many panels stand side by side; more of them are wrapped to two rows.
MOST_COLUMNS = 3


class Panel(Protocol):
    """Labelled runs, and where they stand; as the engine's panels of a comparison are."""

    @property
    def title(self) -> str: ...
    @property
    def runs(self) -> Sequence[tuple[str, Trajectory]]: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...


def draw_comparison(
    panels: Sequence[Panel],
    notes: Sequence[str] = (),
    format: str = "png",
    theme: str = "light",
    title: str | None = None,
    starts: Mapping[str, Array] | None = None,
    verdicts: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Draw the panels of a comparison: paths over contour lines for two parameters, else loss curves.

    All runs are of one objective and have every point and value; raises Refusal where they do not, and where there is no such
    theme. `verdicts` are main sentences, each with what explains it; they and the `notes` stand below the title and the settings
    that all share. `starts` are (dimension,) by their names, which else are those of the objective. A label has one stroke in all
    panels. Each panel says how its runs ended. Equal panels give equal bytes.
    """
    look = look_up(theme)
    sheet = sheet_of(panels, notes, look, title, starts or {}, verdicts)
    in_plane = all(drawn.trajectory.plan.layout.dimension == 2 for drawn in sheet.runs.all)
    with drawing(look) as figure:
        (paths if in_plane else curves).compose(figure, sheet, look)
        return render(figure, format, sheet.title)


def sheet_of(
    panels: Sequence[Panel],
    notes: Sequence[str],
    theme: Theme,
    title: str | None,
    starts: Mapping[str, Array],
    verdicts: Sequence[tuple[str, str]] = (),
) -> Sheet:
    """What is shown and said of a comparison."""
    groups = [[Labelled(label, trajectory) for label, trajectory in panel.runs] for panel in panels]
    told = _told(panels, groups, starts)
    own, common = tell_apart([each.run.setup for each in told])
    captions = _captions(told, own)
    runs = assign(groups, captions, [each.start for each in told], listed(common), theme)
    headings = [
        Heading(one_line(panel.title), results_of(group), row, column)
        for panel, group, (row, column) in zip(panels, runs.panels, _positions(panels), strict=True)
    ]
    heading = one_line(title) if title else subject(runs.all[0].trajectory.plan.problem)
    told_of = [(one_line(headline), one_line(rest)) for headline, rest in verdicts]
    return Sheet(heading, [*map(one_line, notes), *_target(runs)], runs, headings, told_of)


def _target(runs: Cast) -> list[str]:
    """What counts as arrived, where no circle around a minimum shows it."""
    plan = runs.all[0].trajectory.plan
    if plan.problem is None or not plan.problem.facts.minima or (plan.layout.dimension == 2 and any(map(circles_of, runs.panels))):
        return []
    return [f"Target: {target_in_words(plan.target)}."]


def _positions(panels: Sequence[Panel]) -> list[tuple[int, int]]:
    """Row and column of each panel; a row that is too long is wrapped."""
    if len({panel.row for panel in panels}) > 1 or len(panels) <= MOST_COLUMNS:
        return [(panel.row, panel.column) for panel in panels]
    columns = ceil(len(panels) / 2)
    return [divmod(number, columns) for number in range(len(panels))]


@dataclass(frozen=True)
class _Told:
    """A run, what its start is called, and where it stands if that has to be said."""

    run: Labelled
    start: str
    place: str


def _told(panels: Sequence[Panel], groups: Sequence[Sequence[Labelled]], starts: Mapping[str, Array]) -> list[_Told]:
    """All runs in their order. A panel's title tells where a run is, unless there are several starts in the panel."""
    told = list[_Told]()
    for panel, group in zip(panels, groups, strict=True):
        names = [_named(run, starts) for run in group]
        alone = len({tuple(run.trajectory.plan.start.tolist()) for run in group}) == 1
        told += [
            _Told(run, name, one_line(panel.title) if alone and panel.title else f"from {name}")
            for run, name in zip(group, names, strict=True)
        ]
    return told


def _named(run: Labelled, starts: Mapping[str, Array]) -> str:
    """The name that the comparison gives the run's start, else the objective's."""
    names = [name for name, point in starts.items() if np.array_equal(point, run.trajectory.plan.start)]
    return shortened(names[0]) if names and names[0] != "default" else run.start or "start"


def _captions(told: Sequence[_Told], own: Sequence[dict[str, Any]]) -> list[str]:
    """One caption per label, with the settings that set it apart, and where those that it does not have everywhere hold."""
    captions = {}
    for name in dict.fromkeys(each.run.name for each in told):
        mine = [(each.place, settings) for each, settings in zip(told, own, strict=True) if each.run.name == name]
        captions[name] = ": ".join(filter(None, [name, _gathered(mine)]))
    return [captions[each.run.name] for each in told]


def _gathered(settings: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Settings by place: those that are the same everywhere once, the others with their place."""
    _, first = settings[0]
    same = [name for name in first if all(name in each and each[name] == first[name] for _, each in settings)]
    rest = {place: listed({name: value for name, value in each.items() if name not in same}) for place, each in settings}
    differing = [f"{text} {place if place.startswith('from ') else f'({place})'}" for place, text in rest.items() if text]
    return "; ".join(filter(None, [listed({name: first[name] for name in same}), *differing]))
