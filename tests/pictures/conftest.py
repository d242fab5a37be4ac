"""Requests for pictures, drawn at random: most of their numbers are at the edge of what there is."""

from __future__ import annotations

import random
from typing import Any

import pytest

#: From the least number there is to the largest that a setting may be; what is posted as it is may be larger still.
SIZES = (5e-324, 1e-320, 1e-308, 1e-300, 1e-200, 1e-160, 1e-17, 1e-9, 1e-3, 0.1, 1.0, 3.0, 1e3, 1e9, 1e17, 1e150, 1e200, 1e299, 1e300)
LARGER = (1e305, 1e308, 1.7976931348623157e308)

OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "rmsprop", "adagrad", "normalized_gd", "adadelta", "sign_gd", "gd_backtracking")
OBJECTIVES = ("sphere", "quadratic", "rosenbrock", "styblinski_tang", "himmelblau", "saddle", "bounded_saddle", "beale", "logreg_tiny")
PICTURES = ("image/png", "image/png", "image/svg+xml")

#: From points beyond these most objectives are not finite, and the answer is a 422.
MOSTLY_FINITE = 1e70


class Dice:
    """Numbers and choices at random, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one_of(self, *of: Any) -> Any:
        return self.random.choice(of)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def size(self) -> float:
        """A number above 0: one of those at the edge, or any."""
        return float(self.one_of(*SIZES)) if self.chance(0.7) else 10.0 ** self.random.uniform(-320.0, 300.0)

    def number(self) -> float:
        """Of either sign, 0 or an ordinary one too."""
        if self.chance(0.4):
            return self.one_of(0.0, 1.0, -1.0, 0.5, -2.0)
        return self.one_of(1.0, -1.0) * self.size()

    def point(self, dimension: int) -> list[float]:
        """One to start from, mostly such that an objective is finite there."""
        most = 1e300 if self.chance(0.2) else MOSTLY_FINITE
        point = [self.number()] * dimension if self.chance(0.2) else [self.number() for _ in range(dimension)]
        return [min(max(coordinate, -most), most) for coordinate in point]

    def posted(self) -> float:
        """A number of a gradient, which may be any."""
        return self.one_of(1.0, -1.0) * self.one_of(*LARGER) if self.chance(0.2) else self.number()

    def rate(self) -> float:
        return self.one_of(0.1, 0.01, 1.0) if self.chance(0.3) else self.size()

    def optimizer(self, among: tuple[str, ...] = OPTIMIZERS) -> dict[str, Any]:
        written: dict[str, Any] = {"name": self.one_of(*among), "lr": self.rate()}
        if self.chance(0.2):
            written = {"name": "adamw", "lr": self.rate(), "weight_decay": self.one_of(0.1, self.rate())}
            written["weight_decay_mode"] = self.one_of("decoupled", "decoupled_unscaled")
        return written

    def objective(self) -> tuple[Any, int]:
        """An objective and its dimension."""
        if self.chance(0.4):
            dimension = self.one_of(1, 2, 2, 5)
            return {"name": self.one_of("sphere", "styblinski_tang"), "dimension": dimension}, dimension
        if self.chance(0.2):
            return {"name": "quadratic", "condition": min(max(1.0, self.size()), 1e12)}, 2
        return self.one_of(*OBJECTIVES), 2

    def target(self) -> dict[str, float]:
        return {self.one_of("distance", "distance", "value_gap"): self.one_of(0.0, 1e9, 1e5, 1e300, self.size())}

    def rising(self) -> list[float]:
        """From, to and how many, for an axis."""
        kind = self.random.randrange(4)
        if kind == 0:
            number = self.number()
            return [number, number, 1]
        if kind == 1:
            number = self.number()
            return [number, number + abs(number) * 1e-15 + self.one_of(0.0, 5e-324, 1e-310), self.one_of(2, 3)]
        low, high = sorted((self.number(), self.number()))
        return [low, high, self.one_of(2, 3, 7)]

    def rates(self) -> list[float]:
        low, high = sorted((self.rate(), self.rate()))
        return [low, high, 1] if low == high else [low, high, self.one_of(3, 5)]

    def match(self) -> Any:
        return self.one_of("none", "first_step", "mean_step", "graft", "tuned", {"mode": "tuned", "grid": self.rates()})

    def shared(self, written: dict[str, Any]) -> dict[str, Any]:
        """What every request may have."""
        written["steps"] = self.one_of(0, 1, 2, 10, 60)
        if self.chance(0.4) and "saddle" not in str(written["objective"]):
            written["target"] = self.target()
        if self.chance(0.2):
            written["noise"] = {"std": self.one_of(0.1, self.size()), "seed": 1}
        return written

    def trajectory(self) -> dict[str, Any]:
        if self.chance(0.35):
            dimension, steps = self.one_of(1, 2, 5), self.one_of(1, 2, 6)
            written: dict[str, Any] = {"gradients": [[self.posted() for _ in range(dimension)] for _ in range(steps)]}
            if self.chance(0.4):
                written["values"] = [self.posted() for _ in range(steps)]
            return {"optimizer": self.optimizer(OPTIMIZERS[:-1]), "start": self.point(dimension), **written}
        objective, dimension = self.objective()
        written = self.shared({"optimizer": self.optimizer(), "objective": objective})
        return written | ({"start": self.point(dimension)} if self.chance(0.7) else {})

    def compare(self) -> dict[str, Any]:
        objective, dimension = self.objective()
        optimizers = [{**self.optimizer(), "label": label} for label in "abc"[: self.one_of(2, 2, 3)]]
        written = self.shared({"objective": objective, "optimizers": optimizers, "match": self.match()})
        if self.chance(0.7):
            written["starts"] = [self.point(dimension) for _ in range(self.one_of(1, 1, 2, 4))]
        if self.chance(0.3) and written["match"] != "graft" and "saddle" not in str(objective):
            written["decompose"] = ["a", "b"]
        if self.chance(0.2) and dimension > 1:
            written["rotate"] = [self.one_of(30.0, 45.0)]
        return written

    def map(self) -> dict[str, Any]:
        objective, dimension = self.objective()
        optimizers = [{**self.optimizer(), "label": label} for label in "ab"[: self.one_of(1, 2)]]
        written = self.shared({"objective": objective, "optimizers": optimizers, "match": self.match()})
        axes = {"lr": self.rates(), "x": self.rising(), "y": self.rising()}
        names = self.one_of(("lr",), ("x",), ("y",), ("x", "y"), ("x", "y"), ("lr", "x"), ("lr", "y")) if dimension == 2 else ("lr",)
        measures = ["steps_to_target", "final_value", "minimum_reached", "direction_effect", "magnitude_effect"]
        known = measures[: 3 if len(optimizers) == 1 or written["match"] == "graft" else 5]
        known = ["final_value"] if "saddle" in str(objective) else known
        chosen = self.random.sample(known, min(len(known), self.one_of(1, 1, 2)))
        written |= {"grid": {name: axes[name] for name in names}, "measure": chosen}
        if "lr" in names and (written["match"] == "tuned" or isinstance(written["match"], dict)):
            written["match"] = "none"
        return written

    def contours(self) -> dict[str, Any]:
        objective, dimension = self.objective()
        written: dict[str, Any] = {"objective": objective if dimension == 2 else "rosenbrock"}
        if self.chance(0.8):
            written["window"] = [sorted((self.number(), self.number())) for _ in range(2)]
        if self.chance(0.5):
            written["levels"] = self.one_of(1, 7, [self.posted()], [self.posted(), self.posted()])
        return written

    def request(self) -> tuple[str, dict[str, Any], str]:
        """A path, a document, and the form that is asked for: a picture, or the lines for one."""
        path = self.one_of("/trajectory", "/compare", "/map", "/trajectory", "/compare", "/map", "/contours")
        document = getattr(self, path[1:])()
        if path == "/contours":
            return path, document, "application/json"
        return path + self.one_of("", "", "?theme=dark"), document, self.one_of(*PICTURES)


@pytest.fixture
def at_random(seed: int) -> tuple[str, dict[str, Any], str]:
    """The request of a seed, which a test is parametrised with."""
    return Dice(seed).request()
