"""The points that a whole loop returns: with the start or without it, but with the last one, and each an array of its own."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM, ADAM = {"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05}, {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def with_the_start(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = [x]
    for _ in range(n):
        x = x - lr * grad(x)
        path.append(x)
    return np.array(path)


def without_the_start(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = []
    for _ in range(n):
        x = x - lr * grad(x)
        path.append(x)
    return path


def noted_before_with_the_end(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = []
    for _ in range(n):
        path.append(x)
        x = x - lr * grad(x)
    return x, path


def with_copies(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = [x.copy()]
    for _ in range(n):
        x -= lr * grad(x)
        path.append(x.copy())
    return path


class HoldsItsEnd:
    """Keeps each point before its step, and the end as its params."""

    def __init__(self, params, lr):
        self.params, self.lr, self.history = np.array(params, dtype=float), lr, []

    def run(self, grad_fn, steps):
        for _ in range(steps):
            self.history.append(self.params)
            self.params = self.params - self.lr * grad_fn(self.params)
        return self


def handed_on(grad, x0, lr, n):
    return without_the_start(lambda x: 1.0 * grad(x), x0, lr, n)


RIGHT = [with_the_start, without_the_start, noted_before_with_the_end, with_copies, HoldsItsEnd, handed_on]


@pytest.mark.parametrize("student", RIGHT)
def test_points_may_have_the_start_or_not(client, student):
    verdict = client.check_function(student, GD)
    assert verdict.passed, verdict.message


def one_update_too_few(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = [x]
    for _ in range(n - 1):
        x = x - lr * grad(x)
        path.append(x)
    return np.array(path)


def one_update_too_few_with_the_end(grad, x0, lr, n):
    path = one_update_too_few(grad, x0, lr, n)
    return path[-1], path


def noted_before(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = []
    for _ in range(n):
        path.append(x)
        x = x - lr * grad(x)
    return path


def yielded_before(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    for _ in range(n):
        yield x
        x = x - lr * grad(x)


def momentum_too_short(grad, x0, lr, momentum, n_iters):
    x, v = np.array(x0, dtype=float), 0.0
    path = [x]
    while len(path) < n_iters:
        v = momentum * v + lr * grad(x)
        x = x - v
        path.append(x)
    return path


def momentum_noted_before(grad, start, lr, momentum, epochs):
    x, v, points = np.array(start), 0, []
    for _ in range(epochs):
        points.append(x)
        v = momentum * v + lr * grad(x)
        x = x - v
    return np.array(points)


def adam_too_short(grad, x0, lr, beta1, beta2, eps, n_steps):
    x = np.array(x0, dtype=float)
    path, m, v = [x.copy()], np.zeros_like(x), np.zeros_like(x)
    for t in range(1, n_steps):
        g = grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        x = x - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        path.append(x.copy())
    return np.array(path)


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (one_update_too_few, GD),
        (one_update_too_few_with_the_end, GD),
        (noted_before, GD),
        (yielded_before, GD),
        (momentum_too_short, MOMENTUM),
        (momentum_noted_before, MOMENTUM),
        (adam_too_short, ADAM),
    ],
)
@pytest.mark.parametrize("style", [None, "loop"])
def test_the_last_point_has_to_be_there(client, student, optimizer, style):
    verdict = client.check_function(student, optimizer, style)
    assert [finding.code for finding in verdict.findings] == ["one_step_short"]
    assert "the points begin with the start and the last one is missing" in verdict.message


def changed_in_place(grad, x0, lr, n):
    x = np.array(x0, dtype=float)
    path = []
    for _ in range(n):
        x -= lr * grad(x)
        path.append(x)
    return path


def changed_in_place_after_the_start(grad, x0, lr, n):
    return [x0, *changed_in_place(grad, x0, lr, n)]


def changed_in_place_and_wrong(grad, x0, lr, n):
    return changed_in_place(lambda x: 1.7 * grad(x) + 0.3, x0, lr, n)


@pytest.mark.parametrize("student", [changed_in_place, changed_in_place_after_the_start, changed_in_place_and_wrong])
def test_points_that_are_one_array_are_named(client, student):
    verdict = client.check_function(student, GD)
    assert not verdict.passed
    assert "Append a copy of it: x.copy()." in verdict.message


def array_of_one_array(grad, x0, lr, n):
    return np.array(changed_in_place(grad, x0, lr, n))


def test_points_that_were_one_array_are_named_by_their_numbers(client):
    verdict = client.check_function(array_of_one_array, GD)
    assert [finding.code for finding in verdict.findings] == ["points_not_copied"]


def points(steps):
    found = [np.array([1.0, -2.0])]
    for _ in range(steps):
        found.append(found[-1] - 0.05 * np.array([2.0, 2.0]) * found[-1])
    return found


def test_points_without_the_last_one_are_told_by_their_numbers(client):
    run = {"objective": "sphere", "start": [1.0, -2.0], "steps": 6}
    assert client.compare_trajectory(GD, **run, got_points=points(6)).passed
    assert client.compare_trajectory(GD, **run, got_points=points(6)[1:]).passed
    short = client.compare_trajectory(GD, **run, got_points=points(5))
    assert [finding.code for finding in short.findings] == ["one_step_short"]
    alike = client.compare_trajectory(GD, **run, got_points=[points(6)[-1]] * 7)
    assert [finding.code for finding in alike.findings] == ["points_not_copied"]


def test_points_of_a_replay_without_the_last_one_are_told_too(client):
    gradients = [[0.1 * step, 1.0] for step in range(1, 5)]
    found = [np.array([1.0, 1.0])]
    for gradient in gradients:
        found.append(found[-1] - 0.05 * np.array(gradient))
    run = {"gradients": gradients, "start": [1.0, 1.0]}
    assert client.compare_trajectory(GD, **run, got_points=found).passed
    assert [each.code for each in client.compare_trajectory(GD, **run, got_points=found[:-1]).findings] == ["one_step_short"]
    assert [each.code for each in client.compare_trajectory(GD, **run, got_points=[found[-1]] * 5).findings] == ["points_not_copied"]
