"""Code of the shape `f(params, grad, *state, lr=..., ...) -> (params, *state)`, with its arguments in any order and under any name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import BETAS, COUNTER, GRADIENT, PARAMS
from stepgrade.grading.students.binding import Binding, Wanted, bindings, takes_the_rest
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style, Taken, arrays_in, kind_of, like, same
from stepgrade.grading.students.watching import StudentFault


class Function(Style):
    """One call after another, each with the state that the last one returned."""

    first = "params"

    def __init__(self, binding: Binding, case: StudentInput) -> None:
        super().__init__(case)
        self.binding = binding
        given = {*binding.roles.values(), *(self.slots if takes_the_rest(binding.function) else ())}
        self.slots = {name: slot for name, slot in self.slots.items() if not isinstance(slot, float) or name in given}
        self.changes_state = False

    def step(self, gradient: Any) -> Taken:
        """Pass what was returned on to the next step."""
        self.t += 1
        before = {name: [array.copy() for array in arrays_in(slot)] for name, slot in self.slots.items()}
        start = [array.copy() for array in arrays_in(self.params)]
        arguments, named = self.binding.arguments(self.values(gradient))
        returned = call(self.binding.function, arguments, named)
        moved = start and not same(start, list(arrays_in(self.params)))
        if returned is None and moved:
            returned = self.params
        self._keep(returned, {name: not same(kept, list(arrays_in(self.slots[name]))) for name, kept in before.items()})
        return Taken(self.params, self.slots)

    def values(self, gradient: Any) -> dict[str, Any]:
        """Everything that the function may ask for."""
        numbers = self.case.numbers
        betas = {BETAS: (numbers["beta1"], numbers["beta2"])} if {"beta1", "beta2"} <= set(numbers) else {}
        return {PARAMS: self.params, GRADIENT: gradient, **self.slots, COUNTER: self.t, **numbers, **betas}

    def _keep(self, returned: Any, changed: dict[str, bool]) -> None:
        """The params and the slots that were returned; slots that were changed in place need not be."""
        whole = not isinstance(returned, (tuple, list)) or like(returned, self.case.start) is not None
        parts = [returned] if whole else list(returned)
        self.changes_state = self.changes_state or any(changed.values())  # not all of it in each step: a maximum may stay
        in_place = len(parts) == 1 and self.changes_state
        if returned is None or not parts or (len(parts) < 1 + len(self.slots) and not in_place):
            names = [name for role in self.slots for name, bound in self.binding.roles.items() if bound == role] or list(self.slots)
            raise StudentFault(f"Your function should return ({', '.join([self.first, *names])}); it returned {kind_of(returned)}.")
        self.params = parts[0]
        if not in_place:
            self.slots = dict(zip(self.slots, parts[1:], strict=False))


def wanted(student: Student, case: StudentInput, own: Mapping[str, tuple[str, ...]] | None = None) -> Wanted:
    """What there is to give to a function: params, gradient and state, and then the numbers, which matter if they are not 0."""
    arrays = [name for name, slot in case.slots.items() if not isinstance(slot, float) or takes_the_rest(student)]
    singles = {name: True for name in case.slots if name not in arrays}
    numbers = {name: bool(value) for name, value in case.numbers.items()}
    return Wanted((PARAMS, GRADIENT, *arrays), {**singles, COUNTER: True, **numbers, BETAS: True}, own or {})


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """One if the names say what is what; else one for each order of the arguments that is left."""
    yield from bound_readings(bindings(student, wanted(student, case), names), Function, flat)


def bound_readings(
    found: Iterator[Binding], style: Callable[[Binding, StudentInput], Style], fitted: Callable[..., StudentInput]
) -> Iterator[Reading]:
    """A reading for each binding; the first of several counts also where its numbers are wrong, if it is the usual order."""
    every = list(found)
    for number, binding in enumerate(every):
        state = [slot for slot in binding.missing if slot not in (PARAMS, GRADIENT)]
        yield Reading(
            title=f"f({binding.told()})",
            begin=forgetful(state) if state else partial(style, binding),
            fitted=partial(fitted, binding),
            takes=binding.takes,
            has_rivals=len(every) > 1,
            is_trial=len(every) > 1 and (number > 0 or not _is_usual_state(binding, every)),
        )


def _is_usual_state(binding: Binding, every: Sequence[Binding]) -> bool:
    """Whether what the orders differ in is nothing but params, gradient and state, and these stand in the usual order."""
    differ = [name for name in binding.roles if len({other.roles[name] for other in every}) > 1]
    given = [binding.roles[name] for name in differ]
    return given == [role for role in binding.wanted.needed if role in given]


def forgetful(state: Sequence[str]) -> Callable[[StudentInput], Style]:
    """Code that has no argument for its state."""

    def begin(_: StudentInput) -> Style:
        raise StudentFault(f"Your function takes no argument for the state {', '.join(map(repr, state))}, so it cannot remember it.")

    return begin


def flat(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on one array; from the first step on if the state is a single number that the code does not ask for."""
    return inputs.flat(case if knows_numbers(binding, case) else inputs.stateless(case))


def knows_numbers(binding: Binding, case: StudentInput) -> bool:
    """Whether code surely reads the state that is a single number, which others work out from t."""
    numbers = [name for name, slot in case.slots.items() if isinstance(slot, float)]
    return takes_the_rest(binding.function) or set(numbers) <= set(binding.roles.values())
