"""What a function returned as a dictionary, such as `{"w": ..., "v": ...}` or `{"params": ..., "state": {...}}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stepgrade.grading.students.aliases import folded

#: What params and state may be called after the step.
NEW = ("", "new", "next", "updated")
OF_A_STATE = {"state", "states", "cache", "config", "optstate", "optimizerstate"}


def in_order(returned: Any, names: Sequence[Sequence[str]]) -> tuple[Any, ...] | None:
    """What the dictionary has under the first known name of each thing, in the order of the things; None if one is missing."""
    if not isinstance(returned, Mapping):
        return None
    found = dict(_flat(returned))
    places = [next((key for name in known for new in NEW if (key := new + folded(name)) in found), None) for known in names]
    if len(names) == 2 and places[1] is None:  # params and one slot
        places[1] = next((key for key in found if key in OF_A_STATE), None)
    if None in places or len(set(places)) < len(places):
        return None
    return tuple(found[str(place)] for place in places)


def _flat(returned: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Its entries, and those of the state in it."""
    for name, value in returned.items():
        if folded(str(name)) in OF_A_STATE and isinstance(value, Mapping):
            yield from _flat(value)
        yield folded(str(name)), value
