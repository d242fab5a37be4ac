"""Schedules that are made of others: one after the other, each with the rate that the one before has left, or one more slowly."""

from __future__ import annotations

from ..optimizers.declaration import Hyperparameter
from .declaration import LR, Nested, NumberList, ScheduleKind

STEP_NUMBER = Hyperparameter("step", "a number of steps", minimum=0.0, whole=True)

WARMUP, JOIN, CHAIN, HOLD = "warmup", "join", "chain", "hold"

KINDS = (
    ScheduleKind(
        WARMUP,
        "Warm-up",
        "The factor of the rate rises along a line from start_factor to 1 in so many steps. Then another schedule follows, which "
        "counts its steps from there.",
        r"\eta_s = \eta_0\Bigl(a + (1 - a)\frac{s}{W}\Bigr)\ (s < W),\quad \text{then}\ \eta_{s - W}",
        None,
        (
            Hyperparameter("steps", "steps of the warm-up", minimum=1.0, whole=True),
            Hyperparameter("start_factor", "the factor of the first step; with 0, the first step does not move", 0.0, minimum=0.0),
            Nested("then", "the schedule that follows; if left out, the rate stays"),
            LR,
        ),
        frozenset({"steps"}),
        frozenset({"then", "lr"}),
    ),
    ScheduleKind(
        JOIN,
        "Join (sequential)",
        "One schedule follows the other. Each counts its steps from its own boundary.",
        r"\eta_s = \eta^{(k)}_{s - b_k},\quad b_k \le s < b_{k+1}",
        None,
        (
            Nested("schedules", "the schedules, in their order", several=True),
            NumberList("boundaries", "the step at which each schedule but the first begins", STEP_NUMBER, ordered=True),
        ),
        frozenset({"schedules", "boundaries"}),
    ),
    ScheduleKind(
        CHAIN,
        "Chain",
        "Each schedule starts from the rate that the one before it has left. So factors multiply.",
        r"\eta_s = \eta^{(n)}_s(\ldots \eta^{(1)}_s(\eta_0))",
        None,
        (Nested("schedules", "the schedules, in their order", several=True),),
        frozenset({"schedules"}),
    ),
    ScheduleKind(
        HOLD,
        "Hold",
        "Each rate of another schedule holds for so many steps. So that schedule counts updates, where one update takes several gradients: "
        "this is how optax counts in MultiSteps.",
        r"\eta_s = \eta'_{\lfloor s / K \rfloor}",
        None,
        (
            Hyperparameter("steps", "steps with the same rate", minimum=1.0, maximum=1e6, whole=True),
            Nested("then", "the schedule that is slowed down"),
        ),
        frozenset({"steps", "then"}),
    ),
)
