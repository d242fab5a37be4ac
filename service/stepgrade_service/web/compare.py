"""POST /compare."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from ..engine.comparing.comparison import run_comparison
from ..engine.comparing.comparison_paths import notes_of, panels_of, verdicts_of
from ..engine.comparing.comparison_plan import ADVICE, ComparisonPlan, plan_comparison
from ..engine.reading.cost import Price
from ..pictures import MEDIA_TYPES, draw_comparison
from ..pictures.prices import comparison_price
from . import pricing
from .forms import comparison_forms
from .forms.comparison_forms import COMPARISON_FORMS
from .negotiation import asked, chosen, posted
from .schemas import CompareRequest, read
from .trajectory import theme_faults
from .transport import Stopwatch

blueprint = Blueprint("compare", __name__)
schema = CompareRequest()

OFFERED = [*COMPARISON_FORMS, *MEDIA_TYPES]


@blueprint.post("/compare")
def compare() -> Response:
    """Compare several optimizers on one objective from the same starts."""
    form = chosen(OFFERED)
    query, faults = asked("theme")
    with Stopwatch("parse"):
        request, faults = read(schema, posted(), faults + theme_faults(query))
        plan = plan_comparison(request, pricing.limits(), faults)
        pricing.hold(plan.price, form_price(plan, form), ADVICE)
    answer = picture(plan, form, query.get("theme", "light")) if form in MEDIA_TYPES else numbers(plan, form)
    answer.headers["Vary"] = "Accept"
    return answer


def form_price(plan: ComparisonPlan, form: str) -> Price:
    """What a form of the answer costs, or a picture."""
    return comparison_price(plan, MEDIA_TYPES[form]) if form in MEDIA_TYPES else comparison_forms.price_of(plan, form)


def numbers(plan: ComparisonPlan, form: str) -> Response:
    """The comparison in one of the forms that hold its numbers."""
    with Stopwatch("compute"):
        comparison = run_comparison(plan, current_app.config["SETTINGS"].threads_a_worker)
    with Stopwatch("encode"):
        return COMPARISON_FORMS[form](comparison)


def picture(plan: ComparisonPlan, form: str, theme: str) -> Response:
    """The comparison drawn: its paths, and what its verdicts say."""
    with Stopwatch("compute"):
        comparison = run_comparison(plan, current_app.config["SETTINGS"].threads_a_worker)
        panels = panels_of(comparison)
    with Stopwatch("encode"):
        starts = {name: params.flat for name, params in plan.starts.items()}
        drawn = draw_comparison(panels, notes_of(comparison), MEDIA_TYPES[form], theme, starts=starts, verdicts=verdicts_of(comparison))
        return Response(drawn, mimetype=form)
