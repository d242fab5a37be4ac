"""Pictures of trajectories, comparisons and maps: the one place that draws. matplotlib is imported when the first picture is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..engine.running.trajectory import Trajectory
from .runs import Labelled
from .theme import THEMES

if TYPE_CHECKING:
    from .comparison import Array, Panel
    from .maps import Map

#: The forms a picture has, by media type.
MEDIA_TYPES: Mapping[str, str] = {"image/png": "png", "image/svg+xml": "svg"}


def draw(runs: Trajectory | Sequence[Labelled], format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw one trajectory, or several of one objective: paths over contour lines for two parameters, else loss curves.

    A picture needs `points` and `values` among what was included, whatever its request said; raises Refusal without them,
    and where there is no such theme. `format` is one of the values of `MEDIA_TYPES`. Equal runs give equal bytes.
    """
    labelled = [Labelled(None, runs)] if isinstance(runs, Trajectory) else runs
    if all(run.trajectory.plan.problem is not None and run.trajectory.plan.layout.dimension == 2 for run in labelled):
        from .paths import draw_paths

        return draw_paths(labelled, format, theme, title)
    from .curves import draw_curves

    return draw_curves(labelled, format, theme, title)


def draw_comparison(
    panels: Sequence[Panel],
    notes: Sequence[str] = (),
    format: str = "png",
    theme: str = "light",
    title: str | None = None,
    starts: Mapping[str, Array] | None = None,
    verdicts: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Draw the panels of a comparison, as `comparison.draw_comparison` says it."""
    from . import comparison

    return comparison.draw_comparison(panels, notes, format, theme, title, starts, verdicts)


def draw_map(shown: Map, format: str = "png", theme: str = "light", title: str | None = None) -> bytes:
    """Draw a map, as `heat.draw_map` says it."""
    from . import heat

    return heat.draw_map(shown, format, theme, title)


__all__ = ["MEDIA_TYPES", "THEMES", "Labelled", "draw", "draw_comparison", "draw_map"]
