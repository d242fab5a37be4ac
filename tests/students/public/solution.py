"""What is known of a student's solution before it is run: where its kind is found, how a teacher checks it, and the right verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Ids that the catalogue of mistakes does not have yet, with what they are to say. Only the names may still change.
TO_COME: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a careful human grader says of a solution. It was written down before the service saw the solution.

    `first` are the ids that may be named first, `tensors` the names of the tensors that are wrong where others are right (a grader
    names them), `never` what would be a false accusation. An empty `kind` allows any; of a convention any id will do if `first` is empty.
    `where` is the one part that a finding may be about. A passed solution may have `notes` and no others. The rest allows another
    outcome: a convention, nothing named, an error for the teacher about the shape of the code (no student loses a mark by it), or a
    message with these words.
    """

    passes: bool = False
    kind: str = "mistake"
    first: tuple[str, ...] = ()
    tensors: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    where: str = ""
    notes: tuple[str, ...] = ()
    or_convention: bool = False
    or_silent: bool = False
    or_unbound: bool = False
    or_says: str = ""


RIGHT = Verdict(passes=True)

#: What a solution did on its own, step by step: `alone(start, gradients)` gives the points after each step.
Alone = Callable[[Any, Sequence[Any]], Sequence[Any]]

#: What step t subtracts from x, from all the gradients up to it: written from the description, without any state.
Move = Callable[[int, Sequence[float], float], float]


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solution with its expected verdict.

    `source` says in one line where code of this kind is found. `optimizer`, `style` and `names` are those of `check_function`; the
    style "loop" is not there yet. `moves` is one rule for all tensors, or a rule for each name; `layered` is whether it runs on a
    dictionary of layers.
    """

    student: Callable[..., Any]
    source: str
    optimizer: str | Mapping[str, Any]
    style: str
    expected: Verdict
    alone: Alone
    moves: Move | Mapping[str, Move]
    names: Mapping[str, str] = field(default_factory=dict)
    layered: bool = False
    rtol: float = 1e-9

    @property
    def name(self) -> str:
        """What the solution is called."""
        return self.student.__name__


def average(beta: float, values: Sequence[float]) -> float:
    """The running average of values, from 0, written without a state."""
    return sum((1 - beta) * beta ** (len(values) - 1 - k) * value for k, value in enumerate(values))


def corrected(beta: float, values: Sequence[float]) -> float:
    """The same without its bias towards 0."""
    return average(beta, values) / (1 - beta ** len(values))


def decayed(momentum: float, values: Sequence[float]) -> float:
    """The sum of values, each multiplied by momentum once for each value after it."""
    return sum(momentum ** (len(values) - 1 - k) * value for k, value in enumerate(values))


def squares(values: Sequence[float]) -> list[float]:
    """The square of each."""
    return [value * value for value in values]


def root(value: float) -> float:
    """The square root; NaN of a negative number, as NumPy has it."""
    return value**0.5 if value >= 0 else float("nan")


def over(value: float, divisor: float) -> float:
    """A quotient as IEEE has it: infinity or NaN where Python raises."""
    if divisor == 0:
        return float("nan") if value == 0 or value != value else float("inf") * (1 if value > 0 else -1)
    return value / divisor


def points_by_hand(moves: Move, start: float, gradients: Sequence[float]) -> Iterator[float]:
    """The points that a rule leads to."""
    x = start
    for t in range(1, len(gradients) + 1):
        x = x - moves(t, gradients[:t], x)
        yield x
