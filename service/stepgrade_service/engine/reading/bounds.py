"""How many, how long and how deep what a request holds may be: one table, of which openapi.yaml tells the same.

Each bound is held before anything loops over what it bounds. What a request costs is priced besides, in `cost`: here stands what
nobody needs more of, whatever it costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .faults import MOST_FAULTS, Fault, Path, Refusal

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

#: Steps of a run.
MOST_STEPS = 10_000_000

#: Seeds and counts: a float64 represents all whole numbers up to this one.
MOST_SEED = MOST_STEPS_TAKEN = 2**53 - 1

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

#: Types of JSON that hold nothing further.
PLAIN = {int, float, bool, type(None), str}

#: The bytes that open a list and an object are one, but for a bit; they are counted in blocks that a processor keeps at hand.
OPENING, BUT_FOR, BLOCK = 0x5B, 0xDF, 1 << 17


def hold_document(document: Any, body: bytes) -> int:
    """Hold a parsed document to the bounds that hold everywhere: depth, lists in all, keys of an object, lengths of texts.

    It is gone through level by level, until as many lists and objects were met as the body opens: most numbers are never looked
    at, so that it costs next to nothing. Where something is wrong it is gone through again to find the place. Returns how many
    lists and objects the body opens, at most; raises Refusal.
    """
    opened = _opened(body)
    if len(body) <= LONGEST_TEXT and opened <= DEEPEST:
        return opened
    if opened > MOST_LISTS:
        raise Refusal([Fault((), f"expected at most {MOST_LISTS} lists and objects in a request, got {opened}")])
    if not _is_bounded(document, opened):
        raise Refusal(_beyond(document))
    return opened


def _opened(body: bytes) -> int:
    """How many lists and objects a body opens, at most: a text may hold such bytes too."""
    if len(body) < LONGEST_TEXT:
        return body.count(b"[") + body.count(b"{")
    buffer = np.frombuffer(body, dtype=np.uint8)
    return sum(int(np.count_nonzero((buffer[first : first + BLOCK] & BUT_FOR) == OPENING)) for first in range(0, len(buffer), BLOCK))


def _is_bounded(document: Any, left: int) -> bool:
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        kinds = set(map(type, level))
        lists = level if kinds == {list} else [value for value in level if type(value) is list]
        objects = [value for value in level if type(value) is dict] if dict in kinds else []
        left -= len(lists) + len(objects)
        level = []
        for entries in objects:
            if len(entries) > MOST_TENSORS or _longest(entries) > LONGEST_TEXT:
                return False
            level += entries.values()
        if _longest(value for value in level if type(value) is str) > LONGEST_TEXT:
            return False
        if left <= 0:
            return True
        for inner in lists:
            level += inner
    return not any(type(value) is list or type(value) is dict for value in level)


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _beyond(document: Any) -> list[Fault]:
    """Where the document is beyond a bound: the first places, each once.

    A place is a name and the place around it, so that going into a list costs the same at every depth.
    """
    found, left = dict[Path, str](), list[tuple[Any, int, Any]]([(None, 0, document)])
    while left and len(found) < MOST_FAULTS:
        place, depth, value = left.pop()
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            found.setdefault(_path(place), f"expected a text of at most {LONGEST_TEXT} characters, got {len(value)}")
        if not isinstance(value, dict | list):
            continue
        if depth >= DEEPEST:
            found.setdefault(_around(_path(place)), f"expected at most {MAX_DEPTH} nested lists")
        elif isinstance(value, dict):
            if len(value) > MOST_TENSORS:
                found.setdefault(_path(place), f"expected at most {MOST_TENSORS} named tensors or other keys, got {len(value)}")
            elif _longest(value) > LONGEST_TEXT:
                found.setdefault(_path(place), f"expected keys of at most {LONGEST_TEXT} characters")
            else:
                left += [((place, name), depth + 1, entry) for name, entry in reversed(value.items())]
        elif not PLAIN.issuperset(map(type, value)):
            left += [((place, index), depth + 1, value[index]) for index in range(len(value) - 1, -1, -1)]
    return [Fault(path, detail) for path, detail in found.items()]


def _path(place: Any) -> Path:
    """The names from the document to a place."""
    names = []
    while place is not None:
        place, name = place
        names.append(name)
    return tuple(reversed(names))


def _around(path: Path) -> Path:
    """The part of a request whose lists are nested so deeply."""
    names = [number for number, part in enumerate(path) if isinstance(part, str)]
    return path[: names[-1] + 1] if names else ()


def few_keys(value: Mapping[str, Any]) -> str | None:
    """What is wrong with an object of known keys that has more than there can be, or None."""
    return f"expected at most {MOST_KEYS} keys, got {len(value)}" if len(value) > MOST_KEYS else None
