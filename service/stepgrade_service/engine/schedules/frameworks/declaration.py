"""What a framework's schedule is: its own arguments with their defaults, and the service's schedule that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from ...optimizers.declaration import Hyperparameter
from ...reading.faults import Fault, plain
from ..declaration import Nested, NumberList

Own: TypeAlias = dict[str, Any]
Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class StepsAndNumbers:
    """An argument that is an object of numbers by steps, as optax's boundaries_and_scales."""

    name: str
    meaning: str
    default: None = None


@dataclass(frozen=True)
class ListOfArguments:
    """An argument that is a list of the arguments of another schedule, as optax's cosine_kwargs."""

    name: str
    meaning: str
    of: str
    default: None = None


Argument: TypeAlias = Hyperparameter | NumberList | Nested | StepsAndNumbers | ListOfArguments


@dataclass(frozen=True)
class ScheduleRow:
    """One schedule of a framework.

    `own` is the service's schedule that the arguments stand for: a function where algebra needs one, else a mapping of the service's
    parameter to the framework's argument. `kind` is the service's schedule that it comes down to, for the catalogue. `absent` are
    arguments that the framework has and this service has not, with the values at which they do nothing; `needed` are those of them
    that have to be given, since the framework's default does something. `check` finds what is wrong with several arguments together.
    `in_order` is how many arguments may stand without their names, all if it is None: behind those, the framework has others. `before`
    are those of `absent` that stand in front of them. Where `optimizer_last`, the optimizer stands behind all of them, and not in front.
    `children` are the schedules that it may hold, all if it is None; `why_not` says why it takes no others.
    """

    name: str
    kind: str
    arguments: tuple[Argument, ...]
    own: Callable[[Values], Own] | Mapping[str, str]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    absent: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    needed: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Values], Sequence[Fault]] = lambda _: ()
    children: frozenset[str] | None = None
    why_not: str = ""
    in_order: int | None = None
    before: tuple[str, ...] = ()
    optimizer_last: bool = False
    notes: str = ""

    @property
    def without_name(self) -> tuple[str, ...]:
        """The arguments that may stand without their names, in their order."""
        return (*self.before, *(argument.name for argument in self.arguments[: self.in_order]))

    def owned(self, values: Values) -> Own:
        """The service's schedule."""
        if callable(self.own):
            return self.own(values)
        return {"name": self.kind, **{name: values[argument] for name, argument in self.own.items()}}


@dataclass(frozen=True)
class FrameworkSchedules:
    """A framework's schedules; `refused` are those that this service cannot have, with the reason."""

    name: str
    rows: tuple[ScheduleRow, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    @cached_property
    def by_name(self) -> dict[str, ScheduleRow]:
        return {plain(row.name): row for row in self.rows}

    @cached_property
    def refused_by_name(self) -> dict[str, str]:
        return {plain(name): reason for name, reason in self.refused.items()}


def number(name: str, meaning: str, default: float | None = None, **bounds: Any) -> Hyperparameter:
    """A number of at least 0, if no bounds say otherwise."""
    return Hyperparameter(name, meaning, default, **{"minimum": 0.0, **bounds})


def count(name: str, meaning: str, default: float | None = None, least: float = 1.0) -> Hyperparameter:
    """A whole number of steps."""
    return Hyperparameter(name, meaning, default, minimum=least, whole=True)


def needs(*names: str) -> frozenset[str]:
    return frozenset(names)


#: What stands in a list of numbers.
STEPS = Hyperparameter("step", "a number of steps", minimum=0.0, whole=True)
RATE = Hyperparameter("value", "a rate", minimum=0.0)
