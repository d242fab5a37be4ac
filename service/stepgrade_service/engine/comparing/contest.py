"""Several optimizers on one problem from the same starts: what runs, each as one batch, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.rotation import Turn
from ..conventions.choice import Choice
from ..loop.advance import DIVERGED
from ..objectives.resolve import Problem
from ..objectives.turned import turned, turned_clock, turned_parameters
from ..reading.tensors import Layout
from ..running.batch import Batch, Simulation, in_order, join, simulate
from ..running.endings import Endings, endings_of
from ..running.giving_way import give_way
from ..running.grafting import simulate_grafted
from ..running.noises import GAUSSIAN, Noise
from ..running.stops import Target
from ..schedules import Schedule
from .standings import arrived
from .verdict import floored

Array = NDArray[np.float64]

#: Runs of so many numbers in all their steps are short, and so many divisions are looked at in one call then.
SHORT, AHEAD = 2000, 8


@dataclass(frozen=True)
class Contender:
    """An optimizer as it runs: its learning rates from each start, (dimension, starts), and whose step length it takes if not its own.

    `steps` and `schedule` are its own, where the optimizers do not have the contest's.
    """

    label: str
    choice: Choice
    rates: Array
    length_of: Contender | None = None
    steps: int | None = None
    schedule: Schedule | None = None

    @property
    def budget(self) -> dict[str, Any]:
        """What of a batch is its own."""
        own = {"steps": self.steps, "schedule": self.schedule}
        return {name: value for name, value in own.items() if value is not None}

    def with_rates(self, rates: Array) -> Contender:
        """The same at other learning rates."""
        return replace(self, rates=rates)

    def at(self, lr: float, length_lr: float) -> Contender:
        """The same with the rule of one learning rate, where rules depend on it; `length_lr` is the rate of whose length it takes."""
        choice = self.choice.with_lr(lr) if self.choice.bound_to_lr else self.choice
        return replace(self, choice=choice, length_of=self.length_of and self.length_of.at(length_lr, length_lr))


@dataclass(frozen=True)
class Contest:
    """Where the optimizers run, all alike: starts (dimension, starts), each of them once for each seed of the noise.

    Runs are in the order of the starts, those of one start in the order of the seeds. With `turn` the problem, its starts
    and the noise are turned; `starts` are as they were before. `std` is the size of the noise, whatever its kind.
    """

    problem: Problem
    layout: Layout
    starts: Array
    steps: int
    schedule: Schedule
    target: Target
    std: float = 0.0
    seeds: tuple[int, ...] = (0,)
    noise_kind: str = GAUSSIAN
    noise_shape: float = 0.0
    turn: Turn | None = None
    threads: int = 1

    @property
    def minima(self) -> Array:
        """(minima, dimension), turned with the problem; one row of nan where there is none."""
        return self.problem.minima if self.turn is None else self.turn.forth(self.problem.minima.T).T

    @property
    def is_noisy(self) -> bool:
        """Whether the gradients are not those of one function."""
        return self.std > 0 or self.problem.clock >= 0

    @property
    def lowest(self) -> float:
        """The least value at a known minimum; nan where there is none."""
        return float(self.problem.minimum_values.min())

    def run(self, contender: Contender, **more: Any) -> Simulation:
        """Run a contender from every start; `more` goes to the batch (`watched`, `recording`)."""
        return self.trial(contender, contender.rates, np.arange(self.starts.shape[1]), **more)

    def trial(self, contender: Contender, rates: Array, which: NDArray[np.intp], **more: Any) -> Simulation:
        """Run a contender at rates (dimension, trials), each from the start that `which` (trials,) names, for every seed.

        Where a rule's own numbers depend on its learning rate, each rate is a rule of its own, and runs by itself.
        """
        give_way()
        contenders = [contender] if contender.length_of is None else [contender, contender.length_of]
        if not any(each.choice.bound_to_lr for each in contenders):
            return self._trial(contender, rates, which, **more)
        used = np.array([rates[0], contenders[-1].rates[0, which] if contender.length_of is not None else rates[0]])
        pairs, groups = np.unique(used, axis=1, return_inverse=True)
        parts, order = list[Simulation](), list[NDArray[np.intp]]()
        for number, (lr, length_lr) in enumerate(pairs.T.tolist()):
            trials = np.flatnonzero(groups.reshape(-1) == number)
            parts.append(self._trial(contender.at(lr, length_lr), rates[:, trials], which[trials], **more))
            order.append(trials)
        runs = np.argsort(np.concatenate(order))[:, np.newaxis] * len(self.seeds) + np.arange(len(self.seeds))
        return in_order(join(parts), runs.reshape(-1))

    def _trial(self, contender: Contender, rates: Array, which: NDArray[np.intp], **more: Any) -> Simulation:
        """The same as one batch."""
        more = {**contender.budget, **more}
        batch = self._batch(contender.choice, rates, which, **more)
        if contender.length_of is not None:
            lengths = self._batch(contender.length_of.choice, contender.length_of.rates[:, which], which, **more)
            return simulate_grafted(lengths, batch.rule, batch.rates)
        return simulate(batch, self.threads)

    def noise(self, seeds: tuple[int, ...]) -> Noise | None:
        """The noise that runs of these seeds meet."""
        return Noise(self.std, seeds, self.turn, self.noise_kind, self.noise_shape) if self.std > 0 else None

    def _batch(self, choice: Choice, rates: Array, which: NDArray[np.intp], **more: Any) -> Batch:
        turn, objective, parameters = self.turn, self.problem.objective.kernel, self.problem.facts.kernel_parameters
        starts = self._turned(self.starts[:, which])
        settings: dict[str, Any] = {
            "steps": self.steps,
            "objective": objective if turn is None else turned(objective),
            "parameters": parameters if turn is None else turned_parameters(parameters, turn),
            "clock": turned_clock(self.problem.clock) if turn is not None else self.problem.clock,
            "noise": self.noise(self.seeds * len(which)),
            "schedule": self.schedule,
            "layout": self.layout,
            "minima": self.minima,
            "minimum_values": self.problem.minimum_values,
            "target": self.target.numbers,
        }
        repeated = len(self.seeds)
        if repeated > 1:
            rates, starts = np.repeat(rates, repeated, axis=1), np.repeat(starts, repeated, axis=1)
        return Batch(choice.rule, rates, np.ascontiguousarray(starts), **{**settings, **more})

    def _turned(self, starts: Array) -> Array:
        """Starts as they are where the problem is turned."""
        return starts if self.turn is None else self.turn.forth(starts)

    def taken(self, contender: Contender, rates: Array) -> NDArray[np.bool_]:
        """At which of these rates (dimension, trials) the contender can run: at those that one could have posted. (trials,)"""
        return np.asarray(contender.choice.takes(rates).all(axis=0))

    def mean_lengths(self, contender: Contender, rates: Array, which: NDArray[np.intp], steps: int) -> Array:
        """The mean length of the first steps at each of the rates, over the seeds. (trials,)

        It is inf where a run diverges, and at a rate that there cannot be; 0 from the first of the minima, where a run has arrived.
        """
        if steps == 0:
            return np.zeros(len(which))
        taken, means = self.taken(contender, rates), np.full(len(which), np.inf)
        if taken.any():
            ran = self.trial(contender, rates[:, taken], which[taken], steps=steps, adds_lengths=True)
            at_minimum = (self._turned(self.starts[:, which[taken]]) == self.minima[0][:, np.newaxis]).all(axis=0)
            lengths = np.where(np.repeat(at_minimum, len(self.seeds)), 0.0, ran.watched.lengths / steps)
            with np.errstate(over="ignore"):
                means[taken] = self.by_start(np.where(ran.reason == DIVERGED, np.inf, lengths)).mean(axis=1)
        return means

    def looks_ahead(self, contender: Contender, steps: int) -> int:
        """How many divisions of a bracket a search for a learning rate may look at in one call of `mean_lengths`: several where its runs
        take less time than the call."""
        is_short = steps * len(self.starts) <= SHORT and not self.is_noisy and not contender.choice.bound_to_lr
        return AHEAD if is_short else 1

    def outcomes(self, contender: Contender, rates: Array, which: NDArray[np.intp]) -> Array:
        """What rates are ranked by: the arrival that counts, and the floored tail; means over the seeds, (2, trials).

        With noise no arrival counts, since it measures the budget. What there is not is inf; both are where a run diverges or is
        growing, and where the contender does not take the rate.
        """
        taken, means = self.taken(contender, rates), np.full((2, len(which)), np.inf)
        if taken.any():
            ended = results_of(self, self.trial(contender, rates[:, taken], which[taken], looks=True))
            is_lost = (ended.diverged_at > 0) | ended.is_growing
            known = floored(ended.tail_gap, ended.start_gap) if self.problem.facts.minima else ended.tail_value
            known = known if (self.steps if contender.steps is None else contender.steps) else ended.value
            tails = np.where(is_lost | np.isnan(known), np.inf, known)
            steps = np.where(np.isnan(arrived(ended, self.target)), np.inf, arrived(ended, self.target))
            means[:, taken] = np.full(len(tails), np.inf) if self.std > 0 else steps.mean(axis=1), tails.mean(axis=1)
        return means

    def by_start(self, of_runs: NDArray[Any]) -> NDArray[Any]:
        """What there is of each run, (runs, ...), by start and seed: (starts, seeds, ...)."""
        return of_runs.reshape(-1, len(self.seeds), *of_runs.shape[1:])


def counted(steps: float | None) -> float | int | None:
    """A number of steps, or a mean of such: whole where it is, None where it is nan."""
    if steps is None or np.isnan(steps):
        return None
    return int(steps) if steps == int(steps) else float(steps)


def results_of(contest: Contest, simulation: Simulation) -> Endings:
    """How a contest's runs ended, (starts, seeds) each."""
    return endings_of(simulation, len(contest.seeds))
