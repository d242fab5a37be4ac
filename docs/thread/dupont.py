"""A well-known picture, as its page draws it and corrected: what is asked of its function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stepgrade import Client, Comparison, Trajectory


@dataclass(frozen=True)
class Shown:
    """A method as a page or a study shows it: its settings, and how many steps it gets."""

    name: str
    optimizer: dict[str, Any]
    steps: int


#: Emilien Dupont's "Optimization algorithms visualization", every number as in its source.
SHIPPED = (
    Shown("SGD", {"name": "gd", "lr": 0.02}, 500),
    Shown("Momentum", {"name": "momentum", "lr": 0.01, "momentum": 0.8}, 200),
    Shown("RMSProp", {"name": "rmsprop", "lr": 0.01, "rho": 0.99, "eps": 1e-6}, 300),
    Shown("Adam", {"name": "adam", "lr": 0.01, "beta1": 0.7, "beta2": 0.999, "eps": 1e-6, "bias_correction": False}, 100),
)

#: The same four with one rate, one number of steps, and no start-up factor; and the opponent that the page has not.
CORRECTED = (
    Shown("SGD", {"name": "gd", "lr": 0.01}, 500),
    Shown("Momentum", {"name": "momentum", "lr": 0.01, "momentum": 0.8}, 500),
    Shown("RMSProp", {"name": "rmsprop", "lr": 0.01, "rho": 0.99, "eps": 1e-6, "bias_correction": True}, 500),
    Shown("Adam", {"name": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-6}, 500),
    Shown("Normalized GD", {"name": "normalized_gd", "lr": 0.01}, 500),
    Shown("Sign GD", {"name": "sign_gd", "lr": 0.01}, 500),
)

#: Adam as it should be, with as few steps as that page gives it.
HURRIED = Shown("Adam", {"name": "adam", "lr": 0.01}, 100)

FUNCTION = "dupont_two_gaussians"
P, Q = [1.5, 1.5], [0.5, 1.5]
STARTS = {"P": P, "Q": Q}
BASIN_GRID = {"x": [-2, 2, 81], "y": [-2, 2, 81]}


class Dupont:
    """The answers about his function."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def run(self, shown: Shown, start: list[float]) -> Trajectory:
        """One method on Dupont's function."""
        return self.client.trajectory(shown.optimizer, FUNCTION, start=start, steps=shown.steps)

    def shares(self, shown: Shown) -> tuple[float, ...]:
        """The percentages of a grid of starts that end at the global minimum, at the local one, and at neither."""
        found = self.client.map(FUNCTION, [shown.optimizer], BASIN_GRID, measure="minimum_reached", steps=shown.steps)
        (counts,) = found.counts["minimum_reached"].values()
        return tuple(100 * count / sum(counts) for count in counts)

    @property
    def condition(self) -> float:
        """Of the curvatures at the global minimum."""
        return float(self.client.objective(FUNCTION)["condition_number"])

    @cached_property
    def paths(self) -> Comparison:
        """Dupont's four, corrected, from two starts."""
        optimizers = [{**shown.optimizer, "label": shown.name} for shown in CORRECTED[:4]]
        return self.client.compare(FUNCTION, optimizers, starts=STARTS, steps=CORRECTED[0].steps)
