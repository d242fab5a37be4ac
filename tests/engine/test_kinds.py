"""The kinds of kernels, each by what its method's paper says: norms of tensors, rows and columns, line searches, parameter groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stepgrade_service.engine.comparing.comparison import Outcome, compare
from stepgrade_service.engine.comparing.map_plan import plan_map
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.batch import Batch, simulate
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import Trajectory, trajectory
from stepgrade_service.engine.running.trajectory_plan import INCLUDABLE, plan_trajectory

Array = NDArray[np.float64]

RANDOM = np.random.default_rng(17)

#: Gradients of a matrix and of a vector, of many sizes, some of them 0, but none of the first: without eps that would be 0/0.
OF_W, OF_B = RANDOM.normal(size=(20, 3, 2)) * [[1.0, 10.0], [0.1, 1.0], [3.0, 1e-3]], RANDOM.normal(size=(20, 2)) * [2.0, 0.1]
OF_W[[1, 1, 4], [1, 2, 0]] = 0.0
START = {"W": RANDOM.normal(size=(3, 2)), "b": RANDOM.normal(size=2)}
GRADIENTS = [{"W": w.tolist(), "b": b.tolist()} for w, b in zip(OF_W, OF_B, strict=True)]


def replay(optimizer: Any, start: Any = None, gradients: Any = None, **more: Any) -> Trajectory:
    """A replay, of both tensors unless told otherwise, with everything included."""
    request = {"start": START if start is None else start, "gradients": GRADIENTS if gradients is None else gradients}
    return trajectory({"optimizer": optimizer, **request, "include": INCLUDABLE, **more})


def bits(value: Any) -> Any:
    """What can be compared to the last bit."""
    if isinstance(value, Mapping):
        return {name: bits(entry) for name, entry in value.items()}
    return (np.shape(value), np.asarray(value).tobytes())


def of(run: Trajectory, tensor: str) -> Array:
    """The points of one tensor."""
    points: Array = run.plan.layout.unflatten(run.points)[tensor]
    return points


# SM3: Anil, Gupta, Koren & Singer 2019, Algorithm SM3-II, with the rows and the columns as the cover.


def sm3_of_the_paper(start: Array, gradients: Array, lr: float, beta1: float, eps: float) -> Array:
    """Points of a matrix, entry by entry; the momentum is optax's, an average of the scaled gradients."""
    rows, columns = start.shape
    cover = [("row", i) for i in range(rows)] + [("column", j) for j in range(columns)]
    mu, momentum, x = dict.fromkeys(cover, 0.0), np.zeros_like(start), start.copy()
    points = [x.copy()]
    for g in gradients:
        new = dict.fromkeys(cover, 0.0)
        for i, j in product(range(rows), range(columns)):
            nu = min(mu["row", i], mu["column", j]) + g[i, j] ** 2
            new["row", i], new["column", j] = max(new["row", i], nu), max(new["column", j], nu)
            scaled = g[i, j] / np.sqrt(nu + eps) if nu > 0 else 0.0
            momentum[i, j] = beta1 * momentum[i, j] + (1.0 - beta1) * scaled
        mu = new
        x = x - lr * momentum
        points.append(x.copy())
    return np.array(points)


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_sm3_on_a_matrix_is_the_paper_s(beta1):
    run = replay({"name": "sm3", "lr": 0.1, "beta1": beta1}, START["W"], OF_W)
    np.testing.assert_allclose(run.points.reshape(-1, 3, 2), sm3_of_the_paper(START["W"], OF_W, 0.1, beta1, 1e-8), rtol=1e-13, atol=1e-14)


def test_sm3_without_momentum_on_a_vector_is_adagrad_with_eps_inside_the_root_to_the_last_bit():
    adagrad = {"name": "adagrad", "convention": "optax", "lr": 0.1, "eps": 1e-3, "initial_accumulator": 0.0}
    sm3 = {"name": "sm3", "lr": 0.1, "beta1": 0.0, "eps": 1e-3}
    for more in ({}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "weight_decay_mode": "decoupled"}):
        one, other = (replay({**optimizer, **more}, START["b"], OF_B) for optimizer in (sm3, adagrad))
        assert one.points.tobytes() == other.points.tobytes()
        np.testing.assert_array_equal(one.state["row"], other.state["accumulator"])


def test_a_matrix_of_one_column_has_a_vector_s_rows_and_the_column_s_largest():
    column, vector = (replay({"name": "sm3", "lr": 0.1}, START["b"].reshape(shape), OF_B.reshape(-1, *shape)) for shape in ((2, 1), (2,)))
    # The column's number is the largest of the rows', so that of the two the row's is the lesser.
    assert column.points.tobytes() == vector.points.tobytes()
    np.testing.assert_array_equal(column.state["column"], [vector.state["row"].max()])


def test_a_transposed_problem_has_a_transposed_path_with_rows_and_columns_exchanged():
    upright = replay({"name": "sm3", "lr": 0.1}, START["W"], OF_W)
    lying = replay({"name": "sm3", "lr": 0.1}, START["W"].T, OF_W.transpose(0, 2, 1))
    assert upright.points.reshape(-1, 3, 2).tobytes() == lying.points.reshape(-1, 2, 3).transpose(0, 2, 1).tobytes()
    np.testing.assert_array_equal(upright.state["row"], lying.state["column"])
    np.testing.assert_array_equal(upright.state["column"], lying.state["row"])


# NovoGrad: Ginsburg et al. 2019, Algorithm 1, as optax has it.


def novograd_in_numpy(start: Array, gradients: Array, lr: float, beta1: float, beta2: float, eps: float, eps_root: float, decay: float):
    """Points of one tensor."""
    x, m, v = start.copy(), np.zeros_like(start), 0.0
    points = [x.copy()]
    for t, g in enumerate(gradients):
        square = float(np.sum(g * g))
        v = square if t == 0 else beta2 * v + (1.0 - beta2) * square
        scaled = g / (np.sqrt(v + eps_root) + eps) + decay * x
        m = scaled if t == 0 else beta1 * m + scaled
        x = x - lr * m
        points.append(x.copy())
    return np.array(points)


@pytest.mark.parametrize(("eps_root", "decay"), [(0.0, 0.0), (1e-3, 0.1)])
def test_novograd_takes_the_norm_of_each_tensor_by_itself(eps_root, decay):
    run = replay({"name": "novograd", "convention": "optax", "lr": 0.05, "eps_root": eps_root, "weight_decay": decay})
    for tensor, gradients in (("W", OF_W), ("b", OF_B)):
        expected = novograd_in_numpy(START[tensor], gradients, 0.05, 0.9, 0.25, 1e-6, eps_root, decay)
        np.testing.assert_allclose(of(run, tensor), expected, rtol=1e-13, atol=1e-14)


def test_a_novograd_step_does_not_depend_on_the_size_of_a_tensor_s_gradient():
    for scale in (1e-140, 1.0, 1e150):  # of a smaller gradient the squared norm is 0
        step = take_step({"optimizer": {"name": "novograd", "lr": 1, "eps": 0}, "params": [0.0, 0.0], "gradient": [3 * scale, -4 * scale]})
        np.testing.assert_allclose(step.params, [-0.6, 0.8], rtol=1e-15)


# Gradient descent with a backtracking line search: Armijo 1966; Nocedal & Wright 2006, Algorithm 3.1.


def armijo(objective: Any, start: Array, steps: int, lr: float, c1: float, shrink: float, most_trials: int) -> Array:
    problem = resolve_objective(objective, len(start))

    def value_and_gradient(x: Array) -> tuple[float, Array]:
        values, gradients = problem.evaluate(x.reshape(-1, 1))
        return float(values[0]), gradients[:, 0]

    x = start.copy()
    points = [x.copy()]
    for _ in range(steps):
        value, gradient = value_and_gradient(x)
        slope = 0.0
        for g in gradient.tolist():
            slope += lr * g * g
        length = 1.0
        for _ in range(most_trials):
            if value_and_gradient(x - length * lr * gradient)[0] <= value - c1 * length * slope:
                x = x - length * lr * gradient
                break
            length *= shrink
        points.append(x.copy())
    return np.array(points)


SEARCH = {"name": "gd_backtracking"}


@pytest.mark.parametrize(
    "numbers",
    [
        {"lr": 1.0, "c1": 1e-4, "shrink": 0.5, "most_trials": 30},
        {"lr": 0.3, "c1": 0.4, "shrink": 0.8, "most_trials": 7},
        {"lr": 50.0, "c1": 0.0, "shrink": 0.1, "most_trials": 3},
    ],
    ids=str,
)
@pytest.mark.parametrize(("objective", "dimension"), [("rosenbrock", 2), ("rosenbrock", 5), ("himmelblau", 2), ("styblinski_tang", 7)])
def test_a_line_search_is_armijo_s_to_the_last_bit(objective, dimension, numbers):
    start = np.random.default_rng(dimension).uniform(-2, 2, dimension)
    run = trajectory({"optimizer": {**SEARCH, **numbers}, "objective": objective, "start": start, "steps": 25})
    assert run.points.tobytes() == armijo(objective, start, 25, **numbers).tobytes()


@settings(max_examples=25, deadline=None)
@given(
    start=st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
    lr=st.floats(1e-3, 1e3),
    name=st.sampled_from(["rosenbrock", "beale", "himmelblau"]),
)
def test_a_line_search_never_raises_the_value(start, lr, name):
    run = trajectory({"optimizer": {**SEARCH, "lr": lr}, "objective": name, "start": list(start), "steps": 20})
    assert run.status in ("completed", "growing")  # it may go down, and away from the nearest minimum
    assert (np.diff(run.values) <= 0).all()


def test_lr_is_taken_whole_where_it_is_short_enough():
    asked = {"objective": "quadratic", "start": "A", "steps": 30, "include": ["points"]}
    searched, plain = (trajectory({**asked, "optimizer": {"name": name, "lr": 0.05}}) for name in ("gd_backtracking", "gd"))
    assert searched.points.tobytes() == plain.points.tobytes()


def test_there_is_no_step_where_no_trial_is_short_enough():
    run = trajectory({"optimizer": {**SEARCH, "lr": 100.0, "most_trials": 1}, "objective": "rosenbrock", "steps": 5, "include": INCLUDABLE})
    assert run.status == "completed"
    assert np.all(run.points == run.points[0])
    assert np.all(run.updates[1:] == 0.0)


def test_a_line_search_in_a_batch_is_the_single_runs_to_the_last_bit_in_many_dimensions_with_a_rate_each():
    starts, problem = np.random.default_rng(3).uniform(-3, 3, (6, 40)), resolve_objective("rosenbrock", 6)
    rule, rates = resolve(SEARCH).rule, np.geomspace(1e-4, 10.0, 40) * np.ones((6, 1))

    def ran(which: Any) -> Any:
        objective = {"objective": problem.objective.kernel, "parameters": problem.facts.kernel_parameters}
        return simulate(Batch(rule, np.ascontiguousarray(rates[:, which]), np.ascontiguousarray(starts[:, which]), 30, **objective))

    together = ran(slice(None))
    for run in range(40):
        alone = ran([run])
        assert together.points[:, run].tobytes() == alone.points[:, 0].tobytes()
        assert together.values[run] == alone.values[0]


def test_the_price_of_a_line_search_counts_its_trials():
    works = {
        name: plan_trajectory({"optimizer": {"name": name, "lr": 0.1}, "objective": {"name": "rosenbrock", "dimension": 100}}).work
        for name in ("gd", "gd_backtracking")
    }
    assert works["gd_backtracking"] > 2 * works["gd"]
    grid = {"objective": "rosenbrock", "grid": {"x": [-2, 2, 9], "y": [-1, 3, 9]}, "match": "first_step"}
    maps = {name: plan_map({**grid, "optimizers": ["gd_backtracking", {"name": name, "lr": 0.1}]}).work for name in works}
    assert maps["gd_backtracking"] > 1.5 * maps["gd"]


CONTEST = {
    "objective": "rosenbrock",
    "optimizers": [SEARCH, {"name": "gd", "lr": 1e-3}, {"name": "radam", "lr": 0.02}],
    "steps": 30,
}


def test_a_line_search_is_compared_as_it_runs_alone():
    alone = trajectory({"optimizer": SEARCH, "objective": "rosenbrock", "steps": 30})
    summary = summaries(compare(CONTEST).upright)["gd_backtracking"]
    assert repr({name: summary[name] for name in alone.summary}) == repr(alone.summary)


def summaries(outcome: Outcome) -> dict[str, Mapping[str, Any]]:
    return {run.label: run.summary for run in outcome.runs}


def test_steps_grafted_on_a_line_search_are_as_long_as_its_steps():
    told = summaries(compare({**CONTEST, "match": "graft"}).upright)
    for label in ("gd", "radam"):
        assert told[label]["first_step"] == pytest.approx(told["gd_backtracking"]["first_step"], rel=1e-12)
    # In gradient descent's direction with the line search's lengths it is the line search.
    assert told["gd"]["final_value"] == pytest.approx(told["gd_backtracking"]["final_value"], rel=1e-6)


@pytest.mark.parametrize("mode", ["first_step", "mean_step"])
def test_others_are_matched_to_a_line_search_s_lengths(mode):
    matched = compare({**CONTEST, "match": mode})
    changes = [change for change in matched.upright.changes if change.lr_after is not None]
    assert {change.label for change in changes} >= {"gd_backtracking", "radam"}
    for change in changes:
        assert change.length_after == pytest.approx(change.length_wanted, rel=1e-8)


def test_the_line_search_turns_with_the_problem():
    contest = {**CONTEST, "optimizers": CONTEST["optimizers"][:2], "rotate": [30, 90]}
    comparison = compare({**contest, "objective": "quadratic", "start": "A"})
    assert len(comparison.turned) == 2
    level = summaries(comparison.upright)["gd_backtracking"]
    for outcome in comparison.turned:
        turned = summaries(outcome)["gd_backtracking"]
        assert turned["steps_to_target"] == level["steps_to_target"] is not None
        assert turned["final_value"] == pytest.approx(level["final_value"], rel=1e-6, abs=1e-20)


def test_with_noise_the_gradient_has_it_and_the_values_that_are_compared_have_not():
    noisy = {"optimizer": SEARCH, "objective": "quadratic", "start": "A", "steps": 60, "noise": {"std": 5.0, "seed": 3}}
    run = trajectory({**noisy, "include": INCLUDABLE})
    assert (np.diff(run.values) <= 0).all()
    assert (run.updates[1:] == 0).all(axis=1).any(), "where the noise points uphill there is no step"
    clean = resolve_objective("quadratic").evaluate(np.ascontiguousarray(run.points.T))[1].T
    assert np.abs(run.gradients - clean).max() > 1.0
    several = compare({**CONTEST, "noise": {"std": 0.1, "seeds": [1, 2, 3]}}).upright.runs[0]
    for each in several.seeds:
        alone = trajectory({"optimizer": SEARCH, "objective": "rosenbrock", "steps": 30, "noise": {"std": 0.1, "seed": each.seed}})
        assert each.final_value == alone.summary["final_value"]


@pytest.mark.parametrize("request_", [{"params": [1.0], "gradient": [1.0]}, {"start": [1.0], "gradients": [[1.0]]}])
def test_what_asks_the_objective_is_refused_where_there_is_none(request_):
    with pytest.raises(Refusal, match="gd_backtracking needs the objective"):
        (take_step if "gradient" in request_ else plan_trajectory)({"optimizer": SEARCH, **request_})


def test_a_rule_with_a_name_that_its_kernel_has_not_is_refused_where_it_is_made():
    rule = resolve("adam").rule
    for wrong in ({"values": {}}, {"values": {**rule.values, "beta3": 0.5}}, {"starts": {"w": 0.0}}, {"hidden": frozenset({"w"})}):
        with pytest.raises(TypeError, match="adam"):
            replace(rule, **wrong)


# Parameter groups: a number for each tensor.

#: What another tensor has more than the smallest that may be asked for; where more than that was asked for, it has half as much more.
MORE = 0.25


def in_groups(variant: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """An optimizer with another number for b than for W, wherever it may have one; and the optimizers of each by itself."""
    echo, of_b = resolve(variant).echo, dict(resolve(variant).echo)
    hyperparameters = OPTIMIZERS[variant["name"]].hyperparameters
    numbers = {h.name: h.minimum or h.above or 0.0 for h in hyperparameters if h.type == "number" and not (h.of_all or h.whole)}
    taken = {
        "clip_threshold": variant.get("convention") != "torch",
        "lr": echo.get("weight_decay_mode") != "decoupled_unscaled",
        "dampening": not echo.get("nesterov") and echo.get("momentum_form") != "ema",
    }
    for name, least in numbers.items():
        if taken.get(name, True):
            half = least + ((echo[name] - least) / 2 or MORE)
            of_b[name] = float(int(half)) if OPTIMIZERS[variant["name"]].by_name[name].whole else half
    grouped = {name: {"W": echo[name], "b": of_b[name]} if of_b[name] != echo[name] else echo[name] for name in numbers}
    return {**echo, **grouped}, {"W": echo, "b": of_b}


def kind_of(variant: Mapping[str, Any]) -> str:
    return resolve(variant).rule.kernel.kind


def test_a_run_with_parameter_groups_is_the_runs_of_the_tensors_each_with_its_own_numbers(variant):
    if kind_of(variant) == "global_norm":
        return  # its norm is that of all tensors
    grouped, alone = in_groups(variant)
    assert sum(isinstance(value, dict) for value in grouped.values()) > 0
    together = replay(grouped)
    for tensor, gradients in (("W", OF_W), ("b", OF_B)):
        own = replay(alone[tensor], START[tensor], gradients)
        assert of(together, tensor).tobytes() == own.points.tobytes()
        for name in own.state.keys() & together.state.keys() - {"t"}:
            if isinstance(together.state[name], dict) and tensor in together.state[name]:
                assert np.asarray(together.state[name][tensor]).tobytes() == np.asarray(own.state[name]).tobytes()


def test_with_one_number_for_all_tensors_groups_change_nothing(variant):
    if resolve(variant).echo.get("weight_decay_mode") == "decoupled_unscaled":
        return  # it takes one rate
    echo = resolve(variant).echo
    numbers = {
        h.name: {"b": echo[h.name], "W": echo[h.name]}
        for h in OPTIMIZERS[variant["name"]].hyperparameters
        if h.type == "number" and not h.of_all
    }
    assert replay({**echo, **numbers}).points.tobytes() == replay(variant).points.tobytes()


def test_a_grouped_run_goes_on_from_its_state_step_by_step_and_as_a_whole(variant):
    grouped, _ = in_groups(variant)
    whole = replay(grouped)
    first = replay(grouped, gradients=GRADIENTS[:7])
    rest = replay(grouped, first.plan.layout.unflatten(first.end), GRADIENTS[7:], state=first.state)
    assert rest.points.tobytes() == whole.points[7:].tobytes()
    params, state = START, None
    for k, gradient in enumerate(GRADIENTS, 1):
        taken = take_step({"optimizer": grouped, "params": params, "gradient": gradient, "state": state})
        params, state = taken.layout.unflatten(taken.params), taken.state
        assert taken.params.tobytes() == whole.points[k].tobytes()
    assert bits(state) == bits(rest.state) == bits(whole.state)


def test_a_grouped_echo_posted_back_is_the_same_choice_and_gives_the_same_bytes(variant):
    run = replay(in_groups(variant)[0])
    echo = json.loads(json.dumps(run.plan.choice.echo))
    assert resolve(echo, run.plan.layout) == run.plan.choice
    again = replay(echo)
    assert again.points.tobytes() == run.points.tobytes()
    assert repr(again.summary) == repr(run.summary)


def test_the_norm_of_a_normalized_step_is_that_of_all_tensors_whatever_their_groups():
    lr, eps, decay = {"W": 0.3, "b": 0.1}, {"W": 0.5, "b": 0.0}, {"W": 0.2, "b": 0.7}
    for mode in ("l2", "decoupled"):
        run = replay({"name": "normalized_gd", "lr": lr, "eps": eps, "weight_decay": decay, "weight_decay_mode": mode})
        x = {name: tensor.copy() for name, tensor in START.items()}
        for k, (w, b) in enumerate(zip(OF_W, OF_B, strict=True), 1):
            g = {name: each + (decay[name] * x[name] if mode == "l2" else 0.0) for name, each in (("W", w), ("b", b))}
            norm = np.sqrt(sum(np.sum(each**2) for each in g.values()))
            own = {name: decay[name] * x[name] if mode == "decoupled" else 0.0 for name in x}
            x = {name: x[name] - lr[name] * (g[name] / (norm + eps[name]) + own[name]) for name in x}
            for name, tensor in x.items():
                np.testing.assert_allclose(of(run, name)[k], tensor, rtol=1e-13, atol=1e-14)


def test_torch_s_betas_may_hold_groups():
    beta1, beta2 = {"W": 0.9, "b": 0.5}, {"b": 0.9, "W": 0.99}
    for betas in ([beta1, 0.999], [0.9, beta2], [beta1, beta2]):
        together = {"name": "Adam", "convention": "torch", "betas": betas}
        apart = {"name": "adam", "convention": "torch", "beta1": betas[0], "beta2": betas[1]}
        assert resolve(together) == resolve(apart)
        assert replay(together).points.tobytes() == replay(apart).points.tobytes()


def test_with_groups_nadam_s_product_is_one_number_per_tensor_and_goes_in_and_out():
    grouped, alone = in_groups({"name": "nadam", "lr": 0.1})
    run = replay(grouped)
    assert {tensor: np.shape(number) for tensor, number in run.state["mu_product"].items()} == {"W": (), "b": ()}
    for tensor, gradients in (("W", OF_W), ("b", OF_B)):
        assert float(run.state["mu_product"][tensor]) == replay(alone[tensor], START[tensor], gradients).state["mu_product"]
    assert np.shape(replay("nadam").state["mu_product"]) == ()
    with pytest.raises(Refusal, match="mu_product"):
        replay(grouped, state={"mu_product": 0.5})
    with pytest.raises(Refusal, match="mu_product"):
        replay("nadam", state={"mu_product": {"W": 0.5, "b": 0.5}})


# The state of what is remembered of rows, columns and tensors.

LAYOUTS = {
    "named": (START, GRADIENTS, {"row": {"W": (3,), "b": (2,)}, "column": {"W": (2,)}, "v": {"W": (), "b": ()}}),
    "a matrix": (START["W"], OF_W, {"row": (3,), "column": (2,), "v": ()}),
    "a vector": (START["b"], OF_B, {"row": (2,), "v": ()}),
    "a number": (0.5, OF_B[:, 0], {"row": (), "v": ()}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("optimizer", [{"name": "sm3", "lr": 0.1}, {"name": "novograd", "lr": 0.1}], ids=lambda each: each["name"])
def test_rows_columns_and_tensors_go_in_and_out_through_state(optimizer, layout):
    start, gradients, expected = LAYOUTS[layout]
    whole = replay(optimizer, start, gradients)
    slots = {name: slot for name, slot in whole.state.items() if name not in ("t", "m")}
    shapes = {
        name: {tensor: np.shape(entry) for tensor, entry in slot.items()} if isinstance(slot, dict) else np.shape(slot)
        for name, slot in slots.items()
    }
    assert shapes == {name: shape for name, shape in expected.items() if name in resolve(optimizer).rule.slots}
    first = replay(optimizer, start, gradients[:8])
    rest = replay(optimizer, first.plan.layout.unflatten(first.end), gradients[8:], state=first.state)
    assert rest.points.tobytes() == whole.points[8:].tobytes()
    assert bits(rest.state) == bits(whole.state)
    step = take_step(
        {"optimizer": optimizer, "params": rest.plan.layout.unflatten(whole.points[8]), "gradient": gradients[8], "state": first.state}
    )
    assert step.params.tobytes() == whole.points[9].tobytes()
    assert bits(step.state) == bits(whole.states[9])


def refused_state(optimizer: str, params: Any, **slots: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as caught:
        take_step({"optimizer": {"name": optimizer, "lr": 1}, "params": params, "gradient": params, "state": {"t": 1, **slots}})
    return {fault.path: fault.detail for fault in caught.value.faults}


def test_a_slot_in_another_layout_is_refused_where_it_is():
    assert list(refused_state("sm3", [1.0, 2.0], column=[1.0])) == [("state", "column")]
    assert list(refused_state("sm3", [[1.0, 2.0]], row=[1.0, 2.0], column=[1.0, 2.0])) == [("state", "row")]
    named = {"W": [[1.0, 2.0]], "b": [1.0]}
    assert list(refused_state("sm3", named, column={"W": [1.0, 2.0], "b": [1.0]})) == [("state", "column", "b")]
    assert list(refused_state("sm3", named, row={"W": [1.0, 2.0], "b": [1.0]})) == [("state", "row", "W")]
    assert list(refused_state("novograd", named, v={"W": [1.0], "b": 1.0})) == [("state", "v", "W")]
    assert list(refused_state("novograd", [1.0, 2.0], v=[1.0, 2.0])) == [("state", "v")]


def test_a_tensor_of_three_axes_has_a_sum_for_each_index_of_each_axis():
    gradient = np.array([[[1.0, -2.0, 0.5], [4.0, 0.0, -3.0]]])
    step = take_step({"optimizer": {"name": "sm3", "lr": 0.1, "beta1": 0.0, "eps": 0.0}, "params": gradient * 0.0, "gradient": gradient})
    square = gradient**2
    np.testing.assert_array_equal(step.state["row"], square.max((1, 2)))
    np.testing.assert_array_equal(step.state["column"], square.max((0, 2)))
    np.testing.assert_array_equal(step.state["further"], square.max((0, 1)))
    np.testing.assert_allclose(step.update.reshape(gradient.shape), -0.1 * np.sign(gradient), rtol=1e-15)


def test_each_kind_of_kernel_is_some_optimizer_s():
    kinds = {kernel.kind for optimizer in OPTIMIZERS.values() for kernel in optimizer.kernels}
    assert kinds == {"elementwise", "whole", "global_norm", "tensor_norm", "shaped", "value", "curvature", "objective"}
    asking = {name: entry.needs[1:] for name, entry in OPTIMIZERS.items() if entry.asks_objective}
    of_values = ("irprop_plus", "polyak_sgd", "momo", "momo_adam")
    of_objectives = dict.fromkeys(("gd_backtracking", "lbfgs", "lbfgs_step"), ("objective",))
    assert asking == {**of_objectives, **dict.fromkeys(of_values, ("value",)), "sophia": ("hessian_diagonal",)}
    assert {name: entry.norm for name, entry in OPTIMIZERS.items() if entry.norm} == {
        "normalized_gd": "global",
        "clipped_gd": "global",
        **dict.fromkeys(("novograd", "stableadamw", "lars", "lamb", "fromage"), "tensor"),
        **dict.fromkeys(("dog", "dowg", "dadapt_adamw", "prodigy"), "global"),
    }
