"""Objects that have a key twice. A parser keeps the last value without a word, so what is run would not be what was written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from .faults import Fault, Refusal
from .levels import Level

#: A text with what follows it. It is a key where that is a colon, and a colon within a text is passed over.
TEXT = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"[ \t\r\n]*+(:?)')

ONCE = "expected each key once in an object"

#: Bytes of a body from which on the place of a key is not looked for, which takes long and lets no other thread run.
LONG = 1 << 16

#: So many keys are told without a place, and so many characters of each.
MOST_SHOWN, SHOWN = 10, 100

#: Colons with so many bytes between them are few.
FAR_APART = 1000

#: Texts and objects stand beside each other in lists that are not longer than this.
MOST_MIXED = 1000


def hold_keys_once(document: Any, body: bytes) -> None:
    """Hold a parsed document to objects that have each key once; raises Refusal, which names the others.

    Most bodies have as many colons as their document has keys, and then no key was lost. Of another one the keys are counted: it may
    have a colon within a text, objects within nested lists, or a key twice.
    """
    near = _keys_near(document)
    if near == _colons(body, near):
        return
    written = Counter(found[1] for found in TEXT.finditer(body) if found[2])
    if near == written.total():
        return
    kept = Counter(chain.from_iterable(chain.from_iterable(level.of({dict})) for level in _levels(document)))
    lost = _named(written) - kept
    if lost:
        raise Refusal(_with_places(body) if len(body) < LONG else [Fault((), f"{ONCE}; one of these keys is there twice: {_listed(lost)}")])


def _keys_near(document: Any) -> int:
    """How many keys the objects have that are found at once: not those behind a list of numbers or of lists."""
    count, objects = 0, [document] if type(document) is dict else []
    while objects:
        found = objects.pop()
        count += len(found)
        for value in found.values():
            kind = type(value)
            if kind is dict:
                objects.append(value)
            elif kind is list and value and (type(value[0]) is dict or (type(value[0]) is str and len(value) <= MOST_MIXED)):
                objects += [entry for entry in value if type(entry) is dict]
    return count


def _colons(body: bytes, expected: int) -> int:
    """How many colons a body has, counted until they are more than expected: to go from one to the next is quick where they are few."""
    if expected * FAR_APART > len(body):
        return body.count(b":")
    count, at = 0, body.find(b":")
    while at >= 0 and count <= expected:
        count, at = count + 1, body.find(b":", at + 1)
    return count


def _levels(document: Any) -> Iterator[Level]:
    level = Level([document], {list, dict})
    while level.entries:
        yield level
        level = level.below


def _named(written: Counter[bytes]) -> Counter[str]:
    """The keys by the names that they stand for: one may be written with escapes, and then without."""
    names = Counter[str]()
    for text, count in written.items():
        names[json.loads(b'"%b"' % text)] += count
    return names


def _with_places(body: bytes) -> Iterator[Fault]:
    """A fault for each object that has a key twice; what stands within a value that was lost is not told."""
    twice: dict[int, list[str]] = {}

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            twice[id(held)] = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
            objects.append(held)  # it stays, and so its id is no other's
        return held

    objects: list[Any] = []
    document = json.loads(body, object_pairs_hook=note)
    for level in _levels(document):
        for number, entries in level.among({dict}):
            for name in twice.get(id(entries), ()):
                yield Fault((*level.path(number), name), f"{ONCE}, got {name[:SHOWN]!r} more than once")


def _listed(names: Counter[str]) -> str:
    """Some of the keys that are lost: one that stands twice, and with it those within its first value."""
    return " or ".join(repr(name[:SHOWN]) for name in islice(names, MOST_SHOWN))
