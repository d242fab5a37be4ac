"""POST /contours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from ..engine import VERSION
from ..engine.contours import contours as compute_contours
from ..engine.contours import read_levels, read_window
from ..engine.objectives.resolve import Problem
from ..engine.objectives.resolve import resolve as resolve_objective
from ..engine.reading.faults import Collector, Fault, refuse
from .negotiation import JSON, answer, asked, chosen, posted
from .schemas import ContoursRequest, read
from .transport import Stopwatch

blueprint = Blueprint("contours", __name__)
schema = ContoursRequest()


@blueprint.post("/contours")
def contours() -> Response:
    """Draw the level lines of an objective of two parameters, as polylines."""
    chosen([JSON])
    _, wrong = asked()
    with Stopwatch("parse"):
        request, wrong = read(schema, posted(), wrong)
        problem = well_formed(request, wrong)
    with Stopwatch("compute"):
        limits = current_app.config["SETTINGS"].limits
        lines = compute_contours(problem, request.get("window"), request.get("levels"), limits=limits)
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
            if problem.dimension != 2:
                raise refuse(f"expected an objective of two parameters; {problem.objective.name} has {problem.dimension} here")
    if "window" in request:
        with faults.at("window"):
            read_window(request["window"])
    with faults.at("levels"):
        read_levels(request.get("levels"))
    faults.settle()
    assert problem is not None
    return problem
