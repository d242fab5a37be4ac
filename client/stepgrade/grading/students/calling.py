"""The one place from which a student's code is called: a TypeError that is raised here is about the arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stepgrade.grading.students.noting import open_notes


def call(function: Callable[..., Any], arguments: Sequence[Any] = (), named: Mapping[str, Any] | None = None) -> Any:
    """What a student's code returns."""
    named = named or {}
    given = [*arguments, *named.values()]
    open_notes(given, is_open=True)
    try:
        return function(*arguments, **named)
    finally:
        open_notes(given, is_open=False)
