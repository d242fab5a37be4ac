"""POST /trajectory."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ..engine.reading.cost import Advice, Price
from ..engine.reading.faults import Fault, unknown
from ..engine.running.trajectory import run_trajectory
from ..engine.running.trajectory_plan import DEFAULT_INCLUDE, Plan, plan_trajectory
from ..pictures import MEDIA_TYPES, THEMES, draw
from ..pictures.prices import trajectory_price
from . import pricing
from .forms import trajectory_forms
from .forms.trajectory_forms import FORMS
from .negotiation import asked, chosen, posted
from .schemas import TrajectoryRequest, read
from .transport import Stopwatch

blueprint = Blueprint("trajectory", __name__)
schema = TrajectoryRequest()

OFFERED = [*FORMS, *MEDIA_TYPES]


@blueprint.post("/trajectory")
def trajectory() -> Response:
    """Run an optimizer on an objective, or replay posted gradients."""
    form = chosen(OFFERED)
    query, faults = asked("theme")
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults + theme_faults(query))
        if form in MEDIA_TYPES:  # every recorded point is drawn, whatever was asked to be included
            request["include"] = DEFAULT_INCLUDE
        plan = plan_trajectory(request, pricing.limits(), faults)
        pricing.hold(plan.price, form_price(plan, form), Advice())
    answer = picture(plan, form, query.get("theme", "light")) if form in MEDIA_TYPES else numbers(plan, form)
    answer.headers["Vary"] = "Accept"
    return answer


def form_price(plan: Plan, form: str) -> Price:
    """What a form of the answer costs, or a picture."""
    return trajectory_price(plan, MEDIA_TYPES[form]) if form in MEDIA_TYPES else trajectory_forms.price_of(plan, form)


def theme_faults(query: dict[str, Any]) -> list[Fault]:
    """A picture has one of the known themes."""
    theme = query.get("theme", "light")
    return [] if theme in THEMES else [Fault(("query", "theme"), unknown("theme", theme, THEMES))]


def numbers(plan: Plan, form: str) -> Response:
    """The trajectory in one of the forms that hold its numbers."""
    with Stopwatch("compute"):
        ran = run_trajectory(plan)
    with Stopwatch("encode"):
        return FORMS[form](ran)


def picture(plan: Plan, form: str, theme: str) -> Response:
    """The trajectory drawn."""
    with Stopwatch("compute"):
        ran = run_trajectory(plan)
    with Stopwatch("encode"):
        return Response(draw(ran, MEDIA_TYPES[form], theme), mimetype=form)
