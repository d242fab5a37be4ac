"""The names that a teacher gives for arguments: each must be of something there is, and the code must have it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from stepgrade.errors import InvalidArgument
from stepgrade.grading.students.aliases import COUNTER, GRADIENT, OBJECTIVE, PARAMS, STEPS, TOLERANCE
from stepgrade.grading.students.binding import has_argument, parameters
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles import CONFIG, LOOP, OBJECT


def look_at_names(student: Callable[..., Any], style: str, names: Mapping[str, str], case: StudentInput) -> None:
    """Raise InvalidArgument for the first entry that binds nothing."""
    slots = () if style == LOOP else tuple(case.slots)
    known = (PARAMS, GRADIENT, *((STEPS, OBJECTIVE, TOLERANCE) if style == LOOP else ()), COUNTER, *slots, *case.numbers, *case.switches)
    for role, name in names.items():
        if role not in known:
            raise _refusal(role, f"{case.settings.get('name', 'the optimizer')} has no {role!r}", known)
        if style != CONFIG and not any(has_argument(each, name) for each in _callables(student, style)):
            raise _refusal(role, f"the code has no argument {name!r}{_that(student)}", known)


def _refusal(role: str, reason: str, known: tuple[str, ...]) -> InvalidArgument:
    return InvalidArgument(
        f"names={{{role!r}: ...}} binds nothing: {reason}. Known names are {', '.join(known)}.", pointer=f"/names/{role}"
    )


def _that(student: Callable[..., Any]) -> str:
    own = [each.name for each in parameters(student) or []]
    return f"; it has {', '.join(own)}" if own else ""


def _callables(student: Callable[..., Any], style: str) -> list[Callable[..., Any]]:
    """What takes arguments: the function, or a class and its methods."""
    made = student.func if isinstance(student, partial) else student
    if style not in (OBJECT, LOOP) or not inspect.isclass(made):
        return [student]
    return [student, *(each for _, each in inspect.getmembers(made, inspect.isfunction))]
