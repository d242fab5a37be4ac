"""Code of the shape `f(params, grad, *state, lr=..., ...) -> (params, *state)`, with its arguments in any order and under any name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import FunctionType, GeneratorType
from typing import Any

import numpy as np

from stepgrade.encoding import Arrays
from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import BETAS, COUNTER, GRADIENT, PARAMS, ranked
from stepgrade.grading.students.binding import Binding, Wanted, takes_the_rest
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.memory import Memory
from stepgrade.grading.students.styles.returned import in_order
from stepgrade.grading.students.styles.style import Reading, Student, Style, Taken, arrays_in, copied, kind_of, like, same
from stepgrade.grading.students.watching import StudentFault, Unreadable


class Function(Style):
    """One call after another, each with the state that the last one returned."""

    first = "params"

    def __init__(self, binding: Binding, case: StudentInput) -> None:
        super().__init__(case)
        self.binding = binding
        given = {*binding.roles.values(), *(self.slots if takes_the_rest(binding.function) else ())}
        self.slots = {name: slot for name, slot in self.slots.items() if not isinstance(slot, float) or name in given}
        self.changes_state = False
        self.counts_finished = False

    def step(self, gradient: Any) -> Taken:
        """Pass what was returned on to the next step."""
        self.t += 1
        before = {name: [array.copy() for array in arrays_in(slot)] for name, slot in self.slots.items()}
        start = [array.copy() for array in arrays_in(self.params)]
        returned = self._returned(gradient)
        moved = start and not same(start, list(arrays_in(self.params)))
        if returned is None and moved:
            returned = self.params
        self._keep(returned, {name: not same(kept, list(arrays_in(self.slots[name]))) for name, kept in before.items()})
        return Taken(self.params, self.slots)

    def _returned(self, gradient: Any) -> Any:
        """What the function returns. If it returns the t that it was given and 1 more, it is to be given how many steps are finished."""
        params, slots = copied(self.params), {name: copied(slot) for name, slot in self.slots.items()}
        arguments, named = self.binding.arguments(self.values(gradient))
        returned = call(self.binding.function, arguments, named)
        is_counted = COUNTER in self.binding.roles.values() and isinstance(returned, (tuple, list)) and not self.counts_finished
        if is_counted and len(returned) == 2 + len(self.slots) and _is_count(returned[-1], self.t + 1):
            self.counts_finished, self.params, self.slots = True, params, slots
            arguments, named = self.binding.arguments(self.values(copied(gradient)))
            return call(self.binding.function, arguments, named)
        return returned

    def values(self, gradient: Any) -> dict[str, Any]:
        """Everything that the function may ask for."""
        numbers = self.case.numbers
        betas = {BETAS: (numbers["beta1"], numbers["beta2"])} if {"beta1", "beta2"} <= set(numbers) else {}
        counted = self.t - self.counts_finished
        return {PARAMS: self.params, GRADIENT: gradient, **self.slots, COUNTER: counted, **numbers, **self.case.switches, **betas}

    def _keep(self, returned: Any, changed: dict[str, bool]) -> None:
        """The params and the slots that were returned; slots that were changed in place need not be."""
        if isinstance(returned, (FunctionType, GeneratorType)):
            raise Unreadable("The function returns a function, or it yields.")
        start = self.case.start
        are_params = isinstance(start, dict) and isinstance(returned, Mapping) and returned.keys() == start.keys()  # of whatever shapes
        if isinstance(returned, Mapping) and not are_params and like(returned, start) is None:
            ordered = in_order(returned, [self._names(role) for role in (PARAMS, *self.slots)])
            alone = in_order(returned, [self._names(PARAMS)])
            returned = ordered or (alone if len(returned) == 1 else None) or returned
        whole = not isinstance(returned, (tuple, list)) or like(returned, self.case.start) is not None
        parts = [returned] if whole else list(returned)
        self.changes_state = self.changes_state or any(changed.values())  # not all of it in each step: a maximum may stay
        in_place = len(parts) == 1 and self.changes_state
        if returned is None or not parts or (len(parts) < 1 + len(self.slots) and not in_place):
            names = [name for role in self.slots for name, bound in self.binding.roles.items() if bound == role] or list(self.slots)
            raise StudentFault(f"Your function should return {listed([self.first, *names])}; it returned {kind_of(returned)}.")
        self.params = parts[0]
        if not in_place:
            self.slots = dict(zip(self.slots, parts[1:], strict=False))

    def _names(self, role: str) -> list[str]:
        """What a function may call something: as its argument is called, and then by the usual names."""
        return [*(name for name, bound in self.binding.roles.items() if bound == role), *ranked(role)]


class Reordered(Function):
    """The same with what is returned in another order: `order` has the place of the params, and then that of each slot."""

    def __init__(self, order: Sequence[int], binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, case)
        self.order = order

    def _keep(self, returned: Any, changed: dict[str, bool]) -> None:
        if not isinstance(returned, (tuple, list)) or len(returned) != len(self.order):
            raise Unreadable(f"The function returns {kind_of(returned)}, not {len(self.order)} things.")
        super()._keep(tuple(returned[place] for place in self.order), changed)


class NumberByNumber(Style):
    """Code that works on single numbers: a function of this style for each of them, with the state of that number."""

    def __init__(self, style: Callable[[Binding, StudentInput], Style], binding: Binding, case: StudentInput) -> None:
        super().__init__(case)
        starts: Any = case.start
        self.functions = [style(binding, _of_number(case, k)) for k in range(len(starts))]

    def step(self, gradient: Any) -> Taken:
        """Call it once per number, and put together what it returned."""
        taken = [function.step(number) for function, number in zip(self.functions, gradient, strict=True)]
        self.params = _together([each.params for each in taken])
        slots = {name: _together([each.slots[name] for each in taken]) for name in taken[0].slots}
        whole = {name: float(numbers[0]) if isinstance(self.case.slots.get(name), float) else numbers for name, numbers in slots.items()}
        return Taken(self.params, whole)


def _together(numbers: Sequence[Any]) -> Any:
    """Numbers as an array; raises Unreadable where one is none."""
    found = [like(number, np.float64(0.0)) for number in numbers]
    if any(number is None for number in found):
        raise Unreadable("The function returns no number for a number.")
    return np.array(found)


def _of_number(case: StudentInput, k: int) -> StudentInput:
    """The case on one of its numbers."""
    starts: Any = case.start
    return replace(case, start=starts[k], slots={name: slot if isinstance(slot, float) else slot[k] for name, slot in case.slots.items()})


def listed(names: Sequence[str]) -> str:
    """What a function should return: `(w, v)`, or `w` where it is one thing."""
    return f"({', '.join(names)})" if len(names) > 1 else names[0]


def _is_count(value: Any, count: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == count


def wanted(student: Student, case: StudentInput, own: Mapping[str, tuple[str, ...]] | None = None) -> Wanted:
    """What there is to give to a function: params, gradient and state, and then the numbers, which matter if they are not 0."""
    arrays = [name for name, slot in case.slots.items() if not isinstance(slot, float) or takes_the_rest(student)]
    singles = {name: True for name in case.slots if name not in arrays}
    numbers = {**{name: bool(value) for name, value in case.numbers.items()}, **dict.fromkeys(case.switches, False)}
    return Wanted((PARAMS, GRADIENT, *arrays), {**singles, COUNTER: True, **numbers, BETAS: True}, own or {})


def bound_readings(
    found: Iterable[Binding],
    style: Callable[[Binding, StudentInput], Style],
    fitted: Callable[..., StudentInput],
    *,
    has_rivals: bool = False,
) -> Iterator[Reading]:
    """A reading for each binding; the first of several counts also where its numbers are wrong, if it is the usual order."""
    every = list(found)
    for number, binding in enumerate(every):
        state = [slot for slot in binding.missing if slot not in (PARAMS, GRADIENT)]
        yield Reading(
            title=f"f({binding.told()})",
            begin=partial(Remembering, style, state, binding) if state else partial(style, binding),
            fitted=without_a_state(partial(fitted, binding)) if state else partial(fitted, binding),
            takes=binding.takes,
            has_rivals=has_rivals or len(every) > 1,
            is_trial=len(every) > 1 and (number > 0 or not _is_usual_state(binding, every)),
        )


def _is_usual_state(binding: Binding, every: Sequence[Binding]) -> bool:
    """Whether what the orders differ in is nothing but params, gradient and state, and these stand in the usual order."""
    differ = [name for name in binding.roles if len({other.roles[name] for other in every}) > 1]
    given = [binding.roles[name] for name in differ]
    return given == [role for role in binding.wanted.needed if role in given]


class Remembering(Style):
    """Code without an argument for its state, which may keep it elsewhere: in a global variable, or in one around the function."""

    def __init__(self, style: Callable[[Binding, StudentInput], Style], state: Sequence[str], binding: Binding, case: StudentInput) -> None:
        super().__init__(case)
        self.state, self.memory = state, Memory(binding.function)
        missing = {slot.partition(" of ")[0] for slot in state}
        if missing & {role.partition(" of ")[0] for role in binding.roles.values()}:
            raise self._fault()
        self.inner = style(binding, replace(case, slots={name: slot for name, slot in case.slots.items() if name not in missing}))
        self.params = self.inner.params

    def shown(self, gradient: Arrays) -> Any:
        """As the code gets it."""
        return self.inner.shown(gradient)

    def step(self, gradient: Any) -> Taken:
        """Whatever is kept elsewhere is there in the next step."""
        kept = [place for place in self.memory.places if np.size(place.read()) > 1]
        try:
            taken = self.inner.step(gradient)
        except (TypeError, ValueError, IndexError) as error:
            if not kept:
                raise
            names = ", ".join(place.name for place in kept)
            raise Unreadable(f"The function keeps {names} outside, and cannot be run on params of other shapes: {error}") from error
        self.params = self.inner.params
        if not self.memory.changed():
            raise self._fault()
        return taken

    def _fault(self) -> StudentFault:
        told = ", ".join(map(repr, self.state))
        return StudentFault(f"Your function takes no argument for the state {told}. It must take the state as an argument, and return it.")


def without_a_state(fitted: Callable[[StudentInput], StudentInput]) -> Callable[[StudentInput], StudentInput]:
    """The same from the first step on."""
    return lambda case: fitted(inputs.stateless(case))


def flat(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on one array; from the first step on if the state is a single number that the code does not ask for."""
    return inputs.flat(case if knows_numbers(binding, case) else inputs.stateless(case))


def of_one_axis(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on one array of one axis, for code that goes through its numbers one by one."""
    return inputs.of_one_axis(flat(binding, case))


def of_matrices(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on one matrix, for code that goes through its rows and columns."""
    return inputs.of_two_axes(flat(binding, case))


def of_dictionaries(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on dictionaries of two arrays; of its own tensors, where it matters which these are."""
    if inputs.goes_by_tensor(case):
        return inputs.layered(case if knows_numbers(binding, case) else inputs.stateless(case))
    return inputs.one_layer(flat(binding, case))


def knows_numbers(binding: Binding, case: StudentInput) -> bool:
    """Whether code surely reads the state that is a single number, which others work out from t."""
    numbers = [name for name, slot in case.slots.items() if isinstance(slot, float)]
    return takes_the_rest(binding.function) or set(numbers) <= set(binding.roles.values())
