"""Solutions of the shape f(w, dw, config): a course on neural networks for images has it, and its state lives in the config."""

# ruff: noqa: ARG005 (students take what they are given)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.students.public.solution import RIGHT, Solution, Verdict, average, corrected, decayed, root, squares

ADAM = {"name": "adam", "lr": 0.05}
EPS = 1e-8
NUMBERS = {"beta1": 0.9, "beta2": 0.999, "epsilon": EPS, "learning_rate": 0.05}


def sgd_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


def velocity_that_carries_the_rate(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


def the_same_velocity_for_torch(w, dw, config=None):
    velocity = config.get("velocity")
    if velocity is None:
        velocity = np.zeros(w.shape)
    velocity = velocity * config["momentum"] - dw * config["learning_rate"]
    next_w = w + velocity
    config["velocity"] = velocity
    return next_w, config


def rmsprop_keeps_the_old_cache(w, dw, config=None):
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    cache = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    return next_w, config


def adagrad_for_rmsprop(x, dx, config=None):
    config.setdefault("cache", np.zeros_like(x))
    config["cache"] = config["cache"] + dx**2
    next_x = x - config["learning_rate"] * dx / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_x, config


def adam_in_single_precision(w, dw, config=None):
    config["t"] += 1
    b1, b2 = config["beta1"], config["beta2"]
    m = (b1 * config["m"] + (1 - b1) * dw).astype(np.float32)
    v = (b2 * config["v"] + (1 - b2) * dw * dw).astype(np.float32)
    rate = config["learning_rate"] / (1 - b1 ** config["t"])
    w = (w - rate * m / (np.sqrt(v / (1 - b2 ** config["t"])) + config["epsilon"])).astype(np.float32)
    config["m"], config["v"] = m, v
    return w, config


def adam_with_a_clock_that_stands(w, dw, config=None):
    config.setdefault("t", 1)
    beta1, beta2, t = config["beta1"], config["beta2"], config["t"]
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * (dw**2)
    m_unbiased = config["m"] / (1 - beta1**t)
    v_unbiased = config["v"] / (1 - beta2**t)
    next_w = w - config["learning_rate"] * m_unbiased / (np.sqrt(v_unbiased) + config["epsilon"])
    return next_w, config


def adam_counts_after_the_step(w, dw, config=None):
    config.setdefault("t", 1)
    config["m"] = config["m"] * config["beta1"] + dw * (1 - config["beta1"])
    config["v"] = config["v"] * config["beta2"] + dw * dw * (1 - config["beta2"])
    m_hat = config["m"] / (1 - config["beta1"] ** config["t"])
    v_hat = config["v"] / (1 - config["beta2"] ** config["t"])
    config["t"] += 1
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config


def adam_stores_the_corrected_m(w, dw, config=None):
    config["t"] += 1
    t = config["t"]
    m = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    v = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    m = m / (1 - config["beta1"] ** t)
    vt = v / (1 - config["beta2"] ** t)
    next_w = w - config["learning_rate"] * m / (np.sqrt(vt) + config["epsilon"])
    config["m"], config["v"] = m, v
    return next_w, config


def rmsprop_for_adam(w, dw, config=None):
    config["t"] += 1
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["v"]) + config["epsilon"]), config


def nesterov_from_two_velocities(w, dw, config=None):
    old = config["velocity"]
    v = config["momentum"] * old - config["learning_rate"] * dw
    w = w - config["momentum"] * old + (1 + config["momentum"]) * v
    config["velocity"] = v
    return w, config


def nesterov_without_the_old_velocity(w, dw, config=None):
    v = config["velocity"]
    v = config["momentum"] * v - config["learning_rate"] * dw
    w = w - config["momentum"] * v + (1 + config["momentum"]) * v
    config["velocity"] = v
    return w, config


def alone(student, *slots: str, **numbers: Any):
    """Run a function of this shape, from slots of 0."""

    def run(start: Any, gradients: Sequence[Any]) -> list[Any]:
        w, points = start, []
        config = {**numbers, **{name: np.zeros_like(start) for name in slots}}
        for gradient in gradients:
            w, config = student(w, gradient, config)
            points.append(np.array(w))
        return points

    return run


def adam_alone(student, t: int = 0):
    """Run an Adam of this shape."""
    return alone(student, "m", "v", t=t, **NUMBERS)


def corrected_and_stored(g):
    """The averages of gradients where each is stored after its correction."""
    m = 0.0
    for t, gradient in enumerate(g, start=1):
        m = (0.9 * m + 0.1 * gradient) / (1 - 0.9**t)
    return m


SOLUTIONS = [
    Solution(
        student=sgd_in_place,
        source="homework repository, gradient descent with w -= ...: right, and it changes the caller's array",
        optimizer={"name": "gd", "lr": 0.1},
        style="cs231n",
        expected=Verdict(passes=True, notes=("params_mutated_in_place",)),
        alone=alone(sgd_in_place, learning_rate=0.1),
        moves=lambda t, g, x: 0.1 * g[-1],
    ),
    Solution(
        student=velocity_that_carries_the_rate,
        source="homework repository, momentum as that course has it, the rate in the velocity; asked for in keras's convention",
        optimizer={"name": "momentum", "convention": "keras", "lr": 0.1},
        style="cs231n",
        expected=RIGHT,
        alone=alone(velocity_that_carries_the_rate, "velocity", learning_rate=0.1, momentum=0.9),
        moves=lambda t, g, x: 0.1 * decayed(0.9, g),
    ),
    Solution(
        student=the_same_velocity_for_torch,
        source="homework repository, the same momentum, handed in where torch's is asked for",
        optimizer={"name": "momentum", "lr": 0.1},
        style="cs231n",
        expected=Verdict(kind="convention", never=("wrong_sign", "wrong_sign_of_velocity", "lr_in_velocity_and_step")),
        alone=alone(the_same_velocity_for_torch, "velocity", learning_rate=0.1, momentum=0.9),
        moves=lambda t, g, x: 0.1 * decayed(0.9, g),
    ),
    Solution(
        student=rmsprop_keeps_the_old_cache,
        source="homework repository, RMSprop with a local variable: the config keeps the cache of the first call",
        optimizer={"name": "rmsprop", "lr": 0.01},
        style="cs231n",
        expected=Verdict(first=("state_not_returned",), never=("v_not_accumulated",)),
        alone=alone(rmsprop_keeps_the_old_cache, "cache", learning_rate=0.01, decay_rate=0.99),
        moves=lambda t, g, x: 0.01 * g[-1] / (root(0.01 * g[-1] ** 2) + EPS),
    ),
    Solution(
        student=adagrad_for_rmsprop,
        source="homework repository, the cache of RMSprop without its decay, which is Adagrad",
        optimizer={"name": "rmsprop", "lr": 0.01},
        style="cs231n",
        expected=Verdict(kind="", first=("rmsprop_accumulated", "is_adagrad")),
        alone=alone(adagrad_for_rmsprop, "cache", learning_rate=0.01, epsilon=EPS),
        moves=lambda t, g, x: 0.01 * g[-1] / (root(sum(squares(g))) + EPS),
    ),
    Solution(
        student=adam_in_single_precision,
        source="neural network for a game, Adam with every array cast to float32",
        optimizer=ADAM,
        style="cs231n",
        expected=Verdict(passes=True, notes=("float32",)),
        alone=adam_alone(adam_in_single_precision),
        moves=lambda t, g, x: 0.05 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + EPS),
        rtol=1e-5,
    ),
    Solution(
        student=adam_with_a_clock_that_stands,
        source="issue tracker of that course: Adam reads t, and nothing ever adds 1 to it",
        optimizer=ADAM,
        style="cs231n",
        expected=Verdict(first=("t_not_advanced", "t_zero"), never=("eps_missing", "t_off_by_one")),
        alone=adam_alone(adam_with_a_clock_that_stands, t=1),
        moves=lambda t, g, x: 0.05 * average(0.9, g) / 0.1 / (root(average(0.999, squares(g)) / 0.001) + EPS),
    ),
    Solution(
        student=adam_counts_after_the_step,
        source="issue tracker of that course: t starts at 1 in an old skeleton, so it is raised after the step; the new one starts at 0",
        optimizer=ADAM,
        style="cs231n",
        expected=Verdict(first=("t_zero",), never=("eps_missing", "t_not_advanced")),
        alone=adam_alone(adam_counts_after_the_step, t=1),
        moves=lambda t, g, x: 0.05 * corrected(0.9, g) / (root(corrected(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=adam_stores_the_corrected_m,
        source="question in a forum: Adam reuses the name m for the corrected average, and not v",
        optimizer=ADAM,
        style="cs231n",
        expected=Verdict(first=("state_overwritten_m",), never=("state_overwritten", "bias_twice")),
        alone=adam_alone(adam_stores_the_corrected_m),
        moves=lambda t, g, x: 0.05 * corrected_and_stored(g) / (root(corrected(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=rmsprop_for_adam,
        source="homework repository, the body of RMSprop under the name adam: m stays as it was",
        optimizer=ADAM,
        style="cs231n",
        expected=Verdict(kind="optimizer", first=("is_rmsprop",)),
        alone=adam_alone(rmsprop_for_adam),
        moves=lambda t, g, x: 0.05 * g[-1] / (root(average(0.999, squares(g))) + EPS),
    ),
    Solution(
        student=nesterov_from_two_velocities,
        source="lecture notes, Nesterov's momentum by change of variables, with the old and the new velocity",
        optimizer={"name": "nesterov", "convention": "keras", "lr": 0.05},
        style="cs231n",
        expected=RIGHT,
        alone=alone(nesterov_from_two_velocities, "velocity", learning_rate=0.05, momentum=0.9),
        moves=lambda t, g, x: 0.05 * (g[-1] + 0.9 * decayed(0.9, g)),
    ),
    Solution(
        student=nesterov_without_the_old_velocity,
        source="homework repository, the same formula where the old velocity was not kept: only plain momentum is left",
        optimizer={"name": "nesterov", "convention": "keras", "lr": 0.05},
        style="cs231n",
        expected=Verdict(first=("nesterov_plain",)),
        alone=alone(nesterov_without_the_old_velocity, "velocity", learning_rate=0.05, momentum=0.9),
        moves=lambda t, g, x: 0.05 * decayed(0.9, g),
    ),
]
