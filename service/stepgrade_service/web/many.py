"""Many trajectories of one request, for a sweep in this process: read, priced and run as POST /trajectory does, without a request each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from flask import Flask
from numpy.typing import NDArray

from ..engine import VERSION
from ..engine.reading.bounds import hold_document
from ..engine.reading.cost import Limits, Price
from ..engine.reading.faults import Refusal
from ..engine.running.many import Varied, run_many
from ..engine.running.trajectory_plan import Plan, plan_trajectory
from .forms.trajectory_forms import price_of
from .forms.writing import JSON
from .pricing import received
from .schemas import TrajectoryRequest, read

SCHEMA = TrajectoryRequest()

#: A request that costs more than this share of a limit is asked alone: others of its kind may pass the limit.
SHARE = 0.5

Members = Mapping[str, Any]


def trajectories(app: Flask, body: bytes, count: int, **varied: NDArray[Any] | None) -> list[tuple[NDArray[np.intp], Members]] | None:
    """Run a posted trajectory so many times, with other `rates` (runs,), `starts` (runs, dimension) or `seeds` (runs,).

    Returns parts of the runs, by number, and the members of their answers that are single numbers, texts, or measures: one value for
    all runs of the part, or an array with one for each. Numbers that are null are nan. A run that is in no part is to be asked alone, for
    it may be refused; None where all are.
    """
    plan = _planned(app.config["SETTINGS"].limits, body)
    if plan is None:
        return None
    parts = run_many(plan, orjson.loads(body)["optimizer"], Varied(**varied), count)
    return [(part.runs, {**part.members, "engine": VERSION}) for part in parts]


def _planned(limits: Limits, body: bytes) -> Plan | None:
    """The request as a plan; None where it is refused, costly, or no run on an objective of which nothing is recorded."""
    try:
        document = orjson.loads(body)
        opened = hold_document(document, body)
        request, faults = read(SCHEMA, document)
        plan = None if faults else plan_trajectory(request, limits)
    except (Refusal, orjson.JSONDecodeError):
        return None
    if plan is None or plan.problem is None or plan.include:
        return None
    price = received(len(body), opened) + plan.price + price_of(plan, JSON)
    return plan if _is_cheap(price, limits) else None


def _is_cheap(price: Price, limits: Limits) -> bool:
    return price.work < SHARE * limits.work and price.answer < SHARE * limits.answer and price.memory < SHARE * limits.memory
