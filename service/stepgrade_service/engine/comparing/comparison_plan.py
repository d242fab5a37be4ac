"""A comparison as asked for: a request resolved part by part, and priced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.resolve import CHAIN, Choice
from ..conventions.resolve import resolve as resolve_optimizer
from ..objectives.resolve import Problem
from ..objectives.resolve import resolve as resolve_objective
from ..reading.bounds import LONGEST_LABEL, MOST_OPTIMIZERS
from ..reading.cost import A_RATE, Advice, Limits, Price, hold, in_numbers, price_echo
from ..reading.faults import Collector, Fault, Refusal, nearest, refuse, unknown
from ..reading.nulls import given
from ..reading.tensors import Layout, Params, expected
from ..running.noises import MULTIPLICATIVE, noise_from, read_noise
from ..running.recorded import MEASURES, QUANTITIES, RecordedRow, held_in_row, measures_in, row_of
from ..running.starts import Starts
from ..running.step import unsuited
from ..running.stops import NO_MINIMUM, read_target
from ..running.trajectory_plan import BYTES, DEFAULT_STEPS, MEASURED, RECORDED
from ..schedules import Schedule
from ..schedules.resolve import CONSTANT
from ..schedules.resolve import resolve as resolve_schedule
from .budgets import Budgets, hold_length, is_by_label, read_schedules, read_steps
from .contest import Contender, Contest
from .contest_price import ContestPrice
from .matching import GRAFT, MEAN_STEP, NONE, TUNED, Match, read_match
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
    def contest_price(self) -> ContestPrice:
        return ContestPrice(self.contest, len(self.starts))

    @property
    def work(self) -> float:
        """The work of all runs, searches for learning rates included, and of what is told of them."""
        of, choices = self.contest_price, [contender.choice for contender in self.contenders]
        found = [of.search(choice, self.match, number == self.baseline) for number, choice in enumerate(choices)]
        ran = [self._run_work(of, number) for number in range(len(choices))]
        once = sum(found) + sum(ran) + self._decomposition_work(of) + self._telling_work
        turned = A_TURN * len(self.angles) * len(choices) * self.runs
        scheduled = A_RATE * sum(schedule.length or 0 for schedule in self.schedules)
        return once * (1 + len(self.angles)) + self._recording_work + turned + scheduled

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
        of, again = self.contest_price, len(self.contest.seeds) > 1 or self.kept.needs_last_step
        runs = sum(self._run_work(of, number) for number in range(len(self.contenders)))
        if self.pair is not None:
            plain, other = (self.contenders[number].choice for number in self.pair)
            runs += of.graft(plain, other, watched=True) + of.graft(other, plain, watched=True)
        a_row = RECORDED * self.row.numbers
        a_row += MEASURED[0] + MEASURED[1] * self.contest.layout.dimension if measures_in(self.kept.include) else 0.0
        return self.recorded_rows * a_row + (runs * len(self.starts) * (1 + len(self.angles)) if again else 0.0)

    @property
    def _telling_work(self) -> float:
        """That of what is told of every run."""
        means = A_MEAN * len(self.starts) if self.contest.std > 0 else 0.0
        return len(self.contenders) * (AN_OPTIMIZER + A_RUN * self.runs + means)

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


def plan_comparison(request: Mapping[str, Any], limits: Limits | None = None, known: Iterable[Fault] = ()) -> ComparisonPlan:
    """Resolve a request as the contract's section 4 says it; raises Refusal with every fault, TooCostly over a limit.

    `steps` and `rotate` are taken as they are. `known` are faults that were found before, to be told with those found here.
    """
    faults = Collector(known)
    parts = ComparisonParts(request, faults)
    faults.settle()
    plan = parts.plan()
    hold(limits or Limits(), plan.price, ADVICE)
    return plan


class ComparisonParts:
    """The parts of a request while they are read, in an order in which each finds what it depends on."""

    needs_start = True

    #: Whether the noise has one seed and no list of them; whether steps and schedule may be given by label.
    one_seed, by_label = False, True

    def __init__(self, request: Mapping[str, Any], faults: Collector, least: int = 1, most: int = MOST_OPTIMIZERS) -> None:
        self.request, self.faults = request, faults
        by_label = isinstance(request.get("steps"), Mapping)
        self.steps, self.budgets = DEFAULT_STEPS if by_label else int(request.get("steps", DEFAULT_STEPS)), Budgets()
        self.match, self.schedule, self.target = Match(), CONSTANT, read_target(None)
        self.problem: Problem | None = None
        self.layout: Layout | None = None
        self.starts = dict[str, Params]()
        self.contenders = list[tuple[str, Any]]()
        for name in ("objective", "optimizers"):
            if name not in request:
                faults.add("expected a value: this is needed", name)
        with faults.at("match"):
            self.match = read_match(request.get("match", NONE))
        self._read_problem()
        self._read_optimizers(least, most)
        self._read_labels()
        self._read_budgets()
        self._read_rest()

    def _read_problem(self) -> None:
        starts = Starts(self.request)
        dimension = starts.look(self.request, self.faults)
        if "objective" in self.request:
            with self.faults.at("objective"):
                self.problem = resolve_objective(self.request["objective"], dimension)
        if self.problem is not None:
            self.starts = starts.settle(self.problem, self.faults, self.needs_start)
        self.layout = next((params.layout for params in self.starts.values()), None)

    def _read_optimizers(self, least: int, most: int) -> None:
        written = self.request.get("optimizers")
        if written is None:
            return
        is_list = isinstance(written, list | tuple)
        wanted = f"a list of optimizers, from {least} to {most} of them"
        if not is_list:
            self.faults.add(expected(wanted, written), "optimizers")
        elif not least <= len(written) <= most:
            self.faults.add(f"expected {wanted}; got {len(written)}", "optimizers")
        if not is_list or len(written) > most:
            return
        taken = set[str]()
        for number, entry in enumerate(written):
            if self.faults.is_full:
                break
            with self.faults.at("optimizers", number):
                label, choice = self._read_optimizer(entry)
                if label in taken and isinstance(entry, Mapping) and entry.get("label") is not None:
                    raise refuse(f"expected a different label: another optimizer already has {label!r}", "label")
                unique, again = label, 2
                while unique in taken:
                    unique, again = f"{label} {again}", again + 1
                taken.add(unique)
                self.contenders.append((unique, choice))

    def _read_optimizer(self, entry: Any) -> tuple[str, Any]:
        """One optimizer and its label; tuned, it needs no learning rate of its own, and may not have one a tensor."""
        written = {key: value for key, value in entry.items() if key != "label"} if isinstance(entry, Mapping) else entry
        choice = self._resolved(written)
        if self.match.mode == TUNED and isinstance(choice.settings["lr"], Mapping):
            raise refuse("expected one learning rate for all tensors: tuning chooses the learning rate", "lr")
        if not isinstance(entry, Mapping) or entry.get("label") is None:
            name = entry if isinstance(entry, str) else entry.get("name", CHAIN)
            return name, choice
        label = entry["label"]
        if not isinstance(label, str):
            raise refuse(expected("a string", label), "label")
        if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
            raise refuse(f"expected text of 1 to {LONGEST_LABEL} printable characters", "label")
        return label, choice

    def _resolved(self, written: Any) -> Any:
        try:
            return self._suited(resolve_optimizer(written, self.layout))
        except Refusal as refusal:
            if misspelt := [fault for fault in refusal.faults if fault.path and nearest(str(fault.path[0]), ("label",))]:
                raise Refusal([Fault(fault.path, unknown("key", str(fault.path[0]), ("label",))) for fault in misspelt]) from None
            if self.match.mode == TUNED and [fault.path for fault in refusal.faults] == [("lr",)] and "lr" not in given(written):
                without = {"name": written} if isinstance(written, str) else written
                return self._suited(resolve_optimizer({**without, "lr": 1.0}, self.layout))
            raise

    def _suited(self, choice: Choice) -> Choice:
        """An optimizer that can run on these params; raises Refusal."""
        if reason := unsuited(choice, self.layout, has_objective=True):
            raise refuse(reason)
        return choice

    def _read_labels(self) -> None:
        """The baseline and the pair to decompose, as numbers of contenders."""
        labels = [label for label, _ in self.contenders]
        self.baseline, self.pair = 0, None
        written = self.request.get("optimizers")
        if not labels or not isinstance(written, list | tuple) or len(labels) < len(written):
            return  # of optimizers that could not be read the labels are not known
        with self.faults.at("baseline"):
            self.baseline = self._number(self.request.get("baseline", labels[0]), labels)
        pair = self.request.get("decompose")
        if pair is None:
            return
        with self.faults.at("decompose"):
            if not isinstance(pair, list | tuple):
                raise refuse(expected("a list of two labels, with the plain optimizer first", pair))
            if len(pair) != 2:
                raise refuse("expected two labels, with the plain optimizer first")
            found = Collector()
            numbers = list[int]()
            for place, label in enumerate(pair):
                with found.at(place):
                    numbers.append(self._number(label, labels))
            found.settle()
            plain, other = numbers
            if plain == other:
                raise refuse("expected two different labels")
            if self.problem is not None and not self.problem.facts.minima:
                raise refuse(NO_MINIMUM)
            if self.match.mode == GRAFT:
                raise refuse(f"expected a match other than {GRAFT}: decompose already grafts each optimizer on the other")
            self.pair = (plain, other)

    def _read_budgets(self) -> None:
        """Steps and schedule, those of all optimizers or one for each label; unequal ones are none for a graft or a mean step."""
        labels = [label for label, _ in self.contenders] if self.by_label else []
        steps, schedules = dict[str, int](), dict[str, Schedule]()
        with self.faults.at("steps"):
            if isinstance(self.request.get("steps"), Mapping):
                steps = read_steps(self.request["steps"], labels)
                self.steps = max(steps.values(), default=DEFAULT_STEPS)
        with self.faults.at("schedule"):
            written = self.request.get("schedule")
            if isinstance(written, Mapping) and is_by_label(written, labels):
                schedules = read_schedules(written, labels)
            else:
                self.schedule = resolve_schedule(written)
            if not schedules:
                self._hold_schedule(self.schedule, self.steps)
        for label, schedule in schedules.items():
            with self.faults.at("schedule", label):
                self._hold_schedule(schedule, steps.get(label, self.steps))
        different = len({repr(schedule.echo) for schedule in schedules.values()}) > 1
        if schedules and not different:
            self.schedule = next(iter(schedules.values()))
        self.budgets = Budgets(steps if len(set(steps.values())) > 1 else {}, schedules if different else {})
        self._hold_budgets()

    def _hold_schedule(self, schedule: Schedule, steps: int) -> None:
        """Raise Refusal where a schedule does not reach to the last step, or the match chooses the rates."""
        if schedule.sets_rates and self.match.mode not in (NONE, GRAFT):
            raise refuse(f"expected no {schedule.rates_in_words}: the match chooses the learning rates")
        hold_length(schedule, steps)

    def _hold_budgets(self) -> None:
        """Unequal budgets are none for what takes steps of two optimizers together."""
        if not self.budgets.differing:
            return
        told = f"expected the same {' and '.join(self.budgets.differing)} for all labels"
        if self.pair is not None:
            self.faults.add(
                f"{told}: a decomposition takes the length of one optimizer's step and the direction of the other's", "decompose"
            )
        if self.match.mode in (GRAFT, MEAN_STEP):
            self.faults.add(f"{told} with the match {self.match.mode}", "match")

    def _number(self, label: Any, labels: Sequence[str]) -> int:
        if not isinstance(label, str):
            raise refuse(expected(f"one of the labels: {', '.join(labels)}", label))
        if label not in labels:
            raise refuse(unknown("label", label, labels))
        return labels.index(label)

    def _read_rest(self) -> None:
        """Target, noise and angles."""
        with self.faults.at("target"):
            self.target = read_target(self.request.get("target"))
            if self.request.get("target") is not None and self.problem is not None and not self.problem.facts.minima:
                raise refuse(NO_MINIMUM)
        self.kept = Included(tuple(self.request.get("include", ())), int(self.request.get("record_every", 1)))
        if "record_every" in self.request and not self.kept.include:
            self.faults.add("expected include with record_every: without include no step is recorded", "record_every")
        self.noise = None
        with self.faults.at("noise"):
            self.noise = read_noise(self.request.get("noise"), several=True, one=self.one_seed)
        self.angles = tuple(self.request.get("rotate", ()))
        if self.angles and self.layout is not None and self.layout.dimension < 2:
            self.faults.add("expected an objective of two parameters or more: with only one there is no rotation", "rotate")
        if self.angles and self.noise is not None and self.noise.get("kind") == MULTIPLICATIVE:
            self.faults.add(
                "expected a noise that is added: a factor for each coordinate cannot be rotated with the problem", "noise", "kind"
            )

    def contest(self) -> Contest:
        """Where the optimizers run."""
        assert self.problem is not None
        assert self.layout is not None
        noise = noise_from(self.noise)
        contest = Contest(
            problem=self.problem,
            layout=self.layout,
            starts=np.array([params.flat for params in self.starts.values()]).T.copy(),
            steps=self.steps,
            schedule=self.schedule,
            target=self.target,
        )
        if noise is None or noise.std == 0:
            return contest
        return replace(contest, std=noise.std, seeds=tuple(noise.seeds), noise_kind=noise.kind, noise_shape=noise.shape)

    def plan(self) -> ComparisonPlan:
        assert self.problem is not None
        assert self.layout is not None
        contest, layout = self.contest(), self.layout
        count = contest.starts.shape[1]
        contenders = [
            Contender(
                label,
                choice,
                np.repeat(choice.rates(layout)[:, np.newaxis], count, axis=1),
                steps=self.budgets.steps.get(label),
                schedule=self.budgets.schedules.get(label),
            )
            for label, choice in self.contenders
        ]
        return ComparisonPlan(
            contest=contest,
            contenders=tuple(contenders),
            starts=self.starts,
            baseline=self.baseline,
            pair=self.pair,
            match=self.match,
            angles=self.angles,
            echoes=self.echoes(),
            budgets=self.budgets,
            kept=self.kept,
        )

    def echoes(self) -> dict[str, Any]:
        """The request as resolved; posted back it gives the same bytes."""
        assert self.problem is not None
        labels = [label for label, _ in self.contenders]
        echoed: dict[str, Any] = {
            "objective": self.problem.echo,
            "optimizers": [{"label": label, **choice.echo} for label, choice in self.contenders],
            "starts": {name: params.value for name, params in self.starts.items()},
            "steps": self.steps,
            "baseline": labels[self.baseline],
            "match": self.match.echo,
        }
        if self.problem.facts.minima:
            echoed["target"] = self.target.echo
        if self.schedule.on:
            echoed["schedule"] = self.schedule.echo
        if self.noise is not None:
            echoed["noise"] = self.noise
        return {**echoed, **self.budgets.echo}
