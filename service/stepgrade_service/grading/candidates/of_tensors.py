"""What one gets wrong about whole tensors, where a formula is written once for each: W and b."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...engine.conventions.choice import Choice
from ...engine.reading.tensors import listed
from ...engine.running.trajectory_plan import Plan
from ..catalogue.mistakes import Mistake
from .candidate import Candidate
from .runs import Array, Slots, Update

#: What the titles begin with; where the names are known, they stand for it.
A_TENSOR = "a tensor is "

NOT_UPDATED = Mistake(
    "tensor_not_updated", "a tensor is never updated", "params", r"x\leftarrow x", r"x\leftarrow x-\dots",
    ("Look at the lines that change the params.", "Is there such a line for each of them?",
     "The tensor never changes. Write an update line for it."), {},
)  # fmt: skip
UPDATED_TWICE = Mistake(
    "tensor_updated_twice", "a tensor is updated twice in each step", "params", r"x\leftarrow x-2\Delta x", r"x\leftarrow x-\Delta x",
    ("Look at the lines that change the params.", "How often does each of them change in a step?", "Subtract the step only once."), {},
)  # fmt: skip

#: What one can get wrong about a tensor, whatever the optimizer; `tensor_mistakes` runs them.
TENSOR_MISTAKES = (NOT_UPDATED, UPDATED_TWICE)


def still(_rule: Update, _plan: Plan) -> Update:
    """Neither the params nor the state change."""
    return lambda _t, x, _g, _lr, slots: (x, slots)


def state_alone(rule: Update, _: Plan) -> Update:
    """The state changes, and the params do not."""
    return lambda t, x, g, lr, slots: (x, rule(t, x, g, lr, slots)[1])


def step_twice(rule: Update, _: Plan) -> Update:
    """The step is worked out once, and taken twice."""

    def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
        moved, kept = rule(t, x, g, lr, slots)
        return moved + (moved - x), kept

    return update


def all_twice(rule: Update, _: Plan) -> Update:
    """The whole update is done twice, with the averages."""

    def update(t: int, x: Array, g: Array, lr: Array, slots: Slots) -> tuple[Array, Slots]:
        moved, kept = rule(t, x, g, lr, slots)
        return rule(t, moved, g, lr, kept)

    return update


#: How each mistake is made.
MADE: tuple[tuple[Mistake, Callable[[Update, Plan], Update]], ...] = (
    (NOT_UPDATED, still),
    (NOT_UPDATED, state_alone),
    (UPDATED_TWICE, step_twice),
    (UPDATED_TWICE, all_twice),
)


def tensor_mistakes(choice: Choice) -> Iterator[Candidate]:
    """What one gets wrong about some of the tensors."""
    for mistake, alters in MADE:
        told = (mistake.code, mistake.title, mistake.kind, mistake.where, mistake.hints)
        yield Candidate(*told, choice, {}, mistake.wrong, mistake.right, (mistake.code,), alters=alters)


def about(candidate: Candidate, wrong: Sequence[str], right: Sequence[str]) -> Candidate:
    """A candidate said of the tensors whose numbers it explains, beside those that are right."""
    these, others = in_words(wrong), f"; {in_words(right)} {_are(right)} right" if right else ""
    of_a_tensor, beside = candidate.title.removeprefix(A_TENSOR), ", " if candidate.kind == "convention" else ": "
    title = f"in {these}{beside}{candidate.title.replace(OF_EACH_TENSOR, '')}"
    if of_a_tensor != candidate.title:
        title = f"{these} {_are(wrong)} {of_a_tensor}"
    first, second, third = candidate.hints
    where = f"{in_words(right)} {_are(right)} right. " if right else ""
    line = LINES[candidate.code](third, wrong) if candidate.code in LINES else f"In {these}: {third}"
    hints = (f"{where}Look at {these}. {first}", f"In {these}: {second}", line)
    return replace(candidate, title=title + others, where=f"{candidate.where}, in {these}", hints=hints)


#: Said of tensors where they have no names.
OF_EACH_TENSOR = "of each tensor "


def _never_change(_: str, names: Sequence[str]) -> str:
    change, them = ("changes", "it") if len(names) == 1 else ("change", "them")
    return f"{in_words(names)} never {change}. Write an update line for {them}."


def _with_gradients(hint: str, names: Sequence[str]) -> str:
    """A hint about g with the name that the gradient of a tensor has: db1."""
    line = hint[:1].lower() + hint[1:]
    if len(names) == 1:
        line = re.sub(r"\bg\b", f"d{names[0]}", line)
    return f"{in_words(names)}: {line}"


#: The third hint of some mistakes, said of tensors by their names.
LINES: Mapping[str, Callable[[str, Sequence[str]], str]] = {
    NOT_UPDATED.code: _never_change,
    "gradient_averaged": _with_gradients,
    "gradient_summed": _with_gradients,
}


def together(several: Sequence[Candidate]) -> Candidate:
    """What is wrong with one tensor and with others, each by itself, as one explanation."""
    first, *_ = several
    codes = tuple(code for each in several for code in each.codes)
    hints = tuple(" ".join(each.hints[level] for each in several) for level in range(3))
    told = {name: "; ".join(getattr(each, name) for each in several) for name in ("title", "where")}
    return replace(first, code="+".join(each.code for each in several), kind="mistake", hints=hints, codes=codes, **told)  # type: ignore[arg-type]


def in_words(names: Sequence[str], joined: str = "and") -> str:
    """`W1, W2 and b1`."""
    return listed(names[:1]) if len(names) == 1 else f"{listed(names[:-1])} {joined} {listed(names[-1:])}"


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
