"""Wrong code as students write it that must not pass: what is wrong shows only on arrays, in one tensor, or at one learning rate."""

import math

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM = {"name": "gd", "lr": 0.1}, {"name": "momentum", "lr": 0.1}
RMSPROP, ADAM = {"name": "rmsprop", "lr": 0.05}, {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def adam_with_a_mean(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.mean(g**2)
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def rmsprop_with_a_mean(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.mean(g**2)
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_with_a_maximum(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.max(g**2)
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_with_a_product(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.dot(g, g)
    return w - lr * g / (np.sqrt(v) + eps), v


def momentum_with_a_mean(w, g, velocity, lr, momentum):
    velocity = momentum * velocity + g.mean()
    return w - lr * velocity, velocity


def loop_with_a_mean(grad, x0, lr, n):
    x = np.array(x0, float)
    for _ in range(n):
        x = x - lr * np.mean(grad(x))
    return x


WRONG_ON_ARRAYS = {
    "mean": (lambda w, g, lr: w - lr * np.mean(g), "tuple", GD),
    "sum": (lambda w, g, lr: w - lr * np.sum(g), "tuple", GD),
    "divided by the size": (lambda w, g, lr: w - lr * g / g.size, "tuple", GD),
    "reversed": (lambda w, g, lr: w - lr * np.flip(g), "tuple", GD),
    "mean of the params": (lambda w, g, lr: w.mean() - lr * g, "tuple", GD),
    "first of the params": (lambda w, g, lr: np.ravel(w)[0] - lr * g, "tuple", GD),
    "centred": (lambda w, g, lr: w - lr * (g - g.mean()), "tuple", GD),
    "adam": (adam_with_a_mean, "tuple", ADAM),
    "rmsprop": (rmsprop_with_a_mean, "tuple", RMSPROP),
    "rmsprop, maximum": (rmsprop_with_a_maximum, "tuple", RMSPROP),
    "rmsprop, product": (rmsprop_with_a_product, "tuple", RMSPROP),
    "momentum": (momentum_with_a_mean, "tuple", MOMENTUM),
    "loop": (loop_with_a_mean, "loop", GD),
}


@pytest.mark.parametrize("name", WRONG_ON_ARRAYS)
def test_what_does_nothing_on_one_number_does_not_pass_as_code_for_one_number(client, name):
    student, style, optimizer = WRONG_ON_ARRAYS[name]
    verdict = client.check_function(student, optimizer, style)
    assert not verdict.passed
    assert "no_update" not in [finding.code for finding in verdict.findings]
    assert "do not change" not in verdict.message


def on_one_number(w, g, s, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (math.sqrt(s) + eps), s


def on_one_number_with_a_branch(w, g, lr):
    if g > 0:
        return w - lr * g
    return w + lr * abs(g)


def loop_on_one_number(df, x0, lr, n):
    x = float(x0)
    for _ in range(n):
        x = x - lr * df(x)
    return x


@pytest.mark.parametrize(
    ("student", "style", "optimizer"),
    [(on_one_number, "tuple", RMSPROP), (on_one_number_with_a_branch, "tuple", GD), (loop_on_one_number, "loop", GD)],
)
def test_code_that_raises_on_arrays_is_run_on_single_numbers(client, student, style, optimizer):
    assert client.check_function(student, optimizer, style).passed
