"""What one gets wrong about a schedule of the learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...engine.running.trajectory_plan import Plan
from ..catalogue.mistakes import Mistake
from .candidate import Candidate
from .runs import Array, Course

AT_RATE = "Look at the learning rate of each step."
RATE = r"\eta_t=\eta\,s(t)"

#: What one can get wrong wherever there is a schedule; `schedule_mistakes` runs them.
SCHEDULE_MISTAKES = (
    Mistake("schedule_ignored", "the learning rate does not follow the schedule", "schedule", r"\eta", RATE,
            (AT_RATE, "Does it change?", "Compute the rate with the schedule in every step."), {}),
    Mistake("schedule_late", "the schedule is one step late", "schedule", r"\eta\,s(t-1)", RATE,
            (AT_RATE, "Look at the step count for the schedule.", "The step count for the schedule is one too small."), {}),
    Mistake("schedule_early", "the schedule is one step early", "schedule", r"\eta\,s(t+1)", RATE,
            (AT_RATE, "Look at the step count for the schedule.", "The step count for the schedule is one too large."), {}),
    Mistake("schedule_in_place", "the decay is applied to the learning rate that is already decayed", "schedule",
            r"\eta\leftarrow\eta\,s(t)", RATE,
            (AT_RATE, "Does the initial rate keep its value?", "Give the decayed rate a new name: lr_t = lr * s(t)."), {}),
)  # fmt: skip


#: Learning rates by the steps taken before in a run, (dimension,).
Rates = Callable[[int], Array]


def ignored(plan: Plan) -> Rates:
    """The initial rate, in every step."""
    base = plan.choice.rates(plan.layout)
    return lambda _: base


def late(plan: Plan) -> Rates:
    """The rates of the step before; in the first step its own."""
    rates = Course(plan).rates(plan.choice)
    return lambda k: rates(k - 1) if plan.state.t + k > 0 else rates(k)


def early(plan: Plan) -> Rates:
    """The rates of the step after; in the last one that the schedule knows its own."""
    rates, length = Course(plan).rates(plan.choice), plan.schedule.length
    known = plan.state.t + plan.steps + 1 if length is None else length
    return lambda k: rates(k + 1) if plan.state.t + k + 1 < known else rates(k)


def in_place(plan: Plan) -> Rates:
    """The rates where each step multiplies what the last step left."""
    return compounded(plan.choice.rates(plan.layout), Course(plan).rates(plan.choice))


def compounded(base: Array, rates: Rates) -> Rates:
    """The rates that are left; asked for in order, each costs one multiplication."""
    last, product = -1, np.ones_like(base)

    def left(k: int) -> Array:
        nonlocal last, product
        if k < last:
            last, product = -1, np.ones_like(base)
        while last < k:
            last += 1
            product = product * (rates(last) / base)
        return np.asarray(base * product)

    return left


#: What each mistake makes of a plan's rates.
MEANT: dict[str, Callable[[Plan], Rates]] = {
    "schedule_ignored": ignored,
    "schedule_late": late,
    "schedule_early": early,
    "schedule_in_place": in_place,
}


def schedule_mistakes(plans: Sequence[Plan]) -> Iterator[Candidate]:
    """What one gets wrong about a schedule; nothing where the references do not have one and the same."""
    plan = plans[0]
    if not plan.schedule.on or any(
        p.schedule.echo != plan.schedule.echo or p.layout != plan.layout or p.state.t != plan.state.t for p in plans
    ):
        return
    for mistake in SCHEDULE_MISTAKES:
        yield Candidate(
            mistake.code,
            mistake.title,
            mistake.kind,
            mistake.where,
            mistake.hints,
            plan.choice,
            {},
            mistake.wrong,
            mistake.right,
            (mistake.code,),
            MEANT[mistake.code],
        )
