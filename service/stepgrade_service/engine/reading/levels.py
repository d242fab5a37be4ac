"""What is nested, level by level: each level is looked at as a whole, and from each entry there is a way back to its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

from .faults import Path

#: So many entries are looked at together: where none of them is of a type that is looked for, they are passed over.
PART = 1024


class Level:
    """The values that stand equally deep in a document, in their order; `kinds` are their types.

    The next level is what those of a type in `opened` hold.
    """

    def __init__(self, entries: list[Any], opened: set[type], above: Level | None = None) -> None:
        self.entries, self.above, self._opened = entries, above, opened
        parts = range(0, len(entries), PART)
        self._kinds = [set(map(type, entries[first : first + PART] if len(parts) > 1 else entries)) for first in parts]
        self.kinds = set[type]().union(*self._kinds)

    def among(self, kinds: set[type]) -> Iterator[tuple[int, Any]]:
        """The entries of some types, each with its number."""
        for part, here in enumerate(self._kinds):
            if not here.isdisjoint(kinds):
                first = part * PART
                for number, entry in enumerate(self.entries[first : first + PART], first):
                    if type(entry) in kinds:
                        yield number, entry

    def of(self, kinds: set[type]) -> list[Any]:
        """The entries of some types."""
        if self.kinds <= kinds:
            return self.entries
        found = list[Any]()
        for part, here in enumerate(self._kinds):
            if not here.isdisjoint(kinds):
                some = self.entries[part * PART : (part + 1) * PART]
                found += some if here <= kinds else [entry for entry in some if type(entry) in kinds]
        return found

    @cached_property
    def holders(self) -> list[Any]:
        """The entries that hold others."""
        return self.of(self._opened)

    @property
    def below(self) -> Level:
        """What the holders hold."""
        if len(self.holders) == 1 and type(self.holders[0]) is list:
            return Level(self.holders[0], self._opened, self)  # as it is: it may be long
        held = map(_held, self.holders) if dict in self._opened & self.kinds else self.holders
        return Level(list(chain.from_iterable(held)), self._opened, self)

    def path(self, number: int) -> Path:
        """The way from the document to an entry."""
        if self.above is None:
            return ()
        holder = bisect_right(self.above._ends, number)
        within = number - (self.above._ends[holder - 1] if holder else 0)
        entries = self.above.holders[holder]
        return (*self.above._path_of_holder(holder), list(entries)[within] if type(entries) is dict else within)

    @cached_property
    def _ends(self) -> list[int]:
        """How many entries the level below has up to the end of each list and object."""
        return list(accumulate(map(len, self.holders)))

    def _path_of_holder(self, number: int) -> Path:
        return self.path(number if self.holders is self.entries else self._places[number])

    @cached_property
    def _places(self) -> list[int]:
        return [number for number, _ in self.among(self._opened)]


def _held(holder: Any) -> Any:
    return holder.values() if type(holder) is dict else holder
