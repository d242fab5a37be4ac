"""What an optimizer is: update kernels, the hyperparameters that choose and steer them, and what the catalogue tells."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..compiled.jit import Kernel, compiled, entry_point, integer, integers, matrix, nothing, number, vector
from ..reading.faults import Fault

if TYPE_CHECKING:
    Slot: TypeAlias = Any
    NumberSlot: TypeAlias = Any
else:

    class Slot:
        """Annotates a kernel's argument as a slot: an array laid out like x that the optimizer remembers."""

    class NumberSlot(Slot):
        """Annotates a slot that the public sees as one number; every element of the kernel's array holds it."""


Kind = Literal["elementwise", "norm"]
GIVEN = ("t", "x", "g", "step", "lr")


@dataclass(frozen=True)
class UpdateKernel:
    """A compiled update rule, its slots and hyperparameters read from its signature.

    An elementwise kernel sees flat vectors; a norm-based one sees (dimension, runs) and, after lr, the bounds of the tensors.
    It writes the step, which the driver adds.
    """

    function: Callable[..., None]
    kind: Kind
    slots: tuple[str, ...]
    number_slots: frozenset[str]
    hyperparameters: tuple[str, ...]

    @classmethod
    def read(cls, function: Callable[..., None], kind: Kind) -> UpdateKernel:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
        expected = GIVEN if kind == "elementwise" else (*GIVEN, "tensors")
        given = len(expected)
        slots = [p for p in parameters[given:] if p.annotation in (Slot, NumberSlot)]
        if tuple(p.name for p in parameters[:given]) != expected or parameters[given : given + len(slots)] != slots:
            raise TypeError(f"{function.__name__}: a kernel takes {', '.join(expected)}, then its slots, then its hyperparameters")
        return cls(
            function=compiled(function),
            kind=kind,
            slots=tuple(p.name for p in slots),
            number_slots=frozenset(p.name for p in slots if p.annotation is NumberSlot),
            hyperparameters=tuple(p.name for p in parameters[given + len(slots) :]),
        )

    @property
    def argument_types(self) -> tuple[Any, ...]:
        """The types of what stands behind lr: the tensors' bounds where the kernel wants them, slots, hyperparameters."""
        seen, context = (vector, ()) if self.kind == "elementwise" else (matrix, (integers,))
        return (*context, *[seen] * len(self.slots), *[number] * len(self.hyperparameters))

    @property
    def seen_type(self) -> Any:
        """The type in which the kernel sees x, g, step and lr."""
        return vector if self.kind == "elementwise" else matrix

    @cached_property
    def handle(self) -> Kernel:
        """The kernel as a first-class function for the loop."""
        return Kernel(self.function, self.signature)

    @cached_property
    def apply(self) -> Callable[..., None]:
        """The kernel itself, to be called once: the same machine code that the loop calls."""
        return entry_point(self.function, self.signature)

    @property
    def signature(self) -> Any:
        """t; x, g, step and lr as the kernel sees them; what stands behind them."""
        return nothing(integer, *[self.seen_type] * 4, *self.argument_types)


def elementwise(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that treats every coordinate alike."""
    return UpdateKernel.read(function, "elementwise")


def norm_based(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that needs norms: it sees (dimension, runs) and the tensors' bounds."""
    return UpdateKernel.read(function, "norm")


@dataclass(frozen=True)
class Rule:
    """An update kernel with its numbers: what the driver runs.

    `starts` gives a slot's first value, 0 where it is silent; nan says that the first gradient fills it. `hidden`
    slots are worked with but have no influence on what follows, so that nobody needs to carry them.
    """

    kernel: UpdateKernel
    values: Mapping[str, float]
    starts: Mapping[str, float] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @cached_property
    def hyperparameters(self) -> tuple[float, ...]:
        """The kernel's hyperparameters in the order of its signature."""
        return tuple(float(self.values[name]) for name in self.kernel.hyperparameters)

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that the public sees."""
        return tuple(slot for slot in self.kernel.slots if slot not in self.hidden)


#: No hyperparameter is larger: products with it would leave the finite numbers.
LARGEST = 1e300


@dataclass(frozen=True)
class Hyperparameter:
    """One public hyperparameter: its meaning, what it may be, and what it is where a convention is silent."""

    name: str
    meaning: str
    default: float | bool | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def type(self) -> Literal["number", "switch"]:
        """A switch takes true and false where its default is one of them, and its choices."""
        return "switch" if self.choices or isinstance(self.default, bool) else "number"

    @property
    def allowed(self) -> tuple[bool | str, ...]:
        """What a switch may be."""
        return (*((True, False) if isinstance(self.default, bool) else ()), *self.choices)

    def fault(self, value: object) -> str | None:
        """Say what is wrong with `value`, or None."""
        if self.type == "switch":
            fits = isinstance(value, bool | str) and value in self.allowed
            words = ("true" if v is True else "false" if v is False else f'"{v}"' for v in self.allowed)
            return None if fits else f"expected {' or '.join(words)}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "expected a number"
        return None if self._holds(value) else f"expected {self.range}"

    def _holds(self, value: float) -> bool:
        return (
            abs(value) <= LARGEST
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.below is None or value < self.below)
        )

    @property
    def range(self) -> str:
        """The range in words."""
        words = []
        if self.minimum is not None:
            words.append(f"at least {self.minimum:g}")
        if self.maximum is not None:
            words.append(f"at most {self.maximum:g}")
        if self.below is not None:
            words.append(f"less than {self.below:g}")
        if self.maximum is None and self.below is None:
            words.append(f"at most {LARGEST:g}" + (" in size" if self.minimum is None else ""))
        return f"a number of {' and '.join(words)}"


Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Optimizer:
    """One entry of the catalogue; `bind` turns settings into the rule that they choose."""

    name: str
    title: str
    formula: str
    source: str
    hyperparameters: tuple[Hyperparameter, ...]
    bind: Callable[[Settings], Rule]
    kernels: tuple[UpdateKernel, ...]
    slot_meanings: Mapping[str, str] = field(default_factory=dict)
    norm: Literal["global", "tensor"] | None = None
    check: Callable[[Settings], Sequence[Fault]] = lambda _: ()
    notes: str = ""

    @cached_property
    def by_name(self) -> dict[str, Hyperparameter]:
        return {hyperparameter.name: hyperparameter for hyperparameter in self.hyperparameters}
