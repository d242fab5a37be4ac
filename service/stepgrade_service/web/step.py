"""POST /step."""

from __future__ import annotations

from flask import Blueprint, Response, g

from ..engine import VERSION
from ..engine.reading.cost import Price
from ..engine.running.step import ADVICE, Step, least_price, plan_step, run_step
from ..grading.solutions import solution as solutions
from ..grading.solutions.solution import Solution
from . import pricing
from .answers.step_answer import StepSchema
from .documentation import Documented
from .mathml import mathml_of_work
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import StepRequest, read
from .transport import Stopwatch

blueprint = Blueprint("step", __name__)
schema = StepRequest()

#: The work of writing a number, and what it takes up meanwhile, in bytes.
A_NUMBER, BYTES = 2.6, 40.0


#: What it costs to write the formulas of a solution as MathML: of each line there are at most six rows.
MATHML = Price(3e6, 2e4)


EXAMPLE = {"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}


@blueprint.post("/step")
@Documented(tag="steps", content={JSON: StepSchema}, request=StepRequest, example=EXAMPLE)
def step() -> Response:
    """Apply an optimizer to a posted gradient, once."""
    chosen([JSON])
    _, faults = asked()
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults)
        pricing.hold_least(least_price(request), ADVICE)
        plan = plan_step(request, faults)
        g.optimizers = [plan.choice.optimizer.name]
        asked_for, advice = plan.price, ADVICE
        is_drawn = "work_mathml" in request["include"]
        if is_worked := is_drawn or "work" in request["include"]:
            solutions.hold_to_known(plan.choice)
            asked_for, advice = asked_for + solutions.price(plan) + (MATHML if is_drawn else Price()), solutions.ADVICE
        pricing.hold(asked_for, Price(A_NUMBER * asked_for.answer, memory=BYTES * asked_for.answer), advice)
    with Stopwatch("compute"):
        taken = run_step(plan)
        solution = solutions.solve(plan) if is_worked else None
        worked = {} if solution is None else document_of(solution, is_drawn)
    return answer({**document(taken), **worked})


def document_of(solution: Solution, is_drawn: bool) -> dict[str, object]:
    """What a worked solution adds to the answer. A line has a note only where there is something to say."""
    lines = [{name: value for name, value in vars(line).items() if value is not None} for line in solution.lines]
    letters = [dict(vars(letter)) for letter in solution.letters]
    if is_drawn:
        for line in (*lines, *letters):
            line |= {f"{name}_mathml": mathml_of_work(line[name]) for name in ("symbol", "formula", "numbers") if name in line}
    return {"work": lines, "letters": letters}


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
        **({} if step.choice.schedule is None else {"schedule": step.choice.schedule.echo}),
        "measures": step.measures,
        "engine": VERSION,
    }
