"""The learners' question as requests: one bowl, two starts, six methods with what they are usually given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepgrade import Client, Trajectory

OBJECTIVE = {"name": "quadratic", "condition": 20}
STEPS = 200

#: Far along the flat axis, and on the steep one, where the gradient points the right way already.
STARTS = ("A", "B")

METHODS: tuple[dict[str, Any], ...] = (
    {"name": "gd", "lr": 0.02},
    {"name": "gd", "lr": 0.09},
    {"name": "normalized_gd", "lr": 0.2},
    {"name": "momentum", "lr": 0.02, "momentum": 0.9},
    {"name": "rmsprop", "lr": 0.2, "rho": 0.9},
    {"name": "adam", "lr": 0.2},
)


@dataclass(frozen=True)
class Run:
    """A method as it was asked for, and the service's answer."""

    method: dict[str, Any]
    answer: Trajectory

    @property
    def name(self) -> str:
        return str(self.method["name"])

    @property
    def settings(self) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in self.method.items() if name != "name")

    @property
    def points(self) -> NDArray[np.float64]:
        """The path, (steps + 1, 2)."""
        return np.asarray(self.answer.points, dtype=np.float64)

    @property
    def steps(self) -> int | None:
        """To 5 % of the start's distance from the minimum; None if it never got there."""
        steps = self.answer.summary["steps_to_target"]
        return None if steps is None else int(steps)

    @property
    def efficiency(self) -> float:
        """The straight way over the way taken, to two digits."""
        return round(float(self.answer.summary["path_efficiency"]), 2)

    @property
    def mean_step(self) -> float:
        """Length of a step on the way to the target."""
        return float(self.answer.summary["path_length"]) / (self.steps or self.answer.steps)

    @property
    def reversals(self) -> int:
        """How often a step's sign changed, both parameters together."""
        return int(self.answer.summary["sign_flips"].sum())


def ask(client: Client, start: str) -> list[Run]:
    """Run every method from a start, each over HTTP."""
    return [Run(method, client.trajectory(method, OBJECTIVE, start=start, steps=STEPS)) for method in METHODS]
