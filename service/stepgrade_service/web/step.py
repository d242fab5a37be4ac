"""POST /step."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from ..engine import VERSION
from ..engine.running.step import Step, take_step
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import StepRequest, read
from .transport import Stopwatch

blueprint = Blueprint("step", __name__)
schema = StepRequest()


@blueprint.post("/step")
def step() -> Response:
    """Apply an optimizer to a posted gradient, once."""
    chosen([JSON])
    _, faults = asked()
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults)
    with Stopwatch("compute"):
        taken = take_step(request, faults, current_app.config["SETTINGS"].limits)
    return answer(document(taken))


def document(step: Step) -> dict[str, object]:
    """The answer of /step."""
    answer: dict[str, object] = {"status": step.status}
    if step.status == "diverged":
        answer["diverged_at"] = 1
    return {
        **answer,
        "params": step.layout.unflatten(step.params),
        "update": None if step.update is None else step.layout.unflatten(step.update),
        "state": step.state,
        "optimizer": step.choice.echo,
        "measures": step.measures,
        "engine": VERSION,
    }
