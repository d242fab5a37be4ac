"""A case to be checked: a reference, what was submitted to it, and how far numbers may be off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...engine.running.trajectory_plan import Plan
from ..candidates.runs import Array, Course, Slots, right
from .submissions import Submission


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be off: atol + rtol |expected|; `precision` "float32" lets what float32 arithmetic gives pass too."""

    rtol: float = 1e-6
    atol: float = 1e-9
    precision: str = "float32"

    def around(self, expected: Array) -> Array:
        """How far each number may be off."""
        with np.errstate(all="ignore"):
            return np.asarray(self.atol + self.rtol * np.abs(expected))


@dataclass(frozen=True, eq=False)
class Case:
    """A reference and what was submitted to it."""

    plan: Plan
    given: frozenset[str]
    submission: Submission

    @cached_property
    def course(self) -> Course:
        return Course(self.plan)

    @cached_property
    def right_rows(self) -> list[tuple[Array, Slots]]:
        """The right points and slots after each step."""
        choice = self.plan.choice
        return list(self.course.run(choice, right(choice, self.plan)))

    def is_roomy(self, tolerance: Tolerance) -> bool:
        """Whether its numbers are given the room that float32 arithmetic needs."""
        return self.submission.is_float32 and tolerance.precision == "float32"


def compared_steps(plan: Plan) -> list[int]:
    """The steps whose points are compared: those that the answer records, but for the start."""
    steps = list(range(plan.record_every, plan.steps + 1, plan.record_every))
    return steps if not plan.steps or (steps and steps[-1] == plan.steps) else [*steps, plan.steps]


def agree(got: Array, expected: Array, allowed: Array) -> NDArray[np.bool_]:
    """Where numbers agree; what is not a number agrees with what is none."""
    with np.errstate(all="ignore"):
        known = np.isfinite(expected)
        return np.asarray(np.where(known, np.abs(got - expected) <= allowed, ~np.isfinite(got)))
