"""A comparison as asked for, resolved, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reading.cost import A_RATE, Advice, Price, in_numbers, price_echo
from ..reading.tensors import Params
from ..running.recorded import MEASURES, QUANTITIES, RecordedRow, held_in_row, measures_in, row_of
from ..running.trajectory_plan import BYTES, MEASURED, RECORDED
from ..schedules import Schedule
from .budgets import Budgets
from .contest import Contender, Contest
from .contest_price import ContestPrice
from .matching import GRAFT, NONE, TUNED, Match
from .recordings import Included

Array = NDArray[np.float64]

#: The work of telling of an optimizer, of each of its runs, and of the mean over the seeds from one start; more for a run that is turned.
AN_OPTIMIZER, A_RUN, A_MEAN, A_TURN = 1.3e4, 8e3, 5.5e4, 1.2e4

#: That of a 2 x 2 from one start, and of its intervals over the seeds.
A_DECOMPOSITION, AN_INTERVAL = 1.5e4, 2e6

#: What a run's summary takes up, in bytes, and what working out an interval does.
A_RUN_BYTES, INTERVAL_BYTES = 1500.0, 1e7

#: What a run can have of each recorded step. States stay out: a graft has two.
INCLUDABLE = (*QUANTITIES, "measures", *MEASURES)

#: How many numbers a run has in the answer, besides those that are laid out like the params.
NUMBERS_A_RUN = 40

ADVICE = Advice(
    work="use fewer steps, starts, seeds or angles, or a match that tries fewer learning rates",
    answer="use fewer optimizers, starts, seeds or angles, include less, or record fewer steps",
    at_answer="optimizers",
)

#: The same where most of the answer is recorded steps.
FEWER_RECORDED = replace(ADVICE, at_answer="record_every")


@dataclass(frozen=True)
class ComparisonPlan:
    """A comparison as asked for, everything resolved and nothing done yet."""

    contest: Contest
    contenders: tuple[Contender, ...]
    starts: Mapping[str, Params]
    baseline: int
    pair: tuple[int, int] | None
    match: Match
    angles: tuple[float, ...]
    echoes: Mapping[str, Any]
    budgets: Budgets = field(default_factory=Budgets)
    kept: Included = field(default_factory=Included)

    @property
    def steps(self) -> int:
        return self.contest.steps

    def steps_of(self, contender: Contender) -> int:
        """How many steps a contender takes."""
        return self.steps if contender.steps is None else contender.steps

    def schedule_of(self, contender: Contender) -> Schedule:
        """The schedule that a contender has."""
        return self.contest.schedule if contender.schedule is None else contender.schedule

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Every schedule that was posted."""
        return (self.contest.schedule, *self.budgets.schedules.values())

    @property
    def runs(self) -> int:
        """How many runs there are of each optimizer."""
        return len(self.starts) * len(self.contest.seeds)

    @cached_property
    def price(self) -> Price:
        """What it costs to run it, and to answer with its numbers."""
        return Price(self.work, self.answer, self.memory)

    @property
    def advice(self) -> Advice:
        """How to ask for less."""
        return FEWER_RECORDED if self.recorded > self.answer / 2 else ADVICE

    @property
    def contest_price(self) -> ContestPrice:
        return ContestPrice.of(self.contest, len(self.starts), [contender.choice for contender in self.contenders])

    @property
    def work(self) -> float:
        """The work of all runs, searches for learning rates included, and of what is told of them."""
        of, choices = self.contest_price, [contender.choice for contender in self.contenders]
        found = [of.search(choice, self.match, number == self.baseline) for number, choice in enumerate(choices)]
        ran = [self._run_work(of, number) for number in range(len(choices))]
        once = sum(found) + sum(ran) + self._decomposition_work(of) + self._telling_work
        turned = A_TURN * len(self.angles) * len(choices) * self.runs
        scheduled = A_RATE * sum(schedule.length or 0 for schedule in self.schedules)
        before = self.contest.problem.work_before(len(self.starts))
        return before + once * (1 + len(self.angles)) + self._recording_work + turned + scheduled

    @cached_property
    def row(self) -> RecordedRow:
        """What is recorded of a step."""
        return row_of(self.kept.include, self.contest.layout.dimension)

    @cached_property
    def recorded_runs(self) -> int:
        """How many runs are recorded, and stand in the answer with their steps: one from each start, and those of the four cells."""
        if not self.kept.include:
            return 0
        return (len(self.contenders) + (4 if self.pair is not None else 0)) * len(self.starts) * (1 + len(self.angles))

    @cached_property
    def recorded_rows(self) -> int:
        """How many steps are recorded of all runs together, at most."""
        return self.recorded_runs * (self.steps // self.kept.every + 2)

    @property
    def _recording_work(self) -> float:
        """That of recording, and of running again: the first seed alone, and a run that diverged, to its last step."""
        if not self.kept.include:
            return 0.0
        a_row = RECORDED * self.row.numbers
        a_row += MEASURED[0] + MEASURED[1] * self.contest.layout.dimension if measures_in(self.kept.include) else 0.0
        again = len(self.contest.seeds) > 1 or self.kept.needs_last_step
        return self.recorded_rows * a_row + (self._work_again() if again else 0.0)

    def _work_again(self) -> float:
        """That of running everything once more."""
        of = self.contest_price
        runs = sum(self._run_work(of, number) for number in range(len(self.contenders)))
        if self.pair is not None:
            plain, other = (self.contenders[number].choice for number in self.pair)
            runs += of.graft(plain, other, watched=True) + of.graft(other, plain, watched=True)
        return runs * len(self.starts) * (1 + len(self.angles))

    @property
    def _telling_work(self) -> float:
        """That of what is told of every run."""
        means = A_MEAN * len(self.starts) if self.contest.std > 0 else 0.0
        grafted = A_DECOMPOSITION * len(self.starts) if self.match.mode == GRAFT else 0.0
        return len(self.contenders) * (AN_OPTIMIZER + A_RUN * self.runs + means + grafted)

    def _run_work(self, of: ContestPrice, number: int) -> float:
        """That of one optimizer: grafted, it is not the baseline and takes the baseline's length."""
        choice = self.contenders[number].choice
        batches = len(self.starts) if choice.bound_to_lr and self.match.mode not in (NONE, GRAFT) else 1
        if self.match.mode == GRAFT and number != self.baseline:
            return of.graft(choice, self.contenders[self.baseline].choice, watched=True, batches=batches)
        return of.run(choice, watched=True, batches=batches)

    def _decomposition_work(self, of: ContestPrice) -> float:
        """That of the two grafts of a 2 x 2, and of what is said of it."""
        if self.pair is None:
            return 0.0
        plain, other = (self.contenders[number].choice for number in self.pair)
        told = (A_DECOMPOSITION + (AN_INTERVAL if self.contest.std > 0 else 0.0)) * len(self.starts)
        return of.graft(plain, other, watched=True) + of.graft(other, plain, watched=True) + of.cures(plain, other) + told

    @property
    def memory(self) -> float:
        """What is held at a time, in bytes: one optimizer's runs, the largest batch of trials, and what is known of all of them."""
        of, intervals = self.contest_price, INTERVAL_BYTES if self.pair is not None and self.contest.std > 0 else 0.0
        return of.memory(watched=True) + of.search_memory(self.match) + A_RUN_BYTES * self._told + intervals + self._recording_memory

    @property
    def _recording_memory(self) -> float:
        """What is held of the recorded steps."""
        contest = self.contest
        return BYTES * self.recorded_rows * held_in_row(self.kept.include, self.row, contest.layout.dimension, len(contest.minima))

    @property
    def _told(self) -> int:
        """How many runs something is told of, turned ones included."""
        return len(self.contenders) * self.runs * (1 + len(self.angles))

    @property
    def answer(self) -> float:
        """How many numbers the answer has, at most."""
        layout = self.contest.layout
        a_run = NUMBERS_A_RUN + 6 * (layout.dimension + layout.names_length) + 4 * len(self.contest.seeds)
        a_run += max(contender.choice.echoed for contender in self.contenders)
        tried = 2 * self.match.grid.count if self.match.mode == TUNED else 8
        return len(self.contenders) * len(self.starts) * (a_run + tried) * (1 + len(self.angles)) + self.echoed + self.recorded

    @property
    def recorded(self) -> float:
        """What the recorded steps take up, their names counted in numbers."""
        layout = self.contest.layout
        names = self.recorded_rows * self.row.named * layout.names_length
        return self.recorded_rows * self.row.numbers + max(names, self.row.named * layout.headings_length)

    @property
    def echoed(self) -> float:
        """What the echoes take up: starts, seeds, a schedule's list."""
        layout = self.contest.layout
        starts = sum(in_numbers(name) + layout.dimension + layout.names_length for name in self.starts)
        return starts + self.contest.problem.echoed + sum(price_echo(each.echo) for each in self.schedules) + len(self.contest.seeds)

    def lr_of(self, contender: Contender, start: int) -> Any:
        """The learning rate of a contender from one start as one writes it: a number, or one a tensor."""
        posted, layout = contender.choice.settings["lr"], self.contest.layout
        if not isinstance(posted, Mapping):
            return float(contender.rates[0, start])
        assert layout.names is not None
        return {name: float(contender.rates[first, start]) for name, first in zip(layout.names, layout.bounds, strict=False)}
