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
from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.comparison_paths import notes_of, panels_of, verdicts_of
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


def run(optimizer: Any, start: Any, objective: Any = "quadratic", steps: int = 60, **rest: Any) -> Trajectory:
    return trajectory({"optimizer": optimizer, "objective": objective, "start": start, "steps": steps, **rest})


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
def drawn(
    panels: Sequence[Any],
    notes: Sequence[str] = (),
    starts: Mapping[str, Any] | None = None,
    verdicts: Sequence[tuple[str, str]] = (),
) -> Iterator[tuple[Figure, list[Axes]]]:
    sheet = comparison.sheet_of(panels, notes, LIGHT, "A title", starts or {}, verdicts)
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


def test_settling_steps_stand_in_their_panel_the_fewest_first_and_who_did_not_settle_has_its_budget() -> None:
    slow = {"name": "gd", "lr": 1e-4}
    with drawn(by_start(["A", "B"], {"rmsprop": RMSPROP, "gd": GD, "slow gd": slow})) as (figure, _):
        assert "settled: gd 32, rmsprop 54 not settled within 60 steps: slow gd" in said_in(figure)
        assert "settled: gd 16 touched, did not stay: rmsprop (step 9; limit cycle, radius 0.11)" in said_in(figure)


def test_where_the_first_touch_counts_the_steps_to_it_stand_in_the_panel() -> None:
    optimizers = {"gd": GD, "rmsprop": RMSPROP, "slow gd": {"name": "gd", "lr": 1e-4}}
    with drawn(by_start(["B"], optimizers, target={"distance": 0.05, "arrival": "touch"})) as (figure, _):
        assert "reached the target: rmsprop 9, gd 16 target not reached within 60 steps: slow gd" in said_in(figure)


def test_runs_with_unequal_budgets_are_each_told_with_their_own() -> None:
    slow = {"name": "gd", "lr": 1e-4}
    runs = tuple((f"{steps} steps of gd", run(slow, "A", steps=steps)) for steps in (10, 20))
    with drawn([Panel("", runs)]) as (figure, _):
        assert "not settled within 10 steps: 10 steps of gd not settled within 20 steps: 20 steps of gd" in said_in(figure)


@pytest.mark.parametrize(
    ("optimizer", "start", "said"),
    [
        (GD, "B", "settled at step 16"),
        ({"name": "gd", "lr": 1e-4}, "A", "not settled within 60 steps"),
        (RMSPROP, "B", "touched, did not stay (step 9; limit cycle, radius 0.11)"),
        ({"name": "gd", "lr": 0.12}, "A", "growing"),
    ],
)
def test_a_run_alone_in_its_panel_needs_no_name(optimizer: Any, start: str, said: str) -> None:
    with drawn([Panel("", (("gd", run(optimizer, start)),))]) as (figure, _):
        assert said_in(figure).endswith(said)


def test_from_several_starts_in_one_panel_they_stand_with_their_starts() -> None:
    both = Panel("gd", (("gd", run(GD, "A")), ("gd", run(GD, "B"))))
    with drawn([both]) as (figure, _):
        assert "settled: from A 32, from B 16" in said_in(figure)


def test_an_objective_without_a_minimum_has_no_target() -> None:
    with drawn([Panel("", (("gd", run(GD, [0.1, 0.1], "saddle", 5)),))]) as (figure, (axes,)):
        assert "target" not in said_in(figure) + " ".join(legend_of(figure))
        assert not [patch for patch in axes.patches if isinstance(patch, Circle)]


def test_the_target_is_a_circle_of_five_percent_of_the_distance_to_the_minimum() -> None:
    with drawn(by_start([[-3.0, 4.0]])) as (figure, (axes,)):
        circle, _ = (patch for patch in axes.patches if isinstance(patch, Circle))
        assert circle.get_radius() == pytest.approx(0.25, rel=1e-15)
        width, height = circle.get_window_extent().size
        assert width == pytest.approx(height, rel=1e-9)
        assert "target: 5 % of the start's distance to the minimum" in legend_of(figure)


def test_a_run_that_diverged_says_where() -> None:
    runs = tuple(("gd", run({"name": "gd", "lr": 0.3}, start, steps=2000)) for start in ("A", "B"))
    with drawn([Panel("left", runs), Panel("right", runs[:1], 0, 1)]) as (figure, _):
        first, second = (ran.diverged_at for _, ran in runs)
        assert f"diverged: from A (at step {first}), from B (at step {second})" in said_in(figure)
        assert f"diverged at step {first}" in said_in(figure)
        assert legend_of(figure)[0] == "gd; leaves the picture from A (left), from B (left), (right)"


def test_a_run_in_a_race_sets_the_window_and_one_that_grows_or_diverges_never_does() -> None:
    slow = {"name": "gd", "lr": 0.02}
    with drawn(by_start(["A"], {"gd": slow})) as (_, (axes,)):
        alone = axes.get_xlim(), axes.get_ylim()
    for lr in (0.12, 1e200):
        with drawn(by_start(["A"], {"gd": slow, "fast gd": {"name": "gd", "lr": lr}})) as (figure, (axes,)):
            assert (axes.get_xlim(), axes.get_ylim()) == alone
            assert "fast gd: lr=" in legend_of(figure)[1]
    with drawn(by_start([[-5.0, -2.0]], {"gd": {"name": "gd", "lr": 0.6}}, objective="d2l_ravine", steps=20)) as (figure, (axes,)):
        assert np.abs([axes.get_xlim(), axes.get_ylim()]).max() < 10
        assert "growing" in said_in(figure)
        assert legend_of(figure)[0] == "gd; leaves the picture (from 0)"


def circles_in(axes: Axes) -> list[float]:
    """The radii of the circles of a panel, each drawn twice: light below, dashed above."""
    return sorted({patch.get_radius() for patch in axes.patches if isinstance(patch, Circle)})


def test_every_start_has_its_own_circle_however_many_starts_there_are() -> None:
    starts = [[-5.0 + number, 2.0] for number in range(8)]
    panel = Panel("gd", tuple(("gd", run(GD, start)) for start in starts))
    with drawn([panel]) as (_, (axes,)):
        assert circles_in(axes) == pytest.approx(sorted({0.05 * float(np.hypot(*start)) for start in starts}))


def test_circles_that_are_too_many_or_too_small_are_counted_in_the_legend() -> None:
    many = Panel("gd", tuple(("gd", run(GD, [-5.0 - number / 4, 2.0])) for number in range(30)))
    with drawn([many]) as (figure, (axes,)):
        assert len(circles_in(axes)) == 24
        assert "6 of 30 circles are too many to tell apart, so they are not drawn" in legend_of(figure)[-1]
    small = Panel("gd", (("gd", run(GD, "A")), ("gd", run(GD, [0.1, 0.1]))))
    with drawn([small]) as (figure, (axes,)):
        assert len(circles_in(axes)) == 1
        assert legend_of(figure)[-1].endswith("1 of 2 circles is too small to see, so it is not drawn")


def test_no_star_hides_the_circle_of_a_start() -> None:
    with drawn(cells()) as (_, every_axes):
        for axes in every_axes:
            (star,) = {line.get_markersize() for line in axes.get_lines() if line.get_marker() == "*"}
            radius = min(circles_in(axes)) * pixels_a_unit(axes)[0] * 72.0 / axes.figure.dpi
            assert len(circles_in(axes)) == 2
            assert star / 2.0 <= 1.1 * radius


def stars_of(axes: Axes, filled: bool) -> list[list[float]]:
    lines = [line for line in axes.get_lines() if line.get_marker() == "*"]
    return [point for line in lines if (line.get_markerfacecolor() != "none") == filled for point in line.get_xydata().round(2).tolist()]


def test_the_lowest_minimum_is_a_filled_star_and_the_others_are_smaller_outlines() -> None:
    with drawn(by_start(["local_basin"], {"gd": {"name": "gd", "lr": 0.01}}, objective="styblinski_tang")) as (figure, (axes,)):
        assert stars_of(axes, filled=True) == [[-2.9, -2.9]]
        assert len(stars_of(axes, filled=False)) == 4
        sizes = {line.get_markersize() for line in axes.get_lines() if line.get_marker() == "*"}
        assert min(sizes) < 0.7 * max(sizes)
    momentum = {"name": "momentum", "lr": 0.02}
    with drawn(by_start(["local_basin"], {"momentum": momentum}, objective="styblinski_tang", steps=200)) as (figure, _):
        assert legend_of(figure)[1:3] == ["lowest minimum", "other minimum"]
    with drawn(by_start([[1.0, 1.0]], {"gd": {"name": "gd", "lr": 0.01}}, objective="himmelblau")) as (figure, (axes,)):
        assert len(stars_of(axes, filled=True)) == 4
        assert legend_of(figure)[1] == "minimum"


def test_where_runs_end_at_different_minima_the_panel_says_which_is_at_the_lowest() -> None:
    both = {"gd": {"name": "gd", "lr": 0.01}, "momentum": {"name": "momentum", "lr": 0.02}}
    with drawn(by_start(["local_basin"], both, objective="styblinski_tang", steps=200)) as (figure, _):
        assert "settled: gd 7, momentum 34 nearest to the lowest minimum at the end: momentum" in said_in(figure)
    with drawn(by_start(["A"])) as (figure, _):
        assert "lowest" not in said_in(figure)


def test_the_other_optimizers_stand_in_a_row_below_the_2_x_2() -> None:
    others = [{"name": name, "lr": 0.02} for name in ("adam", "momentum", "normalized_gd")]
    panels = cells(optimizers=[GD, RMSPROP, *others])
    assert [(panel.row, panel.column) for panel in panels] == [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1), (3, 0)]
    assert panels[4].title == "adam (not part of the 2 x 2)"
    assert [label for label, _ in panels[5].runs] == ["momentum", "momentum"]
    with drawn(panels) as (figure, every_axes):
        assert len({(axes.get_xlim(), axes.get_ylim()) for axes in every_axes}) == 1
        assert {"adam", "momentum"} <= {entry.split(":")[0] for entry in legend_of(figure)}


def compared(**asked: Any) -> Any:
    request = {"objective": "quadratic", "optimizers": [{"name": "gd", "lr": 0.02}, RMSPROP], "steps": 60, "decompose": ["gd", "rmsprop"]}
    return run_comparison(plan_comparison({**request, **asked}))


def test_the_headline_is_the_main_sentence_and_from_few_starts_the_verdict_follows_it() -> None:
    few = compared(starts={"A": "A", "B": "B"})
    for (headline, rest), found in zip(verdicts_of(few), few.upright.decompositions, strict=True):
        assert headline == found.conclusion.headline
        assert f"{headline} {rest}" == found.conclusion.verdict
    many = verdicts_of(compared(starts=[[-5.0 + number, 2.0] for number in range(8)]))
    assert len(many) == 6
    assert not any(rest for _, rest in many)
    with drawn(panels_of(few), verdicts=verdicts_of(few)) as (figure, _):
        (written,) = (text for text in figure.texts if text.get_text().startswith("From B, "))
        assert written.get_size() > min(text.get_size() for text in figure.texts)


def test_what_a_picture_does_not_show_is_said() -> None:
    starts = [[-5.0 + number, 2.0] for number in range(8)]
    assert "The picture shows the verdicts of the first 6 of 8 starts." in notes_of(compared(starts=starts))
    assert "The picture shows the first 6 of 8 starts." in notes_of(compared(starts=starts, decompose=None))
    eight = [{"name": "gd", "lr": 0.01 * number, "label": f"gd {number}"} for number in range(1, 10)]
    more = compared(optimizers=eight, decompose=["gd 1", "gd 2"], start="A")
    assert len(panels_of(more)) == 10
    assert "The picture shows the first 6 of 7 other optimizers." in notes_of(more)
    noisy = compared(start="A", noise={"std": 0.1, "seeds": [3, 4]})
    assert "The picture shows seed 3, the first of 2. The verdicts use all seeds." in notes_of(noisy)


def test_notes_of_the_verdict_stay_out_of_the_picture_and_a_rotation_is_told_in_one_line() -> None:
    told = compared(start="A", rotate=[45])
    (found,) = told.upright.decompositions
    assert not set(found.conclusion.notes) & set(notes_of(told))
    assert [note for note in notes_of(told) if note.startswith("Rotated by 45 degrees: ")]


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
