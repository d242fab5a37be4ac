"""What the page asks: every answer that its numbers and pictures are made of, each asked when it is first needed."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from stepgrade import Client, Comparison, Map, Trajectory

from .aim import Aimed, by_aim
from .dupont import Dupont

Settings = dict[str, Any]

#: The lecture's bowl, 0.5 (w^2 + 20 b^2), and its two starts.
BOWL = {"name": "quadratic", "condition": 20}
STARTS = ("A", "B")
NAMED = {"A": {"w": -5, "b": -1}, "B": {"w": -0.3, "b": -2}}
STEPS = 200


def gd(lr: float) -> Settings:
    """Plain gradient descent, labelled with its rate."""
    return {"name": "gd", "lr": lr, "label": f"gd {lr:g}"}


SLOW, FAST = gd(0.02), gd(0.09)
NORMALIZED = {"name": "normalized_gd", "lr": 0.2, "label": "normalized gd"}
RMSPROP = {"name": "rmsprop", "lr": 0.2, "rho": 0.9, "label": "rmsprop"}
ADAM = {"name": "adam", "lr": 0.2, "label": "adam"}
METHODS = (SLOW, FAST, NORMALIZED, RMSPROP)

#: Whom RMSprop is held against, one after the other.
OPPONENTS = (SLOW, gd(0.05), FAST, gd(0.099), NORMALIZED)

#: The rate that shrinks both axes alike: 2 / (L + mu), with the curvatures 20 and 1.
CLOSED_FORM = 2 / (20 + 1)

#: RMSprop's first divisor over the size of the gradient.
HEAD_START = (1 - RMSPROP["rho"]) ** 0.5

#: Two ways to let every learning rate decay over the run.
COSINE = {"name": "cosine", "decay_steps": STEPS}
FACTOR = 0.97
DECAYS = {"constant": None, "cosine": COSINE, "factor": {"name": "exponential", "decay_rate": FACTOR}}

MODES = ("none", "first_step", "mean_step")
BUDGETS = (30, 100, 300)
GRID = (0.001, 1, 60)

DEGREES = (15, 30, 45, 60, 75, 90)

NOISE, SEEDS = 1.0, tuple(range(1, 21))

GRID_OF_STARTS = {"x": [-6, 6, 61], "y": [-3, 3, 61]}
MAP_MEASURES = ("settling_step", "steps_to_target", "direction_effect", "magnitude_effect")


#: What torch has if no rho is given; there it is called alpha.
TORCH_RHO = 0.99

#: How much of the old average RMSprop keeps, and for how many steps it runs.
RHOS, HORIZONS = (0.9, 0.95, 0.99), (50, 200, 1000)


class Questions:
    """The answers, by name."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.dupont = Dupont(client)

    @cached_property
    def bowl(self) -> Comparison:
        """Four methods as they are, from both starts."""
        return self.client.compare(BOWL, METHODS, starts=STARTS, steps=STEPS)

    @cached_property
    def paths(self) -> Comparison:
        """The same, to draw: a point of named numbers gives its names to the axes."""
        return self.client.compare(BOWL, METHODS, starts=NAMED, steps=STEPS)

    @cached_property
    def decays(self) -> dict[str, Comparison]:
        """The four methods with a constant rate and with rates that decay."""
        return {name: self._bowl(schedule) for name, schedule in DECAYS.items()}

    def _bowl(self, schedule: Settings | None) -> Comparison:
        rest = {"schedule": schedule} if schedule else {}
        return self.client.compare(BOWL, METHODS, starts=STARTS, steps=STEPS, decompose=["normalized gd", "rmsprop"], **rest)

    @cached_property
    def decayed_maps(self) -> dict[str, Map]:
        """Who settles first from each start of the grid, RMSprop or normalized gradient descent, by the decay of the rate."""
        return {
            name: self.client.map(BOWL, [NORMALIZED, RMSPROP], GRID_OF_STARTS, measure="settling_step", steps=STEPS, schedule=schedule)
            for name, schedule in DECAYS.items()
            if schedule
        }

    @cached_property
    def splits(self) -> dict[str, Comparison]:
        """RMSprop's lead over each opponent split in two, by the opponent's label."""
        return {plain["label"]: self._split(plain, starts=STARTS, steps=STEPS) for plain in OPPONENTS}

    @cached_property
    def four_paths(self) -> Comparison:
        """The four runs of one split, to draw."""
        return self._split(SLOW, starts={"B": NAMED["B"]}, steps=STEPS)

    def toward_minimum(self, start: str) -> float:
        """The cosine of the way down and the way to the minimum at a start: gradient descent's first step tells it."""
        measures = self.client.trajectory(_plain(SLOW), BOWL, start=start, steps=1, include=["measures"]).measures
        return float(measures["target_cosine"][1])

    def _split(self, plain: Settings, **problem: Any) -> Comparison:
        return self.client.compare(BOWL, [plain, RMSPROP], decompose=[plain["label"], RMSPROP["label"]], **problem)

    @cached_property
    def matched(self) -> dict[str, Comparison]:
        """RMSprop against slow gradient descent, by how their rates were made comparable."""
        return {mode: self._split(SLOW, starts=STARTS, steps=STEPS, match=mode) for mode in MODES}

    @cached_property
    def tuned(self) -> dict[int, Comparison]:
        """All tuned alike, by the number of steps that they were tuned for."""
        match = {"mode": "tuned", "grid": GRID}
        optimizers = [{**SLOW, "label": "gd"}, NORMALIZED, RMSPROP]
        return {
            steps: self.client.compare(BOWL, optimizers, starts=STARTS, steps=steps, match=match, decompose=["gd", "rmsprop"])
            for steps in BUDGETS
        }

    @property
    def grid_factor(self) -> float:
        """From one rate of the grid to the next."""
        return float((GRID[1] / GRID[0]) ** (1 / (GRID[2] - 1)))

    @cached_property
    def by_rho(self) -> dict[int, Comparison]:
        """Gradient descent and RMSprop with several rho, by the number of steps."""
        return {steps: self.client.compare(BOWL, [FAST, *map(_with_rho, RHOS)], starts=STARTS, steps=steps) for steps in HORIZONS}

    @cached_property
    def slow_average(self) -> dict[str, Comparison]:
        """RMSprop with the default rho of torch against gradient descent from B: at the rates of this page, and both tuned."""
        pair = [FAST, {**_with_rho(TORCH_RHO), "label": "rmsprop"}]
        return {mode: self.client.compare(BOWL, pair, start="B", steps=STEPS, match=mode) for mode in ("none", "tuned")}

    @cached_property
    def maps_by_rho(self) -> dict[str, Map]:
        """Who settles first from each start of the grid with torch's default rho, by opponent."""
        slow_average = {**_with_rho(TORCH_RHO), "label": "rmsprop"}
        return {
            plain["label"]: self.client.map(BOWL, [plain, slow_average], GRID_OF_STARTS, measure="settling_step", steps=STEPS)
            for plain in (SLOW, FAST, NORMALIZED)
        }

    @cached_property
    def step_lengths(self) -> dict[tuple[float, str], Any]:
        """The length of each of RMSprop's steps, from the first on, by rho and start."""
        return {(rho, start): self._step_lengths(rho, start) for rho in (0.9, TORCH_RHO) for start in STARTS}

    def _step_lengths(self, rho: float, start: str) -> Any:
        optimizer = {**_plain(RMSPROP), "rho": rho}
        return self.client.trajectory(optimizer, BOWL, start=start, steps=STEPS, include=["measures"]).measures["update_norm"][1:]

    @cached_property
    def turns_in_all(self) -> int:
        """How often RMSprop turns back along w in the whole run from B, and not only on its way to the target."""
        along_w = self.client.trajectory(_plain(RMSPROP), BOWL, start="B", steps=STEPS, include=["updates"]).updates[1:, 0]
        return int((along_w[1:] * along_w[:-1] < 0).sum())

    @cached_property
    def turned(self) -> Comparison:
        """RMSprop against normalized gradient descent on the bowl and turned ones."""
        return self.client.compare(
            BOWL, [NORMALIZED, RMSPROP], starts=STARTS, steps=STEPS, decompose=["normalized gd", "rmsprop"], rotate=DEGREES
        )

    @cached_property
    def turned_paths(self) -> Comparison:
        """The two from B at 45 degrees."""
        start = self.client.trajectory(_plain(RMSPROP), {**BOWL, "rotation": 45}, start="B", steps=0).points[0]
        starts = {"B": dict(zip("wb", start.tolist(), strict=True))}
        return self.client.compare({**BOWL, "rotation": 45}, [NORMALIZED, RMSPROP], starts=starts, steps=STEPS)

    @cached_property
    def noisy(self) -> Comparison:
        """The four methods with noise on every gradient."""
        noise = {"std": NOISE, "seeds": list(SEEDS)}
        return self.client.compare(BOWL, METHODS, starts=STARTS, steps=STEPS, noise=noise, decompose=["normalized gd", "rmsprop"])

    @property
    def seeds_against(self) -> int:
        """With how many seeds RMSprop ends lower from B, though it does not on average."""
        pairs = zip(*(self.noisy[label, "B"].seeds for label in (NORMALIZED["label"], RMSPROP["label"])), strict=True)
        return sum(one["tail_gap"] > other["tail_gap"] for one, other in pairs)

    def noisy_range(self, label: str, start: str) -> tuple[float, float]:
        """The smallest and the largest end gap of all seeds."""
        gaps = [seed["tail_gap"] for seed in self.noisy[label, start].seeds]
        return min(gaps), max(gaps)

    @cached_property
    def maps(self) -> dict[tuple[int, str], Map]:
        """From each start of a grid: who is first, and why; by the bowl's turn and the opponent."""
        return {
            (turn, plain["label"]): self.client.map(
                {**BOWL, "rotation": turn}, [plain, RMSPROP], GRID_OF_STARTS, measure=MAP_MEASURES, steps=STEPS
            )
            for turn in (0, 45)
            for plain in (SLOW, FAST, NORMALIZED)
        }

    @cached_property
    def where(self) -> Map:
        """The part of a map that is drawn."""
        return self.client.map(BOWL, [NORMALIZED, RMSPROP], GRID_OF_STARTS, measure="settling_step", steps=STEPS, start=NAMED["A"])

    @cached_property
    def aims(self) -> dict[str, list[Aimed]]:
        """The maps of the upright bowl by where the gradient points at the start, by opponent."""
        return {plain: by_aim(found) for (turn, plain), found in self.maps.items() if turn == 0}

    @cached_property
    def inside(self) -> Comparison:
        """From a start that the gradient points from still better than from B."""
        return self.client.compare(BOWL, [NORMALIZED, RMSPROP], starts={"inside": [-0.2, -4]}, steps=STEPS)

    @cached_property
    def axis(self) -> Comparison:
        """From straight below the minimum, where the gradient points exactly at it."""
        return self.client.compare(BOWL, [SLOW, gd(0.05), *METHODS[1:]], starts={"below": [0, -2]}, steps=STEPS)

    @cached_property
    def beside(self) -> Trajectory:
        """RMSprop from a thousandth beside the axis."""
        return self.client.trajectory(_plain(RMSPROP), BOWL, start=[-0.001, -2], steps=STEPS)

    @cached_property
    def adam(self) -> Comparison:
        """Adam in RMSprop's place, from B."""
        return self.client.compare(BOWL, [NORMALIZED, ADAM], start="B", steps=STEPS, decompose=["normalized gd", "adam"])

    @cached_property
    def long(self) -> Trajectory:
        """RMSprop from A at a tenth of the rate."""
        return self.client.trajectory({**_plain(RMSPROP), "lr": 0.02}, BOWL, start="A", steps=500)


def _with_rho(rho: float) -> Settings:
    return {**RMSPROP, "rho": rho, "label": f"rho {rho:g}"}


def _plain(optimizer: Settings) -> Settings:
    return {name: value for name, value in optimizer.items() if name != "label"}
