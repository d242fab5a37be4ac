"""A student's code driven through its cases: what it returned, what it did besides, and what is to be checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from time import monotonic
from typing import Any

import numpy as np

from stepgrade.caller import Caller
from stepgrade.encoding import tensor
from stepgrade.errors import InvalidArgument
from stepgrade.grading.check_result import CheckResult
from stepgrade.grading.students import bowls, inputs
from stepgrade.grading.students.asked import Asked, known, mapping, with_fixed
from stepgrade.grading.students.inputs import StudentInput
from stepgrade.grading.students.memory import WHOLE_NUMBERS, Memory
from stepgrade.grading.students.names import look_at_names
from stepgrade.grading.students.noting import LookupNotes
from stepgrade.grading.students.styles import LOOP, STYLES, guessed_names, other_styles, readings, style_of
from stepgrade.grading.students.styles.loops import Loop, loops
from stepgrade.grading.students.styles.style import Reading, Style, Taken, arrays_in, has_gaps, kind_of, like, same
from stepgrade.grading.students.watching import StudentFault, WatchedCall, is_surely_own, line_of, unfinished, watch
from stepgrade.grading.submitted import submitted
from stepgrade.messages import Json

SHORTEST = 0.01  # seconds that are left for another way to call the code


@dataclass(frozen=True)
class CheckSettings:
    """How a student's code is to be checked, as `Grader.check_function` has it. `hidden` are the files of the grader."""

    style: str | None
    names: Mapping[str, str]
    references: Sequence[Mapping[str, Any]] | None
    random: int
    seed: int
    time_limit: float | None
    hidden: frozenset[str] = frozenset()


@dataclass
class Driven:
    """What came of one way to call the code: references and what was returned, or a fault.

    `title` says the way, and with `is_trial` nothing but right numbers speak for it; with `has_rivals` another way may be as likely; with
    `is_other_style` not even numbers that are explained do. With `stands_in` its numbers count where the code runs in no likely way.
    `is_untold`: the teacher asked for another style. Ways of one `layout` differ in something else than how params are held.
    `is_about_shape` is whether the fault may be that of the way and not of the code, `is_unreadable` whether it surely is, `is_own`
    whether it is surely that of the code, and so it is if it `is_among_tensors` that the code took by name; `reached` is the line of the
    fault. `misshapen` says of which other shape numbers are.
    """

    optimizer: Json
    references: list[Json] = field(default_factory=list)
    submissions: list[Json] = field(default_factory=list)
    misshapen: str | None = None
    cases: list[StudentInput] = field(default_factory=list)
    fault: str | None = None
    output: str = ""
    title: str = ""
    is_trial: bool = False
    has_rivals: bool = False
    stands_in: bool = False
    is_about_shape: bool = False
    is_unreadable: bool = False
    is_own: bool = False
    is_among_tensors: bool = False
    is_other_style: bool = False
    is_untold: bool = False
    reached: float = 0
    layout: str | None = None

    @property
    def has_moved(self) -> bool:
        """Whether the code did anything to its params, in each of the cases."""
        pairs = zip(self.references, self.submissions, strict=True)
        return not any(_is_still(reference, submission) for reference, submission in pairs)

    @property
    def counts_instead(self) -> bool:
        """Whether it stands in for a likely way with numbers that may be the student's: params that moved, of their shape and finite."""
        if not self.stands_in or self.misshapen is not None:
            return False
        points = [submission.get("points", submission.get("params")) for submission in self.submissions]
        return not all(map(_is_still, self.references, self.submissions)) and not has_gaps(points)

    def told(self, verdict: CheckResult) -> CheckResult:
        """The verdict with what the code printed, and with the first difference where the student has it."""
        first = verdict.first_mismatch
        if first is not None and first.index:
            with suppress(LookupError, TypeError, ValueError):  # an answer that names a number that is not there
                first = replace(first, index=inputs.place(self.cases[first.case], first.index))
        return replace(verdict, output=self.output, first_mismatch=first)


class TimeLeft:
    """The seconds that a student's code may still take, all ways to call it together. What the service takes does not count."""

    def __init__(self, limit: float | None) -> None:
        self.limit, self._left = limit, limit

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self._left is not None and self._left <= 0

    def watch(self, job: Callable[[], Any], hidden: Collection[str]) -> WatchedCall:
        """Run the code in the time that is left; a fault names the whole limit."""
        if self.limit is None or self._left is None:
            return watch(job, None, hidden)
        began, allowed = monotonic(), max(self._left, SHORTEST)
        watched = watch(job, allowed, hidden)
        self._left -= monotonic() - began
        if watched.fault == unfinished(allowed):
            watched.fault = unfinished(self.limit)
        return watched


def drive(client: Caller, student: Callable[..., Any], optimizer: str | Mapping[str, Any], settings: CheckSettings) -> Iterator[Driven]:
    """Run a student's code on every case, in one way after another; only the service's errors and the caller's mistakes are raised."""
    if settings.style not in (None, *STYLES):
        raise InvalidArgument(f"style must be one of {', '.join(STYLES)}, not {settings.style!r}.", pointer="/style")
    if not callable(student):
        yield Driven({}, fault=f"There is no function to call: the submission is of type {type(student).__name__}.")
        return
    asked = Asked(optimizer, *known(client, optimizer, settings.references), Memory(student))
    style, left = style_of(student, settings.style), TimeLeft(settings.time_limit)
    first = inputs.case(asked.requests[0], {**asked.echo, **mapping(asked.requests[0].get("optimizer", {}))}, asked.slots)
    look_at_names(student, style, settings.names, first)
    try:
        yield from _in_every_style(student, style, first, asked, settings, left)
    finally:
        asked.memory.renew()


def _in_every_style(
    student: Callable[..., Any], style: str, first: StudentInput, asked: Asked, settings: CheckSettings, left: TimeLeft
) -> Iterator[Driven]:
    """The ways in its own style, there also with other names for arguments that have a default, and in the others if it runs in none."""
    guesses = guessed_names(student, style, settings.names, first)
    own = (replace(each, has_rivals=each.has_rivals or bool(guesses)) for each in _in_style(student, style, first, asked, settings))
    has_run = yield from _in_turn(own, asked, settings, left)
    for names in guesses:
        with_names = _in_style(student, style, first, asked, replace(settings, names=names))
        is_whole = len(names) == len(guesses[0])  # where some defaults are left, nothing but right numbers speaks for the others
        how: dict[str, Any] = {"is_trial": True, "is_other_style": not is_whole, "is_surely_meant": bool, "has_names": False}
        tries = (replace(each, stands_in=not each.is_trial or each.stands_in, **how) for each in with_names)
        has_run |= yield from _in_turn(tries, asked, settings, left)
    if not has_run:
        yield from _in_turn(_in_others(student, style, first, asked, settings), asked, settings, left)


def _in_turn(tries: Iterable[Try], asked: Asked, settings: CheckSettings, left: TimeLeft) -> Generator[Driven, None, bool]:
    """What comes of one way after another, while there is time; and whether the code ran in one."""
    layouts = set[str | None]()  # those in which the code has run
    for attempt in tries:
        if left.is_over:
            break
        if layouts and attempt.only_if_others_fail and (attempt.layout is None or attempt.layout not in layouts):
            continue
        driven = _driven(attempt, asked, settings, left)
        has_run = driven.fault is None and (driven.counts_instead if driven.stands_in else driven.has_moved)
        layouts |= {attempt.layout} if has_run else set()
        yield driven
    return bool(layouts)


def _driven(attempt: Try, asked: Asked, settings: CheckSettings, left: TimeLeft) -> Driven:
    """What comes of one way, within the time that is left."""
    watched = left.watch(attempt.job, settings.hidden)
    is_meant, has_run, notes = attempt.is_surely_meant(), watched.fault is None, attempt.notes
    is_meant_if_it_runs = is_meant or (has_run and attempt.has_names and notes.has_read_a_gradient)
    is_other_style = attempt.is_other_style and not is_meant_if_it_runs
    has_rivals = attempt.has_rivals or (attempt.is_trial and not is_meant) or (has_run and bool(attempt.other_cases()))
    how: dict[str, Any] = {"title": attempt.title, "layout": attempt.layout, "is_trial": attempt.is_trial and not is_meant_if_it_runs}
    how |= {"has_rivals": has_rivals, "is_other_style": is_other_style, "stands_in": attempt.stands_in}
    how |= {"is_untold": is_other_style and settings.style is not None}
    how |= {"output": watched.output, "is_about_shape": watched.is_about_shape, "is_unreadable": watched.is_unreadable}
    if watched.fault is not None:
        is_own = watched.is_own or (is_meant and not watched.is_unreadable) or is_surely_own(watched.raised, attempt.keys())
        is_among_tensors = notes.is_among_tensors(watched.raised) and not asked.memory.holds_arrays
        is_own = is_own or (is_among_tensors and not asked.slots)  # a state that tensors share may be the reason of others
        reached = 0 if watched.is_unreadable else inf if watched.raised is None else line_of(watched.raised)
        return Driven(asked.echo, fault=watched.fault, is_own=is_own, is_among_tensors=is_among_tensors, reached=reached, **how)
    references, submissions, shapes = zip(*watched.value, strict=True)
    misshapen = next((shape for shape in shapes if shape is not None), None)
    return Driven(asked.echo, list(references), list(submissions), misshapen, attempt.cases, **how)


@dataclass(frozen=True)
class Try:
    """One way to call the code, on its cases. `is_surely_meant` is whether the code showed that it can be called in no other style.

    `has_names` is whether it showed this if it read a gradient by name; `notes` say whether it did. `other_cases` are other inputs for
    code that showed that it does not read some of its hyperparameters.
    """

    title: str
    cases: list[StudentInput]
    job: Callable[[], list[tuple[Json, Json, str | None]]]
    is_trial: bool = False
    has_rivals: bool = False
    stands_in: bool = False
    only_if_others_fail: bool = False
    is_other_style: bool = False
    is_surely_meant: Callable[[], bool] = bool
    layout: str | None = None
    has_names: bool = False
    notes: LookupNotes = field(default_factory=LookupNotes)
    other_cases: Callable[[], list[StudentInput]] = list

    def keys(self) -> set[str]:
        """The names of the tensors that the code was given."""
        return {name for case in self.cases if isinstance(case.start, dict) for name in case.start}


def _in_style(student: Callable[..., Any], style: str, first: StudentInput, asked: Asked, settings: CheckSettings) -> Iterator[Try]:
    """The ways to call the code in one style."""
    return _loops(student, asked, settings) if style == LOOP else _readings(student, style, first, asked, settings)


def _in_others(student: Callable[..., Any], style: str, first: StudentInput, asked: Asked, settings: CheckSettings) -> Iterator[Try]:
    """The ways in all other styles: nothing but right numbers speaks for these."""
    for other in other_styles(student, style):
        if other == LOOP and settings.references:
            continue
        for attempt in _in_style(student, other, first, asked, settings):
            yield replace(attempt, is_trial=True, only_if_others_fail=True, is_other_style=True)


def _readings(student: Callable[..., Any], style: str, first: StudentInput, asked: Asked, settings: CheckSettings) -> Iterator[Try]:
    """Code that is called step by step."""
    kept = dict[tuple[Any, ...], list[StudentInput]]()  # ways that differ only in how params are held have the same inputs
    for reading in readings(student, style, settings.names, first):
        key = (tuple(name for name in asked.echo if reading.takes(name)), tuple(reading.shapes or ()))
        if key not in kept:
            kept[key] = _cases(reading, asked, settings)
        attempt = _attempt(reading, kept[key], asked, settings)
        yield attempt
        if others := attempt.other_cases():
            yield replace(_attempt(reading, others, asked, settings), is_trial=True, only_if_others_fail=False, other_cases=list)


def _attempt(reading: Reading, given: list[StudentInput], asked: Asked, settings: CheckSettings) -> Try:
    """One way to call code step by step, on these cases."""
    cases, notes = list[StudentInput](), LookupNotes()

    def job() -> list[tuple[Json, Json, str | None]]:
        done = list[tuple[Json, Json, str | None]]()
        asked.memory.renew()
        for each in given:  # laid out one by one: a way that is wrong mostly fails on the first
            asked.memory.restore()
            cases.append(replace(reading.fitted(each), notes=notes))
            done.append(_run(reading.begin(cases[-1]), cases[-1], owns_params=reading.owns_params))
        return done

    def other_cases() -> list[StudentInput]:
        """The inputs with the hyperparameters as requested that stand in a dictionary and are not read; none if these are no others."""
        read = notes.read
        if read is None:
            return []
        found = _cases(replace(reading, takes=lambda name: name in read or reading.by_argument(name)), asked, settings)
        return found if [each.reference for each in found] != [each.reference for each in given] else []

    same_of_both = ("is_trial", "has_rivals", "stands_in", "only_if_others_fail", "layout", "has_names")
    how = {name: getattr(reading, name) for name in same_of_both}
    return Try(reading.title, cases, job, notes=notes, other_cases=other_cases, **how)


def _loops(student: Callable[..., Any], asked: Asked, settings: CheckSettings) -> Iterator[Try]:
    """Code that is a whole loop, on objectives whose gradients it can ask for anywhere."""
    if settings.references:
        raise InvalidArgument("A whole loop asks for gradients at points of its own: leave references out.", pointer="/references")
    any_input = inputs.case({"start": [0.0], "gradients": [[0.0]]}, asked.echo, asked.slots)
    for loop in loops(student, settings.names, any_input, asked.memory):
        optimizer = mapping(asked.optimizer)
        found = bowls.requests(optimizer, asked.echo, is_scalar=loop.is_scalar, can_change_rate=loop.can_change_rate)
        cases = [StudentInput(each, tensor(each["start"]), (), {}, 0, {**asked.echo, **each["optimizer"]}, each) for each in found]

        def job(loop: Loop = loop, cases: list[StudentInput] = cases) -> list[tuple[Json, Json, str | None]]:
            return [(*loop.submission(case), None) for case in cases]

        is_last = loop.only_if_others_fail
        yield Try(loop.title, cases, job, loop.is_trial, only_if_others_fail=is_last, is_surely_meant=loop.has_asked)


def _cases(reading: Reading, asked: Asked, settings: CheckSettings) -> list[StudentInput]:
    """The inputs. Hyperparameters that the student's code has no argument for are as requested."""
    fixed = {name: value for name, value in asked.echo.items() if name != "name" and not reading.takes(name)}
    requests = [with_fixed(request, asked.optimizer, fixed) for request in asked.requests]
    # At the same hyperparameters as the others: only then is there one formula that explains them all.
    first = mapping(requests[0]["optimizer"])
    requests += inputs.at_random(first, asked.slots, settings.random, settings.seed, inputs.of_groups(requests[0]) or reading.shapes)
    return [inputs.case(request, {**asked.echo, **mapping(request["optimizer"])}, asked.slots) for request in requests]


def _is_still(reference: Json, submission: Json) -> bool:
    """Whether all points of a submission are where its case starts."""
    start = reference.get("params", reference.get("start"))
    return all(point == start for point in submission.get("points", [submission.get("params")]))


def _run(style: Style, case: StudentInput, *, owns_params: bool) -> tuple[Json, Json, str | None]:
    """Every step of a case, up to one whose numbers have another shape: the reference, what is to be checked, and that shape."""
    points, effects, taken, alike = list[Any](), set[str](), Taken(style.params, {}), True
    for gradient in case.gradients:
        shown, before = case.notes.of(style.shown(gradient), is_gradient=True), list(arrays_in(style.params))
        kept = [array.copy() for array in before]
        taken = style.step(shown)
        if taken.params is None:
            raise StudentFault("Your function returned None for the new params.")
        effects |= _effects(shown, style.shown(gradient), before, kept, taken, owns_params=owns_params)
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


def _slot(slot: Any, case: StudentInput) -> Any:
    numbers = like(slot, case.start)
    return submitted(slot if numbers is None else case.back(numbers))


def _effects(shown: Any, gradient: Any, before: list[Any], kept: list[Any], taken: Taken, *, owns_params: bool) -> set[str]:
    """What a step did besides returning numbers."""
    found, slots = set[str](), [array for slot in taken.slots.values() for array in arrays_in(slot)]
    if not same(list(arrays_in(shown)), list(arrays_in(gradient))):
        found.add("grad_mutated")
    if not owns_params and not same(before, kept):
        found.add("params_mutated_in_place")
    others = [*arrays_in(shown), *arrays_in(taken.params)]
    pairs = [(one, other) for k, one in enumerate(slots) for other in [*others, *slots[:k]]]
    if any(np.may_share_memory(one, other) for one, other in pairs):
        found.add("state_aliased")
    if taken.holds_whole_numbers or any(array.dtype.kind in "iub" for array in slots):
        found.add(WHOLE_NUMBERS)
    return found
