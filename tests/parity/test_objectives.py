"""The objectives against mpmath: values, gradients and critical points from the published formulas, with 60 digits."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.resolve import resolve

HERE = Path(__file__).parent

with np.load(HERE / "goldens" / "objectives.npz") as arrays:
    GOLDENS = {key: arrays[key] for key in arrays.files}


def definitions() -> Any:
    spec = importlib.util.spec_from_file_location("objective_definitions", HERE / "objective_definitions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLES = [tuple(key.split("/")[:2]) for key in GOLDENS if key.endswith("/values") and "critical" not in key]
CRITICAL = sorted({key.split("/")[0] for key in GOLDENS if "critical" in key})

#: Their minima are on an edge, or the Hessian there is singular: the tests of the engine look at these.
WITHOUT = {"abs_ravine", "ackley", "bukin_n6", "eggholder", "lilipads_plateau", "monkey_saddle", "powell_singular", "wilson_separable"} | {
    "sum_of_different_powers"
}


def test_every_objective_is_defined_a_second_time_and_has_goldens():
    assert set(definitions().DEFINITIONS) == set(OBJECTIVES) == {name for name, _ in SAMPLES}
    assert set(CRITICAL) == set(OBJECTIVES) - WITHOUT


def golden(name: str, *of: str) -> list[Any]:
    return [GOLDENS[f"{name}/{each}"] for each in of]


@pytest.mark.parametrize(("name", "dimension"), SAMPLES)
def test_values_and_gradients_are_those_of_mpmath_at_100_points(name, dimension):
    points, values, gradients = golden(f"{name}/{dimension}", "points", "values", "gradients")
    found, slopes = resolve({"name": name, "dimension": int(dimension)}).evaluate(np.ascontiguousarray(points.T))
    assert len(points) == 100
    # What a change of the point in its last digit makes of the value.
    scale = np.abs(values) + np.abs(points * gradients).sum(axis=1)
    assert (np.abs(found - values) / scale).max() <= (1.5e-15 if name == "cross_in_tray" else 1e-15)
    assert (np.linalg.norm(slopes.T - gradients, axis=1) / np.linalg.norm(gradients, axis=1)).max() <= 1e-10


def kind_of(curvatures: Any) -> str:
    if curvatures.min() > 0:
        return "minimum"
    return "maximum" if curvatures.max() < 0 else "saddle"


@pytest.mark.parametrize("name", CRITICAL)
def test_critical_points_are_those_that_newton_s_method_finds_with_60_digits(name):
    points, values, curvatures = golden(f"{name}/critical", "points", "values", "curvatures")
    problem = resolve(name)
    seen = set()
    for critical in problem.critical_points:
        off = np.abs(points - critical.point).max(axis=1)
        nearest = int(off.argmin())
        if off[nearest] > 1e-3:
            assert name == "scalar_linear_net"  # minima with a singular Hessian
            continue
        seen.add(nearest)
        at = np.array(critical.point, dtype=float).reshape(-1, 1)
        assert off[nearest] <= 2.3e-16 * np.abs(points[nearest]).max()
        assert critical.kind == kind_of(curvatures[nearest])
        assert critical.value == pytest.approx(values[nearest], rel=1e-14, abs=1e-15)
        slopes = problem.evaluate(at)[1][:, 0]
        assert np.abs(slopes).max() <= 2e-15 * np.abs(curvatures[nearest]).max() * max(1.0, np.abs(points[nearest]).max())
        exact = np.linalg.eigvalsh(problem.hessian(critical.point))
        np.testing.assert_allclose(exact, curvatures[nearest], rtol=1e-11, atol=1e-14 * np.abs(exact).max())
    assert seen == set(range(len(points)))


@pytest.mark.parametrize("name", CRITICAL)
def test_the_condition_number_is_that_of_the_exact_hessian(name):
    points, curvatures = golden(f"{name}/critical", "points", "curvatures")
    facts = resolve(name).facts
    if facts.condition_number is not None:
        least = curvatures[np.abs(points - facts.minima[0]).max(axis=1).argmin()]
        assert facts.condition_number == pytest.approx(least[-1] / least[0], rel=1e-13)
