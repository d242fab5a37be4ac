"""Changes of a document: each takes a value within it, and puts another in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from .dice import EDGES, WHOLE_EDGES, Dice

#: A place in a document: what holds it, and under which key.
Place = tuple[Any, Any]

#: Values of every other type.
ODD: tuple[Any, ...] = (
    *(None, True, False, "", " ", "x", "1", "1e5", "null", "NaN", "\0", "\ud800", "a" * 129, "b" * 10_001, "/~0~1", "../../etc", "{{7*7}}"),
    *([], {}, [[]], [None], [[1.0], [2.0, 3.0]], [1.0, "2"], {"": 1.0}, {"a": {"b": {}}}, {"name": None}, {"name": []}, [True]),
    *(EDGES + WHOLE_EDGES),
)

#: So many places of a document are known to its changes.
MOST_PLACES = 300

#: What is repeated gets about so many characters at most: a little more than the longest body that is taken.
LONGEST = 9_000_000


def places(document: Any) -> list[Place]:
    """The places in a document, those of its first numbers if it has very many."""
    found: list[Place] = []
    for place in _within(document):
        found.append(place)
        if len(found) == MOST_PLACES:
            break
    return found


def _within(value: Any) -> Iterator[Place]:
    level = [value]
    while level:
        inner: list[Any] = []
        for holder in level:
            entries: Any = holder.items() if isinstance(holder, dict) else enumerate(holder)
            for key, entry in list(entries)[:MOST_PLACES]:
                yield holder, key
                if isinstance(entry, dict | list):
                    inner.append(entry)
        level = inner


def mutated(dice: Dice, document: Any, other: Callable[[], Any]) -> Any:
    """A document with one change or several; `other` makes a document of which a part may be taken. The given one is changed."""
    root = {"": document}
    for _ in range(dice.one_of((1, 1, 1, 2, 2, 3, 5))):
        among = places(root)
        holder, key = dice.one_of(among)
        change = dice.one_of(CHANGES)
        if change is taken_from_another:
            holder[key] = taken_from_another(dice, other())
        elif change in KEYED and isinstance(holder, dict) and holder is not root:
            change(dice, holder, key)
        else:
            holder[key] = replaced(dice, holder[key]) if change in KEYED else change(dice, holder[key])
    return root.get("")


def replaced(dice: Dice, _: Any) -> Any:
    return deepcopy(dice.one_of(ODD))  # the next change may change it


def retyped(dice: Dice, value: Any) -> Any:
    """The same in another type."""
    if isinstance(value, bool | int | float):
        return dice.one_of((str(value), [value], {"value": value}, bool(value), -value, value**2 if abs(value) < 1e100 else 0.5))
    if isinstance(value, str):
        return dice.one_of(([value], {"name": value}, value.upper(), value + "s", value[::-1], value[1:]))
    if isinstance(value, list):
        return dice.one_of(({str(n): each for n, each in enumerate(value[:2000])}, value[0] if value else None, {"": value}))
    return list(value.values()) if isinstance(value, dict) else 0


def wrapped(dice: Dice, value: Any) -> Any:
    """Within a list or an object, mostly once, and seldom very deep."""
    for _ in range(dice.one_of((1, 1, 2, 5, 62, 64, 65, 71, 72, 150))):
        value = [value] if dice.chance(0.8) else {"a": value}
    return value


def resized(dice: Dice, value: Any) -> Any:
    """A list or a text of another length."""
    if not isinstance(value, list | str):
        return [value] * min(dice.few(1, 100_000), room(value))
    length = dice.one_of((0, 1, len(value) - 1, len(value) + 1, 2 * len(value)))
    return (value * (length // len(value) + 1))[: max(length, 0)] if value and length < room(value[0]) else value


def room(value: Any) -> int:
    """How often a value may be repeated."""
    return LONGEST // (len(repr(value)) + 1)


def many(dice: Dice, value: Any) -> Any:
    """Very many of it, seldom."""
    count = min(dice.size(2, 200_000) if dice.chance(0.03) else dice.size(2, 300), room(value))
    return [value] * count if dice.chance(0.5) else {f"{dice.text(4)}{n}": value for n in range(min(count, 20_000))}


def left_out(dice: Dice, holder: dict[str, Any], key: str) -> None:
    del holder[key]


def misspelt(dice: Dice, holder: dict[str, Any], key: str) -> None:
    """One key instead of another."""
    at = dice.below(len(key) + 1)
    holder[dice.one_of((key[:at] + key[at + 1 :], key[:at] + "_" + key[at:], key.upper(), key + " ", dice.text()))] = holder.pop(key)


def added(dice: Dice, holder: dict[str, Any], key: str) -> None:
    """A key more: a known one, or any."""
    more = ("steps", "seed", "name", "label", "convention", "include", "lr", "betas", "target", "__proto__", "$ref", dice.text())
    holder[dice.one_of(more)] = deepcopy(dice.one_of(ODD) if dice.chance(0.7) else holder[key])


def taken_from_another(dice: Dice, document: Any) -> Any:
    """A part of another document."""
    holder, key = dice.one_of(places({"": document}))
    return holder[key]


KEYED: tuple[Callable[..., Any], ...] = (left_out, misspelt, added)
CHANGES: tuple[Callable[..., Any], ...] = (replaced, replaced, retyped, wrapped, resized, many, taken_from_another, *KEYED)
