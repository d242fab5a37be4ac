"""POST /contours."""

from __future__ import annotations

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.contours import contours as compute_contours
from ..engine.faults import Collector
from ..engine.objectives.resolve import resolve as resolve_objective
from .exchange import JSON, answer, asked, chosen, posted
from .schemas import ContoursRequest, read
from .transport import Stopwatch

blueprint = Blueprint("contours", __name__)
schema = ContoursRequest()


@blueprint.post("/contours")
def contours() -> Response:
    """Draw the level lines of an objective of two parameters, as polylines."""
    chosen([JSON])
    asked()
    with Stopwatch("parse"):
        request, known = read(schema, posted())
    with Stopwatch("compute"):
        faults, problem = Collector(known), None
        if "objective" in request:
            with faults.at("objective"):
                problem = resolve_objective(request["objective"], 2)
        faults.settle()
        assert problem is not None
        lines = compute_contours(problem, request.get("window"), request.get("levels"))
    return answer(
        {
            "objective": problem.echo,
            "window": lines.window,
            "levels": list(lines.levels),
            "polylines": [list(level) for level in lines.polylines],
            "engine": VERSION,
        }
    )
