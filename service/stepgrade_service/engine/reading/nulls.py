"""What null says in a request: for an optional member, the same as leaving it out."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any


def without_null(written: Mapping[str, Any], optional: Container[str]) -> Mapping[str, Any]:
    """What a part of a request says: without the optional members that are null. Any other null stays, to be refused."""
    if not any(value is None for value in written.values()):
        return written
    return {name: value for name, value in written.items() if value is not None or name not in optional}


def given(written: Any) -> frozenset[str]:
    """The members that a part of a request gives, where it is an object."""
    return frozenset(name for name, value in written.items() if value is not None) if isinstance(written, Mapping) else frozenset()
