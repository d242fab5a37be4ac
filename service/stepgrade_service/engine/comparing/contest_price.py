"""What the runs of a contest cost: at given learning rates, while learning rates are searched, and as grafts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ..conventions.choice import Choice
from ..optimizers.memory import numbers_of
from ..reading.cost import STEP, STEPWISE, StepPrice, awaiting_price, noise_price, watching_price
from ..running.batch import NOISE_AT_A_TIME
from ..running.trajectory_plan import BYTES
from .contest import Contest
from .crossings import FIRST_FACTORS, PARTS, ROUNDS
from .matching import EXTENSION, FIRST_STEP, MEAN_STEP, TUNED, Match

#: The work of calling the loop, besides its steps.
CALL = 1.2e4

#: A search for a step length tries so many learning rates in so many calls: factors far apart first, then a bracket in rounds.
TRIED, CALLS = FIRST_FACTORS + ROUNDS * (PARTS + 1), ROUNDS + 1

#: A tuning extends its grid so often, as a rule.
EXTENDED = 2

#: So many numbers are held for each number of each run while a batch is worked on, and for each run.
HELD, HELD_A_RUN = 10.0, 40.0

#: Among the former are the numbers of so many slots.
SLOTS = 4.0

#: What is noted of a run for each minimum, where it is watched.
WATCHED = 50.0


@dataclass(frozen=True)
class ContestPrice:
    """What the runs of a contest cost from so many starts; `slots` is how many numbers the one that remembers most remembers of a run."""

    contest: Contest
    starts: int
    slots: int = 0

    @classmethod
    def of(cls, contest: Contest, starts: int, choices: Iterable[Choice]) -> ContestPrice:
        """That of a contest between some optimizers."""
        return cls(contest, starts, max(numbers_of(choice.rule, contest.layout) for choice in choices))

    @cached_property
    def runs(self) -> int:
        """How many runs of an optimizer there are: one for each start and seed."""
        return self.starts * len(self.contest.seeds)

    def step(self, choice: Choice, watched: bool) -> StepPrice:
        """The work of one step of a batch."""
        problem, dimension = self.contest.problem, self.contest.layout.dimension
        minima, objective = len(problem.minima), problem.price
        measured = watching_price(dimension, minima) if watched else awaiting_price(dimension, minima)
        noise = noise_price(dimension, len(self.contest.seeds)) if self.contest.std > 0 else StepPrice()
        return STEP + choice.update_price(self.contest.layout, objective) + objective + measured + noise

    def run(self, choice: Choice, watched: bool, batches: int = 1) -> float:
        """The work of running an optimizer from every start; `batches` is how many learning rates are run by themselves."""
        one = self.step(choice, watched)
        return self.contest.steps * (one.shared * batches + one.each * self.runs) + CALL * batches

    def graft(self, direction: Choice, length: Choice, watched: bool, batches: int = 1) -> float:
        """The work of running one optimizer with another's step length from every start."""
        one = self.step(direction, watched) + length.update_price(self.contest.layout, self.contest.problem.price) + STEPWISE
        return self.contest.steps * (one.shared * batches + one.each * self.runs) + CALL * batches

    def cures(self, *choices: Choice) -> float:
        """The work of running optimizers in limit cycles from each start again, at a smaller rate and with a decaying one."""
        if self.contest.std > 0:
            return 0.0
        steps = [self.step(choice, watched=False) for choice in choices]
        return 2.0 * self.starts * sum(self.contest.steps * one.of(1) + CALL for one in steps)

    def search(self, choice: Choice, match: Match, is_baseline: bool) -> float:
        """The work of finding the learning rates of an optimizer from every start."""
        if match.mode == TUNED:
            return self._tuning(choice, match)
        if match.mode not in (FIRST_STEP, MEAN_STEP):
            return 0.0
        steps = 1 if match.mode == FIRST_STEP else self.contest.steps
        one, apart = self.step(choice, watched=True), self.starts if choice.bound_to_lr else 1
        found_at_once = 2.0 * (steps * (one.shared * apart + one.each * self.runs) + CALL * apart)
        in_proportion = steps == 1 and not choice.bound_to_lr and not choice.rule.kernel.asks
        if is_baseline or in_proportion:
            return found_at_once
        calls = TRIED if choice.bound_to_lr else CALLS
        searched = steps * (one.shared * calls * self.starts + one.each * TRIED * self.runs) + CALL * calls * self.starts
        return found_at_once + searched

    def _tuning(self, choice: Choice, match: Match) -> float:
        """That of trying every learning rate of a grid from every start, and those by which it is extended."""
        one, tried = self.step(choice, watched=False), match.grid.count + EXTENDED * EXTENSION
        calls = tried * self.starts if choice.bound_to_lr else 1 + EXTENDED * self.starts
        return self.contest.steps * (one.shared * calls + one.each * tried * self.runs) + CALL * calls

    def search_memory(self, match: Match) -> float:
        """What the largest batch of trials holds, in bytes: a grid is tried from every start at once, factors from one after the other."""
        if match.mode == TUNED:
            return self.memory(watched=False, trials=match.grid.count)
        return replace(self, starts=1).memory(watched=True, trials=FIRST_FACTORS) if match.mode == MEAN_STEP else 0.0

    def memory(self, watched: bool, trials: int = 1) -> float:
        """What a batch holds, in bytes; `trials` is how many learning rates are tried from each start at the same time."""
        contest, dimension, runs = self.contest, self.contest.layout.dimension, self.runs * trials
        held = runs * (HELD * dimension + max(self.slots - SLOTS * dimension, 0.0) + HELD_A_RUN)
        held += runs * WATCHED * len(contest.problem.minima) if watched else 0.0
        held += 3.0 * min(NOISE_AT_A_TIME, contest.steps * dimension * runs) if contest.std > 0 else 0.0
        return BYTES * held
