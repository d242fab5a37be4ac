"""Errors and loops that never end: whose fault they are does not depend on a time limit."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD = {"name": "gd", "lr": 0.1}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def loop_with_an_error(df, x0, lr, n_iters):
    x = np.array(x0)
    for _ in range(n_iters):
        x = x - lr * df(x).flat_form
    return x


class WithoutItsAttribute:
    def __init__(self, lr):
        self.rate = lr

    def update(self, w, g):
        return w - self.lr * g


@pytest.mark.parametrize("time_limit", [None, 10.0])
@pytest.mark.parametrize("style", [None, "tuple", "loop"])
def test_an_error_in_a_loop_that_asked_for_a_gradient_costs_marks(client, style, time_limit):
    verdict = client.check_function(loop_with_an_error, GD, style, time_limit=time_limit)
    assert verdict.message.startswith("Your code raised AttributeError: 'numpy.ndarray' object has no attribute 'flat_form'")


@pytest.mark.parametrize("time_limit", [None, 10.0])
def test_an_attribute_that_a_student_s_object_lacks_costs_marks(client, time_limit):
    verdict = client.check_function(WithoutItsAttribute, GD, time_limit=time_limit)
    assert verdict.message.startswith("Your code raised AttributeError: 'WithoutItsAttribute' object has no attribute 'lr'")


def adagrad_with_a_caret(w, g, cache, lr, eps):
    cache = cache + g ^ 2
    return w - lr * g / (np.sqrt(cache) + eps), cache


def test_a_power_with_a_caret_is_told_as_what_it_is(client):
    message = client.check_function(adagrad_with_a_caret, {"name": "adagrad", "lr": 0.1}, "tuple").message
    assert "bitwise_xor" in message
    assert message.endswith("In Python a power is **, not ^.")


def endless(df, x0, lr, n_iters):
    x = np.array(x0)
    while n_iters > 0:
        x = x - lr * df(x)
    return x


@pytest.mark.parametrize("time_limit", [None, 10.0])
@pytest.mark.parametrize("style", [None, "loop"])
def test_a_loop_that_does_not_count_its_steps_is_the_student_s(client, style, time_limit):
    verdict = client.check_function(endless, GD, style, time_limit=time_limit)
    assert verdict.message == "Your loop does not end: it asked for 20000 gradients, and it has 6 steps to take."


def endless_without_gradients(df, x0, lr, n_iters):
    while n_iters > 0:
        x0 = x0 - lr
    return df(x0)


@pytest.mark.parametrize("style", [None, "tuple", "loop"])
def test_a_loop_that_asks_for_nothing_is_stopped(client, style):
    verdict = client.check_function(endless_without_gradients, GD, style, time_limit=0.3)
    assert verdict.message == "Your code did not finish within 0.3 s: does a loop never end, or does it wait for something?"


def test_the_derivative_of_a_cost_is_known_by_its_usual_name(client):
    def student(dJ, theta0, lr, epochs):  # noqa: N803 (as students write it)
        theta = np.array(theta0)
        for _ in range(epochs):
            theta = theta + lr * dJ(theta)
        return theta

    assert client.check_function(student, GD).findings[0].code == "wrong_sign"


def stub_with_a_config(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    next_w = None
    return next_w, config


def stub_with_a_state(w, dw, v, lr, momentum):
    next_w = None
    return next_w, v


def stub_with_layers(parameters, grads, learning_rate):
    for layer in range(1, len(parameters) // 2 + 1):
        parameters[f"W{layer}"] = None
        parameters[f"b{layer}"] = None
    return parameters


@pytest.mark.parametrize(
    ("student", "optimizer", "names"),
    [
        (stub_with_a_config, GD, "params"),
        (stub_with_a_state, {"name": "momentum", "lr": 0.1}, "params"),
        (stub_with_layers, GD, "W1, b1"),
    ],
)
def test_code_that_is_not_filled_in_is_told_what_it_returned(client, student, optimizer, names):
    assert client.check_function(student, optimizer).message == f"Your function returned None for the new {names}."
