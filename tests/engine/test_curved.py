"""Sophia, and where the diagonal of the Hessian comes from: posted at a step and in a replay, else exact, or found from gradients."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine import compare, trajectory
from stepgrade_service.engine.compiled.rotation import Turn
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.along import along
from stepgrade_service.engine.objectives.curvature import DIFFERENCES, SHORTER, addressed, asked_of
from stepgrade_service.engine.objectives.declaration import objective_kernel
from stepgrade_service.engine.objectives.expression.kernel import TAPE
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.objectives.turned import turned, turned_parameters
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory
from stepgrade_service.grading.candidates.runs import Course

SOPHIA = {"name": "sophia", "convention": "optax", "lr": 0.05, "update_interval": 3}


def exactly(expression: str, points: Any) -> Any:
    """The diagonal that the tape of an expression has at points (dimension, runs)."""
    problem, found = resolve_objective({"expression": expression, "variables": ["x", "y"][: len(points)]}), np.empty(points.shape)
    parameters = addressed(problem.objective.kernel, problem.facts.kernel_parameters)
    SHORTER[TAPE].call(np.ascontiguousarray(points), parameters, np.empty(points.shape[1]), found)
    return found


def diagonals_at(problem: Any, points: Any) -> Any:
    """The diagonal of the Hessian at points (dimension, runs), found from differences."""
    parameters, found = addressed(problem.objective.kernel, problem.facts.kernel_parameters), np.empty(points.shape)
    DIFFERENCES.call(np.ascontiguousarray(points), parameters.base, np.empty(points.shape[1]), found)
    return found


def handed_on(objective: Any, parameters: Any, points: Any) -> Any:
    """The diagonal at points (dimension, runs) as an update is handed it."""
    found, values = np.empty(points.shape), np.zeros(points.shape[1])
    _, finder, own = asked_of(resolve(SOPHIA).rule.kernel, values, objective, parameters)
    finder.call(np.ascontiguousarray(points), own, values, found)
    assert finder is not DIFFERENCES
    return found


def in_each_dimension(name: str) -> list[Any]:
    """An objective in all the dimensions that are tried, with points all over its window, (dimension, runs)."""
    entry, found = OBJECTIVES[name], list[Any]()
    for dimension in [n for n in (1, 2, 5) if n >= entry.least_dimension] if entry.dimension is None else [entry.dimension]:
        problem = resolve_objective(name, dimension)
        low, high = np.array(problem.facts.window).T[:, :, np.newaxis]
        found.append((problem, low + (high - low) * np.random.default_rng(5).random((dimension, 9))))
    return found


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_diagonal_of_every_objective_is_exact_turned_too(name):
    """Held to the second derivatives in Python, which are held to mpmath elsewhere; and to differences, but for those across edges."""
    for problem, points in in_each_dimension(name):
        hessians = np.array([problem.hessian(point) for point in points.T])
        kernel, parameters = problem.objective.kernel, addressed(problem.objective.kernel, problem.facts.kernel_parameters)
        expected, found = np.diagonal(hessians, axis1=1, axis2=2).T, handed_on(kernel, parameters, points)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14 * np.abs(hessians).max())
        if name != "cross_in_tray":
            np.testing.assert_allclose(found, diagonals_at(problem, points), rtol=1e-9, atol=1e-12 * np.abs(hessians).max())
        turn = Turn(30.0)
        matrix = turn.matrix(problem.dimension)
        expected = np.diagonal(matrix @ hessians @ matrix.T, axis1=1, axis2=2).T
        found = handed_on(turned(kernel), turned_parameters(parameters, turn), turn.forth(points))
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * np.abs(hessians).max())


def test_a_turned_formula_has_the_diagonal_of_the_turned_objective():
    problem, points = resolve_objective("rosenbrock"), np.random.default_rng(5).uniform(-2.0, 2.0, (2, 9))
    formula = resolve_objective({"expression": "(1 - x)^2 + 100*(y - x^2)^2", "variables": ["x", "y"]})
    turn = Turn(30.0)
    of_formula, of_objective = (
        handed_on(turned(each.objective.kernel), turned_parameters(each.facts.kernel_parameters, turn), points)
        for each in (formula, problem)
    )
    np.testing.assert_allclose(of_formula, of_objective, rtol=1e-12)


@pytest.mark.parametrize(
    "line", ["while values[0] < 1.0: values[0] = x[0, 0]", "values[0] = x[0, 0] // 2.0", "values[0] = -(not x[0, 0])", "a__b = x[0, 0]"]
)
def test_a_kernel_with_a_statement_that_has_no_derivative_is_not_given_a_wrong_one(line, tmp_path, monkeypatch):
    (tmp_path / "an_objective.py").write_text(f"def kernel(x, parameters, values, gradients):\n    {line}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="derivative"):
        along(objective_kernel(__import__("an_objective").kernel))
    sys.modules.pop("an_objective")


@pytest.mark.parametrize("name", ["rosenbrock", "quadratic", "himmelblau", "beale", "styblinski_tang", "ackley", "rastrigin", "booth"])
def test_differences_are_that_of_the_exact_second_derivatives(name):
    problem = resolve_objective(name)
    points = np.random.default_rng(5).uniform(-2.0, 2.0, (problem.dimension, 20))
    exact = np.stack([np.diag(problem.hessian(point)) for point in points.T], axis=1)
    sizes = np.abs(exact) + np.abs(problem.evaluate(points)[1])
    assert np.max(np.abs(diagonals_at(problem, points) - exact) / sizes) < 1e-11


def test_the_diagonal_of_an_expression_is_found_also_beside_a_corner():
    problem = resolve_objective({"expression": "abs(x) + y**4 + exp(x*y)", "variables": ["x", "y"]})
    x, y = np.array([0.01, -0.3, 1.0]), np.array([3.0, 0.5, -1.0])
    expected = [y**2 * np.exp(x * y), 12.0 * y**2 + x**2 * np.exp(x * y)]
    np.testing.assert_allclose(diagonals_at(problem, np.array([x, y])), expected, rtol=1e-10)


def test_the_diagonal_of_an_expression_is_exact_where_differences_have_lost_all_digits():
    x = np.array([[1e-9, 1e-3, 30.0]])
    np.testing.assert_allclose(exactly("exp(-x) + x^1.5 + log(x)", x), np.exp(-x) + 0.75 * x**-0.5 - x**-2.0, rtol=1e-15)
    far = np.array([[3.0], [1e8]])
    np.testing.assert_allclose(exactly("(y - x^2)^2 * 1e-3 + sqrt(x*x + y)", far)[0], [1e-3 * (108.0 - 4e8) + 1e8 / (1e8 + 9) ** 1.5])


def test_an_exact_diagonal_at_a_corner_or_at_an_edge_is_that_of_the_formula():
    assert exactly("x^2 * y^3 + abs(x) + max(x, y)", np.zeros((2, 1))).tolist() == [[0.0], [0.0]]
    assert exactly("x^0 + x^1 + x^2", np.zeros((1, 1))).tolist() == [[2.0]]
    assert exactly("x^y", np.array([[0.0], [3.0]])).tolist() == [[0.0], [0.0]]


def test_sophia_on_a_formula_is_sophia_on_the_objective():
    formula = {"expression": "(1 - x)^2 + 100*(y - x^2)^2", "variables": ["x", "y"]}
    run = trajectory({"optimizer": SOPHIA, "objective": formula, "start": [-1.2, 1.0], "steps": 20})
    np.testing.assert_allclose(run.points, sophia([-1.2, 1.0], rosenbrock_gradient, rosenbrock_diagonal), rtol=1e-13)
    whole = trajectory({"optimizer": SOPHIA, "objective": formula, "start": [-1.2, 1.0], "steps": 7})
    rest = trajectory({"optimizer": SOPHIA, "objective": formula, "start": whole.end, "state": whole.state, "steps": 13})
    assert rest.points.tobytes() == run.points[7:].tobytes()


def test_a_point_near_the_end_of_the_domain_has_a_diagonal():
    problem = resolve_objective({"expression": "log(x)", "variables": ["x"]})
    np.testing.assert_allclose(diagonals_at(problem, np.array([[0.01]])), [[-1e4]], rtol=1e-8)


def test_the_diagonal_of_a_run_in_a_batch_is_that_of_the_run_alone():
    problem, points = resolve_objective("ackley"), np.random.default_rng(2).uniform(-3, 3, (2, 30))
    together = diagonals_at(problem, points)
    for run in range(30):
        assert diagonals_at(problem, points[:, run : run + 1]).tobytes() == np.ascontiguousarray(together[:, run : run + 1]).tobytes()


def test_what_has_no_address_before_it_is_not_called():
    problem = resolve_objective({"name": "linear_regression", "X": [[1.0], [2.0]], "y": [1.0, 2.0]})
    kernel, objective, numbers = resolve(SOPHIA).rule.kernel, problem.objective.kernel, problem.facts.kernel_parameters
    of_another = addressed(resolve_objective("ackley").objective.kernel, numbers)
    for parameters in (numbers, of_another, np.zeros(5)[1:-1]):
        with pytest.raises(ValueError, match="not addressed"):
            asked_of(kernel, np.zeros(1), objective, parameters)
    assert asked_of(kernel, np.zeros(1), objective, addressed(objective, numbers))[1] is DIFFERENCES


def sophia(points: Any, gradients: Any, diagonals: Any, lr=0.05, interval=3, beta1=0.965, beta2=0.99, gamma=0.01, eps=1e-8, decay=1e-4):
    """The points of optax's Sophia, from its own diagonals and gradients at each point."""
    x, m, h, path = np.array(points, float), 0.0, 0.0, [np.array(points, float)]
    for t in range(1, 21):
        g = gradients(x)
        m = beta1 * m + (1.0 - beta1) * g
        u = np.clip(m / (1.0 - beta1**t) / np.maximum(gamma * h, eps), -1.0, 1.0)
        h = beta2 * h + (1.0 - beta2) * diagonals(x) if (t - 1) % interval == 0 else h
        x = x - lr * (u + decay * x)
        path.append(x)
    return np.array(path)


def rosenbrock_gradient(x: Any) -> Any:
    return np.array([-400.0 * x[0] * (x[1] - x[0] ** 2) - 2.0 * (1.0 - x[0]), 200.0 * (x[1] - x[0] ** 2)])


def rosenbrock_diagonal(x: Any) -> Any:
    return np.array([1200.0 * x[0] ** 2 - 400.0 * x[1] + 2.0, 200.0])


def test_on_an_objective_it_goes_by_the_exact_diagonal():
    run = trajectory({"optimizer": SOPHIA, "objective": "rosenbrock", "steps": 20})
    np.testing.assert_allclose(run.points, sophia([-1.2, 1.0], rosenbrock_gradient, rosenbrock_diagonal), rtol=1e-12)


def test_a_replay_and_single_steps_with_posted_diagonals_are_the_run_on_the_objective():
    path = sophia([-1.2, 1.0], rosenbrock_gradient, rosenbrock_diagonal)
    gradients = [rosenbrock_gradient(x).tolist() for x in path[:-1]]
    diagonals = [rosenbrock_diagonal(x).tolist() if k % 3 == 0 else None for k, x in enumerate(path[:-1])]
    replay = trajectory({"optimizer": SOPHIA, "start": [-1.2, 1.0], "gradients": gradients, "hessian_diagonals": diagonals})
    np.testing.assert_allclose(replay.points, path, rtol=1e-13)
    params, state = [-1.2, 1.0], None
    for gradient, diagonal in zip(gradients, diagonals, strict=True):
        taken = take_step({"optimizer": SOPHIA, "params": params, "gradient": gradient, "hessian_diagonal": diagonal, "state": state})
        params, state = taken.params.tolist(), taken.state
    assert np.array(params).tobytes() == replay.points[-1].tobytes()


def test_a_cut_run_and_a_cut_replay_go_on_as_the_whole_to_the_last_bit():
    whole = trajectory({"optimizer": SOPHIA, "objective": "beale", "steps": 9})
    first = trajectory({"optimizer": SOPHIA, "objective": "beale", "steps": 4})
    rest = trajectory({"optimizer": SOPHIA, "objective": "beale", "start": first.points[-1], "state": first.state, "steps": 5})
    assert rest.points.tobytes() == whole.points[4:].tobytes()
    posted = {"optimizer": SOPHIA, "start": [1.0], "gradients": [[0.5]] * 5, "hessian_diagonals": [[2.0], None, None, [3.0], None]}
    replay = trajectory(posted)
    after = trajectory({**posted, "gradients": [[0.5]] * 2, "hessian_diagonals": [[2.0], None]})
    more = {"gradients": [[0.5]] * 3, "hessian_diagonals": [None, [3.0], None], "start": after.points[-1], "state": after.state}
    assert trajectory({**posted, **more}).points.tobytes() == replay.points[2:].tobytes()


def test_named_tensors_have_a_diagonal_each():
    asked = {"optimizer": SOPHIA, "params": {"W": [[1.0, 2.0]], "b": 0.5}, "gradient": {"W": [[0.1, 0.2]], "b": 0.3}}
    step = take_step({**asked, "hessian_diagonal": {"W": [[1.0, 2.0]], "b": 3.0}})
    np.testing.assert_allclose(step.state["h"]["W"], [[0.01, 0.02]], rtol=1e-13)
    np.testing.assert_allclose(step.state["h"]["b"], 0.03, rtol=1e-13)


def faults(request: Any, call: Any = take_step) -> dict[str, str]:
    with pytest.raises(Refusal) as refused:
        call(request)
    return {"/".join(map(str, fault.path)): fault.detail for fault in refused.value.faults}


def test_a_step_that_needs_the_diagonal_says_so_and_the_others_do_not():
    asked = {"optimizer": SOPHIA, "params": [1.0, 2.0], "gradient": [0.1, 0.2]}
    assert "diagonal of the Hessian in step 1" in faults(asked)["hessian_diagonal"]
    assert take_step({**asked, "state": {"t": 1}}).status == "completed"
    assert "in step 4" in faults({**asked, "state": {"t": 3}})["hessian_diagonal"]
    assert faults({**asked, "hessian_diagonal": [1.0]}).keys() == {"hessian_diagonal"}
    assert faults({**asked, "hessian_diagonal": "x"}).keys() == {"hessian_diagonal"}
    assert take_step({**asked, "optimizer": {"name": "gd", "lr": 0.1}, "hessian_diagonal": [1.0, 2.0]}).status == "completed"


def test_a_replay_says_which_diagonals_it_lacks():
    asked = {"optimizer": SOPHIA, "start": [1.0], "gradients": [[0.5]] * 4}
    assert faults(asked, plan_trajectory).keys() == {"hessian_diagonals"}
    assert faults({**asked, "hessian_diagonals": [[1.0]]}, plan_trajectory).keys() == {"hessian_diagonals"}
    assert faults({**asked, "hessian_diagonals": [[1.0], None, None, None]}, plan_trajectory).keys() == {"hessian_diagonals/3"}
    assert faults({**asked, "hessian_diagonals": 3}, plan_trajectory).keys() == {"hessian_diagonals"}
    run = {"optimizer": SOPHIA, "objective": "quadratic", "hessian_diagonals": [[1.0, 1.0]]}
    assert faults(run, plan_trajectory).keys() == {"hessian_diagonals"}


def test_it_runs_in_comparisons_turned_and_grafted_and_in_maps():
    contest = {"objective": "rosenbrock", "optimizers": [SOPHIA, {"name": "gd", "lr": 1e-3}], "steps": 20}
    alone = trajectory({"optimizer": SOPHIA, "objective": "rosenbrock", "steps": 20})
    assert compare(contest).upright.runs[0].summary["final_value"] == alone.summary["final_value"]
    grafted = compare({**contest, "match": "graft", "baseline": "sophia"}).upright.runs[1]
    assert grafted.summary["first_step"] == pytest.approx(alone.summary["first_step"], rel=1e-12)
    assert np.isfinite(compare({**contest, "rotate": [30]}).turned[0].runs[0].summary["final_value"])


def test_mini_batches_have_their_own_curvature():
    objective = {"name": "linear_regression", "X": [[1.0], [2.0], [3.0], [4.0]], "y": [1.0, 2.0, 3.0, 5.0], "batch_size": 2, "seed": 1}
    run = trajectory({"optimizer": {**SOPHIA, "update_interval": 1}, "objective": objective, "steps": 2, "include": ["points", "states"]})
    first, second = (np.concatenate([np.ravel(h) for h in run.states[k]["h"].values()]) for k in (1, 2))
    assert not np.allclose(second, first * 1.99)  # the second batch is curved otherwise than the first


def test_its_price_has_the_evaluations_for_the_curvature():
    def work(interval: int) -> float:
        optimizer = {**SOPHIA, "update_interval": interval}
        return plan_trajectory({"optimizer": optimizer, "objective": {"name": "rosenbrock", "dimension": 30}, "steps": 100}).work

    assert work(1) > 5 * work(10) > 5 * work(1000)


def test_the_paper_uses_the_curvature_of_the_same_step():
    step = take_step(
        {"optimizer": {"name": "sophia", "convention": "paper", "lr": 0.1}, "params": [1.0], "gradient": [5.0], "hessian_diagonal": [3e3]}
    )
    m, h = 0.04 * 5.0, 0.01 * 3e3
    np.testing.assert_allclose(step.update, [-0.1 * (m / (0.01 * h) + 0.2)], rtol=1e-13)
    assert resolve({"name": "sophia", "convention": "optax", "lr": 0.1}).settings["hessian_used"] == "old"


def test_a_check_goes_by_the_diagonal_of_each_step():
    optimizer = {**SOPHIA, "update_interval": 2, "gamma": 1.0}
    gradients, diagonals = [[1.0, -2.0], [0.5, 1.0], [2.0, 0.25]], [[4.0, 1.0], None, [0.5, 9.0]]
    request = {"optimizer": optimizer, "start": [1.0, 2.0], "gradients": gradients, "hessian_diagonals": diagonals, "state": {"t": 2}}
    plan = plan_trajectory(request)
    points = [x.tolist() for x, _ in Course(plan).right_rows]
    assert points == trajectory(request).points[1:].tolist()
    single = {"optimizer": optimizer, "params": [1.0, 2.0], "gradient": gradients[0], "hessian_diagonal": diagonals[0], "state": {"t": 2}}
    assert take_step(single).params.tolist() == points[0]


@pytest.mark.parametrize("optimizer", [SOPHIA, {**SOPHIA, "clip_value": 1.0, "accumulation_steps": 2}], ids=["alone", "in a chain"])
def test_the_diagonal_of_a_quadratic_is_exact(optimizer):
    matrix = [[3.0, 0.1], [0.1, 0.7]]
    problem = resolve_objective({"name": "quadratic", "matrix": matrix})
    kernel, numbers = resolve(optimizer).rule.kernel, problem.facts.kernel_parameters
    values, found = np.zeros(3), np.empty((2, 3))
    _, curvatures, parameters = asked_of(kernel, values, problem.objective.kernel, numbers)
    curvatures.call(np.ones((2, 3)), parameters, values, found)
    assert found.tolist() == [[3.0] * 3, [0.7] * 3]
    run = {"optimizer": optimizer, "objective": {"name": "quadratic", "matrix": matrix}, "start": [1.0, -2.0]}
    whole = trajectory({**run, "steps": 9})
    again = trajectory({**run, "steps": 5, "start": whole.points[4].tolist(), "state": trajectory({**run, "steps": 4}).state})
    assert again.points.tobytes() == whole.points[4:].tobytes()
