"""The catalogue of objectives against mathematics: gradients, minima, curvature, and numbers that others published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.objectives import OBJECTIVES, Facts, Objective

Array = NDArray[np.float64]

#: Kernels that call math.exp, which takes no complex number.
REAL_ONLY = {"dupont_two_gaussians", "logreg_tiny"}


@dataclass(frozen=True)
class Problem:
    """An objective at one dimension, its parameters at their defaults unless given."""

    objective: Objective
    dimension: int
    given: tuple[tuple[str, float], ...] = ()

    @property
    def facts(self) -> Facts:
        defaults = {p.name: [p.default] * self.dimension if p.per_coordinate else p.default for p in self.objective.parameters}
        return self.objective.facts({**defaults, **dict(self.given)}, self.dimension)

    def evaluate(self, points: Array) -> tuple[Array, Array]:
        """Values and gradients at points of shape (dimension, runs)."""
        x = np.ascontiguousarray(points, dtype=np.float64)
        values, gradients = np.full(x.shape[1], np.nan), np.full(x.shape, np.nan)
        self.objective.kernel(x, self.facts.kernel_parameters, values, gradients)
        return values, gradients

    def value(self, point: Array) -> float:
        return float(self.evaluate(np.reshape(point, (-1, 1)))[0][0])

    def sample(self, runs: int, seed: int = 7) -> Array:
        """Points all over the window."""
        low, high = np.array(self.facts.window).T[:, :, np.newaxis]
        return low + (high - low) * np.random.default_rng(seed).random((self.dimension, runs))

    def hessian(self, point: Array) -> Array:
        return central_differences(lambda x: self.evaluate(x)[1], np.reshape(point, (-1, 1)))[:, :, 0]

    def curvatures(self, point: Array) -> Array:
        """Eigenvalues of the Hessian, ascending."""
        return np.linalg.eigvalsh(self.hessian(point))

    def complex_step(self, points: Array) -> Array:
        """The gradient from values alone, exact but for rounding, of what the kernel computes when it is not compiled."""
        plain = getattr(self.objective.kernel.function, "py_func", self.objective.kernel.function)
        parameters, slopes = self.facts.kernel_parameters, np.empty_like(points)
        for i in range(self.dimension):
            x = points.astype(complex)
            x[i] += 1e-30j
            values = np.empty(points.shape[1], complex)
            plain(x, parameters, values, np.empty_like(x))
            slopes[i] = values.imag / 1e-30
        return slopes


def central_differences(function: Callable[[Array], Array], points: Array, h: float = 2e-3) -> Array:
    """d function / d x_i along the first axis, by the formula of sixth order."""
    slopes = []
    for shift in h * np.eye(len(points))[:, :, np.newaxis]:
        pairs = [function(points + k * shift) - function(points - k * shift) for k in (1, 2, 3)]
        slopes.append((45 * pairs[0] - 9 * pairs[1] + pairs[2]) / (60 * h))
    return np.array(slopes)


def as_printed(digits: str) -> object:
    """Equal to a published number as far as it was printed."""
    return pytest.approx(float(digits), rel=0, abs=0.5 * 10.0 ** -len(digits.partition(".")[2]))


def problems() -> list[Problem]:
    found = [Problem(OBJECTIVES["quadratic"], n, (("rotation", 30.0), ("condition", 1000.0))) for n in (2, 3)]
    for objective in OBJECTIVES.values():
        free = [n for n in (1, 2, 3, 7) if n >= objective.least_dimension]
        found += [Problem(objective, n) for n in (free if objective.dimension is None else [objective.dimension])]
    return found


def named(name: str, dimension: int = 2) -> Problem:
    return Problem(OBJECTIVES[name], dimension)


def described(problem: Problem) -> str:
    return "-".join([problem.objective.name, str(problem.dimension), *(f"{name}={value:g}" for name, value in problem.given)])


every_problem = pytest.mark.parametrize("problem", problems(), ids=described)
every_bounded_problem = pytest.mark.parametrize("problem", [p for p in problems() if p.objective.bounded], ids=described)
every_separable_problem = pytest.mark.parametrize("problem", [p for p in problems() if p.objective.separable], ids=described)


@every_problem
def test_the_gradient_is_the_derivative_of_the_value(problem):
    points = problem.sample(50)
    if problem.objective.name in REAL_ONLY:
        expected, tolerance = central_differences(lambda x: problem.evaluate(x)[0], points), 1e-9
    else:
        expected, tolerance = problem.complex_step(points), 1e-12
    error = np.linalg.norm(problem.evaluate(points)[1] - expected, axis=0)
    assert np.all(error <= tolerance * np.linalg.norm(expected, axis=0))


@every_problem
def test_a_batch_gives_bit_for_bit_what_single_runs_give(problem):
    points = problem.sample(13)
    values, gradients = problem.evaluate(points)
    for r in range(13):
        value, gradient = problem.evaluate(points[:, r : r + 1])
        assert value.tobytes() == values[r : r + 1].tobytes()
        assert gradient.tobytes() == gradients[:, r].tobytes()


@every_bounded_problem
def test_the_value_at_each_minimum_is_the_one_stated(problem):
    facts = problem.facts
    values, _ = problem.evaluate(np.array(facts.minima).T)
    np.testing.assert_allclose(values, facts.value_at_minima, rtol=1e-13, atol=1e-24)


@every_bounded_problem
def test_at_each_minimum_the_surface_curves_up_and_newton_would_move_the_last_digits_only(problem):
    for minimum in np.array(problem.facts.minima):
        step = np.linalg.solve(problem.hessian(minimum), problem.evaluate(minimum[:, np.newaxis])[1])
        assert np.all(problem.curvatures(minimum) > 0)
        assert np.abs(step).max() < 2e-15 * max(1.0, np.abs(minimum).max())


@every_bounded_problem
def test_nothing_in_the_window_is_below_the_first_minimum(problem):
    deepest = problem.facts.value_at_minima[0]
    assert deepest == min(problem.facts.value_at_minima)
    assert problem.evaluate(problem.sample(5_000))[0].min() >= deepest


@every_bounded_problem
def test_the_condition_number_is_the_ratio_of_the_curvatures_at_the_first_minimum(problem):
    curvatures = problem.curvatures(np.array(problem.facts.minima[0]))
    assert problem.facts.condition_number == pytest.approx(curvatures[-1] / curvatures[0], rel=1e-6)


@every_separable_problem
def test_a_separable_objective_has_no_mixed_curvature(problem):
    for point in problem.sample(5).T:
        hessian = problem.hessian(point)
        assert np.all(hessian == np.diag(np.diag(hessian)))


@every_problem
def test_starts_window_and_minima_have_the_dimension_and_finite_values(problem):
    facts = problem.facts
    assert next(iter(facts.starts)) == "default"
    assert {len(facts.window), *map(len, facts.starts.values()), *map(len, facts.minima)} == {problem.dimension}
    assert len(facts.minima) == len(facts.value_at_minima)
    assert all(low < high for low, high in facts.window)
    assert np.all(np.isfinite(problem.evaluate(np.array(list(facts.starts.values())).T)[0]))


def test_the_catalogue_is_in_its_order():
    assert " ".join(OBJECTIVES) == (
        "sphere quadratic d2l_ravine rosenbrock distill_banana beale himmelblau styblinski_tang dupont_two_gaussians "
        "saddle bounded_saddle linreg_tiny logreg_tiny"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sphere", "25.0000000000"),
        ("d2l_ravine", "10.5000000000"),
        ("rosenbrock", "24.2000000000"),
        ("distill_banana", "28.86"),
        ("beale", "14.203125000000"),
        ("himmelblau", "170.0000000000"),
    ],
)
def test_the_value_at_the_default_start_is_the_published_one(name, value):
    problem = named(name)
    assert problem.value(problem.facts.starts["default"]) == as_printed(value)


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
    problem = named(name, len(point))
    assert problem.value(point) == as_printed(value)


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
    curvatures = named(name).curvatures(np.array(point))
    assert (curvatures[0], curvatures[-1]) == (as_printed(smallest), as_printed(largest))


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
    ],
)
def test_the_condition_number_is_the_published_one(name, dimension, condition):
    assert named(name, dimension).facts.condition_number == as_printed(condition)


@pytest.mark.parametrize("dimension", [60, 61, 200])
def test_a_long_rosenbrock_chain_has_the_condition_of_its_whole_hessian(dimension):
    problem = named("rosenbrock", dimension)
    curvatures = problem.curvatures(np.ones(dimension))
    assert problem.facts.condition_number == pytest.approx(curvatures[-1] / curvatures[0], rel=1e-7)


@pytest.mark.parametrize("near", [(-0.7757, 0.6131, 0.3821, 0.1460), (-1, *[1] * 4), (-1, *[1] * 6), (-1, *[1] * 11)], ids=len)
def test_rosenbrock_has_a_second_minimum_from_four_dimensions_on(near):
    problem, x = named("rosenbrock", len(near)), np.array(near, dtype=float)
    for _ in range(30):
        x -= np.linalg.solve(problem.hessian(x), problem.evaluate(x[:, np.newaxis])[1])[:, 0]
    assert x[0] < -0.7
    assert 3.7 < problem.value(x) < 3.99
    assert problem.curvatures(x)[0] > 0.3


def test_styblinski_tang_lists_all_its_minima_in_the_plane_and_the_global_one_beyond():
    assert [len(named("styblinski_tang", n).facts.minima) for n in (1, 2, 3, 7)] == [2, 4, 1, 1]


def test_logistic_regression_does_not_overflow_far_out():
    values, gradients = named("logreg_tiny").evaluate(np.array([[1e3, -1e3, 1e300], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(values, [(1e3 + np.log(2)) / 6, (8e3 + np.log(2)) / 6, 1e300 / 6], rtol=1e-14)
    np.testing.assert_allclose(gradients[0], [1 / 6, -8 / 6, 1 / 6], rtol=1e-14)
