"""A student's code driven through its cases: what it returned, what it did besides, and what is to be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stepgrade.caller import Caller
from stepgrade.encoding import body
from stepgrade.errors import InvalidArgument, NotFound, NotInBundle, UnexpectedAnswer
from stepgrade.grading.catalogue import Probe
from stepgrade.grading.check_result import CheckResult
from stepgrade.grading.students import inputs
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.styles import STYLES, Style, Taken, accepts, arrays_in, kind_of, knows_numbers
from stepgrade.grading.students.watching import watch
from stepgrade.grading.submitted import as_array, submitted
from stepgrade.messages import Json
from stepgrade.results import Result, Step


@dataclass(frozen=True)
class CheckSettings:
    """How a student's code is to be checked, as `Grader.check_function` has it."""

    style: str
    names: Mapping[str, str]
    references: Sequence[Mapping[str, Any]] | None
    random: int
    seed: int
    time_limit: float | None


@dataclass
class Driven:
    """What came of it: references and what was returned, or a fault. `misshapen` says of which other shape numbers are."""

    optimizer: Json
    references: list[Json] = field(default_factory=list)
    submissions: list[Json] = field(default_factory=list)
    misshapen: str | None = None
    cases: list[StudentInput] = field(default_factory=list)
    fault: str | None = None
    output: str = ""

    def told(self, verdict: CheckResult) -> CheckResult:
        """The verdict with what the code printed, and with the first difference where the student has it."""
        first = verdict.first_mismatch
        if first is not None and first.index:
            with suppress(LookupError, TypeError, ValueError):  # an answer that names a number that is not there
                first = replace(first, index=inputs.place(self.cases[first.case], first.index))
        return replace(verdict, output=self.output, first_mismatch=first)


def drive(client: Caller, student: Callable[..., Any], optimizer: str | Mapping[str, Any], settings: CheckSettings) -> Driven:
    """Run a student's code on every case; only the service's errors and the caller's mistakes are raised."""
    if settings.style not in STYLES:
        raise InvalidArgument(f"style must be one of {', '.join(STYLES)}, not {settings.style!r}.", pointer="/style")
    if not callable(student):
        return Driven({}, fault=f"There is no function to call: the submission is of type {type(student).__name__}.")
    style = STYLES[settings.style]
    echo, cases = _cases(client, student, optimizer, settings)
    kept = [case if knows_numbers(student, settings.style, case, settings.names) else inputs.stateless(case) for case in cases]
    fitted = [style.fitted(case) for case in kept]
    watched = watch(lambda: [_run(style(student, case, settings.names), case) for case in fitted], settings.time_limit)
    if watched.fault is not None:
        return Driven(echo, fault=watched.fault, output=watched.output)
    references, submissions, shapes = zip(*watched.value, strict=True)
    misshapen = next((shape for shape in shapes if shape is not None), None)
    return Driven(echo, list(references), list(submissions), misshapen, fitted, output=watched.output)


def _cases(
    client: Caller, student: Callable[..., Any], optimizer: str | Mapping[str, Any], settings: CheckSettings
) -> tuple[Json, list[StudentInput]]:
    """The optimizer as resolved, and the inputs. Hyperparameters that the student's code has no argument for are as requested."""
    echo, slots, given = _known(client, optimizer, settings.references)
    fixed = {name: value for name, value in echo.items() if name != "name" and not accepts(student, settings.style, name, settings.names)}
    requests = [_with(request, optimizer, fixed) for request in given]
    # At the same hyperparameters as the others: only then is there one formula that explains them all.
    layers, last = settings.style == "dls", _mapping(requests[-1]["optimizer"])
    requests += inputs.at_random(last, slots, settings.random, settings.seed, layers=layers)
    return echo, [inputs.case(request, {**echo, **_mapping(request["optimizer"])}, slots) for request in requests]


def _known(
    client: Caller, optimizer: str | Mapping[str, Any], references: Sequence[Mapping[str, Any]] | None
) -> tuple[Json, dict[str, Any], Sequence[Mapping[str, Any]]]:
    """The optimizer as resolved, its slots, and the inputs that are not random."""
    probe = None if references else _probe(client, optimizer)
    if probe is not None:
        return probe.optimizer, _slots_of(probe), probe.reference
    try:
        first: Step = client._call("/step", body(optimizer=optimizer, params=[1.0], gradient=[1.0]), Step.read)
    except NotInBundle:
        if not references:
            raise
        return _mapping(optimizer), inputs.slots_in(references), references
    slots = {name: slot for name, slot in first.state.items() if name != "t"}
    with _told_of(first):
        return first.optimizer, slots, references or inputs.built_in(first.optimizer, slots)


def _with(request: Mapping[str, Any], optimizer: str | Mapping[str, Any], fixed: Mapping[str, Any]) -> Json:
    """The request with the hyperparameters that the student's code has no argument for; unchanged if they are the same."""
    own = request.get("optimizer", optimizer)
    changed = {name: fixed[name] for name, value in _mapping(own).items() if name in fixed and fixed[name] != value}
    return {**request, "optimizer": {**_mapping(own), **changed} if changed else own}


def _mapping(optimizer: Any) -> Json:
    return dict(optimizer) if isinstance(optimizer, Mapping) else {"name": optimizer}


def _probe(client: Caller, optimizer: str | Mapping[str, Any]) -> Probe | None:
    """The service's probe; None where it has none."""
    try:
        return client._call("/probe", body(optimizer=optimizer), Probe.read)
    except NotFound:
        return None


def _slots_of(probe: Probe) -> dict[str, Any]:
    """The slots in the states of a probe, all of whose requests are inputs."""
    with _told_of(probe):
        slots = inputs.slots_in(probe.reference)
        cases = [inputs.case(each, {**probe.optimizer, **_mapping(each.get("optimizer", {}))}, slots) for each in probe.reference]
        if not cases or not all(any(part.size for part in arrays_in(case.start)) for case in cases):
            raise ValueError("a probe has inputs, and these have numbers")
    return slots


@contextmanager
def _told_of(answer: Result) -> Iterator[None]:
    """Raise UnexpectedAnswer where no input can be made of an answer: neither the student nor the caller made a mistake."""
    try:
        yield
        return
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        pass
    message = "The numbers of the service cannot be inputs for a student's code. Check base_url (or STEPGRADE_URL)."
    raise UnexpectedAnswer(message, request_id=answer.request_id)


def _run(style: Style, case: StudentInput) -> tuple[Json, Json, str | None]:
    """Every step of a case, up to one whose numbers have another shape: the reference, what is to be checked, and that shape."""
    points, effects, taken, alike = list[Any](), set[str](), Taken(style.params, {}), True
    for gradient in case.gradients:
        shown, before = style.shown(gradient), list(arrays_in(style.params))
        kept = [array.copy() for array in before]
        taken = style.step(shown)
        effects |= _effects(shown, style.shown(gradient), before, kept, taken, owns_params=settled_by_itself(style))
        numbers = like(taken.params, case.start)
        alike = numbers is not None
        points.append((submitted(case.back(numbers) if alike else None), submitted(taken.params)))
        if not alike:
            break
    rows = [ours if alike else theirs for ours, theirs in points]
    state = {name: _slot(slot, case) if alike else submitted(slot) for name, slot in taken.slots.items()}
    state |= {"t": submitted(taken.t)} if taken.t is not None else {}
    submission = {"params": rows[-1]} if case.is_step else {"points": rows}
    submission |= ({"state": state} if state else {}) | ({"side_effects": sorted(effects)} if effects else {})
    return (case.reference, submission, None) if alike else (case.seen, submission, _misshapen(taken.params, case.start))


def _misshapen(params: Any, start: Any) -> str:
    wanted = f"an object with {', '.join(start)}" if isinstance(start, dict) else f"params of shape {start.shape}"
    return f"Your code returned {kind_of(params)} in place of {wanted}."


def settled_by_itself(style: Style) -> bool:
    """Whether the code may change its params in place, as objects do."""
    return isinstance(style, STYLES["object"])


def _slot(slot: Any, case: StudentInput) -> Any:
    numbers = like(slot, case.start)
    return submitted(slot if numbers is None else case.back(numbers))


def _effects(shown: Any, gradient: Any, before: list[Any], kept: list[Any], taken: Taken, *, owns_params: bool) -> set[str]:
    """What a step did besides returning numbers."""
    found, slots = set[str](), [array for slot in taken.slots.values() for array in arrays_in(slot)]
    if not _same(list(arrays_in(shown)), list(arrays_in(gradient))):
        found.add("grad_mutated")
    if not owns_params and not _same(before, kept):
        found.add("params_mutated_in_place")
    others = [*arrays_in(shown), *arrays_in(taken.params)]
    pairs = [(one, other) for k, one in enumerate(slots) for other in [*others, *slots[:k]]]
    if any(np.may_share_memory(one, other) for one, other in pairs):
        found.add("state_aliased")
    if any(array.dtype.kind in "iub" for array in slots):
        found.add("int_state")
    return found


def _same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def like(value: Any, start: Any) -> Any:
    """What a student holds as arrays, if it is laid out like the start; else None."""
    if isinstance(start, dict):
        parts = {name: like(value.get(name), part) for name, part in start.items()} if isinstance(value, Mapping) else {}
        return parts if parts and all(part is not None for part in parts.values()) else None
    try:
        array = as_array(np.asarray(value, dtype=np.float64) if isinstance(value, (list, tuple)) else value)
    except Exception:  # lists of unequal lengths, text, tensors that will not be arrays
        return None
    return array if array is not None and array.shape == start.shape and array.dtype.kind in "fiu" else None
