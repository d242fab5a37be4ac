"""What a request costs, told before any of it is done: the time and the memory that it takes, and how large its answer is.

Prices were measured, and are held to what is measured, by `bench/prices.py`; docs/limits.md has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from .faults import Fault, Refusal

#: So many units of work are a second of one core of the machine on which the prices were measured.
UNITS_A_SECOND = 1e8


class TooCostly(Refusal):
    """The request asks for more than one request may cost."""

    def __init__(self, what: str, cost: float, limit: float, advice: str, *path: str) -> None:
        self.what, self.cost, self.limit = what, round(cost), round(limit)
        super().__init__([Fault(path, f"expected at most {self.limit} {what}, this asks for {self.cost}: {advice}")])


@dataclass(frozen=True)
class Limits:
    """What one request may cost: `work` in units of 10 nanoseconds, `answer` in numbers sent, `memory` in bytes.

    Text in an answer counts by its length, see `in_numbers`.
    """

    work: float = 5e8
    answer: float = 1e6
    memory: float = 480 * 2.0**20


# These are made some ten times in every request: a frozen dataclass takes three times as long to make.


@dataclass(slots=True)
class Price:
    """What something costs: `work`, `answer` and `memory` in the units of the limits.

    The memory is what is held at the same time, at most. So a sum of prices is that of things which are done one after another
    and kept.
    """

    work: float = 0.0
    answer: float = 0.0
    memory: float = 0.0

    def __add__(self, other: Price) -> Price:
        return Price(self.work + other.work, self.answer + other.answer, self.memory + other.memory)


@dataclass(frozen=True)
class Advice:
    """How to ask for less, and which part of the request that is: less work, a smaller answer, and less memory as it is made."""

    work: str = "use fewer steps, then continue from the returned state"
    at_work: str = "steps"
    answer: str = "record fewer steps, or include fewer quantities"
    at_answer: str = "record_every"
    recorded: float = 0.0
    every: int = 1

    def of_answer(self, numbers: float, limit: float) -> str:
        """The same, with the least record_every that is enough where the recorded steps are what is too much."""
        left = limit - (numbers - self.recorded)
        if self.recorded <= 0 or left <= 0:
            return self.answer
        return f"use record_every of at least {ceil(self.every * self.recorded / left)}, or include fewer quantities"


def hold(limits: Limits, price: Price, advice: Advice = Advice()) -> None:
    """Raise TooCostly where a limit is passed."""
    if price.work > limits.work:
        raise TooCostly("units of work", price.work, limits.work, advice.work, advice.at_work)
    if price.answer > limits.answer:
        told = advice.of_answer(price.answer, limits.answer)
        raise TooCostly("numbers in the answer", price.answer, limits.answer, told, advice.at_answer)
    if price.memory > limits.memory:
        raise TooCostly("bytes of memory", price.memory, limits.memory, advice.answer, advice.at_answer)


# The answer.

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


#: The work of reading a learning rate of a schedule's list.
A_RATE = 15.0


# The loop.


@dataclass(slots=True)
class StepPrice:
    """The work of one step of a batch of runs: `shared` is done once for all of them, `each` for every run.

    Runs stand beside each other in memory, so that the processor works on several at a time: a number of one run alone costs
    several times what it costs in a batch. `shared` is that difference, and the calls.
    """

    shared: float = 0.0
    each: float = 0.0

    def __add__(self, other: StepPrice) -> StepPrice:
        return StepPrice(self.shared + other.shared, self.each + other.each)

    def __mul__(self, times: float) -> StepPrice:
        return StepPrice(self.shared * times, self.each * times)

    def of(self, runs: int) -> float:
        """The work of a step of so many runs."""
        return self.shared + self.each * runs


@dataclass(slots=True)
class Effort:
    """What the price of an update depends on: numbers in the params, slots per number, evaluating the objective once, and the
    lengths that a search along the step tries, as many as one has to expect; the shapes of the tensors, and how often a method multiplies
    matrices, and whether it takes their largest singular value; the points uphill at which it evaluates the objective; the pairs in the
    history of a quasi-Newton method."""

    dimension: int
    slots: int
    objective: StepPrice
    trials: float = 0.0
    shapes: tuple[tuple[int, ...], ...] = ()
    rounds: float = 0.0
    spectral: bool = False
    climbs: float = 0.0
    history: float = 0.0


#: What the loop does in a step besides the update and the objective.
STEP = StepPrice(shared=10.0, each=0.3)

#: What a step costs that is taken in Python, as those of grafts are.
STEPWISE = StepPrice(shared=2000.0, each=0.5)

#: Numbers of noise: each that is drawn, for one seed, and each that is added, for one run.
DRAWN, ADDED = 3.3, 0.45


def objective_price(numbers: float) -> StepPrice:
    """That of evaluating an objective once, whose arithmetic is that of so many coordinates."""
    return StepPrice(shared=0.33 * numbers, each=0.05 * numbers)


def awaiting_price(dimension: int, minima: int) -> StepPrice:
    """That of looking whether a run has arrived at the target."""
    return StepPrice(shared=2.0 + 0.3 * dimension * minima, each=0.1 + 0.03 * dimension * minima)


def watching_price(dimension: int, minima: int) -> StepPrice:
    """That of measuring the step of every run, against each of the minima."""
    return StepPrice(each=4.0 + 0.6 * dimension + minima * (0.8 + 0.45 * dimension))


def noise_price(dimension: int, seeds: int) -> StepPrice:
    """That of drawing noise for so many seeds, and adding it."""
    return StepPrice(shared=DRAWN * dimension * seeds, each=ADDED * dimension)
