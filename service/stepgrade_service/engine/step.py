"""One step from a posted gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import norms
from .compiled import compiled
from .conventions.resolve import Choice, resolve
from .faults import Collector, Fault
from .simulation import arguments_of, as_seen, memory_of
from .state import State, read_state, slots_as_posted
from .tensors import Layout, read_like, read_params

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """A step as computed: flat vectors and the layout they had; `update` is None where the step was not finite."""

    status: str
    choice: Choice
    layout: Layout
    params: Array
    update: Array | None
    gradient: Array
    state: dict[str, Any]

    @property
    def measures(self) -> dict[str, Any]:
        """Norms, the cosine to the negative gradient, and the effective learning rate, nan where the gradient is 0."""
        gradient_norm = euclidean(self.gradient)
        if self.update is None:
            return {"gradient_norm": gradient_norm, "update_norm": None, "descent_cosine": None, "effective_lr": None}
        update_norm, effective = euclidean(self.update), np.empty_like(self.update)
        effective_rates(self.update, self.gradient, effective)
        return {
            "gradient_norm": gradient_norm,
            "update_norm": update_norm,
            "descent_cosine": self._descent_cosine(gradient_norm, update_norm),
            "effective_lr": self.layout.unflatten(effective),
        }

    def _descent_cosine(self, gradient_norm: float, update_norm: float) -> float | None:
        """Cosine between the step and the negative gradient; None where one of them is 0."""
        if self.update is None or gradient_norm == 0 or update_norm == 0:
            return None
        cosine = -float((self.update / update_norm) @ (self.gradient / gradient_norm))
        return min(1.0, max(-1.0, cosine))


def euclidean(vector: Array) -> float:
    """Euclidean norm of a flat vector, summed in one order whatever its length."""
    norm = np.empty(1)
    norms(vector.reshape(-1, 1), norm)
    return float(norm[0])


@compiled
def effective_rates(update, gradient, rates):  # type: ignore[no-untyped-def]
    """-update / gradient, nan where the gradient is 0."""
    for i in range(update.size):
        rates[i] = np.nan if gradient[i] == 0.0 else -update[i] / gradient[i]


def take_step(request: Mapping[str, Any], known: Iterable[Fault] = ()) -> Step:
    """Apply an optimizer once to `params` and `gradient`, from `state`; raises Refusal with every fault.

    request: `optimizer`, `params`, `gradient`, and optionally `state`, as the contract's section 2 says. `known` are faults
    that were found before, to be told with those found here.
    """
    faults, layout, params, gradient, choice, state = Collector(known), None, None, None, None, State()
    for name in ("optimizer", "params", "gradient"):
        if name not in request:
            faults.add("expected a value: this is needed", name)
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
            choice = resolve(request["optimizer"], layout)
    if choice is not None and layout is not None:
        with faults.at("state"):
            state = read_state(request.get("state"), choice.rule, choice.optimizer, layout)
    faults.settle()
    assert choice is not None
    assert layout is not None
    assert params is not None
    assert gradient is not None
    return _taken(choice, layout, params, gradient, state)


def _taken(choice: Choice, layout: Layout, params: Array, gradient: Array, state: State) -> Step:
    """Call the kernel once; what the loop does around it, for one step of one run."""
    rule, dimension = choice.rule, layout.dimension
    memory, update = memory_of(rule, state.slots, dimension), np.empty((dimension, 1))
    seen = as_seen(rule.kernel, params.reshape(-1, 1), gradient.reshape(-1, 1), update, choice.rates(layout).reshape(-1, 1))
    rule.kernel.apply(state.t + 1, *seen, *arguments_of(rule, memory, layout.bounds))
    with np.errstate(over="ignore", invalid="ignore"):
        after = params + update[:, 0]
    if not (np.isfinite(after).all() and np.isfinite(memory).all()):
        before = slots_as_posted(rule, memory_of(rule, state.slots, dimension), layout)
        return Step("diverged", choice, layout, params, None, gradient, {"t": state.t, **before})
    return Step("completed", choice, layout, after, update[:, 0], gradient, {"t": state.t + 1, **slots_as_posted(rule, memory, layout)})
