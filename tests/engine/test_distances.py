"""Methods that find their own learning rate, and Schedule-Free: facts that a formula alone does not show."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory

GRADIENTS = [[3.0, -4.0], [0.5, 1.0], [-2.0, 0.25]]


def path(optimizer, scale=1.0):
    gradients = (scale * np.array(GRADIENTS)).tolist()
    return np.array(trajectory({"optimizer": optimizer, "start": [1.0, 2.0], "gradients": gradients}).points)


def test_dog_s_first_step_is_as_long_as_its_first_distance():
    points = path({"name": "dog", "initial_step": 0.25, "initial_step_mode": "distance", "eps": 0})
    assert np.linalg.norm(points[1] - points[0]) == pytest.approx(0.25, rel=1e-15)


@pytest.mark.parametrize("name", ["dog", "dowg", "cocob"])
def test_the_size_of_the_gradients_does_not_matter_but_for_eps(name):
    optimizer = {"name": name, "eps": 1e-300, **({"initial_distance": 1e-4} if name == "dowg" else {})}
    assert path(optimizer, 1024.0) == pytest.approx(path(optimizer), rel=1e-12)


def test_cocob_s_learning_rate_is_a_factor_of_the_gradient():
    assert path({"name": "cocob", "lr": 8.0}) == pytest.approx(path({"name": "cocob", "lr": 1.0}, 8.0), rel=1e-15)


@pytest.mark.parametrize("name", ["dadapt_adamw", "prodigy"])
def test_a_first_gradient_of_zeros_leaves_no_finite_estimate(name):
    assert take_step({"optimizer": name, "params": [1.0], "gradient": [0.0]}).status == "diverged"


@pytest.mark.parametrize("name", ["dadapt_adamw", "prodigy"])
def test_the_estimate_never_becomes_smaller(name):
    estimates = []
    state = None
    for gradient in GRADIENTS * 3:
        step = take_step({"optimizer": name, "params": [1.0, 2.0], "gradient": gradient, **({"state": state} if state else {})})
        state = step.state
        estimates.append(state["d"])
    assert estimates == sorted(estimates)


def test_what_belongs_to_all_tensors_is_one_number():
    grouped = {"name": "prodigy", "beta2": {"w": 0.9, "b": 0.99}}
    with pytest.raises(Refusal, match="expected one number: prodigy has one number for all tensors"):
        take_step({"optimizer": grouped, "params": {"w": 1, "b": 1}, "gradient": {"w": 1, "b": 1}})


def test_schedule_free_averages_the_fast_params():
    """With the gradients posted, z is plain gradient descent; x is the mean of z, and y stands between them."""
    lr, beta1 = 0.1, 0.75
    points = path({"name": "schedule_free_sgd", "lr": lr, "beta1": beta1})
    z = np.array([1.0, 2.0]) - lr * np.cumsum(GRADIENTS, axis=0)
    x = np.cumsum(z, axis=0) / np.arange(1, 4)[:, np.newaxis]
    assert points[1:] == pytest.approx((1 - beta1) * z + beta1 * x, rel=1e-14)


def test_schedule_free_refuses_a_point_that_hides_the_average():
    with pytest.raises(Refusal, match="division by beta1"):
        take_step({"optimizer": {"name": "schedule_free_sgd", "beta1": 0}, "params": [1.0], "gradient": [1.0]})


def test_keras_decays_the_params_and_optax_the_fast_params():
    given = {"lr": 0.1, "beta1": 0.5, "weight_decay": 0.1}
    own = {of: path({"name": "schedule_free_adamw", "convention": of, **given}) for of in ("keras", "optax")}
    assert not np.allclose(own["keras"][2], own["optax"][2], rtol=1e-4)
