"""POST /compare."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from ..engine.comparing.comparison import Comparison, run_comparison
from ..engine.comparing.comparison_parts import plan_comparison
from ..engine.comparing.comparison_paths import notes_of, panels_of, verdicts_of
from ..pictures import draw_comparison
from ..pictures.prices import comparison_price
from .answers.comparison_answer import ComparisonSchema
from .documentation import Documented
from .drawable import THEME, Drawable, Drawing, threads
from .forms.comparison_forms import COMPARISON_FORMS, price_of
from .schemas import CompareRequest

blueprint = Blueprint("compare", __name__)


def drawing(comparison: Comparison) -> Drawing:
    """Its paths, and what its verdicts say."""
    starts = {name: params.flat for name, params in comparison.plan.starts.items()}
    verdicts = verdicts_of(comparison)
    return partial(draw_comparison, panels_of(comparison), notes_of(comparison), starts=starts, verdicts=verdicts)


comparison = Drawable(
    name="compare",
    schema=CompareRequest(),
    answer=ComparisonSchema,
    plan=plan_comparison,
    run=lambda plan: run_comparison(plan, threads()),
    forms=COMPARISON_FORMS,
    numbers_price=price_of,
    drawing=drawing,
    picture_price=comparison_price,
)


EXAMPLE = {
    "objective": "quadratic",
    "starts": ["A", "B"],
    "optimizers": [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}],
    "steps": 200,
    "decompose": ["gd", "rmsprop"],
    "rotate": [45],
}


@blueprint.post("/compare")
@Documented(tag="comparisons", content=comparison.content, request=CompareRequest, example=EXAMPLE, parameters=(THEME,))
def compare() -> Response:
    """Compare several optimizers from the same starts."""
    return comparison.respond()
