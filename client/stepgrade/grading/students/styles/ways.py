"""The ways to call a function: on arrays, on lists, number by number, on dictionaries; what it returns may have another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

Fitted = Callable[[Binding, StudentInput], StudentInput]

#: A binding, a style for it, how it is told, and what it makes of the inputs.
Variant = tuple[Binding, Callable[[Binding, StudentInput], Style], str, Callable[[Fitted], Fitted]]

#: Of code that goes through the numbers of an array by their indices.
OF_ITS_NUMBERS: tuple[tuple[str, Fitted], ...] = ((", on arrays of one axis", of_one_axis), (", on matrices", of_matrices))


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """One if the names say what is what; else one for each order of the arguments that is left."""
    if is_trainer(student):
        yield of_trainer(student)
        return
    found = list(bindings(student, wanted(student, case), names))
    others = list(exchanged(found[0])) if len(found) == 1 and not names else []
    is_clear, may_be_lists = len(found) == 1 and not found[0].missing, goes_through_something(student)
    yield from bound_readings(found, Function, flat, has_rivals=bool(others) or may_be_lists)
    if not is_clear:
        yield from (_trial(binding, Function, "", flat) for binding in others)
    if is_clear and found[0].takes_any_name:
        yield from bound_readings([replace(found[0], is_generous=True)], Function, flat, has_rivals=True)
    if is_clear and may_be_lists:
        yield on_lists(found[0], is_trial=False)
    if is_clear:
        variants = list(_variants(student, found[0], others))
        yield from (_trial(binding, style, told, changed(flat)) for binding, style, told, changed in variants)
        # On one number a mean, a sum and a flip do nothing: only code that raises on arrays was written for something else.
        usual: Variant = (found[0], Function, "", _itself)
        keeps_outside = Memory(student).holds_data
        for layout, fitted in OF_ITS_NUMBERS:
            yield replace(_laid_out(usual, layout, fitted), stands_in=may_be_lists)
            yield from (_laid_out(each, layout, fitted) for each in variants)
        yield from (_number_by_number(each, is_sure=not keeps_outside) for each in (usual, *variants))
        if not may_be_lists:
            yield on_lists(found[0], is_trial=True)
        yield from (replace(_laid_out(each, ", on dictionaries", of_dictionaries), has_names=True) for each in (usual, *variants))


def _variants(student: Student, binding: Binding, others: Sequence[Binding]) -> Iterator[Variant]:
    """What else the code may mean, whatever its params are."""
    yield from ((other, Function, "", _itself) for other in others)
    if COUNTER not in binding.roles.values() and Memory(student).places:
        yield binding, Function, ", which counts its steps outside", _from_the_first_step
    for order in _orders(len([role for role in binding.wanted.needed if role not in (PARAMS, GRADIENT)])):
        yield binding, partial(Reordered, order), ", which returns its state in another order", _itself


def _laid_out(variant: Variant, layout: str, fitted: Fitted) -> Reading:
    """A variant on params of another layout than one array."""
    binding, style, told, changed = variant
    return replace(_trial(binding, style, f"{told}{layout}", changed(fitted)), only_if_others_fail=True, layout=layout)


def _number_by_number(variant: Variant, *, is_sure: bool) -> Reading:
    """A variant on single numbers; what all of them keep together outside is no state of one."""
    binding, style, told, changed = variant
    layout = ", number by number"
    reading = _laid_out((binding, partial(NumberByNumber, style), told, changed), layout, of_one_axis)
    return reading if is_sure else replace(reading, layout=None)


def _orders(slots: int) -> list[tuple[int, ...]]:
    """The other orders in which a function may return its params and its slots: the params last, or two slots exchanged."""
    last = [(slots, *range(slots))] if slots else []
    return [*last, (0, 2, 1)] if slots == 2 else last


def _trial(binding: Binding, style: Callable[[Binding, StudentInput], Style], told: str, fitted: Fitted) -> Reading:
    """A way that nothing but its numbers speaks for."""
    return Reading(
        title=f"f({binding.told()}){told}",
        begin=partial(style, binding),
        fitted=partial(fitted, binding),
        takes=binding.takes,
        is_trial=True,
    )


def _itself(fitted: Fitted) -> Fitted:
    return fitted


def _from_the_first_step(fitted: Fitted) -> Fitted:
    """The same without a state: the count of the code's own begins at 0."""
    return lambda binding, case: fitted(binding, inputs.stateless(case))
