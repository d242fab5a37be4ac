"""Shapes of code that a teaching assistant tried in vain: loops that end by themselves, closures, numbers one by one, letters exchanged."""

import math

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

RMSPROP, ADAM, GD = {"name": "rmsprop", "lr": 0.05}, {"name": "adam", "lr": 0.05}, {"name": "gd", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def loop_on_a_number_in_an_array(df, x0, lr, rho, eps, n):
    x = np.array(x0, float)
    s = 0.0
    for _ in range(n):
        g = df(x)
        s = rho * s + (1 - rho) * g**2
        x -= lr * g / (math.sqrt(s) + eps)
    return x


def until_the_gradient_is_small(df, x0, lr=0.1, tol=1e-3):
    x = np.array(x0, float)
    while True:
        g = df(x)
        if np.linalg.norm(g) < tol:
            return x
        x = x - lr * g


def while_the_gradient_is_large(df, x0, lr=0.1, eps=1e-3):
    x = np.array(x0, float)
    while np.abs(df(x)).max() > eps:
        x = x - lr * df(x)
    return x


def until_the_step_is_short(df, x0, lr=0.1, precision=1e-3):
    x, moved = np.array(x0, float), 1.0
    while moved > precision:
        following = x - lr * df(x)
        moved = np.abs(following - x).max()
        x = following
    return x


def made_by_a_closure(lr, beta1, beta2, eps):
    state = {"m": 0, "v": 0, "t": 0}

    def step(w, g):
        state["t"] += 1
        state["m"] = beta1 * state["m"] + (1 - beta1) * g
        state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
        m_hat = state["m"] / (1 - beta1 ** state["t"])
        return w - lr * m_hat / (np.sqrt(state["v"] / (1 - beta2 ** state["t"])) + eps)

    return step


class WithADecayOfTheRate:
    def __init__(self, learning_rate=0.001, decay=0.0, epsilon=1e-7, rho=0.9):
        self.lr, self.decay, self.eps, self.rho, self.s = learning_rate, decay, epsilon, rho, 0

    def update(self, w, g):
        self.s = self.rho * self.s + (1 - self.rho) * g * g
        return w - self.lr * g / (np.sqrt(self.s) + self.eps)


def with_a_decay(w, g, s, lr, rho, eps, decay=0.0):
    s = rho * s + (1 - rho) * g * g
    return w - lr * g / (np.sqrt(s) + eps), s


def with_the_letters_of_torch(w, g, v, gamma, alpha, eps):
    v = alpha * v + (1 - alpha) * g * g
    return w - gamma * g / (np.sqrt(v) + eps), v


def with_a_flag(w, g, v, lr, momentum, nesterov=False):
    v = momentum * v + g
    return (w - lr * (g + momentum * v) if nesterov else w - lr * v), v


class WithAFlag:
    def __init__(self, lr=0.1, momentum=0.0, nesterov=False):
        self.lr, self.momentum, self.nesterov, self.v = lr, momentum, nesterov, 0

    def step(self, w, g):
        self.v = self.momentum * self.v + g
        return w - self.lr * (g + self.momentum * self.v if self.nesterov else self.v)


def on_lists(w, g, s, lr, rho, eps):
    s = [rho * s[i] + (1 - rho) * g[i] ** 2 for i in range(len(w))]
    return [w[i] - lr * g[i] / (math.sqrt(s[i]) + eps) for i in range(len(w))], s


def on_numbers(w, g, s, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (math.sqrt(s) + eps), s


def on_dictionaries(params, grads, cache, lr, eps):
    cache = {k: cache[k] + grads[k] ** 2 for k in params}
    return {k: params[k] - lr * grads[k] / (np.sqrt(cache[k]) + eps) for k in params}, cache


def that_counts(w, g, m, v, t, lr, beta1, beta2, eps):
    t += 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v, t


RIGHT = [
    (loop_on_a_number_in_an_array, "loop", RMSPROP),
    (until_the_gradient_is_small, "loop", GD),
    (while_the_gradient_is_large, "loop", GD),
    (until_the_step_is_short, "loop", GD),
    (made_by_a_closure, "object", ADAM),
    (WithADecayOfTheRate, "object", RMSPROP),
    (with_a_decay, "tuple", RMSPROP),
    (with_the_letters_of_torch, "tuple", RMSPROP),
    (with_a_flag, "tuple", {"name": "nesterov", "lr": 0.05}),
    (WithAFlag, "object", {"name": "nesterov", "lr": 0.05}),
    (on_lists, "tuple", RMSPROP),
    (on_numbers, "tuple", RMSPROP),
    (on_dictionaries, "tuple", {"name": "adagrad", "lr": 0.05}),
    (that_counts, "tuple", ADAM),
]


@pytest.mark.parametrize(("student", "style", "optimizer"), RIGHT, ids=[student.__name__ for student, *_ in RIGHT])
def test_right_code_passes(client, student, style, optimizer):
    verdict = client.check_function(student, optimizer, style)
    assert (verdict.passed, [finding.code for finding in verdict.findings]) == (True, [])


def twice_the_rate(df, x0, lr=0.1, precision=1e-3):
    return until_the_step_is_short(df, x0, 2 * lr, precision)


def inside_on_numbers(w, g, s, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / math.sqrt(s + eps), s


def inside_with_the_letters_of_torch(w, g, v, gamma, alpha, eps):
    v = alpha * v + (1 - alpha) * g * g
    return w - gamma * g / np.sqrt(v + eps), v


def that_counts_and_corrects_nothing(w, g, m, v, t, lr, beta1, beta2, eps):
    t += 1
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return w - lr * m / (np.sqrt(v) + eps), m, v, t


@pytest.mark.parametrize(
    ("student", "style", "optimizer", "code"),
    [
        (twice_the_rate, "loop", GD, "wrong_lr"),
        (inside_on_numbers, "tuple", RMSPROP, "eps_inside_sqrt"),
        (inside_with_the_letters_of_torch, "tuple", RMSPROP, "eps_inside_sqrt"),
        (that_counts_and_corrects_nothing, "tuple", ADAM, "no_bias_correction"),
    ],
)
def test_a_mistake_is_named(client, student, style, optimizer, code):
    assert client.check_function(student, optimizer, style).findings[0].code == code


def test_a_loop_that_never_ends_is_told_to_the_teacher(client):
    def uphill(df, x0, lr=0.1, tol=1e-3):
        x = np.array(x0, float)
        while np.linalg.norm(df(x)) > tol:
            x = x + lr * df(x)
        return x

    with pytest.raises(ConfigurationError, match="did not end within 20000 gradients"):
        client.check_function(uphill, GD, "loop")


def without_the_last_layer(parameters, grads, learning_rate):
    for number in range(1, len(parameters) // 2):
        parameters[f"W{number}"] = parameters[f"W{number}"] - learning_rate * grads[f"dW{number}"]
        parameters[f"b{number}"] = parameters[f"b{number}"] - learning_rate * grads[f"db{number}"]
    return parameters


def test_a_last_layer_that_is_missed_is_told(client):
    verdict = client.check_function(without_the_last_layer, GD, "dls")
    assert verdict.message.splitlines()[0] == "Mistake: the last layer is never updated."


class MomentumOfPairsWithAShortName:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.v = lr, momentum, None

    def apply_gradients(self, gv):
        gv = list(gv)
        if self.v is None:
            self.v = [np.zeros_like(g) for g, _ in gv]
        for i, (g, w) in enumerate(gv):
            self.v[i] = self.momentum * self.v[i] + g
            w -= self.lr * self.v[i]


def test_apply_gradients_takes_pairs_whatever_its_argument_is_called(client):
    assert client.check_function(MomentumOfPairsWithAShortName, {"name": "momentum", "lr": 0.05}, "object").passed


class AdamOfOneLayer:
    def __init__(self, layer, alpha=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.layer, self.alpha, self.beta1, self.beta2, self.eps = layer, alpha, beta1, beta2, eps
        self.m_w = self.v_w = self.m_b = self.v_b = 0
        self.t = 0

    def step(self):
        self.t += 1
        c1, c2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
        self.m_w = self.beta1 * self.m_w + (1 - self.beta1) * self.layer.dweights
        self.v_w = self.beta2 * self.v_w + (1 - self.beta2) * self.layer.dweights**2
        self.m_b = self.beta1 * self.m_b + (1 - self.beta1) * self.layer.dbiases
        self.v_b = self.beta2 * self.v_b + (1 - self.beta2) * self.layer.dbiases**2
        self.layer.weights = self.layer.weights - self.alpha * (self.m_w / c1) / (np.sqrt(self.v_w / c2) + self.eps)
        self.layer.biases = self.layer.biases - self.alpha * (self.m_b / c1) / (np.sqrt(self.v_b / c2) + self.eps)


def test_a_constructor_may_take_the_layer(client):
    assert client.check_function(AdamOfOneLayer, ADAM).passed


class DescentInTwoMethods:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def update_weights(self, layer, grad_weights):
        layer.weights -= self.learning_rate * grad_weights

    def update_bias(self, layer, grad_bias):
        layer.biases -= self.learning_rate * grad_bias


class DescentOfANetwork:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def step(self, network):
        for layer in network.layers:
            layer.W -= self.learning_rate * layer.dW


@pytest.mark.parametrize("student", [DescentInTwoMethods, DescentOfANetwork])
def test_right_code_for_other_arguments_than_a_check_has_costs_no_marks(client, student):
    with pytest.raises(ConfigurationError, match="can be called in none of these ways"):
        client.check_function(student, GD)
