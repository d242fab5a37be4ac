"""What looking at numbers costs, in the units of the engine's prices, and an allowance to spend."""

from __future__ import annotations

from ...engine.running.giving_way import give_way
from ...engine.running.trajectory_plan import Plan

#: What one step of one rule costs besides the numbers in it, and each of those.
A_STEP, A_NUMBER = 5000.0, 3.0

#: What making one candidate costs, before its first step; those that change one thing are resolved one by one.
A_SINGLE, ONE_OF_SEVERAL = 1.2e4, 5e3


def a_step(dimension: int, rules: int = 1) -> float:
    """What one step of one rule costs; parameter groups whose numbers differ are gone through one after another."""
    return A_STEP * rules + A_NUMBER * dimension


def a_step_of(plan: Plan) -> float:
    """What one step of one rule costs on the params of a reference."""
    return a_step(plan.layout.dimension, len(plan.choice.rule.distinct))


class Spent(Exception):
    """The allowance does not suffice for one more step."""


class Allowance:
    """What may be spent on a search. Steps are counted, not seconds, so that equal requests end at the same candidate."""

    def __init__(self, work: float) -> None:
        self.left, self.spent = work, 0.0

    def take(self, work: float) -> None:
        """Spend; raises Spent where too little is left."""
        if work > self.left:
            raise Spent
        give_way()
        self.left -= work
        self.spent += work

    def count(self, work: float) -> None:
        """Count what is done besides, and was held to the limit with the request."""
        self.spent += work
