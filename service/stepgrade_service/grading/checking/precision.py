"""How far numbers may be off that float32 arithmetic gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...engine.conventions.resolve import Choice
from ..candidates.runs import Array, Course, Slots, wrong
from ..catalogue.formulas import FORMULAS

EPS32 = float(np.finfo(np.float32).eps)

#: Roundings that one step takes, and how much longer another order of its operations may make them.
ROUNDINGS, ORDERS = 16.0, 8.0


class Growing:
    """The room around a path, which grows with every step by what float32 may round.

    A step is off by some roundings of its own length, and by more where 1 - beta^t has lost digits; x by one rounding of x.
    """

    def __init__(self, choice: Choice, t: int) -> None:
        self.choice, self.t, self.room = choice, t, np.zeros(1)

    def after(self, step: int, before: Array, x: Array) -> NDArray[np.float64]:
        """The room at the point x after a step from `before`."""
        lost = ROUNDINGS + sum(1.0 / max(1.0 - beta ** float(self.t + step), EPS32) for beta in self._decays)
        with np.errstate(all="ignore"):
            self.room = self.room + EPS32 * (2.0 * np.abs(x) + lost * np.abs(x - before))
        return self.room

    def of_slot(self, step: int, slot: Array) -> NDArray[np.float64]:
        """The room around a slot after a step: what is added up is rounded as the largest of it is."""
        with np.errstate(all="ignore"):
            largest = float(np.nan_to_num(np.abs(slot), nan=0.0, posinf=0.0).max(initial=0.0))
        return np.full(slot.shape, EPS32 * (ROUNDINGS + 4.0 * step) * largest)

    @property
    def _decays(self) -> list[float]:
        settings = self.choice.settings
        named = [settings.get(name) for name in ("beta1", "beta2", "rho")]
        return [float(beta) for beta in named if isinstance(beta, float) and settings.get("bias_correction")]


def float32_bounds(course: Course, choice: Choice, rows: Sequence[tuple[Array, Slots]]) -> list[NDArray[np.float64]]:
    """The room around the reference's points, after each step: what rounding adds, and how far a run in float32 comes off."""
    growing, before, bounds = Growing(choice, course.plan.state.t), course.plan.start, []
    in_float32 = _in_float32(course, choice)
    for step, (x, _) in enumerate(rows, start=1):
        room = growing.after(step, before, x)
        with np.errstate(all="ignore"):
            apart = np.abs(in_float32[step - 1] - x) if in_float32 else np.zeros(1)
        bounds.append(room + ORDERS * np.where(np.isfinite(apart), apart, 0.0))
        before = x
    return bounds


def _in_float32(course: Course, choice: Choice) -> list[Array]:
    """The points of a run in float32; none where the rule has no formula part by part."""
    if choice.rule.kernel.name not in FORMULAS:
        return []
    update = wrong(choice, {}, course.plan)
    return [x.astype(np.float64) for x, _ in course.run(choice, update, np.float32)]
