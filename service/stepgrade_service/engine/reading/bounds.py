"""How many, how long and how deep what a request holds may be: one table, of which openapi.yaml tells the same.

Each bound is held before anything loops over what it bounds. What a request costs is priced besides, in `cost`: here stands what
nobody needs more of, whatever it costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .faults import MOST_FAULTS, Fault, Path, Refusal
from .levels import Level

#: Nested lists in a tensor: as many axes as a NumPy array may have.
MAX_DEPTH = 64

#: Nested lists and objects in a request: 64 in a tensor, and 7 around it.
DEEPEST = MAX_DEPTH + 7

#: Lists and objects in a request (8 MiB can hold this many one-number points).
MOST_LISTS = 2_100_000

#: Entries of one list in a tensor (8 MiB can hold this many).
MOST_NUMBERS = 4_200_000

#: Keys of an object with fixed key names.
MOST_KEYS = 100

#: Named tensors of params, and keys of any object: large networks have some thousand.
MOST_TENSORS = 10_000

#: Characters of a name: it comes back with every recorded step, and as the name of columns and arrays.
LONGEST_NAME = 128

#: Characters of a label, which stands in tables and pictures.
LONGEST_LABEL = 128

#: Characters of a key or of a text, except inside a list of numbers.
LONGEST_TEXT = 10_000

#: An expression: its characters, its numbers, names and operations, brackets within brackets, and its variables and parameters.
LONGEST_EXPRESSION, MOST_NODES, MOST_BRACKETS, MOST_VARIABLES = 4000, 1000, 50, 100

#: Characters of the name of a variable.
LONGEST_VARIABLE = 40

#: Minima and named starts that come with an expression.
MOST_MINIMA = 100

#: Steps of a run.
MOST_STEPS = 10_000_000

#: Seeds and counts: a float64 represents all whole numbers up to this one.
MOST_SEED = MOST_STEPS_TAKEN = 2**53 - 1

#: Seeds of the twister that shuffles examples, which takes 32 bits.
MOST_SEED_OF_TWISTER = 2**32 - 1

#: Optimizers, seeds, angles and starts of a comparison.
MOST_OPTIMIZERS, MOST_SEEDS, MOST_ANGLES, MOST_STARTS = 50, 1000, 36, 1000

#: Points along one axis of a map, and learning rates that are tried for one optimizer.
MOST_POINTS = MOST_RATES = 1000

#: Contours in one request.
MAX_LEVELS = 100

#: References of one check: a class's exercise sheet; more can be sent in another request.
MOST_CASES = 1000

#: Names in a list of quantities or side effects.
MOST_QUANTITIES = 20

TOO_DEEP = f"expected at most {MAX_DEPTH} nested lists"

#: The bytes that open a list and an object are one, but for a bit, and so are those that close them; they are counted in blocks that a
#: processor keeps at hand.
OPENING, CLOSING, BUT_FOR, BLOCK = 0x5B, 0x5D, 0xDF, 1 << 17

QUOTE = ord('"')


def hold_document(document: Any, body: bytes) -> int:
    """Hold a parsed document to the bounds that hold everywhere: depth, lists in all, keys of an object, lengths of texts.

    Most bodies show by their bytes that they are within all of them. The document of another one is gone through, level by level.
    Returns how many lists and objects the body opens, at most; raises Refusal.
    """
    opened = _opened(body)
    if opened > MOST_LISTS:
        raise Refusal([Fault((), f"expected at most {MOST_LISTS} lists and objects in a request, got {opened}")])
    if (opened > DEEPEST and _depth(body) > DEEPEST) or not _texts_are_short(body):
        found = {fault.path: fault for fault in islice(_beyond(document, opened), MOST_FAULTS)}
        if found:
            raise Refusal(found.values())
    return opened


def _opened(body: bytes) -> int:
    """How many lists and objects a body opens, at most: a text may hold such bytes too."""
    if len(body) <= LONGEST_TEXT:
        return body.count(b"[") + body.count(b"{")
    return sum(int(np.count_nonzero(block == OPENING)) for block in _blocks(body))


def _depth(body: bytes) -> int:
    """How deep they are nested, at most."""
    around = deepest = 0
    for block in _blocks(body):
        changes = (block == OPENING).view(np.int8) - (block == CLOSING).view(np.int8)
        depths = np.cumsum(changes, dtype=np.int32)
        around, deepest = around + int(depths[-1]), max(deepest, around + int(depths.max()))
    return deepest


def _blocks(body: bytes) -> Iterator[NDArray[np.uint8]]:
    """The bytes of a body, lists and objects alike."""
    buffer = np.frombuffer(body, dtype=np.uint8)
    return (buffer[first : first + BLOCK] & np.uint8(BUT_FOR) for first in range(0, len(buffer), BLOCK))


def _texts_are_short(body: bytes) -> bool:
    """Whether the bytes show that no text is too long, and that no object can have too many keys."""
    if len(body) <= LONGEST_TEXT:
        return True
    if body.count(b":") > MOST_TENSORS or b'\\"' in body:
        return False
    quotes = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == QUOTE)
    return not len(quotes) or int((quotes[1::2] - quotes[::2]).max()) <= LONGEST_TEXT


def _beyond(document: Any, left: int) -> Iterator[Fault]:
    """Where the document is beyond a bound; `left` lists and objects are in it, at most."""
    level = Level([document], {list, dict})
    for _ in range(DEEPEST):
        if _longest(level.of({str})) > LONGEST_TEXT:
            yield from (Fault(level.path(number), _too_long(text)) for number, text in level.among({str}) if _is_long(text))
        objects = level.of({dict})
        if objects and (max(map(len, objects)) > MOST_TENSORS or _longest(chain.from_iterable(objects)) > LONGEST_TEXT):
            yield from _keys_beyond(level)
        left -= len(level.holders)
        if left <= 0:
            yield from _texts_in_objects(level)
            return
        level = level.below
    yield from (Fault(_around(level.path(number)), TOO_DEEP) for number, _ in level.among({list, dict}))


def _keys_beyond(level: Level) -> Iterator[Fault]:
    """The objects of a level that have too many keys, or a key that is too long."""
    for number, entries in level.among({dict}):
        if len(entries) > MOST_TENSORS:
            yield Fault(level.path(number), f"expected at most {MOST_TENSORS} named tensors or other keys, got {len(entries)}")
        elif _longest(entries) > LONGEST_TEXT:
            yield Fault(level.path(number), f"expected keys of at most {LONGEST_TEXT} characters")


def _texts_in_objects(level: Level) -> Iterator[Fault]:
    """The texts that are too long in the objects of the last level that is gone through."""
    values = map(dict.values, filter(None, level.of({dict})))
    if _longest([text for text in chain.from_iterable(values) if type(text) is str]) <= LONGEST_TEXT:
        return
    for number, entries in level.among({dict}):
        yield from (Fault((*level.path(number), name), _too_long(text)) for name, text in entries.items() if _is_long(text))


def _is_long(value: Any) -> bool:
    return type(value) is str and len(value) > LONGEST_TEXT


def _too_long(text: str) -> str:
    return f"expected a text of at most {LONGEST_TEXT} characters, got {len(text)}"


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _around(path: Path) -> Path:
    """The part of a request whose lists are nested so deeply."""
    names = [number for number, part in enumerate(path) if isinstance(part, str)]
    return path[: names[-1] + 1] if names else ()


def few_keys(value: Mapping[str, Any]) -> str | None:
    """What is wrong with an object of known keys that has more than there can be, or None."""
    return f"expected at most {MOST_KEYS} keys, got {len(value)}" if len(value) > MOST_KEYS else None
