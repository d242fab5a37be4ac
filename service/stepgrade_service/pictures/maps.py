"""A map as the engine has it, and what of it is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engine.conventions.choice import Choice
from ..engine.objectives.resolve import Problem
from ..engine.reading.tensors import Layout
from ..engine.running.noises import Noise
from ..engine.running.stops import TOUCH, Target
from ..engine.schedules import Schedule
from .grid import Axis
from .patterns import Mask
from .scales import MOST_OF_EFFECTS

Array = NDArray[np.float64]


class Contest(Protocol):
    """Where a map's optimizers run."""

    @property
    def layout(self) -> Layout: ...
    @property
    def schedule(self) -> Schedule: ...
    @property
    def target(self) -> Target: ...
    @property
    def seeds(self) -> tuple[int, ...]: ...
    def noise(self, seeds: tuple[int, ...]) -> Noise | None: ...


class Start(Protocol):
    """Where the axes of a map leave coordinates free."""

    @property
    def flat(self) -> Array: ...


class Match(Protocol):
    """How the optimizers were made comparable."""

    @property
    def mode(self) -> str: ...


class MapPlan(Protocol):
    """What was asked for."""

    @property
    def contest(self) -> Contest: ...
    @property
    def choices(self) -> Sequence[Choice]: ...
    @property
    def measures(self) -> Sequence[str]: ...
    @property
    def start(self) -> Start: ...
    @property
    def steps(self) -> int: ...
    @property
    def match(self) -> Match: ...


class Map(Protocol):
    """What came of it: arrays are (rows, columns), or (n,) over one axis, nan where there is nothing."""

    @property
    def plan(self) -> MapPlan: ...
    @property
    def axes(self) -> Sequence[Axis]: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def problem(self) -> Problem: ...
    @property
    def measures(self) -> Mapping[str, Any]: ...
    @property
    def counts(self) -> Mapping[str, Any]: ...
    @property
    def outcome(self) -> Array | None: ...
    @property
    def rates(self) -> Mapping[str, Array]: ...
    @property
    def diverged(self) -> Mapping[str, Mask]: ...
    @property
    def raced(self) -> Mapping[str, Mapping[str, Array]]: ...
    @property
    def different_minima(self) -> Mask: ...


def gaps(shown: Map, values: Array) -> Array:
    """Values as they are compared: above the least known minimum, if there is one."""
    if not shown.problem.facts.minima:
        return values
    return np.maximum(values - float(shown.problem.minimum_values.min()), 0.0)


def what_is_left(shown: Map) -> str:
    """What `gaps` gives, in words."""
    return "value gap" if shown.problem.facts.minima else "value"


def blank_in(shown: Map, shape: tuple[int, ...]) -> Mask:
    """Which cells have nothing to compare: the objective is undefined at their start, or no learning rate matches there."""
    blank = np.zeros(shape, dtype=np.bool_)
    for rates in shown.rates.values():
        blank |= np.isnan(rates)
    if not shown.counts.get("undefined") or len(shown.axes) < 2 or any(axis.logarithmic for axis in shown.axes):
        return blank
    x, y = np.meshgrid(*(axis.values for axis in shown.axes))
    with np.errstate(all="ignore"):
        values, gradients = shown.problem.evaluate(np.array([x.ravel(), y.ravel()]))
    return blank | ~(np.isfinite(values) & np.isfinite(gradients).all(axis=0)).reshape(shape)


def no_race_in(shown: Map, measure: str) -> Mask:
    """In which cells two optimizers end at minima of different values, so that a measure is no race; values are compared all the same."""
    return shown.different_minima & (measure != "final_value")


def diverged_in(shown: Map) -> list[str]:
    """Who diverged in how many cells or points, in words; nothing where nobody did."""
    counts = shown.counts.get("final_value", {}).get("diverged", {})
    what = "cell" if len(shown.axes) > 1 else "point"
    told = [f"{label} in {number} {what}{'s' if number > 1 else ''}" for label in shown.labels if (number := counts.get(label))]
    return [f"diverged, and shown with the last finite value: {', '.join(told)}"] if told else []


def measured_in(shown: Map) -> list[str]:
    """What effects are the factors of, over one axis as over two."""
    in_steps, in_gaps = (0 if shown.outcome is None else int((shown.outcome == number).sum()) for number in (0, 1))
    by_touch = shown.plan.contest.target.arrival == TOUCH
    steps, missed = ("the steps to the target", "reach the target") if by_touch else ("the settling step", "settle")
    of_steps, of_gaps = f"this changes {steps} by the factor shown", "this changes the end gap by the factor shown"
    is_plane = len(shown.axes) > 1
    cut = "" if is_plane else f"; factors beyond {10**MOST_OF_EFFECTS:.0f} or 1/{10**MOST_OF_EFFECTS:.0f} are drawn there"
    if not in_gaps:
        return [of_steps]
    if not in_steps:
        return [of_gaps + cut]
    what = "cells" if is_plane else "points (hollow)"
    return [of_steps, f"in {in_gaps} {what} not all four runs {missed}, so the factor is of the end gap{cut}"]
