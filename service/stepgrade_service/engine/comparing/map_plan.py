"""A map as asked for: a comparison over a grid of starts or learning rates, resolved part by part, and priced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.choice import Choice
from ..conventions.resolve import resolve as resolve_optimizer
from ..objectives.resolve import Problem
from ..optimizers.declaration import LARGEST
from ..reading.bounds import MOST_POINTS, few_keys
from ..reading.cost import A_RATE, Advice, Limits, Price, hold, price_echo
from ..reading.faults import MISSING, Collector, Fault, Refusal, refuse, unknown, whole
from ..reading.nulls import given, without_null
from ..reading.tensors import Params, expected
from ..running.stops import NO_MINIMUM
from .comparison_parts import ComparisonParts
from .contest import Contender, Contest
from .contest_price import ContestPrice
from .matching import GRAFT, MEAN_STEP, NONE, TUNED, Match, read_three

Array = NDArray[np.float64]

#: The axes there are, in the order in which they stand in an answer: the first runs along a row.
AXES = ("lr", "x", "y")
COORDINATES = {"x": 0, "y": 1}

#: The measures of each optimizer, and those of the two together.
OF_EACH = ("settling_step", "steps_to_target", "final_value", "minimum_reached")
OF_BOTH = ("direction_effect", "magnitude_effect")
MEASURES = (*OF_EACH, *OF_BOTH)
DEFAULT_MEASURES = ("settling_step",)

#: What is measured against a minimum.
NEEDS_MINIMUM = ("settling_step", "steps_to_target", "minimum_reached", *OF_BOTH)


ADVICE = Advice(
    work="use a coarser grid, fewer steps, or a match that tries fewer learning rates",
    at_work="grid",
    answer="use a coarser grid, or fewer measures",
    at_answer="grid",
)

#: The work of counting what came of one optimizer at a point of the grid, of the effects there, and of the record of a matched rate.
A_POINT, AN_EFFECT, RECORD = 12.0, 130.0, 1200.0

#: In bytes, what came of a run, and the record of a matched rate.
A_RESULT_BYTES, RECORD_BYTES = 80.0, 400.0


@dataclass(frozen=True)
class Axis:
    """One axis of the grid: `lr`, or the coordinate of the start that is called `x` or `y`."""

    name: str
    values: Array
    echo: tuple[float, float, int]

    @property
    def logarithmic(self) -> bool:
        """Whether the values are evenly spaced in their logarithm."""
        return self.name == "lr"


@dataclass(frozen=True)
class MapPlan:
    """A map as asked for, everything resolved and nothing done yet.

    The contest starts at every point of the grid, those of a row one after the other, and the contenders' rates are those there;
    `start` is where the axes leave coordinates free. `baseline` is the contender whose steps others are matched to.
    """

    contest: Contest
    contenders: tuple[Contender, ...]
    axes: tuple[Axis, ...]
    measures: tuple[str, ...]
    start: Params
    baseline: int
    match: Match
    echoes: Mapping[str, Any]

    @property
    def problem(self) -> Problem:
        return self.contest.problem

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(contender.label for contender in self.contenders)

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(contender.choice for contender in self.contenders)

    @property
    def steps(self) -> int:
        return self.contest.steps

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the arrays: rows by the second axis, columns by the first; a single axis gives a list."""
        return tuple(len(axis.values) for axis in reversed(self.axes))

    @property
    def points(self) -> int:
        """How many points the grid has."""
        return int(self.contest.starts.shape[1])

    @property
    def has_effects(self) -> bool:
        return any(measure in OF_BOTH for measure in self.measures)

    @property
    def finds_rates(self) -> bool:
        """Whether the learning rates as run differ from those that were asked for."""
        return self.match.mode not in (NONE, GRAFT)

    @property
    def advice(self) -> Advice:
        """How to ask for less."""
        return ADVICE

    @cached_property
    def price(self) -> Price:
        """What it costs to run it, and to answer with its numbers."""
        return Price(self.work, self.answer, self.memory)

    @property
    def contest_price(self) -> ContestPrice:
        return ContestPrice.of(self.contest, self.points, self.choices)

    @property
    def work(self) -> float:
        """The work of all runs, searches for learning rates included, and of what is counted."""
        of, choices = self.contest_price, self.choices
        found = [of.search(choice, self.match, number == self.baseline) for number, choice in enumerate(choices)]
        ran = [self._run_work(of, number) for number in range(len(choices))]
        told = A_POINT * len(choices) * self.points
        told += RECORD * self.points * len(choices) if self.match.mode != NONE else 0.0
        told += A_RATE * (self.contest.schedule.length or 0) + self.contest.problem.work_before()
        return sum(found) + sum(ran) + self._effects_work(of) + told

    def _run_work(self, of: ContestPrice, number: int) -> float:
        """That of one optimizer: grafted, it is not the baseline and takes the baseline's length."""
        choice = self.choices[number]
        if self.match.mode == GRAFT and number != self.baseline:
            return of.graft(choice, self.choices[self.baseline], watched=False, batches=self._most_batches)
        return of.run(choice, watched=False, batches=self._batches(choice))

    def _effects_work(self, of: ContestPrice) -> float:
        """That of the two grafts that effects need, and of comparing them."""
        if not self.has_effects:
            return 0.0
        plain, other = self.choices
        batches = self._most_batches
        grafted = of.graft(plain, other, watched=False, batches=batches) + of.graft(other, plain, watched=False, batches=batches)
        return grafted + AN_EFFECT * self.points

    @property
    def _most_batches(self) -> int:
        return max(map(self._batches, self.choices))

    def _batches(self, choice: Choice) -> int:
        """In how many batches an optimizer runs: one for each rate where its own numbers depend on it."""
        if not choice.bound_to_lr:
            return 1
        over_lr = [len(axis.values) for axis in self.axes if axis.name == "lr"]
        return self.points if self.finds_rates else max(over_lr, default=1)

    @property
    def memory(self) -> float:
        """What is held, in bytes: one optimizer's runs, what came of each of them, and the record of each matched rate."""
        of, records = self.contest_price, len(self.choices) * self.points
        matched = of.memory(watched=self.match.mode == MEAN_STEP) + of.search_memory(self.match) + RECORD_BYTES * records
        cells = len(self.choices) + (2 if self.has_effects else 0)
        return of.memory(watched=False) + (matched if self.match.mode != NONE else 0.0) + A_RESULT_BYTES * cells * self.points

    @property
    def row(self) -> int:
        """How many numbers there are at each point of the grid."""
        of_each = sum(measure in OF_EACH for measure in self.measures) + self.finds_rates
        of_both = sum(measure in OF_BOTH for measure in self.measures) + self.has_effects
        return of_each * len(self.contenders) + of_both

    @property
    def races(self) -> int:
        """In how many measures two are compared, with how they stand at each point."""
        return sum(measure in OF_EACH and measure != "minimum_reached" for measure in self.measures) if len(self.contenders) == 2 else 0

    @property
    def answer(self) -> float:
        """How many numbers the answer has."""
        return self.points * self.row + sum(self.shape) + self._echoed

    @property
    def _echoed(self) -> float:
        """What the echoes take up that may have more than a few numbers."""
        echoes = [self.contest.schedule.echo, *(choice.echo for choice in self.choices)]
        return self.problem.echoed + sum(map(price_echo, echoes)) + self.start.layout.names_length


def plan_map(request: Mapping[str, Any], limits: Limits | None = None, known: Iterable[Fault] = ()) -> MapPlan:
    """Resolve a request as the contract's section 5 says it; raises Refusal with every fault, TooCostly over a limit.

    `steps` is taken as it is. `known` are faults that were found before, to be told with those found here.
    """
    faults = Collector(known)
    parts = _MapParts(request, faults)
    faults.settle()
    plan = parts.map_plan()
    hold(limits or Limits(), plan.price, ADVICE)
    return plan


class _MapParts(ComparisonParts):
    """The parts of a request, those of a comparison and the grid."""

    one_seed, by_label = True, False

    def __init__(self, request: Mapping[str, Any], faults: Collector) -> None:
        self.axes: tuple[Axis, ...] = ()
        self.measures: tuple[str, ...] = DEFAULT_MEASURES
        with faults.at("measure"):
            self.measures = read_measures(request.get("measure", DEFAULT_MEASURES))
        self.over_lr = "lr" in given(request.get("grid"))
        self.needs_start = not given(request.get("grid")) >= set(COORDINATES)
        super().__init__(request, faults, least=1, most=2)
        if "grid" not in request:
            faults.add(MISSING, "grid")
        with faults.at("grid"):
            self.axes = read_axes(request["grid"], self.problem.variables if self.problem else ()) if "grid" in request else ()
        self._hold_to_objective()
        self._hold_to_measures()

    def _hold_to_objective(self) -> None:
        """A grid of starts needs a plane; one of learning rates leaves none to be found."""
        for axis in self.axes:
            if axis.name in COORDINATES and self.problem is not None and self.problem.dimension != 2:
                told = f"{self.problem.objective.name} has {self.problem.dimension} here"
                self.faults.add(f"expected an objective of two parameters for a grid of starts; {told}", "grid", axis.name)
        if self.over_lr and self.match.mode == TUNED:
            self.faults.add("expected no grid of learning rates: tuning chooses them", "match")
        if self.over_lr and self.schedule.sets_rates:
            self.faults.add(f"expected no {self.schedule.rates_in_words}: the grid sets the learning rates", "schedule")

    def _hold_to_measures(self) -> None:
        """What the measures need: two optimizers, a known minimum."""
        written = self.request.get("optimizers")
        if any(measure in OF_BOTH for measure in self.measures) and isinstance(written, list | tuple) and len(written) == 1:
            self.faults.add("expected two optimizers for an effect, the plain one first", "measure")
        elif any(measure in OF_BOTH for measure in self.measures) and self.match.mode == GRAFT:
            self.faults.add(
                f"expected a match other than {GRAFT} for an effect: an effect already grafts each optimizer on the other", "measure"
            )
        elif self.problem is not None and not self.problem.facts.minima and set(self.measures) & set(NEEDS_MINIMUM):
            self.faults.add(f"{NO_MINIMUM}; the measure final_value does not need one", "measure")

    def _resolved(self, written: Any) -> Choice:
        """An optimizer; over a grid of learning rates it needs none of its own."""
        try:
            return self._held(resolve_optimizer(written, self.layout))
        except Refusal as refusal:
            is_chosen = self.over_lr or self.match.mode == TUNED
            if not is_chosen or [fault.path for fault in refusal.faults] != [("lr",)] or "lr" in given(written):
                raise
        entry = {"name": written} if isinstance(written, str) else written
        return self._held(resolve_optimizer({**entry, "lr": 1.0}, self.layout))

    def _held(self, choice: Choice) -> Choice:
        if self.over_lr and isinstance(choice.settings["lr"], Mapping):
            raise refuse("expected one learning rate for all tensors: the grid sets the learning rate", "lr")
        return self._suited(choice)

    def map_plan(self) -> MapPlan:
        contest, start = self.contest(), next(iter(self.starts.values()))
        grid = np.meshgrid(*(axis.values for axis in self.axes))
        columns = {axis.name: column.reshape(-1) for axis, column in zip(self.axes, grid, strict=True)}
        points = len(next(iter(columns.values())))
        starts = np.repeat(start.flat[:, np.newaxis], points, axis=1)
        for name, coordinate in COORDINATES.items():
            if name in columns:
                starts[coordinate] = columns[name]
        contenders = [Contender(label, choice, self._rates(choice, columns, points)) for label, choice in self.contenders]
        return MapPlan(
            contest=replace(contest, starts=starts),
            contenders=tuple(contenders),
            axes=self.axes,
            measures=self.measures,
            start=start,
            baseline=self.baseline,
            match=self.match,
            echoes=self._echoes(start),
        )

    def _rates(self, choice: Choice, columns: Mapping[str, Array], points: int) -> Array:
        """The learning rates at every point of the grid, (dimension, points)."""
        assert self.layout is not None
        if "lr" in columns:
            return np.repeat(columns["lr"][np.newaxis], self.layout.dimension, axis=0)
        return np.repeat(choice.rates(self.layout)[:, np.newaxis], points, axis=1)

    def _echoes(self, start: Params) -> dict[str, Any]:
        """The request as resolved; posted back it gives the same bytes."""
        echoed = self.echoes()
        del echoed["starts"]
        if self.over_lr:  # the learning rates are the grid's
            echoed["optimizers"] = [{key: value for key, value in entry.items() if key != "lr"} for entry in echoed["optimizers"]]
        echoed |= {"grid": {axis.name: list(axis.echo) for axis in self.axes}, "measure": list(self.measures), "start": start.value}
        if self.noise is not None:
            [seed] = self.noise["seeds"]
            echoed["noise"] = {**{name: told for name, told in self.noise.items() if name != "seeds"}, "seed": seed}
        return echoed


def read_axes(value: Any, variables: Sequence[str] = ()) -> tuple[Axis, ...]:
    """Read `{"x": [-6, 6, 61], "y": [-3, 3, 31]}`: one or two axes, each from, to, how many; raises Refusal with every fault.

    `variables` are what the objective calls its parameters: in a grid they are x and y.
    """
    wanted = f"an object with one or two of {', '.join(AXES)}, each [from, to, how many]"
    if not isinstance(value, Mapping):
        raise refuse(expected(wanted, value))
    if many := few_keys(value):
        raise refuse(many)
    value = without_null(value, AXES)
    if not value:
        raise refuse(f"expected {wanted}")
    faults, axes = Collector(), dict[str, Axis]()
    for name, span in value.items():
        with faults.at(name):
            if name not in AXES:
                called = dict(zip(variables, COORDINATES, strict=False)).get(name)
                raise refuse(f"expected {called}: so a grid calls the objective's {name}" if called else unknown("axis", str(name), AXES))
            axes[name] = _axis(name, span)
    if len(set(value) & set(AXES)) > 2:
        faults.add(f"expected one or two axes, got {', '.join(name for name in AXES if name in value)}")
    faults.settle()
    return tuple(axes[name] for name in AXES if name in axes)


def read_measures(value: Any) -> tuple[str, ...]:
    """Read the name of a measure, or a list of some; raises Refusal with every fault."""
    names = [value] if isinstance(value, str) else value
    wanted = f"one or several of {', '.join(MEASURES)}"
    if not isinstance(names, list | tuple):
        raise refuse(expected(wanted, names))
    if not 1 <= len(names) <= len(MEASURES):
        raise refuse(f"expected {wanted}")
    faults = Collector()
    for number, name in enumerate(names):
        if not isinstance(name, str) or name not in MEASURES:
            told = unknown("measure", name, MEASURES) if isinstance(name, str) else expected(f"one of {', '.join(MEASURES)}", name)
            faults.add(told, *([] if isinstance(value, str) else [number]))
    faults.settle()
    if len(set(names)) < len(names):
        raise refuse("expected each measure only once")
    return tuple(names)


def _axis(name: str, span: Any) -> Axis:
    span = read_three(span, "[from, to, how many], three numbers")
    low, high, count = float(span[0]), float(span[1]), whole(span[2])
    faults = Collector()
    if count is None or not 1 <= count <= MOST_POINTS:
        faults.add(f"expected a whole number of points from 1 to {MOST_POINTS}", 2)
    for place, bound in enumerate((low, high)):
        if not isfinite(bound) or abs(bound) > LARGEST or (name == "lr" and bound <= 0):
            faults.add(
                f"expected a learning rate of more than 0 and at most {LARGEST:g}"
                if name == "lr"
                else f"expected a number from {-LARGEST:g} to {LARGEST:g}",
                place,
            )
    faults.settle()
    assert count is not None
    if count == 1 and low != high:
        raise refuse("expected the same number twice for a single point", 1)
    if count > 1 and not low < high:
        raise refuse("expected a range from a smaller number to a larger one", 1)
    values = np.geomspace(low, high, count) if name == "lr" else np.linspace(low, high, count)
    if (np.diff(values) <= 0).any():
        raise refuse("expected a wider range: float64 cannot divide this one into so many points")
    return Axis(name, values + 0.0, (low + 0.0, high + 0.0, count))
