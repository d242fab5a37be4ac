"""The calls of a sweep: every combination of what is tried."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from stepgrade.errors import InvalidArgument

Call = dict[str, Any]
WITHIN = "__"


class Grid:
    """What `grid` makes: as many calls as `len` says, made anew each time it is iterated."""

    def __init__(self, common: Call, alternatives: dict[str, list[Any]]) -> None:
        self._common, self._alternatives = common, alternatives

    def __len__(self) -> int:
        """How many calls there are."""
        return prod(map(len, self._alternatives.values()))

    def __iter__(self) -> Iterator[Call]:
        """The calls; the last alternative varies fastest."""
        for choice in product(*self._alternatives.values()):
            call = dict(self._common)
            for name, value in zip(self._alternatives, choice, strict=True):
                _put(call, name.split(WITHIN), value)
            yield call

    def __repr__(self) -> str:
        """How many calls of what."""
        return f"grid of {' x '.join(f'{len(values)} {name}' for name, values in self._alternatives.items()) or '1'}"


def grid(common: Mapping[str, Any] | None = None, /, **alternatives: Collection[Any]) -> Grid:
    """Combine alternatives into the calls of a sweep.

    Parameters
    ----------
    common : mapping, optional
        The arguments that all calls share.
    alternatives : list or array
        For each argument what to try in turn. `optimizer__lr` sets `lr` within `optimizer`, which may be a name; it stands after
        the `optimizer` that it belongs to.

    Raises
    ------
    InvalidArgument
        Alternatives that are no list, or one text.

    Examples
    --------
    >>> len(grid({"objective": "quadratic"}, start=["A", "B"], optimizer=["sgd", "rmsprop"], optimizer__lr=[0.01, 0.1]))
    8
    """
    for name, values in alternatives.items():
        if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
            raise InvalidArgument(
                f"{name} takes a list of alternatives, not {values!r:.60}; what all calls share stands in the first argument",
                pointer=f"/{name}",
            )
    return Grid(dict(common or {}), {name: list(values) for name, values in alternatives.items()})


def _put(call: Call, path: list[str], value: Any) -> None:
    """Set a value at a path, in copies of what is on the way; an optimizer or objective given as a name becomes a mapping with it."""
    name, *rest = path
    if not rest:
        call[name] = value
        return
    there = call.get(name, {})
    call[name] = {"name": there} if isinstance(there, str) else dict(there)
    _put(call[name], rest, value)
