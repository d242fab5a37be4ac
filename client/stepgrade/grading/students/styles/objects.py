"""Code that is a class: made with params or without, whose method takes params, gradients, both, pairs of them, or nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from stepgrade.grading.students.aliases import (
    BETAS,
    BIAS,
    BIAS_GRADIENT,
    COUNTER,
    GRADIENT,
    LAYER,
    PAIRS,
    PARAMS,
    SIZE,
    WEIGHT,
    WEIGHT_GRADIENT,
)
from stepgrade.grading.students.binding import Binding, Wanted, bind
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.memory import whole_numbers_in
from stepgrade.grading.students.styles.containers import BY_NUMBERS, BY_ROLE, CONTAINERS, Array, Container, attach
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style, Taken, arrays_in, kind_of
from stepgrade.grading.students.watching import Unreadable

METHODS = (
    *("step", "apply_gradients", "update", "optimize", "update_params", "update_parameters", "update_weights", "apply_gradient", "apply"),
    *("update_param", "update_step", "optimise", "get_update", "get_updates", "compute_update", "train_step", "run", "__call__"),
)
OF_PAIRS = "apply_gradients"  # as in Keras: of pairs of a gradient and a tensor
BEFORE, AFTER = ("pre_update_params",), ("post_update_params",)
HELD_IN = ("params", "parameters", "weights", "w", "x", "theta")  # where an object holds what it optimizes
GRADIENT_IN = ("grad", "grads", "gradient")
NO_OBJECTS = (dict, list, tuple, str, float, int, np.ndarray, np.generic, type(None))  # what a function returns that makes none
FORGETS = {"zero_grad", "reset_grad", "clear_grad", "reset", "zero_grads"}


@dataclass
class Way:
    """One way to make and call a class, and what was seen of its arithmetic."""

    constructor: Binding
    container: type[Container]
    names: Names
    swapped: bool = False
    sign: int = 0  # of a returned step; 0 where the params are returned
    dtype: Any = np.float64
    seen: set[str] = field(default_factory=set)


class Object(Style):
    """An object made for a case, whose method is called with each gradient."""

    def __init__(self, way: Way, case: StudentInput) -> None:
        super().__init__(case)
        self.way, self.container = way, way.container(case.start, way.dtype)
        self.params = self.container.params = case.notes.of(self.container.params)
        known = {**self.numbers(), **self.container.known()}
        arguments, named = way.constructor.arguments(known)
        self.object = call(way.constructor.function, arguments, named)
        self.method = method_of(self.object)
        self.binding = bound_method(self.method, case, way.names, swapped=way.swapped)
        self.is_given_params = PARAMS in way.constructor.roles.values()

    def numbers(self) -> dict[str, Any]:
        """The hyperparameters, and the step's number."""
        numbers = self.case.numbers
        betas = {BETAS: (numbers["beta1"], numbers["beta2"])} if {"beta1", "beta2"} <= set(numbers) else {}
        return {**numbers, **self.case.switches, **betas, COUNTER: self.t}

    def step(self, gradient: Any) -> Taken:
        """Pass what the method asks for; the gradient is also an attribute of the tensors and of the object."""
        self.t += 1
        values = self.container.values(gradient, self.held(self.container.params))
        values |= {GRADIENT: self.case.notes.of(values[GRADIENT], is_gradient=True)} if GRADIENT in values else {}
        if GRADIENT in values and GRADIENT not in self.binding.roles.values():
            for name in GRADIENT_IN:
                attach(self.object, name, values[GRADIENT])
        self._beside(BEFORE)
        returned = call(self.method, *self.binding.arguments({**self.numbers(), **values}))
        self._beside(AFTER)
        self._look()
        for own, shown in zip(self.container.given, arrays_in(gradient), strict=True):
            shown[...] = own  # so that a gradient that was changed is seen
        return Taken(self._now(returned), {}, holds_whole_numbers=self._holds_whole_numbers())

    def held(self, own: Any) -> Any:
        """The params as the object has them, else those it was made with."""
        for name in HELD_IN:
            value = getattr(self.object, name, None)
            if value is not None and not callable(value) and self.container.read(value) is not None:
                return value
        return own

    def _now(self, returned: Any) -> Any:
        """The params after the step: those that were returned, else those that the object holds."""
        if isinstance(returned, tuple) and self.container.read(returned) is None and returned:
            returned = returned[0]
        found = self.container.read(returned)
        if found is not None and self.way.sign:
            found = _moved(self.container.read(self.container.params), found, self.way.sign)
        if found is not None:
            if self.way.sign or not self.is_given_params or PARAMS in self.binding.roles.values():
                self.container.params = self.container.hold(found)
            return found
        if self.way.sign:
            raise Unreadable("The method returns no step.")
        now = self.held(self.container.params)
        found = self.container.read(now)
        return now if found is None else found

    def _beside(self, names: tuple[str, ...]) -> None:
        for name in names:
            if callable(getattr(self.object, name, None)):
                call(getattr(self.object, name))

    def _holds_whole_numbers(self) -> bool:
        """Whether the object keeps its state in arrays of whole numbers. A count of the steps and a sign are whole in right code too."""
        kept = whole_numbers_in(getattr(self.object, "__dict__", {}).values(), self.case.start)
        is_sign = [bool(array.any()) and bool((np.abs(array) <= 1).all()) for array in kept]
        return any(not sign and not (array == self.t).all() for array, sign in zip(kept, is_sign, strict=True))

    def _look(self) -> None:
        """Whether the object holds numbers in single precision."""
        if any(array.dtype == np.float32 for value in getattr(self.object, "__dict__", {}).values() for array in arrays_in(value)):
            self.way.seen.add("float32")


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """Each way to make the class and to hold its params; the first that runs is likely the right one."""
    yield from (reading for _, reading in ways(student, names, case))


def number_by_number(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """The ways for a class that goes through the numbers of an array by their indices."""
    for way, reading in ways(student, names, case):
        if way.container is Array and not way.sign and not reading.is_trial:
            for each in BY_NUMBERS:
                tried = _reading(replace(way, container=each), None, is_trial=True)
                yield replace(tried, takes=reading.takes, stands_in=True, only_if_others_fail=True)


def ways(student: Student, names: Names, case: StudentInput) -> Iterator[tuple[Way, Reading]]:
    """The same, each with its way."""
    method = _method_of_class(student)
    try:
        binding = None if method is None else bound_method(method, case, names)
    except Unreadable:  # which is said of each way that is tried
        binding = None
    asked = set() if binding is None else set(binding.roles.values())
    for constructor in _constructors(student, names, case):
        given = {*asked, *constructor.roles.values()}
        containers = [container for role, container in BY_ROLE.items() if role in given] or CONTAINERS
        way = Way(constructor, containers[0], names)
        if GRADIENT in asked and not {PARAMS, PAIRS} & given:  # it can return nothing but the step
            yield from (_told(replace(way, container=Array, sign=sign), binding, is_trial=sign > 0) for sign in (-1, 1))
            continue
        yield from (_told(replace(way, container=each), binding) for each in containers)
        if binding is not None and binding.unknown:
            yield from (_told(replace(way, container=each, swapped=True), binding, is_trial=True) for each in containers)
        if "float32" in way.seen:
            yield from (_told(replace(way, container=each, dtype=np.float32), binding, is_trial=True) for each in containers)


def _told(way: Way, method: Binding | None, *, is_trial: bool = False) -> tuple[Way, Reading]:
    return way, _reading(way, method, is_trial=is_trial)


def _reading(way: Way, method: Binding | None, *, is_trial: bool = False) -> Reading:
    title = f"a class made with ({way.constructor.told()}), whose params are {way.container.title}"
    title += ", the gradient first" if way.swapped else ""
    title += ", whose method returns the step" if way.sign else ""

    def takes(name: str) -> bool:
        return way.constructor.takes(name) or (method is not None and method.takes(name))

    return Reading(
        title=title,
        begin=partial(Object, way),
        fitted=way.container.fitted,
        takes=takes,
        is_trial=is_trial,
        has_rivals=way.sign != 0,
        owns_params=True,
        shapes=way.container.shapes,
    )


def bound(student: Student, names: Names, case: StudentInput) -> list[Binding]:
    """The constructor and the method, by the names that are known."""
    method = _method_of_class(student)
    try:
        return [next(_constructors(student, names, case)), *([] if method is None else [bound_method(method, case, names)])]
    except (StopIteration, Unreadable):
        return []


def _constructors(student: Student, names: Names, case: StudentInput) -> Iterator[Binding]:
    """The ways to make the class: an argument that is not known may be its params, or their size."""
    numbers = {**{name: bool(value) for name, value in case.numbers.items()}, **dict.fromkeys(case.switches, False)}
    found = bind(student, Wanted((), {PARAMS: True, SIZE: True, LAYER: True, **numbers, BETAS: True}), names)
    if not found.unknown:
        yield found
    elif len(found.unknown) == 1:
        for role in (PARAMS, SIZE):
            if role not in found.roles.values():
                yield replace(found, roles={**found.roles, found.unknown[0]: role}, unknown=())


def bound_method(method: Callable[..., Any], case: StudentInput, names: Names, *, swapped: bool = False) -> Binding:
    """What a method asks for. One or two arguments that are not known are the gradient, or the params and the gradient."""
    numbers = {**{name: bool(value) for name, value in case.numbers.items()}, **dict.fromkeys(case.switches, False)}
    for roles in ((WEIGHT, BIAS, WEIGHT_GRADIENT, BIAS_GRADIENT), (PARAMS, GRADIENT, PAIRS, LAYER)):
        found = bind(method, Wanted((), {**dict.fromkeys(roles, True), COUNTER: True, **numbers}), names)
        if roles[0] == PARAMS or set(roles) <= set(found.roles.values()):
            break
    if not found.unknown:
        return found
    left = [role for role in (PARAMS, GRADIENT) if role not in found.roles.values()]
    order = left[::-1] if swapped else left
    if len(found.unknown) == 1 and GRADIENT in left:
        made = method.func if isinstance(method, partial) else method
        order = [PAIRS if getattr(made, "__name__", "") == OF_PAIRS else GRADIENT]
    if len(order) != len(found.unknown):
        raise Unreadable(f"The method asks for {', '.join(found.unknown)}.")
    unknown = found.unknown if len(order) > 1 else ()
    return replace(found, roles={**found.roles, **dict(zip(found.unknown, order, strict=True))}, unknown=unknown)


def method_of(optimizer: Any) -> Callable[..., Any]:
    """The method that takes a step: by its name, or the only one that there is; what a function returned is one itself."""
    if inspect.isfunction(optimizer):
        return optimizer
    if isinstance(optimizer, NO_OBJECTS):
        raise Unreadable(f"There is nothing that takes a step: it is {kind_of(optimizer)}.")
    for name in METHODS:
        method = getattr(optimizer, name, None)
        if callable(method):
            found: Callable[..., Any] = method
            return found
    own = [name for name in vars(type(optimizer)) if not name.startswith("_") and name not in FORGETS]
    methods = [name for name in own if callable(getattr(optimizer, name))]
    if len(methods) != 1:
        raise Unreadable(f"There is no method {', '.join(METHODS[:4])} or the like: it is {kind_of(optimizer)}.")
    only: Callable[..., Any] = getattr(optimizer, methods[0])
    return only


def _method_of_class(student: Student) -> Callable[..., Any] | None:
    """The same before an object is made; None where that is not known."""
    made = student.func if isinstance(student, partial) else student
    if not inspect.isclass(made):
        return None
    names = [*METHODS, *(name for name in vars(made) if not name.startswith("_") and name not in FORGETS)]
    method = next((getattr(made, name) for name in names if name != "__call__" and inspect.isfunction(getattr(made, name, None))), None)
    if method is None:
        method = vars(made).get("__call__")
    return None if method is None else partial(method, None)


def _moved(before: Any, step: Any, sign: int) -> Any:
    if isinstance(before, dict):
        return {name: part + sign * step[name] for name, part in before.items()}
    return before + sign * step
