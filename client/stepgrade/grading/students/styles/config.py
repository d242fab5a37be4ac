"""Code of the shape `f(w, dw, config) -> (w, config)`: the state and the hyperparameters stand in a dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from stepgrade.grading.students import inputs
from stepgrade.grading.students.binding import PLACED, Wanted, bind, parameters, takes_the_rest
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.noting import Noting
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style, Taken, copied, kind_of, like
from stepgrade.grading.students.watching import StudentFault
from stepgrade.grading.submitted import submitted

#: The keys of a hyperparameter: the first is that of the course, the others are usual too.
KEYS: Mapping[str, tuple[str, ...]] = {
    "lr": ("learning_rate", "lr", "alpha", "eta"),
    "eps": ("epsilon", "eps"),
    "rho": ("decay_rate", "rho", "decay"),
    "beta1": ("beta1", "beta_1"),
    "beta2": ("beta2", "beta_2"),
}
ARGUMENTS = 3
NO_NAMES: Names = {}

#: What the third argument may be called where the code does not follow the course's name.
CONFIGS = {"config", "configs", "configuration", "cfg", "conf", "cache", "state", "opt", "options", "hyperparams", "hyperparameters"}
#: Of these, the names that arrays have too.
OF_ARRAYS = {"cache", "state"}


class Config(Style):
    """One call after another, each with the config that the last one returned."""

    def __init__(self, student: Student, names: Names, case: StudentInput) -> None:
        super().__init__(case)
        self.student = student
        self.own = {name: case.numbers[role] for name, role in _own_arguments(student, names, case).items()}
        usual = {"accumulator": "cache", **({"v": "cache"} if "rho" in case.settings else {})}
        self.keys = {slot: names.get(slot, usual.get(slot, slot)) for slot in self.slots}
        self.counter = names.get("t", "t")
        numbers = under_keys(case, names)
        slots = {self.keys[name]: slot for name, slot in self.slots.items()}
        self.config: dict[str, Any] = case.notes.of({**numbers, **slots, self.counter: self.t}, numbers=roles_by_key(case, names))

    def step(self, gradient: Any) -> Taken:
        """Pass the config on from step to step."""
        before = copied(self.config)
        returned = call(self.student, (self.params, gradient, self.config), self.own)
        if like(returned, self.case.start) is not None and _has_changed(before, self.config):
            returned = returned, self.config  # changed in place
        if not isinstance(returned, tuple) or len(returned) != 2 or not isinstance(returned[1], Mapping):
            raise StudentFault(f"Your function should return (w, config), a tuple of two; it returned {kind_of(returned)}.")
        self.params, kept = returned
        self.config = kept.copy() if isinstance(kept, Noting) else dict(kept)
        slots = {name: self.config[key] for name, key in self.keys.items() if key in self.config}
        t = submitted(self.config.get(self.counter))
        return Taken(self.params, slots, None if t == self.t else t)


def _own_arguments(student: Student, names: Names, case: StudentInput) -> dict[str, str]:
    """The arguments that a function has for hyperparameters, although it has a config."""
    given = [each.name for each in parameters(student) or [] if each.kind in PLACED][:ARGUMENTS]
    found = bind(student, Wanted((), {name: bool(value) for name, value in case.numbers.items()}), names)
    return {name: role for name, role in found.roles.items() if name not in given}


def _has_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a config is not what it was."""
    return before.keys() != after.keys() or any(not np.array_equal(before[name], after[name]) for name in before)


def takes_a_config(student: Student) -> bool:
    """Whether a function's third argument has the name of a dictionary, and it needs no others.

    Where the hyperparameters are arguments of their own, `cache` is no config.
    """
    placed = [each for each in parameters(student) or [] if each.kind in PLACED]
    required = [each for each in placed if each.default is each.empty]
    if not len(placed) >= ARGUMENTS >= len(required):
        return False
    return placed[ARGUMENTS - 1].name.lower() in (CONFIGS if len(placed) == ARGUMENTS else CONFIGS - OF_ARRAYS)


def may_take_arrays(student: Student) -> bool:
    """Whether the name of a function's third argument may be that of an array."""
    placed = [each for each in parameters(student) or [] if each.kind in PLACED]
    return len(placed) >= ARGUMENTS and placed[ARGUMENTS - 1].name.lower() in OF_ARRAYS


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """From a state, and from none: code that keeps its state under keys of its own can be right only then."""
    known = parameters(student) or []
    placed = [each for each in known if each.kind in PLACED]
    required = [
        each for each in known if each.kind is not each.VAR_KEYWORD and each.default is each.empty and each.kind is not each.VAR_POSITIONAL
    ]
    if not takes_the_rest(student) and (len(placed) < ARGUMENTS or len(required) > ARGUMENTS):
        return
    begin, own = partial(Config, student, names), partial(Own, student, names)
    by_argument = set(_own_arguments(student, names, case).values()).__contains__
    yield Reading(title="f(w, dw, config)", begin=begin, fitted=with_the_state, by_argument=by_argument)
    yield Reading(title="f(w, dw, config) without a state", begin=own, fitted=from_nothing, is_trial=True, by_argument=by_argument)


class Own(Config):
    """A config without the state: the code starts it, under its own names."""

    def __init__(self, student: Student, names: Names, case: StudentInput) -> None:
        super().__init__(student, names, case)
        kept = {*self.keys.values()} - {key for name in case.numbers for key in _keys(name, names)}
        config = {key: value for key, value in self.config.items() if key not in kept}
        self.config = case.notes.of(config, numbers=roles_by_key(case, names))
        self.keys = {}


def with_the_state(case: StudentInput) -> StudentInput:
    """The case on one array; a state that is a single number cannot be given."""
    has_numbers = any(isinstance(slot, float) for slot in case.slots.values())
    return inputs.flat(inputs.stateless(case) if has_numbers else case)


def from_nothing(case: StudentInput) -> StudentInput:
    """The case on one array, from the first step."""
    return inputs.flat(inputs.stateless(case))


def under_keys(case: StudentInput, names: Names = NO_NAMES) -> dict[str, Any]:
    """The hyperparameters by the keys that are usual."""
    return {key: value for name, value in case.numbers.items() for key in _keys(name, names)}


def roles_by_key(case: StudentInput, names: Names = NO_NAMES) -> dict[str, str]:
    """The hyperparameter that each of these keys means."""
    return {key: name for name in case.numbers for key in _keys(name, names)}


def _keys(name: str, names: Names) -> tuple[str, ...]:
    return (names[name],) if name in names else KEYS.get(name, (name,))
