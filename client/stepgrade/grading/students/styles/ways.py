"""The ways to call a function: on arrays, on lists, number by number, on dictionaries; what it returns may have another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import COUNTER, GRADIENT, PARAMS
from stepgrade.grading.students.binding import Binding, bindings, exchanged
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.memory import Memory
from stepgrade.grading.students.styles.functions import (
    Function,
    NumberByNumber,
    Reordered,
    bound_readings,
    flat,
    of_dictionaries,
    of_matrices,
    of_one_axis,
    wanted,
)
from stepgrade.grading.students.styles.lists import goes_through_something, is_trainer, of_trainer, on_lists
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style

#: Of code that goes through the numbers of an array by their indices.
OF_ITS_NUMBERS = ((", on arrays of one axis", of_one_axis), (", on matrices", of_matrices))


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """One if the names say what is what; else one for each order of the arguments that is left."""
    if is_trainer(student):
        yield of_trainer(student)
        return
    found = list(bindings(student, wanted(student, case), names))
    others = list(exchanged(found[0])) if len(found) == 1 and not names else []
    is_clear, may_be_lists = len(found) == 1 and not found[0].missing, goes_through_something(student)
    yield from bound_readings(found, Function, flat, has_rivals=bool(others) or may_be_lists)
    yield from (_trial(binding, Function, "", flat) for binding in others)
    if is_clear and found[0].takes_any_name:
        yield from bound_readings([replace(found[0], is_generous=True)], Function, flat, has_rivals=True)
    if is_clear and may_be_lists:
        yield on_lists(found[0], is_trial=False)
    if is_clear:
        if COUNTER not in found[0].roles.values() and Memory(student).places:
            yield _trial(found[0], Function, ", which counts its steps outside", from_the_first_step)
        for order in _orders(len([role for role in found[0].wanted.needed if role not in (PARAMS, GRADIENT)])):
            yield _trial(found[0], partial(Reordered, order), ", which returns its state in another order", flat)
        # On one number a mean, a sum and a flip do nothing: only code that raises on arrays was written for something else.
        row, matrix = (_trial(found[0], Function, told, fitted) for told, fitted in OF_ITS_NUMBERS)
        yield from (replace(each, only_if_others_fail=True, stands_in=may_be_lists) for each in (row, matrix))
        yield replace(_trial(found[0], NumberByNumber, ", number by number", of_one_axis), only_if_others_fail=True)
        if not may_be_lists:
            yield on_lists(found[0], is_trial=True)
        yield replace(_trial(found[0], Function, ", on dictionaries", of_dictionaries), only_if_others_fail=True)


def _orders(slots: int) -> list[tuple[int, ...]]:
    """The other orders in which a function may return its params and its slots: the params last, or two slots exchanged."""
    last = [(slots, *range(slots))] if slots else []
    return [*last, (0, 2, 1)] if slots == 2 else last


def _trial(binding: Binding, style: Callable[[Binding, StudentInput], Style], told: str, fitted: Callable[..., StudentInput]) -> Reading:
    """A way that nothing but its numbers speaks for."""
    return Reading(
        title=f"f({binding.told()}){told}",
        begin=partial(style, binding),
        fitted=partial(fitted, binding),
        takes=binding.takes,
        is_trial=True,
    )


def from_the_first_step(_: Binding, case: StudentInput) -> StudentInput:
    """The case on one array, without a state: the count of the code's own begins at 0."""
    return inputs.flat(inputs.stateless(case))
