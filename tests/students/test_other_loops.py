"""Whole loops in other shapes: classes that run the loop in a method, and loops that take a gradient function for w and one for b."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM, ADAM = {"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}, {"name": "adam", "lr": 0.05}
RMSPROP = {"name": "rmsprop", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


class AdamOnParams:
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params = params
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = np.zeros_like(params)
        self.v = np.zeros_like(params)

    def run(self, grad_fn, steps):
        for t in range(1, steps + 1):
            g = grad_fn(self.params)
            self.m = self.beta1 * self.m + (1 - self.beta1) * g
            self.v = self.beta2 * self.v + (1 - self.beta2) * g**2
            m_hat, v_hat = self.m / (1 - self.beta1**t), self.v / (1 - self.beta2**t)
            self.params = self.params - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        return self.params


class MomentumThatHoldsItsPoint:
    def __init__(self, theta, learning_rate=0.1, beta=0.9):
        self.theta = theta
        self.learning_rate = learning_rate
        self.beta = beta

    def fit(self, gradient, n_iterations=100):
        velocity = np.zeros_like(self.theta)
        for _ in range(n_iterations):
            velocity = self.beta * velocity + gradient(self.theta)
            self.theta = self.theta - self.learning_rate * velocity


class GradientDescentWithItsSteps:
    def __init__(self, lr=0.01, n_iters=1000):
        self.lr = lr
        self.n_iters = n_iters
        self.history = []

    def minimize(self, grad_f, x0):
        x = np.array(x0, dtype=float)
        self.history = [x]
        for _ in range(self.n_iters):
            x = x - self.lr * grad_f(x)
            self.history.append(x)
        return self


class ReturnsItsLosses:
    def __init__(self, params, lr):
        self.params, self.lr = np.array(params, dtype=float), lr

    def optimize(self, f, grad, num_steps):
        losses = []
        for _ in range(num_steps):
            losses.append(f(self.params))
            self.params -= self.lr * grad(self.params)
        return losses


class WithoutCorrection(AdamOnParams):
    def run(self, grad_fn, steps):
        for _ in range(steps):
            g = grad_fn(self.params)
            self.m = self.beta1 * self.m + (1 - self.beta1) * g
            self.v = self.beta2 * self.v + (1 - self.beta2) * g**2
            self.params = self.params - self.lr * self.m / (np.sqrt(self.v) + self.eps)
        return self.params


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (AdamOnParams, ADAM),
        (MomentumThatHoldsItsPoint, MOMENTUM),
        (GradientDescentWithItsSteps, GD),
        (ReturnsItsLosses, GD),
    ],
)
@pytest.mark.parametrize("style", [None, "loop", "object"])
def test_a_class_that_runs_the_whole_loop_passes(client, student, optimizer, style):
    verdict = client.check_function(student, optimizer, style)
    assert verdict.passed, verdict.message


def test_the_mistake_of_a_class_that_runs_the_loop_is_named(client):
    assert client.check_function(WithoutCorrection, ADAM).findings[0].code == "no_bias_correction"


def momentum_on_w_and_b(grad_w, grad_b, init_w, init_b, eta, gamma, max_epochs):
    w, b = init_w, init_b
    prev_v_w, prev_v_b = 0, 0
    for _ in range(max_epochs):
        dw, db = grad_w(w, b), grad_b(w, b)
        v_w = gamma * prev_v_w + eta * dw
        v_b = gamma * prev_v_b + eta * db
        w = w - v_w
        b = b - v_b
        prev_v_w, prev_v_b = v_w, v_b
    return w, b


def rmsprop_with_lists(w, b, dw, db, lr, beta, eps, epochs):
    ws, bs, v_w, v_b = [], [], 0.0, 0.0
    for _ in range(epochs):
        grad_w, grad_b = dw(w, b), db(w, b)
        v_w = beta * v_w + (1 - beta) * grad_w**2
        v_b = beta * v_b + (1 - beta) * grad_b**2
        w -= lr * grad_w / (np.sqrt(v_w) + eps)
        b -= lr * grad_b / (np.sqrt(v_b) + eps)
        ws.append(w)
        bs.append(b)
    return ws, bs


def descent_with_a_dictionary(grad_w, grad_b, w0, b0, lr, n_iters):
    w, b = w0, b0
    for _ in range(n_iters):
        step_w, step_b = lr * grad_w(w, b), lr * grad_b(w, b)
        w, b = w - step_w, b - step_b
    return {"w": w, "b": b}


def uphill_in_both(grad_w, grad_b, w0, b0, lr, n_iters):
    w, b = w0, b0
    for _ in range(n_iters):
        step_w, step_b = lr * grad_w(w, b), lr * grad_b(w, b)
        w, b = w + step_w, b + step_b
    return w, b


@pytest.mark.parametrize(
    ("student", "optimizer"), [(momentum_on_w_and_b, MOMENTUM), (rmsprop_with_lists, RMSPROP), (descent_with_a_dictionary, GD)]
)
def test_a_loop_may_take_a_gradient_for_w_and_one_for_b(client, student, optimizer):
    verdict = client.check_function(student, optimizer)
    assert verdict.passed, verdict.message


def test_the_mistake_of_a_loop_on_w_and_b_is_named(client):
    assert client.check_function(uphill_in_both, GD).findings[0].code == "wrong_sign"
