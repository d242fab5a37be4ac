"""The shapes of student code, one file each: what it is called with, and how what it returns is read."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import get_args

from stepgrade.choices import Style
from stepgrade.grading.students.aliases import BETAS, STEPS, TOLERANCE, ranked
from stepgrade.grading.students.binding import bind, parameters
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles import config, defaults, handed_on, layers, loops, objects, pairs, sharing, ways
from stepgrade.grading.students.styles.functions import wanted
from stepgrade.grading.students.styles.lists import goes_through_something, is_trainer
from stepgrade.grading.students.styles.loops import is_loop
from stepgrade.grading.students.styles.style import Names, Reading, Student

STYLES: tuple[Style, ...] = get_args(Style)
CONFIG, LAYERS, FUNCTION, OBJECT, LOOP = STYLES


#: What code with dictionaries of layers calls its first two arguments.
OF_LAYERS = {"parameters", "grads"}

#: The roles of what an optimizer is made with.
MADE_WITH = ("lr", "beta1", "beta2", "eps", "rho", "momentum", "weight_decay", BETAS)
HYPERPARAMETERS = {name for role in MADE_WITH for name in ranked(role)}


def style_of(student: Student, asked: str | None) -> str:
    """The style that a teacher asks for, else the likeliest; a class, and a function that is surely a whole loop, are read as these."""
    if inspect.isclass(student):
        return LOOP if is_loop(student) else OBJECT
    if asked not in (None, CONFIG, FUNCTION):
        return str(asked)
    if is_loop(student):
        return LOOP
    if is_trainer(student):
        return FUNCTION
    if asked is not None:
        return asked
    if _is_class(student) or _makes_one(student):
        return OBJECT
    if config.takes_a_config(student):
        return CONFIG
    return LAYERS if {each.name for each in parameters(student) or []} >= OF_LAYERS else FUNCTION


def other_styles(student: Student, style: str) -> list[str]:
    """The styles in which code may be written that cannot be called in this one."""
    if _is_class(student):
        return [OBJECT] if style != OBJECT else []
    return [each for each in sorted(STYLES, key=OBJECT.__eq__) if each != style]


def _is_class(student: Student) -> bool:
    return inspect.isclass(student.func if isinstance(student, partial) else student)


def _makes_one(student: Student) -> bool:
    """Whether a function takes nothing but hyperparameters: what it returns takes the steps."""
    called = [each.name.lower() for each in parameters(student) or []]
    return bool(called) and all(len(name) > 1 and name in HYPERPARAMETERS for name in called)


def readings(student: Student, style: str, names: Names, case: StudentInput) -> Iterator[Reading]:
    """The ways to call a student's code, the likeliest first. `case` is any input."""
    if style == CONFIG:
        goes_on = goes_through_something(student)
        if goes_on:
            yield from handed_on.readings(student, names, case, handed_on.OF_TENSORS, is_trial=False)
        yield from config.readings(student, names, case)
        others = [*handed_on.OF_ARRAYS, *(() if goes_on else handed_on.OF_TENSORS)]
        yield from handed_on.readings(student, names, case, others, is_trial=True)
        if config.may_take_arrays(student):
            yield from (_in_its_place(reading) for reading in ways.readings(student, names, case))
    elif style == LAYERS:
        yield from layers.readings(student, names, case)
    elif style == FUNCTION:
        if pairs.takes_w_and_b(student, names, case):
            yield from pairs.readings(student, names, case)
        else:
            is_needed, layouts = handed_on.is_needed(student, names, case), handed_on.layouts_for(student)
            yield from handed_on.readings(student, names, case, layouts, is_trial=False) if is_needed else ()
            yield from ways.readings(student, names, case)
            yield from handed_on.readings(student, names, case, layouts, is_trial=True) if not is_needed else ()
    elif style == OBJECT:
        yield from objects.readings(student, names, case)
        yield from sharing.readings(student, names, case)
        yield from objects.number_by_number(student, names, case)


def guessed_names(student: Student, style: str, names: Names, case: StudentInput) -> list[Names]:
    """What arguments with a default may be whose names say nothing."""
    if style == LOOP:
        return list(defaults.guesses(loops.bound(student, names, case), names, case, (STEPS, TOLERANCE)))
    if style == OBJECT:
        return list(defaults.guesses(objects.bound(student, names, case), names, case))
    if pairs.takes_w_and_b(student, names, case):
        return list(defaults.guesses(list(islice(pairs.pair_bindings(student, names, case), 1)), names, case))
    return list(defaults.guesses([bind(student, wanted(student, case), names)], names, case))


def _in_its_place(reading: Reading) -> Reading:
    """A way that counts where the code runs in none before."""
    return replace(reading, is_trial=True, stands_in=not reading.is_trial or reading.stands_in, only_if_others_fail=True)
