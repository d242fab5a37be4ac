"""Models on data: their gradients, mini-batches, starts, minima and echoes, and what is told of wrong data."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from stepgrade_service.engine import compare, trajectory
from stepgrade_service.engine.comparing.map import make_map
from stepgrade_service.engine.contours import contours
from stepgrade_service.engine.objectives.data.models import ACTIVATIONS, LOSSES, MODELS
from stepgrade_service.engine.objectives.data.packing import CLOCK, alone
from stepgrade_service.engine.objectives.data.sets import DATA_SETS
from stepgrade_service.engine.objectives.resolve import named_start, resolve
from stepgrade_service.engine.reading.faults import Refusal

RANDOM = np.random.default_rng(23)
X = RANDOM.standard_normal((37, 3))
LABELS = (X[:, 0] + 0.5 * RANDOM.standard_normal(37) > 0).astype(float)
CLASSES = RANDOM.integers(0, 3, 37).astype(float)
NUMBERS = RANDOM.standard_normal(37)

TARGETS = {"half_squared_error": NUMBERS, "squared_error": NUMBERS, "logistic": LABELS, "softmax": CLASSES, "hinge": LABELS}
ADAM = {"name": "adam", "lr": 0.05}


def every_model():
    for kind in MODELS.values():
        for loss in kind.losses:
            for layout in ("rows", "columns"):
                for activation in ACTIVATIONS if kind.is_deep else (None,):
                    deep = {"hidden": [4, 3], "activation": activation} if kind.is_deep else {}
                    inputs = X if layout == "rows" else X.T
                    yield {"name": kind.name, "X": inputs, "y": TARGETS[loss], "loss": loss, "layout": layout, "l2": 0.1, **deep}


def described(objective):
    return "-".join(str(objective.get(member, "")) for member in ("name", "loss", "layout", "activation"))


def point_of(problem, seed=1):
    return 0.7 * np.random.default_rng(seed).standard_normal((problem.dimension, 1))


@pytest.mark.parametrize("objective", [*every_model()], ids=described)
def test_the_gradient_is_the_derivative_of_the_value(objective):
    problem = resolve(objective)
    x, h = point_of(problem), 1e-5
    _, gradients = problem.evaluate(x)
    for i in range(problem.dimension):
        shift = h * np.eye(problem.dimension)[:, [i]]
        ahead, behind = (float(problem.evaluate(x + sign * shift)[0][0]) for sign in (1, -1))
        assert gradients[i, 0] == pytest.approx((ahead - behind) / (2 * h), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("objective", [o for o in every_model() if o["layout"] == "rows"], ids=described)
def test_examples_in_rows_and_in_columns_are_the_same_function(objective):
    rows, columns = resolve(objective), resolve({**objective, "layout": "columns", "X": X.T})
    params = rows.layout.unflatten(point_of(rows)[:, 0])
    turned = np.concatenate([np.atleast_2d(params[name].T).reshape(-1) for name in columns.layout.names])
    ahead, across = rows.evaluate(point_of(rows)), columns.evaluate(turned.reshape(-1, 1))
    np.testing.assert_allclose(across[0], ahead[0], rtol=1e-14)
    slopes = rows.layout.unflatten(ahead[1][:, 0])
    np.testing.assert_allclose(across[1][:, 0], np.concatenate([slopes[n].T.reshape(-1) for n in slopes]), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("objective", [*every_model()], ids=described)
def test_a_batch_of_runs_gives_bit_for_bit_what_single_runs_give(objective):
    problem = resolve(objective)
    points = np.concatenate([point_of(problem, seed) for seed in range(5)], axis=1)
    values, gradients = problem.evaluate(points)
    for r in range(5):
        value, gradient = problem.evaluate(np.ascontiguousarray(points[:, [r]]))
        assert value.tobytes() == values[[r]].tobytes()
        assert gradient[:, 0].tobytes() == gradients[:, r].tobytes()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_any_number_of_examples_gives_the_mean_over_all_of_them(size):
    random = np.random.default_rng(size)
    x, y = random.standard_normal((size, 2)), random.standard_normal(size)
    problem = resolve({"name": "linear_regression", "X": x, "y": y})
    w = np.array([0.3, -0.4, 0.1])
    values, gradients = problem.evaluate(w.reshape(-1, 1))
    residual = x @ w[:2] + w[2] - y
    assert values[0] == pytest.approx(0.5 * np.mean(residual**2), rel=1e-13)
    np.testing.assert_allclose(gradients[:, 0], [*(x.T @ residual / size), residual.mean()], rtol=1e-11, atol=1e-15)


# Mini-batches


def batches_met(order, steps=9, **more):
    """The examples of each step, told by a model whose gradient says which they were."""
    x, y = np.eye(7), np.zeros(7)
    problem = resolve({"name": "least_squares", "X": x, "y": y, "order": order, "reduction": "sum", **more})
    return [np.flatnonzero(problem.evaluate(np.ones((7, 1)), step)[1][:, 0]).tolist() for step in range(steps)]


def test_mini_batches_as_given_go_through_the_data_and_begin_again():
    assert batches_met("given", 4, batch_size=3) == [[0, 1, 2], [3, 4, 5], [6], [0, 1, 2]]
    assert batches_met("given", 3, batch_size=3, drop_last=True) == [[0, 1, 2], [3, 4, 5], [0, 1, 2]]


def test_shuffled_mini_batches_are_numpy_s_permutations_of_seed_plus_epoch():
    met = batches_met("shuffled", 9, batch_size=3, seed=5)
    for epoch in range(3):
        order = np.random.RandomState(5 + epoch).permutation(7)
        assert met[3 * epoch : 3 * epoch + 3] == [sorted(order[:3].tolist()), sorted(order[3:6].tolist()), [int(order[6])]]


def test_sampled_mini_batches_are_numpy_s_randint_of_seed_plus_step():
    met = batches_met("sampled", 20, batch_size=4, seed=8)
    assert met == [sorted(set(np.random.RandomState(8 + step).randint(0, 7, 4).tolist())) for step in range(20)]


def test_posted_mini_batches_come_in_turn():
    assert batches_met([[6], [0, 1, 2, 3], [5, 4]], 4) == [[6], [0, 1, 2, 3], [4, 5], [6]]


def test_the_largest_seed_is_taken():
    assert sorted(i for batch in batches_met("shuffled", 3, batch_size=3, seed=2**32 - 1) for i in batch) == list(range(7))


def test_mini_batches_of_all_examples_are_the_whole_objective():
    whole = {"name": "logistic_regression", "X": X, "y": LABELS}
    runs = [trajectory({"optimizer": ADAM, "objective": o, "steps": 30}) for o in (whole, {**whole, "batch_size": 37, "order": "given"})]
    assert runs[0].points.tobytes() == runs[1].points.tobytes()


def test_the_gradient_of_one_example_can_be_asked_for():
    problem = resolve({"name": "mlp", "X": X, "y": LABELS, "loss": "logistic", "hidden": [4]})
    x, parts = point_of(problem), []
    for example in range(37):
        parameters, slopes = problem.facts.kernel_parameters.copy(), np.empty_like(x)
        parameters[CLOCK] = alone(example)
        problem.objective.kernel.call(x, parameters, np.empty(1), slopes)
        parts.append(slopes)
    np.testing.assert_allclose(np.mean(parts, axis=0), problem.evaluate(x)[1], rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("order", ["shuffled", "given", "sampled", [[1, 2, 3], [4, 5], [36]]])
def test_a_cut_run_goes_on_with_the_same_mini_batches(order):
    size = {"batch_size": 5} if isinstance(order, str) else {}
    objective = {"name": "mlp", "X": X, "y": LABELS, "loss": "logistic", "hidden": [4], "order": order, **size}
    whole = trajectory({"optimizer": ADAM, "objective": objective, "steps": 41})
    first = trajectory({"optimizer": ADAM, "objective": objective, "steps": 18})
    end = first.plan.layout.unflatten(first.end)
    second = trajectory({"optimizer": ADAM, "objective": objective, "steps": 23, "start": end, "state": first.state})
    assert second.points.tobytes() == whole.points[18:].tobytes()
    assert second.values.tobytes() == whole.values[18:].tobytes()


def test_every_optimizer_of_a_comparison_meets_the_mini_batches_that_it_meets_alone():
    objective = {"name": "logistic_regression", "X": X, "y": LABELS, "batch_size": 8, "seed": 4}
    together = compare({"objective": objective, "optimizers": [{"name": "sgd", "lr": 0.3}, ADAM], "steps": 25})
    for run, optimizer in zip(together.upright.runs, ({"name": "sgd", "lr": 0.3}, ADAM), strict=True):
        alone_run = trajectory({"optimizer": optimizer, "objective": objective, "steps": 25})
        assert run.summary["final_value"] == alone_run.summary["final_value"]


def test_a_grafted_run_meets_the_same_mini_batches():
    objective = {"name": "logistic_regression", "X": X, "y": LABELS, "batch_size": 8}
    sgd = {"name": "sgd", "lr": 0.3}
    grafted = compare({"objective": objective, "optimizers": [sgd, {**sgd, "label": "same"}], "steps": 25, "match": "graft"})
    plain, same = (run.summary["final_value"] for run in grafted.upright.runs)
    assert same == pytest.approx(plain, rel=1e-12)


def test_threads_that_share_an_objective_do_not_disturb_each_other():
    objective = {"name": "mlp", "data": "moons", "batch_size": 32}
    runs = [trajectory] * 8
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda run: run({"optimizer": ADAM, "objective": objective, "steps": 300}).end.tobytes(), runs))
    assert len(set(ends)) == 1


def test_with_the_mini_batch_s_loss_nothing_is_measured_against_a_minimum():
    objective = {"name": "linear_regression", "data": "line", "batch_size": 5}
    assert trajectory({"optimizer": ADAM, "objective": objective, "steps": 5}).summary["final_distance"] is not None
    of_batches = trajectory({"optimizer": ADAM, "objective": {**objective, "values": "batch"}, "steps": 5})
    assert of_batches.summary["final_distance"] is None
    assert of_batches.summary["minimum"] is None


# Minima and starts


@pytest.mark.parametrize("name", ["linear_regression", "least_squares"])
@pytest.mark.parametrize("layout", ["rows", "columns"])
@pytest.mark.parametrize("more", [{}, {"l2": 0.7}, {"loss": "squared_error", "reduction": "sum", "l2": 0.2, "l2_factor": 1.0}])
def test_least_squares_has_its_minimum_and_condition_number(name, layout, more):
    targets = np.stack([NUMBERS, LABELS], axis=1)
    inputs, y = (X, targets) if layout == "rows" else (X.T, targets.T)
    problem = resolve({"name": name, "X": inputs, "y": y, "layout": layout, **more})
    [minimum], [value] = problem.facts.minima, problem.facts.value_at_minima
    values, gradients = problem.evaluate(np.array(minimum).reshape(-1, 1))
    assert values[0] == value
    assert np.abs(gradients).max() < 1e-12 * max(1.0, value)
    hessian = np.concatenate([problem.evaluate(np.eye(problem.dimension)[:, [i]])[1] for i in range(problem.dimension)], axis=1)
    hessian -= problem.evaluate(np.zeros((problem.dimension, 1)))[1]
    curvatures = np.linalg.eigvalsh(hessian)
    assert problem.facts.condition_number == pytest.approx(curvatures[-1] / curvatures[0], rel=1e-9)


def test_a_minimum_that_is_not_unique_or_not_known_is_not_told():
    assert not resolve({"name": "least_squares", "X": [[1, 2], [2, 4], [3, 6]], "y": [1, 2, 3]}).facts.minima
    assert not resolve({"name": "least_squares", "X": [[1e308, 1], [1e308, 2], [-1e308, 3]], "y": [1e308, 2, 3]}).facts.minima
    for name in ("logistic_regression", "softmax_regression", "mlp"):
        assert not resolve(name).facts.minima


def test_starts_are_drawn_as_numpy_draws_them():
    problem = resolve({"name": "mlp", "X": X, "y": LABELS, "loss": "logistic", "hidden": [4], "init_seed": 9, "init_std": 0.2})
    drawn = {name: problem.layout.unflatten(named_start(problem, name)) for name in problem.facts.starts}
    assert list(drawn) == ["he", "zeros", "normal", "xavier", "uniform"]
    random = np.random.RandomState(9)
    first, second = random.randn(3, 4), random.randn(4, 1)
    np.testing.assert_array_equal(drawn["he"]["W1"], first * np.sqrt(2 / 3))
    np.testing.assert_array_equal(drawn["he"]["W2"], second * np.sqrt(2 / 4))
    np.testing.assert_array_equal(drawn["normal"]["W1"], 0.2 * first)
    assert np.abs(drawn["xavier"]["W1"]).max() <= np.sqrt(6 / 7)
    assert np.abs(drawn["uniform"]["b1"]).max() <= 1 / np.sqrt(3)
    assert not any(tensor.any() for tensor in drawn["zeros"].values())
    assert next(iter(resolve({"name": "mlp", "activation": "tanh"}).facts.starts)) == "xavier"
    assert next(iter(resolve("logistic_regression").facts.starts)) == "zeros"


def test_params_are_named_and_shaped_as_the_targets_are():
    shapes = {
        (1, 1): {"W": (), "b": ()},
        (2, 1): {"W": (3,), "b": ()},
        (2, 2): {"W": (3, 2), "b": (2,)},
        (1, 2): {"W": (1, 2), "b": (2,)},
    }
    for (x_axes, y_axes), expected in shapes.items():
        inputs = X if x_axes == 2 else X[:, 0]
        targets = NUMBERS if y_axes == 1 else np.stack([NUMBERS, LABELS], axis=1)
        layout = resolve({"name": "linear_regression", "X": inputs, "y": targets}).layout
        assert dict(zip(layout.names, layout.shapes, strict=True)) == expected
    columns = resolve({"name": "mlp", "X": X.T, "y": CLASSES, "loss": "cross_entropy", "hidden": [4], "layout": "dls"}).layout
    assert dict(zip(columns.names, columns.shapes, strict=True)) == {"W1": (4, 3), "b1": (4, 1), "W2": (3, 4), "b2": (3, 1)}


def test_a_posted_start_may_name_its_tensors_in_any_order():
    objective = {"name": "linear_regression", "X": X, "y": NUMBERS}
    runs = [
        trajectory({"optimizer": ADAM, "objective": objective, "start": start, "steps": 3})
        for start in ({"W": [1.0, 2.0, 3.0], "b": 4.0}, {"b": 4.0, "W": [1.0, 2.0, 3.0]})
    ]
    assert runs[0].points.tobytes() == runs[1].points.tobytes()
    assert runs[1].plan.layout.names == ("W", "b")


# Echo, numbers that are large, and what is wrong


@pytest.mark.parametrize("objective", [*MODELS, *({"name": "mlp", "data": name} for name in DATA_SETS), *every_model()], ids=str)
def test_an_echo_posted_back_is_the_same_objective(objective):
    for more in ({}, {"batch_size": 3, "seed": 2, "drop_last": True}, {"order": [[0, 1], [2]], "values": "batch"}):
        asked = {"name": objective, **more} if isinstance(objective, str) else {**objective, **more}
        problem = resolve(asked)
        again = resolve(problem.echo)
        assert again.echo == problem.echo
        assert again.facts.kernel_parameters.tobytes() == problem.facts.kernel_parameters.tobytes()


@pytest.mark.parametrize("loss", LOSSES)
def test_large_scores_neither_overflow_nor_lose_the_loss(loss):
    objective = {"name": "mlp", "X": [[1.0], [2.0]], "y": [0, 1], "loss": loss, "hidden": [], "classes": 2 if loss == "softmax" else None}
    problem = resolve(objective)
    values, gradients = problem.evaluate(np.full((problem.dimension, 1), 1e4))
    assert np.isfinite(values).all()
    assert np.isfinite(gradients).all()


def test_the_logistic_loss_keeps_its_digits_where_it_is_small():
    problem = resolve({"name": "logistic_regression", "X": [1.0], "y": [1]})
    assert problem.evaluate(np.array([[50.0], [0.0]]))[0][0] == pytest.approx(np.exp(-50.0), rel=1e-12)


@pytest.mark.parametrize(
    ("objective", "faults"),
    [
        ({"name": "mlp", "X": [[1, 2], [3]], "y": [0, 1], "loss": "logistic"}, {"X": "equal length"}),
        ({"name": "mlp", "X": [[1, "2"]], "y": [True], "loss": "logistic"}, {"X/0/1": "expected a number", "y/0": "expected a number"}),
        ({"name": "mlp", "X": [[[1.0]]], "y": [0], "loss": "logistic"}, {"X": "a list of lists"}),
        ({"name": "mlp", "X": [[1, 2]], "y": [0, 1]}, {"loss": "expected a loss", "y": "X has 1 examples"}),
        ({"name": "mlp", "X": [[1, 2]]}, {"y": "X goes with y", "loss": "expected a loss"}),
        ({"name": "mlp", "data": "moons", "y": [1]}, {"data": "either data or X and y"}),
        ({"name": "mlp", "data": "moon"}, {"data": "did you mean moons"}),
        ({"name": "mlp", "data": "line", "loss": "logistic"}, {"data": "blobs, moons, xor"}),
        ({"name": "logistic_regression", "X": [1, 2, 3], "y": [0, 1, -1]}, {"y/2": "a label, 0 or 1"}),
        ({"name": "softmax_regression", "X": [1, 2, 3], "y": [0, 1.5, -1]}, {"y/1": "a class number", "y/2": "from 0 to 999"}),
        ({"name": "softmax_regression", "X": [1, 2], "y": [[0, 1], [1, 0]]}, {"y": "position of the 1"}),
        ({"name": "softmax_regression", "X": [1, 2], "y": [0, 2], "classes": 2}, {"y/1": "from 0 to 1"}),
        ({"name": "linear_regression", "classes": 2}, {"classes": "unknown member"}),
        ({"name": "mlp", "loss": "logistic", "classes": 2}, {"classes": "only with the loss softmax"}),
        ({"name": "mlp", "hidden": [0, 2.5, "3"]}, {"hidden/0": "1 to 1000", "hidden/1": "whole", "hidden/2": "string"}),
        ({"name": "mlp", "activation": "rleu"}, {"activation": "did you mean relu"}),
        ({"name": "mlp", "batch_size": 301, "order": "random", "seed": -1}, {"batch_size": "at most 300", "order": "unknown order",
                                                                            "seed": "whole number"}),
        ({"name": "mlp", "order": "given", "seed": 3}, {"order": "only with batch_size", "seed": "only with batch_size"}),
        ({"name": "mlp", "order": [[0], [], [300, 1.5]], "batch_size": 3}, {"order/1": "at least one", "order/2/0": "0 to 299",
                                                                           "order/2/1": "whole", "batch_size": "no batch_size"}),
        ({"name": "mlp", "l2": -1, "l2_factor": "half", "drop_last": 1}, {"l2": "at least 0", "l2_factor": "a string",
                                                                         "drop_last": "batch_size"}),
        ({"name": "mlp", "dimension": 3, "learning_rate": 1}, {"dimension": "unknown member", "learning_rate": "unknown member"}),
        ({"name": "mlp", "hidden": [1000] * 3}, {"": "at most 1000000 weights"}),
        ({"name": "mlpp"}, {"name": "did you mean mlp"}),
        ({"name": "mlp", "init_seed": 10**400, "l2": 10**400, "init_std": 1e400}, {"init_seed": "whole", "l2": "number", "init_std": "a"}),
        ({"name": "mlp", "X": [0] * 20_000, "y": [0] * 20_000, "loss": "logistic", "hidden": [900, 900]}, {"": "for one evaluation"}),
    ],
    ids=str,
)  # fmt: skip
def test_every_fault_is_told_with_its_place(objective, faults):
    with pytest.raises(Refusal) as refused:
        resolve(objective)
    told = {"/".join(map(str, fault.path)): fault.detail for fault in refused.value.faults}
    assert told.keys() == faults.keys()
    assert all(wanted in told[place] for place, wanted in faults.items())


def test_a_start_of_another_layout_is_told_which_one_is_expected():
    with pytest.raises(Refusal, match=r"W: \[2\], b: a number"):
        trajectory({"optimizer": "adam", "objective": "logistic_regression", "start": [1.0, 2.0, 3.0]})
    with pytest.raises(Refusal, match="no entry for b"):
        trajectory({"optimizer": "adam", "objective": "logistic_regression", "start": {"W": [1.0, 2.0]}})


# The other resources


def test_with_two_parameters_there_is_a_map_and_there_are_contours():
    objective = {"name": "linear_regression", "data": "line"}
    made = make_map(
        {"objective": objective, "optimizers": [{"name": "sgd", "lr": 0.1}], "grid": {"x": [0, 4, 3], "y": [0, 2, 3]}, "steps": 300}
    )
    [settled] = made.measures["settling_step"].values()
    assert np.isfinite(settled).all()
    assert len(contours(resolve(objective)).levels) > 3
    with pytest.raises(Refusal, match="two parameters"):
        contours(resolve("mlp"))


def test_a_comparison_turned_by_some_degrees_meets_the_same_mini_batches():
    objective = {"name": "linear_regression", "data": "line", "batch_size": 4}
    made = compare({"objective": objective, "optimizers": [{"name": "sgd", "lr": 0.1}, ADAM], "steps": 40, "rotate": [45]})
    upright, turned = made.upright.runs[0], made.turned[0].runs[0]
    assert turned.summary["final_value"] == pytest.approx(upright.summary["final_value"], rel=1e-9)


def test_a_line_search_searches_along_the_mini_batch_of_its_step():
    objective = {"name": "logistic_regression", "X": X, "y": LABELS, "batch_size": 8, "order": "given", "values": "batch"}
    ran = trajectory({"optimizer": {"name": "gd_backtracking", "lr": 4.0}, "objective": objective, "steps": 12})
    problem = resolve(objective)
    for step, (before, after) in enumerate(zip(ran.points, ran.points[1:], strict=False)):
        value, reached = (float(problem.evaluate(np.ascontiguousarray(x.reshape(-1, 1)), step)[0][0]) for x in (before, after))
        assert reached < value
