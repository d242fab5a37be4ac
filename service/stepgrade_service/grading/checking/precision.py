"""How far a reference's numbers may be off that float32 arithmetic gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stepgrade.judging import ORDERS, Growing, Numbers, Room

from ...engine.conventions.choice import Choice
from ..candidates.runs import Array, Course, Slots, wrong
from ..catalogue.formulas import FORMULAS
from .case import Case


def growing(choice: Choice, t: int) -> Growing:
    """The room around the path of an optimizer that has taken `t` steps; the averages that it corrects lose digits."""
    settings = choice.settings
    if not settings.get("bias_correction"):
        return Growing([], t)
    named = [settings[name] for name in ("beta1", "beta2", "rho") if name in settings]
    return Growing([max(beta.values()) if isinstance(beta, Mapping) else float(beta) for beta in named], t)


def float32_room(case: Case, right: Numbers) -> Room:
    """The room around the right numbers of a case, for what was submitted to it."""
    plan = case.plan
    bounds, around = float32_bounds(case.course, plan.choice, case.right_rows), growing(plan.choice, plan.state.t)
    slots = {name: around.of_slot(plan.steps, right.state[name]) for name in case.submission.state}
    return Room({step: bounds[step - 1] for step in right.steps}, slots)


def float32_bounds(course: Course, choice: Choice, rows: Sequence[tuple[Array, Slots]]) -> list[NDArray[np.float64]]:
    """The room around the reference's points, after each step: what rounding adds, and how far a run in float32 comes off."""
    around, before, bounds = growing(choice, course.plan.state.t), course.plan.start, []
    in_float32 = _in_float32(course, choice)
    for step, (x, _) in enumerate(rows, start=1):
        room = around.after(step, before, x)
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
