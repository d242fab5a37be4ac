"""Arguments of no known name that have a default: each may be a hyperparameter that the code is else not given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter
from itertools import combinations, islice, permutations
from typing import Any

from stepgrade.grading.students.aliases import BETAS, GRADIENT, PARAMS, STEPS, TOLERANCE
from stepgrade.grading.students.binding import NAMED, Binding
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.style import Names

#: What the hyperparameters usually are. A default tells which of two an argument cannot be: of 0.9 and 0.999, the larger is beta2.
USUAL: Mapping[str, float] = {
    "eps": 1e-8,
    TOLERANCE: 1e-6,
    "lr": 0.01,
    "weight_decay": 0.01,
    STEPS: 100.0,
    "rho": 0.9,
    "momentum": 0.9,
    "beta1": 0.9,
    "beta2": 0.999,
}
MOST_GUESSES = 24
MOST_ARGUMENTS = 6
FEWEST_STEPS = 2  # a default from which on it is a number of steps, and below which it is a hyperparameter


def guesses(bound: Sequence[Binding], names: Names, case: StudentInput, more: Sequence[str] = ()) -> Iterator[Names]:
    """The names of arguments as a teacher might have given them, those first that name the most arguments.

    `bound` are a function, or a class and its method, by the names that are known; `more` is what else there is to give.
    """
    if not bound or any(binding.takes_any_name for binding in bound):
        return
    taken = {role for binding in bound for role in binding.roles.values()} | set(names)
    taken |= {"beta1", "beta2"} if BETAS in taken else set()
    slots = [role for binding in bound for role in binding.missing if role not in (PARAMS, GRADIENT)]
    roles = [role for role in (*slots, *(name for name, value in case.numbers.items() if value), *more) if role not in taken]
    free = {each.name: each.default for binding in bound for each in binding.known or [] if _is_free(each, binding)}
    for chosen in islice(_assigned(dict(islice(free.items(), MOST_ARGUMENTS)), roles, slots), MOST_GUESSES):
        yield {**names, **chosen}


def _is_free(each: Parameter, binding: Binding) -> bool:
    return each.kind in NAMED and each.name not in binding.roles and each.default is not Parameter.empty


def _assigned(free: Mapping[str, Any], roles: Sequence[str], slots: Sequence[str]) -> Iterator[dict[str, str]]:
    """Which argument is what, by role; the defaults are in the order in which the hyperparameters usually are."""
    for count in range(min(len(free), len(roles)), 0, -1):
        for names in combinations(free, count):
            for order in permutations(roles, count):
                found = dict(zip(order, names, strict=True))
                may_be = all(_may_be(free[name], role, is_slot=role in slots) for role, name in found.items())
                if may_be and all(_in_order(one, other, found, free) for one, other in combinations(order, 2)):
                    yield found


def _may_be(default: Any, role: str, *, is_slot: bool) -> bool:
    """Whether a default is what one gives to such an argument."""
    if default is None:
        return True
    if isinstance(default, bool) or not isinstance(default, (int, float)):
        return False
    return default == 0 if is_slot else default >= FEWEST_STEPS if role == STEPS else 0 <= default < FEWEST_STEPS


def _in_order(one: str, other: str, found: Mapping[str, str], free: Mapping[str, Any]) -> bool:
    """Whether two defaults are in the order of what is usual; None and 0 say nothing, and neither do rare hyperparameters."""
    first, second = free[found[one]], free[found[other]]
    if not first or not second or one not in USUAL or other not in USUAL or first == second:
        return True
    return USUAL[one] == USUAL[other] or (USUAL[one] < USUAL[other]) == (first < second)
