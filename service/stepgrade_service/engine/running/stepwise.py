"""A loop over the steps in Python, for steps that are made of two: grafts.

What a step does is compiled all the same, over all runs of a batch at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from ..compiled.jit import cube, entry_point, integer, integers, matrix, nothing, vector
from ..loop.advance import any_not_finite, end_diverged
from ..loop.frame import Ends
from ..loop.measures import Watched, watch
from ..objectives.curvature import asked_of
from ..optimizers import Rule
from ..optimizers.memory import handed, memory_of, packed
from .batch import (
    NOISE_AT_A_TIME,
    Array,
    Batch,
    Simulation,
    endings_found,
    ends_of,
    landscape_of,
    lookout_of,
    noise_of,
    position_of,
    rates_of,
    recorded_for,
    settle,
)
from .schedule_memory import room_of

WATCH_SIGNATURE = nothing(
    integer, integer, matrix, vector, vector, matrix, matrix, integers, matrix, vector, matrix, vector, matrix, cube, cube, cube
)  # fmt: skip


class Proposal:
    """What one optimizer would do: its slots, its rates, and the step it writes, (dimension, runs)."""

    def __init__(self, rule: Rule, rates: Array, batch: Batch) -> None:
        runs, layout = batch.starts.shape[1], batch.tensors
        self.rule, self.batch = rule, batch
        self.memory = memory_of(rule, {}, layout, runs)
        self.base = rates_of(rates, runs).reshape(-1)
        self.room = room_of(batch.schedule, self.base, np.zeros(runs), 0, None, None)
        self.rates = self.base if not batch.schedule.on else self.room.lr
        self.step = np.empty(batch.starts.shape)
        self.packed = (packed(rule.kernel, self.memory), *handed(rule, layout, runs))

    def propose(self, t: int, x: Array, gradients: Array, values: Array, parameters: Array) -> None:
        """Write the step that follows t - 1 others, and advance the slots; `parameters` are the objective's."""
        schedule, kernel, batch = self.batch.schedule, self.rule.kernel, self.batch
        if schedule.on:
            self.room.values[:] = values
            schedule.kernel.call(t - 1, self.base, self.room.parameters, self.rates)
        asked = asked_of(kernel, values, batch.objective, parameters)
        kernel.apply(t, x.reshape(-1), gradients.reshape(-1), self.step.reshape(-1), self.rates, *self.packed, *asked)


@cache
def _watch() -> Any:
    return entry_point(watch, WATCH_SIGNATURE)


def simulate_stepwise(batch: Batch, proposals: tuple[Proposal, ...], combine: Callable[[Array], None]) -> Simulation:
    """Run a batch whose steps `combine(step)` writes, when all proposals are made.

    What the compiled loop does, but for stop rules, recorded slots and replays; a batch starts at step 0.
    """
    runs = _Runs(batch, proposals)
    runs.arrive(0)
    for k in range(1, batch.steps + 1):
        if not runs.alive.any():
            break
        for proposal in proposals:
            proposal.propose(k, runs.x, runs.gradients, runs.values, runs.landscape.parameters)
        combine(runs.step)
        runs.leave()
        runs.arrive(k)
    return runs.end()


class _Runs:
    """The runs of a batch while their steps are taken; arrays are (dimension, runs) or (runs,)."""

    def __init__(self, batch: Batch, proposals: tuple[Proposal, ...]) -> None:
        dimension, runs = batch.starts.shape
        self.batch, self.proposals, self.landscape = batch, proposals, landscape_of(batch)
        position = position_of(batch, np.empty((0, runs)))
        self.x, self.gradients, self.step, self.before, self.gradients_before, self.values, self.values_before, _ = position
        self.before[:] = batch.starts
        self.alive, self.ended, self.reason = ends_of(batch)
        self.ends, self.end_values = np.empty((dimension, runs)), np.zeros(runs)
        self.target = np.array(batch.target)
        minima = self.landscape.minimum_values.size
        self.lookout = lookout_of(batch)
        self.every = max(batch.recording.every, 1)
        traced = batch.steps // self.every + 1 if batch.recording.trace else 0
        self.watched = Watched.over(minima if batch.watched else 0, dimension, runs, traced)
        self.recorded = recorded_for(batch, (0, dimension * runs))
        self.noise = _noise(batch)

    def leave(self) -> None:
        """Take the step."""
        self.before[:], self.values_before[:], self.gradients_before[:] = self.x, self.values, self.gradients
        with np.errstate(over="ignore", invalid="ignore"):
            self.x += self.step

    def arrive(self, k: int) -> None:
        """Look at the points after step k: the objective there, what left the finite numbers, measures, noise, records."""
        parameters, minima, minimum_values, clock = self.landscape
        if clock >= 0:
            parameters[clock] = k
        self.batch.objective.call(self.x, parameters, self.values, self.gradients)
        self._end_broken(k)
        if self.batch.watched and k > 0:
            _watch()(
                k, self.every, self.before, self.values_before, self.values, self.gradients_before, self.step, self.alive,
                minima, minimum_values, self.batch.starts, self.target,
                self.watched.previous, self.watched.sums, self.watched.flips, self.watched.trace,
            )  # fmt: skip
        self.lookout.look(k, self.x, self.values, self.gradients, self.step, self.alive, minima, minimum_values, self.target)
        if self.noise is not None and self.batch.noise is not None:
            self.batch.noise.meet(self.gradients, next(self.noise))
        self._record(k)

    def _end_broken(self, k: int) -> None:
        """End the runs in which something left the finite numbers."""
        slots = [proposal.memory for proposal in self.proposals] if k > 0 else []
        if not any(any_not_finite(array.reshape(-1)) for array in (self.x, self.values, self.gradients, *slots)):
            return
        memory = np.concatenate([proposal.memory for proposal in self.proposals])
        end_diverged(
            k, self.x, self.before, self.gradients, self.values, self.values_before, memory,
            self.alive, self.ended, self.reason, self.ends, self.end_values,
        )  # fmt: skip
        for proposal in self.proposals:
            proposal.memory[:, self.alive == 0] = 0.0
        self.lookout.forget(self.alive)

    def _record(self, k: int) -> None:
        """Keep what is recorded of step k."""
        every = self.batch.recording.every
        if every and k % every == 0:
            for rows, quantity in zip(self.recorded, (self.x, self.values, self.gradients, self.step), strict=False):
                if len(rows):
                    rows[k // every] = quantity

    def end(self) -> Simulation:
        """What the runs left."""
        living = self.alive == 1
        self.ends[:, living], self.end_values[living] = self.x[:, living], self.values[living]
        ends = Ends(False, np.empty(0), self.alive, self.ended, self.reason, self.ends, self.end_values)
        if self.batch.watched:
            settle(self.batch, self.watched, self.landscape, ends)
        endings = endings_found(self.batch, self.lookout, ends, self.gradients, self.landscape)
        slots = np.empty((0, self.x.shape[1]))
        numbers = (self.ends, self.end_values, self.gradients, self.step, self.ended, self.reason, slots, *self.recorded)
        return Simulation(*numbers, self.watched, endings, np.empty((0, self.x.shape[1])))


def _noise(batch: Batch) -> Iterator[Array] | None:
    """What meets the gradients after each step from 0 on, (dimension, runs) each; None where there is none."""
    if batch.noise is None or batch.noise.std == 0:
        return None
    at_a_time = max(1, NOISE_AT_A_TIME // batch.starts.size)

    def rows() -> Iterator[Array]:
        for first in range(0, batch.steps + 1, at_a_time):
            yield from noise_of(batch, first, min(at_a_time - 1, batch.steps - first))

    return rows()
