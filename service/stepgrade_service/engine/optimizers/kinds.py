"""The kinds of update kernels, and how the loop calls them all alike.

A kernel's signature is its declaration: `t, x, g, step, lr`, then its slots, annotated as such, then its hyperparameters. The loop hands
slots and hyperparameters over packed, an array each; a function that is made from the signature unpacks them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ..compiled import views
from ..compiled.jit import Kernel, entry_point, made, within
from ..compiled.signatures import UPDATE, UPDATE_WITH_OBJECTIVE
from ..reading.cost import Effort, StepPrice
from .slots import ColumnSlot, FurtherSlot, LeftSlot, NumberSlot, NumbersSlot, RightSlot, RowSlot, ShapedSlot, Slot, StackSlot, TensorSlot

Kind = Literal["elementwise", "whole", "global_norm", "tensor_norm", "shaped", "value", "curvature", "objective", "chain"]
GIVEN = ("t", "x", "g", "step", "lr")

#: What a kernel of a kind is handed between lr and its slots.
ASKED: Mapping[str, tuple[str, ...]] = {
    "value": ("values",),
    "curvature": ("values", "objective", "parameters"),
    "objective": ("values", "objective", "parameters"),
}

#: What a kernel of a kind takes between lr and its slots: what it is handed of the objective, or the lengths of the tensor's axes.
TAKES: Mapping[str, tuple[str, ...]] = {**ASKED, "shaped": ("shape",)}

#: The slots there are, and those that a kernel of a kind may have.
SLOT_KINDS: tuple[Any, ...] = (
    Slot, NumberSlot, NumbersSlot, TensorSlot, RowSlot, ColumnSlot, StackSlot, FurtherSlot, LeftSlot, RightSlot, ShapedSlot,
)  # fmt: skip
SLOTS_OF: Mapping[str, tuple[Any, ...]] = {
    "elementwise": (Slot, NumberSlot),
    "whole": (Slot, NumberSlot, NumbersSlot, StackSlot),
    "global_norm": (Slot, NumberSlot, NumbersSlot, StackSlot),
    "tensor_norm": (Slot, TensorSlot, StackSlot),
    "shaped": (Slot, TensorSlot, RowSlot, ColumnSlot, StackSlot, FurtherSlot, LeftSlot, RightSlot, ShapedSlot),
    "value": (Slot, NumberSlot, NumbersSlot, StackSlot),
    "curvature": (Slot, NumberSlot, NumbersSlot, StackSlot),
    "objective": (Slot, NumberSlot, NumbersSlot, StackSlot),
}

#: The kinds whose kernels see all params at once, and so each slot as a whole.
WHOLE: frozenset[str] = frozenset({"whole", "global_norm", "value", "curvature", "objective"})

#: What an update wants at each point, from least to most; what wants more than the gradient is handed the objective.
Needs = Literal["gradient", "value", "hessian_diagonal", "objective"]
NEEDS: Mapping[str, Needs] = {"value": "value", "curvature": "hessian_diagonal", "objective": "objective"}

#: Columns of `tensors`: where a tensor starts and stops in the flat arrays; in which column the lengths of its axes start, and how many
#: these are; then where each of its slots starts and stops.
START, STOP, SHAPE, AXES, SLOTS = range(5)


#: What an update costs for one run alone besides what it costs in a batch: for itself, and for each number. Norms and rows of tensors
#: are gone through number by number.
ALONE: Mapping[str, tuple[float, float]] = {
    "elementwise": (0.0, 0.4),
    "whole": (0.0, 1.2),
    "global_norm": (20.0, 1.2),
    "tensor_norm": (20.0, 1.2),
    "shaped": (38.0, 4.2),
    "value": (20.0, 1.2),
    "curvature": (38.0, 1.2),
    "objective": (38.0, 0.4),
}

#: What each number of a run costs, and each slot of it.
A_NUMBER, A_SLOT = 0.12, 0.1


@dataclass(frozen=True)
class UpdateKernel:
    """An update rule, its slots and hyperparameters read from its signature. It writes the step, which the loop adds.

    An elementwise kernel sees flat vectors and treats every coordinate alike. The others see runs as the last axis: `global_norm` all
    params at once, (dimension, runs), with hyperparameters laid out like one run's params, (dimension,), and `whole` the same, without
    a norm; `tensor_norm` one tensor after the other, (numbers, runs); `shaped` likewise, and after lr the lengths of the tensor's axes,
    (axes,), where a number is a vector of one; `value` all params, and after lr the values at x, (runs,); `objective` the same, then
    the objective and its parameters; `curvature` likewise, with what writes the diagonal of the Hessian in place of the objective. Of
    the kinds that see all params at once, a NumberSlot is (1, runs), a NumbersSlot (depth, runs) and a StackSlot (depth * dimension,
    runs). `asking` is what evaluating the objective, or products of matrices, cost in a step.
    """

    function: Callable[..., None]
    kind: Kind
    slot_kinds: Mapping[str, Any]
    hyperparameters: tuple[str, ...]
    asking: Callable[[Effort], StepPrice] | None = None

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    @classmethod
    def read(cls, function: Callable[..., None], kind: Kind, asking: Callable[[Effort], StepPrice] | None = None) -> UpdateKernel:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
        expected = (*GIVEN, *TAKES.get(kind, ()))
        given = len(expected)
        slots = [p for p in parameters[given:] if p.annotation in SLOT_KINDS]
        if tuple(p.name for p in parameters[:given]) != expected or parameters[given : given + len(slots)] != slots:
            raise TypeError(f"{function.__name__}: a kernel takes {', '.join(expected)}, then its slots, then its hyperparameters")
        for slot in slots:
            if slot.annotation not in SLOTS_OF[kind]:
                raise TypeError(f"{function.__name__}: a kernel of kind {kind} has no {slot.annotation.__name__}")
        return cls(
            function=function,
            kind=kind,
            slot_kinds={p.name: p.annotation for p in slots},
            hyperparameters=tuple(p.name for p in parameters[given + len(slots) :]),
            asking=asking,
        )

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the slots, in the order of the signature."""
        return tuple(self.slot_kinds)

    @property
    def number_slots(self) -> frozenset[str]:
        """The slots that are one number for all params."""
        return frozenset(name for name, kind in self.slot_kinds.items() if kind is NumberSlot)

    @property
    def asks(self) -> bool:
        """Whether it is handed the objective: it wants at least its value, so that a gradient alone does not do."""
        return self.kind in ASKED

    @property
    def needs(self) -> Needs:
        """What it wants at each point."""
        return NEEDS.get(self.kind, "gradient")

    def price(self, effort: Effort) -> StepPrice:
        """The work of an update."""
        once, alone = ALONE[self.kind]
        own = StepPrice(once + alone * effort.dimension, (A_NUMBER + A_SLOT * effort.slots) * effort.dimension)
        return own if self.asking is None else own + self.asking(effort)

    @property
    def signature(self) -> Any:
        """That of the packed function."""
        return UPDATE_WITH_OBJECTIVE if self.asks else UPDATE

    @cached_property
    def packed(self) -> Callable[..., None]:
        """The function that the loop calls: it unpacks slots and hyperparameters for the kernel."""
        allocates = self.kind != "elementwise"
        text = unpacking(self)
        called = {"kernel": within(self.function), **{name: getattr(views, name) for name in views.__all__ if f"{name}(" in text}}
        function: Callable[..., None] = made(self.name, text, self.function.__module__, allocates=allocates, **called)
        return function

    @cached_property
    def handle(self) -> Kernel:
        """The kernel as a first-class function for the loop."""
        return Kernel(self.packed, self.signature)

    @cached_property
    def apply(self) -> Callable[..., None]:
        """The packed function itself, to be called once: the same machine code that the loop calls."""
        return entry_point(self.packed, self.signature)


def unpacking(kernel: UpdateKernel) -> str:
    """The text of the packed function."""
    asked = "".join(f", {name}" for name in ASKED["objective"]) if kernel.asks else ""
    head = f"def {kernel.name}(t, x, g, step, lr, slots, numbers, tensors{asked}):\n"
    return head + {
        "elementwise": _flat_groups,
        **dict.fromkeys(WHOLE, _whole),
        "tensor_norm": _each_tensor,
        "shaped": _each_tensor,
    }[kernel.kind](kernel)


def _flat_groups(kernel: UpdateKernel) -> str:
    """Call the kernel once for each parameter group; without groups, once."""
    seen = [f"stretch({name}, a, b)" for name in GIVEN[1:]]
    slots, numbers = f"stretches(slots, a, b, {len(kernel.slots)})", f"numbers_of(numbers, k, {len(kernel.hyperparameters)})"
    return "    for k in range(tensors.shape[0]):\n        a, b = tensors[k, 0], tensors[k, 1]\n" + _call(
        kernel, seen, slots, numbers, indent=8
    )


def _whole(kernel: UpdateKernel) -> str:
    """Call the kernel once, with all params."""
    count = len(kernel.hyperparameters)
    seen = [*(f"rows_of_runs({name}, 0, {name}.size, runs)" for name in GIVEN[1:]), *ASKED.get(kernel.kind, ())]
    numbers = f"numbers_of(numbers, 0, {count})" if kernel.asks else f"stretches(numbers, 0, numbers.shape[1], {count})"
    slots = f"blocks(slots, tensors, 0, {SLOTS}, {len(kernel.slots)})"
    return "    runs = slots.shape[1]\n" + _call(kernel, seen, slots, numbers, indent=4)


def _each_tensor(kernel: UpdateKernel) -> str:
    """Call the kernel once for each tensor."""
    seen = [f"rows_of_runs({name}, a, b, runs)" for name in GIVEN[1:]]
    if kernel.kind == "shaped":
        seen.append(f"tensors[k, tensors[k, {SHAPE}] : tensors[k, {SHAPE}] + tensors[k, {AXES}]]")
    slots, numbers = f"blocks(slots, tensors, k, {SLOTS}, {len(kernel.slots)})", f"numbers_of(numbers, k, {len(kernel.hyperparameters)})"
    return "    runs = slots.shape[1]\n    for k in range(tensors.shape[0]):\n        a, b = tensors[k, 0], tensors[k, 1]\n" + _call(
        kernel, seen, slots, numbers, indent=8
    )


def _call(kernel: UpdateKernel, seen: Sequence[str], slots: str, numbers: str, *, indent: int) -> str:
    """The lines that call the kernel: slots and hyperparameters are taken out of two tuples, where it has any."""
    lines, handed = [], list(seen)
    for name, packed, count in (("slot", slots, len(kernel.slots)), ("number", numbers, len(kernel.hyperparameters))):
        if count:
            lines.append(f"{name} = {packed}")
            handed += [f"{name}[{place}]" for place in range(count)]
    lines.append(f"kernel(t, {', '.join(handed)})")
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def elementwise(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that treats every coordinate alike."""
    return UpdateKernel.read(function, "elementwise")


def whole(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that treats every coordinate alike, but keeps a stack of arrays."""
    return UpdateKernel.read(function, "whole")


def global_norm(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that needs a norm over all params, such as norm([dW, db])."""
    return UpdateKernel.read(function, "global_norm")


def tensor_norm(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that needs the norm of each tensor by itself."""
    return UpdateKernel.read(function, "tensor_norm")


def shaped(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that sees the lengths of each tensor's axes."""
    return UpdateKernel.read(function, "shaped")


def multiplying(asking: Callable[[Effort], StepPrice]) -> Callable[[Callable[..., None]], UpdateKernel]:
    """The same for a kernel that multiplies matrices; `asking` is what that costs in a step."""
    return lambda function: UpdateKernel.read(function, "shaped", asking)


def valued(function: Callable[..., None]) -> UpdateKernel:
    """Declare a kernel that needs the objective's value at x beside the gradient, and nothing else of the objective."""
    return UpdateKernel.read(function, "value")


def asking_objective(asking: Callable[[Effort], StepPrice]) -> Callable[[Callable[..., None]], UpdateKernel]:
    """Declare a kernel that evaluates the objective itself; `asking` is what that costs in a step."""
    return lambda function: UpdateKernel.read(function, "objective", asking)


def curved(asking: Callable[[Effort], StepPrice]) -> Callable[[Callable[..., None]], UpdateKernel]:
    """Declare a kernel that needs the diagonal of the Hessian; `asking` is what finding it costs in a step.

    It asks `objective` for it at each step t for which t - 1 is a multiple of its hyperparameter `interval`.
    """
    return lambda function: UpdateKernel.read(function, "curvature", asking)
