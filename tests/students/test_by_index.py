"""Code that goes through the numbers of an array by their indices, with a state of its own; and through the rows of a matrix."""

import math

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM = {"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}
ADAM, ADAGRAD = {"name": "adam", "lr": 0.05}, {"name": "adagrad", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def with_a_default(w, g, lr=0.01, momentum=0.9, memory={}):  # noqa: B006 (as students write)
    if "v" not in memory:
        memory["v"] = [0.0] * len(w)
    new = []
    for i in range(len(w)):
        memory["v"][i] = momentum * memory["v"][i] + g[i]
        new.append(w[i] - lr * memory["v"][i])
    return new


def with_a_dictionary(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    if not state:
        state["m"], state["v"], state["t"] = [0.0] * len(w), [0.0] * len(w), 0
    state["t"] += 1
    m, v, t = state["m"], state["v"], state["t"]
    new = [0.0] * len(w)
    for i in range(len(w)):
        m[i] = beta1 * m[i] + (1 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
        new[i] = w[i] - lr * (m[i] / (1 - beta1**t)) / (math.sqrt(v[i] / (1 - beta2**t)) + eps)
    return new, state


class MadeWithN:
    def __init__(self, n, lr=0.01, momentum=0.9):
        self.v, self.lr, self.momentum = [0.0] * n, lr, momentum

    def step(self, w, g):
        new = []
        for i in range(len(w)):
            self.v[i] = self.momentum * self.v[i] + g[i]
            new.append(w[i] - self.lr * self.v[i])
        return new


class OnNumbers:
    def __init__(self, lr=0.01):
        self.h, self.lr = None, lr

    def update(self, w, g):
        self.h = [0.0] * len(w) if self.h is None else self.h
        for i in range(len(w)):
            self.h[i] += g[i] ** 2
            w[i] = w[i] - self.lr * g[i] / (math.sqrt(self.h[i]) + 1e-10)
        return w


class OnAMatrix:
    def __init__(self, lr=0.01, momentum=0.9):
        self.v, self.lr, self.momentum = None, lr, momentum

    def update(self, W, dW):  # noqa: N803 (as students write it)
        self.v = np.zeros(W.shape) if self.v is None else self.v
        for i in range(W.shape[0]):
            for j in range(W.shape[1]):
                self.v[i, j] = self.momentum * self.v[i, j] + dW[i, j]
                W[i, j] -= self.lr * self.v[i, j]
        return W


def on_a_matrix(W, dW, lr=0.01):  # noqa: N803
    new = np.zeros(W.shape)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            new[i, j] = W[i, j] - lr * dW[i, j]
    return new


def on_rows_and_columns(W, dW, v, lr=0.01, momentum=0.9):  # noqa: N803
    rows, columns = W.shape
    for i in range(rows):
        for j in range(columns):
            v[i][j] = momentum * v[i][j] + dW[i][j]
            W[i][j] = W[i][j] - lr * v[i][j]
    return W, v


def on_rows_and_columns_with_the_velocity_first(W, dW, v, lr=0.01, momentum=0.9):  # noqa: N803
    W, v = on_rows_and_columns(W.copy(), dW, v.copy(), lr, momentum)  # noqa: N806
    return v, W


RIGHT = [
    *((with_a_default, MOMENTUM), (with_a_dictionary, ADAM), (MadeWithN, MOMENTUM), (OnNumbers, ADAGRAD)),
    *((OnAMatrix, MOMENTUM), (on_a_matrix, GD), (on_rows_and_columns, MOMENTUM)),
    (on_rows_and_columns_with_the_velocity_first, MOMENTUM),
]


@pytest.mark.parametrize(("student", "optimizer"), RIGHT, ids=[student.__name__ for student, _ in RIGHT])
def test_right_code_passes(client, student, optimizer):
    assert client.check_function(student, optimizer).passed


def uphill_with_a_default(w, g, lr=0.01, momentum=0.9, memory={}):  # noqa: B006 (as students write)
    new = with_a_default(w, g, lr, momentum, memory)
    return [2 * w[i] - new[i] for i in range(len(w))]


def without_a_correction(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    if not state:
        state["m"], state["v"] = [0.0] * len(w), [0.0] * len(w)
    m, v, new = state["m"], state["v"], [0.0] * len(w)
    for i in range(len(w)):
        m[i] = beta1 * m[i] + (1 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
        new[i] = w[i] - lr * m[i] / (math.sqrt(v[i]) + eps)
    return new, state


class UphillMadeWithN(MadeWithN):
    def step(self, w, g):
        new = MadeWithN.step(self, w, g)
        return [2 * w[i] - new[i] for i in range(len(w))]


class UphillOnNumbers(OnNumbers):
    def update(self, w, g):
        self.h = [0.0] * len(w) if self.h is None else self.h
        for i in range(len(w)):
            self.h[i] += g[i] ** 2
            w[i] = w[i] + self.lr * g[i] / (math.sqrt(self.h[i]) + 1e-10)
        return w


def uphill_on_a_matrix(W, dW, lr=0.01):  # noqa: N803
    new = np.zeros(W.shape)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            new[i, j] = W[i, j] + lr * dW[i, j]
    return new


@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [
        (uphill_with_a_default, MOMENTUM, "wrong_sign"),
        (without_a_correction, ADAM, "no_bias_correction"),
        (UphillMadeWithN, MOMENTUM, "wrong_sign"),
        (UphillOnNumbers, ADAGRAD, "wrong_sign"),
        (uphill_on_a_matrix, GD, "wrong_sign"),
    ],
)
def test_the_mistake_is_named(client, student, optimizer, code):
    assert client.check_function(student, optimizer).findings[0].code == code


def a_sum_of_sizes(params, grad, h, lr=0.01):
    for i in range(len(params)):
        h[i] = h[i] + abs(grad[i])
        params[i] = params[i] - lr * grad[i] / (math.sqrt(h[i]) + 1e-7)
    return params, h


def a_sum_of_sizes_in_new_lists(params, grad, h, lr=0.01):
    new_h = [h[i] + abs(grad[i]) for i in range(len(params))]
    return [params[i] - lr * grad[i] / (math.sqrt(new_h[i]) + 1e-7) for i in range(len(params))], new_h


class ASumOfSizes(OnNumbers):
    def update(self, w, g):
        self.h = [0.0] * len(w) if self.h is None else self.h
        for i in range(len(w)):
            self.h[i] += abs(g[i])
            w[i] = w[i] - self.lr * g[i] / (math.sqrt(self.h[i]) + 1e-10)
        return w


@pytest.mark.parametrize("student", [a_sum_of_sizes, a_sum_of_sizes_in_new_lists, ASumOfSizes])
def test_a_mistake_without_a_name_is_told_by_its_numbers(client, student):
    verdict = client.check_function(student, ADAGRAD)
    assert not verdict.passed
    assert verdict.message.startswith("Step 1, points[0]: expected 0.9")


def without_the_last_column(W, dW, lr=0.01):  # noqa: N803
    new = W.copy()
    for i in range(W.shape[0]):
        for j in range(W.shape[1] - 1):
            new[i, j] = W[i, j] - lr * dW[i, j]
    return new


def as_if_it_were_square(W, dW, lr=0.01):  # noqa: N803
    new = W.copy()
    for i in range(W.shape[0]):
        for j in range(min(W.shape)):
            new[i, j] = W[i, j] - lr * dW[i, j]
    return new


@pytest.mark.parametrize("student", [without_the_last_column, as_if_it_were_square])
def test_a_number_that_is_left_out_is_seen(client, student):
    assert not client.check_function(student, GD, random=0).passed
