"""What an update rule, right or wrong, makes of a reference request, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.conventions.choice import Choice
from ...engine.optimizers import Rule, UpdateKernel
from ...engine.optimizers.memory import memory_of, packed, rooms_of, tensors_of
from ...engine.reading.cost import Limits
from ...engine.reading.faults import refuse
from ...engine.reading.tensors import Layout
from ...engine.running.batch import noise_of
from ...engine.running.trajectory_plan import Plan, plan_trajectory
from ..catalogue.formulas import FORMULAS, Part, Work, stored_step

Array = NDArray[Any]
Slots = dict[str, Array]

#: What one optimizer calls so is to another what stands beside it: who writes momentum for Adam keeps the velocity in m.
ALIKE = {"velocity": "m", "m": "velocity", "accumulator": "v", "v": "accumulator"}

#: update(t, x, g, lr, slots) -> (x after the step, slots after it); all flat vectors.
Update = Callable[[int, Array, Array, Array, Slots], tuple[Array, Slots]]


def plan_of(request: Mapping[str, Any], limits: Limits | None = None) -> Plan:
    """A /step or /trajectory request as a plan: one step is a replay of one gradient. Raises Refusal with every fault.

    A schedule with a memory is refused: its rates depend on the path, so that no mistake could be told by its own path.
    """
    if "gradient" in request or "params" in request:
        kept = {name: request[name] for name in ("optimizer", "state") if name in request}
        kept |= {"values": [request["value"]]} if request.get("value") is not None else {}
        kept |= {"hessian_diagonals": [request["hessian_diagonal"]]} if request.get("hessian_diagonal") is not None else {}
        return plan_trajectory({**kept, "start": request.get("params"), "gradients": [request.get("gradient")]}, limits)
    plan = plan_trajectory(request, limits)
    if plan.schedule.remembers:
        name = plan.schedule.echo["name"]
        raise refuse(f"expected no {name} in a check: its rates depend on the path. Post the learning rates as a list", "schedule")
    return plan


@dataclass(frozen=True, eq=False)
class Course:
    """The inputs of a reference request, which every rule meets: where it starts, its gradients, its learning rates."""

    plan: Plan

    @cached_property
    def noise(self) -> Array:
        """What is added to the gradients, (steps, dimension); empty where there is none."""
        rows: Array = np.asarray(noise_of(self.plan.batch, 0, self.plan.steps)[:, :, 0])
        return rows

    @cached_property
    def first_gradient(self) -> Array:
        """The gradient at the start, which every rule meets."""
        return self.gradient_at(0, self.plan.start)

    def gradient(self, k: int, x: Array) -> Array:
        """The gradient of step k + 1, at x."""
        return self.gradient_at(k, x) if k else self.first_gradient

    def gradient_at(self, k: int, x: Array) -> Array:
        """The same, also where step 1 looks at another point than the start."""
        if self.plan.gradients is not None:
            given: Array = self.plan.gradients[k]
            return given
        assert self.plan.problem is not None
        with np.errstate(all="ignore"):
            _, gradients = self.plan.problem.evaluate(np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 1), self.plan.state.t + k)
        found: Array = gradients[:, 0]
        if self.plan.noise is not None and len(self.noise):
            self.plan.noise.meet(found, self.noise[k])
        return found

    def rates(self, choice: Choice) -> Callable[[int], Array]:
        """The learning rates of an optimizer in each step: k, the steps taken before it in this run -> (dimension,)."""
        base, schedule = choice.rates(self.plan.layout), self.plan.schedule
        if not schedule.on:
            return lambda _: base

        def scheduled(k: int) -> Array:
            lr = np.empty_like(base)
            schedule.kernel.call(self.plan.state.t + k, base, schedule.parameters, lr)
            return lr

        return scheduled

    def slots(self, rule: Rule) -> Slots:
        """The slots as they are before the first step; no rule writes to them."""
        shape = (*rule.kernel.slot_kinds.items(), *rule.depths.items(), *rule.shapes.items(), *sorted(rule.starts.items()))
        key = (rule.kernel.kind, shape, rule.formula if rule.groups else None)
        if key not in self._slots:
            rooms, posted = rooms_of(rule, self.plan.layout), self.plan.state.slots
            posted = {**{ALIKE[name]: slot for name, slot in posted.items() if name in ALIKE}, **posted}
            # Another optimizer may have a slot of that name in another layout, which nobody posted.
            fitting = {room.name: posted[room.name] for room in rooms if room.name in posted and len(posted[room.name]) == room.count}
            memory = memory_of(rule, fitting, self.plan.layout)[:, 0]
            self._slots[key] = {room.name: memory[room.rows] for room in rooms}
        return self._slots[key]

    @cached_property
    def _slots(self) -> dict[tuple[Any, ...], Slots]:
        return {}

    @cached_property
    def right_rows(self) -> Sequence[tuple[Array, Slots]]:
        """The right points and slots after each step."""
        return tuple(self.run(self.plan.choice, right(self.plan.choice, self.plan)))

    def run(self, choice: Choice, update: Update, dtype: type = np.float64) -> Iterator[tuple[Array, Slots]]:
        """The points and slots after each step."""
        x = in_type(self.plan.start, dtype)
        rates = self.rates(choice)
        slots: Slots = {name: in_type(slot, dtype) for name, slot in self.slots(choice.rule).items()}
        for k in range(self.plan.steps):
            gradient, lr = in_type(self.gradient(k, x), dtype), in_type(rates(k), dtype)
            with np.errstate(all="ignore"):
                x, slots = update(self.plan.state.t + k + 1, x, gradient, lr, slots)
            yield x, slots


def in_type(numbers: Array, dtype: type) -> Array:
    """Numbers in another type; in float32, what is beyond its largest number is infinite."""
    if numbers.dtype == dtype:
        return numbers
    with np.errstate(over="ignore"):
        return numbers.astype(dtype, copy=False)


def right(choice: Choice, plan: Plan) -> Update:
    """The engine's own rule, on the params and the objective of a plan. It raises ValueError for slots that are not its own."""
    rule, layout = choice.rule, plan.layout
    kernel, numbers, tensors, rooms = rule.kernel, rule.numbers(layout), tensors_of(rule, layout, 1), rooms_of(rule, layout)
    rows = rooms[-1].rows.stop if rooms else 0
    is_blind = not kernel.asks and not rule.largest.get("l2", 0.0)

    def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
        step, memory = np.empty_like(x), np.concatenate([slots[name] for name in kernel.slots] or [np.empty(0)]).reshape(-1, 1)
        if len(memory) != rows:  # compiled code does not look where it writes
            raise ValueError(f"{kernel.name} remembers {rows} numbers of these params, not {len(memory)}")
        asked = plan.asked(kernel, t - 1 - plan.state.t, value_at(plan, t, x)) if kernel.asks else ()
        # A kernel multiplies x by a decay of 0 too. One who writes no decay keeps a finite state where x is lost.
        at = np.where(np.isfinite(x), x, 0.0) if is_blind else x
        kernel.apply(t, at, g, step, lr, packed(kernel, memory), numbers, tensors, *asked)
        return x + step, {room.name: memory[room.rows, 0] for room in rooms}

    return update


def value_at(plan: Plan, t: int, x: Array) -> Array:
    """The value at x before step t, (1,): the objective's, or of a replay what was posted."""
    if plan.problem is None:
        if plan.posted_values is None:  # the rule goes by the curvature, and looks at no value
            return np.full(1, np.nan)
        posted: Array = plan.posted_values[t - 1 - plan.state.t :][:1]
        return posted
    values: Array = plan.problem.evaluate(x.reshape(-1, 1), t - 1)[0]
    return values


def wrong(choice: Choice, replaced: Mapping[str, Part], plan: Plan) -> Update:
    """The rule with parts of its formula replaced; with none replaced, what the engine's rule does, in NumPy."""
    formula, parts = FORMULAS[choice.rule.kernel.name], parts_of(choice.rule, plan.layout)
    worked, tensors = works_of(choice, plan), tensors_and_layers(plan.layout)[0]
    back = np.argsort(np.concatenate([where for _, where in parts])) if len(parts) > 1 else None

    def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
        try:
            taken = formula.take(worked(t, x, g, lr, slots), replaced)
        except (ZeroDivisionError, OverflowError):  # as a student's code would have; there are no numbers then
            return x * np.nan, slots
        if back is None:
            [(step, kept)] = taken
            return x + step, {**slots, **{name: as_kept(slot, len(slots[name]), tensors) for name, slot in kept.items()}}
        steps = np.concatenate([step for step, _ in taken])[back]
        together = {name: np.concatenate([kept[name] for _, kept in taken], axis=-1)[..., back] for name in slots}
        return x + steps, {name: as_kept(slot, len(slots[name]), tensors) for name, slot in together.items()}

    return update


def works_of(choice: Choice, plan: Plan) -> Callable[[int, Array, Array, Array, Slots], list[Work]]:
    """What makes the works of a step: one, or one for each of the different numbers that tensors have."""
    formula, layout, parts = FORMULAS[choice.rule.kernel.name], plan.layout, parts_of(choice.rule, plan.layout)
    tensors, layers = tensors_and_layers(layout)
    more = {"tensor_count": len(layout.shapes), "first_t": plan.state.t + 1, "traits": formula.traits, "right": formula.parts}
    numbers = [(formula.numbers(rule.values), where) for rule, where in parts]

    def work(t: int, x: Array, g: Array, lr: Array, slots: Slots, own: Mapping[str, float], where: Any) -> Work:
        old = formula.remembered({name: by_coordinate(slot, tensors)[..., where] for name, slot in slots.items()})
        told = {"where": where, "tensors": tensors[where], "layers": layers[where], **more}
        return Work(t, x[where], g[where], lr[where], old, own, **told)

    return lambda t, x, g, lr, slots: [work(t, x, g, lr, slots, own, where) for own, where in numbers]


def by_coordinate(slot: Array, tensors: Array) -> Array:
    """A slot with a number for each coordinate, (..., dimension): one number per tensor stands in each of its coordinates, and of several
    arrays like the params each is a row. `tensors` is the number of each coordinate's tensor."""
    if len(slot) == len(tensors):
        return slot
    return slot[tensors] if len(slot) < len(tensors) else slot.reshape(-1, len(tensors))


def as_kept(slot: Array, count: int, tensors: Array) -> Array:
    """The opposite: what a rule keeps, as its slot of so many numbers is held."""
    if slot.ndim == 1 and len(slot) == count:
        return slot
    return slot.reshape(-1) if slot.ndim > 1 else slot[np.searchsorted(tensors, np.arange(count))]


@dataclass(frozen=True)
class ChoicesOfOneKernel:
    """Several choices that share an elementwise kernel, to take their first steps together; none has groups of its own."""

    choices: Sequence[Choice]

    @cached_property
    def kernel(self) -> UpdateKernel:
        """The kernel that they share."""
        return self.choices[0].rule.kernel

    @cached_property
    def _numbers(self) -> Array:
        """The hyperparameters, (choices, hyperparameters)."""
        return np.array([choice.rule.hyperparameters for choice in self.choices]).reshape(len(self.choices), -1)

    @cached_property
    def _starts(self) -> Array:
        """What their slots start at, (slots, choices, 1)."""
        starts = [[choice.rule.starts.get(name, 0.0) for choice in self.choices] for name in self.kernel.slots]
        return np.array(starts).reshape(len(starts), len(self.choices), 1)

    @cached_property
    def _rates(self) -> Array | None:
        """Their learning rates, (choices, 1); None where tensors have their own."""
        rates = [choice.settings["lr"] for choice in self.choices]
        return None if any(isinstance(rate, Mapping) for rate in rates) else np.array(rates, dtype=np.float64).reshape(-1, 1)

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        """Where the numbers of each choice stand, (choices, 2), as if each had one param."""
        ends = np.arange(1, len(self.choices) + 1)
        return np.stack([ends - 1, ends], axis=1)

    def first_points(self, course: Course) -> Array:
        """The points after the first step of a course, (choices, dimension).

        The kernel is called once, as it is for parameter groups: for the params and the numbers of each choice.
        """
        plan, count, size = course.plan, len(self.choices), course.plan.start.size
        slots, lr = np.empty((len(self.kernel.slots), count, size)), np.empty((count, size))
        if plan.state.slots:
            for number, choice in enumerate(self.choices):
                posted = course.slots(choice.rule)
                for slot, name in zip(slots, self.kernel.slots, strict=True):
                    slot[number] = posted.get(name, 0.0)
        else:
            slots[:] = self._starts
        if plan.schedule.on or self._rates is None:
            lr[:] = [course.rates(choice)(0) for choice in self.choices]
        else:
            lr[:] = self._rates
        at, gradients, step = np.empty((3, count, size))
        at[:], gradients[:] = plan.start, course.gradient(0, plan.start)
        flat, memory = (each.reshape(-1) for each in (at, gradients, step, lr)), slots.reshape(len(slots), at.size)
        self.kernel.apply(plan.state.t + 1, *flat, memory, self._numbers, self._groups * size)
        points: Array = at + step
        return points


class FirstStep:
    """The first step of a course, worked out part by part; with parts replaced, only what comes after the first of these is worked out
    again. It is for a rule without parameter groups."""

    def __init__(self, course: Course, choice: Choice) -> None:
        """Raises ZeroDivisionError or OverflowError where the rule itself does."""
        plan = course.plan
        self.x, self.parts = plan.start, tuple(FORMULAS[choice.rule.kernel.name].parts.items())
        self.order = {name: number for number, (name, _) in enumerate(self.parts)}
        self.replaced: Mapping[str, Part] = {}
        x, lr = plan.start, course.rates(choice)(0)
        [work] = works_of(choice, plan)(plan.state.t + 1, x, course.gradient(0, x), lr, course.slots(choice.rule))
        self.before = self._taken(vars(work), self.parts)

    @staticmethod
    def _taken(known: dict[str, Any], parts: Sequence[tuple[str, Part]]) -> list[dict[str, Any]]:
        """What is known before each part is worked out, and at the end."""
        before = [known]
        for name, part in parts:
            before.append({**before[-1], name: part(work_of(before[-1]))})
        return before

    def replacing(self, replaced: Mapping[str, Part]) -> FirstStep:
        """The first step with parts replaced, of which more may be. Raises as the replaced parts do."""
        other, first = copy(self), self._first(replaced)
        other.replaced = {**self.replaced, **replaced}
        other.parts = tuple((name, replaced.get(name, part)) for name, part in self.parts)
        other.before = [*self.before[:first], *self._taken(self.before[first], other.parts[first:])]
        return other

    def point(self, replaced: Mapping[str, Part]) -> Array:
        """The point after it with parts replaced."""
        first = self._first(replaced)
        work = work_of(self.before[first])
        known = vars(work)
        try:
            for name, part in self.parts[first:]:
                known[name] = replaced.get(name, part)(work)
        except (ZeroDivisionError, OverflowError):  # as a student's code would have; there are no numbers then
            return self.x * np.nan
        after: Array = self.x + stored_step(work, {**self.replaced, **replaced} if self.replaced else replaced)
        return after

    def _first(self, replaced: Mapping[str, Part]) -> int:
        """The number of the first part that is replaced."""
        return min((self.order[name] for name in replaced if name in self.order), default=len(self.parts))


def work_of(known: Mapping[str, Any]) -> Work:
    """A step of which so much is known."""
    work = Work.__new__(Work)
    work.__dict__ = dict(known)
    return work


def parts_of(rule: Rule, layout: Layout) -> list[tuple[Rule, Any]]:
    """The rules that differ, each with the coordinates that it moves."""
    return alike(rule, layout, tensors_and_layers(layout)[0])


@lru_cache(maxsize=64)
def tensors_and_layers(layout: Layout) -> tuple[Array, Array]:
    """The number of the tensor of each coordinate, from 0, and of the layer that it belongs to."""
    tensors = np.repeat(np.arange(len(layout.shapes)), np.diff(layout.bounds))
    return tensors, layers_of(layout)[tensors]


def layers_of(layout: Layout) -> NDArray[np.float64]:
    """The number of the layer that each tensor belongs to: the digits at the end of its name, 1 without any."""
    digits = [re.search(r"\d{1,6}$", name) for name in layout.names or ()] or [None] * len(layout.shapes)
    return np.array([1.0 if found is None else float(found.group()) for found in digits])


def alike(rule: Rule, layout: Layout, tensors: Array) -> list[tuple[Rule, Any]]:
    """The rules that differ, each with the coordinates that it moves; `tensors` is the number of each coordinate's tensor."""
    if len(rule.distinct) == 1:
        return [(rule.distinct[0][0], slice(None))]
    assert layout.names is not None
    numbers = {name: number for number, name in enumerate(layout.names)}
    return [(own, np.flatnonzero(np.isin(tensors, [numbers[name] for name in names]))) for own, names in rule.distinct]
