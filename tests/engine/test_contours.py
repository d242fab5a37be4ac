"""Level lines: they lie on their levels, levels suit the landscape, and a wrong request is told all that is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.contours import MAX_LEVELS, RESOLUTION, Contours, contours
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.resolve import resolve
from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Refusal

Array = NDArray[np.float64]

IN_THE_PLANE = [name for name, objective in OBJECTIVES.items() if objective.dimension in (None, 2)]

#: Narrower than the cells of a grid: their edges, their waves, or the bottom of their valley.
NARROW = {"brown_badly_scaled", "cross_in_tray", "eggholder", "levy_n13", "powell_badly_scaled", "scalar_linear_net"}

EVERY_OBJECTIVE = pytest.mark.parametrize("name", IN_THE_PLANE)


def lines_of(name: str, **given: Any) -> Contours:
    return contours(resolve(name, 2), **given)


def vertices(polylines: tuple[Array, ...]) -> Array:
    return np.concatenate(polylines) if polylines else np.empty((0, 2))


def test_level_lines_of_the_sphere_are_circles() -> None:
    lines = lines_of("sphere", levels=[4.0, 9.0])
    for radius, polylines in zip((2.0, 3.0), lines.polylines, strict=True):
        (circle,) = polylines
        assert np.hypot(*circle.T) == pytest.approx(radius, abs=2e-4)
        assert (circle[0] == circle[-1]).all()


def test_level_lines_of_a_bowl_of_condition_20_are_ellipses_of_its_axes() -> None:
    ((ellipse,),) = contours(resolve({"name": "quadratic", "condition": 20}), levels=[10.0]).polylines
    assert ellipse.max(axis=0) == pytest.approx([np.sqrt(20.0), 1.0], abs=1e-3)
    assert ellipse.min(axis=0) == pytest.approx([-np.sqrt(20.0), -1.0], abs=1e-3)


@pytest.mark.parametrize("name", [name for name in IN_THE_PLANE if name not in NARROW])
def test_vertices_are_within_a_fraction_of_a_cell_of_their_level(name: str) -> None:
    problem, lines = resolve(name, 2), lines_of(name)
    cell = max(high - low for low, high in lines.window) / (RESOLUTION - 1)
    for level, polylines in zip(lines.levels, lines.polylines, strict=True):
        values, gradients = problem.evaluate(np.ascontiguousarray(vertices(polylines).T))
        distances = np.abs(values - level) / np.linalg.norm(gradients, axis=0)
        assert np.quantile(distances, 0.99) < 0.25 * cell


@EVERY_OBJECTIVE
def test_automatic_levels_are_about_a_dozen_round_numbers_and_each_has_a_line(name: str) -> None:
    lines = lines_of(name)
    assert 9 <= len(lines.levels) <= 12
    assert (np.diff(lines.levels) > 0).all()
    assert all(float(f"{level:.4g}") == level for level in lines.levels)
    assert all(lines.polylines)


def test_automatic_levels_of_a_saddle_are_evenly_spaced_and_those_of_a_bowl_make_even_rings() -> None:
    saddle, bowl = lines_of("saddle").levels, lines_of("sphere").levels
    assert np.diff(saddle) == pytest.approx(np.diff(saddle).mean(), rel=0.1)
    steps, rings = np.diff(bowl), np.diff(np.sqrt(bowl))
    assert steps.max() > 3 * steps.min()
    assert rings.max() < 1.6 * rings.min()


def test_the_lowest_automatic_level_of_rosenbrocks_valley_is_one_unbroken_line() -> None:
    assert len(lines_of("rosenbrock").polylines[0]) == 1


def test_a_number_of_levels_is_the_most_there_are() -> None:
    assert 20 <= len(lines_of("sphere", levels=25).levels) <= 25
    assert len(lines_of("sphere", levels=1).levels) == 1


def test_given_levels_are_kept_as_given_and_one_beyond_the_values_has_no_line() -> None:
    lines = lines_of("sphere", levels=[9.0, -1.0, 4.0, 9.0])
    assert lines.levels.tolist() == [9.0, -1.0, 4.0, 9.0]
    assert [len(polylines) for polylines in lines.polylines] == [1, 0, 1, 1]


def test_the_window_is_the_objectives_own_unless_given() -> None:
    assert lines_of("rosenbrock").window == ((-2.0, 2.0), (-1.0, 3.0))
    lines = lines_of("sphere", window=[[0, 3], [1, 2]], levels=[4.0])
    assert lines.window == ((0.0, 3.0), (1.0, 2.0))
    assert (vertices(lines.polylines[0]) >= [0, 1]).all()
    assert (vertices(lines.polylines[0]) <= [3, 2]).all()


def test_there_is_no_line_where_the_objective_is_not_finite() -> None:
    lines = lines_of("rosenbrock", window=[[-1e75, 1e75], [-1, 1]])
    assert len(lines.levels) > 0
    points = np.concatenate([vertices(polylines) for polylines in lines.polylines])
    assert np.isfinite(points).all()
    assert np.abs(points[:, 0]).max() < 4e74


@pytest.mark.parametrize("window", [[[1e200, 2e200], [0, 1]], [[-1e-200, 1e-200], [-1e-200, 1e-200]]])
def test_where_nothing_is_finite_or_nothing_rises_there_are_no_levels(window: Any) -> None:
    lines = lines_of("sphere", window=window)
    assert lines.levels.size == 0
    assert lines.polylines == ()


def test_equal_requests_give_equal_lines() -> None:
    first, second = lines_of("himmelblau"), lines_of("himmelblau")
    assert all(
        np.array_equal(a, b)
        for polylines, others in zip(first.polylines, second.polylines, strict=True)
        for a, b in zip(polylines, others, strict=True)
    )


FAULTS = [
    ({"window": "wide"}, {("window",)}),
    ({"window": {"x": [-1, 1], "y": [-1, 1]}}, {("window",)}),
    ({"window": [[-1, 1]]}, {("window",)}),
    ({"window": [[1, 1], [3, 2]]}, {("window", 0), ("window", 1)}),
    ({"window": [[-1, 1], [-1, "1"]]}, {("window", 1, 1)}),
    ({"window": [[-1, 1], [0, float("inf")]]}, {("window",)}),
    ({"window": [[-1.7e308, 1.7e308], [0, 1]]}, {("window", 0)}),
    ({"window": [[1.0, 1.0 + 1e-15], [0, 1]]}, {("window", 0)}),
    ({"levels": 0}, {("levels",)}),
    ({"levels": MAX_LEVELS + 1}, {("levels",)}),
    ({"levels": 2.5}, {("levels",)}),
    ({"levels": True}, {("levels",)}),
    ({"levels": "many"}, {("levels",)}),
    ({"levels": [1, None]}, {("levels", 1)}),
    ({"levels": [1, float("nan")]}, {("levels",)}),
    ({"levels": [[1, 2]]}, {("levels",)}),
    ({"levels": [1.0] * (MAX_LEVELS + 1)}, {("levels",)}),
    ({"window": [[1, 0], [0, 1]], "levels": 0}, {("window", 0), ("levels",)}),
]


@pytest.mark.parametrize(("given", "paths"), FAULTS)
def test_every_fault_is_told_with_its_place(given: dict[str, Any], paths: set[tuple[str | int, ...]]) -> None:
    with pytest.raises(Refusal) as refusal:
        lines_of("sphere", **given)
    assert {fault.path for fault in refusal.value.faults} == paths


def test_an_objective_of_three_parameters_is_refused() -> None:
    with pytest.raises(Refusal, match="objective: expected an objective of two parameters; sphere has 3"):
        contours(resolve("sphere", 3))
    with pytest.raises(Refusal, match="the expression has 4 here: a, x, b, y"):
        contours(resolve({"expression": "a*x + b*y"}))


def test_lines_of_more_numbers_than_an_answer_may_have_are_refused() -> None:
    with pytest.raises(TooCostly, match="levels: expected at most 1000 numbers in the answer"):
        lines_of("sphere", limits=Limits(answer=1000))


def apart(points: Array, line: Array) -> Array:
    """How far points (points, 2) are from the nearest segment of a line."""
    first, along = line[:-1], np.diff(line, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-300)
    share = np.clip(((points[:, None] - first) * along).sum(axis=2) / length, 0.0, 1.0)
    return np.asarray(np.linalg.norm(points[:, None] - first - share[..., None] * along, axis=2).min(axis=1))


@pytest.mark.parametrize("name", ["quadratic", "rosenbrock", "himmelblau", "saddle"])
@pytest.mark.parametrize("tolerance", [1e-4, 0.003, 0.05])
def test_lines_are_simplified_and_rounded_within_the_tolerance(name: str, tolerance: float) -> None:
    whole, few = lines_of(name), lines_of(name, tolerance=tolerance)
    assert (whole.levels == few.levels).all()
    for lines, simpler in zip(whole.polylines, few.polylines, strict=True):
        assert len(lines) == len(simpler)
        for line, simple in zip(lines, simpler, strict=True):
            assert apart(line, simple).max() <= tolerance
            assert (line[0] == line[-1]).all() == (simple[0] == simple[-1]).all()
            assert len(simple) <= len(line)


def test_a_quarter_of_a_pixel_leaves_few_of_the_numbers() -> None:
    whole, few = lines_of("rosenbrock"), lines_of("rosenbrock", tolerance=0.25 * 4.0 / 640)
    assert sum(map(len, map(vertices, few.polylines))) < 0.15 * sum(map(len, map(vertices, whole.polylines)))


@pytest.mark.parametrize("tolerance", [5e-324, 1e-300, 1e-15, 1e300])
def test_no_tolerance_is_too_small_or_too_large(tolerance: float) -> None:
    assert all(np.isfinite(line).all() for level in lines_of("himmelblau", tolerance=tolerance).polylines for line in level)
