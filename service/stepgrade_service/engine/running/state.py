"""What an optimizer remembers between steps: read from a request, and laid out for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions.choice import Choice
from ..optimizers import Optimizer, Rule
from ..optimizers.links import UNFILLED
from ..optimizers.memory import rooms_of
from ..reading.bounds import MOST_STEPS_TAKEN, few_keys
from ..reading.faults import Collector, refuse, unknown, whole
from ..reading.tensors import Layout, expected, is_number, read_like, read_params, read_tensor
from .schedule_memory import Remembered, read_memory

#: Where a state holds what a schedule remembers, beside the slots.
SCHEDULE = "schedule"


@dataclass(frozen=True)
class State:
    """Steps taken so far, and the slots that do not start as the rule starts them: flat vectors, as they are held in memory.

    `remembered` is what the schedule remembers, where that goes on.
    """

    t: int = 0
    slots: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    remembered: Remembered | None = None


def read_state(value: Any, choice: Choice | None, layout: Layout | None, ahead: int = 1, has_memory: bool = False) -> State:
    """Read `{"t": 3, "m": ..., "v": ...}`; raises Refusal with every fault. What is left out starts as the rule starts it.

    `ahead` is how many steps are to follow, `has_memory` whether there is a schedule with a memory. Where optimizer or layout are not
    known, what does not depend on them is checked.
    """
    if value is None:
        return State()
    if not isinstance(value, Mapping):
        raise refuse(expected('an object such as {"t": 3, "m": ...}', value))
    if many := few_keys(value):
        raise refuse(many)
    faults, slots, t = Collector(), dict[str, NDArray[np.float64]](), whole(value["t"]) if value.get("t") is not None else 0
    remembered = None
    if t is None or not 0 <= t <= MOST_STEPS_TAKEN - ahead:
        told = f"the number of steps taken so far: a whole number of at least 0, at most {MOST_STEPS_TAKEN} after this request"
        faults.add(f"expected {told}" if is_number(value["t"]) else expected(told, value["t"]), "t")
    for name, slot in value.items():
        with faults.at(name):
            if name == SCHEDULE:
                remembered = _read_remembered(slot, has_memory, layout)
            elif name != "t" and (read := _read_posted(name, slot, choice, layout)) is not None:
                slots[name] = read
    faults.settle()
    assert t is not None
    return State(t, slots, remembered)


def _read_remembered(value: Any, has_memory: bool, layout: Layout | None) -> Remembered | None:
    """What a schedule remembers; raises Refusal where there is none that does."""
    if value is None:
        return None
    if not has_memory:
        raise refuse("expected no memory of a schedule: this request has no schedule with a memory")
    return read_memory(value, layout)


def _read_posted(name: str, slot: Any, choice: Choice | None, layout: Layout | None) -> NDArray[np.float64] | None:
    """A slot that was posted; None where nothing was, or where it cannot be read before optimizer and layout are known."""
    if choice is not None and (slot is not None or name not in _slots_ever(choice.optimizer)):
        _hold_to_slots(name, choice)
    if slot is None:
        return None
    if choice is None or layout is None:
        read_params(slot)
        return None
    return _read_slot(name, slot, choice.rule, layout)


def _hold_to_slots(name: str, choice: Choice) -> None:
    """Raise Refusal where an optimizer has no such slot."""
    rule, optimizer = choice.rule, choice.optimizer
    if name not in rule.slots:
        if name in _slots_ever(optimizer):
            raise refuse(f"with these hyperparameters {optimizer.name} has no {name}; it has {_listed(rule)}")
        raise refuse(f"{unknown(f'slot of {optimizer.name}', name, ['t', *rule.slots])}")


def _read_slot(name: str, value: Any, rule: Rule, layout: Layout) -> NDArray[np.float64]:
    """One slot as it is held in memory."""
    room = next(room for room in rooms_of(rule, layout) if room.name == name)
    if room.layout == layout:
        return read_like(value, layout)
    if not room.layout.shapes:
        raise refuse("params of this shape have no such slot; leave it out")
    if room.layout.names is None and room.layout.shapes == ((),) and (isinstance(value, Mapping) or read_tensor(value).shape != ()):
        raise refuse(expected("a number", value))
    return room.held(read_like(value, room.layout, f"this slot ({rule.kernel.slot_kinds[name].says})"))


def _slots_ever(optimizer: Optimizer) -> set[str]:
    """The slots that an optimizer has with some hyperparameters."""
    return {slot for kernel in optimizer.kernels for slot in kernel.slots}


def _listed(rule: Rule) -> str:
    return ", ".join(["t", *rule.slots])


def is_unfilled(held: NDArray[np.float64]) -> bool:
    """Whether a slot that the first gradient fills has not been filled everywhere."""
    return bool((np.isnan(held) | (held == UNFILLED)).any())


def slots_as_posted(rule: Rule, slots: NDArray[np.float64], layout: Layout) -> dict[str, Any]:
    """The public slots, from memory (..., rows); a slot that no gradient has filled yet, or that these params do not have, is left out."""
    answer = {}
    for room in rooms_of(rule, layout):
        held = slots[..., room.rows]
        if room.name in rule.hidden or not room.layout.shapes or (room.name in rule.unfilled and is_unfilled(held)):
            continue
        answer[room.name] = room.value(held)
    return answer
