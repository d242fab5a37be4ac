"""The shapes of student code, one file each: what it is called with, and how what it returns is read."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import get_args

from stepgrade.choices import Style
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles import config, functions, layers, objects, pairs
from stepgrade.grading.students.styles.loops import is_loop
from stepgrade.grading.students.styles.style import Names, Reading, Student

STYLES: tuple[Style, ...] = get_args(Style)
CONFIG, LAYERS, FUNCTION, OBJECT, LOOP = STYLES


def style_of(student: Student, asked: str) -> str:
    """The style that a teacher asks for; a class, and a function that is surely a whole loop, are read as these."""
    if inspect.isclass(student):
        return OBJECT
    return LOOP if asked in (CONFIG, FUNCTION) and is_loop(student) else asked


def readings(student: Student, style: str, names: Names, case: StudentInput) -> Iterator[Reading]:
    """The ways to call a student's code, the likeliest first. `case` is any input."""
    if style == CONFIG:
        yield from config.readings(student, names)
    elif style == LAYERS:
        yield from layers.readings(student, names, case)
    elif style == FUNCTION:
        if pairs.takes_w_and_b(student, names, case):
            yield from pairs.readings(student, names, case)
        else:
            yield from functions.readings(student, names, case)
    elif style == OBJECT:
        yield from objects.readings(student, names, case)
