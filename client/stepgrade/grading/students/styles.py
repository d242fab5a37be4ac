"""The four shapes of student code: how each is called, and what it returns."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepgrade.encoding import Arrays
from stepgrade.grading.students import inputs
from stepgrade.grading.students.binding import Given, bound, parameters, takes
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.watching import StudentFault
from stepgrade.grading.submitted import as_array, submitted

Student = Callable[..., Any]
Names = Mapping[str, str]

CS231N_NUMBERS = {"lr": "learning_rate", "eps": "epsilon", "rho": "decay_rate"}
HELD_IN = ("params", "parameters", "weights", "w", "x", "theta")  # where an object holds what it optimizes


@dataclass
class Taken:
    """What one step returned; a slot is missing where it was not returned, and `t` is None where it was not counted."""

    params: Any
    slots: Mapping[str, Any]
    t: Any = None


class Style(ABC):
    """A student's code on one case, step by step. `slot_names` says what this style calls the service's slots."""

    def __init__(self, student: Student, case: StudentInput, names: Names, slot_names: Names | None = None) -> None:
        self.slot_names = slot_names or {}
        self.student, self.case, self.names = student, case, names
        self.params: Any = _copied(case.start)
        self.slots = {name: _copied(slot) for name, slot in case.slots.items()}
        self.t = case.t

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """The case as this style's code can take it."""
        return inputs.flat(case)

    @abstractmethod
    def step(self, gradient: Any) -> Taken:
        """Call the student's code once with a gradient of its own."""

    def shown(self, gradient: Arrays) -> Any:
        """The gradient as the student's code gets it: a copy."""
        return _copied(gradient)

    def called(self, slot: str) -> str:
        """What the student calls a slot."""
        return self.names.get(slot, self.slot_names.get(slot, slot))


class Cs231n(Style):
    """`f(w, dw, config) -> (w, config)`."""

    def __init__(self, student: Student, case: StudentInput, names: Names) -> None:
        super().__init__(student, case, names, {"accumulator": "cache", **({"v": "cache"} if "rho" in case.settings else {})})
        numbers = {names.get(name, CS231N_NUMBERS.get(name, name)): value for name, value in case.numbers.items()}
        slots = {self.called(name): slot for name, slot in self.slots.items()}
        self.config: dict[str, Any] = {**numbers, **slots, names.get("t", "t"): self.t}

    def step(self, gradient: Any) -> Taken:
        """Pass the config on from step to step."""
        returned = self.student(self.params, gradient, self.config)
        if not isinstance(returned, tuple) or len(returned) != 2 or not isinstance(returned[1], Mapping):
            raise StudentFault(f"Your function should return (w, config), a tuple of two; it returned {kind_of(returned)}.")
        self.params, self.config = returned[0], dict(returned[1])
        slots = {name: self.config[self.called(name)] for name in self.slots if self.called(name) in self.config}
        t = submitted(self.config.get(self.names.get("t", "t")))
        return Taken(self.params, slots, None if t == self.t else t)


class Tuple(Style):
    """`f(params, grad, *state, lr=..., ...) -> (params, *state)`. A state that is one number is given to code that asks for it."""

    def __init__(self, student: Student, case: StudentInput, names: Names, slot_names: Names | None = None) -> None:
        super().__init__(student, case, names, slot_names)
        known = parameters(student) or []
        asked, takes_all = {p.name for p in known}, any(p.kind is p.VAR_POSITIONAL for p in known)
        self.slots = {
            name: slot for name, slot in self.slots.items() if not isinstance(slot, float) or takes_all or self.called(name) in asked
        }

    def step(self, gradient: Any) -> Taken:
        """Pass what was returned on to the next step."""
        self.t += 1
        slots = {self.called(name): slot for name, slot in self.slots.items()}
        arguments, named = bound(self.student, Given((self.params, gradient), slots, self.case.numbers, self.t, self.names))
        returned = self.student(*arguments, **named)
        parts = returned if isinstance(returned, (tuple, list)) else (returned,)
        if len(parts) < 1 + len(slots) or returned is None:
            raise StudentFault(f"Your function should return ({', '.join([self.first, *slots])}); it returned {kind_of(returned)}.")
        self.params = parts[0]
        self.slots = dict(zip(self.slots, parts[1:], strict=False))
        return Taken(self.params, self.slots)

    first = "params"


class Dls(Tuple):
    """`f(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon) -> (parameters, v, s)`, on dictionaries of layers."""

    first = "parameters"

    def __init__(self, student: Student, case: StudentInput, names: Names) -> None:
        super().__init__(student, case, names, {"m": "v", "velocity": "v", "v": "s", "accumulator": "s"})
        self.slots = {name: _derivatives(slot) for name, slot in self.slots.items()}

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """On the dictionary of a network's layers."""
        return inputs.layered(case)

    def shown(self, gradient: Arrays) -> Any:
        """With a d before every name."""
        return _derivatives(_copied(gradient))

    def step(self, gradient: Any) -> Taken:
        """Read dictionaries, whatever is in them."""
        taken = super().step(gradient)
        slots = {name: _without_d(slot) for name, slot in taken.slots.items()}
        if not isinstance(taken.params, Mapping):
            raise StudentFault(f"Your function should return the dictionary of parameters first; it returned {kind_of(taken.params)}.")
        return Taken({name: taken.params.get(name) for name in self.case.start}, slots)


class Object(Style):
    """A class made with params and hyperparameters, with a method `step`."""

    def __init__(self, student: Student, case: StudentInput, names: Names) -> None:
        super().__init__(student, case, names)
        self.params = Tensor.of(self.params)
        arguments, named = bound(student, Given((self.params,), {}, case.numbers, None, names))
        self.object = student(*arguments, **named)
        if not callable(getattr(self.object, "step", None)):
            raise StudentFault(f"Your optimizer has no method step: it is {kind_of(self.object)}.")

    @staticmethod
    def fitted(case: StudentInput) -> StudentInput:
        """From the first step on: an object's state cannot be set from outside."""
        return inputs.flat(inputs.stateless(case))

    def step(self, gradient: Any) -> Taken:
        """Pass the gradient if step takes one, and set it as an attribute in any case."""
        for name in ("grad", "grads", "gradient"):
            _set(self.object, name, gradient)
        _set(self.held(), "grad", gradient)
        needed = [p for p in parameters(self.object.step) or [] if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        required = [p for p in needed if p.default is inspect.Parameter.empty]
        arguments = (self.held(), gradient) if len(required) > 1 else (gradient,) if needed else ()
        returned = self.object.step(*arguments)
        if as_array(returned) is not None and np.shape(returned) == self.params.shape:
            return Taken(returned, {})
        return Taken(self.held(), {})

    def held(self) -> Any:
        """The params as the object has them, else those it was made with."""
        for name in HELD_IN:
            value = getattr(self.object, name, None)
            array = None if value is None or callable(value) else as_array(value)
            if array is not None and array.shape == self.params.shape:
                return value
        return self.params


class Tensor(np.ndarray[Any, Any]):
    """An array with a gradient, for code that looks for `p.grad` and sets `p.data`."""

    grad: Any = None

    @classmethod
    def of(cls, array: Any) -> Tensor:
        """Make one of an array."""
        return np.array(array, dtype=np.float64).view(cls)

    @property
    def data(self) -> Any:
        """The numbers themselves."""
        return self.view(np.ndarray)

    @data.setter
    def data(self, value: Any) -> None:
        self[...] = value


STYLES: Mapping[str, type[Style]] = {"cs231n": Cs231n, "dls": Dls, "tuple": Tuple, "object": Object}


def arrays_in(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays in what a student holds: itself, or a mapping's or list's."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from arrays_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from arrays_in(part)
    elif isinstance(value, np.ndarray):
        yield value


def kind_of(value: Any) -> str:
    """A returned value in a few words."""
    if value is None:
        return "None (is the return missing?)"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"an object of type {type(value).__name__}"


def accepts(student: Student, style: str, name: str, names: Names) -> bool:
    """Whether a student's code has an argument for a hyperparameter."""
    if style == "cs231n":
        return True
    return takes(student, name, names)


def knows_numbers(student: Student, style: str, case: StudentInput, names: Names) -> bool:
    """Whether a student's code surely reads the state that is a single number, which others work out from t."""
    numbers = [name for name, slot in case.slots.items() if isinstance(slot, float)]
    known = parameters(student) or []
    asked = {parameter.name for parameter in known}
    takes_all = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in known)
    return not numbers or (style == "tuple" and (takes_all or all(names.get(name, name) in asked for name in numbers)))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: part.copy() for name, part in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _derivatives(value: Any) -> Any:
    return {f"d{name}": part for name, part in value.items()} if isinstance(value, dict) else value


def _without_d(value: Any) -> Any:
    return {str(name).removeprefix("d"): part for name, part in value.items()} if isinstance(value, Mapping) else value


def _set(holder: Any, name: str, value: Any) -> None:
    try:
        setattr(holder, name, value)
    except (AttributeError, TypeError):  # a plain array, a class with slots, a property
        return
