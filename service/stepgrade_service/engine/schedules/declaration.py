"""What a schedule is: kernels, the parameters that they take, and what a request resolves to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel
from ..compiled.signatures import SCHEDULE
from ..optimizers.declaration import Hyperparameter
from ..reading.faults import Fault
from ..reading.tensors import expected

#: Schedules in one another, pieces of them in all, and numbers in a list.
MOST_NESTED, MOST_PIECES, MOST_LISTED = 4, 100, 100

#: A piece that sets the rate, whatever it was, and the kind of which one may.
GIVEN, PIECEWISE = "given", "piecewise"


@dataclass(frozen=True)
class NumberList:
    """A parameter that is a list of numbers; `one` says what each may be, `ordered` that each is at least the one before."""

    name: str
    meaning: str
    one: Hyperparameter
    default: None = None
    ordered: bool = False

    def faults(self, value: Any) -> list[Fault]:
        """What is wrong with a value."""
        wanted = f"a list of numbers, from 1 to {MOST_LISTED} of them"
        if not isinstance(value, list | tuple):
            return [Fault((self.name,), expected(wanted, value))]
        if not 1 <= len(value) <= MOST_LISTED:
            return [Fault((self.name,), f"expected {wanted}")]
        found = [Fault((self.name, place), detail) for place, each in enumerate(value) if (detail := self.one.fault(each))]
        if not found and self.ordered:
            late = [place for place in range(1, len(value)) if value[place] < value[place - 1]]
            found = [Fault((self.name, place), "expected at least the number before it") for place in late]
        return found


@dataclass(frozen=True)
class Nested:
    """A parameter that is a schedule, or a list of them."""

    name: str
    meaning: str
    several: bool = False
    default: None = None


Parameter: TypeAlias = Hyperparameter | NumberList | Nested
Values: TypeAlias = Mapping[str, Any]


def faults_of(parameter: Hyperparameter | NumberList, value: Any) -> list[Fault]:
    """What is wrong with the value of a parameter."""
    if isinstance(parameter, NumberList):
        return parameter.faults(value)
    detail = parameter.fault(value)
    return [Fault((parameter.name,), detail)] if detail else []


def read_value(value: Any) -> Any:
    """A value that is right, as it is echoed: numbers are floats."""
    if isinstance(value, list | tuple):
        return [float(each) for each in value]
    return value if isinstance(value, bool | str) else float(value)


def in_order(values: Values) -> list[float]:
    """The values as the kernel takes them, in the order of the parameters."""
    return [float(value) for value in values.values()]


@dataclass(frozen=True)
class ScheduleKind:
    """One entry of the catalogue of schedules.

    `formula` is the kernel's first line, `latex` the same in LaTeX, with s the steps taken before, and lr_0 the rate that it starts from.
    `numbers` turns the parameters into what the kernel takes; `check` finds what is wrong with several of them together. `optional` may
    be left out without a default. A kind that nests others has no kernel.
    """

    name: str
    title: str
    meaning: str
    latex: str
    kernel: Kernel | None
    parameters: tuple[Parameter, ...]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    source: str = ""
    numbers: Callable[[Values], Sequence[float]] = in_order
    check: Callable[[Values], Sequence[Fault]] = lambda _: ()
    remembers: bool = False

    @property
    def formula(self) -> str:
        """The formula in plain letters."""
        return (self.kernel.function.__doc__ or "").strip().splitlines()[0] if self.kernel is not None else self.latex

    @property
    def nested(self) -> tuple[Nested, ...]:
        """The parameters that are schedules."""
        return tuple(parameter for parameter in self.parameters if isinstance(parameter, Nested))

    @property
    def takes_lr(self) -> bool:
        """Whether it can start from a rate of its own."""
        return self.kernel is not None and not self.remembers


#: What every schedule with a kernel takes besides its own parameters, but for one with a memory.
LR = Hyperparameter("lr", "the rate that the schedule starts from; if left out, the optimizer's learning rate", minimum=0.0)


def kernel(function: Callable[..., None]) -> Kernel:
    return Kernel(function, SCHEDULE)


@dataclass(frozen=True)
class Piece:
    """A kind's kernel with its numbers, from step `first` to before step `last`; it counts its own steps from `offset`, one `every` so
    many steps."""

    kind: str
    numbers: tuple[float, ...]
    first: float = 0.0
    last: float = float("inf")
    offset: float = 0.0
    every: float = 1.0

    def within(self, first: float, last: float) -> Piece:
        """The same, moved to start at step `first` and cut at step `last`."""
        return replace(self, first=self.first + first, last=min(self.last + first, last), offset=self.offset + first)

    def slowed(self, steps: float) -> Piece:
        """The same, where each rate holds for so many steps."""
        return replace(self, first=self.first * steps, last=self.last * steps, offset=self.offset * steps, every=self.every * steps)

    @property
    def sets_rates(self) -> bool:
        """Whether it has rates of its own, whatever the rate that it starts from."""
        return self.kind == GIVEN or (self.kind == PIECEWISE and self.numbers[1] != 0.0)


@dataclass(frozen=True)
class Schedule:
    """A schedule as resolved: the kernel, its numbers, and the echo.

    `length` is how many steps an explicit list has. `sets_rates` is whether it has rates of its own, whatever the optimizer's.
    `remembers` is whether it needs the values on the way, and keeps a memory.
    """

    kernel: Kernel
    parameters: NDArray[np.float64]
    echo: Any
    on: bool = True
    length: int | None = None
    sets_rates: bool = False
    remembers: bool = False

    @property
    def rates_in_words(self) -> str:
        """What a schedule is called that has rates of its own."""
        return "list of learning rates" if self.length is not None else "schedule with learning rates of its own"
