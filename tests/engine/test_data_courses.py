"""Exercises of courses, as they are: the numbers are written here from the formulas, in plain NumPy, and know nothing of the engine."""

from __future__ import annotations

import numpy as np
import pytest

from stepgrade_service.engine.objectives.data.sets import DATA_SETS
from stepgrade_service.engine.running.trajectory import trajectory


def moons():
    """The optimization exercise of deeplearning.ai: an example is a column."""
    inputs, labels = DATA_SETS["moons"].arrays()
    return inputs.T, labels.reshape(1, -1)


class DeepLearning:
    """Its model(): layers 2-5-2-1, relu, relu, sigmoid; cross-entropy; He's initialization with seed 3; mini-batches of 64 from seed 10."""

    layers = (2, 5, 2, 1)

    def __init__(self) -> None:
        random = np.random.RandomState(3)
        self.params = {}
        for layer in range(1, 4):
            fan_out, fan_in = self.layers[layer], self.layers[layer - 1]
            self.params[f"W{layer}"] = random.randn(fan_out, fan_in) * np.sqrt(2.0 / fan_in)
            self.params[f"b{layer}"] = np.zeros((fan_out, 1))

    def forward(self, x):
        p = self.params
        a1 = np.maximum(p["W1"] @ x + p["b1"], 0)
        a2 = np.maximum(p["W2"] @ a1 + p["b2"], 0)
        return a1, a2, 1 / (1 + np.exp(-(p["W3"] @ a2 + p["b3"])))

    def cost(self, x, y):
        """The sum of the cross-entropies, as its compute_cost gives it."""
        a3 = self.forward(x)[2]
        return float(np.sum(-np.log(a3) * y - np.log(1 - a3) * (1 - y)))

    def gradient(self, x, y):
        """That of the mean over the mini-batch."""
        (a1, a2, a3), p, m = self.forward(x), self.params, x.shape[1]
        d3 = (a3 - y) / m
        d2 = (p["W3"].T @ d3) * (a2 > 0)
        d1 = (p["W2"].T @ d2) * (a1 > 0)
        found = {}
        for layer, delta, below in ((1, d1, x), (2, d2, a1), (3, d3, a2)):
            found[f"W{layer}"], found[f"b{layer}"] = delta @ below.T, delta.sum(axis=1, keepdims=True)
        return found

    def train(self, epochs):
        """Adam with lr 0.0007: the mean cost of each epoch, as the exercise prints it."""
        (x, y), beta1, beta2, lr, eps, t = moons(), 0.9, 0.999, 0.0007, 1e-8, 0
        v, s = ({name: np.zeros_like(tensor) for name, tensor in self.params.items()} for _ in range(2))
        costs, seed = [], 10
        for _ in range(epochs):
            seed += 1
            order, total = np.random.RandomState(seed).permutation(300), 0.0
            for first in range(0, 300, 64):
                batch = order[first : first + 64]
                total += self.cost(x[:, batch], y[:, batch])
                t += 1
                for name, slope in self.gradient(x[:, batch], y[:, batch]).items():
                    v[name] = beta1 * v[name] + (1 - beta1) * slope
                    s[name] = beta2 * s[name] + (1 - beta2) * slope**2
                    self.params[name] -= lr * (v[name] / (1 - beta1**t)) / (np.sqrt(s[name] / (1 - beta2**t)) + eps)
            costs.append(total / 300)
        return costs


def test_the_model_of_deeplearning_ai_trains_on_its_moons():
    epochs, batches = 60, 5
    model = DeepLearning()
    costs = model.train(epochs)
    objective = {"name": "mlp", "data": "moons", "hidden": [5, 2], "layout": "dls", "init_seed": 3}
    ran = trajectory(
        {
            "optimizer": {"name": "adam", "convention": "course", "lr": 0.0007},
            "objective": {**objective, "batch_size": 64, "seed": 11, "values": "batch"},
            "start": "he",
            "steps": epochs * batches,
        }
    )
    for name, tensor in ran.plan.layout.unflatten(ran.end).items():
        np.testing.assert_allclose(tensor, model.params[name], rtol=1e-9, atol=1e-12)
    sizes = np.array([64, 64, 64, 64, 44])
    of_epochs = (ran.values[:-1].reshape(epochs, batches) * sizes).sum(axis=1) / 300
    np.testing.assert_allclose(of_epochs, costs, rtol=1e-9)
    assert round(of_epochs[0], 6) == 0.702166  # as the exercise prints it for Adam


def test_the_full_loss_is_told_where_it_is_asked_for_and_the_points_are_the_same():
    x, y = moons()
    objective = {"name": "mlp", "data": "moons", "hidden": [5, 2], "layout": "columns", "batch_size": 64}
    full, batch = (
        trajectory({"optimizer": "adam", "objective": {**objective, "values": values}, "steps": 7}) for values in ("full", "batch")
    )
    assert full.points.tobytes() == batch.points.tobytes()
    model = DeepLearning()
    model.params = full.plan.layout.unflatten(full.end)
    assert full.values[-1] == pytest.approx(model.cost(x, y) / 300, rel=1e-13)
    assert abs(batch.values[-1] - full.values[-1]) > 1e-4


def test_the_two_layer_net_of_cs231n_with_its_regularization():
    """softmax, W1 and W2 with 1e-1 randn of seed 0, reg * sum of squares (its 0.5 * reg is l2_factor 0.5), batches with replacement."""
    random = np.random.RandomState(0)
    params = {"W1": 0.1 * random.randn(4, 10), "b1": np.zeros(10), "W2": 0.1 * random.randn(10, 3), "b2": np.zeros(3)}
    random = np.random.RandomState(1)
    x, y, reg, lr = 10 * random.randn(5, 4), np.array([0, 1, 2, 2, 1]), 5e-2, 1e-1
    objective = {"name": "mlp", "X": x, "y": y, "hidden": [10], "loss": "softmax", "l2": reg, "l2_factor": 1.0, "init_std": 0.1}
    batches = {"batch_size": 3, "order": "sampled", "values": "batch", "seed": 40}
    ran = trajectory({"optimizer": {"name": "sgd", "lr": lr}, "objective": {**objective, **batches}, "start": "normal", "steps": 20})
    losses = []
    for step in range(20):
        batch = np.random.RandomState(40 + step).randint(0, 5, 3)
        hidden = np.maximum(x[batch] @ params["W1"] + params["b1"], 0)
        scores = hidden @ params["W2"] + params["b2"]
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        penalty = reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
        losses.append(-np.log(p[np.arange(3), y[batch]]).mean() + penalty)
        d = (p - np.eye(3)[y[batch]]) / 3
        below = (d @ params["W2"].T) * (hidden > 0)
        slopes = {"W2": hidden.T @ d + 2 * reg * params["W2"], "b2": d.sum(axis=0)}
        slopes |= {"W1": x[batch].T @ below + 2 * reg * params["W1"], "b1": below.sum(axis=0)}
        params = {name: tensor - lr * slopes[name] for name, tensor in params.items()}
    np.testing.assert_allclose(ran.values[:-1], losses, rtol=1e-10)
    for name, tensor in ran.plan.layout.unflatten(ran.end).items():
        np.testing.assert_allclose(tensor, params[name], rtol=1e-10, atol=1e-13)


def airfoil_like():
    """1,500 examples of 5 standardized features, as Dive into Deep Learning has them in its chapter on minibatch SGD."""
    random = np.random.default_rng(5)
    x = random.standard_normal((1500, 5))
    return x, x @ np.array([2.0, -1.0, 0.5, 3.0, 0.0]) + 1.5 + 0.4 * random.standard_normal(1500)


def test_minibatch_descent_of_d2l_with_ten_examples_a_step_follows_its_formula_and_nears_the_minimum():
    x, y = airfoil_like()
    objective = {"name": "linear_regression", "X": x, "y": y, "batch_size": 10, "order": "given"}
    ran = trajectory({"optimizer": {"name": "sgd", "lr": 0.05}, "objective": objective, "steps": 300})
    w, b = np.zeros(5), 0.0
    for step in range(300):
        rows = slice(10 * (step % 150), 10 * (step % 150) + 10)
        residual = x[rows] @ w + b - y[rows]
        w, b = w - 0.05 * x[rows].T @ residual / 10, b - 0.05 * residual.mean()
        assert ran.values[step + 1] == pytest.approx(0.5 * np.mean((x @ w + b - y) ** 2), rel=1e-10)
    params = ran.plan.layout.unflatten(ran.end)
    np.testing.assert_allclose(params["W"], w, rtol=1e-10)
    assert float(params["b"]) == pytest.approx(b, rel=1e-10)
    solution = np.linalg.lstsq(np.c_[x, np.ones(1500)], y, rcond=None)[0]
    np.testing.assert_allclose(ran.summary["minimum"]["W"], solution[:5], rtol=1e-10, atol=1e-12)
    assert ran.summary["steps_to_target"] is not None
    assert ran.summary["limit_cycle"] is None  # mini-batches are noise
