"""A comparison as asked for: a request resolved part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from ..conventions.choice import Choice
from ..conventions.resolve import resolve_scheduled as resolve_optimizer
from ..objectives.resolve import Problem
from ..objectives.resolve import resolve as resolve_objective
from ..reading.bounds import LONGEST_LABEL, MOST_OPTIMIZERS
from ..reading.cost import Limits, hold
from ..reading.faults import MISSING, Collector, Fault, Refusal, nearest, refuse, unknown
from ..reading.nulls import given
from ..reading.tensors import Layout, Params, expected
from ..running.noises import MULTIPLICATIVE, noise_from, read_noise
from ..running.starts import Starts
from ..running.step import unsuited
from ..running.stops import NO_MINIMUM, read_target
from ..running.trajectory_plan import DEFAULT_STEPS
from ..schedules import Schedule
from ..schedules.resolve import CONSTANT
from ..schedules.resolve import resolve as resolve_schedule
from .budgets import Budgets, hold_length, is_by_label, read_schedules, read_steps
from .comparison_plan import ComparisonPlan
from .contest import Contender, Contest
from .matching import GRAFT, MEAN_STEP, NONE, TUNED, Match, read_match
from .recordings import Included


def plan_comparison(request: Mapping[str, Any], limits: Limits | None = None, known: Iterable[Fault] = ()) -> ComparisonPlan:
    """Resolve a request as the contract's section 4 says it; raises Refusal with every fault, TooCostly over a limit.

    `steps` and `rotate` are taken as they are. `known` are faults that were found before, to be told with those found here.
    """
    faults = Collector(known)
    parts = ComparisonParts(request, faults)
    faults.settle()
    plan = parts.plan()
    hold(limits or Limits(), plan.price, plan.advice)
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
        #: Those of all optimizers, whatever else is wrong with them; of what stands by label nothing is said where one is not known.
        self.labels, self.knows_labels = list[str](), True
        for name in ("objective", "optimizers"):
            if name not in request:
                faults.add(MISSING, name)
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
        for number, entry in enumerate(written):
            if self.faults.is_full:
                self.knows_labels = False
                break
            self._read_contender(number, entry)

    def _read_contender(self, number: int, entry: Any) -> None:
        """One optimizer and its label, of which each may be wrong."""
        choice, label = None, None
        with self.faults.at("optimizers", number):
            choice = self._read_optimizer(entry)
        with self.faults.at("optimizers", number):
            label = _label_of(entry, choice, self.labels)
        if label is None:
            self.knows_labels = False
            return
        self.labels.append(label)
        if choice is not None:
            self.contenders.append((label, choice))

    def _read_optimizer(self, entry: Any) -> Any:
        """One optimizer; tuned, it needs no learning rate of its own, and may not have one a tensor."""
        written = {key: value for key, value in entry.items() if key != "label"} if isinstance(entry, Mapping) else entry
        choice = self._resolved(written)
        if self.match.mode == TUNED and isinstance(choice.settings["lr"], Mapping):
            raise refuse("expected one learning rate for all tensors: tuning chooses the learning rate", "lr")
        return choice

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
        self.baseline, self.pair = 0, None
        labels = self.labels if self.knows_labels else []
        with self.faults.at("baseline"):
            if labels and "baseline" in self.request:
                self.baseline = _number(self.request["baseline"], labels)
        pair = self.request.get("decompose")
        if pair is None:
            return
        with self.faults.at("decompose"):
            self.pair = _pair(pair, labels)
            if self.problem is not None and not self.problem.facts.minima:
                raise refuse(NO_MINIMUM)
            if self.match.mode == GRAFT:
                raise refuse(f"expected a match other than {GRAFT}: decompose already grafts each optimizer on the other")

    def _read_budgets(self) -> None:
        """Steps and schedule, those of all optimizers or one for each label; unequal ones are none for a graft or a mean step."""
        labels = self.labels if self.by_label and self.knows_labels else []
        steps, schedules = dict[str, int](), dict[str, Schedule]()
        with self.faults.at("steps"):
            if isinstance(self.request.get("steps"), Mapping) and labels:
                steps = read_steps(self.request["steps"], labels)
                self.steps = max(steps.values(), default=DEFAULT_STEPS)
        with self.faults.at("schedule"):
            written = self.request.get("schedule")
            nested = {label: choice.schedule for label, choice in self.contenders if choice.schedule is not None}
            if nested and written is not None:
                raise refuse(f"expected no schedule here: the learning rate of {', '.join(nested)} is a schedule already")
            if nested:
                schedules = {label: nested.get(label, CONSTANT) for label, _ in self.contenders}
            elif isinstance(written, Mapping) and is_by_label(written, labels):
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
        starts = contest.starts.shape[1]
        contenders = [
            Contender(
                label,
                choice,
                np.repeat(choice.rates(layout)[:, np.newaxis], starts, axis=1),
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


def _label_of(entry: Any, choice: Choice | None, taken: Sequence[str]) -> str | None:
    """The label of an optimizer: its own, or its name with a number; None where neither can be told. Raises Refusal."""
    if not isinstance(entry, Mapping) or entry.get("label") is None:
        named = entry.get("name", choice and choice.optimizer.name) if isinstance(entry, Mapping) else entry
        is_misspelt = choice is None and isinstance(entry, Mapping) and any(nearest(str(key), ("label",)) for key in entry)
        return next(each for each in _numbered(named) if each not in taken) if isinstance(named, str) and not is_misspelt else None
    label = entry["label"]
    if not isinstance(label, str):
        raise refuse(expected("a string", label), "label")
    if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
        raise refuse(f"expected text of 1 to {LONGEST_LABEL} printable characters", "label")
    if label in taken:
        raise refuse(f"expected a different label: another optimizer already has {label!r}", "label")
    return label


def _numbered(label: str) -> Iterator[str]:
    """A name, and what it is called where others have it already."""
    yield label
    yield from (f"{label} {again}" for again in count(2))


def _pair(pair: Any, labels: Sequence[str]) -> tuple[int, int] | None:
    """The numbers of the optimizers of a 2 x 2, the plain one first; None where their labels are not known. Raises Refusal."""
    if not isinstance(pair, list | tuple):
        raise refuse(expected("a list of two labels, with the plain optimizer first", pair))
    if len(pair) != 2:
        raise refuse("expected two labels, with the plain optimizer first")
    if not labels:
        return None
    found, numbers = Collector(), list[int]()
    for place, label in enumerate(pair):
        with found.at(place):
            numbers.append(_number(label, labels))
    found.settle()
    plain, other = numbers
    if plain == other:
        raise refuse("expected two different labels")
    return plain, other


def _number(label: Any, labels: Sequence[str]) -> int:
    """Which of the labels one is; raises Refusal."""
    if not isinstance(label, str):
        raise refuse(expected(f"one of the labels: {', '.join(labels)}", label))
    if label not in labels:
        raise refuse(unknown("label", label, labels))
    return labels.index(label)
