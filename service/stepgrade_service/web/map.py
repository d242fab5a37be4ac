"""POST /map."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from ..engine.comparing.map import run_map
from ..engine.comparing.map_plan import ADVICE, MapPlan, plan_map
from ..engine.reading.cost import Price
from ..pictures import MEDIA_TYPES, draw_map
from ..pictures.prices import map_price
from . import pricing
from .forms import map_forms
from .forms.map_forms import MAP_FORMS
from .negotiation import asked, chosen, posted
from .schemas import MapRequest, read
from .trajectory import theme_faults
from .transport import Stopwatch

blueprint = Blueprint("map", __name__)
schema = MapRequest()

OFFERED = [*MAP_FORMS, *MEDIA_TYPES]


@blueprint.post("/map")
def map() -> Response:
    """Ask the same question over a grid of starts or of learning rates."""
    form = chosen(OFFERED)
    query, faults = asked("theme")
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults + theme_faults(query))
        plan = plan_map(request, pricing.limits(), faults)
        pricing.hold(plan.price, form_price(plan, form), ADVICE)
    answer = picture(plan, form, query.get("theme", "light")) if form in MEDIA_TYPES else numbers(plan, form)
    answer.headers["Vary"] = "Accept"
    return answer


def form_price(plan: MapPlan, form: str) -> Price:
    """What a form of the answer costs, or a picture."""
    return map_price(plan, MEDIA_TYPES[form]) if form in MEDIA_TYPES else map_forms.price_of(plan, form)


def numbers(plan: MapPlan, form: str) -> Response:
    """The map in one of the forms that hold its numbers."""
    with Stopwatch("compute"):
        made = run_map(plan, current_app.config["SETTINGS"].threads_a_worker)
    with Stopwatch("encode"):
        return MAP_FORMS[form](made)


def picture(plan: MapPlan, form: str, theme: str) -> Response:
    """The map drawn."""
    with Stopwatch("compute"):
        made = run_map(plan, current_app.config["SETTINGS"].threads_a_worker)
    with Stopwatch("encode"):
        return Response(draw_map(made, MEDIA_TYPES[form], theme), mimetype=form)
