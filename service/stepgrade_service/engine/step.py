"""One step from a posted gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import norms
from .conventions.resolve import Choice, resolve
from .faults import Collector, Fault
from .loop import DIVERGED
from .simulation import Batch, simulate
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
        update = np.zeros_like(self.gradient) if self.update is None else self.update
        gradient_norm, update_norm = euclidean(self.gradient), euclidean(update)
        lengths = gradient_norm * update_norm
        unit = (update / update_norm) @ (self.gradient / gradient_norm) if update_norm and gradient_norm else 0.0
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            effective = np.where(self.gradient == 0, np.nan, -update / self.gradient)
        return {
            "gradient_norm": gradient_norm,
            "update_norm": update_norm if self.update is not None else None,
            "descent_cosine": min(1.0, max(-1.0, -float(unit))) if lengths > 0 else None,
            "effective_lr": self.layout.unflatten(effective) if self.update is not None else None,
        }


def euclidean(vector: Array) -> float:
    """Euclidean norm of a flat vector, summed in one order whatever its length."""
    norm = np.empty(1)
    norms(vector.reshape(-1, 1), norm)
    return float(norm[0])


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
    simulation = simulate(
        Batch(
            rule=choice.rule,
            rates=choice.rates(layout),
            starts=params.reshape(-1, 1),
            steps=1,
            t=state.t,
            gradients=gradient.reshape(1, -1),
            slots=state.slots,
            tensors=layout.bounds,
        )
    )
    if simulation.reason[0] == DIVERGED:
        before = {"t": state.t, **{name: _posted(choice, name, flat, layout) for name, flat in state.slots.items()}}
        return Step("diverged", choice, layout, params, None, gradient, before)
    after = {"t": state.t + 1, **slots_as_posted(choice.rule, simulation.slots[:, :, 0], layout)}
    return Step("completed", choice, layout, simulation.points[:, 0], simulation.last_update[:, 0], gradient, after)


def _posted(choice: Choice, name: str, flat: Array, layout: Layout) -> Any:
    """A slot as it was posted."""
    return float(flat[0]) if name in choice.rule.kernel.number_slots else layout.unflatten(flat)
