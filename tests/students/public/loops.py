"""Solutions that are a whole loop: they get the gradient as a function, and return the end or all points."""

# ruff: noqa: ARG005 (students take what they are given, whether they need it or not)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tests.students.public.solution import RIGHT, Solution, Verdict, average, corrected, decayed, over, root, squares

ADAM = {"name": "adam", "lr": 0.05}
EPS = 1e-8


def adam_optimizer(f, grad, x0, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, num_iterations=10):
    x = np.array(x0, dtype=float)
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in range(1, num_iterations + 1):
        g = grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        x = x - learning_rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return x


def gd_adam(slope_at, point, eta=0.01, beta_1=0.9, beta_2=0.999, rounds=100, epsilon=1e-8):
    path = [point]
    m = np.zeros_like(point)
    v = np.zeros_like(point)
    for t in range(rounds):
        slope = slope_at(point)
        m = beta_1 * m + (1 - beta_1) * slope
        v = beta_2 * v + (1 - beta_2) * slope**2
        m_hat = m / (1 - np.power(beta_1, t))
        v_hat = v / (1 - np.power(beta_2, t))
        point = point - eta * m_hat / (np.sqrt(v_hat) + epsilon)
        path.append(point)
    return path


def nesterov(start, rate, slope_at, mu=0.9, count=50):
    point = np.array(start, dtype="float64")
    path = [point.copy()]
    speed = np.zeros_like(point)
    for _ in range(count):
        ahead = point - mu * speed
        speed = mu * speed + rate * slope_at(ahead)
        point = point - speed
        path.append(point.copy())
    return path


def gradient_descent_with_momentum(slope_at, start, count, step_size, momentum):
    points = []
    last_move = 0.0
    point = start
    for _ in range(count):
        move = step_size * slope_at(point) + momentum * last_move
        point = point - move
        last_move = move
        points.append(point)
    return points


def adadelta_by_coordinates(objective, slopes_at, start, count, rho, small=1e-3):
    point = [float(number) for number in start]
    squares = [0.0 for _ in point]
    moves = [0.0 for _ in point]
    for _ in range(count):
        slopes = slopes_at(np.array(point))
        for i in range(len(point)):
            squares[i] = squares[i] * rho + slopes[i] ** 2 * (1.0 - rho)
            rate = (small + np.sqrt(moves[i])) / (small + np.sqrt(squares[i]))
            move = rate * slopes[i]
            moves[i] = moves[i] * rho + move**2 * (1.0 - rho)
            point[i] = point[i] - move
    return point


def alone(call: Callable[[Any, Callable[[Any], Any], int], Any]):
    """Run a loop for one step, two steps and so on, on gradients that are given, whatever the point."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        ends = []
        for steps in range(1, len(gradients) + 1):
            given = iter(gradients[:steps])
            ends.append(call(np.array(start), lambda _, given=given: next(given), steps))
        return [np.array(end[-1] if isinstance(end[0], np.ndarray) else end) for end in ends]

    return run


def adadelta_outside(t, g, x):
    s, u, change = 0.0, 0.0, 0.0
    for gradient in g:
        s = 0.95 * s + 0.05 * gradient**2
        change = gradient * (root(u) + 1e-3) / (root(s) + 1e-3)
        u = 0.95 * u + 0.05 * change**2
    return change


def t_from_zero(t, g, x):
    m, v = over(average(0.9, g), 1 - 0.9 ** (t - 1)), over(average(0.999, squares(g)), 1 - 0.999 ** (t - 1))
    return over(0.05 * m, root(v) + EPS) if v != float("inf") else float("nan")


SOLUTIONS = [
    Solution(
        student=adam_optimizer,
        source="practice site for machine learning, Adam with the function, its gradient and a start; returns the end",
        optimizer=ADAM,
        style="loop",
        expected=RIGHT,
        alone=alone(lambda x, g, n: adam_optimizer(None, g, x, 0.05, num_iterations=n)),
        moves=lambda t, g, x: 0.05 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=gd_adam,
        source="homework repository, Adam in a loop whose t is that of range: it starts at 0",
        optimizer=ADAM,
        style="loop",
        expected=Verdict(first=("t_zero",), never=("eps_missing",)),
        alone=alone(lambda x, g, n: gd_adam(g, x, 0.05, rounds=n)),
        moves=t_from_zero,
    ),
    Solution(
        student=nesterov,
        source="notes on gradient descent, Nesterov's momentum with the gradient at the look-ahead; its points are theta",
        optimizer={"name": "nesterov", "convention": "paper", "lr": 0.05},
        style="loop",
        expected=Verdict(kind="convention", never=("nesterov_plain", "wrong_momentum", "old_velocity")),
        alone=alone(lambda x, g, n: nesterov(x, 0.05, g, count=n)),
        moves=lambda t, g, x: 0.05 * decayed(0.9, g),
    ),
    Solution(
        student=gradient_descent_with_momentum,
        source="tutorial site, momentum as a loop that keeps the last change; returns the points without the start",
        optimizer={"name": "momentum", "convention": "paper", "lr": 0.1},
        style="loop",
        expected=RIGHT,
        alone=alone(lambda x, g, n: gradient_descent_with_momentum(g, x, n, 0.1, 0.9)),
        moves=lambda t, g, x: 0.1 * decayed(0.9, g),
    ),
    Solution(
        student=adadelta_by_coordinates,
        source="tutorial site, Adadelta number by number in plain lists, with eps beside both roots",
        optimizer={"name": "adadelta", "convention": "paper", "lr": 1.0, "rho": 0.95, "eps": 1e-3},
        style="loop",
        names={"eps": "small"},
        expected=Verdict(first=("eps_outside_sqrt",)),
        alone=alone(lambda x, g, n: adadelta_by_coordinates(None, g, x, n, 0.95)),
        moves=adadelta_outside,
    ),
]
