"""Parts of an answer that must be of a kind: anything else raises TypeError, and then the answer is none of Stepgrade's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

LARGEST = 2**53  # a count; every integer up to it is a float64


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def text_or_none(value: Any) -> str | None:
    """A text, or null."""
    return None if value is None else text(value)


def whole(value: Any) -> int:
    """A whole number that counts something."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise TypeError("expected a whole number")
    return value


def whole_or_none(value: Any) -> int | None:
    """A whole number, or null."""
    return None if value is None else whole(value)


def number(value: Any) -> float:
    """A number that a float64 holds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("expected a number")
    return float(value)


def number_or_none(value: Any) -> float | None:
    """A number, or null."""
    return None if value is None else number(value)


def truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value


def members(value: Any) -> Json:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError("expected an object")
    return value


def members_or_none(value: Any) -> Json | None:
    """An object, or null."""
    return None if value is None else members(value)


def named(value: Any, name: str = "name") -> Json:
    """An object with a name: an optimizer, an entry of a catalogue."""
    text(members(value)[name])
    return members(value)


def listed(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(each) for each in listed(value))


def entries(value: Any) -> tuple[Json, ...]:
    """A list of objects."""
    return tuple(members(each) for each in listed(value))


def flat(value: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse an object in which one of these is a number in another form: a text, a list."""
    for name in names:
        number_or_none(value.get(name))
