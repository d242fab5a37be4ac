"""What a state begins as that is one thing: an empty dictionary, a list of its parts, the code's own default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

from stepgrade.grading.students.aliases import COUNTER, under_every_name
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.config import roles_by_key, under_keys
from stepgrade.grading.students.styles.style import copied


@dataclass(frozen=True)
class Beginning:
    """How it is made, and what it is called. `has_numbers`: the hyperparameters are in it."""

    told: str
    make: Callable[[StudentInput], Any]
    has_numbers: bool = False


EMPTY = Beginning("an empty dictionary", lambda _: {})
EMPTY_LIST = Beginning("an empty list", lambda _: [])
NOTHING = Beginning("None", lambda _: None)


def _zeros(case: StudentInput) -> Any:
    slots = {name: copied(slot) for name, slot in case.slots.items()}
    return case.notes.of({**under_every_name({**slots, COUNTER: case.t}), **under_keys(case)}, numbers=roles_by_key(case))


ZEROS = Beginning("a dictionary with the state at the start and the hyperparameters", _zeros, has_numbers=True)


def beginnings(argument: Parameter, slots: tuple[str, ...], *, counts: bool, are_lists: bool) -> Iterator[Beginning]:
    """As the default says alone; else an empty one, then one with all parts. `counts`: the code counts its steps in it."""
    default = argument.default
    if isinstance(default, (list, tuple, dict)) and default:
        yield Beginning("its default", lambda _: deepcopy(default))
        return
    if default is None:
        yield NOTHING
    elif isinstance(default, list):
        yield EMPTY_LIST
    yield from (EMPTY_LIST, EMPTY) if are_lists else (EMPTY, ZEROS)
    yield from (_in_a_row(order, t, are_lists) for order, t in _orders(slots, counts=counts))
    if are_lists and slots:
        yield Beginning(f"a list of [{', '.join(slots)}] for each tensor", _by_tensor)


def _orders(slots: tuple[str, ...], *, counts: bool) -> Iterator[tuple[tuple[str, ...], int]]:
    """The parts in the orders in which they are usual, and the number of the step from which the code counts."""
    if slots:
        yield slots, 0
    if counts:
        for t in (0, 1):
            yield (*slots, COUNTER), t
            yield (COUNTER, *slots), t


def _in_a_row(order: tuple[str, ...], t: int, are_lists: bool) -> Beginning:
    def make(case: StudentInput) -> list[Any]:
        parts = {**case.slots, COUNTER: t}
        return [_laid_out(parts[name], are_lists) for name in order]

    told = [f"t = {t}" if name == COUNTER else name for name in order]
    return Beginning(f"a list of {', '.join(told)}", make)


def _laid_out(part: Any, are_lists: bool) -> Any:
    """A slot as the params are laid out: a dictionary of layers may be a list."""
    part = copied(part)
    return list(part.values()) if are_lists and isinstance(part, Mapping) else part


def _by_tensor(case: StudentInput) -> list[list[Any]]:
    parts = [_laid_out(slot, are_lists=True) for slot in case.slots.values()]
    return [[part[k] if isinstance(part, list) else part for part in parts] for k in range(len(case.start))]
