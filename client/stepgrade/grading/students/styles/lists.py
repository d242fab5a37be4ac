"""Code of the shape `f(params, grads, *states, lr, ...)` on lists of tensors, as `for p, g in zip(params, grads)` goes through them."""

from __future__ import annotations

from collections.abc import Callable
from dis import get_instructions
from functools import partial
from typing import Any

from stepgrade.encoding import Arrays
from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import COUNTER, under_every_name
from stepgrade.grading.students.binding import Binding, parameters
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.called import codes_in
from stepgrade.grading.students.styles.functions import Function, knows_numbers
from stepgrade.grading.students.styles.style import Reading, Student, Style, Taken, kind_of, like
from stepgrade.grading.students.styles.tensors import Tensor
from stepgrade.grading.students.watching import Unreadable

#: What a function that reads `p.grad` calls its three arguments.
STATES, HYPERPARAMETERS = {"state", "states"}, {"hyperparams", "hyperparameters", "hparams", "hyper"}


class Lists(Function):
    """One call after another, each with lists in the order of the layers."""

    def __init__(self, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, case)
        self.params = list(self.params.values())
        self.slots = {name: list(slot.values()) if isinstance(slot, dict) else slot for name, slot in self.slots.items()}

    def shown(self, gradient: Arrays) -> Any:
        """As a list."""
        return [part.copy() for part in gradient.values()]  # type: ignore[union-attr]  # a dictionary of layers

    def step(self, gradient: Any) -> Taken:
        """Read lists, and tell by the names of the layers."""
        taken = super().step(gradient)
        params = by_name(taken.params, self.case.start)
        if params is None:
            raise Unreadable(f"The function returns {kind_of(taken.params)}, not the list of params.")
        slots = {name: slot if (named := by_name(slot, self.case.start)) is None else named for name, slot in taken.slots.items()}
        return Taken(params, slots)

    def _keep(self, returned: Any, changed: dict[str, bool]) -> None:
        super()._keep(returned if by_name(returned, self.case.start) is None else (returned,), changed)


class Trainer(Style):
    """`f(params, states, hyperparams)`, which changes the params in place and reads `p.grad`."""

    def __init__(self, student: Student, case: StudentInput) -> None:
        super().__init__(case)
        self.student = student
        self.params = [Tensor.of(part) for part in case.start.values()]  # type: ignore[union-attr]  # a dictionary of layers
        slots = [[Tensor.of(part) for part in slot.values()] for slot in case.slots.values() if isinstance(slot, dict)]
        self.states: list[Any] = slots[0] if len(slots) == 1 else list(zip(*slots, strict=True)) or [None] * len(self.params)
        roles = under_every_name({name: name for name in case.numbers})
        self.numbers = case.notes.of({**under_every_name(case.numbers), COUNTER: case.t + 1}, numbers=roles)

    def step(self, gradient: Any) -> Taken:
        """The function is to count the steps itself; where it does not, they are counted for it."""
        count = self.numbers[COUNTER]
        for tensor, part in zip(self.params, gradient.values(), strict=True):
            tensor.grad = Tensor.of(part)
        returned = call(self.student, (self.params, self.states, self.numbers))
        for tensor, part in zip(self.params, gradient.values(), strict=True):
            part[...] = part if tensor.grad is None else tensor.grad  # so that a gradient that was changed is seen
        if self.numbers[COUNTER] == count:
            self.numbers[COUNTER] = count + 1
        named = by_name(returned, self.case.start)
        if named is not None:
            self.params = [Tensor.of(part) for part in named.values()]
        return Taken(by_name(self.params, self.case.start), {})


def by_name(value: Any, start: Any) -> dict[str, Any] | None:
    """A list of tensors by the names of the layers; None of anything else."""
    if not isinstance(value, (list, tuple)) or len(value) != len(start):
        return None
    return like(dict(zip(start, value, strict=True)), start)  # type: ignore[no-any-return]


def is_trainer(student: Student) -> bool:
    """Whether a function takes params, states and hyperparameters, and no gradient."""
    called = [each.name.lower() for each in parameters(student) or []]
    return len(called) == 3 and called[1] in STATES and called[2] in HYPERPARAMETERS


def of_trainer(student: Student) -> Reading:
    """The one way to call such a function."""
    title = "f(params, states, hyperparams), on lists of tensors that have grad"
    begin, fitted = partial(Trainer, student), inputs.layered
    return Reading(title=title, begin=begin, fitted=fitted, owns_params=True, shapes=inputs.LAYERS)


def on_lists(binding: Binding, *, is_trial: bool) -> Reading:
    """A binding on lists. Where the code goes through nothing, it is only tried."""
    return Reading(
        title=f"f({binding.told()}), on lists of tensors",
        begin=partial(Lists, binding),
        fitted=partial(of_layers, binding),
        takes=binding.takes,
        is_trial=is_trial,
        has_rivals=True,
        owns_params=True,
        shapes=inputs.LAYERS,
        stands_in=goes_through_something(binding.function),
        only_if_others_fail=is_trial,
    )


def of_layers(binding: Binding, case: StudentInput) -> StudentInput:
    """The case on the dictionary of a network's layers."""
    return inputs.layered(case if knows_numbers(binding, case) else inputs.stateless(case))


def goes_through_something(student: Callable[..., Any]) -> bool:
    """Whether there is a loop over something in a function, or in one within it."""
    made = student.func if isinstance(student, partial) else student
    return any(each.opname == "FOR_ITER" for code in codes_in(getattr(made, "__code__", None)) for each in get_instructions(code))
