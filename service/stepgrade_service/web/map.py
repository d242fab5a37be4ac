"""POST /map."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from ..engine.comparing.map import run_map
from ..engine.comparing.map_plan import plan_map
from ..pictures import draw_map
from ..pictures.prices import map_price
from .answers.map_answer import MapSchema
from .documentation import Documented
from .drawable import THEME, Drawable, threads
from .forms.map_forms import MAP_FORMS, price_of
from .schemas import MapRequest

blueprint = Blueprint("map", __name__)

grid = Drawable(
    name="map",
    schema=MapRequest(),
    answer=MapSchema,
    plan=plan_map,
    run=lambda plan: run_map(plan, threads()),
    forms=MAP_FORMS,
    numbers_price=price_of,
    drawing=lambda made: partial(draw_map, made),
    picture_price=map_price,
)


EXAMPLE = {
    "objective": "quadratic",
    "optimizers": [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}],
    "grid": {"x": [-6, 6, 13], "y": [-3, 3, 7]},
    "measure": ["settling_step", "direction_effect", "magnitude_effect"],
    "steps": 200,
}


@blueprint.post("/map")
@Documented(tag="comparisons", content=grid.content, request=MapRequest, example=EXAMPLE, parameters=(THEME,))
def map() -> Response:
    """Ask the same question over a grid of starts or learning rates."""
    return grid.respond()
