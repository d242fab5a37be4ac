"""Students whose state is an array of whole numbers: it loses every fraction. The check sees it in objects and loops."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

MOMENTUM, ADAM, ADAGRAD = {"name": "momentum", "lr": 0.1}, {"name": "adam", "lr": 0.05}, {"name": "adagrad", "lr": 0.1}


@pytest.fixture(scope="module")
def client():
    return Client.local()


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = None, None, 0

    def update(self, w, grad):
        if self.m is None:
            self.m = np.zeros(w.shape, dtype=int)
            self.v = np.zeros(w.shape, dtype=int)
        self.t += 1
        self.m[:] = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v[:] = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def update(self, params, grads):
        for key in params:
            if key not in self.v:
                self.v[key] = np.zeros(params[key].shape, dtype=np.int32)
            self.v[key][...] = self.momentum * self.v[key] + grads[key]
            params[key] -= self.lr * self.v[key]


def momentum_loop(grad, x0, lr, momentum, n_steps):
    x = np.array(x0)
    v = np.zeros(len(x), dtype=int)
    for _ in range(n_steps):
        v[:] = momentum * v - lr * grad(x)
        x = x + v
    return x


def adam_loop(grad, x0, lr, beta1, beta2, eps, n_iter):
    x = x0.copy()
    m, v = np.zeros(x.shape, dtype=int), np.zeros(x.shape, dtype=int)
    for t in range(1, n_iter + 1):
        g = grad(x)
        for i in range(len(x)):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            x[i] -= lr * (m[i] / (1 - beta1**t)) / (np.sqrt(v[i] / (1 - beta2**t)) + eps)
    return x


def adam_on_an_array(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = (beta1 * m + (1 - beta1) * dw).astype(int)
    v = (beta2 * v + (1 - beta2) * dw**2).astype(int)
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [(Adam, ADAM), (Momentum, MOMENTUM), (momentum_loop, MOMENTUM), (adam_loop, ADAM), (adam_on_an_array, ADAM)],
)
def test_a_state_of_whole_numbers_is_named_and_nothing_else(client, student, optimizer):
    verdict = client.check_function(student, optimizer, hints=3)
    assert not verdict.passed
    assert [finding.code for finding in verdict.findings] == ["int_state"]
    assert "whole numbers" in verdict.message.splitlines()[0]
    assert "dtype=float" in verdict.message


class RightWithCountsAndSigns:
    """Counts and signs are whole numbers in right code too."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v, self.counts = lr, momentum, 0, None

    def update(self, w, grad):
        if self.counts is None:
            self.counts = np.zeros(w.shape, dtype=int)
        self.counts += 1
        self.signs = np.sign(grad).astype(int)
        self.v = self.momentum * self.v + grad
        return w - self.lr * self.v


def right_loop_in_a_mixed_order(grad, x0, lr, momentum, n_steps):
    x, v, order = np.array(x0), np.zeros(len(x0)), np.arange(len(x0))[::-1]
    for _ in range(n_steps):
        g = grad(x)
        for i in order:
            v[i] = momentum * v[i] + g[i]
            x[i] -= lr * v[i]
    return x


@pytest.mark.parametrize("student", [RightWithCountsAndSigns, right_loop_in_a_mixed_order])
def test_whole_numbers_that_are_no_state_are_not_told(client, student):
    verdict = client.check_function(student, MOMENTUM)
    assert verdict.message == "Correct: the numbers are those of momentum."


class NeverStores:
    """A step of 0 without whole numbers is told as that."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, 0

    def update(self, w, grad):
        self.v = self.momentum * self.v + grad
        return w


def test_params_that_do_not_change_are_told_without_whole_numbers(client):
    assert client.check_function(NeverStores, MOMENTUM).findings[0].code == "no_step"
