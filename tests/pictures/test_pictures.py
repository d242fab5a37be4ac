"""Pictures: undistorted, complete, readable without colour, and the same bytes for the same runs."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stepgrade_service.engine.contours import contours
from stepgrade_service.engine.reading.cost import Limits
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import Trajectory, trajectory
from stepgrade_service.pictures import MEDIA_TYPES, THEMES, Labelled, curves, draw, paths, plane
from stepgrade_service.pictures.canvas import drawing
from stepgrade_service.pictures.curves import curves_of
from stepgrade_service.pictures.logarithm import power_of_ten
from stepgrade_service.pictures.paths import MOST_DOTS, dots_every, draw_panels, sheet_of
from stepgrade_service.pictures.plane import variables
from stepgrade_service.pictures.runs import cast
from stepgrade_service.pictures.settings import listed, tell_apart

LIGHT = THEMES["light"]
BOWL = {"name": "quadratic", "condition": 20}
GD, RMSPROP = {"name": "gd", "lr": 0.09}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
METHODS = (
    GD,
    {"name": "gd", "lr": 0.02},
    {"name": "normalized_gd", "lr": 0.2},
    {"name": "momentum", "lr": 0.02},
    RMSPROP,
    {"name": "adam", "lr": 0.2},
)


def run(optimizer: Any = GD, objective: Any = BOWL, **rest: Any) -> Trajectory:
    return trajectory({"optimizer": optimizer, "objective": objective, "steps": 60, **rest})


def named(*optimizers: Any, **rest: Any) -> list[Labelled]:
    """Runs that go by their optimizers' names."""
    return [Labelled(None, run(optimizer, **rest)) for optimizer in optimizers]


@contextmanager
def drawn(panels: Sequence[Sequence[Labelled]], theme: str = "light") -> Iterator[tuple[Figure, list[Axes]]]:
    """The figure of some panels and their axes, laid out as it is rendered."""
    with drawing(THEMES[theme]) as figure:
        named_panels = [(f"panel {number}", panel) for number, panel in enumerate(panels)]
        axes = paths.compose(figure, sheet_of(named_panels, THEMES[theme], "A title"), THEMES[theme])
        figure.draw_without_rendering()
        yield figure, axes


@contextmanager
def drawn_curves(*runs: Labelled) -> Iterator[tuple[Figure, Axes]]:
    with drawing(LIGHT) as figure:
        (axes,) = curves.compose(figure, sheet_of([("", runs)], LIGHT, "A title"), LIGHT)
        figure.draw_without_rendering()
        yield figure, axes


def pixels_a_unit(axes: Axes) -> np.ndarray:
    """Along x and along y."""
    corners = axes.transData.transform([(0, 0), (1, 1)])
    return np.asarray(corners[1] - corners[0])


def said_in(figure: Figure) -> str:
    return " ".join(text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in figure.texts)


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]


# The scale


@pytest.mark.parametrize(
    ("objective", "start"),
    [(BOWL, "A"), (BOWL, "B"), ("rosenbrock", None), ("d2l_ravine", None), ("saddle", None), (BOWL, [300.0, 1.0]), (BOWL, [0.1, -700.0])],
)
def test_a_unit_has_as_many_pixels_on_both_axes(objective: Any, start: Any) -> None:
    with drawn([named(GD, objective=objective, **({"start": start} if start else {}))]) as (_, (axes,)):
        across, up = pixels_a_unit(axes)
        assert across == pytest.approx(up, rel=1e-9)


def test_panels_side_by_side_have_one_scale_and_one_vertical_range() -> None:
    with drawn([named(*METHODS, start="A"), named(*METHODS, start="B")]) as (_, (first, second)):
        assert pixels_a_unit(first) == pytest.approx(pixels_a_unit(second), rel=1e-9)
        assert pixels_a_unit(first)[0] == pytest.approx(pixels_a_unit(first)[1], rel=1e-9)
        assert first.get_ylim() == pytest.approx(second.get_ylim(), rel=1e-12)
        assert first.bbox.y0 == pytest.approx(second.bbox.y0, abs=1e-6)


# What is in view


def test_every_point_of_every_path_and_the_minimum_are_in_view() -> None:
    runs = named(*METHODS, start="A")
    with drawn([runs]) as (_, (axes,)):
        for points in ([run.trajectory.points for run in runs], [np.zeros((1, 2))]):
            for point in np.concatenate([part for part in points if part is not None]):
                assert axes.bbox.contains(*axes.transData.transform(point))


def test_a_path_that_hardly_moves_is_drawn_with_its_minimum() -> None:
    with drawn([named({"name": "gd", "lr": 1e-9}, start="A")]) as (_, (axes,)):
        assert axes.get_xlim()[0] < -5 < 0 < axes.get_xlim()[1]


def test_a_start_far_outside_the_usual_window_is_in_view() -> None:
    with drawn([named({"name": "gd", "lr": 0.01}, start=[400.0, 30.0])]) as (_, (axes,)):
        assert axes.get_xlim()[1] > 400


@pytest.mark.parametrize("steps", [60, 3000])
def test_a_path_that_diverges_does_not_ruin_the_view(steps: int) -> None:
    runs = named({"name": "gd", "lr": 0.12}, {"name": "gd", "lr": 0.02}, start="B", steps=steps)
    assert np.abs(runs[0].trajectory.end).max() > 1e6
    with drawn([runs]) as (figure, (axes,)):
        assert np.abs([axes.get_xlim(), axes.get_ylim()]).max() < 5.5
        assert legend_of(figure)[0].startswith("sgd: lr=0.12; leaves the picture")
        assert ("diverged: sgd (lr=0.12) (at step" if steps == 3000 else "growing: sgd (lr=0.12)") in said_in(figure)


# What is marked


def markers(axes: Axes, marker: str, size: float | None = None) -> np.ndarray:
    """Where markers of a kind, and of a size if it is given, stand, (markers, 2)."""
    lines = [line for line in axes.get_lines() if line.get_marker() == marker and size in (None, line.get_markersize())]
    return np.concatenate([np.asarray(line.get_xydata()) for line in lines])


def test_there_is_a_star_at_each_minimum_and_a_ring_at_each_distinct_start() -> None:
    with drawn([[*named(GD, RMSPROP, start="A"), *named(GD, RMSPROP, start="B")]]) as (_, (axes,)):
        assert np.unique(markers(axes, "*"), axis=0).tolist() == [[0, 0]]
        assert markers(axes, "o", 11.0).tolist() == [[-5, -1], [-0.3, -2]]
    with drawn([named({"name": "gd", "lr": 0.01}, objective="himmelblau")]) as (_, (axes,)):
        assert len(np.unique(markers(axes, "*"), axis=0)) == 4


def test_named_starts_are_named_and_others_are_called_start() -> None:
    with drawn([[*named(GD, start="A"), *named(GD, start=[1, 1])]]) as (_, (axes,)):
        assert {text.get_text() for text in axes.texts} == {"A", "start"}


def test_a_large_marker_stands_where_a_run_ended() -> None:
    (adam,) = named({"name": "adam", "lr": 0.2}, start="A")
    with drawn([[adam]]) as (_, (axes,)):
        assert markers(axes, "o", 8.5).tolist() == [adam.trajectory.end.tolist()]


def test_level_lines_are_the_same_levels_in_every_panel_and_left_out_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [named(GD, start="A"), named(GD, start="B")]
    with drawn(runs) as (_, every_axes):
        first, second = ([lines.get_color().tolist() for lines in axes.collections] for axes in every_axes)
        assert len(first) >= 9
        assert first == second
    monkeypatch.setattr(plane, "contours", lambda *asked: contours(*asked, limits=Limits(answer=10)))
    with drawn(runs) as (_, every_axes):
        assert not any(len(axes.collections) for axes in every_axes)


@pytest.mark.parametrize(("steps", "every"), [(0, 1), (200, 1), (201, 2), (1000, 5)])
def test_a_path_has_at_most_two_hundred_dots_and_its_start(steps: int, every: int) -> None:
    runs = cast([named(GD, steps=steps)], LIGHT)
    assert dots_every(runs) == every
    assert steps // every <= MOST_DOTS


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ([1, 1], ("w", "b")),
        ({"w": 1, "b": 1}, ("w", "b")),
        ({"theta": [[1], [1]]}, ("theta1", "theta2")),
        ({"w": [1], "$b$": 1}, ("w", "$b$")),
    ],
)
def test_axes_are_named_after_the_tensors(start: Any, names: tuple[str, str]) -> None:
    planned = run(start=start).plan
    assert variables(planned.layout, planned.problem) == names
    with drawn([named(GD, start=start)]) as (_, (axes,)):
        assert (axes.get_xlabel(), axes.get_ylabel()) == names


# What is said


def apart(runs: Sequence[Labelled]) -> tuple[list[str], str]:
    """What sets each run apart and what all share, as it is written."""
    own, common = tell_apart([run.setup for run in runs])
    return [listed(settings) for settings in own], listed(common)


SETTINGS = [
    ([GD, {**GD, "lr": 0.02}], ["lr=0.09", "lr=0.02"], "steps=60"),
    ([GD, {"name": "momentum", "lr": 0.09}], ["momentum=0", "momentum=0.9"], "lr=0.09, steps=60"),
    ([GD, RMSPROP], ["lr=0.09", "lr=0.2, rho=0.9, eps=1e-08"], "steps=60"),
    (["adam", {"name": "adam", "amsgrad": True}], ["amsgrad=off", "amsgrad=on"], "lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08, steps=60"),
    (["adam", {"name": "adam", "betas": [0.8, 0.999]}], ["beta1=0.9", "beta1=0.8"], "lr=0.001, beta2=0.999, eps=1e-08, steps=60"),
    (
        ["adam", {"name": "adam", "convention": "keras"}],
        [
            "convention=torch, eps=1e-08, eps_mode=outside, weight_decay_mode=l2",
            "convention=keras, eps=1e-07, eps_mode=hat, weight_decay_mode=decoupled",
        ],
        "lr=0.001, beta1=0.9, beta2=0.999, steps=60",
    ),
    ([{"name": "adam", "bias_correction": False}], [""], "lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08, bias_correction=off, steps=60"),
]


@pytest.mark.parametrize(("optimizers", "own", "common"), SETTINGS)
def test_the_legend_names_every_setting_that_differs_and_the_subtitle_those_that_do_not(
    optimizers: list[Any], own: list[str], common: str
) -> None:
    runs = named(*optimizers)
    assert apart(runs) == (own, common)
    with drawn([runs]) as (figure, _):
        for entry, settings in zip(legend_of(figure), own, strict=False):
            assert settings in entry
        assert common in " ".join(text.get_text() for text in figure.texts)


def test_steps_noise_and_schedule_are_settings_too() -> None:
    schedule = {"name": "exponential", "decay_rate": 0.9, "decay_steps": 10}
    runs = [Labelled(None, run(noise={"std": 0.1, "seed": seed}, steps=10 * seed)) for seed in (1, 2)]
    assert apart(runs)[0] == ["steps=10, noise=(std 0.1, seed 1)", "steps=20, noise=(std 0.1, seed 2)"]
    assert "schedule=" not in apart(runs)[1]
    assert "schedule=(name exponential" in apart([Labelled(None, run(schedule=schedule))])[1]


def test_of_numbers_for_many_tensors_the_first_are_named() -> None:
    for count, told in ((2, "(t0 0.1, t1 0.2)"), (8, "t7 0.8)"), (9, "t7 0.8, ...)"), (500, "t7 0.8, ...)")):
        start = {f"t{number}": 1.0 for number in range(count)}
        optimizer = {"name": "adam", "weight_decay": {name: 0.1 + 0.1 * number for number, name in enumerate(start)}}
        assert "weight_decay=(t0 0.1, t1 0.2" in (common := apart([Labelled(None, run(optimizer, "sphere", start=start))])[1])
        assert told in common


def test_runs_of_equal_settings_share_a_stroke_across_panels_and_an_entry_of_the_legend() -> None:
    first, second = cast([named(GD, RMSPROP, start="A"), named(GD, RMSPROP, start="B")], LIGHT).panels
    assert [each.stroke for each in first] == [each.stroke for each in second]
    with drawn([named(GD, start="A"), named(GD, start="B")]) as (figure, _):
        assert legend_of(figure) == ["sgd", "minimum", "target: 5 % of the start's distance to the minimum"]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        (None, "sgd"),
        ("gd", "gd"),
        ("Plain GD, lr .09", "Plain GD, lr .09"),
        ("slow", "slow (sgd)"),
        ("a\n b\tc", "a b c (sgd)"),
        ("$x^2$", "$x^2$ (sgd)"),
    ],
)
def test_a_label_that_does_not_say_its_optimizer_has_it_added(label: str | None, shown: str) -> None:
    assert Labelled(label, run()).name == shown


def test_a_label_of_a_thousand_letters_and_ones_the_font_does_not_have_are_cut_to_what_can_be_shown() -> None:
    assert len(Labelled("x" * 1000, run()).name) < 80
    with drawn([[Labelled("\u4f60\u597d gd", run())]]) as (figure, _):
        assert legend_of(figure)[0] == "\u25a1\u25a1 gd"


MANY = [Labelled(f"run {k} with a long label", run({"name": "adam", "lr": 0.01 * k, "eps": 1e-9 * k})) for k in range(1, 13)]
AWKWARD = [
    [named(GD)],
    [MANY],
    [named(*METHODS, start="A"), named(*METHODS, start="B")],
    [named(GD, start={"w": 1e6, "a very long name of a tensor that nobody reads": 1.0})],
    [named(GD, objective={"name": "quadratic", "center": [0, -1000]}, start={"w": 0.5, "b12": -1000.75})],
]


@pytest.mark.parametrize("panels", AWKWARD)
def test_no_text_is_clipped_and_the_legend_covers_no_path(panels: list[list[Labelled]]) -> None:
    with drawn(panels) as (figure, every_axes):
        inked, page = figure.get_tightbbox(), figure.get_size_inches()
        assert inked.min.min() >= 0
        assert (inked.max <= page).all()
        legend = figure.legends[0].get_window_extent()
        assert all(not legend.overlaps(axes.bbox) for axes in every_axes)


@pytest.mark.parametrize("theme", THEMES)
def test_runs_differ_in_dashes_and_markers_without_colour(theme: str) -> None:
    strokes = [THEMES[theme].stroke(number) for number in range(40)]
    assert len({(stroke.color, stroke.dashes, stroke.marker) for stroke in strokes}) == len(strokes)
    assert len({(stroke.dashes, stroke.marker) for stroke in strokes}) == len(strokes)


# Curves


def test_the_curve_of_ten_parameters_is_the_gap_to_the_minimum_on_a_logarithmic_scale() -> None:
    ran = run({"name": "adam", "lr": 0.02}, "rosenbrock", start=[-1.2, 1.0] * 5)
    drawn_as = curves_of([ran])
    assert (drawn_as.quantity, drawn_as.logarithmic) == ("value gap", True)
    assert np.array_equal(drawn_as.series[0], ran.values)
    with drawn_curves(Labelled(None, ran)) as (_, axes):
        assert (axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "step", "value gap")


def test_a_gap_that_is_gone_is_a_gap_in_the_curve() -> None:
    ran = run({"name": "gd", "lr": 0.5}, "sphere", start=[1.0, 2.0, 3.0], steps=3)
    assert ran.values is not None
    assert ran.values[1] == 0
    assert np.isnan(curves_of([ran]).series[0]).tolist() == [False, True, True, True]


def test_a_diverged_curve_does_not_stretch_the_scale() -> None:
    good, bad = (run({"name": "gd", "lr": lr}, "rosenbrock", start=[-1.2, 1.0] * 2) for lr in (1e-3, 0.1))
    assert bad.status == "diverged"
    with drawn_curves(Labelled(None, good), Labelled(None, bad)) as (figure, axes):
        assert axes.get_ylim()[1] < 100 * good.values[0]  # type: ignore[index]
        assert legend_of(figure)[1].endswith("continues above the picture")
        assert f"(at step {bad.diverged_at})" in said_in(figure)


def test_a_growing_curve_does_not_stretch_a_scale_that_is_not_logarithmic() -> None:
    slow, fast = (run({"name": "gd", "lr": lr}, "saddle", start=[1.0, 0.0], steps=20) for lr in (0.01, 3.0))
    with drawn_curves(Labelled("slow", slow), Labelled("fast", fast)) as (figure, axes):
        assert fast.status == "growing"
        assert np.abs(axes.get_ylim()).max() < 2 * np.abs(slow.values).max()
        assert "growing: fast" in said_in(figure)


def replay(**rest: Any) -> Trajectory:
    return trajectory({"optimizer": "adam", "gradients": [[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]], "start": [1.0, 1.0], **rest})


def test_a_replay_shows_its_posted_values_or_else_how_long_its_gradients_are() -> None:
    with_values, without = curves_of([replay(values=[3.0, 2.0, 1.0])]), curves_of([replay()])
    assert (with_values.quantity, with_values.logarithmic) == ("posted value", False)
    assert with_values.series[0].tolist()[:3] == [3, 2, 1]
    assert (without.quantity, without.logarithmic) == ("gradient norm", True)
    assert without.series[0][:2] == pytest.approx([5.0, 0.5], rel=1e-15)
    assert np.isnan(without.series[0][2:]).all()


@pytest.mark.parametrize(("value", "text"), [(1e-3, "10⁻³"), (1.0, "10⁰"), (1e12, "10¹²")])
def test_powers_of_ten_are_written_with_superscripts(value: float, text: str) -> None:
    assert power_of_ten(value) == text


# The bytes


PLANE = Labelled(None, run())
TEN = Labelled(None, run("adam", "rosenbrock", start=[-1.2, 1.0] * 5))
HEADERS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b'<?xml version="1.0" encoding="utf-8"'}

BOTH_KINDS = pytest.mark.parametrize("drawn_run", [PLANE, TEN], ids=["paths", "curves"])
EVERY_FORMAT = pytest.mark.parametrize("format", MEDIA_TYPES.values())


@BOTH_KINDS
@EVERY_FORMAT
def test_equal_runs_give_equal_bytes(drawn_run: Labelled, format: str) -> None:
    assert draw([drawn_run], format) == draw([drawn_run], format)


@EVERY_FORMAT
def test_every_theme_has_a_picture_of_its_own_in_every_format(format: str) -> None:
    light, dark = (draw(PLANE.trajectory, format, theme) for theme in THEMES)
    assert light.startswith(HEADERS[format])
    assert dark.startswith(HEADERS[format])
    assert light != dark


@EVERY_FORMAT
def test_what_the_process_has_set_matplotlib_to_changes_no_byte_and_is_left_as_it_was(format: str) -> None:
    before = draw([PLANE], format)
    with mpl.rc_context({"lines.linewidth": 9.0, "font.size": 30.0, "font.family": "serif", "svg.fonttype": "none", "savefig.dpi": 20}):
        assert draw([PLANE], format) == before
        assert mpl.rcParams["lines.linewidth"] == 9.0


def test_threads_that_draw_at_once_draw_what_one_draws_alone() -> None:
    alone = [draw([each], "svg", theme) for each in (PLANE, TEN) for theme in THEMES]
    together = [b""] * len(alone)

    def fill(number: int, each: Labelled, theme: str) -> None:
        together[number] = draw([each], "svg", theme)

    pairs = [(each, theme) for each in (PLANE, TEN) for theme in THEMES]
    threads = [threading.Thread(target=fill, args=(number, *pair)) for number, pair in enumerate(pairs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_an_svg_is_well_formed_whatever_names_are_in_it_and_needs_no_font() -> None:
    picture = draw([Labelled("<b> & ]]> \x00", run(start={"<w>": 1.0, "&b": 1.0}))], "svg", title="</title> & more")
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "</title> & more"
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))


def test_a_picture_does_not_say_when_or_by_what_it_was_made() -> None:
    assert b"Software" not in draw([PLANE], "png")
    svg = draw([PLANE], "svg")
    assert b"dc:creator" not in svg
    assert b"dc:date" not in svg


# Faults


def test_points_and_values_are_needed() -> None:
    with pytest.raises(Refusal, match="include: expected points among them"):
        draw(run(include=["values"]))
    with pytest.raises(Refusal, match="include: expected values among them"):
        draw(run(objective="sphere", start=[1.0, 1.0, 1.0], include=["points"]))


def test_an_unknown_theme_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refusal, match="theme: unknown theme 'sepia'; known names: light, dark"):
        draw(run(), theme="sepia")
    with pytest.raises(Refusal, match="theme"):
        draw(replay(), theme="sepia")


def test_panels_of_several_starts_are_one_picture() -> None:
    picture = draw_panels([("from A", named(GD, start="A")), ("from B", named(GD, start="B"))], "png", "dark")
    assert picture.startswith(HEADERS["png"])


def test_matplotlib_is_not_loaded_before_a_picture_is_asked_for() -> None:
    code = "import sys, stepgrade_service.pictures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
