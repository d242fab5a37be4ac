"""POST /trajectory."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from ..engine.reading.cost import Advice
from ..engine.running.trajectory import run_trajectory
from ..engine.running.trajectory_plan import DEFAULT_INCLUDE, plan_trajectory
from ..pictures import draw
from ..pictures.prices import trajectory_price
from .drawable import Drawable
from .forms.trajectory_forms import FORMS, price_of
from .schemas import TrajectoryRequest

blueprint = Blueprint("trajectory", __name__)

run = Drawable(
    schema=TrajectoryRequest(),
    plan=plan_trajectory,
    run=run_trajectory,
    forms=FORMS,
    numbers_price=price_of,
    drawing=lambda ran: partial(draw, ran),
    picture_price=trajectory_price,
    advice=Advice(),
    needed={"include": DEFAULT_INCLUDE},  # every recorded point is drawn, whatever was asked to be included
)


@blueprint.post("/trajectory")
def trajectory() -> Response:
    """Run an optimizer on an objective, or replay posted gradients."""
    return run.respond()
