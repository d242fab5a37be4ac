"""Code that keeps all its state in one thing, which begins empty and goes from call to call: `f(params, grads, state) -> (params, state)`.

The thing is a dictionary with keys of the code's own, a dictionary per tensor, or a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stepgrade.encoding import Arrays
from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import COUNTER, under_every_name
from stepgrade.grading.students.binding import Binding, bind, parameters
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles.config import CONFIGS, under_keys
from stepgrade.grading.students.styles.functions import Function, wanted
from stepgrade.grading.students.styles.lists import Lists, goes_through_something
from stepgrade.grading.students.styles.sharing import OnTensorsAlike, alike
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style, Taken, copied, everything

STATE = "state"

#: What the thing may be called beside the names of a config.
KEPT_IN = CONFIGS | {"states", "opt_state", "optimizer_state", "optim_state", "memory", "mem", "buffers", "slots", "store", "moments"}

Begin = Callable[[StudentInput], Any]


class HandedOn(Function):
    """One call after another, each with what the last one kept; what is in it is not looked at."""

    def __init__(self, begin: Begin, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, replace(case, slots={STATE: None}))
        self.slots = {STATE: begin(case)}

    def step(self, gradient: Any) -> Taken:
        """Without the state, whose keys are the code's own."""
        return Taken(super().step(gradient).params, {})


class OneStateForAll(OnTensorsAlike, HandedOn):
    """The same on tensors of one shape, which a state of all tensors together fits."""


class WithD(HandedOn):
    """The same on dictionaries whose gradients have a d before each key."""

    def shown(self, gradient: Arrays) -> Any:
        """With other keys."""
        return {f"d{name}": part.copy() for name, part in gradient.items()}  # type: ignore[union-attr]  # a dictionary of layers


class HandedOnLists(Lists):
    """The same on lists of tensors."""

    def __init__(self, begin: Begin, binding: Binding, case: StudentInput) -> None:
        super().__init__(binding, replace(case, slots={STATE: None}))
        self.slots = {STATE: begin(case)}

    def step(self, gradient: Any) -> Taken:
        """Without the state."""
        return Taken(super().step(gradient).params, {})


@dataclass(frozen=True)
class ParamsLayout:
    """How the params are laid out for the code."""

    told: str
    style: Callable[[Begin, Binding, StudentInput], Style]
    fitted: Callable[[StudentInput], StudentInput]
    is_of_layers: bool = True


ARRAY = ParamsLayout("", HandedOn, inputs.flat, is_of_layers=False)
DICTIONARIES = ParamsLayout(", on dictionaries", HandedOn, inputs.layered)
DICTIONARIES_WITH_D = ParamsLayout(", on dictionaries, with dW1 for the gradient of W1", WithD, inputs.layered)
LISTS = ParamsLayout(", on lists of tensors", HandedOnLists, inputs.layered)
OF_TENSORS = (DICTIONARIES, DICTIONARIES_WITH_D, LISTS)


def kept_in(student: Student, names: Names) -> str | None:
    """The argument that may be such a thing; None where there is none, or where there are several."""
    found = [each.name for each in parameters(student) or [] if each.name.lower() in KEPT_IN and each.name not in names.values()]
    return found[0] if len(found) == 1 else None


def is_needed(student: Student, names: Names, case: StudentInput) -> bool:
    """Whether the state has more parts than the code has arguments for."""
    binding = bind(student, wanted(student, case), names)
    return kept_in(student, names) is not None and bool(set(binding.missing) & case.slots.keys())


def layouts_for(student: Student) -> list[ParamsLayout]:
    """The layouts of the params, the likeliest first."""
    return [*OF_TENSORS, ARRAY] if goes_through_something(student) else [ARRAY, *OF_TENSORS]


def readings(student: Student, names: Names, case: StudentInput, layouts: Sequence[ParamsLayout], *, is_trial: bool) -> Iterator[Reading]:
    """One for each layout of the params, and for each way to begin; of these the first is not a trial where that is asked."""
    name = kept_in(student, names)
    if name is None:
        return
    binding = bind(student, wanted(student, replace(case, slots={STATE: {}}), {STATE: (name,)}), names)
    if binding.missing or binding.unknown:
        return
    for layout in layouts:
        for begin in _beginnings(student, name, layout):
            yield Reading(
                title=f"f({binding.told()}), whose state begins as {begin.__doc__}{layout.told}",
                begin=partial(layout.style, begin, binding),
                fitted=partial(_from_nothing, layout),
                takes=everything if begin is zeros else binding.takes,
                is_trial=is_trial,
                has_rivals=True,
                owns_params=layout.is_of_layers,
                shapes=inputs.LAYERS if layout.is_of_layers else None,
                only_if_others_fail=is_trial,
            )
            is_trial = True
    begin = _beginnings(student, name, DICTIONARIES)[0]
    yield Reading(
        title=f"f({binding.told()}), on tensors of one shape",
        begin=partial(OneStateForAll, begin, binding),
        fitted=alike,
        is_trial=True,
        owns_params=True,
        only_if_others_fail=True,
    )


def _from_nothing(layout: ParamsLayout, case: StudentInput) -> StudentInput:
    return layout.fitted(inputs.stateless(case))


def empty(_: StudentInput) -> Any:
    """an empty dictionary"""
    return {}


def empty_list(_: StudentInput) -> Any:
    """an empty list"""
    return []


def nothing(_: StudentInput) -> Any:
    """None"""


def zeros(case: StudentInput) -> Any:
    """a dictionary with the state at the start and the hyperparameters"""
    slots = {name: copied(slot) for name, slot in case.slots.items()}
    return {**under_every_name({**slots, COUNTER: case.t}), **under_keys(case)}


def _beginnings(student: Student, name: str, layout: ParamsLayout) -> list[Begin]:
    """As the default says first; an empty one then."""
    default = next(each.default for each in parameters(student) or [] if each.name == name)
    return [*([nothing] if default is None else []), *((empty_list, empty) if layout is LISTS else (empty, zeros))]
