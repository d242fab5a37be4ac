"""What a request costs, told before any of it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .faults import Fault, Refusal

#: What the loop does in a step besides the numbers it works on, in units of one number worked on.
STEP_OVERHEAD = 16.0

#: What a step costs that is taken in Python, and what a call of the loop costs besides its steps, in the same units.
STEPWISE, CALL = 4000.0, 30000.0


#: How many numbers of a batch are worked on in the time of one that is alone, vectorised and without the overhead.
SIDE_BY_SIDE = 8.0


class TooCostly(Refusal):
    """The request asks for more than one request may cost."""

    def __init__(self, what: str, cost: float, limit: float, advice: str, *path: str) -> None:
        self.what, self.cost, self.limit = what, round(cost), round(limit)
        super().__init__([Fault(path, f"expected at most {self.limit} {what}, this asks for {self.cost}: {advice}")])


@dataclass(frozen=True)
class Limits:
    """What one request may cost: `work` in numbers worked on, `answer` in numbers sent; text counts by its length, see `in_numbers`."""

    work: float = 2e8
    answer: float = 1e6


#: What a number takes up in an answer, in bytes: seventeen digits, a sign, a point and a comma.
BYTES_A_NUMBER = 20.0


def in_numbers(*texts: str) -> float:
    """What texts take up in an answer, their quotes and what stands behind them included, in numbers sent."""
    return sum(len(text) + 4 for text in texts) / BYTES_A_NUMBER


def price_echo(echo: Any) -> float:
    """What an echo takes up in an answer, in numbers sent: an optimizer's rates one a tensor, a schedule's list, and all their names."""
    if type(echo) in (list, tuple):
        return float(len(echo))
    if type(echo) is not dict:
        return 2.0
    within = [value for value in echo.values() if type(value) in (dict, list, tuple)]
    return len("".join(echo)) / BYTES_A_NUMBER + 2.0 * len(echo) + sum(map(price_echo, within))


@dataclass(frozen=True)
class Effort:
    """What the price of an update depends on: numbers in the params, slots per number, and the work of evaluating the objective once."""

    dimension: int
    slots: int
    objective: float


def price_run(steps: int, update: float, dimension: int, objective: float, minima: int, runs: int = 1) -> float:
    """The work of a batch of runs: the update, the objective, and the measures against each minimum."""
    return runs * steps * (STEP_OVERHEAD + update + dimension * minima + objective)


def price_batch(steps: int, update: float, dimension: int, objective: float, minima: int, runs: int) -> float:
    """The work of many runs at once that are not measured at every step: what a step costs besides is shared by all of them."""
    return steps * (STEP_OVERHEAD + runs * (update + dimension * minima + objective) / SIDE_BY_SIDE)


@dataclass(frozen=True)
class Advice:
    """How to ask for less, and which part of the request that is: less work, and a smaller answer."""

    work: str = "take fewer steps and go on from the returned state"
    at_work: str = "steps"
    answer: str = "record fewer steps or include less"
    at_answer: str = "record_every"


def hold(limits: Limits, work: float, answer: float, advice: Advice = Advice()) -> None:
    """Raise TooCostly where a limit is passed."""
    if work > limits.work:
        raise TooCostly("units of work", work, limits.work, advice.work, advice.at_work)
    if answer > limits.answer:
        raise TooCostly("numbers in the answer", answer, limits.answer, advice.answer, advice.at_answer)
