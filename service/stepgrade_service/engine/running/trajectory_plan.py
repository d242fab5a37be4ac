"""A trajectory as asked for: a request resolved part by part, priced, and laid out for the loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.choice import Choice
from ..conventions.resolve import resolve_scheduled as resolve_optimizer
from ..objectives.curvature import asked_of, diagonal_parameters
from ..objectives.replay import CLOCK, REPLAY, REPLAY_WITH_VALUES, value_parameters
from ..objectives.resolve import Problem
from ..objectives.resolve import resolve as resolve_objective
from ..optimizers.memory import numbers_of
from ..reading.cost import A_RATE, STEP, Advice, Limits, Price, StepPrice, hold, noise_price, price_echo, watching_price
from ..reading.faults import MISSING, Collector, Fault, refuse
from ..reading.nulls import without_null
from ..reading.tensors import Layout, Params, read_params, read_rows
from ..schedules import Schedule
from ..schedules.resolve import CONSTANT
from ..schedules.resolve import resolve as resolve_schedule
from .batch import NO_STOPS, NOISE_AT_A_TIME, Batch
from .noises import Noise, noise_from, read_noise
from .recorded import MEASURES, QUANTITIES, RecordedRow, held_in_row, measures_in, recording_of, row_of
from .replays import DIAGONALS, no_list_of_gradients, read_diagonals, read_values
from .starts import settle_start
from .state import State, read_state
from .step import needing, unsuited
from .stops import NO_MINIMUM, STOP_RULES, Target, read_stops, read_target

Array = NDArray[np.float64]

DEFAULT_STEPS = 100
INCLUDABLE = (*QUANTITIES, "states", "measures", *MEASURES)
DEFAULT_INCLUDE = ("points", "values")


#: The work of recording: for each number, for a row of measures and each number of the params in it, and for a row's state.
RECORDED, MEASURED, STATE = 0.3, (5.0, 1.8), 560.0

#: In bytes, a number in memory, and what a state is beside its numbers.
BYTES, STATE_BYTES = 8.0, 700.0


@dataclass(frozen=True)
class Plan:
    """A trajectory as asked for, everything resolved and nothing done yet."""

    choice: Choice
    problem: Problem | None
    layout: Layout
    start: Array
    steps: int
    state: State
    schedule: Schedule
    noise: Noise | None
    target: Target
    stops: tuple[float, float, float, float, float]
    record_every: int
    include: tuple[str, ...]
    gradients: Array | None
    posted_values: Array | None
    echoes: Mapping[str, Any]
    diagonals: Array | None = None

    @property
    def advice(self) -> Advice:
        """How to ask for less: the rows between start and end are as many as record_every makes them."""
        a_row = self.row + self.named * self.layout.names_length
        return Advice(recorded=float(self.steps // self.record_every) * a_row, every=self.record_every)

    @cached_property
    def price(self) -> Price:
        """What it costs to run it, and to answer with what is recorded."""
        return Price(self.work, self.answer, self.memory)

    @property
    def work(self) -> float:
        """The work of the run, and of keeping what is recorded."""
        minima, objective = (len(self.problem.minima), self.problem.price) if self.problem else (1, StepPrice())
        dimension = self.layout.dimension
        one = STEP + self.choice.update_price(self.layout, objective) + objective + watching_price(dimension, minima)
        if self.noise is not None:
            one += noise_price(dimension, 1)
        a_row = RECORDED * self.row
        a_row += MEASURED[0] + MEASURED[1] * dimension if measures_in(self.include) else 0.0
        a_row += STATE if "states" in self.include else 0.0
        again = 2.0 if self.stops != NO_STOPS else 1.0  # one that a rule stops is looked at again, for its last steps
        before = self.problem.work_before() if self.problem else 0.0
        return before + self.steps * one.of(1) * again + self.rows * a_row + A_RATE * (self.schedule.length or 0)

    @cached_property
    def rows(self) -> int:
        """How many points are recorded, at most: the start and the end are two of them."""
        return self.steps // self.record_every + 2

    @cached_property
    def row_parts(self) -> RecordedRow:
        """What is recorded at each of them."""
        return row_of(self.include, self.layout.dimension, self.state_numbers, len(self.choice.rule.slots))

    @cached_property
    def row(self) -> int:
        """How many numbers are recorded at each of them."""
        return self.row_parts.numbers

    @property
    def state_numbers(self) -> int:
        """How many numbers a state has."""
        return 1 + numbers_of(self.choice.rule, self.layout)

    @cached_property
    def named(self) -> int:
        """How many things with the params' names are recorded at each of them."""
        return self.row_parts.named

    @property
    def answer(self) -> float:
        """How many numbers the answer has, at most, its names and echoes counted in numbers: they stand in each line of NDJSON, and
        above each column of CSV."""
        return self.numbers + max(self.names_in_lines, self.names_in_headings) + self.echoed

    @cached_property
    def numbers(self) -> int:
        """How many numbers are recorded, and stand in the state and the summary."""
        return self.rows * self.row + 4 * self.layout.dimension + self.state_numbers

    @cached_property
    def names_in_lines(self) -> float:
        """What the params' names take up where they stand in every row, in numbers."""
        return (self.named * self.rows + 4 + len(self.choice.rule.slots)) * self.layout.names_length

    @cached_property
    def names_in_headings(self) -> float:
        """What they take up above the columns, one for each number of a row."""
        return self.named * self.layout.headings_length + (4 + len(self.choice.rule.slots)) * self.layout.names_length

    @property
    def memory(self) -> float:
        """What the run holds at a time: the rows with a copy, noise for some steps, and a replay's gradients."""
        minima = len(self.problem.minima) if self.problem else 1
        held = self.rows * held_in_row(self.include, self.row_parts, self.layout.dimension, minima)
        held += 3.0 * min(NOISE_AT_A_TIME, self.steps * self.layout.dimension) if self.noise is not None else 0.0
        held += self.state_numbers
        held += 2.0 * self.gradients.size if self.gradients is not None else 0.0
        return BYTES * held + (STATE_BYTES * self.rows if "states" in self.include else 0.0)

    @cached_property
    def echoed(self) -> float:
        """What the echoes take up that have more than a few numbers: rates one a tensor, a schedule's list."""
        return self.choice.echoed + price_echo(self.schedule.echo) + (self.problem.echoed if self.problem else 0.0)

    @property
    def batch(self) -> Batch:
        """The one run, with what has to be recorded for what is included."""
        return Batch(
            rule=self.choice.rule,
            rates=self.choice.rates(self.layout),
            starts=self.start.reshape(-1, 1),
            steps=self.steps,
            t=self.state.t,
            gradients=self.gradients,
            posted_values=self.posted_values,
            noise=self.noise,
            schedule=self.schedule,
            remembered=self.state.remembered,
            slots=self.state.slots,
            layout=self.layout,
            target=self.target.numbers,
            stops=self.stops,
            watched=True,
            looks=True,
            recording=recording_of(self.include, self.record_every),
            **self._objective,
        )

    def asked(self, kernel: Any, k: int, values: Array) -> tuple[Any, ...]:
        """What an update of some kernel is handed k steps after the start; values (1,) are those at its point."""
        taken = self.state.t + k
        if self.problem is not None:
            return self.problem.asked(kernel, values, taken)
        diagonal = np.empty(0) if self.diagonals is None else self.diagonals[k]
        return asked_of(kernel, values, REPLAY, diagonal_parameters(taken, diagonal))

    @property
    def _objective(self) -> dict[str, Any]:
        """What the loop needs to know of the objective; a replay has none, but values for an optimizer that needs them."""
        if self.problem is None:
            if self.diagonals is not None:
                return {"parameters": diagonal_parameters(self.state.t, self.diagonals), "clock": CLOCK}
            if self.posted_values is None or not self.choice.rule.kernel.asks:
                return {}
            parameters = value_parameters(self.state.t, self.posted_values)
            return {"objective": REPLAY_WITH_VALUES, "parameters": parameters, "clock": CLOCK}
        return {
            "objective": self.problem.objective.kernel,
            "parameters": self.problem.facts.kernel_parameters,
            "clock": self.problem.clock,
            "minima": self.problem.minima,
            "minimum_values": self.problem.minimum_values,
        }


def plan_trajectory(request: Mapping[str, Any], limits: Limits | None = None, known: Iterable[Fault] = ()) -> Plan:
    """Resolve a request as the contract's section 3 says it; raises Refusal with every fault, TooCostly over a limit.

    `steps`, `record_every` and `include` are taken as they are: whole numbers of at least 0 and 1, names of `INCLUDABLE`. `known` are
    faults that were found before, to be told with those found here.
    """
    faults, parts = Collector(known), _TrajectoryParts(request)
    if "optimizer" not in request:
        faults.add(MISSING, "optimizer")
    if "objective" not in request and "gradients" not in request:
        faults.add("expected an objective, or gradients to replay", "objective")
    for read in (parts.read_start, parts.read_problem, parts.read_optimizer, parts.read_replay, parts.read_rest, parts.read_diagonals):
        read(faults)
    faults.settle()
    plan = parts.plan()
    hold(limits or Limits(), plan.price, plan.advice)
    return plan


def schedule_of(choice: Choice | None, written: Any) -> Schedule:
    """The schedule of a request: its own, or the one that stands in the optimizer; raises Refusal where there are both."""
    if choice is None or choice.schedule is None:
        return resolve_schedule(written)
    if written is not None:
        raise refuse("expected no schedule here: the learning rate of the optimizer is a schedule already")
    return choice.schedule


class _TrajectoryParts:
    """The parts of a request while they are read, in an order in which each finds what it depends on."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.request = request
        self.replay = "gradients" in request
        self.layout: Layout | None = None
        self.start: Array | None = None
        self.problem: Problem | None = None
        self.choice: Choice | None = None
        self.gradients: Array | None = None
        self.posted_values: Array | None = None
        self.diagonals: Array | None = None
        self.steps = int(request.get("steps", DEFAULT_STEPS))

    def read_start(self, faults: Collector) -> None:
        start = self.request.get("start")
        if start is None and self.replay:
            faults.add("expected a point, such as [1.0, 2.0]: a replay has no default start", "start")
        elif start is not None and not isinstance(start, str):
            with faults.at("start"):
                params = read_params(start)
                self.layout, self.start = params.layout, params.flat
        elif self.replay:
            faults.add("expected a point, such as [1.0, 2.0]: only an objective has starts with names", "start")

    def read_problem(self, faults: Collector) -> None:
        if "objective" not in self.request:
            return
        with faults.at("objective"):
            self.problem = resolve_objective(self.request["objective"], self.layout.dimension if self.layout else None)
        if self.problem is None or self.replay:
            return
        posted = Params(self.layout, self.start) if self.layout is not None and self.start is not None else None
        start = self.request.get("start")
        if posted is None and start is not None and not isinstance(start, str):
            return
        with faults.at("start"):
            settled = settle_start(self.problem, posted or start)
            self.start, self.layout = settled.flat, settled.layout

    def read_optimizer(self, faults: Collector) -> None:
        if "optimizer" in self.request:
            with faults.at("optimizer"):
                self.choice = resolve_optimizer(self.request["optimizer"], self.layout)
                if reason := unsuited(self.choice, self.layout, has_objective=not self.replay):
                    raise refuse(reason)
            self._hold_values(faults)

    def _hold_values(self, faults: Collector) -> None:
        """Say where a replay lacks the values that its optimizer needs."""
        name = needing("value", self.choice, self.request["optimizer"]) if self.replay and "values" not in self.request else None
        if name is not None:
            faults.add(f"expected a list of numbers, one per gradient: {name} needs the loss at the params of each step", "values")

    def read_replay(self, faults: Collector) -> None:
        """The posted gradients and values, and what a replay cannot have."""
        if not self.replay:
            if "values" in self.request:
                faults.add("expected only with gradients: an objective has its own values", "values")
            return
        for name in ("objective", "noise"):
            if name in self.request:
                faults.add(f"expected either gradients or {name}: a replay takes its gradients as posted", name)
        gradients = self.request["gradients"]
        if wrong := no_list_of_gradients(gradients):
            faults.add(wrong, "gradients")
            return
        if "steps" in self.request and self.request["steps"] != len(gradients):
            faults.add(f"expected {len(gradients)}, the number of gradients, or nothing", "steps")
        self.steps = len(gradients)
        if self.layout is not None:
            with faults.at("gradients"):
                self.gradients = read_rows(gradients, self.layout, "start")
        if "values" in self.request:
            with faults.at("values"):
                self.posted_values = read_values(self.request["values"], self.steps)

    def read_rest(self, faults: Collector) -> None:
        """State, schedule, target and stop rules."""
        # Of an objective that could not be resolved nothing more is said.
        has_minimum = not self.replay and (self.problem is None or len(self.problem.facts.minima) > 0)
        self.state, self.schedule, self.noise = State(), CONSTANT, None
        self.target, self.stops = read_target(None), read_stops(None, has_minimum)
        with faults.at("schedule"):
            self.schedule = schedule_of(self.choice, self.request.get("schedule"))
        if "state" in self.request:
            with faults.at("state"):
                self.state = read_state(self.request["state"], self.choice, self.layout, self.steps, self.schedule.remembers)
        with faults.at("schedule"):
            self._hold_schedule()
        if len(self.request.keys() & {"noise", "target", "stop"}) == 0:
            return
        with faults.at("noise"):
            self.noise = read_noise(self.request.get("noise"))
        with faults.at("target"):
            self.target = read_target(self.request.get("target"))
            if "target" in self.request and not has_minimum:
                raise refuse(NO_MINIMUM)
        with faults.at("stop"):
            self.stops = read_stops(self.request.get("stop"), has_minimum)

    def read_diagonals(self, faults: Collector) -> None:
        """What a replay is posted of the curvature."""
        posted = self.request.get(DIAGONALS)
        if posted is not None and not self.replay:
            faults.add("expected only with gradients: an objective has its own curvature", DIAGONALS)
        elif self.choice is not None and self.layout is not None and self.gradients is not None:
            with faults.at(DIAGONALS):
                self.diagonals = read_diagonals(posted, self.choice, self.layout, self.state.t, self.steps)

    def _hold_schedule(self) -> None:
        """Raise Refusal where a schedule cannot serve this run."""
        schedule, reach = self.schedule, self.state.t + self.steps
        if schedule.length is not None and schedule.length < reach:
            raise refuse(f"expected a learning rate for each of {reach} steps (state.t and steps), got {schedule.length}")
        if schedule.remembers and self.replay and "values" not in self.request:
            raise refuse(f"{schedule.echo['name']} looks at the values: post values, one per gradient")
        if schedule.remembers and "states" in self.request.get("include", ()):
            raise refuse(f"{schedule.echo['name']} keeps a memory, and only the state at the end has it: expected no states in include")

    def plan(self) -> Plan:
        assert self.choice is not None
        assert self.layout is not None
        assert self.start is not None
        echoed: dict[str, Any] = {} if self.noise is None else {"noise": self.noise}
        if self.request.get("stop") is not None:
            echoed["stop"] = without_null(self.request["stop"], {*STOP_RULES, "when"})
        if self.problem is not None and self.problem.facts.minima:
            echoed["target"] = self.target.echo
        if self.schedule.on:
            echoed["schedule"] = self.schedule.echo
        return Plan(
            choice=self.choice,
            problem=self.problem,
            layout=self.layout,
            start=self.start,
            steps=self.steps,
            state=self.state,
            schedule=self.schedule,
            noise=noise_from(self.noise),
            target=self.target,
            stops=self.stops,
            record_every=int(self.request.get("record_every", 1)),
            include=tuple(self.request.get("include", DEFAULT_INCLUDE)),
            gradients=self.gradients,
            posted_values=self.posted_values,
            diagonals=self.diagonals,
            echoes=echoed,
        )
