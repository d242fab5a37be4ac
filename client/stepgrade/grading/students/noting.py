"""Dictionaries that note what a student's code looks up in them: whoever reads a gradient by its name means a dictionary of gradients."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from dis import get_instructions
from types import FrameType
from typing import Any

#: What NumPy says of arrays whose shapes do not go together.
OF_SHAPES = ("could not be broadcast", "broadcastable", "not aligned", "mismatch in its core dimension")


@dataclass
class Lookups:
    """What was looked up in a dictionary and in its copies: the names that were found, and those that were not.

    Nothing is noted before `is_open`: this library reads the dictionary too.
    """

    names: frozenset[str]
    is_gradient: bool = False
    numbers: Mapping[str, str] = field(default_factory=dict)
    found: set[Any] = field(default_factory=set)
    missing: set[Any] = field(default_factory=set)
    is_open: bool = False

    def note(self, *names: Any) -> None:
        """The names that are read."""
        if self.is_open:
            (self.found if self.names.issuperset(names) else self.missing).update(names)


class Noting(dict[Any, Any]):
    """A dictionary that notes which of its names are read."""

    lookups: Lookups | None = None

    @classmethod
    def of(cls, entries: Mapping[Any, Any], lookups: Lookups | None) -> Noting:
        """One with these entries. Without lookups it notes nothing."""
        made = cls(entries)
        made.lookups = lookups
        return made

    def __getitem__(self, name: Any) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[Any]:  # where it is defined, dict(...) and {**...} read name by name
        return super().__iter__()

    def get(self, name: Any, default: Any = None) -> Any:
        """As of any dictionary."""
        self._note(*({name} & self.keys()))
        return super().get(name, default)

    def pop(self, name: Any, *default: Any) -> Any:
        """As of any dictionary."""
        self._note(*({name} & self.keys()))
        return super().pop(name, *default)

    def setdefault(self, name: Any, default: Any = None) -> Any:
        """As of any dictionary. `config.setdefault("lr", 0.1)` as a line of its own reads nothing."""
        if not _is_a_line_of_its_own(sys._getframe(1)):
            self._note(*({name} & self.keys()))
        return super().setdefault(name, default)

    def items(self) -> Any:
        """As of any dictionary."""
        self._note(*self.keys())
        return super().items()

    def values(self) -> Any:
        """As of any dictionary."""
        self._note(*self.keys())
        return super().values()

    def copy(self) -> Noting:
        """A copy that notes in the same place."""
        return self.of(dict(dict.items(self)), self.lookups)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Noting:
        return self.of({name: deepcopy(value, memo) for name, value in dict.items(self)}, self.lookups)

    def __reduce__(self) -> Any:
        return dict, (dict(dict.items(self)),)

    def _note(self, *names: Any) -> None:
        if self.lookups is not None:
            self.lookups.note(*names)


@dataclass
class LookupNotes:
    """What a student's code looked up in all the dictionaries that it was given in one way to call it."""

    made: list[Lookups] = field(default_factory=list)

    def of(self, value: Any, *, is_gradient: bool = False, numbers: Mapping[str, str] | None = None) -> Any:
        """A dictionary that notes; anything else as it is. `numbers` are the hyperparameters in it by their names."""
        if not isinstance(value, dict):
            return value
        self.made.append(Lookups(frozenset(value), is_gradient, numbers or {}))
        return Noting.of(value, self.made[-1])

    @property
    def has_read_a_gradient(self) -> bool:
        """Whether the code read a gradient by its name, as only code for dictionaries with these names does."""
        return any(each.is_gradient and each.found for each in self.made)

    @property
    def read(self) -> set[str] | None:
        """The hyperparameters that were read in dictionaries; None where they stood in none."""
        of_numbers = [each for each in self.made if each.numbers]
        return {each.numbers[name] for each in of_numbers for name in each.found & each.numbers.keys()} if of_numbers else None

    def is_among_tensors(self, error: BaseException | None) -> bool:
        """Whether the code found the dictionaries as it expects them, and went wrong then.

        Tensors that it took by name do not go together, or a name is written with other capital letters than one that it read.
        """
        if isinstance(error, ValueError):
            return self.has_read_a_gradient and any(told in str(error) for told in OF_SHAPES)
        if not isinstance(error, KeyError) or not error.args or not isinstance(error.args[0], str):
            return False
        name, known = error.args[0], {_tensor(each) for lookups in self.made for each in lookups.found if isinstance(each, str)}
        meant = [each for lookups in self.made if name in lookups.missing for each in lookups.names if str(each).lower() == name.lower()]
        return any(_tensor(each) in known for each in meant)


def _tensor(name: str) -> str:
    """The letter of a tensor of layers in a name such as dW1: who has read W1 does not call it w."""
    return name.removeprefix("d").rstrip("0123456789")


def _is_a_line_of_its_own(frame: FrameType) -> bool:
    """Whether what is called from this frame has a value that nobody uses."""
    after = [each.opname for each in get_instructions(frame.f_code) if each.offset > frame.f_lasti]
    return after[:1] == ["POP_TOP"]


def open_notes(given: Iterable[Any], *, is_open: bool) -> None:
    """Note from now on, or no longer, what is read in the dictionaries among what a student's code is given."""
    for each in given:
        if isinstance(each, Noting) and each.lookups is not None:
            each.lookups.is_open = is_open
