"""Signs, momenta, averages and sparse methods: what their papers and frameworks say of them, and what the frameworks refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory

GRADIENTS = np.random.default_rng(5).normal(size=(12, 3))


def points(optimizer: dict[str, Any], gradients: Any = GRADIENTS, start: Any = (1.0, -2.0, 0.5)) -> Any:
    return trajectory({"optimizer": optimizer, "start": list(start), "gradients": np.asarray(gradients).tolist()}).points


def test_optax_s_rprop_is_irprop_one_step_late_as_long_as_no_sign_changes():
    gradients = np.abs(GRADIENTS[:, :1])
    shipped = points({"convention": "optax", "name": "rprop", "learning_rate": 0.1}, gradients, [1.0])
    right = points({"convention": "optax", "name": "rprop", "learning_rate": 0.1, "variant": "irprop-"}, gradients, [1.0])
    assert shipped[1] == shipped[0]
    np.testing.assert_array_equal(shipped[2:], right[1:-1])


@pytest.mark.parametrize(
    ("form", "path"),
    [("irprop-", [0.0, -1.0, -1.0, -0.5]), ("rprop-", [0.0, -1.0, -0.5, 0.25]), ("rprop+", [0.0, -1.0, 0.0, 0.5])],
)
def test_the_variants_of_rprop_differ_where_the_sign_changes(form, path):
    optimizer = {"convention": "paper", "name": "rprop", "variant": form, "lr": 1.0, "eta_plus": 1.5}
    np.testing.assert_allclose(points(optimizer, [[3.0], [-7.0], [-0.1]], [0.0])[:, 0], path, rtol=1e-15)


def test_keras_s_ftrl_counts_l2_twice():
    keras = {"convention": "keras", "name": "Ftrl", "l2_regularization_strength": 0.2}
    paper = {"convention": "paper", "name": "ftrl", "lr": 1e-3, "l2": 0.4, "beta": 0.0, "initial_accumulator": 0.1}
    np.testing.assert_array_equal(points(keras), points(paper))


def test_ftrl_s_params_of_no_use_are_exactly_zero():
    run = points({"convention": "paper", "name": "ftrl", "lr": 1.0, "l1": 10.0}, 1e-3 * GRADIENTS, np.zeros(3))
    assert np.all(run == 0.0)


def test_sparse_adam_leaves_an_entry_without_a_gradient_alone_and_counts_all_steps():
    gradients = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    run = trajectory({"optimizer": {"name": "SparseAdam", "lr": 0.1}, "start": [0.0, 0.0], "gradients": gradients.tolist()})
    assert run.points[2, 0] == run.points[1, 0]
    np.testing.assert_allclose(run.state["m"], [0.19, 0.271], rtol=1e-14)
    assert run.state["t"] == 3


def test_the_paper_s_asgd_averages_the_points_of_all_steps():
    run = trajectory(
        {"optimizer": {"convention": "paper", "name": "asgd", "lr": 0.1}, "start": [1.0], "gradients": GRADIENTS[:, :1].tolist()}
    )
    np.testing.assert_allclose(run.state["average"], run.points[1:].mean(axis=0), rtol=1e-13)


def test_momenta_become_the_simpler_methods_that_they_contain():
    plain = points({"name": "gd", "lr": 0.1})
    for optimizer in (
        {"name": "qhm", "nu": 0.0},
        {"name": "aggmo", "count": 1},
        {"name": "optimistic_gd", "beta": 0.0},
        {"name": "clipped_gd", "max_norm": 1e9},
    ):
        np.testing.assert_allclose(points({**optimizer, "lr": 0.1}), plain, rtol=1e-14)
    np.testing.assert_allclose(
        points({"name": "clipped_gd", "lr": 0.1, "max_norm": 0.5}), points({"name": "gd", "lr": 0.1, "clip_global_norm": 0.5}), rtol=1e-14
    )
    np.testing.assert_array_equal(points({"name": "signum", "beta": 0.0, "lr": 0.1}), points({"name": "sign_gd", "lr": 0.1}))


def test_aggmo_s_tensors_may_have_different_counts():
    start, gradients = {"a": [1.0], "b": [2.0]}, [{"a": [g[0]], "b": [g[1]]} for g in GRADIENTS.tolist()]
    run = trajectory({"optimizer": {"name": "aggmo", "lr": 0.1, "count": {"a": 1, "b": 3}}, "start": start, "gradients": gradients})
    for place, (count, first) in enumerate(((1, 1.0), (3, 2.0))):
        alone = points({"name": "aggmo", "lr": 0.1, "count": count}, GRADIENTS[:, place : place + 1], [first])
        np.testing.assert_array_equal(run.points[:, place], alone[:, 0])


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"convention": "torch", "name": "ASGD", "weight_decay": -0.5}, ("weight_decay",)),
        ({"convention": "torch", "name": "Adadelta", "rho": 1.1}, ("rho",)),
        ({"convention": "torch", "name": "Adagrad", "lr_decay": -0.5}, ("lr_decay",)),
        ({"convention": "torch", "name": "RMSprop", "momentum": -1.0}, ("momentum",)),
        ({"convention": "torch", "name": "Rprop", "etas": [1.0, 0.5]}, ("etas", 0)),
        ({"convention": "torch", "name": "SGD", "momentum": -0.5}, ("momentum",)),
        ({"convention": "torch", "name": "SparseAdam", "betas": [1.0, 0.0]}, ("betas", 0)),
        ({"convention": "torch", "name": "SparseAdam", "lr": 0.0}, ("lr",)),
        ({"convention": "torch", "name": "SparseAdam", "eps": 0.0}, ("eps",)),
        ({"convention": "keras", "name": "SGD", "momentum": 1.5}, ("momentum",)),
        ({"convention": "keras", "name": "Lion", "beta_1": 0.0}, ("beta_1",)),
        ({"convention": "keras", "name": "Lion", "beta_1": 1.5}, ("beta_1",)),
        ({"convention": "keras", "name": "Ftrl", "learning_rate_power": 0.5}, ("learning_rate_power",)),
        ({"convention": "keras", "name": "Ftrl", "initial_accumulator_value": -1.0}, ("initial_accumulator_value",)),
        ({"convention": "optax", "name": "noisy_sgd", "learning_rate": 0.1}, ("name",)),
    ],
)
def test_what_a_framework_refuses_is_refused_where_it_stands(written, path):
    with pytest.raises(Refusal) as caught:
        resolve(written)
    assert path in [fault.path for fault in caught.value.faults]


def test_torch_s_rmsprop_takes_an_alpha_above_1():
    assert resolve({"convention": "torch", "name": "RMSprop", "alpha": 1.5}).settings["rho"] == 1.5


def test_noisy_sgd_is_refused_with_what_to_do_instead():
    with pytest.raises(Refusal, match=r"JAX's random number generator.*noise of POST /trajectory"):
        resolve({"convention": "optax", "name": "noisy_sgd", "learning_rate": 0.1})
