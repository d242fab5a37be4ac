"""L-BFGS: what it must do whatever its numbers, and how it is priced. Its numbers are held to torch's in tests/parity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine import compare, trajectory
from stepgrade_service.engine.comparing.map_plan import plan_map
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.reading.cost import Limits, TooCostly
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.batch import Batch, simulate
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory

LBFGS = {"name": "LBFGS", "convention": "torch"}
SEARCH = {**LBFGS, "line_search_fn": "strong_wolfe"}
SETTINGS: list[dict[str, Any]] = [
    {**LBFGS, "max_iter": 3, "history_size": 2},
    {**SEARCH, "max_iter": 4, "history_size": 3},
    {**SEARCH, "max_iter": 6, "max_eval": 7, "lr": 0.3},
]


def run(optimizer: Any = SEARCH, objective: Any = "rosenbrock", **more: Any) -> Any:
    return trajectory({"optimizer": optimizer, "objective": objective, "steps": 12, **more})


@pytest.mark.parametrize("optimizer", SETTINGS, ids=str)
def test_a_cut_run_goes_on_as_the_whole_to_the_last_bit(optimizer):
    whole = run(optimizer, steps=8)
    for cut in (1, 3):
        first = run(optimizer, steps=cut)
        rest = run(optimizer, start=first.points[-1], state=first.state, steps=8 - cut)
        assert np.array(rest.points).tobytes() == np.array(whole.points[cut:]).tobytes()
        assert {name: np.array(slot).tobytes() for name, slot in rest.state.items()} == {
            name: np.array(slot).tobytes() for name, slot in whole.state.items()
        }


@pytest.mark.parametrize("optimizer", SETTINGS, ids=str)
def test_runs_of_a_batch_are_the_single_runs_to_the_last_bit(optimizer):
    starts, problem = np.random.default_rng(7).uniform(-2, 2, (4, 9)), resolve_objective({"name": "rosenbrock", "dimension": 4}, 4)
    rule, objective = resolve(optimizer).rule, {"objective": problem.objective.kernel, "parameters": problem.facts.kernel_parameters}

    def ran(columns: Any) -> Any:
        return simulate(Batch(rule, np.full(4, 0.5), np.ascontiguousarray(starts[:, columns]), 6, **objective))

    together = ran(slice(None))
    for column in range(9):
        alone = ran([column])
        assert together.points[:, column].tobytes() == alone.points[:, 0].tobytes()
        assert together.slots[:, column].tobytes() == alone.slots[:, 0].tobytes()


def test_a_search_never_raises_the_value():
    for objective in ("rosenbrock", "himmelblau", "beale"):
        assert (np.diff(run(objective=objective, steps=6).values) <= 0).all()


def test_one_call_minimizes_a_quadratic_of_few_dimensions():
    matrix = np.diag([1.0, 4.0, 30.0]).tolist()
    ended = run(SEARCH, {"name": "quadratic", "matrix": matrix}, start=[3.0, -2.0, 1.0], steps=1)
    assert np.abs(ended.points[-1]).max() < 1e-5


def test_at_a_minimum_nothing_moves_and_one_evaluation_is_counted():
    ended = run(start=[1.0, 1.0], steps=3)
    assert np.all(ended.points == 1.0)
    assert (ended.state["iterations"], ended.state["evaluations"]) == (0.0, 3.0)


def test_the_first_step_without_a_search_is_gradient_descent_at_the_rate_lr_over_the_sum_of_sizes():
    ended = run({**LBFGS, "max_iter": 1, "lr": 0.5}, steps=1, include=["points", "gradients"])
    gradient = ended.gradients[0]
    np.testing.assert_allclose(ended.points[1], ended.points[0] - 0.5 * gradient / np.abs(gradient).sum(), rtol=1e-14)


def test_the_history_says_what_the_last_iterations_did():
    before = run({**LBFGS, "max_iter": 1, "lr": 1e-3}, steps=4, include=["points", "gradients"])
    state = before.state
    np.testing.assert_allclose(state["s"][-3:], np.diff(before.points, axis=0)[:-1], rtol=1e-6)
    np.testing.assert_allclose(state["y"][-3:], np.diff(before.gradients, axis=0)[:-1], rtol=1e-9)
    np.testing.assert_allclose(state["rho"][-3:], 1.0 / (state["s"] * state["y"])[-3:].sum(1), rtol=1e-12)
    assert not np.any(state["rho"][:-3])


def test_tensors_with_names_have_a_history_each_and_step_as_one():
    tensors = {"u": [-1.2, 1.0], "v": [[0.5, 2.0]]}
    flat, named = (
        run({**SEARCH, "history_size": 3}, {"name": "rosenbrock", "dimension": 4}, start=start)
        for start in ([-1.2, 1.0, 0.5, 2.0], tensors)
    )
    assert flat.points.tobytes() == named.points.tobytes()
    assert np.shape(named.state["s"]["v"]) == (3, 1, 2)
    assert np.concatenate([named.state["s"]["u"], np.reshape(named.state["s"]["v"], (3, 2))], axis=1).tobytes() == flat.state["s"].tobytes()


def test_max_eval_bounds_the_evaluations_of_a_step_but_for_one_more_trial():
    for most in (1, 2, 5):
        told = [run({**SEARCH, "max_eval": most}, steps=steps).state["evaluations"] for steps in range(1, 6)]
        assert max(np.diff([0.0, *told])) <= most + 1


def test_it_is_priced_by_its_evaluations_and_by_its_history():
    def work(**settings: Any) -> float:
        return plan_trajectory({"optimizer": {**LBFGS, **settings}, "objective": {"name": "rosenbrock", "dimension": 50}, "steps": 50}).work

    assert work(max_iter=100) > 3 * work(max_iter=20)
    assert work(max_eval=5) < work() / 3
    assert work(history_size=5) < work() / 5
    with pytest.raises(TooCostly):
        run({**LBFGS, "max_iter": 1000}, {"name": "rosenbrock", "dimension": 1000}, steps=10_000)


def test_what_it_remembers_counts_as_memory_and_as_answer():
    asked = {"objective": {"name": "rosenbrock", "dimension": 50}, "steps": 50, "include": ["states"]}
    answers = [plan_trajectory({**asked, "optimizer": {**LBFGS, "history_size": size}}).price for size in (1, 100)]
    assert answers[1].answer > 20 * answers[0].answer
    assert answers[1].memory > 20 * answers[0].memory
    grid = {"objective": "rosenbrock", "grid": {"x": [-2, 2, 40], "y": [-1, 3, 40]}, "steps": 3}
    held = [plan_map({**grid, "optimizers": [{**LBFGS, "history_size": size}, "gd"]}).memory for size in (1, 1000)]
    assert held[1] - held[0] > 1600 * 999 * 4 * 8.0
    with pytest.raises(TooCostly):
        plan_map({**grid, "optimizers": [{**LBFGS, "history_size": 1000}, "gd"]}, Limits(memory=1e7))


def test_it_runs_in_a_comparison_turned_and_grafted():
    contest = {"objective": "quadratic", "start": "A", "optimizers": [SEARCH, {"name": "gd", "lr": 0.01}], "steps": 20}
    turned = compare({**contest, "rotate": [30]})
    for outcome in (turned.upright, *turned.turned):
        assert outcome.runs[0].summary["steps_to_target"] == 1
    assert compare({**contest, "match": "graft"}).upright.runs[1].summary["final_distance"] < 1.0


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"line_search_fn": "armijo"}, "line_search_fn"),
        ({"history_size": 0}, "history_size"),
        ({"max_iter": 0}, "max_iter"),
        ({"lr": {"u": 1.0, "v": 0.5}}, "lr"),
        ({"tolerance_grad": -1}, "tolerance_grad"),
    ],
)
def test_what_it_does_not_take_is_refused_where_it_stands(wrong, place):
    with pytest.raises(Refusal) as refused:
        resolve({**LBFGS, **wrong})
    assert [fault.path[0] for fault in refused.value.faults] == [place]


def test_a_posted_gradient_does_not_do():
    with pytest.raises(Refusal, match="lbfgs needs the objective"):
        take_step({"optimizer": LBFGS, "params": [1.0], "gradient": [1.0]})


ONE = {"name": "lbfgs", "convention": "optax"}


def test_optax_s_search_never_raises_the_value_and_comes_to_the_minimum():
    for objective in ("rosenbrock", "himmelblau", "quadratic"):
        ended = run(ONE, objective, steps=40)
        assert (np.diff(ended.values) <= 1e-12 * np.abs(ended.values[:-1]) + 1e-20).all()
        assert ended.values[-1] < 1e-10


@pytest.mark.parametrize("settings", [{}, {"memory_size": 2}, {"linesearch": None, "learning_rate": 1e-3}], ids=str)
def test_a_cut_run_of_optax_s_goes_on_as_the_whole_to_the_last_bit(settings):
    whole, first = (run({**ONE, **settings}, steps=steps) for steps in (9, 4))
    rest = run({**ONE, **settings}, start=first.points[-1], state=first.state, steps=5)
    assert rest.points.tobytes() == whole.points[4:].tobytes()


def test_without_a_search_a_posted_gradient_is_enough_and_null_says_so():
    asked = {"params": [3.0, 4.0], "gradient": [6.0, 8.0]}
    step = take_step({"optimizer": {**ONE, "linesearch": None, "lr": 0.5}, **asked})
    np.testing.assert_allclose(step.update, [-0.3, -0.4], rtol=1e-14)  # the first scale is 1 / norm
    with pytest.raises(Refusal, match="lbfgs_step needs the objective"):
        take_step({"optimizer": ONE, **asked})
    with pytest.raises(Refusal, match="expected null"):
        resolve({**ONE, "linesearch": "armijo"})
