"""A loop over the steps in Python, for what the compiled loop does not know: grafted steps, and problems that are turned.

What a step does is compiled all the same, over all runs of a batch at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from .compiled import cube, entry_point, integer, integers, matrix, nothing, vector
from .loop import DIVERGED, any_not_finite, end_diverged
from .measures import Watched, watch_end, watch_step
from .optimizers import Rule
from .rotation import Turn
from .simulation import (
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
)

WATCH_SIGNATURE = nothing(
    integer, integer, matrix, vector, matrix, matrix, integers, matrix, vector, matrix, vector, matrix, cube, cube, cube
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
    dimension, runs = batch.starts.shape
    x, before, gradients, gradients_before, step, ends = np.empty((6, dimension, runs))
    x[:], before[:] = batch.starts, batch.starts
    values, values_before, end_values = np.zeros((3, runs))
    minima, minimum_values = minima_of(batch)
    if turn is not None:
        minima = turn.forth(minima)
    alive, ended, reason = np.ones(runs, np.int64), np.full(runs, batch.steps), np.zeros(runs, np.int64)
    watched = Watched.over(len(minimum_values) if batch.watched else 0, dimension, runs, 0)
    recorded, target, noise = recorded_for(batch, dimension, runs, 0), np.array(batch.target), _noise(batch, turn)
    for k in range(batch.steps + 1):
        if k > 0:
            for proposal in proposals:
                proposal.propose(k, x, gradients)
            combine(step)
            before[:], values_before[:], gradients_before[:] = x, values, gradients
            with np.errstate(over="ignore", invalid="ignore"):
                x += step
        _evaluate(batch, turn, x, values, gradients)
        if _broken(k, x, values, gradients, proposals):
            memory = np.concatenate([proposal.memory.reshape(-1, runs) for proposal in proposals])
            end_diverged(k, x, before, gradients, values, values_before, memory, alive, ended, reason, ends, end_values)
            for proposal in proposals:
                proposal.memory.reshape(-1, runs)[:, alive == 0] = 0.0
        if batch.watched and k > 0:
            _watch()(
                k, 1, before, values_before, gradients_before, step, alive, minima, minimum_values, batch.starts, target,
                watched.previous, watched.sums, watched.flips, watched.trace,
            )  # fmt: skip
        if noise is not None:
            gradients += next(noise)
        _record(recorded, k, batch.recording.every, x, values, gradients, step)
        if not alive.any():
            break
    living = alive == 1
    ends[:, living], end_values[living] = x[:, living], values[living]
    if batch.watched:
        last = np.where(reason == DIVERGED, ended - 1, ended)
        watch_end(last, ends, end_values, minima, minimum_values, batch.starts, target, watched.sums)
    return Simulation(ends, end_values, gradients, step, ended, reason, np.empty((0, dimension, runs)), *recorded, watched)


def _evaluate(batch: Batch, turn: Turn | None, x: Array, values: Array, gradients: Array) -> None:
    """The objective, turned where it is."""
    if turn is None:
        batch.objective.call(x, batch.parameters, values, gradients)
        return
    straight = turn.back(x)
    batch.objective.call(straight, batch.parameters, values, gradients)
    gradients[:] = turn.forth(gradients)


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


def _broken(k: int, x: Array, values: Array, gradients: Array, proposals: tuple[Proposal, ...]) -> bool:
    """Whether anything has left the finite numbers."""
    slots = [proposal.memory for proposal in proposals] if k > 0 else []
    return any(any_not_finite(array.reshape(-1)) for array in (x, values, gradients, *slots))


def _record(recorded: tuple[Array, ...], k: int, every: int, *quantities: Array) -> None:
    """Keep what is recorded of step k."""
    if every and k % every == 0:
        for rows, quantity in zip(recorded, quantities, strict=False):
            if len(rows):
                rows[k // every] = quantity
