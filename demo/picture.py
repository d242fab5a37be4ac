"""The paths over the level lines, drawn by the service's own pictures from the trajectories that the answers describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from experiment import Run

from stepgrade_service.engine.trajectory import trajectory
from stepgrade_service.pictures import Labelled
from stepgrade_service.pictures.paths import draw_panels


def draw(runs: Mapping[str, Sequence[Run]]) -> bytes:
    """A panel for each start, as PNG."""
    panels = [(f"from {start}", [remade(run) for run in answers]) for start, answers in runs.items()]
    return draw_panels(panels, title="Does RMSprop make it worse? Six methods on the bowl of condition 20")


def remade(run: Run) -> Labelled:
    """The run computed again in this process from the answer's echoes, which say all there is: the same to the last bit."""
    answer = run.answer
    again = trajectory(
        {"optimizer": answer.optimizer, "objective": answer.objective, "start": run.points[0].tolist(), "steps": answer.steps}
    )
    assert again.points is not None
    assert np.array_equal(again.points, run.points), f"{run.name}: the echoes do not give the points that came over HTTP"
    return Labelled(run.name, again)
