"""Whole loops in other shapes, as functions: a class whose method runs the loop, and a loop with a gradient for w and one for b."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from stepgrade.grading.students.aliases import (
    ALIASES,
    BIAS,
    BIAS_GRADIENT,
    DERIVATIVE,
    GRADIENT,
    OBJECTIVE,
    STEPS,
    WEIGHT,
    WEIGHT_GRADIENT,
    folded,
)
from stepgrade.grading.students.binding import NAMED, parameters
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.styles.called import called_arguments, goes_round
from stepgrade.grading.students.styles.style import Student

#: Names for the number of steps that mean nothing else.
COUNTS = frozenset(name for name in ALIASES[STEPS] if len(name) > len("steps"))
COUNTS_OF_A_METHOD = COUNTS | {"steps", "iters", "niter"}

#: Names of a gradient that is a function and no array.
OF_A_FUNCTION = frozenset(ALIASES[DERIVATIVE]) - frozenset(ALIASES[GRADIENT])

#: Names of what is no gradient function, although it is called: an objective, a closure; and a number, where a * is forgotten.
NO_GRADIENTS = frozenset(folded(name) for role in (OBJECTIVE, "lr", "momentum", "beta1", "beta2", "eps") for name in ALIASES[role])
NO_GRADIENTS |= {"closure", "callback", "self"}
NO_GRADIENTS -= frozenset(map(folded, ALIASES[DERIVATIVE]))

#: Where an object of a loop holds its point, and where its points.
HELD_IN = ("params", "parameters", "weights", "theta", "x", "w", "point", "position")
POINTS_IN = ("history", "path", "points", "trajectory")

#: Points of two numbers in fewer rows than this look like two of those points.
FEWEST = 2

#: What the numbers of a start may be called besides w and b.
START_OF = "{}", "{}0", "{}_0", "init_{}", "{}_init", "initial_{}", "{}_start", "start_{}"


def as_function(student: Student) -> tuple[Student, bool]:
    """The loop as a function, and whether it needs a point of two numbers; other code as it is."""
    if inspect.isclass(student):
        name = method_of(student)
        return (student, False) if name is None else (of_class(student, name), False)
    found = pair_in(student)
    return (student, False) if found is None else (of_pair(student, found), True)


def gradient_function(student: Student) -> str | None:
    """The argument that code calls as its gradient function.

    None where there is none, where it may be the objective or a callback, and where the gradient is an array.
    """
    name = method_of(student) if inspect.isclass(student) else None
    function = student if name is None else getattr(student, name)
    found, called = _may_be_gradients(function), called_arguments(function)
    has_array = any(each.name not in called and each.name.lower() in ALIASES[GRADIENT] for each in parameters(function) or [])
    return found[0] if len(found) == 1 and not has_array else None


def _may_be_gradients(function: Student) -> list[str]:
    """What a function calls that it must be given: a closure and a callback have a default."""
    called = [name for name in called_arguments(function) if folded(name) not in NO_GRADIENTS]
    return [each.name for each in parameters(function) or [] if each.name in called and each.default is each.empty]


def method_of(made: type) -> str | None:
    """The method of a class that runs a whole loop: it calls a gradient function, and it or the constructor takes a number of steps."""
    of_class = _names(made)
    for name, method in vars(made).items():
        if not inspect.isfunction(method) or (name.startswith("_") and name != "__call__"):
            continue
        taken = _names(method)
        if taken & COUNTS_OF_A_METHOD and taken & set(ALIASES[DERIVATIVE]):
            return name
        if _may_be_gradients(method) and goes_round(method):
            return name
        if of_class & COUNTS_OF_A_METHOD and taken & OF_A_FUNCTION:
            return name
    return None


def of_class(made: type, name: str) -> Student:
    """A class and its method as one function of what both take."""
    of_constructor = [each for each in parameters(made) or [] if each.kind in NAMED]
    of_method = [each for each in (parameters(getattr(made, name)) or [])[1:] if each.kind in NAMED]

    def loop(**given: Any) -> Any:
        instance = call(made, (), {each.name: given[each.name] for each in of_constructor if each.name in given})
        returned = call(getattr(instance, name), (), {each.name: given[each.name] for each in of_method if each.name in given})
        return _with_held(returned, instance)

    return _signed(loop, {each.name: each for each in (*of_constructor, *of_method)})


def _with_held(returned: Any, instance: Any) -> Any:
    """What a method returned; what the object holds, where that may be no point."""
    if isinstance(returned, (np.ndarray, tuple, float, int)):
        return returned
    held = [getattr(instance, name, None) for name in (*HELD_IN, *POINTS_IN)]
    held = [each for each in held if isinstance(each, (np.ndarray, list, tuple, float))]
    return (*held, returned) if held else returned


def pair_in(student: Student) -> dict[str, str] | None:
    """Which arguments of a loop are w, b and the gradient function of each, by role; None where one is missing."""
    names = {folded(each.name): each.name for each in parameters(student) or [] if each.kind in NAMED}
    if not _names(student) & COUNTS_OF_A_METHOD:
        return None
    found = dict[str, str]()
    for role, letter in ((WEIGHT_GRADIENT, ""), (BIAS_GRADIENT, ""), (WEIGHT, "w"), (BIAS, "b")):
        usual = [*ALIASES[role], *(form.format(letter) for form in START_OF if letter)]
        name = next((names[folded(each)] for each in usual if folded(each) in names), None)
        if name is None or name in found.values():
            return None
        found[role] = name
    return found


def of_pair(student: Student, found: Mapping[str, str]) -> Student:
    """A loop on w and b as one on an array of both."""

    def loop(*, grad_fn: Callable[..., Any], x0: Any, **given: Any) -> Any:
        def part(number: int) -> Callable[..., float]:
            return lambda *point: float(grad_fn(np.array(point, dtype=float).reshape(-1))[number])

        weight, bias = np.asarray(x0, dtype=float).tolist()
        own = {WEIGHT: weight, BIAS: bias, WEIGHT_GRADIENT: part(0), BIAS_GRADIENT: part(1)}
        return _joined(call(student, (), {**given, **{found[role]: value for role, value in own.items()}}), found)

    rest = [each for each in parameters(student) or [] if each.kind in NAMED and each.name not in found.values()]
    taken = [Parameter("grad_fn", Parameter.KEYWORD_ONLY), Parameter("x0", Parameter.KEYWORD_ONLY), *rest]
    return _signed(loop, {each.name: each for each in taken})


def _joined(returned: Any, found: Mapping[str, str]) -> Any:
    """w and b that were returned as points of two numbers: two numbers, two lists, or a dictionary of them."""
    if isinstance(returned, Mapping):
        returned = tuple(returned.get(found[role], returned.get(letter)) for role, letter in ((WEIGHT, "w"), (BIAS, "b")))
    if not isinstance(returned, (tuple, list)) or len(returned) < 2:
        return returned
    first, second = returned[0], returned[1]
    if np.ndim(first) == 0 and np.ndim(second) == 0:
        return np.array([first, second], dtype=float)
    if np.ndim(first) == np.ndim(second) == 1 and len(first) == len(second) > FEWEST:
        return [np.array(point, dtype=float) for point in zip(first, second, strict=True)]
    return returned


def _signed(loop: Student, taken: Mapping[str, Parameter]) -> Student:
    """With a signature of named arguments."""
    named = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in taken.values()]
    loop.__signature__ = Signature(named)  # type: ignore[attr-defined]
    return loop


def _names(function: Student) -> set[str]:
    return {each.name.lower() for each in parameters(function) or []}
