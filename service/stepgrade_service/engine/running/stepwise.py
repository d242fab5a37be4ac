"""A loop over the steps in Python, for what the compiled loop does not know: grafted steps, and problems that are turned.

What a step does is compiled all the same, over all runs of a batch at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from ..compiled.jit import cube, entry_point, integer, integers, matrix, nothing, vector
from ..compiled.rotation import Turn
from ..loop.advance import any_not_finite, end_diverged
from ..loop.first_arrival import Awaited
from ..loop.measures import Watched, watch_step
from ..optimizers import Rule
from .batch import (
    NOISE_AT_A_TIME,
    Array,
    Batch,
    Simulation,
    arguments_of,
    as_seen,
    memory_of,
    minima_of,
    noise_of,
    rates_of,
    recorded_for,
    settle,
)

WATCH_SIGNATURE = nothing(
    integer, integer, matrix, vector, vector, matrix, matrix, integers, matrix, vector, matrix, vector, matrix, cube, cube, cube
)  # fmt: skip


class Proposal:
    """What one optimizer would do: its slots, its rates, and the step it writes, (dimension, runs)."""

    def __init__(self, rule: Rule, rates: Array, batch: Batch) -> None:
        dimension, runs = batch.starts.shape
        self.rule, self.schedule = rule, batch.schedule
        self.memory = memory_of(rule, {}, dimension, runs)
        self.base = rates_of(rates, runs)
        self.rates = self.base.copy()
        self.step = np.empty((dimension, runs))
        self.arguments = arguments_of(rule, self.memory, batch.tensors or (0, dimension), runs)

    def propose(self, t: int, x: Array, gradients: Array) -> None:
        """Write the step that follows t - 1 others, and advance the slots."""
        if self.schedule.on:
            self.schedule.kernel.call(t - 1, self.base.reshape(-1), self.schedule.parameters, self.rates.reshape(-1))
        self.rule.kernel.apply(t, *as_seen(self.rule.kernel, x, gradients, self.step, self.rates), *self.arguments)


@cache
def _watch() -> Any:
    return entry_point(watch_step, WATCH_SIGNATURE)


def simulate_alone(batch: Batch, turn: Turn) -> Simulation:
    """Run a batch on its objective turned; its starts are taken to be turned already."""
    alone = Proposal(batch.rule, batch.rates, batch)
    return simulate_stepwise(batch, (alone,), lambda step: np.copyto(step, alone.step), turn)


def simulate_stepwise(
    batch: Batch, proposals: tuple[Proposal, ...], combine: Callable[[Array], None], turn: Turn | None = None
) -> Simulation:
    """Run a batch whose steps `combine(step)` writes, when all proposals are made.

    What the compiled loop does, but for stop rules, recorded slots and replays; a batch starts at step 0. With `turn` the
    objective, its minima and the noise are turned.
    """
    runs = _Runs(batch, proposals, turn)
    runs.arrive(0)
    for k in range(1, batch.steps + 1):
        if not runs.alive.any():
            break
        for proposal in proposals:
            proposal.propose(k, runs.x, runs.gradients)
        combine(runs.step)
        runs.leave()
        runs.arrive(k)
    return runs.end()


class _Runs:
    """The runs of a batch while their steps are taken; arrays are (dimension, runs) or (runs,)."""

    def __init__(self, batch: Batch, proposals: tuple[Proposal, ...], turn: Turn | None) -> None:
        dimension, runs = batch.starts.shape
        self.batch, self.proposals, self.turn = batch, proposals, turn
        self.x, self.before, self.gradients, self.gradients_before, self.step, self.ends = np.empty((6, dimension, runs))
        self.x[:], self.before[:] = batch.starts, batch.starts
        self.values, self.values_before, self.end_values = np.zeros((3, runs))
        self.alive, self.ended, self.reason = np.ones(runs, np.int64), np.full(runs, batch.steps), np.zeros(runs, np.int64)
        minima, self.minimum_values = minima_of(batch)
        self.minima = minima if turn is None else turn.forth(minima)
        self.target = np.array(batch.target)
        self.awaited = Awaited.over(len(self.minimum_values) * batch.arrivals, runs)
        watched = (len(self.minimum_values), batch.steps) if batch.watched else (0, 0)
        self.watched = Watched.over(watched[0], dimension, runs, traced=0, steps=watched[1])
        self.recorded = recorded_for(batch, dimension, runs, 0)
        self.noise = _noise(batch, turn)

    def leave(self) -> None:
        """Take the step."""
        self.before[:], self.values_before[:], self.gradients_before[:] = self.x, self.values, self.gradients
        with np.errstate(over="ignore", invalid="ignore"):
            self.x += self.step

    def arrive(self, k: int) -> None:
        """Look at the points after step k: the objective there, what left the finite numbers, measures, noise, records."""
        self._evaluate()
        self._end_broken(k)
        if self.batch.watched and k > 0:
            _watch()(
                k, 1, self.before, self.values_before, self.values, self.gradients_before, self.step, self.alive,
                self.minima, self.minimum_values, self.batch.starts, self.target,
                self.watched.previous, self.watched.sums, self.watched.flips, self.watched.trace,
            )  # fmt: skip
        self.awaited.look(k, self.x, self.values, self.alive, self.minima, self.minimum_values, self.target)
        if self.noise is not None:
            self.gradients += next(self.noise)
        self._record(k)

    def _evaluate(self) -> None:
        objective, parameters = self.batch.objective, self.batch.parameters
        if self.turn is None:
            objective.call(self.x, parameters, self.values, self.gradients)
            return
        objective.call(self.turn.back(self.x), parameters, self.values, self.gradients)
        self.gradients[:] = self.turn.forth(self.gradients)

    def _end_broken(self, k: int) -> None:
        """End the runs in which something left the finite numbers."""
        slots = [proposal.memory for proposal in self.proposals] if k > 0 else []
        if not any(any_not_finite(array.reshape(-1)) for array in (self.x, self.values, self.gradients, *slots)):
            return
        memory = np.concatenate([proposal.memory.reshape(-1, len(self.values)) for proposal in self.proposals])
        end_diverged(
            k, self.x, self.before, self.gradients, self.values, self.values_before, memory,
            self.alive, self.ended, self.reason, self.ends, self.end_values,
        )  # fmt: skip
        for proposal in self.proposals:
            proposal.memory.reshape(-1, len(self.values))[:, self.alive == 0] = 0.0

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
        if self.batch.watched:
            settle(self.batch, self.watched, self.minima, self.minimum_values, self.ended, self.reason, self.ends, self.end_values)
        slots = np.empty((0, *self.x.shape))
        numbers = (self.ends, self.end_values, self.gradients, self.step, self.ended, self.reason, slots, *self.recorded)
        return Simulation(*numbers, self.watched, self.awaited.arrivals)


def _noise(batch: Batch, turn: Turn | None) -> Iterator[Array] | None:
    """What is added to the gradients after each step from 0 on, (dimension, runs) each; None where there is none."""
    if batch.noise is None or batch.noise.std == 0:
        return None
    at_a_time = max(1, NOISE_AT_A_TIME // batch.starts.size)

    def rows() -> Iterator[Array]:
        for first in range(0, batch.steps + 1, at_a_time):
            for row in noise_of(batch, first, at_a_time - 1):
                yield row if turn is None else turn.forth(row)

    return rows()
