"""One step from a posted gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.choice import Choice
from ..conventions.resolve import entry_of, resolve_scheduled
from ..loop.single import settle
from ..objectives.curvature import asked_of, diagonal_parameters
from ..objectives.replay import REPLAY
from ..optimizers.kinds import Needs
from ..optimizers.memory import handed, memory_of, packed, rooms_of
from ..optimizers.sharpness import SAM_RHO, SAM_VISIBLE
from ..reading.cost import Advice, Limits, Price, StepPrice, hold
from ..reading.faults import MISSING, Collector, Fault, refuse
from ..reading.tensors import Layout, expected, is_number, read_like, read_params, size_of
from ..schedules.resolve import rate_at
from .divergence import why_diverged
from .state import State, read_state, slots_as_posted

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """A step as computed: flat vectors and the layout they had; `update` is None where the step was not finite, `detail` says why.

    `measures` are the norms of gradient and update, the cosine of the step with the negative gradient, and the effective
    learning rate laid out like the params, nan where the gradient is 0; None where they are undefined.
    """

    status: str
    choice: Choice
    layout: Layout
    params: Array
    update: Array | None
    state: dict[str, Any]
    measures: dict[str, Any]
    detail: str | None = None


ADVICE = Advice(
    work="send fewer numbers in one request",
    at_work="params",
    answer="send fewer numbers or tensors in one request, or shorter names",
    at_answer="params",
)

#: The work of a step: to set it up, for each tensor and for each number. Each number takes up so many bytes meanwhile.
A_STEP, A_TENSOR, A_NUMBER, BYTES = 1e4, 950.0, 4.0, 20.0


@dataclass(frozen=True)
class StepPlan:
    """A step as asked for, everything read and nothing done yet: flat vectors, and their layout."""

    choice: Choice
    layout: Layout
    params: Array
    gradient: Array
    state: State
    value: float | None = None
    diagonal: Array | None = None

    @property
    def asked(self) -> tuple[Any, ...]:
        """What an update that needs the value or the curvature is handed; nothing for the others."""
        kernel = self.choice.rule.kernel
        if not kernel.asks:
            return ()
        diagonal = np.empty(0) if self.diagonal is None else self.diagonal
        return asked_of(kernel, np.array([self.value], dtype=np.float64), REPLAY, diagonal_parameters(0, diagonal))

    @property
    def price(self) -> Price:
        """What it costs: the update, what is laid out like the params, and the answer."""
        dimension = self.layout.dimension
        update = self.choice.update_price(self.layout, StepPrice()).of(1)
        work = A_STEP + A_TENSOR * len(self.layout.shapes) + A_NUMBER * dimension + update
        return Price(work, self.answer, BYTES * dimension)

    @property
    def answer(self) -> float:
        """What the answer takes up, in numbers sent: the params, the update and the effective rates, the slots, and the echo."""
        rule, layout = self.choice.rule, self.layout
        rooms = [room.layout for room in rooms_of(rule, layout) if room.name not in rule.hidden]
        slots = sum([room.dimension + room.names_length for room in rooms])
        return 3 * (layout.dimension + layout.names_length) + slots + self.choice.echoed


def least_price(request: Mapping[str, Any]) -> Price:
    """What a step costs at least, told before anything is read: the answer has the params, the update and the effective rates."""
    return Price(answer=3.0 * size_of(request.get("params")))


def take_step(request: Mapping[str, Any], known: Iterable[Fault] = (), limits: Limits | None = None) -> Step:
    """Apply an optimizer once to `params` and `gradient`, from `state`; raises Refusal with every fault, TooCostly over a limit."""
    plan = plan_step(request, known)
    hold(limits or Limits(), plan.price, ADVICE)
    return run_step(plan)


def plan_step(request: Mapping[str, Any], known: Iterable[Fault] = ()) -> StepPlan:
    """Resolve a request as the contract's section 2 says it; raises Refusal with every fault.

    request: `optimizer`, `params`, `gradient`, and optionally `state`, and the `value` where the optimizer needs it. `known` are faults
    that were found before, to be told with those found here.
    """
    faults, layout, params, gradient, choice = Collector(known), None, None, None, None
    state, value, diagonal = State(), None, None
    for name in ("optimizer", "params", "gradient"):
        if name not in request:
            faults.add(MISSING, name)
    if "params" in request:
        with faults.at("params"):
            read = read_params(request["params"])
            layout, params = read.layout, read.flat
    if layout is not None and "gradient" in request:
        with faults.at("gradient"):
            gradient = read_like(request["gradient"], layout)
    elif "gradient" in request:
        with faults.at("gradient"):
            read_params(request["gradient"])
    if "optimizer" in request:
        with faults.at("optimizer"):
            choice = resolve_scheduled(request["optimizer"], layout)
            if reason := unsuited(choice, layout, has_objective=False):
                raise refuse(reason)
    with faults.at("state"):
        state = read_state(request.get("state"), choice, layout)
    with faults.at("value"):
        value = _read_value(request.get("value"), needing("value", choice, request.get("optimizer")))
    with faults.at("hessian_diagonal"):
        diagonal = _read_diagonal(request.get("hessian_diagonal"), choice, request.get("optimizer"), layout, state.t)
    faults.settle()
    assert choice is not None
    assert layout is not None
    assert params is not None
    assert gradient is not None
    if choice.schedule is not None:
        choice = choice.with_lr(rate_at(choice.schedule, state.t))
    return StepPlan(choice, layout, params, gradient, state, value, diagonal)


def needing(what: Needs, choice: Choice | None, written: Any) -> str | None:
    """The name of an optimizer that needs this at each point, also where its hyperparameters are wrong; None where it does not."""
    entry = entry_of(written) if choice is None else choice.optimizer
    if entry is None:
        return None
    needs = {kernel.needs for kernel in entry.kernels} if choice is None else {choice.rule.kernel.needs}
    return entry.name if needs == {what} else None


def _read_value(value: Any, needed_by: str | None) -> float | None:
    """The loss that was posted; an optimizer that does not need it makes nothing of it."""
    if value is not None:
        if not is_number(value):
            raise refuse(expected("a number", value))
        return float(value)
    if needed_by is not None:
        raise refuse(f"expected a number: {needed_by} needs the loss at the params")
    return None


def _read_diagonal(value: Any, choice: Choice | None, written: Any, layout: Layout | None, taken: int) -> Array | None:
    """The diagonal of the Hessian that was posted; an optimizer that does not need it makes nothing of it."""
    if value is not None:
        if layout is None:
            read_params(value)
            return None
        return read_like(value, layout)
    needed_by = choice.optimizer.name if choice is not None and choice.rule.looks_at_curvature(taken) else None
    if choice is None and taken == 0:
        needed_by = needing("hessian_diagonal", choice, written)
    if needed_by is not None:
        raise refuse(f"expected an array like the params: {needed_by} needs the diagonal of the Hessian in step {taken + 1}")
    return None


def run_step(plan: StepPlan) -> Step:
    """Call the kernel once; what the loop does around it, for one step of one run."""
    choice, layout, params, gradient, state = plan.choice, plan.layout, plan.params, plan.gradient, plan.state
    rule, kernel = choice.rule, choice.rule.kernel
    memory, (update, after, effective) = memory_of(rule, state.slots, layout), np.empty((3, layout.dimension, 1))
    numbers, tensors = handed(rule, layout, 1)
    slots, rates = packed(kernel, memory), choice.rates(layout)
    kernel.apply(state.t + 1, params, gradient, update.reshape(-1), rates, slots, numbers, tensors, *plan.asked)
    sound, gradient_norm, update_norm, cosine = settle(params.reshape(-1, 1), gradient.reshape(-1, 1), update, memory, after, effective)
    if not sound:
        measures = {"gradient_norm": gradient_norm, "update_norm": None, "descent_cosine": None, "effective_lr": None}
        before = memory_of(rule, state.slots, layout)[:, 0]
        detail = why_diverged(rule, layout, 1, gradient, update[:, 0], before)
        return Step("diverged", choice, layout, params, None, {"t": state.t, **slots_as_posted(rule, before, layout)}, measures, detail)
    measures = {
        "gradient_norm": gradient_norm,
        "update_norm": update_norm,
        "descent_cosine": None if isnan(cosine) else cosine,
        "effective_lr": layout.unflatten(effective[:, 0]),
    }
    after_it = {"t": state.t + 1, **slots_as_posted(rule, memory[:, 0], layout)}
    return Step("completed", choice, layout, after[:, 0], update[:, 0], after_it, measures)


def unsuited(choice: Choice, layout: Layout | None, *, has_objective: bool) -> str | None:
    """Why an optimizer cannot run on these params, or without an objective; None where it can."""
    optimizer = choice.optimizer
    if choice.rule.kernel.needs == "objective" and not has_objective:
        instead = f", or set {SAM_VISIBLE.name} to true" if choice.asking == SAM_RHO.name else ""
        return f"{choice.asking} needs the objective, and not only posted gradients: use /trajectory with an objective{instead}"
    if optimizer.most_axes is not None and layout is not None and max(map(len, layout.shapes)) > optimizer.most_axes:
        return f"expected params of at most {optimizer.most_axes} axes: {optimizer.name} takes numbers, vectors and matrices"
    return None
