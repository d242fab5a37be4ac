"""The calls of a sweep: every combination of the alternatives, or values that belong together."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

import numpy as np

from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json
from stepgrade.sweeps.calls import WITHIN, WRITER, CallColumns, Calls, Values, Varying, combined


class Combinations(ABC):
    """Calls that are combined from what all have and the values of some arguments. `len` is their number."""

    def __init__(self, common: Json, alternatives: dict[str, Any]) -> None:
        self._common, self._alternatives = common, alternatives

    @abstractmethod
    def __len__(self) -> int:
        """The number of calls."""

    @property
    def names(self) -> set[str]:
        """The arguments that all calls have."""
        return {name.partition(WITHIN)[0] for name in (*self._common, *self._alternatives)}

    def __iter__(self) -> Iterator[Json]:
        """The calls."""
        for choice in self._choices():
            yield combined(self._common, dict(zip(self._alternatives, choice, strict=True)))

    def block(self) -> Callable[[int, int], Calls] | None:
        """What gives the calls of a range of numbers as columns; None where some value is not what JSON has, or stands in another one."""
        names, kept = list(self._alternatives), dict[str, Varying]()
        if any(names.index(name) < names.index(whole) for name in names for whole in names if name.startswith(f"{whole}{WITHIN}")):
            return None
        try:
            common = json.loads(WRITER.encode(self._common))
            kept = {name: Varying.of(as_plain(values)) for name, values in self._alternatives.items()}
        except (InvalidArgument, TypeError, ValueError, RecursionError):
            return None
        return lambda first, last: CallColumns(common, self._axes(kept, first, last), last - first)

    @abstractmethod
    def _choices(self) -> Iterator[tuple[Any, ...]]:
        """The values of each call."""

    @abstractmethod
    def _axes(self, kept: Mapping[str, Varying], first: int, last: int) -> dict[str, Varying]:
        """Those of a range of calls; `kept` has the alternatives."""


class Grid(Combinations):
    """The calls that `grid` makes. `len` is their number. Each loop over it makes them again; the last alternative varies fastest."""

    def __len__(self) -> int:
        """The number of calls."""
        return prod(map(len, self._alternatives.values()))

    def __repr__(self) -> str:
        """The numbers of alternatives."""
        return f"grid of {' x '.join(f'{len(values)} {name}' for name, values in self._alternatives.items()) or '1'}"

    def _choices(self) -> Iterator[tuple[Any, ...]]:
        return product(*self._alternatives.values())

    def _axes(self, kept: Mapping[str, Varying], first: int, last: int) -> dict[str, Varying]:
        left, axes = np.arange(first, last), dict[str, Varying]()
        for name in reversed(list(kept)):
            axis = kept[name]
            axes[name] = Varying(axis.values, axis.which[left % axis.which.size]).part(0, last - first)
            left = left // axis.which.size
        return {name: axes[name] for name in kept}


class Zipped(Combinations):
    """The calls that `zipped` makes. `len` is their number. Each loop over it makes them again."""

    def __len__(self) -> int:
        """The number of calls."""
        return len(next(iter(self._alternatives.values()), ()))

    def __repr__(self) -> str:
        """The number of calls, and what differs."""
        return f"{len(self)} calls, each with its own {', '.join(self._alternatives) or 'nothing'}"

    def _choices(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self._alternatives.values(), strict=True)

    def _axes(self, kept: Mapping[str, Varying], first: int, last: int) -> dict[str, Varying]:
        return {name: axis.part(first, last) for name, axis in kept.items()}


def as_plain(values: Any) -> Values:
    """Values in JSON's own types, or an array of finite numbers; raises InvalidArgument, TypeError or ValueError."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu" and values.dtype.itemsize <= 8 and np.isfinite(values).all():
        return values.astype(np.float64) if values.dtype.kind == "f" else values
    listed: list[Any] = json.loads(WRITER.encode(list(values)))
    return listed


def grid(common: Mapping[str, Any] | None = None, /, **alternatives: Collection[Any]) -> Grid:
    """Combine alternatives into the calls of a sweep.

    Parameters
    ----------
    common : mapping, optional
        The arguments that all calls share.
    alternatives : list or array
        The values to try for each argument. `optimizer__lr` sets `lr` in `optimizer`, which can be a name. Write it after
        `optimizer`. They replace a value of `common` with the same name.

    Raises
    ------
    InvalidArgument
        The alternatives of an argument are not a list, or an empty one, or a name has one underscore in place of two.

    Examples
    --------
    >>> len(grid({"objective": "quadratic"}, start=["A", "B"], optimizer=["sgd", "rmsprop"], optimizer__lr=[0.01, 0.1]))
    8
    """
    hold_alternatives(common, alternatives)
    return Grid(dict(common or {}), _listed(alternatives))


def zipped(common: Mapping[str, Any] | None = None, /, **values: Collection[Any]) -> Zipped:
    """Make calls of values that belong together, as `zip` does: the first call has the first value of each argument.

    Parameters
    ----------
    common : mapping, optional
        The arguments that all calls share.
    values : list or array
        For each argument the values, one per call: all are as long as there are calls. `optimizer__lr` sets `lr` in `optimizer`, which can
        be a name. An array of shape (calls, 2) has a start of two numbers per call.

    Raises
    ------
    InvalidArgument
        The values of an argument are not a list, they have different lengths, or a name has one underscore in place of two.

    Examples
    --------
    >>> len(zipped({"objective": "quadratic", "optimizer": "sgd"}, optimizer__lr=[0.01, 0.1], start=[[1, 2], [3, 4]]))
    2
    """
    hold_alternatives(common, values)
    lengths = {name: len(each) for name, each in values.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidArgument(f"All arguments must have one value per call, but {told}. `grid` makes all combinations.", pointer="")
    return Zipped(dict(common or {}), _listed(values))


def hold_alternatives(common: Mapping[str, Any] | None, alternatives: Mapping[str, Any]) -> None:
    """Raise InvalidArgument for what is no list of values, and for a name with one underscore in place of two."""
    for name, values in alternatives.items():
        if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
            raise InvalidArgument(
                f"{name} must be a list of alternatives, not {values!r:.60}. Put what all calls share into the first argument.",
                pointer=f"/{name}",
            )
        whole, _, part = name.partition("_")
        if part and not part.startswith("_") and whole in {**(common or {}), **alternatives}:
            said = f"unknown name {name}; did you mean {whole}{WITHIN}{part}? Two underscores mean {part} of the {whole}."
            raise InvalidArgument(said, pointer=f"/{name}")


def _listed(alternatives: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays as they are, anything else as a list; raises InvalidArgument for one without a value."""
    listed = {name: values if isinstance(values, np.ndarray) else list(values) for name, values in alternatives.items()}
    for name, values in listed.items():
        if not len(values):
            raise InvalidArgument(f"{name} has no values, so there are no calls.", pointer=f"/{name}")
    return listed
