"""Small data sets by name. Each is made here, from a formula and NumPy's RandomState, whose numbers never change (NEP 19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: What the targets of a data set are.
NUMBERS, LABELS, CLASSES = "numbers", "labels 0 and 1", "classes"

#: Sines differ by their last digit from machine to machine. Rounded to so many decimals, the data does not.
DECIMALS = 12


@dataclass(frozen=True)
class DataSet:
    """Named examples: `make()` gives X, (examples, features) or (examples,), and y (examples,)."""

    name: str
    title: str
    targets: str
    source: str
    make: Callable[[], tuple[Array, Array]]

    def arrays(self) -> tuple[Array, Array]:
        """X and y, the same on every machine."""
        inputs, targets = self.make()
        return np.round(inputs, DECIMALS) + 0.0, np.round(targets, DECIMALS) + 0.0


def seeded(seed: int) -> np.random.RandomState:
    """The generator whose numbers never change; those of the newer ones may, with a version of NumPy."""
    return np.random.RandomState(seed)


def line() -> tuple[Array, Array]:
    """y = 2 x + 1 + noise"""
    inputs = np.linspace(-1.0, 2.0, 20)
    return inputs, 2.0 * inputs + 1.0 + 0.3 * seeded(0).standard_normal(20)


def blobs() -> tuple[Array, Array]:
    """50 points about (-1, -0.5) and 50 about (1, 0.5), which overlap."""
    labels = np.repeat([0.0, 1.0], 50)
    centers = np.outer(2.0 * labels - 1.0, [1.0, 0.5])
    return centers + 0.8 * seeded(0).standard_normal((100, 2)), labels


def moons() -> tuple[Array, Array]:
    """Two half circles of 150 points, shuffled, with noise of standard deviation 0.2: those of random seed 3."""
    random, angles = seeded(3), np.linspace(0.0, pi, 150).tolist()
    upper = [(cos(angle), sin(angle)) for angle in angles]
    lower = [(1.0 - cos(angle), 1.0 - sin(angle) - 0.5) for angle in angles]
    order = np.arange(300)
    random.shuffle(order)
    points, labels = np.array(upper + lower)[order], np.repeat([0.0, 1.0], 150)[order]
    return points + random.normal(scale=0.2, size=(300, 2)), labels


def spiral() -> tuple[Array, Array]:
    """Three arms of 100 points: those of random seed 0."""
    random, arms = seeded(0), list[Array]()
    radii = np.linspace(0.0, 1.0, 100)
    for arm in range(3):
        angles = (np.linspace(4.0 * arm, 4.0 * (arm + 1), 100) + 0.2 * random.standard_normal(100)).tolist()
        arms.append(np.array([(r * sin(angle), r * cos(angle)) for r, angle in zip(radii.tolist(), angles, strict=True)]))
    return np.concatenate(arms), np.repeat([0.0, 1.0, 2.0], 100)


def xor() -> tuple[Array, Array]:
    """The four corners of a square; no line separates the labels."""
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])


OWN = "made by this service; free to use"

DATA_SETS: dict[str, DataSet] = {
    entry.name: entry
    for entry in (
        DataSet("line", "20 points near the line y = 2x + 1", NUMBERS, f"random seed 0; {OWN}", line),
        DataSet("blobs", "two overlapping groups of 50 points", LABELS, f"random seed 0; {OWN}", blobs),
        DataSet(
            "moons",
            "two half circles, 300 points, noise 0.2",
            LABELS,
            f"the points of deeplearning.ai's optimization exercise, random seed 3; {OWN}",
            moons,
        ),
        DataSet("spiral", "three spiral arms of 100 points", CLASSES, f"the points of CS231n's case study, random seed 0; {OWN}", spiral),
        DataSet("xor", "the exclusive or of two inputs, 4 points", LABELS, f"the truth table; {OWN}", xor),
    )
}


@cache
def arrays_of(name: str) -> tuple[Array, Array]:
    """X and y of a data set; nobody writes to them."""
    made = DATA_SETS[name].arrays()
    for array in made:
        array.setflags(write=False)
    return made
