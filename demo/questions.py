"""What the demo asks the service: the learners' question, and what is wrong with a student's Adam."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from stepgrade import CheckResult, Client, Comparison

#: The lecture's bowl. A is far out on its flat axis. B is on its steep side, where the gradient already points at the minimum.
OBJECTIVE = {"name": "quadratic", "condition": 20}
STARTS = ("A", "B")
STEPS = 200

METHODS: tuple[dict[str, Any], ...] = (
    {"label": "gd slow", "name": "gd", "lr": 0.02},
    {"label": "gd fast", "name": "gd", "lr": 0.09},
    {"label": "normalized gd", "name": "normalized_gd", "lr": 0.2},
    {"label": "momentum", "name": "momentum", "lr": 0.02, "momentum": 0.9},
    {"label": "RMSprop", "name": "rmsprop", "lr": 0.2, "rho": 0.9},
    {"label": "Adam", "name": "adam", "lr": 0.2},
)

#: The fair opponent, whose steps all have the same length, and the optimizer of the question.
PAIR = ("normalized gd", "RMSprop")

READING = (
    "touched: the first step in the target, a circle of 5 % of the start's distance to the minimum. settled: the first step from which "
    "the run stays in it to the end; - means that it does not. end gap: the mean value gap of the last tenth of the points. The other "
    "columns are up to the first touch. effic.: the straight distance over the length of the path. descent, target, turning: mean "
    "cosine of a step with the steepest descent, with the direction to the minimum, with the step before. flips: sign changes of the "
    "step, along w and b."
)


def compare(client: Client) -> Comparison:
    """Ask whether RMSprop helps or hurts from each start, and why."""
    return client.compare(OBJECTIVE, METHODS, starts=STARTS, steps=STEPS, decompose=PAIR)


def check(client: Client) -> CheckResult:
    """Ask what is wrong with the student's code."""
    return client.check_function(students_adam, "adam", hints=3)


def students_adam(w: Any, dw: Any, config: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Adam as a student wrote it."""
    t = config["t"] + 1
    m = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    v = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    m_hat = m / (1 - config["beta1"] ** t)
    v_hat = v / (1 - config["beta2"])
    w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return w, {**config, "m": m, "v": v, "t": t}


def folded(text: str, width: int = 100) -> str:
    """Paragraphs in lines that fit a terminal."""
    return "\n".join(textwrap.fill(line, width) for line in text.splitlines())
