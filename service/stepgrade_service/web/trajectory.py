"""POST /trajectory."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from ..engine.running.trajectory import run_trajectory
from ..engine.running.trajectory_plan import DEFAULT_INCLUDE, plan_trajectory
from ..pictures import draw
from ..pictures.prices import trajectory_price
from .answers.trajectory_answer import TrajectorySchema
from .documentation import Documented
from .drawable import THEME, Drawable
from .forms.trajectory_forms import FORMS, price_of
from .schemas import TrajectoryRequest

blueprint = Blueprint("trajectory", __name__)

run = Drawable(
    name="trajectory",
    schema=TrajectoryRequest(),
    answer=TrajectorySchema,
    plan=plan_trajectory,
    run=run_trajectory,
    forms=FORMS,
    numbers_price=price_of,
    drawing=lambda ran: partial(draw, ran),
    picture_price=trajectory_price,
    needed={"include": DEFAULT_INCLUDE},  # every recorded point is drawn, whatever was asked to be included
)


EXAMPLE = {"optimizer": {"name": "adam", "lr": 0.05}, "objective": {"name": "quadratic", "condition": 20}, "start": "A", "steps": 200}

#: What CSV has no columns for.
IN_CSV = ("Stepgrade-Status", "Stepgrade-Optimizer", "Stepgrade-Objective")


@blueprint.post("/trajectory")
@Documented(tag="steps", content=run.content, request=TrajectoryRequest, example=EXAMPLE, parameters=(THEME,), headers=IN_CSV)
def trajectory() -> Response:
    """Run an optimizer on an objective, or replay posted gradients."""
    return run.respond()
