"""The calls of a sweep: every combination of the alternatives."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from stepgrade.errors import InvalidArgument

Call = dict[str, Any]
WITHIN = "__"


class Grid:
    """The calls that `grid` makes. `len` is their number. Each loop over it makes them again."""

    def __init__(self, common: Call, alternatives: dict[str, list[Any]]) -> None:
        self._common, self._alternatives = common, alternatives

    def __len__(self) -> int:
        """The number of calls."""
        return prod(map(len, self._alternatives.values()))

    def __iter__(self) -> Iterator[Call]:
        """The calls; the last alternative varies fastest."""
        for choice in product(*self._alternatives.values()):
            call = dict(self._common)
            for name, value in zip(self._alternatives, choice, strict=True):
                _put(call, name.split(WITHIN), value)
            yield call

    def __repr__(self) -> str:
        """The numbers of alternatives."""
        return f"grid of {' x '.join(f'{len(values)} {name}' for name, values in self._alternatives.items()) or '1'}"


def grid(common: Mapping[str, Any] | None = None, /, **alternatives: Collection[Any]) -> Grid:
    """Combine alternatives into the calls of a sweep.

    Parameters
    ----------
    common : mapping, optional
        The arguments that all calls share.
    alternatives : list or array
        The values to try for each argument. `optimizer__lr` sets `lr` in `optimizer`, which can be a name. Write it after
        `optimizer`.

    Raises
    ------
    InvalidArgument
        The alternatives of an argument are not a list, or a name has one underscore in place of two.

    Examples
    --------
    >>> len(grid({"objective": "quadratic"}, start=["A", "B"], optimizer=["sgd", "rmsprop"], optimizer__lr=[0.01, 0.1]))
    8
    """
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
