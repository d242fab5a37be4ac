"""What a course sends on deadline night: requests of every kind, each made from its number alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from stepgrade.messages import Request

#: Optimizers that are asked for, in the conventions that courses use.
OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {"name": "gd"},
    {"name": "momentum", "convention": "torch"},
    {"name": "momentum", "convention": "keras"},
    {"name": "rmsprop"},
    {"name": "rmsprop", "convention": "torch"},
    {"name": "adam"},
    {"name": "adam", "convention": "keras"},
    {"name": "adamw", "convention": "torch"},
    {"name": "normalized_gd"},
)
OBJECTIVES = ("quadratic", "rosenbrock", "himmelblau")

JSON = "application/json"


def request(number: int, only: str = "") -> Request:
    """The request of a number: the same one in every process; of all kinds, or only of the named one."""
    dice = random.Random(number)  # noqa: S311 (it keeps no secret)
    (make,) = dice.choices([make for make, _ in KINDS], [weight for _, weight in KINDS])
    make = NAMED.get(only, make)
    method, path, body, accept = make(dice)
    return Request.make(method, path, body, None, accept)


def _numbers(dice: random.Random, count: int) -> list[float]:
    return [round(dice.uniform(-4.0, 4.0), 4) for _ in range(count)]


def _optimizer(dice: random.Random) -> dict[str, Any]:
    return {**dice.choice(OPTIMIZERS), "lr": dice.choice([0.001, 0.01, 0.02, 0.1])}


def _step(dice: random.Random) -> dict[str, Any]:
    rows, columns = dice.randint(1, 4), dice.randint(1, 8)
    params, gradient = ({"W": [_numbers(dice, columns) for _ in range(rows)], "b": _numbers(dice, rows)} for _ in range(2))
    return {"optimizer": _optimizer(dice), "params": params, "gradient": gradient}


def _run(dice: random.Random) -> dict[str, Any]:
    return {"objective": dice.choice(OBJECTIVES), "start": _numbers(dice, 2), "steps": dice.choice([20, 100, 300])}


def step(dice: random.Random) -> tuple[str, str, Any, str]:
    """One step."""
    return "POST", "/step", _step(dice), JSON


def check(dice: random.Random) -> tuple[str, str, Any, str]:
    """A student's step, checked: wrong, as most that are sent twice."""
    params, gradient = _numbers(dice, 4), _numbers(dice, 4)
    lr = dice.choice([0.001, 0.01, 0.1])
    reference = {"optimizer": {**dice.choice(OPTIMIZERS), "lr": lr}, "params": params, "gradient": gradient}
    submitted = [value - lr * slope for value, slope in zip(params, gradient, strict=True)]
    return "POST", "/check", {"reference": reference, "submission": {"params": submitted}}, JSON


def trajectory(dice: random.Random) -> tuple[str, str, Any, str]:
    """A path, in one of the forms of an answer."""
    form = dice.choices([JSON, "text/csv", "application/x-ndjson", "image/svg+xml"], [12, 3, 3, 1])[0]
    return "POST", "/trajectory", {**_run(dice), "optimizer": _optimizer(dice)}, form


def compare(dice: random.Random) -> tuple[str, str, Any, str]:
    """Two optimizers."""
    body = {**_run(dice), "optimizers": ["gd", "rmsprop"], "match": dice.choice(["none", "first_step", "mean_step"])}
    return "POST", "/compare", body, JSON


def make_map(dice: random.Random) -> tuple[str, str, Any, str]:
    """A small map of starts."""
    grid = {"x": [-3, 3, 20], "y": [-3, dice.choice([2, 3]), 20]}
    return "POST", "/map", {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "steps": 100, "grid": grid}, JSON


def catalogue(dice: random.Random) -> tuple[str, str, Any, str]:
    """A page of the catalogue."""
    return "GET", dice.choice(["/optimizers/adam", "/objectives/rosenbrock", "/mistakes"]), None, JSON


def fault(dice: random.Random) -> tuple[str, str, Any, str]:
    """What is refused with a 422."""
    return "POST", "/step", {**_step(dice), "learning_rate": 0.1}, JSON


#: The kinds, and how often each comes.
KINDS: tuple[tuple[Callable[[random.Random], tuple[str, str, Any, str]], int], ...] = (
    (step, 50),
    (check, 20),
    (trajectory, 14),
    (compare, 5),
    (make_map, 2),
    (catalogue, 6),
    (fault, 3),
)

NAMED = {make.__name__: make for make, _ in KINDS}
