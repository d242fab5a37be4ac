"""What the loop works on, as a few named tuples of arrays. Arrays are (dimension, runs) or (runs,) where nothing else is said."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled.jit import cube, flag, integer, integer_matrix, integers, matrix, named_tuple, vector


class Position(NamedTuple):
    """Where the runs are, and where they were before the last step; `slots` are packed as the update takes them."""

    x: Any
    gradients: Any
    step: Any
    before: Any
    gradients_before: Any
    values: Any
    values_before: Any
    slots: Any


class RuleFrame(NamedTuple):
    """The update's numbers, packed, and where the tensors stand."""

    numbers: Any
    tensors: Any


class Rates(NamedTuple):
    """Learning rates laid out like x and flat, before and after the schedule, if there is one."""

    base: Any
    lr: Any
    scheduled: Any
    parameters: Any


class Landscape(NamedTuple):
    """The objective's parameters, its minima (dimension, minima), and the values there (minima,).

    `clock` is which of the parameters tells the steps taken, for an objective that is another one at each step; -1 for none.
    """

    parameters: Any
    minima: Any
    minimum_values: Any
    clock: Any


class Ends(NamedTuple):
    """Stop rules, if there are any; which runs go on; after which step, why and where the others ended."""

    stopping: Any
    stops: Any
    alive: Any
    ended: Any
    reason: Any
    points: Any
    values: Any


class Record(NamedTuple):
    """What is kept of every so many steps, a row each; of no length where it is not."""

    every: Any
    points: Any
    values: Any
    gradients: Any
    updates: Any
    slots: Any


class Watch(NamedTuple):
    """Whether the steps are measured, against what, and what is added up (`measures.Watched`)."""

    on: Any
    start: Any
    target: Any
    previous: Any
    sums: Any
    flips: Any
    trace: Any


class Staying(NamedTuple):
    """How the runs stand to the targets (`stays.Lookout`)."""

    span: Any
    limits: Any
    nearness: Any
    noted: Any
    counts: Any
    ways: Any
    corner: Any
    odd: Any


#: The types of the tuples' members, in the same order.
TYPES = {
    Position: [matrix, matrix, matrix, matrix, matrix, vector, vector, matrix],
    RuleFrame: [matrix, integer_matrix],
    Rates: [vector, vector, flag, vector],
    Landscape: [vector, matrix, vector, integer],
    Ends: [flag, vector, integers, integers, integers, matrix, vector],
    Record: [integer, cube, matrix, cube, cube, cube],
    Watch: [flag, matrix, vector, matrix, cube, cube, cube],
    Staying: [integers, cube, vector, cube, cube, matrix, matrix, integer_matrix],
}


def type_of(member: type) -> Any:
    """The compiled type of one of these tuples."""
    return named_tuple(TYPES[member], member)
