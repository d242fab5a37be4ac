"""The catalogue of objectives against mathematics: gradients, minima, curvature, and numbers that others published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.hessian import derivatives
from stepgrade_service.engine.objectives.resolve import Problem, resolve
from stepgrade_service.engine.running.trajectory import trajectory

Array = NDArray[np.float64]


def sample(problem: Problem, runs: int, seed: int = 7) -> Array:
    """Points all over the window, (dimension, runs)."""
    low, high = np.array(problem.facts.window).T[:, :, np.newaxis]
    return low + (high - low) * np.random.default_rng(seed).random((problem.dimension, runs))


def value(problem: Problem, point: Sequence[float]) -> float:
    return float(problem.evaluate(np.array(point, dtype=float).reshape(-1, 1))[0][0])


def gradient(problem: Problem, point: Sequence[float]) -> Array:
    return problem.evaluate(np.array(point, dtype=float).reshape(-1, 1))[1][:, 0]


def curvatures(problem: Problem, point: Sequence[float]) -> Array:
    """Eigenvalues of the Hessian, ascending."""
    return np.linalg.eigvalsh(problem.hessian(point))


def central_differences(function: Callable[[Array], Array], point: Array, h: float = 2e-3) -> Array:
    """d function / d x_i along the first axis, by the formula of sixth order."""
    slopes = []
    for shift in h * np.eye(len(point)):
        pairs = [function(point + k * shift) - function(point - k * shift) for k in (1, 2, 3)]
        slopes.append((45 * pairs[0] - 9 * pairs[1] + pairs[2]) / (60 * h))
    return np.array(slopes)


def as_printed(digits: str) -> object:
    """Equal to a published number as far as it was printed."""
    return pytest.approx(float(digits), rel=0, abs=0.5 * 10.0 ** -len(digits.partition(".")[2]))


#: Quadratic functions that are no bowl at its default parameters.
QUADRATICS: tuple[dict[str, Any], ...] = (
    {"condition": 1000, "rotation": 30},
    {"condition": 1000, "rotation": 30, "center": [1, 2, 3]},
    {"scales": [20, 1], "rotation": 30, "constant": -2},
    {"matrix": [[2, 1], [1, 3]], "linear": [1, -1], "constant": 5},
    {"matrix": [[2, -1, 0], [-1, 2, -1], [0, -1, 2]], "center": [3, 4, 3]},
    {"scales": [1, -1], "rotation": 10},
    {"matrix": [[1, 0], [0, 0]], "linear": [3, 0]},
)


def problems() -> list[Problem]:
    found = [resolve({"name": "quadratic", **given}) for given in QUADRATICS]
    for objective in OBJECTIVES.values():
        free = [n for n in (1, 2, 3, 7) if n >= objective.least_dimension]
        found += [named(objective.name, n) for n in (free if objective.dimension is None else [objective.dimension])]
    return found


def named(name: str, dimension: int | None = None) -> Problem:
    return resolve(name, dimension)


def described(problem: Problem) -> str:
    given = {name: value for name, value in problem.echo.items() if name not in ("name", "dimension")}
    return "-".join([problem.objective.name, str(problem.dimension), *(f"{name}={value}" for name, value in given.items())])


def every(known: Callable[[Problem], bool] = bool) -> Any:
    return pytest.mark.parametrize("problem", [problem for problem in problems() if known(problem)], ids=described)


def has_minimum(problem: Problem) -> bool:
    return len(problem.facts.minima) > 0


@every()
def test_the_gradient_is_the_derivative_of_the_value(problem):
    for point in sample(problem, 20).T:
        expected = derivatives(problem.objective.kernel, problem.facts.kernel_parameters, point)[0]
        assert np.linalg.norm(gradient(problem, point) - expected) <= 1e-13 * max(1.0, problem.dimension) * np.linalg.norm(expected)


@every(lambda problem: problem.flags["smooth"])
def test_the_hessian_is_the_derivative_of_the_gradient(problem):
    width = min(high - low for low, high in problem.facts.window)
    for point in sample(problem, 5).T:
        exact, h = problem.hessian(point), 1e-4 * width
        differences = central_differences(lambda x: gradient(problem, x), point, h)
        scale = np.linalg.norm(exact) + 1e-8 * np.linalg.norm(gradient(problem, point)) / h
        assert np.linalg.norm(exact - exact.T) <= 1e-12 * np.linalg.norm(exact)
        assert np.linalg.norm(differences - exact) <= 1e-6 * scale


@every()
def test_a_batch_gives_bit_for_bit_what_single_runs_give(problem):
    points = sample(problem, 13)
    values, gradients = problem.evaluate(points)
    for r in range(13):
        alone, slopes = problem.evaluate(np.ascontiguousarray(points[:, r : r + 1]))
        assert alone.tobytes() == values[r : r + 1].tobytes()
        assert slopes.tobytes() == gradients[:, r].tobytes()


@every(has_minimum)
def test_the_value_at_each_minimum_is_the_one_stated(problem):
    facts = problem.facts
    values, _ = problem.evaluate(np.array(facts.minima, dtype=float).T.copy())
    # Of Schwefel's constant, which is taken from each term, rounding leaves that much.
    left = 5e-14 * problem.dimension if problem.objective.name == "schwefel" else 1e-19
    np.testing.assert_allclose(values, facts.value_at_minima, rtol=1e-13, atol=left)


@every(lambda problem: problem.facts.condition_number is not None)
def test_at_a_regular_minimum_newton_would_move_the_last_digits_only(problem):
    for minimum in np.array(problem.facts.minima, dtype=float):
        step = np.linalg.solve(problem.hessian(minimum), gradient(problem, minimum))
        assert np.all(curvatures(problem, minimum) > 0)
        assert np.abs(step).max() < 3e-15 * max(1.0, np.abs(minimum).max())


@every(has_minimum)
def test_nothing_in_the_window_is_below_the_first_minimum(problem):
    deepest = problem.facts.value_at_minima[0]
    assert deepest == min(problem.facts.value_at_minima)
    assert problem.evaluate(sample(problem, 5_000))[0].min() >= deepest


@every(lambda problem: problem.facts.condition_number is not None)
def test_the_condition_number_is_the_ratio_of_the_curvatures_at_the_first_minimum(problem):
    found = curvatures(problem, problem.facts.minima[0])
    assert problem.facts.condition_number == pytest.approx(found[-1] / found[0], rel=1e-9)


@every(lambda problem: problem.flags["smooth"] and has_minimum(problem) and problem.facts.condition_number is None)
def test_without_a_condition_number_a_smooth_minimum_is_singular(problem):
    found = curvatures(problem, problem.facts.minima[0])
    assert abs(found[0]) <= 1e-15 * max(found[-1], 1.0)


@every(lambda problem: problem.flags["separable"])
def test_a_separable_objective_has_no_mixed_curvature(problem):
    for point in sample(problem, 5).T:
        hessian = problem.hessian(point)
        assert np.all(hessian == np.diag(np.diag(hessian)))


@every(lambda problem: not problem.flags["separable"])
def test_another_objective_has_mixed_curvature_somewhere(problem):
    hessians = [problem.hessian(point) for point in sample(problem, 5).T]
    assert problem.dimension == 1 or any(np.abs(hessian - np.diag(np.diag(hessian))).max() > 0 for hessian in hessians)


def bulges(problem: Problem) -> Array:
    """How far the value halfway between two points is above the mean of theirs, as a share of their size, for many pairs."""
    first, second = sample(problem, 5000), sample(problem, 5000, seed=8)
    ends, middle = [problem.evaluate(points)[0] for points in (first, second)], problem.evaluate(0.5 * (first + second))[0]
    return (middle - 0.5 * (ends[0] + ends[1])) / (np.abs(ends[0]) + np.abs(ends[1]))


@every(lambda problem: problem.flags["convex"])
def test_a_convex_objective_is_nowhere_above_a_chord(problem):
    assert bulges(problem).max() <= 1e-15


@every(lambda problem: not problem.flags["convex"] and 1 < problem.dimension < 5)
def test_another_objective_is_above_a_chord_somewhere(problem):
    assert bulges(problem).max() > 1e-12


@every()
def test_starts_window_domain_and_critical_points_have_the_dimension_and_finite_values(problem):
    facts = problem.facts
    assert next(iter(facts.starts)) == "default"
    points = [point.point for point in problem.critical_points]
    assert {len(facts.window), *map(len, facts.starts.values()), *map(len, points)} == {problem.dimension}
    assert len(facts.minima) == len(facts.value_at_minima)
    assert all(low < high for low, high in [*facts.window, *(facts.domain or [])])
    values, gradients = problem.evaluate(np.array(list(facts.starts.values())).T.copy())
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(gradients))


@every(lambda problem: problem.facts.domain is not None)
def test_the_domain_holds_the_minima_and_a_window_holds_the_lowest_one(problem):
    for box, points in ((problem.facts.domain, problem.facts.minima), (problem.facts.window, problem.facts.minima[:1])):
        low, high = np.array(box).T
        assert all(np.all((low <= point) & (point <= high)) for point in np.array(points))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sphere", "25.0000000000"),
        ("d2l_ravine", "10.5000000000"),
        ("rosenbrock", "24.2000000000"),
        ("distill_banana", "28.86"),
        ("beale", "14.203125000000"),
        ("himmelblau", "170.0000000000"),
        ("booth", "197.0000000000"),
        ("freudenstein_roth", "400.5000000000"),
        ("powell_badly_scaled", "1.1353"),
        ("jennrich_sampson", "4171.3"),
        ("helical_valley", "2500.0000000000"),
        ("powell_singular", "215.0000000000"),
        ("wood", "19192.0000000000"),
        ("bard", "41.6817"),
        ("brown_dennis", "7926693.34"),
        ("zakharov", "448.3125000000"),
        ("welsch", "0.8946"),
    ],
)
def test_the_value_at_the_default_start_is_the_published_one(name, value):
    problem = named(name)
    found = problem.evaluate(np.array(problem.facts.starts["default"]).reshape(-1, 1))[0][0]
    assert found == as_printed(value)


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("himmelblau", (-2.805118, 3.131313), "0.0000000"),
        ("himmelblau", (-3.779310, -3.283186), "0.0000000"),
        ("himmelblau", (3.584428, -1.848127), "0.0000000"),
        ("himmelblau", (-0.270845, -0.923039), "181.617"),
        ("styblinski_tang", (-2.903534,), "-39.16616570"),
        ("dupont_two_gaussians", (-0.93630063, 0.0), "-2.0630902518"),
        ("dupont_two_gaussians", (0.90531790, 0.0), "-1.0927319992"),
        ("dupont_two_gaussians", (0.06860244, 0.0), "-0.0313742733"),
        ("bounded_saddle", (0.0, -1.0), "-0.2500000000"),
        ("linreg_tiny", (0.8, 1.4), "0.3600000000"),
        ("logreg_tiny", (1.214028, -0.607014), "0.412997806"),
        ("rosenbrock", (-0.7757, 0.6131, 0.3821, 0.1460), "3.7014"),
    ],
)
def test_the_value_at_a_published_critical_point_is_the_published_one(name, point, value):
    found = named(name, len(point)).evaluate(np.array(point).reshape(-1, 1))[0][0]
    assert found == as_printed(value)


@pytest.mark.parametrize(
    ("name", "point", "smallest", "largest"),
    [
        ("dupont_two_gaussians", (-0.93630063, 0.0), "30.2047", "31.3975"),
        ("dupont_two_gaussians", (0.90531790, 0.0), "19.4090", "21.1233"),
        ("dupont_two_gaussians", (0.06860244, 0.0), "-1.0420", "2.3608"),
        ("bounded_saddle", (0.0, 0.0), "-1.0000000", "1.0000000"),
        ("bounded_saddle", (0.0, 1.0), "1.0000000", "2.0000000"),
        ("linreg_tiny", (0.8, 1.4), "0.298", "6.702"),
        ("logreg_tiny", (1.214028, -0.607014), "0.099", "0.265"),
    ],
)
def test_the_curvatures_at_a_critical_point_are_the_published_ones(name, point, smallest, largest):
    found = curvatures(named(name), point)
    assert (found[0], found[-1]) == (as_printed(smallest), as_printed(largest))


@pytest.mark.parametrize(
    ("name", "dimension", "condition"),
    [
        ("quadratic", 2, "20.0000000"),
        ("d2l_ravine", 2, "20.0000000"),
        ("rosenbrock", 2, "2508"),
        ("rosenbrock", 4, "3180"),
        ("distill_banana", 2, "376.4"),
        ("beale", 2, "162.5"),
        ("himmelblau", 2, "3.2"),
        ("dupont_two_gaussians", 2, "1.04"),
        ("linreg_tiny", 2, "22.5"),
        ("booth", 2, "9.0000000000"),
        ("matyas", 2, "25.0000000000"),
        ("trid", 2, "3.0000000000"),
        ("trid", 3, "5.83"),
        ("zakharov", 2, "2.25"),
        ("freudenstein_roth", 2, "1286"),
        ("jennrich_sampson", 2, "30.3"),
        ("helical_valley", 3, "493.6"),
        ("wood", 4, "1398"),
        ("dixon_price", 2, "20.5"),
        ("branin", 2, "25.9"),
        ("levy", 2, "18"),
        ("levy_n13", 2, "89.8"),
    ],
)
def test_the_condition_number_is_the_published_one(name, dimension, condition):
    assert named(name, dimension).facts.condition_number == as_printed(condition)


@pytest.mark.parametrize("dimension", [60, 61, 200])
def test_a_long_rosenbrock_chain_has_the_condition_of_its_whole_hessian(dimension):
    problem = named("rosenbrock", dimension)
    found = curvatures(problem, [1.0] * dimension)
    assert problem.facts.condition_number == pytest.approx(found[-1] / found[0], rel=1e-7)


@pytest.mark.parametrize("near", [(-0.7757, 0.6131, 0.3821, 0.1460), (-1, *[1] * 4), (-1, *[1] * 6), (-1, *[1] * 11)], ids=len)
def test_rosenbrock_has_a_second_minimum_from_four_dimensions_on(near):
    problem, x = named("rosenbrock", len(near)), np.array(near, dtype=float)
    for _ in range(30):
        x -= np.linalg.solve(problem.hessian(x), gradient(problem, x))
    assert x[0] < -0.7
    assert 3.7 < value(problem, x) < 3.99
    assert curvatures(problem, x)[0] > 0.3


def test_styblinski_tang_lists_all_its_minima_in_the_plane_and_the_global_one_beyond():
    assert [len(named("styblinski_tang", n).facts.minima) for n in (1, 2, 3, 7)] == [2, 4, 1, 1]


def test_logistic_regression_does_not_overflow_far_out():
    values, gradients = named("logreg_tiny").evaluate(np.array([[1e3, -1e3, 1e300], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(values, [(1e3 + np.log(2)) / 6, (8e3 + np.log(2)) / 6, 1e300 / 6], rtol=1e-14)
    np.testing.assert_allclose(gradients[0], [1 / 6, -8 / 6, 1 / 6], rtol=1e-14)


def test_from_0_gradient_descent_and_adaptive_methods_end_at_different_weights_that_fit():
    shortest, signs = named("wilson_separable").facts.minima
    for optimizer, lr, minimum in (("gd", 0.1, shortest), ("adagrad", 0.05, signs), ("adam", 0.02, signs)):
        run = trajectory({"optimizer": {"name": optimizer, "lr": lr}, "objective": "wilson_separable", "steps": 2000})
        np.testing.assert_allclose(run.end, minimum, atol=1e-6)
        assert run.summary["minimum"].tolist() == minimum


def test_on_the_gradients_of_reddi_et_al_adam_goes_the_wrong_way_and_amsgrad_the_right_one():
    ends = {}
    for name in ("adam", "amsgrad"):
        optimizer = {"name": name, "lr": 0.01, "beta1": 0, "beta2": 0.1}
        ends[name] = trajectory({"optimizer": optimizer, "start": [0.0], "gradients": [[3.0], [-1.0], [-1.0]] * 300}).end[0]
    assert ends["adam"] > 1
    assert ends["amsgrad"] < -1
