"""What all shapes of student code have in common: a reading of the code, which is run on a case step by step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepgrade.encoding import Arrays
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.submitted import as_array

Student = Callable[..., Any]
Names = Mapping[str, str]


@dataclass
class Taken:
    """What one step returned; a slot is missing where it was not returned, and `t` is None where it was not counted.

    `holds_whole_numbers` is whether a state that was not returned is held in arrays of whole numbers.
    """

    params: Any
    slots: Mapping[str, Any]
    t: Any = None
    holds_whole_numbers: bool = False


class Style(ABC):
    """A student's code on one case, step by step."""

    def __init__(self, case: StudentInput) -> None:
        self.case = case
        self.params: Any = case.notes.of(copied(case.start))
        self.slots = {name: case.notes.of(copied(slot)) for name, slot in case.slots.items()}
        self.t = case.t

    @abstractmethod
    def step(self, gradient: Any) -> Taken:
        """Call the student's code once with a gradient of its own."""

    def shown(self, gradient: Arrays) -> Any:
        """The gradient as the student's code gets it: a copy."""
        return copied(gradient)


def everything(_: str) -> bool:
    """Code that can be given any hyperparameter."""
    return True


def nothing(_: str) -> bool:
    """Code that can be given no hyperparameter."""
    return False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to call a student's code.

    `title` says it to the teacher. `begin` starts a case, which `fitted` has laid out for the code. `takes` is whether the code has an
    argument for a hyperparameter. With `is_trial` only numbers that are right speak for this way; with `has_rivals` another way may be
    as likely. `stands_in`: where the code runs in no likely way, its numbers count in this one. `owns_params` is whether the code may
    change its params in place, and `shapes` are the tensors of random inputs, None for arrays. `only_if_others_fail`: where the code
    runs in a way before, as wrong as its numbers are, this way is not tried; but where that has the same `layout` of the params, it is.
    With `has_names` the gradients are in dictionaries: code that reads one by its name is meant for these. `by_argument` is which
    hyperparameters it takes as arguments, where others stand in a dictionary that it is given.
    """

    title: str
    begin: Callable[[StudentInput], Style]
    fitted: Callable[[StudentInput], StudentInput]
    takes: Callable[[str], bool] = everything
    is_trial: bool = False
    has_rivals: bool = False
    stands_in: bool = False
    owns_params: bool = False
    shapes: Mapping[str, tuple[int, ...]] | None = None
    only_if_others_fail: bool = False
    layout: str | None = None
    has_names: bool = False
    by_argument: Callable[[str], bool] = nothing


def copied(value: Any) -> Any:
    """Arrays of the student's own."""
    if isinstance(value, dict):
        return {name: copied(part) for name, part in value.items()}
    if isinstance(value, list):
        return [copied(part) for part in value]
    return value.copy() if isinstance(value, np.ndarray) else value


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


def like(value: Any, start: Any) -> Any:
    """What a student holds as arrays, if it is laid out like the start; else None."""
    if isinstance(start, dict):
        parts = {name: like(value.get(name), part) for name, part in start.items()} if isinstance(value, Mapping) else {}
        return parts if parts and all(part is not None for part in parts.values()) else None
    try:
        array = as_array(np.asarray(value, dtype=np.float64) if isinstance(value, (list, tuple, float, int)) else value)
    except Exception:  # lists of unequal lengths, text, tensors that will not be arrays
        return None
    return array if array is not None and array.shape == start.shape and array.dtype.kind in "fiu" else None


def has_gaps(numbers: Any) -> bool:
    """Whether a number is missing in what was submitted: it was not finite."""
    if isinstance(numbers, (list, dict)):
        return any(has_gaps(part) for part in (numbers.values() if isinstance(numbers, dict) else numbers))
    return numbers is None


def same(one: Any, other: Any) -> bool:
    """Whether two lists of arrays hold the same numbers."""
    return len(one) == len(other) and all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def kind_of(value: Any) -> str:
    """A returned value in a few words."""
    if value is None:
        return "None (is the return missing?)"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"an object of type {type(value).__name__}"
