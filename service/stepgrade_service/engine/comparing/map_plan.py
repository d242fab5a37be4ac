"""A map as asked for: a comparison over a grid of starts or learning rates, resolved part by part, and priced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.resolve import Choice
from ..conventions.resolve import resolve as resolve_optimizer
from ..objectives.resolve import Problem
from ..optimizers.declaration import LARGEST
from ..reading.bounds import MOST_POINTS, few_keys
from ..reading.cost import CALL, STEP_OVERHEAD, STEPWISE, Advice, Limits, hold, price_batch, price_echo
from ..reading.faults import Collector, Fault, Refusal, refuse, unknown, whole
from ..reading.tensors import Params
from ..running.stops import NO_MINIMUM
from .comparison_plan import ComparisonParts
from .contest import Contender, Contest
from .matching import EXTENSIONS, FIRST_STEP, GRAFT, MEAN_STEP, NONE, ROUNDS, TUNED, Match

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
    work="take a coarser grid, fewer steps, or match in a way that searches less",
    at_work="grid",
    answer="take a coarser grid, or fewer measures",
    at_answer="grid",
)

#: How often the loop is called in a search for one learning rate: as often as a bracket is narrowed, or a grid extended.
CALLS_A_SEARCH = {FIRST_STEP: ROUNDS + 2, MEAN_STEP: ROUNDS + 2, TUNED: EXTENSIONS}

#: What the record of a rate that was matched costs, in the units of the work.
RECORD = 1500.0


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
    def work(self) -> float:
        """What it costs, in numbers worked on, the longest search for learning rates included."""
        runs = [self._run_work(contender.choice) for contender in self.contenders]
        searches = [self._search_work(contender.choice, run) for contender, run in zip(self.contenders, runs, strict=True)]
        grafted = sum(runs) + STEPWISE * self.steps * max(self._batches(contender.choice) for contender in self.contenders)
        recorded = RECORD * self.points if self.match.mode == GRAFT else 0.0
        return sum(runs) + sum(searches) + grafted * self._grafts + recorded

    def _run_work(self, choice: Choice) -> float:
        """That of one optimizer from every point."""
        problem, batches = self.problem, self._batches(choice)
        effort, dimension = problem.objective.work(problem.dimension), problem.dimension
        together = price_batch(self.steps, choice.effort(dimension, effort), dimension, effort, len(problem.minima), self.points)
        return together + (batches - 1) * (CALL + STEP_OVERHEAD * self.steps)

    def _batches(self, choice: Choice) -> int:
        """In how many batches an optimizer runs: one for each rate where its own numbers hang on it."""
        if not choice.bound_to_lr:
            return 1
        over_lr = [len(axis.values) for axis in self.axes if axis.name == "lr"]
        return self.points if self.finds_rates else max(over_lr, default=1)

    def _search_work(self, choice: Choice, run: float) -> float:
        """That of finding the rates of one optimizer, `run` being that of a run at given ones."""
        if not self.finds_rates:
            return 0.0
        if self.match.mode == FIRST_STEP and not choice.bound_to_lr and not choice.optimizer.asks_objective:
            return run + RECORD * self.points  # a first step is in proportion to its rate: there is nothing to be searched
        calls = self.match.trials(1) if choice.bound_to_lr else CALLS_A_SEARCH[self.match.mode]
        return run * (1.0 + self.match.trials(self.steps) / max(self.steps, 1)) + (CALL * calls + RECORD) * self.points

    @property
    def _grafts(self) -> int:
        """How many batches of grafted runs there are."""
        return (2 if self.has_effects else 0) + (len(self.contenders) - 1 if self.match.mode == GRAFT else 0)

    @property
    def answer(self) -> float:
        """How many numbers the answer has."""
        of_each = sum(measure in OF_EACH for measure in self.measures) + self.finds_rates
        of_both = sum(measure in OF_BOTH for measure in self.measures) + self.has_effects
        return self.points * (of_each * len(self.contenders) + of_both) + sum(self.shape) + self._echoed

    @property
    def _echoed(self) -> float:
        """What the echoes take up that may have more than a few numbers."""
        echoes = [self.problem.echo, self.contest.schedule.echo, *(choice.echo for choice in self.choices)]
        return sum(map(price_echo, echoes)) + self.start.layout.names_length


def plan_map(request: Mapping[str, Any], limits: Limits | None = None, known: Iterable[Fault] = ()) -> MapPlan:
    """Resolve a request as the contract's section 5 says it; raises Refusal with every fault, TooCostly over a limit.

    `steps` and `noise` (`{"std": ..., "seed": ...}`, a single seed) are taken as they are. `known` are faults
    that were found before, to be told with those found here.
    """
    faults = Collector(known)
    parts = _MapParts(request, faults)
    faults.settle()
    plan = parts.map_plan()
    hold(limits or Limits(), plan.work, plan.answer, ADVICE)
    return plan


class _MapParts(ComparisonParts):
    """The parts of a request, those of a comparison and the grid."""

    def __init__(self, request: Mapping[str, Any], faults: Collector) -> None:
        self.axes: tuple[Axis, ...] = ()
        self.measures: tuple[str, ...] = DEFAULT_MEASURES
        with faults.at("measure"):
            self.measures = read_measures(request.get("measure", DEFAULT_MEASURES))
        self.over_lr = isinstance(request.get("grid"), Mapping) and "lr" in request["grid"]
        super().__init__(request, faults, least=1, most=2)
        if "grid" not in request:
            faults.add("expected a value: this is needed", "grid")
        with faults.at("grid"):
            self.axes = read_axes(request["grid"]) if "grid" in request else ()
        self._hold_to_objective()
        self._hold_to_measures()

    def _hold_to_objective(self) -> None:
        """A grid of starts needs a plane; one of learning rates leaves none to be found."""
        for axis in self.axes:
            if axis.name in COORDINATES and self.problem is not None and self.problem.dimension != 2:
                told = f"{self.problem.objective.name} has {self.problem.dimension} here"
                self.faults.add(f"expected an objective of two parameters for a grid of starts; {told}", "grid", axis.name)
        if self.over_lr and self.match.mode == TUNED:
            self.faults.add("expected no grid of learning rates: tuning finds them", "match")
        if self.over_lr and self.schedule.length is not None:
            self.faults.add("expected no list of learning rates: they take the place of those of the grid", "schedule")

    def _hold_to_measures(self) -> None:
        """What the measures need: two optimizers, a known minimum."""
        written = self.request.get("optimizers")
        if any(measure in OF_BOTH for measure in self.measures) and isinstance(written, list | tuple) and len(written) == 1:
            self.faults.add("expected two optimizers for an effect, the plain one first", "measure")
        elif any(measure in OF_BOTH for measure in self.measures) and self.match.mode == GRAFT:
            self.faults.add(f"expected another match than {GRAFT} for an effect, which grafts each on the other by itself", "measure")
        elif self.problem is not None and not self.problem.facts.minima and set(self.measures) & set(NEEDS_MINIMUM):
            self.faults.add(f"{NO_MINIMUM}; final_value needs none", "measure")

    def _resolved(self, written: Any) -> Choice:
        """An optimizer; over a grid of learning rates it needs none of its own."""
        try:
            return self._held(resolve_optimizer(written, self.layout))
        except Refusal as refusal:
            if not (self.over_lr or self.match.mode == TUNED) or [fault.path for fault in refusal.faults] != [("lr",)] or "lr" in written:
                raise
        entry = {"name": written} if isinstance(written, str) else written
        return self._held(resolve_optimizer({**entry, "lr": 1.0}, self.layout))

    def _held(self, choice: Choice) -> Choice:
        if self.over_lr and isinstance(choice.settings["lr"], Mapping):
            raise refuse("expected one learning rate for all tensors: the grid's takes its place", "lr")
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
            echoed["noise"] = {"std": self.noise["std"], "seed": seed}
        return echoed


def read_axes(value: Any) -> tuple[Axis, ...]:
    """Read `{"x": [-6, 6, 61], "y": [-3, 3, 31]}`: one or two axes, each from, to, how many; raises Refusal with every fault."""
    if not isinstance(value, Mapping) or not value:
        raise refuse(f"expected an object with one or two of {', '.join(AXES)}, each [from, to, how many]")
    if many := few_keys(value):
        raise refuse(many)
    faults, axes = Collector(), dict[str, Axis]()
    for name, span in value.items():
        with faults.at(name):
            if name not in AXES:
                raise refuse(unknown("axis", str(name), AXES))
            axes[name] = _axis(name, span)
    if len(set(value) & set(AXES)) > 2:
        faults.add(f"expected one or two axes, got {', '.join(name for name in AXES if name in value)}")
    faults.settle()
    return tuple(axes[name] for name in AXES if name in axes)


def read_measures(value: Any) -> tuple[str, ...]:
    """Read the name of a measure, or a list of some; raises Refusal with every fault."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not 1 <= len(names) <= len(MEASURES):
        raise refuse(f"expected one or several of {', '.join(MEASURES)}")
    faults = Collector()
    for number, name in enumerate(names):
        if not isinstance(name, str) or name not in MEASURES:
            told = unknown("measure", name, MEASURES) if isinstance(name, str) else f"expected one of {', '.join(MEASURES)}"
            faults.add(told, *([] if isinstance(value, str) else [number]))
    faults.settle()
    if len(set(names)) < len(names):
        raise refuse("expected measures that are different")
    return tuple(names)


def _axis(name: str, span: Any) -> Axis:
    if not isinstance(span, list | tuple) or len(span) != 3 or not all(map(_is_number, span)):
        raise refuse("expected [from, to, how many], three numbers")
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
        raise refuse("expected a range that float64 can divide into so many points")
    return Axis(name, values + 0.0, (low + 0.0, high + 0.0, count))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
