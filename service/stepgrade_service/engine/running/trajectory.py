"""Many steps: on an objective, or a replay of posted gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.arithmetic import euclidean
from ..loop.advance import DIVERGED
from ..loop.endings import IS_GROWING
from ..objectives.resolve import Problem
from ..reading.cost import Limits
from .batch import Simulation, simulate, until_last_finite
from .divergence import can_divide_by_zero, negative_squares, update_of, why_diverged
from .recorded import Rows, recorded_in
from .schedule_memory import memory_as_posted
from .state import SCHEDULE, slots_as_posted
from .stops import STOPPED_BY
from .summary import NOT_OF_DIVERGED, number_or_none, summarize, summarize_end
from .trajectory_plan import Plan, plan_trajectory

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trajectory:
    """A trajectory as computed. Arrays have a row for each recorded step; what was not included is None.

    `points`, `gradients` and `updates` are (recorded, dimension), to be seen through `plan.layout`; a row of nan stands
    where there is nothing (the update at 0, a replay's gradient at the end). `values` is (recorded,), and so is each of the
    measures but `effective_lr`, which is like the points. `detail` says why it diverged, if it did.
    """

    plan: Plan
    status: str
    stopped_by: str | None
    diverged_at: int | None
    detail: str | None
    steps: int
    recorded: NDArray[np.int64]
    points: Array | None
    values: Array | None
    gradients: Array | None
    updates: Array | None
    states: Sequence[dict[str, Any]] | None
    measures: Mapping[str, Array] | None
    state: dict[str, Any]
    summary: dict[str, Any]
    end: Array

    @property
    def ends_without_gradient(self) -> bool:
        """Whether a replay has used up its gradients, so that there is none at the last point."""
        return self.plan.gradients is not None and self.steps == len(self.plan.gradients)


def run_trajectory(plan: Plan) -> Trajectory:
    """Run what was planned."""
    batch = plan.batch
    simulation = simulate(batch)
    diverged_at = None
    if simulation.reason[0] == DIVERGED:
        diverged_at = int(simulation.ended[0])
        batch, simulation = until_last_finite(batch, simulation)
    steps = int(simulation.ended[0])
    ended = simulation.endings[:, 0].tolist()
    stopped_by = STOPPED_BY.get(int(simulation.reason[0]))
    growing = bool(ended) and ended[IS_GROWING] > 0
    status = "diverged" if diverged_at is not None else "growing" if growing else "converged" if stopped_by else "completed"
    rows = _RunRows(plan, simulation, steps)
    return Trajectory(
        plan=plan,
        status=status,
        stopped_by=stopped_by if diverged_at is None else None,
        diverged_at=diverged_at,
        detail=None if diverged_at is None else why_diverged_at(plan, simulation, diverged_at),
        steps=steps,
        **vars(recorded_in(rows, plan.include)),
        states=rows.states if "states" in plan.include else None,
        state=_state(plan, simulation, steps),
        summary=_summary(plan, simulation, steps, ended, diverged_at is not None),
        end=simulation.points[:, 0],
    )


def _state(plan: Plan, simulation: Simulation, steps: int) -> dict[str, Any]:
    """The state at the end, with the memory of a schedule that has one."""
    state = {"t": plan.state.t + steps, **slots_as_posted(plan.choice.rule, simulation.slots[:, 0], plan.layout)}
    if len(simulation.scheduled):
        state[SCHEDULE] = memory_as_posted(simulation.scheduled[:, 0], plan.layout)
    return state


def why_diverged_at(plan: Plan, before: Simulation, step: int) -> str:
    """A sentence about the step after the last finite point, at which the run `before` it ended."""
    rule, gradient, x = plan.choice.rule, before.gradients[:, 0], before.points[:, 0]
    memory = before.slots[:, 0]
    if not (can_divide_by_zero(rule) or negative_squares(rule, plan.layout, memory)):
        return why_diverged(rule, plan.layout, step)
    asked = plan.asked(rule.kernel, step - 1, before.values)
    update = update_of(rule, plan.layout, plan.choice.rates(plan.layout), plan.state.t + step - 1, x, gradient, memory, asked)
    return why_diverged(rule, plan.layout, step, gradient, update, memory)


def trajectory(request: Mapping[str, Any], limits: Limits | None = None) -> Trajectory:
    """Plan and run."""
    return run_trajectory(plan_trajectory(request, limits))


def nearest_minimum(problem: Problem | None, point: Array) -> int:
    """Which of the minima is nearest to a point; 0 where there is no other."""
    if problem is None or len(problem.facts.minima) < 2:
        return 0
    return int(np.argmin([euclidean(minimum - point) for minimum in problem.minima]))


def _summary(plan: Plan, simulation: Simulation, steps: int, ended: list[float], diverged: bool) -> dict[str, Any]:
    """The measures of the whole run; what cannot be measured is None."""
    problem, end = plan.problem, simulation.points[:, 0]
    has_minimum = problem is not None and len(problem.facts.minima) > 0
    chosen = nearest_minimum(problem, end)
    summary = summarize(simulation.watched, chosen, has_target=has_minimum)
    summary["sign_flips"] = plan.layout.unflatten(summary["sign_flips"].astype(np.int64))
    if summary["flip_fraction"] is not None:
        summary["flip_fraction"] = plan.layout.unflatten(summary["flip_fraction"])
    if ended:
        summary |= summarize_end(ended, plan.batch.is_noisy)
    if diverged:
        summary |= dict.fromkeys(NOT_OF_DIVERGED)
    value = float(simulation.values[0]) if problem is not None else None
    if plan.posted_values is not None:
        summary |= _posted_rises(plan.posted_values[: steps + 1])
        value = float(plan.posted_values[steps]) if steps < len(plan.posted_values) else None
    summary["final_value"] = value
    summary["final_distance"] = euclidean(problem.minima[chosen] - end) if problem is not None and has_minimum else None
    summary["minimum"] = plan.layout.unflatten(problem.minima[chosen]) if problem is not None and has_minimum else None
    return summary


def _posted_rises(values: Array) -> dict[str, float | None]:
    """What is measured of the values that a replay was given: of its last step nobody knows what it led to."""
    with np.errstate(over="ignore"):
        changes = np.diff(values)
        uphill = float(changes[changes > 0].sum())
    return {"uphill": number_or_none(uphill), "uphill_share": float(np.mean(changes > 0))} if len(changes) else {}


class _RunRows(Rows):
    """The rows of a trajectory, with its states; a replay has the values that were posted."""

    def __init__(self, plan: Plan, simulation: Simulation, steps: int) -> None:
        problem = plan.problem
        minima = problem.minima if problem is not None else np.full((1, plan.layout.dimension), np.nan)
        super().__init__(simulation, plan.record_every, steps, minima, nearest_minimum(problem, simulation.points[:, 0]))
        self.plan = plan

    @property
    def values(self) -> Array:
        if self.plan.problem is not None:
            return super().values
        posted = np.full(len(self.plan.gradients) + 1, np.nan) if self.plan.gradients is not None else np.empty(0)
        if self.plan.posted_values is not None:
            posted[:-1] = self.plan.posted_values
        return posted[self.numbers]

    @property
    def states(self) -> list[dict[str, Any]]:
        slots = self.simulation.recorded_slots[: self.whole]
        slots = slots.reshape(len(slots), -1)
        if self.off_beat:
            slots = np.concatenate([slots, self.simulation.slots[np.newaxis, :, 0]])
        rule, layout, t = self.plan.choice.rule, self.plan.layout, self.plan.state.t
        return [{"t": t + int(k), **slots_as_posted(rule, row, layout)} for k, row in zip(self.numbers, slots, strict=True)]

    @property
    def value_change(self) -> Array:
        """In a replay nan where its values were not posted."""
        if self.plan.problem is not None:
            return super().value_change
        changes = np.full(self.plan.steps + 1, np.nan)
        if self.plan.posted_values is not None:
            with np.errstate(over="ignore"):
                changes[1:-1] = np.diff(self.plan.posted_values)
        return changes[self.numbers]
