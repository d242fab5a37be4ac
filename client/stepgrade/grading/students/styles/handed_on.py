"""Code that keeps all its state in one thing, which begins empty and goes from call to call: `f(params, grads, state) -> (params, state)`.

The thing is a dictionary with keys of the code's own, a dictionary per tensor, or a tuple or list such as `(m, v, t)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stepgrade.encoding import Arrays
from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import COUNTER
from stepgrade.grading.students.binding import Binding, bind, parameters
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.beginnings import EMPTY, Beginning, beginnings
from stepgrade.grading.students.styles.config import CONFIGS
from stepgrade.grading.students.styles.functions import Function, wanted
from stepgrade.grading.students.styles.lists import Lists, goes_through_something
from stepgrade.grading.students.styles.sharing import OnTensorsAlike, alike
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style, Taken, everything

STATE = "state"

#: What the thing may be called beside the names of a config.
KEPT_IN = CONFIGS | {"states", "opt_state", "optimizer_state", "optim_state", "memory", "mem", "buffers", "slots", "store", "moments"}


class HandedOn(Function):
    """One call after another, each with what the last one kept; what is in it is not looked at."""

    def __init__(self, begin: Beginning, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, replace(case, slots={STATE: None}))
        self.slots = {STATE: begin.make(case)}

    def step(self, gradient: Any) -> Taken:
        """Without the state, whose keys are the code's own."""
        return Taken(super().step(gradient).params, {})

    def _keep(self, returned: Any, changed: dict[str, bool]) -> None:
        """A state that is given as `(m, v, t)` may be returned as `w, m, v, t`."""
        state = self.slots[STATE]
        if isinstance(state, (list, tuple)) and isinstance(returned, tuple) and len(returned) == 1 + len(state) > len("wv"):
            returned = returned[0], list(returned[1:])
        super()._keep(returned, changed)


class OneStateForAll(OnTensorsAlike, HandedOn):
    """The same on tensors of one shape, which a state of all tensors together fits."""


class WithD(HandedOn):
    """The same on dictionaries whose gradients have a d before each key."""

    def shown(self, gradient: Arrays) -> Any:
        """With other keys."""
        return {f"d{name}": part.copy() for name, part in gradient.items()}  # type: ignore[union-attr]  # a dictionary of layers


class HandedOnLists(Lists):
    """The same on lists of tensors."""

    def __init__(self, begin: Beginning, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, replace(case, slots={STATE: None}))
        self.slots = {STATE: begin.make(case)}

    def step(self, gradient: Any) -> Taken:
        """Without the state."""
        return Taken(super().step(gradient).params, {})


@dataclass(frozen=True)
class ParamsLayout:
    """How the params are laid out for the code."""

    told: str
    style: Callable[[Beginning, Binding, StudentInput], Style]
    fitted: Callable[[StudentInput], StudentInput]
    is_of_layers: bool = True


ARRAY = ParamsLayout("", HandedOn, inputs.flat, is_of_layers=False)
DICTIONARIES = ParamsLayout(", on dictionaries", HandedOn, inputs.layered)
DICTIONARIES_WITH_D = ParamsLayout(", on dictionaries, with dW1 for the gradient of W1", WithD, inputs.layered)
LISTS = ParamsLayout(", on lists of tensors", HandedOnLists, inputs.layered)
OF_TENSORS = (DICTIONARIES, DICTIONARIES_WITH_D, LISTS)
ROW = ParamsLayout(", on arrays of one axis", HandedOn, lambda case: inputs.of_one_axis(inputs.flat(case)), is_of_layers=False)
MATRIX = ParamsLayout(", on matrices", HandedOn, lambda case: inputs.of_two_axes(inputs.flat(case)), is_of_layers=False)
OF_ARRAYS = (ARRAY, ROW, MATRIX)


def kept_in(student: Student, names: Names, case: StudentInput) -> str | None:
    """The argument that may be such a thing; None where there is none, or where there are several.

    The only argument of no known name is one where the state has more parts.
    """
    found = [each.name for each in parameters(student) or [] if each.name.lower() in KEPT_IN and each.name not in names.values()]
    if not found:
        binding = bind(student, wanted(student, case), names)
        found = list(binding.unknown) if len(set(binding.missing) & case.slots.keys()) > 1 else []
    return found[0] if len(found) == 1 else None


def is_needed(student: Student, names: Names, case: StudentInput) -> bool:
    """Whether the state has more parts than the code has arguments for."""
    binding = bind(student, wanted(student, case), names)
    return kept_in(student, names, case) is not None and bool(set(binding.missing) & case.slots.keys())


def layouts_for(student: Student) -> list[ParamsLayout]:
    """The layouts of the params, the likeliest first."""
    return [*OF_TENSORS, *OF_ARRAYS] if goes_through_something(student) else [*OF_ARRAYS, *OF_TENSORS]


def readings(student: Student, names: Names, case: StudentInput, layouts: Sequence[ParamsLayout], *, is_trial: bool) -> Iterator[Reading]:
    """One for each layout of the params, and for each way to begin; of these the first is not a trial where that is asked."""
    name = kept_in(student, names, case)
    if name is None:
        return
    binding = bind(student, wanted(student, replace(case, slots={STATE: {}}), {STATE: (name,)}), names)
    if binding.missing or binding.unknown:
        return
    argument = next(each for each in binding.known or [] if each.name == name)
    for layout in layouts:
        counts = COUNTER not in binding.roles.values()
        for begin in beginnings(argument, tuple(case.slots), counts=counts, are_lists=layout is LISTS):
            yield Reading(
                title=f"f({binding.told()}), whose state begins as {begin.told}{layout.told}",
                begin=partial(layout.style, begin, binding),
                fitted=partial(_from_nothing, layout),
                takes=everything if begin.has_numbers else binding.takes,
                by_argument=binding.takes,
                is_trial=is_trial,
                has_rivals=True,
                stands_in=True,
                owns_params=layout.is_of_layers,
                shapes=inputs.LAYERS if layout.is_of_layers else None,
                only_if_others_fail=is_trial,
            )
            is_trial = True
    yield Reading(
        title=f"f({binding.told()}), on tensors of one shape",
        begin=partial(OneStateForAll, EMPTY, binding),
        fitted=alike,
        is_trial=True,
        owns_params=True,
        only_if_others_fail=True,
    )


def _from_nothing(layout: ParamsLayout, case: StudentInput) -> StudentInput:
    return layout.fitted(inputs.stateless(case))
