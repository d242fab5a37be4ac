"""The one place from which a student's code is called: a TypeError that is raised here is about the arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def call(function: Callable[..., Any], arguments: Sequence[Any] = (), named: Mapping[str, Any] | None = None) -> Any:
    """What a student's code returns."""
    return function(*arguments, **(named or {}))
