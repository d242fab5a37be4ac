"""Pictures of maps: cells where they belong, colours that say which side one is on, and counts that are the map's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure

from stepgrade_service.engine.comparing.map import Map, make_map
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.pictures import MEDIA_TYPES, THEMES, draw_map, heat, rates
from stepgrade_service.pictures.boxes import PlacedPanel
from stepgrade_service.pictures.canvas import drawing
from stepgrade_service.pictures.grid import grid_of
from stepgrade_service.pictures.heat import heats_of
from stepgrade_service.pictures.map_caption import settings_of
from stepgrade_service.pictures.patterns import CROSSES, DOTS, STRIPES
from stepgrade_service.pictures.scales import about_effects, about_ratio_of_gaps, about_ratio_of_steps, from_little_to_much

LIGHT = THEMES["light"]
COLORS = LIGHT.heat
GD, RMSPROP = {"name": "gd", "lr": 0.098}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}
PLANE = {"x": [-6, 6, 25], "y": [-3, 3, 13]}
LABELS = ("gd", "rmsprop")
HOSTILE = "$<b>& ]]> \u4f60\u597d " + "a label that goes on " * 5


def mapped(grid: Any = PLANE, measure: Any = "steps_to_target", optimizers: Any = (GD, RMSPROP), **rest: Any) -> Map:
    request = {"objective": "quadratic", "optimizers": list(optimizers), "grid": grid, "measure": measure, "steps": 60}
    return make_map({**request, **rest})


def said_in(figure: Figure) -> str:
    """All that stands outside of the axes, line breaks taken out."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts).replace("  ", " ")


@contextmanager
def drawn(shown: Map, theme: str = "light") -> Iterator[tuple[Figure, list[PlacedPanel]]]:
    with drawing(THEMES[theme]) as figure:
        compose = heat.compose if len(shown.axes) == 2 else rates.compose
        places = compose(figure, shown, THEMES[theme], "A title", settings_of(shown))
        figure.draw_without_rendering()
        yield figure, places


def legends_of(figure: Figure) -> list[str]:
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return [text.replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ") for text in texts]


def dots_of(place: PlacedPanel, color: str) -> np.ndarray:
    """Where a pattern's glyphs stand, (glyphs, 2), in the units of the panel's axes."""
    axes = place.axes
    (line,) = (line for line in axes.get_lines() if line.get_transform() == axes.transAxes and line.get_color() == color)
    return axes.transData.inverted().transform(axes.transAxes.transform(line.get_xydata()))


# The plane


def test_a_unit_has_as_many_pixels_on_both_axes() -> None:
    with drawn(mapped(measure=["steps_to_target", "final_value"])) as (_, places):
        for place in places:
            corners = place.axes.transData.transform([(0, 0), (1, 1)])
            across, up = corners[1] - corners[0]
            assert across == pytest.approx(up, rel=1e-9)


@pytest.mark.parametrize(
    ("grid", "extent"),
    [
        (PLANE, (-6.25, 6.25, -3.25, 3.25)),
        ({"x": [-5, 5, 11], "y": [-1, -1, 1]}, (-5.5, 5.5, -1.5, -0.5)),
        ({"lr": [1e-3, 1, 4], "x": [0, 2, 3]}, (-3.5, 0.5, -0.5, 2.5)),
    ],
)
def test_a_cell_lies_around_its_start(grid: Any, extent: tuple[float, ...]) -> None:
    shown = mapped(grid)
    assert grid_of(shown.axes, shown.problem, 0.25, 1.2).extent == pytest.approx(extent)


def test_level_lines_and_a_star_lie_over_the_cells() -> None:
    with drawn(mapped()) as (figure, (place,)):
        assert len(place.axes.collections) == 1
        stars = [line.get_xydata().tolist() for line in place.axes.get_lines() if line.get_marker() == "*"]
        assert stars == [[[0, 0]], [[0, 0]]]
        assert "minimum" in legends_of(figure)


def test_a_learning_rate_has_a_logarithmic_axis_in_words() -> None:
    with drawn(mapped({"lr": [1e-3, 1, 13], "y": [-3, 3, 13]})) as (_, (place,)):
        assert (place.axes.get_xlabel(), place.axes.get_ylabel()) == ("learning rate", "b")
        assert [label.get_text() for label in place.axes.get_xticklabels()] == ["0.001", "0.01", "0.1", "1"]
        assert place.axes.get_xticks() == pytest.approx([-3, -2, -1, 0])


TWO_MINIMA = {
    "grid": {"x": [-2, 2, 21], "y": [-2, 2, 21]},
    "optimizers": [{"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}],
    "objective": "dupont_two_gaussians",
    "steps": 300,
}


def test_the_lowest_minimum_is_marked_as_such_on_a_map_too() -> None:
    with drawn(mapped(measure=["settling_step", "minimum_reached"], **TWO_MINIMA)) as (figure, places):
        for place in places:
            stars = [line for line in place.axes.get_lines() if line.get_marker() == "*"]
            assert len({line.get_markersize() for line in stars}) == 2
        assert {"lowest minimum", "other minimum"} <= set(legends_of(figure))
        assert [entry for entry in legends_of(figure) if entry.startswith("0 (lowest): (")]


# What the colours say


def test_cells_where_two_end_at_different_minima_have_crosses_and_no_race() -> None:
    shown = mapped(measure=["settling_step", "direction_effect", "final_value"], **TWO_MINIMA)
    race, effect, values = heats_of(shown, LIGHT)
    where, count = shown.different_minima, shown.counts["settling_step"]["different_minima"]
    assert 0 < count == where.sum()
    for panel in (race, effect):
        (crosses,) = (overlay for overlay in panel.overlays if overlay.pattern is CROSSES)
        assert np.array_equal(crosses.where, where)
        assert (panel.colors[where][:, 3] == 0).all()
        (text,) = (entry.text for entry in panel.entries if entry.text.startswith("no race: they end at different minima: "))
        assert text.replace("\N{NO-BREAK SPACE}", " ").split(": ")[2].startswith(f"{count} of 441")
    assert (values.colors[where][:, 3] == 1).all()
    assert not any(overlay.where.any() for overlay in values.overlays if overlay.pattern is CROSSES)


def test_what_is_painted_is_what_is_counted() -> None:
    shown = mapped(measure=["settling_step", "final_value"], **TWO_MINIMA)
    for measure, panel in zip(shown.plan.measures, heats_of(shown, LIGHT), strict=True):
        is_neutral = np.isclose(panel.colors, to_rgba(COLORS.better[0]), atol=0.01).all(axis=-1)
        assert is_neutral.sum() == shown.counts[measure]["equal"]
        worse = panel.overlays[0].where.sum() + panel.overlays[1].where.sum()
        assert worse == shown.counts[measure]["ahead"]["gd"]


def test_settling_has_words_of_its_own() -> None:
    (panel,) = heats_of(mapped(measure="settling_step", steps=200), LIGHT)
    assert panel.title == "settling step: rmsprop against gd"
    texts = [entry.text.replace("\N{NO-BREAK SPACE}", " ").split(":")[0] for entry in panel.entries]
    assert texts[:2] == ["rmsprop settles sooner", "gd settles sooner"] or "among these, only gd settles" in texts
    (alone,) = heats_of(mapped(measure="settling_step", optimizers=[RMSPROP], steps=200), LIGHT)
    assert alone.entries[0].text.startswith("not settled within 200 steps: ")


@pytest.mark.parametrize(("arrival", "steps"), [("settle", "the settling step"), ("touch", "the steps to the target")])
def test_the_caption_of_an_effect_says_what_it_changes(arrival: str, steps: str) -> None:
    shown = mapped(measure="direction_effect", target={"distance": 0.05, "arrival": arrival}, steps=200)
    (panel,) = heats_of(shown, LIGHT)
    assert panel.lines[0] == f"this changes {steps} by the factor shown"
    if len(panel.lines) > 1:
        assert panel.lines[1].endswith("so the factor is of the end gap")


def test_no_difference_has_the_neutral_colour_and_the_scale_goes_as_far_on_both_sides() -> None:
    (panel,) = heats_of(mapped(), LIGHT)
    assert panel.scale is not None
    assert panel.scale.low == -panel.scale.high
    assert panel.scale.colors(np.zeros(1))[0] == pytest.approx(to_rgba(COLORS.better[0]), abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
def test_the_two_sides_differ_in_hue_and_in_dots_and_what_only_one_reaches_is_beyond_both(theme: str) -> None:
    colors = THEMES[theme].heat

    def brightness(color: str) -> float:
        return float(np.dot(to_rgb(color), [0.2126, 0.7152, 0.0722]))

    away = [abs(brightness(color) - brightness(colors.better[0])) for color in (colors.better[-1], colors.only_better)]
    assert away[1] > away[0] > 0.25
    away = [abs(brightness(color) - brightness(colors.worse[0])) for color in (colors.worse[-1], colors.only_worse)]
    assert away[1] > away[0] > 0.25
    assert colors.better[0] == colors.worse[0]
    for below, above in zip(colors.better[1:], colors.worse[1:], strict=True):
        assert to_rgb(below)[2] > to_rgb(below)[0]
        assert to_rgb(above)[0] > to_rgb(above)[2]


def test_dots_stand_exactly_on_the_cells_where_the_second_needs_more_steps() -> None:
    shown = mapped()
    gd, rmsprop = (shown.measures["steps_to_target"][label] for label in LABELS)
    with drawn(shown) as (_, (place,)):
        dots = dots_of(place, COLORS.dots)
        columns, rows = np.rint((dots - [-6, -3]) / 0.5).astype(int).T
        needs_more = (rmsprop >= 1.05 * gd) & (rmsprop > gd)
        assert len(dots) > 20
        assert needs_more[rows, columns].all()
        seen = np.zeros(gd.shape, np.bool_)
        seen[rows, columns] = True
        assert np.array_equal(seen, needs_more)


def test_what_one_or_neither_reaches_has_a_colour_or_stripes_of_its_own() -> None:
    shown = mapped(optimizers=[{"name": "gd", "lr": 0.01}, RMSPROP], steps=20)
    gd, rmsprop = (shown.measures["steps_to_target"][label] for label in LABELS)
    (panel,) = heats_of(shown, LIGHT)
    only = np.isnan(gd) & ~np.isnan(rmsprop)
    assert only.any()
    assert (panel.colors[only] == to_rgba(COLORS.only_better)).all()
    (stripes,) = (overlay for overlay in panel.overlays if overlay.pattern is STRIPES)
    assert np.array_equal(stripes.where, np.isnan(gd) & np.isnan(rmsprop))
    assert (panel.colors[stripes.where][:, 3] == 0).all()


def test_the_legend_has_the_counts_of_the_map() -> None:
    shown = mapped(measure=["steps_to_target", "final_value", "direction_effect"])
    counts = shown.counts
    with drawn(shown) as (figure, _):
        said = "; ".join(legends_of(figure))
    for measure, words in (("steps_to_target", "needs fewer steps"), ("final_value", "ends lower")):
        for label in LABELS:
            assert f"{label} {words}: {counts[measure]['ahead'][label]} of 325" in said
    assert f"helps: {counts['direction_effect']['helps']} of 325" in said
    assert f"hurts: {counts['direction_effect']['hurts']} of 325" in said


def test_dots_of_an_effect_are_on_the_cells_that_count_as_hurt() -> None:
    shown = mapped(measure="direction_effect", steps=200)
    (panel,) = heats_of(shown, LIGHT)
    assert int(panel.overlays[0].where.sum()) == shown.counts["direction_effect"]["hurts"] > 0


def test_the_ends_of_the_bar_are_in_words() -> None:
    (panel,) = heats_of(mapped(), LIGHT)
    assert panel.ends == ("←\N{NO-BREAK SPACE}rmsprop needs fewer steps", "rmsprop needs more steps\N{NO-BREAK SPACE}→")
    assert panel.title == "steps to the target: rmsprop against gd"


def test_one_optimizer_is_on_a_scale_from_little_to_much() -> None:
    shown = mapped(optimizers=[{"name": "gd", "lr": 0.02}])
    (panel,) = heats_of(shown, LIGHT)
    steps = shown.measures["steps_to_target"]["gd"]
    assert panel.scale is not None
    assert not panel.scale.folds
    brightness = panel.colors[..., :3] @ [0.2126, 0.7152, 0.0722]
    known = ~np.isnan(steps)
    order = np.argsort(steps[known])
    assert (np.diff(brightness[known][order]) <= 1e-6).all()
    assert np.array_equal(panel.overlays[0].where, ~known)


def test_each_minimum_has_a_colour_and_its_share() -> None:
    shown = mapped({"x": [-5, 5, 21], "y": [-5, 5, 21]}, "minimum_reached", [{"name": "gd", "lr": 0.01}], objective="himmelblau", steps=300)
    reached, counts = shown.measures["minimum_reached"]["gd"], shown.counts["minimum_reached"]["gd"]
    (panel,) = heats_of(shown, LIGHT)
    for number in range(4):
        assert (panel.colors[reached == number] == to_rgba(COLORS.kinds[number])).all()
    with drawn(shown) as (figure, (place,)):
        assert [text.get_text() for text in place.axes.texts] == ["0", "1", "2", "3"]
        shares = [f"{100 * count / 441:.1f} %" for count in counts]
        assert all(entry.endswith(share) for entry, share in zip(legends_of(figure), shares, strict=True))


def test_starts_where_the_objective_is_undefined_are_left_blank() -> None:
    shown = mapped()
    counts = {**shown.counts, "undefined": 1}
    problem = shown.problem

    class Holed:
        facts = problem.facts

        def evaluate(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, gradients = problem.evaluate(points)
            values[0] = np.nan
            return values, gradients

    class Shown:
        plan, axes, labels, measures, outcome, rates = shown.plan, shown.axes, shown.labels, shown.measures, shown.outcome, shown.rates
        raced, different_minima = shown.raced, shown.different_minima

    Shown.counts, Shown.problem = counts, Holed()  # type: ignore[attr-defined]
    (panel,) = heats_of(Shown(), LIGHT)  # type: ignore[arg-type]
    assert panel.colors[0, 0, 3] == 0
    assert not any(overlay.where[0, 0] for overlay in panel.overlays)
    assert [entry.text for entry in panel.entries][-1].startswith("cannot be compared: 1")


# Scales


def test_a_few_cells_far_beyond_the_others_do_not_stretch_the_scale() -> None:
    scale = about_ratio_of_steps(np.append(np.linspace(-2, 2, 99), 40.0), COLORS)
    assert 2 <= scale.high < 6
    assert scale.labels[-1].startswith("≥ ")
    assert scale.labels[0].startswith("≤ ")


@pytest.mark.parametrize(
    ("scale", "numbers", "labels"),
    [
        (about_ratio_of_steps, [-2.0, 2.0], ["1/4", "0.35", "1/2", "0.71", "1", "1.41", "2", "2.83", "4"]),
        (about_ratio_of_steps, [-3.5, 1.0], ["1/8", "1/4", "1/2", "1", "2", "4", "8"]),
        (about_ratio_of_gaps, [3.0], ["10⁻³", "10⁻²", "10⁻¹", "1", "10¹", "10²", "10³"]),
        (about_ratio_of_gaps, [3e-9], ["1−6.9e−09", "1−4.6e−09", "1−2.3e−09", "1", "1+2.3e−09", "1+4.6e−09", "1+6.9e−09"]),
        (about_effects, [0.3], ["0.71", "1", "1.41"]),
        (about_effects, [1.0], ["1/8", "1/4", "1/2", "1", "2", "4", "8"]),
        (about_effects, [9.0], ["≤ 1/64", "1/16", "1/4", "1", "4", "16", "≥ 64"]),
        (about_effects, [np.nan], ["1/2", "0.71", "1", "1.41", "2"]),
        (from_little_to_much, [3.0, 300.0], ["5", "10", "20", "50", "100", "200"]),
        (from_little_to_much, [1.0, 1e9], ["1", "100", "10000", "10⁶", "10⁸"]),
        (from_little_to_much, [10.0, 20.0], ["10", "12", "14", "16", "18", "20"]),
        (from_little_to_much, [7.0], ["6.5", "6.75", "7", "7.25", "7.5"]),
        (from_little_to_much, [np.nan], ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_ticks_are_round_and_few(scale: Any, numbers: list[float], labels: list[str]) -> None:
    assert list(scale(np.array(numbers), COLORS).labels) == labels


def test_nothing_is_transparent_but_what_is_not_known() -> None:
    for scale in (about_ratio_of_gaps, from_little_to_much):
        colors = scale(np.array([0.0, 1e-300, 1e300]), COLORS).colors(np.array([0.0, 1e-300, 1e300, np.inf, np.nan]))
        assert colors[:, 3].tolist() == [1, 1, 1, 1, 0]


# Curves over one axis


def test_over_learning_rates_each_optimizer_is_a_curve_with_gaps() -> None:
    shown = mapped({"lr": [1e-4, 1, 30]}, ["steps_to_target", "direction_effect"])
    with drawn(shown) as (figure, (steps, effect)):
        for label, line in zip(LABELS, steps.axes.get_lines(), strict=True):
            assert np.array_equal(line.get_ydata(), shown.measures["steps_to_target"][label], equal_nan=True)
            assert line.get_xdata() == pytest.approx(np.linspace(-4, 0, 30))
        assert np.isnan(shown.measures["steps_to_target"]["gd"]).any()
        assert effect.axes.get_ylim()[0] == -effect.axes.get_ylim()[1]
        assert legends_of(figure) == ["gd", "rmsprop"]
        assert steps.axes.get_xlabel() == "learning rate"


# What is said


def test_the_settings_that_differ_and_those_that_are_shared_stand_below_the_title() -> None:
    said = settings_of(mapped())
    assert said == "gd: lr=0.098; rmsprop: lr=0.2, rho=0.9, eps=1e-08; steps=60; target: 5 % of the start's distance to the minimum"


def test_a_rate_that_is_on_an_axis_is_not_told_and_the_start_is() -> None:
    assert settings_of(mapped({"lr": [1e-3, 1, 4]}, start="A")).endswith("start=(-5, -1)")
    said = settings_of(mapped({"lr": [1e-3, 1, 4], "y": [-1, 1, 3]}, start="A"))
    assert "lr=" not in said
    assert said.endswith("start: w=-5")


AWKWARD = {
    "two cells": lambda: mapped({"x": [-1, 1, 2], "y": [-1, 1, 2]}),
    "a flat strip": lambda: mapped({"x": [-6, 6, 40], "y": [-0.01, 0.01, 3]}),
    "a tower": lambda: mapped({"x": [-0.1, 0.1, 3], "y": [-9, 9, 40]}),
    "nothing reached": lambda: mapped(optimizers=[{**GD, "lr": 1e-9}, {**RMSPROP, "lr": 1e-9}], measure=["steps_to_target", "final_value"]),
    "labels": lambda: mapped(
        optimizers=[{**GD, "label": HOSTILE}, {**RMSPROP, "label": "2" + HOSTILE}],
        measure=["steps_to_target", "direction_effect", "magnitude_effect", "final_value", "minimum_reached"],
    ),
    "diverging": lambda: mapped({"lr": [1e-3, 10, 20], "y": [-3, 3, 7]}, ["steps_to_target", "final_value"], steps=900),
    "no minimum": lambda: mapped({"x": [-1, 1, 11], "y": [-1, 1, 11]}, "final_value", objective="saddle"),
    "rates": lambda: mapped({"lr": [1e-4, 1e3, 30]}, ["steps_to_target", "final_value", "minimum_reached", "magnitude_effect"]),
    "matched": lambda: mapped(match="first_step"),
}


@pytest.mark.parametrize("make", AWKWARD.values(), ids=AWKWARD)
@pytest.mark.parametrize("theme", THEMES)
def test_no_text_is_clipped_and_no_panel_covered(make: Any, theme: str) -> None:
    with drawn(make(), theme) as (figure, places):
        inked, page = figure.get_tightbbox(), figure.get_size_inches()
        assert inked.min.min() >= 0
        assert (inked.max <= page).all()
        for place in places:
            assert all(not legend.get_window_extent().overlaps(place.axes.bbox) for legend in figure.legends)
            assert all(not text.get_window_extent().overlaps(place.axes.bbox) for text in figure.texts)
        bars = [place.bar.get_tightbbox() for place in places if place.bar is not None]
        assert all(not one.overlaps(other) for number, one in enumerate(bars) for other in bars[:number])


# The bytes


KINDS = {"plane": mapped(measure=["steps_to_target", "minimum_reached"]), "rates": mapped({"lr": [1e-3, 1, 9]})}


@pytest.mark.parametrize("format", MEDIA_TYPES.values())
@pytest.mark.parametrize("shown", KINDS.values(), ids=KINDS)
def test_equal_maps_give_equal_bytes_and_every_theme_its_own(shown: Map, format: str) -> None:
    light, again, dark = (draw_map(shown, format, theme) for theme in ("light", "light", "dark"))
    assert light == again
    assert light != dark


def test_an_svg_is_well_formed_whatever_labels_are_in_it_and_its_cells_are_a_picture() -> None:
    picture = draw_map(AWKWARD["labels"](), "svg", title="</title> & more")
    root = ElementTree.fromstring(picture)
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "</title> & more"
    assert len(list(root.iter("{http://www.w3.org/2000/svg}image"))) == 10


def test_a_million_cells_are_not_a_million_shapes() -> None:
    small = mapped()
    axes = tuple(replace(axis, values=np.linspace(axis.values[0], axis.values[-1], 1000)) for axis in small.axes)
    random = np.random.default_rng(7).integers(1, 60, (2, 1000, 1000)).astype(np.float64)
    measured = {"steps_to_target": dict(zip(LABELS, random, strict=True))}
    nowhere = np.zeros((1000, 1000), np.bool_)
    shown = replace(small, plan=replace(small.plan, axes=axes), measures=measured, raced=measured, different_minima=nowhere)
    assert len(draw_map(shown, "svg")) < 6e6
    assert len(draw_map(shown, "png")) < 6e6


@pytest.mark.parametrize("make", AWKWARD.values(), ids=AWKWARD)
def test_the_numbers_at_colour_bars_and_axes_do_not_run_into_each_other(make: Any) -> None:
    with drawn(make()) as (_, places):
        for axes in (axes for place in places for axes in (place.bar, place.axes) if axes is not None):
            labels = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
            assert all(not one.overlaps(other) for number, one in enumerate(labels) for other in labels[:number])


def test_a_known_theme_is_needed() -> None:
    with pytest.raises(Refusal, match="theme: unknown theme 'sepia'"):
        draw_map(KINDS["rates"], theme="sepia")


def test_dots_are_a_pattern_of_their_own() -> None:
    assert DOTS.hatch != STRIPES.hatch


def test_where_both_diverge_no_value_is_compared() -> None:
    fast = [{"name": "gd", "lr": 1.0}, {"name": "gd", "lr": 2.0, "label": "fast"}]
    shown = mapped({"x": [5, 6, 5], "y": [2, 3, 5]}, ["final_value"], fast, steps=1000)
    assert all(where.all() for where in shown.diverged.values())
    (panel,) = heats_of(shown, LIGHT)
    assert (panel.colors[..., 3] == 0).all()
    with drawn(shown) as (figure, _):
        assert any(entry.startswith("both diverge: 25 of 25") for entry in legends_of(figure))


def test_effects_of_another_outcome_are_not_joined_to_those_of_steps() -> None:
    shown = mapped({"lr": [1e-3, 1, 30]}, ["direction_effect"], start="B", steps=300)
    in_gaps = shown.outcome == 1
    assert in_gaps.any()
    assert not in_gaps.all()
    with drawn(shown) as (figure, (place,)):
        line, hollow = place.axes.get_lines()[:2]
        assert np.isnan(line.get_ydata()[in_gaps]).all()
        assert len(hollow.get_ydata()) == in_gaps.sum()
        assert "rmsprop's direction instead of gd's" in said_in(figure)


def test_over_one_coordinate_the_other_is_told() -> None:
    with drawn(mapped({"x": [-6, 6, 5]}, start=[0.0, -2.0])) as (figure, _):
        assert "start: b=-2" in said_in(figure).replace("\N{MINUS SIGN}", "-")


def test_axes_of_which_one_is_far_longer_have_scales_of_their_own_and_the_picture_says_so() -> None:
    with drawn(mapped({"x": [-600, 600, 41], "y": [-1, 1, 21]})) as (figure, (place,)):
        assert place.axes.get_ylim()[1] < 1.1
        assert "the axes have different scales" in said_in(figure)
