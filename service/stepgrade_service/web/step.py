"""POST /step."""

from __future__ import annotations

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.reading.cost import Price
from ..engine.running.step import ADVICE, Step, least_price, plan_step, run_step
from . import pricing
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import StepRequest, read
from .transport import Stopwatch

blueprint = Blueprint("step", __name__)
schema = StepRequest()

#: The work of writing a number, and what it takes up meanwhile, in bytes.
A_NUMBER, BYTES = 2.6, 40.0


@blueprint.post("/step")
def step() -> Response:
    """Apply an optimizer to a posted gradient, once."""
    chosen([JSON])
    _, faults = asked()
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults)
        pricing.hold_least(least_price(request), ADVICE)
        plan = plan_step(request, faults)
        pricing.hold(plan.price, Price(A_NUMBER * plan.answer, memory=BYTES * plan.answer), ADVICE)
    with Stopwatch("compute"):
        taken = run_step(plan)
    return answer(document(taken))


def document(step: Step) -> dict[str, object]:
    """The answer of /step."""
    answer: dict[str, object] = {"status": step.status}
    if step.status == "diverged":
        answer |= {"diverged_at": 1, "detail": step.detail}
    return {
        **answer,
        "params": step.layout.unflatten(step.params),
        "update": None if step.update is None else step.layout.unflatten(step.update),
        "state": step.state,
        "optimizer": step.choice.echo,
        "measures": step.measures,
        "engine": VERSION,
    }
