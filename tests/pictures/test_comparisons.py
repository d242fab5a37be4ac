"""Pictures of comparisons: one scale, one stroke a label, and everything said that sets the runs apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from stepgrade_service.engine.comparing.comparison import run_comparison
from stepgrade_service.engine.comparing.comparison_paths import panels_of
from stepgrade_service.engine.comparing.comparison_plan import plan_comparison
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import Trajectory, trajectory
from stepgrade_service.pictures import MEDIA_TYPES, THEMES, comparison, curves, draw_comparison, paths
from stepgrade_service.pictures.canvas import drawing

LIGHT = THEMES["light"]
GD, RMSPROP = {"name": "gd", "lr": 0.09}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
PAIR = {"gd": GD, "rmsprop": RMSPROP}
HOSTILE = "$<b>& ]]>\n\u4f60\u597d " + "a label that goes on " * 5


@dataclass(frozen=True)
class Panel:
    title: str
    runs: tuple[tuple[str, Trajectory], ...]
    row: int = 0
    column: int = 0


def run(optimizer: Any, start: Any, objective: Any = "quadratic", steps: int = 60) -> Trajectory:
    return trajectory({"optimizer": optimizer, "objective": objective, "start": start, "steps": steps})


def by_start(starts: Sequence[Any], optimizers: Mapping[str, Any] = PAIR, **rest: Any) -> list[Panel]:
    """A panel a start, in one row."""
    return [
        Panel(f"from {number}", tuple((label, run(optimizer, start, **rest)) for label, optimizer in optimizers.items()), 0, number)
        for number, start in enumerate(starts)
    ]


def cells(**asked: Any) -> tuple[Any, ...]:
    """The 2 x 2 of the engine."""
    request = {
        "objective": "quadratic",
        "optimizers": [GD, RMSPROP],
        "starts": {"A": "A", "B": "B"},
        "steps": 60,
        "decompose": ["gd", "rmsprop"],
    }
    return panels_of(run_comparison(plan_comparison({**request, **asked})))


@contextmanager
def drawn(panels: Sequence[Any], notes: Sequence[str] = (), starts: Mapping[str, Any] | None = None) -> Iterator[tuple[Figure, list[Axes]]]:
    sheet = comparison.sheet_of(panels, notes, LIGHT, "A title", starts or {})
    in_plane = panels[0].runs[0][1].plan.layout.dimension == 2
    with drawing(LIGHT) as figure:
        axes = (paths if in_plane else curves).compose(figure, sheet, LIGHT)
        figure.draw_without_rendering()
        yield figure, axes


def pixels_a_unit(axes: Axes) -> np.ndarray:
    corners = axes.transData.transform([(0, 0), (1, 1)])
    return np.asarray(corners[1] - corners[0])


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]


def said_in(figure: Figure) -> str:
    return " ".join(text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in figure.texts)


SIX = [[-5, -1], [-0.3, -2], [4, 1], [2, 2], [-3, 2], [5, -2]]


# The panels


@pytest.mark.parametrize("panels", [by_start(SIX[:2]), by_start(SIX[:3]), by_start(SIX), cells()], ids=["2", "3", "6", "2 x 2"])
def test_a_unit_has_as_many_pixels_on_both_axes_of_every_panel(panels: Sequence[Any]) -> None:
    with drawn(panels) as (_, every_axes):
        across, up = np.array([pixels_a_unit(axes) for axes in every_axes]).T
        assert across == pytest.approx(up, rel=1e-9)
        assert across == pytest.approx(across[0], rel=1e-9)


def test_the_cells_of_the_2_x_2_share_one_view_rows_are_step_lengths_and_columns_directions() -> None:
    with drawn(cells()) as (figure, every_axes):
        assert len({(axes.get_xlim(), axes.get_ylim()) for axes in every_axes}) == 1
        gd, length, direction, rmsprop = (axes.bbox.get_points()[0] for axes in every_axes)
        assert gd[0] == pytest.approx(length[0])
        assert direction[0] == pytest.approx(rmsprop[0])
        assert gd[1] == pytest.approx(direction[1])
        assert length[1] == pytest.approx(rmsprop[1])
        assert length[1] < gd[1]
        assert "step length of rmsprop, direction of gd" in said_in(figure)


@pytest.mark.parametrize(("count", "rows"), [(3, [0, 0, 0]), (4, [0, 0, 1, 1]), (5, [0, 0, 0, 1, 1]), (6, [0, 0, 0, 1, 1, 1])])
def test_more_than_three_panels_in_a_row_are_wrapped(count: int, rows: list[int]) -> None:
    sheet = comparison.sheet_of(by_start(SIX[:count]), (), LIGHT, None, {})
    assert [heading.row for heading in sheet.headings] == rows


def test_panels_of_loss_curves_share_their_scales() -> None:
    with drawn(by_start([[-1.2, 1.0] * 2, [2.0, 1.0] * 2], {"gd": {**GD, "lr": 1e-3}, "adam": "adam"}, objective="rosenbrock")) as (
        _,
        axes,
    ):
        assert axes[0].get_ylim() == axes[1].get_ylim()
        assert axes[0].get_xlim() == axes[1].get_xlim()
        assert [one.get_yscale() for one in axes] == ["log", "log"]


# What is said


def test_a_label_has_one_stroke_and_one_entry_in_all_panels() -> None:
    with drawn(by_start(SIX)) as (figure, every_axes):
        assert legend_of(figure)[:2] == ["gd: lr=0.09", "rmsprop: lr=0.2, rho=0.9, eps=1e-08"]
        colors = [[line.get_color() for line in axes.get_lines() if line.get_linewidth() == 1.8] for axes in every_axes]
        assert colors == [list(LIGHT.runs[:2])] * 6


def test_a_learning_rate_that_differs_from_start_to_start_is_told_with_the_start() -> None:
    with drawn(cells(match="first_step"), starts={"A": [-5, -1], "B": [-0.3, -2]}) as (figure, _):
        assert legend_of(figure)[1].startswith("rmsprop: rho=0.9, eps=1e-08; lr=0.414")
        assert " from A; lr=" in legend_of(figure)[1]
        assert legend_of(figure)[1].endswith(" from B")


def test_steps_to_the_target_stand_in_their_panel_the_fewest_first() -> None:
    slow = {"name": "gd", "lr": 1e-4}
    with drawn(by_start(["A", "B"], {**PAIR, "slow gd": slow})) as (figure, _):
        assert "steps to the target: rmsprop: 28, gd: 32; target not reached: slow gd" in said_in(figure)
        assert "steps to the target: rmsprop: 9, gd: 16; target not reached: slow gd" in said_in(figure)


def test_from_several_starts_in_one_panel_they_stand_with_their_starts() -> None:
    both = Panel("gd", (("gd", run(GD, "A")), ("gd", run(GD, "B"))))
    with drawn([both]) as (figure, _):
        assert "steps to the target: from A: 32, from B: 16" in said_in(figure)


def test_an_objective_without_a_minimum_has_no_target() -> None:
    with drawn([Panel("", (("gd", run(GD, [0.1, 0.1], "saddle", 5)),))]) as (figure, (axes,)):
        assert "target" not in said_in(figure) + " ".join(legend_of(figure))
        assert not [patch for patch in axes.patches if isinstance(patch, Circle)]


def test_the_target_is_a_circle_of_five_percent_of_the_distance_to_the_minimum() -> None:
    with drawn(by_start([[-3.0, 4.0]])) as (figure, (axes,)):
        (circle,) = (patch for patch in axes.patches if isinstance(patch, Circle))
        assert circle.get_radius() == pytest.approx(0.25, rel=1e-15)
        width, height = circle.get_window_extent().size
        assert width == pytest.approx(height, rel=1e-9)
        assert "target: 5 % of the start's distance" in legend_of(figure)


def test_a_run_that_diverged_says_where() -> None:
    runs = tuple(("gd", run({"name": "gd", "lr": 0.3}, start, steps=2000)) for start in ("A", "B"))
    with drawn([Panel("left", runs), Panel("right", runs[:1], 0, 1)]) as (figure, _):
        entry = legend_of(figure)[0]
        assert f"diverged at step {runs[0][1].diverged_at} from A (left)" in entry
        assert f"diverged at step {runs[0][1].diverged_at} (right)" in entry


def test_starts_have_the_names_that_the_comparison_gives_them_else_the_objectives() -> None:
    panels = by_start([[-5, -1], [1.0, 1.0], [2.0, 2.0]])
    with drawn(panels, starts={"corner": np.array([1.0, 1.0])}) as (_, every_axes):
        assert [axes.texts[0].get_text() for axes in every_axes] == ["A", "corner", "start"]


@pytest.mark.parametrize("panels", [by_start([[-5, -3], [-0.3, -2], [3, 3]]), by_start(SIX)], ids=["3", "6"])
def test_the_names_of_starts_stay_within_their_panels(panels: Sequence[Any]) -> None:
    with drawn(panels, starts={f"the start {number}": start for number, start in enumerate([*SIX, [-5, -3], [3, 3]])}) as (_, every_axes):
        for axes in every_axes:
            name = axes.texts[0].get_window_extent()
            assert axes.bbox.y0 <= name.y0
            assert name.y1 <= axes.bbox.y1


def test_notes_stand_below_the_title_whole() -> None:
    verdict = "From A, rmsprop helped: " + "it reached the target in 28 steps, gd in 32, " * 8
    with drawn(cells(), [verdict, "From B, too."]) as (figure, _):
        assert " ".join(verdict.split()) in " ".join(said_in(figure).split())
        assert "From B, too." in said_in(figure)


TWELVE = {f"run {number} with a long label": {"name": "adam", "lr": 0.01 * number, "eps": 1e-9 * number} for number in range(1, 13)}
AWKWARD = {
    "twelve": by_start(["A", "B"], TWELVE),
    "hostile": [
        Panel(HOSTILE, ((HOSTILE, run(GD, start)), (HOSTILE + "2", run(RMSPROP, start))), 0, column) for column, start in enumerate("AB")
    ],
    "one": [Panel("", (("gd", run(GD, "A", steps=0)),))],
    "cells": cells(starts=SIX),
    "curves": by_start([[-1.2, 1.0] * 5] * 5, {HOSTILE: {"name": "gd", "lr": 1.0}, "adam": "adam"}, objective="rosenbrock"),
}


@pytest.mark.parametrize("panels", AWKWARD.values(), ids=AWKWARD)
def test_no_text_is_clipped_and_no_panel_covered(panels: Sequence[Any]) -> None:
    with drawn(panels, [HOSTILE * 3]) as (figure, every_axes):
        inked, page = figure.get_tightbbox(), figure.get_size_inches()
        assert inked.min.min() >= 0
        assert (inked.max <= page).all()
        legend = figure.legends[0].get_window_extent()
        assert all(not legend.overlaps(axes.bbox) for axes in every_axes)
        assert all(not text.get_window_extent().overlaps(axes.bbox) for text in figure.texts for axes in every_axes)


# The bytes


@pytest.mark.parametrize("format", MEDIA_TYPES.values())
@pytest.mark.parametrize("panels", [cells(), AWKWARD["curves"]], ids=["paths", "curves"])
def test_equal_panels_give_equal_bytes_and_every_theme_its_own(panels: Sequence[Any], format: str) -> None:
    light, again, dark = (draw_comparison(panels, ["A note"], format, theme) for theme in ("light", "light", "dark"))
    assert light == again
    assert light != dark


def test_points_and_a_known_theme_are_needed() -> None:
    without = trajectory({"optimizer": GD, "objective": "quadratic", "steps": 3, "include": ["values"]})
    with pytest.raises(Refusal, match="include: expected points"):
        draw_comparison([Panel("", (("gd", without),))])
    with pytest.raises(Refusal, match="theme: unknown theme 'sepia'"):
        draw_comparison(cells(), theme="sepia")
