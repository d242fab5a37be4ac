"""Code that is a whole loop: it takes the gradient as a function, a start and a number of steps, and returns the end or all points."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stepgrade.grading.students import inputs
from stepgrade.grading.students.aliases import (
    ALIASES,
    BETAS,
    COUNTER,
    DERIVATIVE,
    GRADIENT,
    OBJECTIVE,
    PARAMS,
    STARTS,
    STEPS,
    TOLERANCE,
)
from stepgrade.grading.students.binding import Binding, Wanted, bind, bindings, parameters
from stepgrade.grading.students.bowls import MOST_ASKED, Bowl, NeverEnds, parabola, rotated_bowl
from stepgrade.grading.students.calling import call
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.memory import WHOLE_NUMBERS, Memory
from stepgrade.grading.students.styles.called import goes_round, goes_round_elsewhere
from stepgrade.grading.students.styles.functions import Function, wanted
from stepgrade.grading.students.styles.other_loops import COUNTS, as_function, gradient_function, method_of, pair_in
from stepgrade.grading.students.styles.style import Names, Student, copied, kind_of, like
from stepgrade.grading.students.watching import OwnFault, StudentFault
from stepgrade.grading.submitted import submitted
from stepgrade.messages import Json

TOLERANCES = (0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4)  # for loops that end by themselves
ENOUGH = 6  # gradients
LOOP_ROLES = {GRADIENT: DERIVATIVE, COUNTER: STEPS}  # what a teacher's names= call the arguments of a loop
FEWEST = 3  # points that are a path; two numbers may be an end and its value
ONE_ARRAY = "All points of your list are the same array, which changes with every step. Append a copy of it: x.copy()."


@dataclass(frozen=True)
class Loop:
    """A loop that is called for one step, for two and so on, or once if it returns all of its points."""

    binding: Binding
    is_scalar: bool
    memory: Memory
    slots: Mapping[str, Any]
    is_trial: bool = False
    asked: list[int] = field(default_factory=list)  # how often each call asked for a gradient
    whole: list[bool] = field(default_factory=list)  # whether each began with a state of whole numbers

    @property
    def title(self) -> str:
        """For the teacher."""
        return f"a loop f({self.binding.told()}) from " + ("a number" if self.is_scalar else "an array of two numbers")

    @property
    def can_change_rate(self) -> bool:
        """Whether it takes a learning rate."""
        return self.binding.takes("lr")

    def submission(self, case: StudentInput) -> tuple[Json, Json]:
        """The reference, and what the loop gives for it."""
        reference, given = self._given(case)
        return reference, {**given, **({"side_effects": [WHOLE_NUMBERS]} if any(self.whole) else {})}

    def _given(self, case: StudentInput) -> tuple[Json, Json]:
        """The same: all points of the loop, or the end alone where its number of steps is its own."""
        steps, start = int(case.reference["steps"]), np.asarray(case.start)
        has_count = STEPS in self.binding.roles.values()
        returned, bowl = self.run(case, steps) if has_count else self.run_to_tolerance(case)
        path = _path(returned, case.start)
        if path is None and not has_count:
            end = _end(returned, case.start)
            return {**case.reference, "steps": bowl.steps_to(end)}, {"params": submitted(end)}
        if path is None:
            ends = [_end(each, case.start) for each in (*(self.run(case, count)[0] for count in range(1, steps)), returned)]
            return case.reference, {"points": submitted(ends)}
        has_start = np.array_equal(path[0], start)
        if has_count and has_start and len(path) == steps:  # as many points as steps: without an end, the last one is missing
            end = _other_end(returned, path, case.start)
            return case.reference, {"points": submitted(path if end is None else [*path[1:], end])}
        points = path[1:] if has_start else path
        return case.reference, {"points": submitted(points if has_count else points[:steps])}

    def run_to_tolerance(self, case: StudentInput) -> tuple[Any, Bowl]:
        """The same of a loop that ends by itself, as soon as it took enough steps to be checked; raises Unreadable if it never ends."""
        if TOLERANCE not in self.binding.roles.values():
            return self.run(case, 0)
        for tolerance in TOLERANCES:
            try:
                returned, bowl = self.run(case, 0, tolerance)
            except NeverEnds:
                if tolerance == TOLERANCES[0]:
                    raise
                break
            if len(bowl.asked) > ENOUGH:
                break
        return returned, bowl

    def run(self, case: StudentInput, steps: int, tolerance: float = 0.0) -> tuple[Any, Bowl]:
        """What the loop returns after so many steps, or with this tolerance, and the objective that it was on."""
        bowl = self.bowl()
        numbers = case.numbers
        betas = {BETAS: (numbers["beta1"], numbers["beta2"])} if {"beta1", "beta2"} <= set(numbers) else {}
        start = float(case.start) if self.is_scalar else np.array(case.start)  # type: ignore[arg-type]  # an array
        given = {OBJECTIVE: bowl.value, DERIVATIVE: bowl.gradient, PARAMS: start, STEPS: steps, TOLERANCE: tolerance}
        arguments, named = self.binding.arguments({**numbers, **betas, **given})
        self.memory.restore()
        try:
            returned = call(self.binding.function, arguments, named)
            return list(returned) if isinstance(returned, Generator) else returned, bowl
        except NeverEnds as never:
            if STEPS in self.binding.roles.values():
                told = f"it asked for {MOST_ASKED} gradients, and it has {steps} steps to take."
            elif bowl.is_asked_at_the_start():
                told = "it asks for the gradient at the start again and again. Does its condition use the new point?"
            else:
                raise
            raise OwnFault(f"Your loop does not end: {told}") from never
        finally:
            self.asked.append(len(bowl.asked))
            self.whole.append(bowl.begins_with_whole_numbers)

    def bowl(self) -> Bowl:
        """The objective that it is on."""
        return parabola() if self.is_scalar else rotated_bowl()

    def has_asked(self) -> bool:
        """Whether the code took its gradient for a function, which nothing but a loop does."""
        return any(self.asked) and not self.is_trial

    @property
    def only_if_others_fail(self) -> bool:
        """Whether it is not tried where the code runs in a way before."""
        return self.is_scalar


class StepByStep(Loop):
    """A function that takes one step with a gradient function, called again and again."""

    @property
    def title(self) -> str:
        """For the teacher."""
        return f"one step f({self.binding.told()}) with a gradient function, from " + ("a number" if self.is_scalar else "two numbers")

    @property
    def only_if_others_fail(self) -> bool:
        """Also where it goes round by itself."""
        return self.is_scalar or self.is_trial

    def submission(self, case: StudentInput) -> tuple[Json, Json]:
        """The reference, and all points."""
        bowl, start = self.bowl(), case.reference["start"]
        self.memory.restore()
        step = Function(self.binding, inputs.case({"start": start, "gradients": [start]}, case.settings, self.slots))
        try:
            points = [copied(step.step(bowl.gradient).params) for _ in range(int(case.reference["steps"]))]
        finally:
            self.asked.append(len(bowl.asked))
        return case.reference, {"points": submitted(points)}


def loops(student: Student, names: Names, case: StudentInput, memory: Memory) -> Iterator[Loop]:
    """The loop on arrays, and for code that works on single numbers the same on these; then a single step that is called again and again.

    `case` is any input that has the state at the start.
    """
    _, is_of_two = as_function(student)
    found = loop_bindings(student, names, case)
    for is_scalar in (False,) if is_of_two else (False, True):
        yield from (Loop(binding, is_scalar, memory, case.slots, len(found) > 1) for binding in found)
    called = gradient_function(student)
    if called is None or inspect.isclass(student):
        return
    steps = list(bindings(student, wanted(student, case), {GRADIENT: called, **names}))
    for is_scalar in (False, True):
        yield from (StepByStep(binding, is_scalar, memory, case.slots, len(found) + len(steps) > 1) for binding in steps)


def loop_bindings(student: Student, names: Names, case: StudentInput) -> list[Binding]:
    """How a loop may be called: by the names of its arguments. Where it calls its gradient function, the others may have any names."""
    called = gradient_function(student)
    if called is not None and not (_is_called_so(student) or goes_round(student) or goes_round_elsewhere(student)):
        return []
    more = {**{name: bool(value) for name, value in case.numbers.items()}, STEPS: True, TOLERANCE: True}
    every = Wanted((DERIVATIVE, PARAMS), {**more, OBJECTIVE: called is None, BETAS: True}, {PARAMS: STARTS})
    own = {LOOP_ROLES.get(role, role): name for role, name in names.items()}
    if called is None:
        found = bind(as_function(student)[0], every, own)
        return [] if found.unknown or found.missing else [found]
    return [each for each in bindings(as_function(student)[0], every, {DERIVATIVE: called, **own}) if not each.missing]


def bound(student: Student, names: Names, case: StudentInput) -> list[Binding]:
    """The loop by the names that are known, else the single step."""
    found, called = loop_bindings(student, names, case)[:1], gradient_function(student)
    return found if found or called is None else [bind(student, wanted(student, case), {GRADIENT: called, **names})]


def is_loop(student: Student) -> bool:
    """Whether code is surely a whole loop, or a step that asks for its gradients itself."""
    return _is_called_so(student) or gradient_function(student) is not None


def _is_called_so(student: Student) -> bool:
    """Whether the arguments have the names of a loop's: one for the number of steps, one for the start, and a gradient function."""
    if inspect.isclass(student):
        return method_of(student) is not None
    if pair_in(student) is not None:
        return True
    found = {parameter.name.lower() for parameter in parameters(student) or []}
    return bool(found & COUNTS) and bool(found & {name.lower() for name in STARTS}) and bool(found & set(ALIASES[DERIVATIVE]))


def _path(returned: Any, start: Any) -> list[Any] | None:
    """The points among what was returned; None where there is nothing but an end."""
    for value in _parts(returned):
        if _has_rows(value):
            points = [like(row, start) for row in value]
            if len(points) > FEWEST and all(point is not None for point in points):
                if isinstance(value[-1], np.ndarray) and all(row is value[-1] for row in value[1:]):
                    raise OwnFault(ONE_ARRAY)
                return points
    return None


def _other_end(returned: Any, path: list[Any], start: Any) -> Any:
    """The end that was returned beside points that were noted before each step; None where there is none but the last of these."""
    ends = [found for found in (like(value, start) for value in _parts(returned)) if found is not None]
    return next((end for end in ends if not np.array_equal(end, path[-1])), None)


def _has_rows(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _end(returned: Any, start: Any) -> Any:
    """The end among what was returned."""
    ends = [found for found in (like(value, start) for value in _parts(returned)) if found is not None]
    if not ends:
        raise StudentFault(f"Your function should return the last point, or a list of all points; it returned {kind_of(returned)}.")
    return ends[0]


def _parts(returned: Any) -> list[Any]:
    """What was returned, and what is in it."""
    return [returned, *(returned if isinstance(returned, tuple) else ()), *(returned.values() if isinstance(returned, dict) else ())]
