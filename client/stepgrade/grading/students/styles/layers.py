"""Code of the shape `f(parameters, grads, v, s, t, learning_rate, ...) -> (parameters, v, s)`, on dictionaries of layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from stepgrade.encoding import Arrays
from stepgrade.grading.students import inputs
from stepgrade.grading.students.binding import Binding, bindings
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.called import texts_in
from stepgrade.grading.students.styles.functions import Function, bound_readings, knows_numbers, wanted
from stepgrade.grading.students.styles.style import Names, Reading, Student, Taken, copied, kind_of
from stepgrade.grading.students.watching import StudentFault

#: What the course calls the slots.
SLOTS = {"m": ("v",), "velocity": ("v",), "v": ("s",), "accumulator": ("s",)}
WITH_D, WITHOUT = "d", ""

Shapes = Mapping[str, tuple[int, ...]]
Fitted = Callable[[Binding, StudentInput], StudentInput]

#: What tells code for layers from code with names of its own, in which b may be one.
OF_LAYERS = re.compile(r"d?(W\d*|b\d+)")

#: So many tensors with names of their own.
MOST_NAMES = 6


class Layers(Function):
    """One call after another; the names of gradients and of slots begin with `grad_prefix` and `slot_prefix`."""

    first = "parameters"

    def __init__(self, grad_prefix: str, slot_prefix: str, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, case)
        self.grad_prefix, self.slot_prefix = grad_prefix, slot_prefix
        self.slots = {name: case.notes.of(_prefixed(slot, slot_prefix)) for name, slot in self.slots.items()}

    def shown(self, gradient: Arrays) -> Any:
        """With the prefix before every name."""
        return _prefixed(copied(gradient), self.grad_prefix)

    def step(self, gradient: Any) -> Taken:
        """Read dictionaries, whatever is in them."""
        taken = super().step(gradient)
        slots = {name: _without(slot, self.slot_prefix) for name, slot in taken.slots.items()}
        if not isinstance(taken.params, Mapping):
            raise StudentFault(f"Your function should return the dictionary of parameters first; it returned {kind_of(taken.params)}.")
        params = {name: taken.params.get(name) for name in self.case.start}
        empty = [name for name, part in params.items() if part is None and name in taken.params]
        if empty:
            raise StudentFault(f"Your function returned None for the new {', '.join(empty)}.")
        return Taken(params, slots)


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """With dW1 for the gradient of W1, as the course has it, and with W1 for both; first with the names that the code has for tensors."""
    found = list(bindings(student, wanted(student, case, SLOTS), names))
    own = own_names(student, found) if not inputs.goes_by_tensor(case) else {}
    ways: list[tuple[Shapes, Fitted]] = [(own, partial(with_own_names, [*own]))] if own else []
    for shapes, fitted in [*ways, (inputs.LAYERS, layered)]:
        first = next(iter(shapes))
        for grad_prefix, slot_prefix in ((WITH_D, WITH_D), (WITH_D, WITHOUT), (WITHOUT, WITHOUT)):
            style = partial(Layers, grad_prefix, slot_prefix)
            for reading in bound_readings(iter(found), style, fitted):
                keys = f"keys {grad_prefix}{first} of the gradients and {slot_prefix}{first} of the state"
                yield replace(reading, title=f"{reading.title}, {keys}", shapes=shapes, has_names=True)


def own_names(student: Student, found: Sequence[Binding]) -> Shapes:
    """The tensors by the names that code has for them, as in `params["w"] - lr * grads["dw"]`; none where they are those of layers."""
    others = {WITH_D, *(role for binding in found for role in binding.wanted.roles)}
    texts = [text for text in texts_in(student) if text not in others]
    own = [text for text in texts if text.removeprefix(WITH_D) not in texts or not text.startswith(WITH_D)]
    if not own or len(own) > MOST_NAMES or any(OF_LAYERS.fullmatch(text) for text in texts):
        return {}
    return {name: (1,) if place else (3, 1) for place, name in enumerate(own)}


def with_own_names(own: Sequence[str], binding: Binding, case: StudentInput) -> StudentInput:
    """The case on tensors of the code's own names."""
    return inputs.named(case if knows_numbers(binding, case) else inputs.stateless(case), own)


def layered(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on the dictionary of a network's layers."""
    return inputs.layered(case if knows_numbers(binding, case) else inputs.stateless(case))


def _prefixed(value: Any, prefix: str) -> Any:
    return {f"{prefix}{name}": part for name, part in value.items()} if isinstance(value, dict) else value


def _without(value: Any, prefix: str) -> Any:
    return {str(name).removeprefix(prefix): part for name, part in value.items()} if isinstance(value, Mapping) else value
