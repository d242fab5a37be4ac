"""POST /map."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from ..engine.map_plan import MapPlan, plan_map
from ..engine.maps import run_map
from .exchange import ask_nothing, chosen, posted
from .map_forms import MAP_FORMS
from .schemas import MapRequest, read
from .transport import Stopwatch

blueprint = Blueprint("map", __name__)
schema = MapRequest()

OFFERED = [*MAP_FORMS]


@blueprint.post("/map")
def map() -> Response:
    """Ask the same question over a grid of starts or of learning rates."""
    form = chosen(OFFERED)
    ask_nothing()
    with Stopwatch("parse"):
        request, faults = read(schema, posted())
        plan = plan_map(request, current_app.config["SETTINGS"].limits, faults)
    answer = numbers(plan, form)
    answer.headers["Vary"] = "Accept"
    return answer


def numbers(plan: MapPlan, form: str) -> Response:
    """The map in one of the forms that hold its numbers."""
    with Stopwatch("compute"):
        made = run_map(plan, current_app.config["SETTINGS"].threads_a_worker)
    with Stopwatch("encode"):
        return MAP_FORMS[form](made)
