"""Code that leaves out a number of an array, as a loop that ends too early: the fixed inputs alone show it, for a bundle has no others."""

import math

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM, NESTEROV = {"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}, {"name": "nesterov", "lr": 0.05}
ADAGRAD, RMSPROP, ADADELTA = {"name": "adagrad", "lr": 0.05}, {"name": "rmsprop", "lr": 0.01}, {"name": "adadelta", "lr": 0.5}
ADAM = {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


#: What stands in the place of `range(len(w))`: each leaves out another number.
LEFT_OUT = {
    "the last": "range(len(w) - 1)",
    "the first": "range(1, len(w))",
    "one in the middle": "[i for i in range(len(w)) if i != len(w) // 3]",
}

GD_BY_INDEX = """
def step(w, dw, lr=0.01):
    w = w.copy()
    for i in range(len(w)):
        w[i] -= lr * dw[i]
    return w
"""

MOMENTUM_BY_INDEX = """
def step(w, dw, v, lr=0.01, momentum=0.9):
    w, v = w.copy(), v.copy()
    for i in range(len(w)):
        v[i] = momentum * v[i] + dw[i]
        w[i] = w[i] - lr * v[i]
    return w, v
"""

NESTEROV_BY_INDEX = """
class Nesterov:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, None

    def update(self, w, g):
        if self.v is None:
            self.v = np.zeros(len(w))
        for i in range(len(w)):
            self.v[i] = self.momentum * self.v[i] + g[i]
            w[i] -= self.lr * (g[i] + self.momentum * self.v[i])
        return w
"""

ADAGRAD_BY_INDEX = """
def step(w, g, cache, lr=0.01, eps=1e-10):
    w, cache = w.copy(), cache.copy()
    for i in range(len(w)):
        cache[i] += g[i] ** 2
        w[i] -= lr * g[i] / (math.sqrt(cache[i]) + eps)
    return w, cache
"""

RMSPROP_BY_INDEX = """
def step(w, dw, config):
    cache = config["cache"]
    for i in range(len(w)):
        cache[i] = config["decay_rate"] * cache[i] + (1 - config["decay_rate"]) * dw[i] ** 2
        w[i] -= config["learning_rate"] * dw[i] / (math.sqrt(cache[i]) + config["epsilon"])
    return w, config
"""

ADADELTA_BY_INDEX = """
def step(w, g, v, u, lr=1.0, rho=0.9, eps=1e-6):
    w, v, u = w.copy(), v.copy(), u.copy()
    for i in range(len(w)):
        v[i] = rho * v[i] + (1 - rho) * g[i] ** 2
        delta = math.sqrt(u[i] + eps) / math.sqrt(v[i] + eps) * g[i]
        u[i] = rho * u[i] + (1 - rho) * delta**2
        w[i] -= lr * delta
    return w, v, u
"""

ADAM_BY_INDEX = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = None
        self.t = 0

    def update(self, w, g):
        if self.m is None:
            self.m, self.v = np.zeros(len(w)), np.zeros(len(w))
        self.t += 1
        for i in range(len(w)):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g[i]
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g[i] ** 2
            m_hat = self.m[i] / (1 - self.beta1**self.t)
            v_hat = self.v[i] / (1 - self.beta2**self.t)
            w[i] -= self.lr * m_hat / (math.sqrt(v_hat) + self.eps)
        return w
"""

BY_INDEX = {
    "gd": (GD_BY_INDEX, GD),
    "momentum": (MOMENTUM_BY_INDEX, MOMENTUM),
    "nesterov": (NESTEROV_BY_INDEX, NESTEROV),
    "adagrad": (ADAGRAD_BY_INDEX, ADAGRAD),
    "rmsprop": (RMSPROP_BY_INDEX, RMSPROP),
    "adadelta": (ADADELTA_BY_INDEX, ADADELTA),
    "adam": (ADAM_BY_INDEX, ADAM),
}


def written(code):
    """What a student's code defines."""
    made = {"np": np, "math": math}
    exec(code, made)
    return list(made.values())[-1]


@pytest.mark.parametrize("name", BY_INDEX)
def test_code_that_goes_through_all_numbers_passes(client, name):
    code, optimizer = BY_INDEX[name]
    assert client.check_function(written(code), optimizer, random=0).passed


@pytest.mark.parametrize("numbers", LEFT_OUT.values(), ids=list(LEFT_OUT))
@pytest.mark.parametrize("name", BY_INDEX)
def test_a_number_that_is_left_out_is_seen(client, name, numbers):
    code, optimizer = BY_INDEX[name]
    verdict = client.check_function(written(code.replace("range(len(w))", numbers)), optimizer, random=0)
    assert verdict.fault is None
    assert not verdict.passed


def without_the_last_row(W, dW, cache, lr=0.01, eps=1e-10):  # noqa: N803 (as students write it)
    W, cache = W.copy(), cache.copy()  # noqa: N806
    for i in range(W.shape[0] - 1):
        for j in range(W.shape[1]):
            cache[i, j] += dW[i, j] ** 2
            W[i, j] -= lr * dW[i, j] / (np.sqrt(cache[i, j]) + eps)
    return W, cache


def without_the_last_column(W, dW, cache, lr=0.01, eps=1e-10):  # noqa: N803
    W, cache = W.copy(), cache.copy()  # noqa: N806
    for i in range(W.shape[0]):
        for j in range(W.shape[1] - 1):
            cache[i, j] += dW[i, j] ** 2
            W[i, j] -= lr * dW[i, j] / (np.sqrt(cache[i, j]) + eps)
    return W, cache


def without_the_corner(W, dW, cache, lr=0.01, eps=1e-10):  # noqa: N803
    new, cache = W.copy(), cache.copy()
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            if i < W.shape[0] - 1 or j < W.shape[1] - 1:
                cache[i, j] += dW[i, j] ** 2
                new[i, j] = W[i, j] - lr * dW[i, j] / (np.sqrt(cache[i, j]) + eps)
    return new, cache


@pytest.mark.parametrize("student", [without_the_last_row, without_the_last_column, without_the_corner])
def test_a_row_and_a_column_that_are_left_out_are_seen(client, student):
    verdict = client.check_function(student, ADAGRAD, random=0)
    assert verdict.fault is None
    assert not verdict.passed


def without_the_end_of_each_bias(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for key in parameters:
        name = "d" + key
        v[name] = beta1 * v[name] + (1 - beta1) * grads[name]
        s[name] = beta2 * s[name] + (1 - beta2) * grads[name] ** 2
        update = learning_rate * v[name] / (1 - beta1**t) / (np.sqrt(s[name] / (1 - beta2**t)) + epsilon)
        if key.startswith("b"):
            parameters[key][:-1] -= update[:-1]
        else:
            parameters[key] -= update
    return parameters, v, s


def test_a_number_of_a_layer_that_is_left_out_is_seen(client):
    verdict = client.check_function(without_the_end_of_each_bias, ADAM, "dls", random=0)
    assert verdict.fault is None
    assert not verdict.passed
