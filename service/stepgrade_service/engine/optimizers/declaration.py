"""What the catalogue tells of an optimizer: its hyperparameters, and how they choose and steer its update kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..reading.faults import Fault, nearest
from ..reading.tensors import expected, is_number
from .kinds import Needs, UpdateKernel
from .rule import Rule, RuleSettings

#: No hyperparameter is larger: products with it would leave the finite numbers.
LARGEST = 1e300

#: Of more authors only the first is cited.
MOST_CITED = 4


@dataclass(frozen=True)
class Hyperparameter:
    """One public hyperparameter: its meaning, what it may be, and what it is where a convention is silent.

    `of_all` says that it is one number for all tensors together, and never one per tensor.
    """

    name: str
    meaning: str
    default: float | bool | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    below: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    whole: bool = False
    of_all: bool = False

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
            if fits:
                return None
            if type(value) not in map(type, self.allowed):
                return expected(" or ".join(words), value)
            near = nearest(value, self.choices) if isinstance(value, str) else []
            hint = f"; did you mean {near[0]}?" if near else ""
            return f"expected {' or '.join(words)}{hint}"
        if not is_number(value):
            return expected("a number", value)
        return None if self._holds(value) else f"expected {self.range}, got {value}"

    def _holds(self, value: float) -> bool:
        return (
            abs(value) <= LARGEST
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.below is None or value < self.below)
            and (self.above is None or value > self.above)
            and (not self.whole or float(value).is_integer())
        )

    @property
    def range(self) -> str:
        """The range in words."""
        words = []
        if self.minimum is not None:
            words.append(f"at least {self.minimum:g}")
        if self.above is not None:
            words.append(f"more than {self.above:g}")
        if self.maximum is not None:
            words.append(f"at most {self.maximum:g}")
        if self.below is not None:
            words.append(f"less than {self.below:g}")
        if self.maximum is None and self.below is None:
            words.append(f"at most {LARGEST:g}" + (" in size" if self.minimum is None and self.above is None else ""))
        return f"a {'whole ' if self.whole else ''}number of {' and '.join(words)}"


@dataclass(frozen=True)
class OptimizerFamily:
    """A file of related optimizers: what they have in common, in two sentences."""

    title: str
    meaning: str


@dataclass(frozen=True)
class Optimizer:
    """One entry of the catalogue; `bind` turns settings into the rule that they choose, `most_axes` is how many a tensor may have.

    `efforts` are the members of `Effort` that the settings tell. `idea` is its formula in one sentence. `authors` are the family names of
    those who published it first, in the paper's order, in `year`.
    """

    name: str
    title: str
    formula: str
    source: str
    hyperparameters: tuple[Hyperparameter, ...]
    bind: Callable[[RuleSettings], Rule]
    kernels: tuple[UpdateKernel, ...]
    slot_meanings: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Sequence[Fault]] = lambda _: ()
    most_axes: int | None = None
    efforts: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: {}
    notes: str = ""
    idea: str = ""
    authors: tuple[str, ...] = ()
    year: int = 0

    @cached_property
    def by_name(self) -> dict[str, Hyperparameter]:
        return {hyperparameter.name: hyperparameter for hyperparameter in self.hyperparameters}

    @property
    def who(self) -> str:
        """The authors as one cites them: all of up to four, of more the first."""
        if len(self.authors) > MOST_CITED:
            return f"{self.authors[0]} et al."
        return " & ".join(filter(None, (", ".join(self.authors[:-1]), self.authors[-1]))) if self.authors else ""

    def takes_groups(self, hyperparameter: Hyperparameter) -> bool:
        """Whether a hyperparameter can be one number per tensor: what looks at more than the gradient has only rates by tensor."""
        return (hyperparameter.name == "lr" or not self.asks_objective) and not hyperparameter.of_all

    @property
    def norm(self) -> Literal["global", "tensor"] | None:
        """Whose norm it takes, where it takes one: that of all tensors together, or each tensor's own."""
        norms: dict[str, Literal["global", "tensor"]] = {"global_norm": "global", "tensor_norm": "tensor"}
        return next((norms[kernel.kind] for kernel in self.kernels if kernel.kind in norms), None)

    @property
    def needs(self) -> tuple[Needs, ...]:
        """What it wants at each point: the gradient, and where a gradient alone does not do, what else."""
        return tuple(dict.fromkeys(("gradient", *(kernel.needs for kernel in self.kernels))))

    @property
    def asks_objective(self) -> bool:
        """Whether it evaluates the objective itself, so that a posted gradient alone does not do."""
        return any(kernel.asks for kernel in self.kernels)
