"""A batch of runs, laid out for the compiled loop: its arrays, its steps in chunks, and what they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel
from ..loop.advance import DIVERGED, RUNNING, loop_for
from ..loop.endings import ROWS, WATCHED_ROWS, judgement
from ..loop.frame import Ends, Landscape, Position, Rates, Record, RuleFrame, Watch
from ..loop.measures import UPHILL, UPHILL_STEPS, Watched, closing
from ..loop.stays import Lookout
from ..objectives.curvature import addressed, asked_of
from ..objectives.replay import REPLAY, REPLAYS
from ..optimizers import Rule
from ..optimizers.memory import handed, memory_of, packed
from ..reading.tensors import Layout
from ..schedules import Schedule
from ..schedules.resolve import CONSTANT
from .noises import Noise
from .schedule_memory import Remembered, room_of

Array = NDArray[np.float64]

#: Noise is made for as many steps at a time as stay below this count of numbers.
NOISE_AT_A_TIME = 1 << 18

#: A large batch is run in parts: of so many numbers that what is worked on stays in a core's cache, and a call is worth its while.
LEAST_A_PART, MOST_A_PART = 1 << 12, 1 << 13

#: With several parts each, no thread waits long for another that was held up.
PARTS_A_THREAD = 2

NO_STOPS = (-1.0, -1.0, -1.0, -1.0, 0.0)


@dataclass(frozen=True)
class Recording:
    """What is kept on the way: every how many steps (0: nothing), and which quantities."""

    every: int = 0
    points: bool = False
    values: bool = False
    gradients: bool = False
    updates: bool = False
    slots: bool = False
    trace: bool = False


@dataclass(frozen=True)
class Batch:
    """What is to be run: starts (dimension, runs), and all that the loop needs to know.

    `rates` is laid out like one run's params, or (dimension, runs). `slots` gives a slot's numbers where it does not start
    as the rule starts it, as they are held in memory. `gradients` (steps, dimension) are a replay's, and so are `posted_values`, one
    for each. `remembered` is the memory of the schedule, where that goes on with one. `layout` is that of the params, one vector if
    it is left out. `clock` is the place of the steps taken in the parameters, see `frame.Landscape`. With `adds_lengths` a batch that
    is not watched has the lengths of its steps added up.
    """

    rule: Rule
    rates: Array
    starts: Array
    steps: int
    t: int = 0
    objective: Kernel = REPLAY
    parameters: Array = field(default_factory=lambda: np.empty(0))
    clock: int = -1
    gradients: Array | None = None
    posted_values: Array | None = None
    noise: Noise | None = None
    schedule: Schedule = CONSTANT
    remembered: Remembered | None = None
    slots: dict[str, Array] = field(default_factory=dict)
    layout: Layout | None = None
    minima: Array | None = None
    minimum_values: Array | None = None
    target: tuple[float, float] = (0.0, 0.05)
    stops: tuple[float, float, float, float, float] = NO_STOPS
    recording: Recording = Recording()
    watched: bool = False
    looks: bool = False
    adds_lengths: bool = False

    @property
    def tensors(self) -> Layout:
        """The layout of the params."""
        return self.layout or Layout(None, ((self.starts.shape[0],),))

    @property
    def is_noisy(self) -> bool:
        """Whether the gradients are not those of one function: noise is added to them, or they are of mini-batches."""
        return self.clock >= 0 or (self.noise is not None and self.noise.std > 0)


@dataclass(frozen=True)
class Simulation:
    """What a batch left: where each run ended and why, its slots, and what was recorded, the rows by step // every.

    `endings` (rows, runs) tells how the runs ended, see `loop.endings`; it has no rows where the batch did not look. `scheduled`
    (rows, runs) is what the schedule remembers, see `schedule_memory`; of no rows where it remembers nothing.
    """

    points: Array
    values: Array
    gradients: Array
    last_update: Array
    ended: NDArray[np.int64]
    reason: NDArray[np.int64]
    slots: Array
    recorded_points: Array
    recorded_values: Array
    recorded_gradients: Array
    recorded_updates: Array
    recorded_slots: Array
    watched: Watched
    endings: Array
    scheduled: Array


def simulate(batch: Batch, threads: int = 1) -> Simulation:
    """Run a batch. Numbers after a run's end are undefined, but for `points` and `values`, which are its last finite ones.

    A large batch of which nothing is recorded is run in parts, beside each other on several threads; the numbers are the same bits.
    """
    numbers = batch.starts.size
    parts = min(batch.starts.shape[1], numbers // LEAST_A_PART, max(threads * PARTS_A_THREAD, numbers // MOST_A_PART))
    if parts < 2 or batch.recording != Recording():
        return _simulate(batch)
    run = pool(threads).map if threads > 1 else map
    return join([*run(_simulate, split(batch, parts))])


def split(batch: Batch, parts: int) -> list[Batch]:
    """A batch in parts of its runs, as even as can be."""
    edges = np.linspace(0, batch.starts.shape[1], parts + 1).astype(int).tolist()
    return [_part(batch, slice(*edge)) for edge in pairwise(edges)]


def join(parts: Sequence[Simulation]) -> Simulation:
    """The simulations of a batch's parts as that of the batch."""
    together: Simulation = _array_by_array(lambda arrays: np.concatenate(arrays, axis=-1), parts)
    return together


def in_order(simulation: Simulation, runs: NDArray[np.intp]) -> Simulation:
    """Some of a simulation's runs, in the order in which they are named."""
    picked: Simulation = _array_by_array(lambda arrays: arrays[0][..., runs], [simulation])
    return picked


def only(simulation: Simulation, run: int) -> Simulation:
    """One of a simulation's runs, its arrays seen and not copied."""
    if simulation.ended.size == 1:
        return simulation
    seen: Simulation = _array_by_array(lambda arrays: arrays[0][..., run : run + 1], [simulation])
    return seen


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    """Threads that run the compiled loop beside each other; made when they are needed, since a server forks before."""
    return ThreadPoolExecutor(threads, thread_name_prefix="runs")


def _part(batch: Batch, runs: slice | NDArray[np.intp]) -> Batch:
    """Some of a batch's runs."""
    rates = batch.rates if batch.rates.ndim == 1 else batch.rates[:, runs]
    noise = batch.noise and replace(batch.noise, seeds=np.asarray(batch.noise.seeds)[runs].tolist())
    return replace(batch, starts=np.ascontiguousarray(batch.starts[:, runs]), rates=rates, noise=noise)


def _array_by_array(make: Callable[[Sequence[Any]], Any], simulations: Sequence[Any]) -> Any:
    """A simulation that is made of several, array by array: the runs are the last axis of each."""
    if isinstance(simulations[0], np.ndarray):
        return make(simulations)
    kind: Any = type(simulations[0])
    return kind(*(_array_by_array(make, [getattr(each, name) for each in simulations]) for name in names_of(kind)))


@cache
def names_of(kind: type) -> tuple[str, ...]:
    """The names of a dataclass's fields: to ask for them takes longer than what is done with them."""
    return tuple(entry.name for entry in fields(kind))


def _simulate(batch: Batch) -> Simulation:
    """Run a batch as a whole, and find what is to be known when all steps are taken."""
    ran = _run(batch)
    ends, position = ran.ends, ran.position
    if batch.watched:
        settle(batch, ran.watched, ran.landscape, ends)
    endings = endings_found(batch, ran.lookout, ends, position.gradients, ran.landscape)
    return Simulation(
        ends.points,
        ends.values,
        position.gradients,
        position.step,
        ends.ended,
        ends.reason,
        ran.memory,
        *ran.recorded,
        ran.watched,
        endings,
        ran.scheduled,
    )


@dataclass(frozen=True)
class _Taken:
    """What the loop leaves of a batch."""

    position: Position
    memory: Array
    ends: Ends
    recorded: tuple[Array, Array, Array, Array, Array]
    watched: Watched
    landscape: Landscape
    lookout: Lookout
    scheduled: Array


def _run(batch: Batch) -> _Taken:
    """Take a batch's steps."""
    dimension, runs = batch.starts.shape
    kernel, layout = batch.rule.kernel, batch.tensors
    memory = memory_of(batch.rule, batch.slots, layout, runs)
    position = position_of(batch, packed(kernel, memory))
    base = rates_of(batch.rates, runs).reshape(-1)
    room = room_of(batch.schedule, base, position.values, batch.t, batch.posted_values, batch.remembered)
    if batch.schedule.remembers:
        position = position._replace(values=room.values)
    rates = Rates(base, room.lr, batch.schedule.on, room.parameters)
    landscape = landscape_of(batch)
    minima = landscape.minimum_values.size
    traced = batch.steps // batch.recording.every + 1 if batch.recording.trace else 0
    stopping = batch.stops != NO_STOPS
    watched = Watched.over(minima if batch.watched else 0, dimension, runs, traced)
    lookout = lookout_of(batch)
    alive, ended, reason = ends_of(batch)
    ends = Ends(stopping, np.array(batch.stops), alive, ended, reason, np.empty((dimension, runs)), np.zeros(runs))
    recorded = recorded_for(batch, position.slots.shape)
    record = Record(batch.recording.every, *recorded)
    measured = batch.watched or batch.adds_lengths
    watch = Watch(measured, batch.starts, np.array(batch.target), watched.previous, watched.sums, watched.flips, watched.trace)
    rule = RuleFrame(*handed(batch.rule, layout, runs))
    loop, asked = loop_for(kernel.asks), asked_of(kernel, position.values, batch.objective, landscape.parameters)
    first, multiplies = 0, batch.noise is not None and batch.noise.multiplies
    while True:
        steps, given = _chunk(batch, first, dimension, runs)
        reached = loop(
            kernel.handle, batch.objective, batch.schedule.kernel, asked, batch.t, first, steps,
            position, rule, rates, landscape, given, multiplies, ends, record, watch, lookout.framed,
        )  # fmt: skip
        first += steps
        if first >= batch.steps or reached < first or not ends.alive.any():
            break
    return _Taken(position, memory, ends, recorded, watched, landscape, lookout, room.left)


def position_of(batch: Batch, slots: Array) -> Position:
    """The runs at their starts; nothing is evaluated yet."""
    x, gradients, step, before, gradients_before = np.empty((5, *batch.starts.shape))
    x[:] = batch.starts
    values, values_before = np.zeros((2, batch.starts.shape[1]))
    return Position(x, gradients, step, before, gradients_before, values, values_before, slots)


def ends_of(batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Which runs go on, all; after which step they end, the last; why, for no reason."""
    alive, ended, reason = np.zeros((3, batch.starts.shape[1]), np.int64)
    alive[:], ended[:] = 1, batch.steps
    return alive, ended, reason


def landscape_of(batch: Batch) -> Landscape:
    """What the loop knows of the objective: a minimum of nan where there is none.

    The parameters are its own: several threads may run the same objective, each with its clock.
    """
    parameters = addressed(batch.objective, batch.parameters)
    if batch.minima is None or batch.minimum_values is None:
        return Landscape(parameters, np.full((batch.starts.shape[0], 1), np.nan), np.full(1, np.nan), batch.clock)
    return Landscape(parameters, np.ascontiguousarray(batch.minima.T), batch.minimum_values, batch.clock)


def lookout_of(batch: Batch) -> Lookout:
    """What looks at a batch's runs: nothing at a replay, which has no minimum and no values of its own."""
    dimension, runs = batch.starts.shape
    known = 0 if batch.minima is None or isnan(batch.minima[0, 0]) else len(batch.minima)
    return Lookout.over(known, dimension, runs, batch.steps, batch.looks and batch.objective not in REPLAYS, batch.watched)


def endings_found(batch: Batch, lookout: Lookout, ends: Ends, gradients: Array, landscape: Landscape) -> Array:
    """How the runs ended, (ROWS or WATCHED_ROWS, runs); of no rows where nobody looked.

    Runs that a rule stopped early are looked at again with as many steps: only then is it known which were their last.
    """
    if not len(lookout.ways):
        return np.empty((0, batch.starts.shape[1]))
    stopped = _stopped_early(batch, ends) if batch.stops != NO_STOPS else np.empty(0, np.intp)
    for step in np.unique(ends.ended[stopped]).tolist():
        runs = stopped[ends.ended[stopped] == step]
        again = replace(_part(batch, runs), steps=step, stops=NO_STOPS, recording=Recording())
        lookout.take(runs, _run(again).lookout)
    found = np.empty((WATCHED_ROWS if batch.watched else ROWS, batch.starts.shape[1]))
    judgement()(
        batch.starts, ends.points, ends.values, gradients, ends.ended, ends.reason, landscape.minima, landscape.minimum_values,
        batch.is_noisy, lookout.framed, found,
    )  # fmt: skip
    return found


def _stopped_early(batch: Batch, ends: Ends) -> NDArray[np.intp]:
    """The runs that a rule stopped before their last step."""
    return np.flatnonzero((ends.reason != RUNNING) & (ends.reason != DIVERGED) & (ends.ended < batch.steps))


def settle(batch: Batch, watched: Watched, landscape: Landscape, ends: Ends) -> None:
    """What is left to measure when all steps are taken."""
    diverged, (settle_totals, watch_end) = ends.reason == DIVERGED, closing()
    settle_totals(watched.previous, watched.sums, watched.flips)
    minima, values = landscape.minima, landscape.minimum_values
    watch_end(ends.ended - diverged, ends.points, ends.values, minima, values, batch.starts, np.array(batch.target), watched.sums)
    if batch.objective in REPLAYS:
        watched.sums[:, [UPHILL, UPHILL_STEPS]] = np.nan


def until_last_finite(batch: Batch, simulation: Simulation) -> tuple[Batch, Simulation]:
    """For a batch of one run that diverged: the same run, stopped at its last finite point, whose slots are then at hand."""
    shorter = replace(batch, steps=max(int(simulation.ended[0]) - 1, 0))
    return shorter, simulate(shorter)


def rates_of(rates: Array, runs: int) -> Array:
    """Learning rates for every run, (dimension, runs)."""
    every = np.empty((len(rates), runs))
    every[:] = rates if rates.ndim == 2 else rates[:, np.newaxis]
    return every


def recorded_for(batch: Batch, slots: tuple[int, ...]) -> tuple[Array, Array, Array, Array, Array]:
    """Empty arrays for what is recorded, of no length where it is not; `slots` is the shape of the packed slots."""
    keep, (dimension, runs) = batch.recording, batch.starts.shape
    rows = batch.steps // keep.every + 1 if keep.every else 0
    return (
        np.empty((rows if keep.points else 0, dimension, runs)),
        np.empty((rows if keep.values else 0, runs)),
        np.empty((rows if keep.gradients else 0, dimension, runs)),
        np.empty((rows if keep.updates else 0, dimension, runs)),
        np.empty((rows if keep.slots else 0, *slots)),
    )


def _chunk(batch: Batch, first: int, dimension: int, runs: int) -> tuple[int, Array]:
    """How many steps are taken next, and what is added to the gradients meanwhile (entries, dimension, runs).

    A replay has no gradient at its end: nan, for which no stop rule holds.
    """
    left = batch.steps - first
    if batch.gradients is not None:
        return left, np.concatenate([batch.gradients, np.full((1, dimension), np.nan)]).reshape(-1, dimension, 1)
    if batch.noise is None or batch.noise.std == 0:
        return left, np.empty((0, dimension, runs))
    steps = min(left, max(1, NOISE_AT_A_TIME // (dimension * runs)))
    return steps, noise_of(batch, first, steps)


def noise_of(batch: Batch, first: int, steps: int) -> Array:
    """What meets the gradients at the points after steps first .. first + steps, (steps + 1, dimension, runs).

    It follows from a run's seed and the step alone: with one seed, every start and every optimizer meets the same noise.
    """
    dimension, runs = batch.starts.shape
    if batch.noise is None or batch.noise.std == 0:
        return np.empty((0, dimension, runs))
    noise = np.empty((steps + 1, dimension, runs))
    seeds = np.asarray(batch.noise.seeds)
    for seed in dict.fromkeys(batch.noise.seeds):
        made = batch.noise.rows(seed, batch.t + first, steps + 1, dimension)
        if batch.noise.turn is not None:
            made = batch.noise.turn.forth(made.T).T
        noise[:, :, seeds == seed] = made[:, :, np.newaxis]
    return noise
