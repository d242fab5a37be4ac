"""Rules made of rules, one after another: each takes what the one before it wrote as its gradient, and the last writes the step.

So what may stand around any update (clipping, averages of gradients or of weights, another sign) stands once, and a framework's
chain of transforms is a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel
from ..reading.cost import Effort, StepPrice
from .kinds import Kind, Needs, UpdateKernel
from .links import ASKING_CHAIN, CHAIN, WIDTH
from .rule import Array, Rule

#: What calling a link costs in a step.
A_LINK = 20.0


@dataclass(frozen=True)
class Link:
    """A rule in a chain. Where it is not `is_rated`, its learning rate is -1: what it writes is then a direction, of the gradient's sign.

    Of `every` so many steps it lets one through; the `waiting` links behind it are not called in the others. The gradient that is handed
    to one that `keeps` it is handed again to one that stands `around`: this changes in place the step that was made of it. One that
    `returns` has as its only slot the params from which those that wait step, all others of the chain; in the other steps it steps itself.
    One that `restarts` is after so many steps as it was at the start.
    """

    rule: Rule
    is_rated: bool = False
    every: int = 1
    waiting: int = 0
    keeps: bool = False
    around: bool = False
    returns: bool = False
    restarts: int = 0


@dataclass(frozen=True)
class ChainKernel:
    """The kernels of a chain, as one: its slots and hyperparameters are theirs, with a number behind a name that stood before."""

    kernels: tuple[UpdateKernel, ...]
    name: str = "chain"
    kind: Kind = "chain"
    number_slots: frozenset[str] = field(default=frozenset(), init=False)

    @cached_property
    def asks(self) -> bool:
        """Whether a link asks the objective."""
        return any(kernel.asks for kernel in self.kernels)

    @cached_property
    def needs(self) -> Needs:
        """What the links want at each point; the most of it."""
        return max((kernel.needs for kernel in self.kernels), key=get_args(Needs).index, default="gradient")

    @cached_property
    def slot_names(self) -> tuple[tuple[str, ...], ...]:
        """The names of the slots of each kernel, as they are called in the chain."""
        taken = set[str]()

        def named(name: str) -> str:
            wanted = next(each for each in numbered(name) if each not in taken)
            taken.add(wanted)
            return wanted

        return tuple(tuple(map(named, kernel.slots)) for kernel in self.kernels)

    @cached_property
    def slot_kinds(self) -> Mapping[str, Any]:
        """As of any kernel."""
        pairs = zip(self.slot_names, self.kernels, strict=True)
        return {name: kind for names, kernel in pairs for name, kind in zip(names, kernel.slot_kinds.values(), strict=True)}

    @property
    def slots(self) -> tuple[str, ...]:
        """As of any kernel."""
        return tuple(self.slot_kinds)

    @cached_property
    def hyperparameters(self) -> tuple[str, ...]:
        """As of any kernel; each behind the place of its link."""
        return tuple(placed(place, name) for place, kernel in enumerate(self.kernels) for name in kernel.hyperparameters)

    def price(self, effort: Effort) -> StepPrice:
        """The work of an update: that of its links, and of handing numbers from one to the next."""
        total = StepPrice(10.0 + A_LINK * len(self.kernels), 0.05 * effort.dimension * len(self.kernels))
        for kernel in self.kernels:
            total += kernel.price(replace(effort, slots=len(kernel.slots)))
        return total

    @property
    def handle(self) -> Kernel:
        """The function that runs every chain, or every one that asks the objective."""
        return ASKING_CHAIN if self.asks else CHAIN

    @property
    def apply(self) -> Any:
        """The same, to be called once."""
        return self.handle.call


def numbered(name: str) -> Iterator[str]:
    """A name, then the same with 2, 3, ... behind it."""
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def placed(place: int, name: str) -> str:
    """What a number of the link at some place is called."""
    return f"{place}.{name}"


@lru_cache(maxsize=256)
def kernel_of(kernels: tuple[UpdateKernel, ...]) -> ChainKernel:
    """One chain kernel for the same kernels: two tensors of one optimizer have the same."""
    return ChainKernel(kernels)


@dataclass(frozen=True)
class Chain(Rule):
    """A rule of several; `links` are those of a tensor, or of the first where there are parameter groups."""

    links: tuple[Link, ...] = ()

    @classmethod
    def of(cls, links: Sequence[Link]) -> Chain:
        """The chain of some links, one at least."""
        kernel, rules = kernel_of(tuple(link.rule.kernel for link in links)), [link.rule for link in links]
        named = [dict(zip(rule.kernel.slots, names, strict=True)) for rule, names in zip(rules, kernel.slot_names, strict=True)]
        pairs = list(zip(named, rules, strict=True))
        return cls(
            kernel=kernel,  # type: ignore[arg-type]
            values={placed(place, name): value for place, rule in enumerate(rules) for name, value in rule.values.items()},
            starts={names[slot]: first for names, rule in pairs for slot, first in rule.starts.items()},
            hidden=frozenset(names[slot] for names, rule in pairs for slot in rule.hidden),
            depths={names[slot]: depth for names, rule in pairs for slot, depth in rule.depths.items()},
            shapes={names[slot]: shape for names, rule in pairs for slot, shape in rule.shapes.items()},
            links=tuple(links),
        )

    @property
    def slot_names(self) -> tuple[tuple[str, ...], ...]:
        """The names of the slots of each link, as they are called in the chain."""
        return kernel_of(tuple(link.rule.kernel for link in self.links)).slot_names

    @property
    def formula(self) -> str:
        """As of any rule."""
        flags = [each.name for each in fields(Link) if each.name != "rule"]
        links = [(link.rule.kernel.name, *(getattr(link, flag) for flag in flags)) for link in self.links]
        return repr((links, super().formula))

    @cached_property
    def parts(self) -> tuple[Rule, ...]:
        """The rules of the links, with the groups that their tensors have."""
        grouped = {name: rule for name, rule in self.groups.items() if isinstance(rule, Chain)}
        return tuple(
            replace(link.rule, groups={name: rule.links[place].rule for name, rule in grouped.items()}) if grouped else link.rule
            for place, link in enumerate(self.links)
        )

    def looks_at_curvature(self, taken: int) -> bool:
        """As of any rule; links that wait for another count the steps that it lets through."""
        waiting, counted = 0, taken
        for link in self.links:
            waiting -= 1
            if waiting < 0:
                counted = taken
            if counted >= 0 and link.rule.looks_at_curvature(counted % link.restarts if link.restarts else counted):
                return True
            if link.every > 1:
                waiting, counted = link.waiting, (taken + 1) // link.every - 1 if (taken + 1) % link.every == 0 else -1
        return False

    def numbers(self, layout: Any) -> Array:
        """Those of all links, in a single row."""
        return np.concatenate([part.numbers(layout).reshape(-1) for part in self.parts]).reshape(1, -1)

    def numbers_shape(self, layout: Any) -> tuple[int, int]:
        """As of any rule."""
        return 1, sum(rows * columns for rows, columns in (part.numbers_shape(layout) for part in self.parts))

    def described(self, layout: Any, slot_rows: Sequence[tuple[int, int]], tensors: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        """What the compiled function knows of the links, a single row: `slot_rows` and `tensors` are where the slots of each stand, and
        its tensors as its kernel wants them. Behind the numbers stand those with which the slots of links start that restart."""
        head = 1 + WIDTH * len(self.links)
        described, first_number, first_tensor, first_start = [len(self.links)], 0, head, self.numbers_shape(layout)[1]
        for link, part, rows, table in zip(self.links, self.parts, slot_rows, tensors, strict=True):
            kernel, shape = part.kernel, part.numbers_shape(layout)
            described += [
                kernel.handle.address, kernel.kind == "elementwise", len(kernel.slots), *rows, first_number, *shape,
                first_tensor, *table.shape, link.is_rated, link.every, link.waiting, kernel.asks, link.keeps, link.around,
                link.returns, link.restarts, first_start,
            ]  # fmt: skip
            first_number, first_tensor = first_number + shape[0] * shape[1], first_tensor + table.size
            first_start += rows[1] - rows[0] if link.restarts else 0
        return np.concatenate([np.array(described, dtype=np.int64), *(table.reshape(-1) for table in tensors)]).reshape(1, -1)
