"""POST /contours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.contours import ADVICE, hold_to_the_plane, price_of, read_levels, read_window
from ..engine.contours import contours as compute_contours
from ..engine.objectives.resolve import Problem
from ..engine.objectives.resolve import resolve as resolve_objective
from ..engine.reading.cost import Price
from ..engine.reading.faults import Collector, Fault
from . import pricing
from .answers.trajectory_answer import ContoursSchema
from .documentation import Documented
from .negotiation import JSON, answer, chosen, posted
from .negotiation import asked as queried
from .schemas import ContoursRequest, read
from .transport import Stopwatch

blueprint = Blueprint("contours", __name__)
schema = ContoursRequest()

#: The work of writing a number.
A_NUMBER = 3.0


EXAMPLE = {"objective": "rosenbrock", "levels": [1, 10, 100], "tolerance": 0.01}


@blueprint.post("/contours")
@Documented(tag="steps", content={JSON: ContoursSchema}, request=ContoursRequest, example=EXAMPLE)
def contours() -> Response:
    """Compute the contour lines of an objective of two parameters."""
    chosen([JSON])
    _, wrong = queried()
    with Stopwatch("parse"):
        request, wrong = read(schema, posted(), wrong)
        problem = well_formed(request, wrong)
        asked = price_of(problem, read_levels(request.get("levels")))
        pricing.hold(asked, Price(A_NUMBER * asked.answer), ADVICE)
    with Stopwatch("compute"):
        lines = compute_contours(problem, request.get("window"), request.get("levels"), request.get("tolerance"), limits=pricing.limits())
    return answer(
        {
            "objective": problem.echo,
            "window": lines.window,
            "levels": list(lines.levels),
            "polylines": [list(level) for level in lines.polylines],
            "engine": VERSION,
        }
    )


def well_formed(request: Mapping[str, Any], known: Iterable[Fault]) -> Problem:
    """The objective of a request whose every part is well-formed; raises Refusal with every fault."""
    faults, problem = Collector(known), None
    if "objective" in request:
        with faults.at("objective"):
            problem = resolve_objective(request["objective"], 2)
            hold_to_the_plane(problem)
    if "window" in request:
        with faults.at("window"):
            read_window(request["window"])
    with faults.at("levels"):
        read_levels(request.get("levels"))
    faults.settle()
    assert problem is not None
    return problem
