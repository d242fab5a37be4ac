"""Rules made of rules, one after another: each takes what the one before it wrote as its gradient, and the last writes the step.

So what may stand around any update (clipping, averages of gradients or of weights, another sign) stands once, and a framework's
chain of transforms is a list. One compiled function runs every chain: it finds the links by their addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from math import isnan
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import Kernel, by_address, compiled, inlined
from ..compiled.signatures import UPDATE, UPDATE_WITH_OBJECTIVE
from ..reading.cost import Effort, StepPrice
from .kinds import Kind, Needs, UpdateKernel
from .rule import Array, Rule

#: The columns of what is known of a link: where its function is; whether it sees flat vectors; how many slots it has; where its slots,
#: numbers and tensors stand, and the shapes of the latter two; whether it is handed the learning rate, or -1 in place of it; of how many
#: steps it lets one through, and how many links behind it wait for that; whether it asks the objective; whether the gradient that it is
#: handed is kept; whether it is handed the kept one, and changes in place what the link before it wrote; whether those that wait for it
#: step from the params in its slot.
ADDRESS, FLAT, SLOTS, FIRST_SLOT, LAST_SLOT, FIRST_NUMBER, NUMBER_ROWS, NUMBERS, FIRST_TENSOR, TENSOR_ROWS, COLUMNS = range(11)
RATED, EVERY, WAITING, ASKS, KEEPS, AROUND, RETURNS, WIDTH = range(11, 19)

update_at, asking_at = by_address(UPDATE), by_address(UPDATE_WITH_OBJECTIVE)


#: What calling a link costs in a step.
A_LINK = 20.0

#: Stands in a slot that the first gradient is to fill while its link waits: after a step, the loop takes nan for a number that was lost.
UNFILLED = -1.7976931348623157e308


@compiled
def mark_unfilled(slots, as_nan):  # type: ignore[no-untyped-def]
    """Exchange nan for UNFILLED, or back."""
    for i in range(slots.shape[0]):
        for r in range(slots.shape[1]):
            if as_nan and slots[i, r] == UNFILLED:
                slots[i, r] = np.nan
            elif not as_nan and isnan(slots[i, r]):
                slots[i, r] = UNFILLED


@compiled
def run_link(link, t, x, source, target, lr, slots, numbers, tensors, asked):  # type: ignore[no-untyped-def]
    """Call the function of a link; source is its gradient, and target what it writes to."""
    own = slots[link[FIRST_SLOT] : link[LAST_SLOT]]
    if link[FLAT] and link[SLOTS] > 0:
        own = own.reshape(link[SLOTS], x.size)
    first, rows, columns = link[FIRST_NUMBER], link[NUMBER_ROWS], link[NUMBERS]
    own_numbers = numbers[0, first : first + rows * columns].reshape(rows, columns)
    first, rows, columns = link[FIRST_TENSOR], link[TENSOR_ROWS], link[COLUMNS]
    own_tensors = tensors[0, first : first + rows * columns].reshape(rows, columns)
    if len(asked) == 0:
        update = update_at(link[ADDRESS])
        update(t, x, source, target, lr, own, own_numbers, own_tensors)
    elif link[ASKS]:
        asking = asking_at(link[ADDRESS])
        asking(t, x, source, target, lr, own, own_numbers, own_tensors, *asked)
    else:
        update = update_at(link[ADDRESS])
        update(t, x, source, target, lr, own, own_numbers, own_tensors)


@inlined
def copy(source, target):  # type: ignore[no-untyped-def]
    """target = source."""
    for i in range(source.size):
        target[i] = source[i]


@inlined
def fill(target, number):  # type: ignore[no-untyped-def]
    """The number everywhere."""
    for i in range(target.size):
        target[i] = number


@inlined
def from_elsewhere(step, origin, x):  # type: ignore[no-untyped-def]
    """A step from another point, as one from x to the same end."""
    for i in range(x.size):
        step[i] = origin[i] - x[i] + step[i]


@compiled
def let_through(t, link, place, slots, tensors):  # type: ignore[no-untyped-def]
    """Whether the links from `place` on that wait for a link are called in step t."""
    is_let_through = t % link[EVERY] == 0
    for k in range(place, place + link[WAITING]):
        waiting = tensors[0, 1 + k * WIDTH : 1 + (k + 1) * WIDTH]
        mark_unfilled(slots[waiting[FIRST_SLOT] : waiting[LAST_SLOT]], is_let_through)
    return is_let_through


@compiled
def run_links(t, x, g, step, lr, slots, numbers, tensors, asked):  # type: ignore[no-untyped-def]
    """Run the links of a chain. `numbers` and `tensors` hold those of all links, in a single row; the latter starts with the count of
    the links and what is known of each. `asked` is empty where none of them asks the objective."""
    count, work = tensors[0, 0], np.empty((4, x.size))
    fill(work[2], -1.0)
    place, resumed, counted, source, at, has_returned = 0, count, t, g, x, False
    while place < count:
        if place == resumed:
            counted = t
        link = tensors[0, 1 + place * WIDTH : 1 + (place + 1) * WIDTH]
        target = step if place == count - 1 else work[place % 2]
        if link[KEEPS]:
            copy(source, work[3])
        if link[AROUND]:
            copy(source, target)
            source = work[3]
        run_link(link, counted, at, source, target, lr if link[RATED] else work[2], slots, numbers, tensors, asked)
        place, source = place + 1, target
        if link[EVERY] > 1:
            resumed, counted = place + link[WAITING], t // link[EVERY]
            if not let_through(t, link, place, slots, tensors):
                place = resumed
                source = step if place >= count else work[1 - place % 2]
                if link[RETURNS]:
                    copy(target, source)
                else:
                    fill(source, 0.0)
            elif link[RETURNS]:
                at, has_returned = slots[link[FIRST_SLOT] : link[LAST_SLOT]].reshape(-1), True
    if has_returned:
        from_elsewhere(step, at, x)


@compiled
def chained(t, x, g, step, lr, slots, numbers, tensors):  # type: ignore[no-untyped-def]
    """An update that runs the links of a chain."""
    run_links(t, x, g, step, lr, slots, numbers, tensors, ())


@compiled
def chained_asking(t, x, g, step, lr, slots, numbers, tensors, values, objective, parameters):  # type: ignore[no-untyped-def]
    """The same for a chain of which a link asks the objective."""
    run_links(t, x, g, step, lr, slots, numbers, tensors, (values, objective, parameters))


@dataclass(frozen=True)
class Link:
    """A rule in a chain. Where it is not `is_rated`, its learning rate is -1: what it writes is then a direction, of the gradient's sign.

    Of `every` so many steps it lets one through; the `waiting` links behind it are not called in the others. The gradient that is handed
    to one that `keeps` it is handed again to one that stands `around`: this changes in place the step that was made of it. One that
    `returns` has as its only slot the params from which those that wait step, all others of the chain; in the other steps it steps itself.
    """

    rule: Rule
    is_rated: bool = False
    every: int = 1
    waiting: int = 0
    keeps: bool = False
    around: bool = False
    returns: bool = False


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


CHAIN, ASKING_CHAIN = Kernel(chained, UPDATE), Kernel(chained_asking, UPDATE_WITH_OBJECTIVE)


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
            if counted >= 0 and link.rule.looks_at_curvature(counted):
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
        its tensors as its kernel wants them."""
        head = 1 + WIDTH * len(self.links)
        described, first_number, first_tensor = [len(self.links)], 0, head
        for link, part, rows, table in zip(self.links, self.parts, slot_rows, tensors, strict=True):
            kernel, shape = part.kernel, part.numbers_shape(layout)
            described += [
                kernel.handle.address, kernel.kind == "elementwise", len(kernel.slots), *rows, first_number, *shape,
                first_tensor, *table.shape, link.is_rated, link.every, link.waiting, kernel.asks, link.keeps, link.around,
                link.returns,
            ]  # fmt: skip
            first_number, first_tensor = first_number + shape[0] * shape[1], first_tensor + table.size
        return np.concatenate([np.array(described, dtype=np.int64), *(table.reshape(-1) for table in tensors)]).reshape(1, -1)
