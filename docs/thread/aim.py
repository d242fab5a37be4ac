"""A map of the bowl, counted by where the gradient points at the start: at the minimum already, or somewhere else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stepgrade import Map
from stepgrade_service.engine.comparing.verdict import ALIKE, NEGLIGIBLE

#: The cosine of the way down and the way to the minimum, from class to class.
BOUNDS = (1.0, 0.99, 0.95, 0.7, 0.5, 0.0)


@dataclass(frozen=True)
class Aimed:
    """The starts of one class: their number, who touches the target first, who settles first, and what the other's direction does."""

    most: float
    least: float
    starts: int
    touches_first: int
    touches_later: int
    settles_first: int
    settles_later: int
    helps: int
    hurts: int

    @property
    def named(self) -> str:
        return f"{self.least:g} to {self.most:g}" if self.most < 1 else f"{self.least:g} or more"


def by_aim(found: Map) -> list[Aimed]:
    """The starts of a map of two optimizers on the upright bowl, from those where the gradient points at the minimum down."""
    cosine = aim(found)
    effect = found.measures["direction_effect"]
    races = (_race(found, name) for name in ("steps_to_target", "settling_step"))
    marks = (*next(races), *next(races), effect <= -NEGLIGIBLE, effect >= NEGLIGIBLE)
    classes = []
    for most, least in pairwise(BOUNDS):
        chosen = (cosine >= least) & (cosine < (most if most < 1 else np.inf))
        classes.append(Aimed(most, least, int(chosen.sum()), *(int((mark & chosen).sum()) for mark in marks)))
    return classes


def _race(found: Map, measure: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the other optimizer is first, and where it is later; a ratio below 1.05 is neither."""
    plain, other = (np.nan_to_num(found.measures[measure][label], nan=np.inf) for label in found.labels)
    return np.isfinite(other) & (other * ALIKE <= plain), np.isfinite(plain) & (plain * ALIKE <= other)


def aim(found: Map) -> NDArray[np.float64]:
    """The cosine at each start of the grid; nan at the minimum itself."""
    way = np.stack(np.meshgrid(*found.axes.values()))
    gradient = way * np.array([1.0, found.objective["condition"]])[:, None, None]
    with np.errstate(invalid="ignore"):
        cosine: NDArray[np.float64] = (way * gradient).sum(0) / (np.linalg.norm(way, axis=0) * np.linalg.norm(gradient, axis=0))
    return cosine
