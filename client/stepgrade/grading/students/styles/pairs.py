"""Code of the shape `f(W, b, dW, db, *state, lr, ...) -> (W, b, *state)`: every formula is written twice, for W and for b."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import ALIASES, BETAS, BIAS, BIAS_GRADIENT, COUNTER, GRADIENT, PARAMS, WEIGHT, WEIGHT_GRADIENT
from stepgrade.grading.students.binding import Binding, Wanted, bindings, parameters
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.functions import Function, bound_readings, knows_numbers, listed
from stepgrade.grading.students.styles.returned import in_order
from stepgrade.grading.students.styles.style import Names, Reading, Student, kind_of
from stepgrade.grading.students.watching import StudentFault

PAIR = (WEIGHT, BIAS, WEIGHT_GRADIENT, BIAS_GRADIENT)
LETTERS = ("W", "b")
#: What the name of a slot may begin with where the table has no shorter name: vW, vdW and v_dW are all v of W.
OF = ("{}{}", "{}_{}", "{}d{}", "{}_d{}")


class WeightAndBias(Function):
    """One call after another, each with W, b and the state of both that the last one returned."""

    def __init__(self, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, case)
        self.names = tuple(case.start)

    def values(self, gradient: Any) -> dict[str, Any]:
        """Everything that the function may ask for, W and b each by itself."""
        given = super().values(gradient)
        params, gradients = given.pop(PARAMS), given.pop(GRADIENT)
        slots = {_of(slot, letter): given[slot][name] for slot in self.slots for letter, name in zip(LETTERS, self.names, strict=True)}
        pair = (*(params[name] for name in self.names), *(gradients[name] for name in self.names))
        return {**dict(zip(PAIR, pair, strict=True)), **slots, **given}

    def _keep(self, returned: Any, changed: dict[str, bool]) -> None:
        """W and b, and the state of both, in the order in which the function takes it."""
        state = [role for role in self.binding.roles.values() if role.partition(" of ")[0] in self.slots]
        ordered = [role for each in self.binding.known or [] for role in state if self.binding.roles.get(each.name) == role]
        by_name = in_order(returned, [self._names(role) for role in (WEIGHT, BIAS, *ordered)])
        if isinstance(returned, Mapping) and by_name is None:  # which were changed in place
            super()._keep(returned, changed)
            return
        returned = returned if by_name is None else by_name
        in_place = isinstance(returned, (tuple, list)) and len(returned) == len(LETTERS)
        if not isinstance(returned, (tuple, list)) or len(returned) < len(LETTERS) + (0 if in_place else len(ordered)):
            told = [name for name, role in self.binding.roles.items() if role in (WEIGHT, BIAS, *ordered)]
            raise StudentFault(f"Your function should return {listed(told)}; it returned {kind_of(returned)}.")
        found = dict(zip((WEIGHT, BIAS, *ordered), returned, strict=False))
        parts = [dict(zip(self.names, (found[WEIGHT], found[BIAS]), strict=True))]
        if not in_place or not ordered:
            parts += [dict(zip(self.names, (found[_of(slot, letter)] for letter in LETTERS), strict=True)) for slot in self.slots]
        super()._keep(tuple(parts), changed)


def readings(student: Student, names: Names, case: StudentInput) -> list[Reading]:
    """The ways to call a function that takes W, b and a gradient of each."""
    found = pair_bindings(student, names, case)
    return [replace(reading, shapes=inputs.ONE_LAYER) for reading in bound_readings(found, WeightAndBias, of_two)]


def takes_w_and_b(student: Student, names: Names, case: StudentInput) -> bool:
    """Whether a function has an argument for b right after that for W, or arguments for both and for a gradient of each.

    With one gradient, b may be the state of an optimizer that has one: PyTorch calls the velocity b.
    """
    if {PARAMS, GRADIENT} & set(names):
        return False
    called = [each.name.lower() for each in parameters(student) or []]
    if all(set(called) & set(ALIASES[role]) for role in PAIR):
        return True
    return not case.slots and any(one in ALIASES[WEIGHT] and other in ALIASES[BIAS] for one, other in pairwise(called))


def pair_bindings(student: Student, names: Names, case: StudentInput) -> Iterator[Binding]:
    """What W, b, their gradients and the state of both are called."""
    arrays = [name for name, slot in case.slots.items() if not isinstance(slot, float)]
    singles = {name: True for name, slot in case.slots.items() if isinstance(slot, float)}
    numbers = {**{name: bool(value) for name, value in case.numbers.items()}, **dict.fromkeys(case.switches, False)}
    own = {_of(slot, letter): _names(slot, letter) for slot in arrays for letter in LETTERS}
    wanted = Wanted((*PAIR, *own), {**singles, COUNTER: True, **numbers, BETAS: True}, own)
    found = bindings(student, wanted, names)
    return (binding for binding in found if set(PAIR) <= set(binding.roles.values()))


def of_two(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on one layer."""
    return inputs.one_layer(case if knows_numbers(binding, case) else inputs.stateless(case))


def _of(slot: str, letter: str) -> str:
    return f"{slot} of {letter}"


def _names(slot: str, letter: str) -> tuple[str, ...]:
    return tuple(form.format(alias, letter.lower()) for alias in (slot, *ALIASES.get(slot, ())) for form in OF)
