"""Objects that share what each should have for itself: a state of all tensors, or a state of all objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from stepgrade.grading.students import inputs
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.memory import attributes_of_a_class
from stepgrade.grading.students.styles.objects import Object, Way, ways
from stepgrade.grading.students.styles.style import Names, Reading, Student, Style, Taken
from stepgrade.grading.students.watching import OwnFault

ALIKE = (2, 2)  # the one shape of all tensors
ENOUGH = 2  # steps, of which the second uses the state of the first


class OnTensorsAlike(Style):
    """Code that fails on tensors of different shapes, on tensors of one shape."""

    taken = 0

    def step(self, gradient: Any) -> Taken:
        """Where this runs, the shapes are what made it fail."""
        taken = super().step(gradient)  # type: ignore[safe-super]  # that of the style beside it
        self.taken += 1
        if self.taken == ENOUGH:
            raise OwnFault(
                "Your code fails where the tensors have different shapes. Does it keep one state for all tensors? "
                "Each tensor needs a state of its own."
            )
        return taken


class OneState(OnTensorsAlike, Object):
    """A class of which this is tried."""


class OneClass(Object):
    """A class whose state is an attribute of the class."""

    def __init__(self, way: Way, case: StudentInput) -> None:
        super().__init__(way, case)
        self.shared = attributes_of_a_class(type(self.object))

    def step(self, gradient: Any) -> Taken:
        """Where the class itself is changed, all of its objects are."""
        taken = super().step(gradient)
        changed = [place.name for place in self.shared if place.is_changed()]
        if not changed:
            return taken
        name = changed[0]
        raise OwnFault(
            f"All objects of your class share {name}: it is an attribute of the class. Begin with self.{name} = ... in __init__, so that "
            "each object has its own."
        )


def alike(given: StudentInput) -> StudentInput:
    """A case from the first step on whose tensors all have one shape; nobody looks at its numbers."""
    case = inputs.layered(inputs.stateless(given))

    def of_one_shape(parts: Any) -> Any:
        return {name: np.resize(part, ALIKE) for name, part in parts.items()}

    gradients = tuple(of_one_shape(case.gradients[k % len(case.gradients)]) for k in range(ENOUGH))
    slots = {name: slot if isinstance(slot, float) else of_one_shape(slot) for name, slot in case.slots.items()}
    return replace(case, start=of_one_shape(case.start), gradients=gradients, slots=slots, back=inputs.itself)


def readings(student: Student, names: Names, case: StudentInput) -> Iterator[Reading]:
    """What may be shared by a class that fails in all of its likely ways."""
    for way, reading in ways(student, names, case):
        if not reading.is_trial:
            tried = replace(reading, is_trial=True, only_if_others_fail=True)
            yield replace(tried, title=f"{reading.title}, with a state of the class", begin=partial(OneClass, way))
            if way.container.shapes == inputs.LAYERS:
                yield replace(tried, title=f"{reading.title}, all of one shape", begin=partial(OneState, way), fitted=alike)
